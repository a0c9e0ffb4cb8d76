"""Runs again what has not passed yet, until everything has or the time is over.

A deploy takes a while to come up, a grant to reach every server, an instance to start. So a run may
be made in rounds: the first is whole, each later one looks again at what has not passed, with
clients of its own, so that no answer of an earlier round is taken for a new one. The last complete
result of every probe is its result.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final, Protocol

from netra_validate import diagnosis, runner, waivers
from netra_validate.clients import Clients
from netra_validate.model import Outcome, Plane, ProbeResult, Severity
from netra_validate.plan import Limits, Plan, Probe

if TYPE_CHECKING:
    from netra_validate.clients.google import Tagged

_SHORTEST_S: Final = 0.5
"""Of a pause: what heals at once is seen at once, and nothing is asked twice in the same breath."""

_SHARE: Final = 0.4
"""Of the time waited so far that the next pause takes, so that pauses grow with a factor of 1.4:
whoever has waited for ten seconds learns of the end four seconds late at most."""

_LONGEST_S: Final = 10.0
"""Of a pause: nobody minds the end of a long wait being told ten seconds late."""

_JITTER: Final = 0.75
"""Least share of a pause that is taken: jobs that start on the same minute must not ask in step."""

_WINDOW_S: Final = 60.0
_MOST_EXCHANGES: Final = 80
"""Within the window. The first users' load balancer bans an address for ten minutes that asks more
than 100 times a minute; the rest is for whoever else has the same address."""

_CLOSING_S: Final = 3.0
"""How long connections may take to close before they are left to the operating system."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The time between two rounds, for whoever watches."""

    round: int
    """The one that follows, counted from 1."""
    awaited: tuple[str, ...]
    """Ids of the probes that have not passed, sorted."""
    lasts_s: float
    left_s: float
    """Until patience is over, from the beginning of the pause."""


class Watcher(Protocol):
    """Is told of the pauses. It prints, this module does not."""

    def pause_started(self, pause: Pause) -> None:
        """Nothing happens until the next round."""

    def pause_ended(self) -> None:
        """The next round begins, or somebody has interrupted the waiting."""


class _Unwatched:
    """The watcher that says nothing."""

    def pause_started(self, pause: Pause) -> None:
        """Nothing."""

    def pause_ended(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Round:
    """When a round was over, and what it cost."""

    ended_s: float
    """Since the validation began."""
    took_s: float
    probes: int
    exchanges: int
    """Requests and upgrades, of all its probes together."""
    connections: tuple[int, int] = (0, 0)
    """Most that were in use at once, and most of them to one server."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of all rounds so far."""

    results: tuple[ProbeResult, ...]
    """The last complete one of every probe, sorted by id."""
    rounds: tuple[Round, ...]
    interrupted: bool = False
    candidates: Mapping[str, Tagged] = field(default_factory=dict)
    """The revisions that are judged before they get traffic, by the name of the service."""


def awaited(
    results: Sequence[ProbeResult], waived: Sequence[waivers.Waiver], fail_on: Severity, today: date
) -> frozenset[str]:
    """Ids of the probes that have not passed: failing ones that nobody answers for, and errors.

    A skip is none, and neither is a warning that fails nothing.
    """
    marked = waivers.apply(results, waived, today).results
    return frozenset(
        result.id
        for result in marked
        if result.outcome is Outcome.ERROR or diagnosis.fails(result, fail_on)
    )


def pause_after(rounds: Sequence[Round], probes: int, wait_s: float, jitter: float) -> float | None:
    """Seconds until the next round, or None where the time does not suffice for one.

    Args:
        rounds: those that were made.
        probes: how many the next one has.
        wait_s: how long to go on for, counted from the beginning of the first.
        jitter: between 0 and 1, at random.
    """
    last = rounds[-1]
    left = wait_s - last.ended_s
    polite = _until_polite(rounds, probes)
    grown = min(max(last.ended_s * _SHARE, _SHORTEST_S), _LONGEST_S)
    wanted = grown * (_JITTER + (1 - _JITTER) * jitter)
    # The last look is as late as it can be and still end in time.
    latest = left - max(last.took_s, _SHORTEST_S)
    pause = max(min(wanted, latest), _SHORTEST_S, polite)
    return pause if left - pause >= _SHORTEST_S else None


def _until_polite(rounds: Sequence[Round], probes: int) -> float:
    """Seconds until the window has room for what these probes will ask: as much as the last did."""
    last = rounds[-1]
    room = _MOST_EXCHANGES - last.exchanges * min(1.0, probes / max(last.probes, 1))
    for earlier in reversed(rounds):
        room -= earlier.exchanges
        if room < 0:
            return max(0.0, earlier.ended_s + _WINDOW_S - last.ended_s)
    return 0.0


def merged(
    earlier: Sequence[ProbeResult], later: Sequence[ProbeResult], unfinished: Collection[str]
) -> tuple[ProbeResult, ...]:
    """The results after one more round: what did not come to an end in it says nothing new."""
    known = {result.id: result for result in earlier}
    known |= {result.id: result for result in later if result.id not in unfinished}
    return tuple(result for _, result in sorted(known.items()))


def outdated(
    results: Sequence[ProbeResult], known: Mapping[str, Tagged], now: Mapping[str, Tagged]
) -> tuple[ProbeResult, ...]:
    """The results after it was seen which revisions the candidates are now.

    What was said of a revision is not true of the next one that gets its tag. Only the repository
    is what it was.
    """
    others = [
        found
        for key, found in now.items()
        if key in known and known[key].target.name != found.target.name
    ]
    if not others:
        return tuple(results)
    moved = ", ".join(f"the tag {each.tag} of {each.service}" for each in others)
    return tuple(
        result
        if result.plane is Plane.SOURCE
        else replace(
            result,
            outcome=Outcome.ERROR,
            reason=f"{moved} went to another revision meanwhile; run it again",
            observations={},
            findings=(),
        )
        for result in results
    )


async def run_in_rounds(
    plan: Plan,
    limits: Limits,
    *,
    wait_s: float = 0.0,
    fail_on: Severity = Severity.ERROR,
    today: Callable[[], date],
    observer: runner.Observer | None = None,
    watcher: Watcher | None = None,
) -> Seen:
    """Run the probes of a plan, those that have not passed again and again.

    Being cancelled (Ctrl-C), in a round or between two, is answered with what is known so far.

    Args:
        plan: what to run.
        limits: of one round. A later one ends with the patience, and does not retry its requests:
            the next round does that.
        wait_s: how long to go on for, counted from now; a single round where it is 0.
        fail_on: the severity from which on a finding has to be waited for.
        today: the date in UTC, for the waivers.
        observer: is told what happens in each round.
        watcher: is told of the pauses between them.
    """
    rounds = _Rounds(plan, observer)
    seen = await rounds.made(Seen((), ()), plan.probes, limits)
    while not seen.interrupted:
        ids = awaited(seen.results, plan.waivers, fail_on, today())
        probes = [probe for probe in plan.probes if probe.id in ids]
        jitter = random.random()  # noqa: S311 - no secret
        lasts_s = pause_after(seen.rounds, len(probes), wait_s, jitter)
        if not probes or lasts_s is None:
            break
        left_s = wait_s - rounds.elapsed_s
        names = tuple(sorted(probe.id for probe in probes))
        if not await _slept(Pause(len(seen.rounds) + 1, names, lasts_s, left_s), watcher):
            return replace(seen, interrupted=True)
        left_s = max(wait_s - rounds.elapsed_s, _SHORTEST_S)
        bounded = replace(limits, retries=0, deadline_s=min(limits.deadline_s, left_s))
        seen = await rounds.made(seen, probes, bounded)
    return seen


async def _slept(pause: Pause, watcher: Watcher | None) -> bool:
    """Whether the pause came to its end, and was not interrupted."""
    watcher = watcher or _Unwatched()
    watcher.pause_started(pause)
    try:
        await asyncio.sleep(pause.lasts_s)
    except asyncio.CancelledError:
        return False
    finally:
        watcher.pause_ended()
    return True


class _Rounds:
    """Makes one round after another. Their times count from the making of this."""

    def __init__(self, plan: Plan, observer: runner.Observer | None) -> None:
        self._plan = plan
        self._observer = observer
        self._began = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Since the first round began."""
        return time.monotonic() - self._began

    async def made(self, seen: Seen, probes: Sequence[Probe], limits: Limits) -> Seen:
        """What is known after one more round, of these probes."""
        plan, started_s = self._plan, self.elapsed_s
        clients = Clients(
            plan.environment, plan.root, per_host=limits.per_host, secrets=plan.secrets
        )
        try:
            run = await runner.run(
                probes, plan.environment, plan.topology, clients, limits, self._observer
            )
        finally:
            closed = await _closed(clients)
        results = [replace(each, started_s=each.started_s + started_s) for each in run.results]
        ended_s = self.elapsed_s
        took_s = ended_s - started_s
        made = Round(ended_s, took_s, len(probes), clients.exchanges, clients.connections)
        found = dict(clients.candidates)
        earlier = outdated(seen.results, seen.candidates, found)
        return Seen(
            merged(earlier, results, run.unfinished if seen.rounds else ()),
            (*seen.rounds, made),
            run.interrupted or not closed,
            {**seen.candidates, **found},
        )


async def _closed(clients: Clients) -> bool:
    """Close the clients. Whether nobody interrupted that."""
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(clients.close(), _CLOSING_S)
    except asyncio.CancelledError:
        return False
    return True
