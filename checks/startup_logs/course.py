"""What of a revision's past still tells of its present. Pure.

Logs are kept for weeks. That one start of many failed last month, or that one instance was killed,
is neither why a request fails now nor a reason to leave the revision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Self

from netra_validate import Finding, Severity
from netra_validate.model import Bearing
from netra_validate.wording import counted, minute

if TYPE_CHECKING:
    from checks.startup_logs.starts import Hit, Start

LATELY: Final = timedelta(days=1)
"""How long something that is over is spoken of, and how long it takes until what comes with
requests is over: in a day a service meets all of its users and of its jobs."""


class Standing(IntEnum):
    """What something that was logged means now; a higher one means more."""

    FORGOTTEN = 0
    """It was overcome long ago."""
    OVER = 1
    """It is worth knowing, and explains nothing of today."""
    PRESENT = 2
    """Nothing that was logged later shows that it is over."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why starts failed, and those that did."""

    kind: str
    what: str
    """What it names."""
    failed: tuple[tuple[Start, Hit], ...]
    standings: tuple[Standing, ...]
    """Of each of them, oldest first, as they are."""

    @property
    def standing(self) -> Standing:
        """It is as present as the most present of them."""
        return max(self.standings)

    @property
    def hits(self) -> list[Hit]:
        """The line that tells it, for each."""
        return [hit for _, hit in self.failed]

    @property
    def since(self) -> datetime:
        """When it began: those that are over are not what fails now."""
        told = zip(self.hits, self.standings, strict=True)
        return min(hit.at for hit, standing in told if standing is self.standing)

    def how_it_went_on(self, starts: int) -> str:
        """The end of a sentence about what is over.

        Args:
            starts: how many there were of the revision.
        """
        latest = minute(self.hits[-1].at)
        if all(start.came_with_load for start, _ in self.failed):
            return f"; the latest at {latest}, and later starts were good"
        count = f"{len(self.failed)} of {counted(starts, 'start')} failed"
        return f"; {count}, the latest at {latest}; later ones were good"


@dataclass(frozen=True, slots=True)
class Course:
    """How the starts of one revision went, as far as was logged until now."""

    told: tuple[Start, ...]
    now: datetime
    good: datetime | None
    """When the latest start succeeded that lasted; None where none did."""

    @classmethod
    def of(cls, told: tuple[Start, ...], now: datetime) -> Self:
        """That of all starts that the logs tell of."""
        lasting = (each.succeeded_at for each in told if each.lasted(now))
        return cls(told, now, max((at for at in lasting if at is not None), default=None))

    @property
    def starts(self) -> list[Start]:
        """Those that are known to have succeeded or failed."""
        return [each for each in self.told if each.succeeded_at is not None or each.failed]

    @property
    def causes(self) -> Iterator[Cause]:
        """Each cause and what it names, however many instances it stopped."""
        by_cause: defaultdict[tuple[str, str], list[tuple[Start, Hit]]] = defaultdict(list)
        for start in self.told:
            if (cause := start.cause) is not None:
                kind, hit = cause
                by_cause[kind, hit.what].append((start, hit))
        for (kind, what), failed in by_cause.items():
            failed.sort(key=lambda each: each[1].at)
            standings = tuple(self.of_start(start) for start, _ in failed)
            yield Cause(kind, what, tuple(failed), standings)

    def of_start(self, start: Start) -> Standing:
        """What a start that failed means now.

        A good one after it shows that it is over; of what comes with load, time has to show it too.
        """
        at = start.failed_at
        if at is None or start.gave_up:
            return Standing.PRESENT
        if start.came_with_load:
            return self.of_request(at)
        if not self._went_on_after(at):
            return Standing.PRESENT
        return Standing.FORGOTTEN if self._is_old(at) else Standing.OVER

    def of_request(self, at: datetime) -> Standing:
        """What comes with requests means now: it may well come back after a good start."""
        return Standing.OVER if self._went_on_after(at) and self._is_old(at) else Standing.PRESENT

    def _went_on_after(self, at: datetime) -> bool:
        return self.good is not None and self.good > at

    def _is_old(self, at: datetime) -> bool:
        return self.now - at > LATELY


def as_over(found: Finding, went_on: str) -> Finding:
    """A finding about what is over: a warning at most, which explains and condemns nothing.

    Args:
        found: as if it were not over.
        went_on: the end of its sentence, which says so.
    """
    nothing = Bearing(shows=frozenset(), explains=frozenset(), since=found.bearing.since)
    severity = min(found.severity, Severity.WARNING, key=lambda each: each.rank)
    return replace(
        found,
        severity=severity,
        message=f"{found.message}{went_on}",
        bearing=nothing,
        condemns=frozenset(),
    )
