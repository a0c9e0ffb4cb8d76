"""WebSocket servers on loopback for tests: real ones, and raw ones that misbehave byte by byte."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import trustme
from websockets.asyncio.server import ServerConnection, serve

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Speaks to one client, who has not been read from."""

GOOGLE_403 = """
<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>403 Forbidden</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Forbidden</h1>
<h2>Your client does not have permission to get URL <code>/ws</code> from this server.</h2>
<h2></h2>
</body></html>
"""
"""What Cloud Run's own front end answers to those who may not invoke a private service."""


@dataclass
class Request:
    """One request as it came."""

    path: str
    headers: dict[str, str]


@dataclass
class Log:
    """What a server was asked."""

    requests: list[Request] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.requests)


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return Request(first.split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs})


def http(status: int, *headers: str, body: str = "", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *headers]
    if length != -1:
        lines.append(f"Content-Length: {len(body.encode()) if length is None else length}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def accept(request: Request, *headers: str) -> bytes:
    key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    digest = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    return "\r\n".join([*lines, f"Sec-WebSocket-Accept: {digest}", *headers, "", ""]).encode()


def frame(opcode: int, payload: bytes = b"") -> bytes:
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size)
    return bytes([0x80 | opcode]) + length + payload


def close_frame(code: int, reason: str = "") -> bytes:
    return frame(8, struct.pack("!H", code) + reason.encode())


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size == 126:
        (size,) = struct.unpack("!H", await reader.readexactly(2))
    mask = await reader.readexactly(4)
    data = await reader.readexactly(size)
    return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))


async def until_gone(reader: asyncio.StreamReader) -> None:
    """Listen and say nothing until the client hangs up."""
    while await reader.read(2**16):
        pass


@asynccontextmanager
async def raw(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that does to every client what ``handler`` says. Gives its port."""

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (OSError, EOFError, asyncio.IncompleteReadError):
            pass  # the client hung up, as it may
        finally:
            writer.transport.abort()

    tasks: set[asyncio.Task[None]] = set()

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve_one(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(start, "127.0.0.1", 0, ssl=tls, limit=2**21)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await server.wait_closed()


def answering(*answers: bytes, log: Log | None = None) -> Handler:
    """Give the n-th client the n-th answer, the last one to all that follow."""
    log = Log() if log is None else log

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        log.requests.append(await read_request(reader))
        writer.write(answers[min(log.count, len(answers)) - 1])
        await writer.drain()
        writer.write_eof() if writer.can_write_eof() else writer.close()
        await until_gone(reader)

    return handler


def after_upgrade(then: Handler, *headers: str, log: Log | None = None) -> Handler:
    """Accept the upgrade, then go on with ``then``."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        if log is not None:
            log.requests.append(request)
        writer.write(accept(request, *headers))
        await then(reader, writer)

    return handler


def sending(*chunks: bytes) -> Handler:
    """Send this, then listen without a word."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        await until_gone(reader)

    return handler


def closing(code: int, reason: str = "") -> Handler:
    """Say goodbye, wait for the answer, hang up."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(close_frame(code, reason))
        while (await read_frame(reader))[0] != 8:
            pass

    return handler


async def ponging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every ping, and in the end the close."""
    while True:
        opcode, data = await read_frame(reader)
        writer.write(frame(10 if opcode == 9 else 8, data))
        await writer.drain()
        if opcode == 8:
            return


@asynccontextmanager
async def friendly(
    handler: Callable[[ServerConnection], Awaitable[None]] | None = None, **options: object
) -> AsyncIterator[int]:
    """A real server. Without a handler it keeps every connection and says nothing."""

    async def keep(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(handler or keep, "127.0.0.1", 0, **options) as server:
        yield next(iter(server.sockets)).getsockname()[1]


def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


def certificate(ca: trustme.CA, name: str, **options: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name, **options).configure_cert(context)
    return context


@contextmanager
def in_background(server: Callable[[], object]) -> Iterator[int]:
    """Run ``async with server()`` in a thread, for tests of code that runs a loop itself."""
    ready: list[int] = []
    up = threading.Event()
    stopping: list[Callable[[], object]] = []

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stopping.append(lambda: loop.call_soon_threadsafe(stop.set))
        async with server() as port:  # type: ignore[attr-defined] # an async context manager
            ready.append(port)
            up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert up.wait(5)
    try:
        yield ready[0]
    finally:
        stopping[0]()
        thread.join(5)
