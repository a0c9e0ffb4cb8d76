"""HTTP servers on loopback for tests: well-behaved ones by what they reply, hostile ones by hand.

Each runs in a thread of its own, so that a test may drive any event loop it likes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

Wire = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Reply:
    """One well-formed answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0

    def encoded(self) -> bytes:
        headers = {"content-length": str(len(self.body)), **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        reason = HTTPStatus(self.status).phrase if self.status in list(HTTPStatus) else "X"
        return f"HTTP/1.1 {self.status} {reason}\r\n{lines}\r\n".encode() + self.body


def says(document: object, status: int = 200, **more: object) -> Reply:
    """A JSON answer."""
    kind = {"content-type": "application/json"}
    return Reply(status, json.dumps(document).encode(), kind, **more)


def page(html: str, status: int = 200) -> Reply:
    return Reply(status, html.encode(), {"content-type": "text/html; charset=utf-8"})


@dataclass
class Site:
    """Where a server is, and what it has been asked."""

    url: str
    port: int
    asked: list[str] = field(default_factory=list)
    """Request heads, in order."""
    connections: int = 0

    def paths(self) -> list[str]:
        return [head.split()[1] for head in self.asked]


@contextmanager
def serving(
    routes: Mapping[str, Reply | list[Reply]], *, tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """Serve replies by path; of several the last one stays. Unknown paths are 404."""
    given: defaultdict[str, int] = defaultdict(int)

    async def converse(reader, writer):
        async for head in heads(reader):
            site.asked.append(head)
            path = head.split()[1]
            found = routes.get(path, Reply(404))
            choices = found if isinstance(found, list) else [found]
            reply = choices[min(given[path], len(choices) - 1)]
            given[path] += 1
            await asyncio.sleep(reply.delay_s)
            writer.write(reply.encoded())
            await writer.drain()

    with raw(converse, tls=tls) as site:
        yield site


async def heads(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    """The heads of the requests of one connection."""
    while True:
        try:
            yield (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return


@contextmanager
def raw(wire: Wire, *, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Run ``wire`` for every connection."""
    site = Site("", 0)
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def main() -> None:
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(over.set))
        loop.set_exception_handler(lambda *_: None)  # clients hang up on hostile servers
        server = await asyncio.start_server(
            lambda reader, writer: _one(site, wire, reader, writer), "127.0.0.1", 0, ssl=tls
        )
        site.port = server.sockets[0].getsockname()[1]
        site.url = f"{'https' if tls else 'http'}://localhost:{site.port}"
        ready.set()
        async with server:
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield site
    finally:
        stop[0]()
        thread.join(10)


async def _one(site, wire, reader, writer):
    site.connections += 1
    try:
        with contextlib.suppress(OSError):
            await wire(reader, writer)
    finally:
        writer.transport.abort()
