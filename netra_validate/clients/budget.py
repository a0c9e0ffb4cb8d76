"""How long and how often one probe may still ask."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_RESERVE: float = 0.9
"""Share of the time that is left which one request may use: the rest is for saying what it saw."""


@dataclass(slots=True)
class Budget:
    """The time and the retries of one probe, and what it has used of them.

    Attributes:
        ends_at: the event loop's time at which the probe is cut off.
        retries: how many times one request may be tried again.
        attempts: highest number of tries that one request has taken so far.
        waited_s: seconds during which at least one request stood still.
    """

    ends_at: float
    retries: int = 2
    attempts: int = field(default=1)
    waited_s: float = field(default=0.0)
    _waiting: int = field(default=0)
    _waiting_since: float = field(default=0.0)

    @classmethod
    def lasting(cls, seconds: float, *, retries: int = 2) -> Budget:
        """A budget that starts now."""
        return cls(ends_at=asyncio.get_running_loop().time() + seconds, retries=retries)

    def remaining(self) -> float:
        """Seconds until the probe is cut off; never negative."""
        return max(0.0, self.ends_at - asyncio.get_running_loop().time())

    def allow(self, wanted_s: float) -> float:
        """The timeout for one request: ``wanted_s``, or less where the probe has less left."""
        return max(0.05, min(wanted_s, self.remaining() * _RESERVE))

    def note(self, attempts: int) -> None:
        """Remember that one request took this many attempts."""
        self.attempts = max(self.attempts, attempts)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time inside as one in which nothing was asked: for a turn, or before a retry.

        Requests that wait side by side are counted once.
        """
        clock = asyncio.get_running_loop().time
        if not self._waiting:
            self._waiting_since = clock()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.waited_s += clock() - self._waiting_since
