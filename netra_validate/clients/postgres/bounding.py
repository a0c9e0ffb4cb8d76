"""A bound on what one connection may send.

The driver collects a message until it is complete, and the sender says how long it is: up to 2 GB.
It takes an event loop, so it is given one that counts what comes in on each connection it makes,
and breaks the connection when that is more than all our answers together can be.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

MOST_BYTES: Final = 2 * 1024 * 1024
"""All our answers together have some kilobytes: lists are limited to 50 rows."""


_BEGINNINGS: Final = frozenset({b"S", b"N", b"R", b"E", b"v"})
"""Of what a server may say first: to the request for TLS, to that for a session. The driver would
take the H of an HTTP answer for a message, and wait for the rest of it."""


@dataclass(slots=True)
class Meter:
    """What came in on the connections of one attempt.

    Attributes:
        dialled: the host that was last called, or the path of its socket; empty before.
        connected: there was a TCP connection.
        received: bytes, TLS included.
        excess: it was too much, and was broken off.
        declined_tls: the answer to the request for TLS was ``N`` (protocol, section SSL Session
            Encryption).
        foreign: what came first is no message of a server's.
    """

    dialled: str = ""
    connected: bool = False
    received: int = 0
    excess: bool = False
    declined_tls: bool = False
    foreign: bool = False
    _open: list[asyncio.BaseTransport] = field(default_factory=list)

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """A connection was made."""
        self.connected = True
        self._open.append(transport)

    def count(self, size: int) -> bool:
        """Note what came; False where it is too much."""
        self.received += size
        if self.received > MOST_BYTES:
            self.excess = True
            self.abort()
        return not self.excess

    def abort(self) -> None:
        """Break what is open, at once."""
        for transport in self._open:
            cast("asyncio.Transport", transport).abort()
        self._open.clear()


class _Counted(asyncio.Protocol):
    """Passes on what comes to another protocol, and counts it."""

    def __init__(self, inner: asyncio.Protocol, meter: Meter) -> None:
        self.inner = inner
        self._meter = meter

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._meter.opened(transport)
        self.inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._meter.received:
            self._meter.declined_tls = data == b"N"
            if data[:1] not in _BEGINNINGS:
                self._meter.foreign = True
                self._meter.abort()
                return
        if self._meter.count(len(data)):
            self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received()

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()


class _CountedBuffer(asyncio.BufferedProtocol):
    """The same below TLS, whose protocol reads into buffers of its own."""

    def __init__(self, inner: asyncio.BufferedProtocol, meter: Meter) -> None:
        self._inner = inner
        self._meter = meter

    def get_buffer(self, sizehint: int) -> Any:  # noqa: ANN401 - the base's word
        return self._inner.get_buffer(sizehint)

    def buffer_updated(self, nbytes: int) -> None:
        if self._meter.count(nbytes):
            self._inner.buffer_updated(nbytes)

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


class BoundedLoop:
    """The running event loop, with a meter on the connections it makes."""

    def __init__(self, meter: Meter) -> None:
        self._loop = asyncio.get_running_loop()
        self._meter = meter

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the loop has
        return getattr(self._loop, name)

    async def create_connection(
        self,
        factory: Callable[[], asyncio.Protocol],
        *args: Any,  # noqa: ANN401 - the loop's own
        **how: Any,  # noqa: ANN401 - as above
    ) -> tuple[asyncio.BaseTransport, asyncio.Protocol]:
        """As the loop's."""
        self._meter.dialled = str(args[0]) if args else str(how.get("host", ""))
        transport, counted = await self._loop.create_connection(
            lambda: _Counted(factory(), self._meter), *args, **how
        )
        return transport, counted.inner

    async def create_unix_connection(
        self,
        factory: Callable[[], asyncio.Protocol],
        *args: Any,  # noqa: ANN401 - the loop's own
        **how: Any,  # noqa: ANN401 - as above
    ) -> tuple[asyncio.BaseTransport, asyncio.Protocol]:
        """As the loop's."""
        transport, counted = await self._loop.create_unix_connection(
            lambda: _Counted(factory(), self._meter), *args, **how
        )
        return transport, counted.inner

    async def start_tls(
        self,
        transport: asyncio.WriteTransport,
        protocol: asyncio.BaseProtocol,
        context: ssl.SSLContext,
        **how: Any,  # noqa: ANN401 - as above
    ) -> asyncio.Transport | None:
        """As the loop's; what comes later is counted below TLS."""
        secured = await self._loop.start_tls(transport, protocol, context, **how)
        below = transport.get_protocol()
        if isinstance(below, asyncio.BufferedProtocol):
            transport.set_protocol(_CountedBuffer(below, self._meter))
        return secured
