"""From results to root causes: *this broke, the rest follows*. Pure.

A finding follows from another one when three things hold. The order: its check depends, directly or
not, on the other's. The place: the other's resource is its own or upstream of it. The evidence:
what it shows is something that the other takes away (:mod:`netra_validate.signs`); a rule that says
nothing of the kind explains and is explained by order and place alone. The order of the checks has
no circle, so explanation has none, even where two resources need each other.

What a fault spoils beside the way of need, a finding names itself (:attr:`Bearing.reaches`): a job
beside a service leaves a schema behind in a database that does not need the service. Order and
place are then what it says; it is believed as far as no circle comes of it.

A failing probe with a finding that follows from nothing is a root cause. Two independent faults are
two, whatever the order of the checks. What could not be verified is told with the cause that kept
it from being verified. Nothing is hidden: every result stays what it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from netra_validate import reasons
from netra_validate.grounds import LeadsTo
from netra_validate.model import (
    Bearing,
    Finding,
    Outcome,
    ProbeResult,
    ResourceRef,
    RootCause,
    Severity,
    Status,
)
from netra_validate.troubles import Trouble, chosen, concerns, reaches

Dependencies = Mapping[str, frozenset[str]]
"""For each check the checks that it depends on, as declared."""

Upstream = Callable[[ResourceRef], frozenset[ResourceRef]]
"""Everything that a resource needs, as :meth:`Topology.upstream` tells."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Results with their explanations, and what is left to explain."""

    results: tuple[ProbeResult, ...]
    root_causes: tuple[RootCause, ...]


def diagnose(
    results: Sequence[ProbeResult],
    upstream: Upstream,
    depends_on: Dependencies,
    *,
    fail_on: Severity = Severity.ERROR,
    now: datetime | None = None,
    left_out: frozenset[str] = frozenset(),
) -> Diagnosis:
    """Find out what explains what.

    Args:
        results: of all probes.
        upstream: everything that a resource needs.
        depends_on: of every check that ran.
        fail_on: the severity from which on a finding makes its probe a failing one.
        now: when the results were had, for what happened shortly before; None where nobody asks.
        left_out: the checks that were not made, by the wish of whoever asked for the run.
    """
    order = transitive(depends_on)
    troubles = _Troubles(results, upstream, order, fail_on)
    explained = tuple(_explained(result, troubles, fail_on) for result in results)
    argue = reasons.Reasons(explained, upstream, order, fail_on, now, left_out).argued
    unverified = [each for each in results if each.outcome is Outcome.ERROR]
    return Diagnosis(
        explained,
        tuple(argue(cause, leads_to) for cause, leads_to in troubles.causes(unverified)),
    )


class _Troubles:
    """Everything that fails, and what follows from what."""

    def __init__(
        self,
        results: Iterable[ProbeResult],
        upstream: Upstream,
        order: Dependencies,
        fail_on: Severity,
    ) -> None:
        self._failing: dict[str, tuple[Finding, ...]] = {}
        self._at: defaultdict[ResourceRef, list[Trouble]] = defaultdict(list)
        for result in results:
            failing = tuple(failing_findings(result, fail_on))
            if failing:
                self._failing[result.id] = failing
                for bearing in dict.fromkeys(found.bearing for found in failing):
                    self._at[result.resource].append(
                        Trouble(result.id, result.check, result.resource, bearing)
                    )
        self._upstream, self._order = upstream, order
        self._everything = {
            trouble: chosen(self._in_need(trouble), trouble)
            for troubles in self._at.values()
            for trouble in troubles
        }
        for cause in sorted(self._everything, key=lambda each: each.probe):
            self._reach(cause)
        self._nearest = {
            trouble: candidates - {each for one in candidates for each in self._everything[one]}
            for trouble, candidates in self._everything.items()
        }
        self._by_probe: defaultdict[str, list[Trouble]] = defaultdict(list)
        for trouble in self._everything:
            self._by_probe[trouble.probe].append(trouble)

    def of(self, probe: str, found: Finding) -> tuple[str, ...]:
        """Ids of the probes next to it that a failing finding follows from."""
        for trouble in self._by_probe.get(probe, ()):
            if trouble.bearing == found.bearing:
                return tuple(sorted({each.probe for each in self._nearest[trouble]}))
        return ()

    def causes(self, unverified: Iterable[ProbeResult]) -> Iterator[tuple[RootCause, LeadsTo]]:
        """The probes with trouble that follows from nothing, sorted, and what follows from them.

        Of each also what follows from which of its findings.
        """
        follows: defaultdict[str, defaultdict[Bearing, set[str]]]
        follows = defaultdict(lambda: defaultdict(set))
        above: dict[Trouble, frozenset[Trouble]] = {}
        for trouble in self._everything:
            for root in self._above(trouble, above):
                follows[root.probe][root.bearing].add(trouble.probe)
        unseen = self._unseen(unverified, above)
        for probe in sorted(follows):
            fingerprints = (
                found.fingerprint for found in self._failing[probe] if not self.of(probe, found)
            )
            # A probe that is a root cause by itself is not told among what follows from others.
            told = {
                bearing: sorted(below - follows.keys()) for bearing, below in follows[probe].items()
            }
            cause = RootCause(
                probe,
                tuple(sorted({each for below in told.values() for each in below})),
                tuple(filter(None, fingerprints)),
                leaves_unverified=tuple(sorted(unseen.get(probe, ()))),
            )
            yield cause, {bearing: below for bearing, below in told.items() if below}

    def _unseen(
        self,
        unverified: Iterable[ProbeResult],
        above: dict[Trouble, frozenset[Trouble]],
    ) -> Mapping[str, set[str]]:
        """For the probes of root causes those that could not be verified because of them."""
        kept: defaultdict[str, set[str]] = defaultdict(set)
        for result in unverified:
            for near in self._kept_by(result):
                for root in self._above(near, above):
                    kept[root.probe].add(result.id)
        return kept

    def _kept_by(self, result: ProbeResult) -> frozenset[Trouble]:
        """What kept a probe from being verified: what is missing, or what took it away."""
        missing = result.kept_by.missing
        if missing is not None:
            return frozenset(each for each in self._everything if each.bearing.missing == missing)
        unseen = Trouble(result.id, result.check, result.resource, result.kept_by)
        return chosen(self._in_need(unseen), unseen)

    def _above(
        self, trouble: Trouble, known: dict[Trouble, frozenset[Trouble]]
    ) -> frozenset[Trouble]:
        """What it follows from in the end; itself, where that is nothing."""
        if trouble not in known:
            nearest = self._nearest[trouble]
            known[trouble] = frozenset(
                {root for each in nearest for root in self._above(each, known)}
                if nearest
                else {trouble}
            )
        return known[trouble]

    def _in_need(self, trouble: Trouble) -> Iterator[Trouble]:
        """What goes before it in the order of the checks, at its own place or at one it needs."""
        needed = self._order.get(trouble.check, frozenset())
        for place in (trouble.resource, *self._upstream(trouble.resource)):
            for cause in self._at.get(place, ()):
                if cause.check in needed and concerns(cause, trouble):
                    yield cause

    def _reach(self, cause: Trouble) -> None:
        """Let a cause be behind what it reaches beside the way of need, where nothing else is."""
        for place in cause.bearing.reaches:
            for trouble in self._at.get(place, ()):
                near = self._everything[trouble]
                others = all(each.bearing.reaches for each in near)
                if others and reaches(cause, trouble) and not self._leads(trouble, cause):
                    self._everything[trouble] = near | {cause}

    def _leads(self, one: Trouble, other: Trouble) -> bool:
        """Whether ``other`` is ``one``, or follows from it."""
        return one == other or any(self._leads(one, near) for near in self._everything[other])


def _explained(result: ProbeResult, troubles: _Troubles, fail_on: Severity) -> ProbeResult:
    """A result that says what it follows from: as a whole only where all of its failures do."""
    failing = frozenset(map(id, failing_findings(result, fail_on)))
    if not failing:
        return replace(result, explained_by=())
    findings = tuple(
        replace(found, explained_by=troubles.of(result.id, found))
        if id(found) in failing
        else found
        for found in result.findings
    )
    follows = [found.explained_by for found in findings if found.explained_by]
    wholly = len(follows) == len(failing)
    nearest = {probe for each in follows for probe in each} if wholly else set()
    return replace(result, findings=findings, explained_by=tuple(sorted(nearest)))


def transitive(depends_on: Dependencies) -> dict[str, frozenset[str]]:
    """For each check everything it depends on, directly or not."""
    found: dict[str, frozenset[str]] = {}
    for check in depends_on:
        reached: set[str] = set()
        waiting = list(depends_on[check])
        while waiting:
            needed = waiting.pop()
            if needed not in reached:
                reached.add(needed)
                waiting.extend(depends_on.get(needed, ()))
        found[check] = frozenset(reached)
    return found


def failing_findings(result: ProbeResult, fail_on: Severity) -> Iterable[Finding]:
    """Those at or above ``fail_on`` that nobody answers for."""
    return (found for found in result.findings if counts(found, fail_on))


def counts(found: Finding, fail_on: Severity) -> bool:
    """Whether a finding by itself fails its probe."""
    return found.waived is None and found.severity.rank >= fail_on.rank


def fails(result: ProbeResult, fail_on: Severity = Severity.ERROR) -> bool:
    """Whether something at or above ``fail_on`` was found."""
    worst = result.worst
    return worst is not None and worst.rank >= fail_on.rank


def status_of(results: Iterable[ProbeResult], fail_on: Severity = Severity.ERROR) -> Status:
    """The verdict. A finding outweighs what could not be verified; nothing verified is no pass."""
    results = tuple(results)
    if any(fails(result, fail_on) for result in results):
        return Status.FAILED
    unverified = any(result.outcome is Outcome.ERROR for result in results)
    if unverified or all(result.outcome is Outcome.SKIP for result in results):
        return Status.UNVERIFIED
    return Status.PASSED
