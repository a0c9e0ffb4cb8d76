"""A connection that bounds what the other side may make us read."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.protocol import State

MAX_MESSAGE: Final = 2**20
"""Bytes of one message. A first message is a few hundred; a gigabyte is refused at its header."""

MAX_RECEIVED: Final = 2**23
"""Bytes of one connection, before it is cut: a flood must not be read for as long as it lasts."""

MAX_FRAMES: Final = 1000
"""Frames of one connection: messages, pieces of them, pings and pongs. A flood of tiny ones costs a
second of the event loop for every megabyte, and every other probe waits for it."""

MAX_ANSWER: Final = 2**17
"""Bytes of an answer to the upgrade. Eight kilobytes of headers are the limit of most servers, and
of a body that explains a refusal the beginning is shown."""

MAX_HEAD: Final = 2**14
"""Bytes that are kept of the answer, enough for its status and headers where it is no good HTTP."""

REFUSAL_S: Final = 1.0
"""Seconds for the body of a refusal, whose status is known: it need not end at all."""

_SLICE: Final = 1024
"""Bytes that are looked at between two looks at the bounds: the event loop hands over 256 KiB."""

_REFUSED: Final = re.compile(rb"HTTP/1\.[01] (?!101\b)\d{3}\b.*?\r?\n\r?\n", re.DOTALL)
"""The whole head of an answer other than 101."""


class Connection(ClientConnection):
    """A connection that remembers how the answer began, and when the other side ended it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the library's own
        super().__init__(*args, **kwargs)
        self.head = bytearray()
        self.received = 0
        self.frames = 0
        self.is_up = False
        """TCP, and TLS where there is any, are established."""
        self.ending = asyncio.Event()
        """A close frame came, or one that breaks the protocol, or nothing will come any more."""
        self.ended_at = 0.0
        self._patience: asyncio.TimerHandle | None = None

    @property
    def excess(self) -> str | None:
        """What the other side sends too much of, as the end of a sentence; None where nothing."""
        if self.response is None and self.received > MAX_ANSWER:
            return "answers the upgrade with more than any server needs"
        if self.received > MAX_RECEIVED:
            return f"floods: it sends more than {MAX_RECEIVED >> 20} MiB unasked"
        if self.frames > MAX_FRAMES:
            return f"floods: it sends more than {MAX_FRAMES} messages, pings and pongs unasked"
        return None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self.is_up = True
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop. Counts what comes, and hangs up on a flood."""
        for at in range(0, len(data), _SLICE):
            if self.excess is not None:
                break
            self._take(data[at : at + _SLICE])
        if self.excess is not None:
            self.transport.abort()
        if self.state in {State.CLOSING, State.CLOSED}:
            self._end()

    def process_event(self, event: Response | Frame) -> None:  # type: ignore[override] # its own alias names no frame
        """Called for everything that was understood."""
        self.frames += isinstance(event, Frame)
        super().process_event(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)
        self._end()

    def _take(self, data: bytes) -> None:
        self.received += len(data)
        if self.response is None:
            self.head += data[: MAX_HEAD - len(self.head)]
            if self._patience is None and _REFUSED.match(self.head):
                self._patience = self.loop.call_later(REFUSAL_S, self.transport.abort)
        if self.excess is None:
            super().data_received(data)

    def _end(self) -> None:
        if not self.ending.is_set():
            self.ended_at = self.loop.time()
            self.ending.set()
