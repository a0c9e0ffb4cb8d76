import asyncio

import psutil
import pytest

from netra_validate import footprint
from netra_validate.clients.budget import Budget
from netra_validate.clients.politeness import Politeness


def test_the_peak_is_what_the_process_had_at_most():
    before = footprint.peak_memory()
    held = bytearray(64_000_000)
    held[::4096] = bytes(len(held[::4096]))
    size = psutil.Process().memory_info().rss
    peak = footprint.peak_memory()
    assert peak >= max(before, size * 0.95)
    del held
    assert footprint.peak_memory() >= peak * 0.99


@pytest.mark.parametrize(
    ("memory", "words"),
    [
        (143_400_000, "this run took 143 MB of memory at its peak and 9 connections at once, 4 of"),
        (None, "this run took 9 connections at once, 4 of them to one server"),
    ],
)
def test_it_is_one_sentence(memory, words):
    assert footprint.told(memory, 9, 4).startswith(words)


def test_posix_tells_about_the_same():
    pytest.importorskip("resource")
    assert footprint._rusage() >= footprint.peak_memory() * 0.5


def test_connections_count_while_they_are_in_use():
    async def visit(politeness, host):
        async with politeness.turn(host, 443, Budget.lasting(5.0)):
            await asyncio.sleep(0)

    async def story():
        politeness = Politeness(2)
        for host in ("one", "one", "one", "other"):
            await visit(politeness, host)
        assert (politeness.most, politeness.most_to_one) == (1, 1)
        await asyncio.gather(*(visit(politeness, host) for host in ("one", "one", "one", "other")))
        return politeness.most, politeness.most_to_one

    assert asyncio.run(story()) == (3, 2)
