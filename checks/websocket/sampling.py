"""Makes the upgrades of one probe, one or many, and says what came of each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from checks.websocket.judgement import Failure, Terms, Verdict, failure

if TYPE_CHECKING:
    from netra_validate.clients.budget import Budget
    from netra_validate.clients.websocket import Exchange

_AT_ONCE: Final = 4
"""Upgrades under way; what the runner allows to one host may be less."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What came of all upgrades."""

    working: tuple[Exchange, ...]
    failing: tuple[Verdict, ...]

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.working) + len(self.failing)

    @property
    def failure_ratio(self) -> float:
        """Share that failed."""
        return len(self.failing) / self.count

    @property
    def kinds(self) -> dict[str, int]:
        """How often each kind of failure was met, the most common first."""
        return dict(Counter(verdict.kind for verdict in self.failing).most_common())

    @property
    def commonest_failure(self) -> Verdict:
        """The failure that stands for all."""
        kind = next(iter(self.kinds))
        return next(verdict for verdict in self.failing if verdict.kind == kind)

    @property
    def upgrade_s(self) -> float:
        """Median of those that work."""
        return median(seen.upgrade_s for seen in self.working)


async def take(
    ask: Callable[[], Awaitable[Exchange | Failure]], wanted: int, budget: Budget, *, each_s: float
) -> list[Exchange | Failure]:
    """Ask ``wanted`` times, or as often as there is time: one in a hurry would fail for that alone.

    Args:
        ask: one upgrade.
        wanted: how many.
        budget: of the probe.
        each_s: seconds that one may take.
    """
    # Half of the probe's time where that is short: the first ones must have a chance.
    reserve_s = min(each_s, budget.remaining() / 2)
    # Alone, since what is wrong with the request itself is wrong with all of them.
    outcomes = [await ask()]
    left = wanted - 1

    async def worker() -> None:
        nonlocal left
        while left > 0 and budget.remaining() > reserve_s:
            left -= 1
            outcomes.append(await ask())

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_AT_ONCE, left)):
            group.create_task(worker())
    return outcomes


def sorted_out(outcomes: Sequence[Exchange | Failure], terms: Terms) -> Samples:
    """The outcomes that work and those that do not."""
    working: list[Exchange] = []
    failing: list[Verdict] = []
    for outcome in outcomes:
        verdict = failure(outcome, terms)
        if verdict is not None:
            failing.append(verdict)
        elif not isinstance(outcome, Exception):
            working.append(outcome)
    return Samples(tuple(working), tuple(failing))
