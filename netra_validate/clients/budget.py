"""How long and how often one probe may still ask."""

from __future__ import annotations

import asyncio
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
    """

    ends_at: float
    retries: int = 2
    attempts: int = field(default=1)

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
