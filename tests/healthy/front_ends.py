"""How the servers in front of the services speak HTTP: lengths, encodings, connections, clocks."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Manner:
    """What is usual at one front end."""

    chunked: bool = False
    """No length is told before the body."""
    gzips: bool = False
    """For whoever takes it."""
    closes: bool = False
    """Every connection, after one answer."""
    clock_s: int | None = None
    """By how much its clock is ahead; None where it tells no date."""
    takes_s: float = 0.0
    """How long it thinks before it passes anything on."""


def mannered(send: Any, manner: Manner, hsts: str, accepts: bytes) -> Any:
    """Send as it does, with this header that has browsers use https alone."""
    begun: list[Any] = []
    compresses = manner.gzips and b"gzip" in accepts

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            started = {**message, "headers": [*_headers(message["headers"], manner, hsts)]}
            begun.append(started)
            if not compresses:
                await send(started)
        elif message["type"] == "http.response.body" and compresses:
            # The sandbox's answers are whole: one body, and no more.
            body = gzip.compress(message.get("body", b""), 1)
            kept = [each for each in begun[0]["headers"] if each[0] != b"content-length"]
            await send({**begun[0], "headers": [*kept, (b"content-encoding", b"gzip"),
                                                (b"vary", b"Accept-Encoding")]})  # fmt: skip
            await send({**message, "body": body})
        else:
            await send(message)

    return sending


def _headers(headers: Any, manner: Manner, hsts: str) -> Any:
    replaced = {b"strict-transport-security"} | ({b"content-length"} if manner.chunked else set())
    yield from (each for each in headers if each[0] not in replaced)
    yield b"strict-transport-security", hsts.encode()
    if manner.closes:
        yield b"connection", b"close"
    if manner.clock_s is not None:
        now = datetime.now(UTC) + timedelta(seconds=manner.clock_s)
        yield b"date", format_datetime(now, usegmt=True).encode()


class OldFront:
    """Speaks HTTP/1.0: one request for each connection, and the body ends where that does."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def open(self, tls: ssl.SSLContext) -> int:
        """Serve on a free port, and tell it."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=tls)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Serve no more."""
        self._server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Else the body waits 40 ms for the acknowledgement of the head.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *fields = head.strip().split("\r\n")
            pairs = [each.split(":", 1) for each in fields]
            headers = [(name.lower().encode(), value.strip().encode()) for name, value in pairs]
            body = await reader.readexactly(int(dict(headers).get(b"content-length", b"0")))
            await self._answer(line.split(), headers, body, writer)
        with suppress(OSError):
            writer.close()
            await writer.wait_closed()

    async def _answer(
        self, line: list[str], headers: Any, body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        path, _, query = line[1].partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.0", "method": line[0],
            "scheme": "https", "path": unquote(path), "raw_path": path.encode(), "root_path": "",
            "query_string": query.encode(), "headers": headers, "server": None, "client": None,
        }  # fmt: skip

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                told = [each for each in message["headers"] if each[0] != b"content-length"]
                lines = b"".join(b"%s: %s\r\n" % each for each in told)
                writer.write(b"HTTP/1.0 %d -\r\n%s\r\n" % (message["status"], lines))
            else:
                writer.write(message.get("body", b""))

        await self._app(scope, receive, send)
