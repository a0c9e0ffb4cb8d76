"""The way in to the sandbox's PostgreSQL: what Cloud SQL has before its server, TLS that is.

The server itself is built without TLS and listens on a Unix socket. This takes connections on
loopback, answers the request for TLS, and passes the rest on.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

from netra_validate.sandbox.database import DatabaseState

_SSL_REQUEST: Final = 80877103
_GSS_REQUEST: Final = 80877104
"""https://www.postgresql.org/docs/current/protocol-message-formats.html"""

SLOW_S: Final = 0.4
"""How long a slow door takes."""


class Door:
    """One port before the server; it must be closed."""

    def __init__(self, inner: Path, tls: ssl.SSLContext) -> None:
        self.port = 0
        self._inner = inner
        self._bound: socket.socket | None = None
        self._tls = tls
        self._state = DatabaseState()
        self._server: asyncio.Server | None = None
        self._settled = asyncio.Event()
        self._passing: set[asyncio.Task[None]] = set()

    async def become(self, state: DatabaseState) -> None:
        """Treat whoever comes from now on so; those who came before are let in now."""
        self._state = state
        if self._server is None:
            self._server = await self._listen()
        if state.door == "shut":
            self._server.close()
            self._server = None
        self._settled.set()

    def wait(self) -> None:
        """Let whoever comes wait, until it is settled what becomes of them."""
        self._settled.clear()
        if self._server is None:
            self._bind()

    def _bind(self) -> socket.socket:
        """The system takes connections from now on, before anybody here meets them."""
        if self._bound is None:
            self._bound = socket.create_server(("127.0.0.1", self.port))
            self.port = self._bound.getsockname()[1]
        return self._bound

    async def _listen(self) -> asyncio.Server:
        listening, self._bound = self._bind(), None
        return await asyncio.start_server(self._meet, sock=listening)

    async def close(self) -> None:
        """Let nobody in any more, and cut off who is inside."""
        if self._server is not None:
            self._server.close()
        if self._bound is not None:
            self._bound.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is one
        self._passing.add(task)
        try:
            # A cancelled one ends here: asyncio would tell of it as an error.
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._pass(reader, writer)
        finally:
            self._passing.discard(task)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._settled.wait()
        if self._state.door == "slow":
            await asyncio.sleep(SLOW_S)
        first = await reader.readexactly(8)
        while (request := struct.unpack("!ii", first)[1]) in {_SSL_REQUEST, _GSS_REQUEST}:
            if request == _SSL_REQUEST and self._state.door != "in-the-clear":
                writer.write(b"S")
                await writer.start_tls(self._tls)
            else:
                writer.write(b"N")
            first = await reader.readexactly(8)
        await let_in(self._inner, first, reader, writer)


async def let_in(
    inner: Path, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Pass on what both sides say, ``first`` and all that follows, until one of them ends."""
    inner_reader, inner_writer = await asyncio.open_unix_connection(inner)
    try:
        inner_writer.write(first)
        await _either(_relay(reader, inner_writer), _relay(inner_reader, writer))
    finally:
        inner_writer.close()


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def _either(*ways: object) -> None:
    """Both ways, until one ends."""
    tasks = [asyncio.ensure_future(way) for way in ways]  # type: ignore[call-overload] # coroutines
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
