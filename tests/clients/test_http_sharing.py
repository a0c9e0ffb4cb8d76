"""What goes out with a request, and questions that several probes ask together."""

from __future__ import annotations

import asyncio

import pytest
from http_servers import Reply, raw, says, serving

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError
from netra_validate.clients.http import Http, HttpPool
from netra_validate.clients.politeness import Politeness


def with_pool(use):
    async def main():
        pool = HttpPool(Politeness(4))
        try:
            return await use(lambda: Http(pool, Budget.lasting(5, retries=0)))
        finally:
            await pool.close()

    return asyncio.run(main())


def test_a_body_is_sent():
    got = []

    async def wire(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        got.append((head.decode().lower(), await reader.readexactly(11)))
        writer.write(Reply().encoded())
        await writer.drain()

    with raw(wire) as site:
        with_pool(lambda http: http().request("POST", site.url, content=b'{"query":1}'))
    ((head, body),) = got
    assert body == b'{"query":1}'
    assert "content-length: 11" in head


def test_what_several_ask_is_asked_once():
    async def ask(http):
        asked = [http().shared("OPTIONS", f"{site.url}/a", headers={"Origin": "x"}) for _ in "12"]
        other = http().shared("OPTIONS", f"{site.url}/a", headers={"Origin": "y"})
        return [(await each).json() for each in (*asked, other)]

    with serving({"/a": [says(1), says(2)]}) as site:
        answers = with_pool(ask)
    assert len(site.asked) == 2
    assert answers[0] == answers[1]
    assert sorted({answers[0], answers[2]}) == [1, 2]


def test_everyone_learns_why_there_is_no_answer():
    async def ask(http):
        for _ in "12":
            with pytest.raises(ClientError, match="localhost"):
                await http().shared("OPTIONS", "http://localhost:1/")

    with_pool(ask)
