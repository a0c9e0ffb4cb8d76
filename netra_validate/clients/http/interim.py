"""Interim answers (RFC 9110, section 15.2), of which a server may send any number.

httpcore 1.0 reads on until the final one and tells of none of them. A flood of them keeps the event
loop busy until time is over, and every other probe waits.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Final

import httpcore

MAX_INTERIM: Final = 20
"""Interim answers to one request. Servers send one or two: 100, 102 and 103."""

_INTERIM: Final = re.compile(rb"HTTP/1\.[01] 1(?!01)\d\d[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n")
"""One of them, whole. 101 is a final one."""


class InterimFlood(Exception):
    """More than :data:`MAX_INTERIM` interim answers came."""


class InterimAnswers:
    """Counts those of one exchange, from its request to its final answer."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._count = 0

    def take(self, data: bytes) -> None:
        """Look at what came from the network before it is parsed."""
        self._head += data
        at = 0
        while (found := _INTERIM.match(self._head, at)) is not None:
            at = found.end()
            self._count += 1
            if self._count > MAX_INTERIM:
                raise InterimFlood
        del self._head[:at]


_EXPECTED: ContextVar[InterimAnswers | None] = ContextVar("_EXPECTED", default=None)


def expect(answers: InterimAnswers | None) -> None:
    """Count in ``answers`` what this task reads from now on; None where it is no longer a head."""
    _EXPECTED.set(answers)


def watch(stream: httpcore.AsyncNetworkStream) -> None:
    """Have every reading from ``stream`` counted, for the task that reads.

    A connection serves one exchange after another, and keeps the stream that it was made with.
    """
    read = stream.read

    async def watched(max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's own
        data = await read(max_bytes, timeout)
        answers = _EXPECTED.get()
        if answers is not None:
            answers.take(data)
        return data

    stream.read = watched  # type: ignore[method-assign] # httpx offers no other way in
