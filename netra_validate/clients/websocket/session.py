"""What follows the upgrade: a ping, whatever comes by itself, and a clean close."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from websockets.exceptions import ConnectionClosed

from netra_validate.clients.errors import ProtocolError
from netra_validate.clients.websocket.connection import MAX_MESSAGE, Connection
from netra_validate.clients.websocket.facts import ABNORMAL, Close, Message
from netra_validate.clients.websocket.opening import CLOSE_S, MAX_TEXT

_HANG_UP_S: Final = 0.2
"""Seconds for the side that said goodbye to end the TCP connection (RFC 6455, section 7.1.1)."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for each thing, in seconds."""

    settle_s: float
    """For an early close, before the connection counts as kept."""
    pong_s: float
    """For the answer to a ping; 0 sends none."""
    first_message_s: float
    """For the first message; 0 takes note of what comes in the meantime."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What was seen after the upgrade."""

    first_message: Message | None
    pong_s: float | None
    close: Close | None
    listened_s: float
    closed_cleanly: bool


async def follow(
    connection: Connection, patience: Patience, *, until: float, shown: str
) -> Followed:
    """Keep the connection as long as it takes to know, then close it.

    Args:
        connection: freshly upgraded. It is closed in any case.
        patience: for each thing.
        until: the event loop's time at which it has to be over.
        shown: the address, for people.

    Raises:
        ProtocolError: the other side sends what RFC 6455 forbids, or too much.
    """
    session = _Session(connection, until)
    try:
        pong_s = await session.listen(patience)
        return session.concluded(pong_s, await session.close(), shown)
    finally:
        await session.abandon()


class _Session:
    def __init__(self, connection: Connection, until: float) -> None:
        self._connection = connection
        self._until = until
        self._since = connection.loop.time()
        self._first: asyncio.Future[Message] = connection.loop.create_future()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> ConnectionClosed:
        """Take everything that comes: unread messages would keep the pong behind them."""
        try:
            while True:
                message = _message(await self._connection.recv())
                if not self._first.done():
                    self._first.set_result(message)
        except ConnectionClosed as ended:
            return ended

    async def listen(self, patience: Patience) -> float | None:
        """Wait for what there is to wait for. Gives the ping's round trip."""
        pong = await self._ping() if patience.pong_s else None
        await self._wait(None, patience.settle_s)
        if pong is not None:
            await self._wait(pong, patience.pong_s)
        await self._wait(self._first, patience.first_message_s)
        self._ended_by_peer = self._connection.ending.is_set()
        self._listened_s = self._connection.loop.time() - self._since
        if pong is not None and pong.done() and not pong.cancelled() and not pong.exception():
            return pong.result()
        return None

    async def _ping(self) -> asyncio.Future[float] | None:
        if self._connection.ending.is_set():
            return None
        try:
            async with asyncio.timeout_at(self._until):
                return asyncio.ensure_future(await self._connection.ping())
        except (ConnectionClosed, TimeoutError):
            return None

    async def _wait(
        self, wanted: asyncio.Future[Message] | asyncio.Future[float] | None, for_s: float
    ) -> None:
        """Until ``wanted`` is there, or the connection ends, or ``for_s`` since the upgrade."""
        ends = min(self._until, self._since + for_s) - self._connection.loop.time()
        if ends <= 0 or (wanted is not None and wanted.done()):
            return
        ending = asyncio.create_task(self._connection.ending.wait())
        try:
            await asyncio.wait(
                {ending} if wanted is None else {ending, wanted},
                timeout=ends,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            ending.cancel()

    async def close(self) -> ConnectionClosed:
        """Close, and say how the connection ended."""
        connection = self._connection
        # Where the other side ended it nothing more can be learned; it may still hang up in peace.
        goodbye = connection.wait_closed() if self._ended_by_peer else connection.close()
        # The library bounds the wait for an answer to our close, not the wait for room to send it.
        with suppress(TimeoutError):
            async with asyncio.timeout(_HANG_UP_S if self._ended_by_peer else 2 * CLOSE_S):
                await goodbye
        connection.transport.abort()
        return await self._reader

    def concluded(self, pong_s: float | None, ended: ConnectionClosed, shown: str) -> Followed:
        """What was seen."""
        if self._connection.excess is not None:
            raise ProtocolError(f"{shown} {self._connection.excess}")
        if ended.sent is not None and ended.sent.code in _OUR_COMPLAINTS:
            raise ProtocolError(f"{shown} sends {_OUR_COMPLAINTS[ended.sent.code]}")
        return Followed(
            first_message=self._first.result() if self._first.done() else None,
            pong_s=pong_s,
            close=self._close_of(ended) if self._ended_by_peer else None,
            listened_s=self._listened_s,
            closed_cleanly=ended.rcvd is not None and ended.sent is not None,
        )

    def _close_of(self, ended: ConnectionClosed) -> Close:
        after_s = max(0.0, self._connection.ended_at - self._since)
        if ended.rcvd is None:
            return Close(ABNORMAL, "", after_s)
        return Close(ended.rcvd.code, ended.rcvd.reason, after_s)

    async def abandon(self) -> None:
        """Let go of everything, also where we are being cancelled."""
        self._connection.transport.abort()
        self._first.cancel()
        self._reader.cancel()
        await asyncio.wait({self._reader})


def _message(raw: str | bytes) -> Message:
    if isinstance(raw, str):
        return Message(raw[:MAX_TEXT], len(raw))
    return Message("", len(raw), binary=True)


_OUR_COMPLAINTS: Final = {
    1002: "frames that break the WebSocket protocol",
    1007: "text that is no UTF-8",
    1009: f"a message of more than {MAX_MESSAGE >> 20} MiB",
}
"""By the code with which the library ends a connection on our side (RFC 6455, section 7.4.1)."""
