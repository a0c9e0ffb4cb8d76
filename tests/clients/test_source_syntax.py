"""Syntax trees: parsed once in a run for all who declare what they take from them."""

from __future__ import annotations

import ast
import asyncio
import gc
import subprocess
import threading
import warnings
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from netra_validate import Check, Context, Finding, Plane, Repository, runner
from netra_validate.clients import Clients
from netra_validate.clients.source import Source
from netra_validate.clients.source.syntax import TooLargeError
from netra_validate.plan import Limits, Probe
from netra_validate.topology import Environment, Topology


@dataclass(frozen=True)
class Names:
    """The names that a module assigns to, behind a word of its reader."""

    word: str = ""

    def __call__(self, tree: ast.Module, data: bytes) -> tuple[str, ...]:
        PARSED.append((data, self.word))
        found = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
        return (self.word, *found)


PARSED: list[tuple[bytes, str]] = []


def fails(tree: ast.Module, data: bytes) -> None:
    raise LookupError(data)


def too_deep(tree: ast.Module, data: bytes) -> None:
    raise RecursionError("maximum recursion depth exceeded")


@pytest.fixture(autouse=True)
def _nothing_parsed() -> None:
    PARSED.clear()


def source_of(folder: Path, *readers: object) -> closing[Source]:
    return closing(Source(folder, lambda: readers))


@pytest.mark.parametrize("text", ["x = 'padding'\n" * 300_000, "a\n" * 400_000, "a;" * 400_000])
def test_a_file_that_takes_too_much_is_not_parsed(tmp_path, text):
    (tmp_path / "a.py").write_text(text)
    (tmp_path / "b.py").write_text("x = 1\n")
    with source_of(tmp_path, Names()) as source:
        with pytest.raises(TooLargeError, match="it has more than"):
            source.parsed("a.py", Names())
        assert source.parsed("b.py", Names()) == ("", "x")


def test_what_each_reader_takes_is_kept_and_the_file_read_once(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    with source_of(tmp_path, Names("one"), Names("two")) as source:
        assert source.parsed("a.py", Names("one")) == ("one", "x")
        (tmp_path / "a.py").write_text("y = 2\n")
        assert source.parsed("a.py", Names("one")) == ("one", "x")
        assert source.parsed("a.py", Names("two")) == ("two", "x")
    assert sorted(PARSED) == [(b"x = 1\n", "one"), (b"x = 1\n", "two")]


def test_a_reader_that_nobody_declared_is_served_as_well(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "b.py").write_text("y = 1\n")
    with source_of(tmp_path, Names("one")) as source:
        source.parsed("a.py", Names("one"))
        assert source.parsed("a.py", Names("two")) == ("two", "x")
        assert source.parsed("b.py", Names("two")) == ("two", "y")
        (tmp_path / "b.py").unlink()
        assert source.parsed("b.py", Names("one")) == ("one", "y")


def test_a_file_that_two_threads_want_at_once_is_parsed_once(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n" * 2000)
    together = threading.Barrier(4)

    def ask(source: Source) -> object:
        together.wait()
        return source.parsed("a.py", Names())

    async def all_at_once(source: Source) -> list[object]:
        return await asyncio.gather(*(asyncio.to_thread(ask, source) for _ in range(4)))

    with source_of(tmp_path) as source:
        found = asyncio.run(all_at_once(source))
    assert len(PARSED) == 1
    assert all(each is found[0] for each in found)


def test_copies_of_a_file_are_parsed_once_and_each_is_told_of_by_its_own_path(tmp_path):
    for name in ("a.py", "copy.py"):
        (tmp_path / name).write_text("x = 1\n")
        (tmp_path / f"broken_{name}").write_text("x = 1\ndef")
    with source_of(tmp_path, Names()) as source:
        assert source.parsed("a.py", Names()) is source.parsed("copy.py", Names())
        for name in ("broken_a.py", "broken_copy.py"):
            with pytest.raises(SyntaxError, match="invalid syntax") as raised:
                source.parsed(name, Names())
            assert (raised.value.filename, raised.value.lineno) == (name, 2)
    assert PARSED == [(b"x = 1\n", "")]


def test_the_collector_is_on_again_once_a_file_is_parsed_and_finds_no_tree(tmp_path):
    (tmp_path / "a.py").write_text("x = [1]\n" * 5000)
    started: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        started.append(info["generation"])

    with source_of(tmp_path, Names()) as source:
        gc.collect()
        gc.callbacks.append(note)
        try:
            source.parsed("a.py", Names())
        finally:
            gc.callbacks.remove(note)
    assert gc.isenabled()
    assert started == []


def test_many_files_are_parsed_outside_the_event_loop(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "b.py").write_text("def\n")
    with source_of(tmp_path) as source:
        found = asyncio.run(source.all_parsed(("b.py", "a.py"), Names()))
        assert list(found) == ["b.py", "a.py"]
        assert found["a.py"] == ("", "x")
        assert isinstance(found["b.py"], SyntaxError)


def test_warnings_of_a_file_are_nobodys_business(tmp_path):
    (tmp_path / "a.py").write_text("x = '\\d'\nassert (x, 1)\nx is 1\n")
    with source_of(tmp_path) as source, warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert source.parsed("a.py", Names())
    assert heard == []


@pytest.mark.parametrize(
    "content",
    [
        b"def",
        b"x = 1\0",
        b"(" * 100_000,
        b"-" * 100_000 + b"1",
        b"# coding: no-such\n\xe9",
        b"\xff",
    ],
    ids=["syntax", "nul", "parentheses", "unary", "coding", "bytes"],
)
def test_what_stops_the_parser_is_a_syntax_error(tmp_path, content):
    (tmp_path / "a.py").write_bytes(content)
    with source_of(tmp_path, Names("one")) as source:
        for _ in range(2):
            with pytest.raises(SyntaxError) as raised:
                source.parsed("a.py", Names())
            assert raised.value.filename == "a.py"
        with pytest.raises(SyntaxError):
            source.parsed("a.py", Names("one"))


def test_the_crash_of_one_reader_is_its_own(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    with source_of(tmp_path, fails, too_deep) as source:
        assert source.parsed("a.py", Names()) == ("", "x")
        with pytest.raises(LookupError, match="x = 1"):
            source.parsed("a.py", fails)
        with pytest.raises(SyntaxError, match="gives up: maximum recursion"):
            source.parsed("a.py", too_deep)


def test_files_that_hold_a_pattern_are_told_without_their_matches(tmp_path):
    (tmp_path / "a.py").write_text("await one()\nawait two()\n")
    (tmp_path / "b.py").write_text("awaited = 1\n")
    (tmp_path / "c.txt").write_text("await three()\n")
    with source_of(tmp_path) as source:
        assert asyncio.run(source.holding((rb"await\s",), among="*.py")) is None
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    with source_of(tmp_path) as source:
        found = asyncio.run(source.holding((rb"await\s", b"unheard"), among="*.py"))
    assert found == {"a.py"}


class Asking(Check[Repository]):
    """Every name is looked at."""

    id = "asking"
    plane = Plane.SOURCE

    def readers(self) -> tuple[Names]:
        return (Names("asking"),)

    async def run(self, resource: Repository, ctx: Context) -> AsyncIterator[Finding]:
        ctx.observe(names=list(ctx.source.parsed("a.py", *self.readers())))
        return
        yield


class AskingAsWell(Asking):
    """Every name is looked at again."""

    id = "asking-as-well"

    def readers(self) -> tuple[Names]:
        return (Names("as-well"),)


class Silent(Asking):
    """It cannot say what it takes."""

    id = "silent"

    def readers(self) -> tuple[Names]:
        raise LookupError("no reader")


def test_what_the_checks_of_a_run_declare_is_taken_from_one_parse(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    repository = Repository(root=tmp_path)
    where, topology = Environment(), Topology((repository,))
    clients = Clients(where, tmp_path)
    probes = [Probe(check(), repository) for check in (Asking, AskingAsWell, Silent)]

    async def run() -> runner.Run:
        try:
            return await runner.run(probes, where, topology, clients, Limits(concurrency=1))
        finally:
            await clients.close()

    results = {each.check: each for each in asyncio.run(run()).results}
    assert results["asking"].observations == {"names": ["asking", "x"]}
    assert results["asking-as-well"].observations == {"names": ["as-well", "x"]}
    assert sorted(PARSED) == [(b"x = 1\n", "as-well"), (b"x = 1\n", "asking")]
    assert "no reader" in str(results["silent"].reason)
