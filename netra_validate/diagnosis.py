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
    catalogue: reasons.Catalogue | None = None,
) -> Diagnosis:
    """Find out what explains what.

    Args:
        results: of all probes.
        upstream: everything that a resource needs.
        depends_on: of every check that ran.
        fail_on: the severity from which on a finding makes its probe a failing one.
        now: when the results were had, for what happened shortly before; None where nobody asks.
        catalogue: what is known of the checks beside that, for the reasons.
    """
    order = transitive(depends_on)
    troubles = _Troubles(results, upstream, order, fail_on)
    explained = tuple(map(troubles.explained, results))
    known = catalogue or reasons.Catalogue()
    argue = reasons.Reasons(explained, upstream, order, fail_on, now, known).argued
    return Diagnosis(explained, tuple(map(argue, troubles.causes(explained))))


class _Troubles:
    """Everything that fails, and what follows from what."""

    def __init__(
        self,
        results: Iterable[ProbeResult],
        upstream: Upstream,
        order: Dependencies,
        fail_on: Severity,
    ) -> None:
        self._upstream, self._order, self._fail_on = upstream, order, fail_on
        self._at: defaultdict[ResourceRef, list[Trouble]] = defaultdict(list)
        for result in results:
            for bearing in {found.bearing: None for found in failing_findings(result, fail_on)}:
                self._at[result.resource].append(
                    Trouble(result.id, result.check, result.resource, bearing)
                )
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
        self._roots: dict[Trouble, frozenset[Trouble]] = {}
        self._follow: defaultdict[tuple[str, Bearing], set[str]] = defaultdict(set)
        for trouble in self._everything:
            for root in self._above(trouble):
                self._follow[root.probe, root.bearing].add(trouble.probe)
        self._causes = {probe for probe, _ in self._follow}
        self._above_probe: dict[str, frozenset[str]] = {}

    def explained(self, result: ProbeResult) -> ProbeResult:
        """A result whose failing findings say what they follow from, or what follows from them.

        The result says the former as a whole only where all of its failures do.
        """
        kinds = {found.bearing for found in failing_findings(result, self._fail_on)}
        told = {bearing: self._standing(result, bearing) for bearing in kinds}

        def telling(found: Finding) -> Finding:
            behind, below = told[found.bearing]
            return replace(found, explained_by=behind, explains=below)

        findings = tuple(
            telling(found) if counts(found, self._fail_on) else found for found in result.findings
        )
        near = [behind for behind, _ in told.values()]
        wholly = {each for behind in near for each in behind} if all(near) else set()
        # Where two probes follow from each other by different findings, one stands above.
        above = {each for each in wholly if result.id not in self._probes_above(each)}
        return replace(result, findings=findings, explained_by=tuple(sorted(above or wholly)))

    def _probes_above(self, probe: str) -> frozenset[str]:
        """Ids of all probes that some finding of one follows from, however far off."""
        if probe not in self._above_probe:
            reached: set[Trouble] = set()
            waiting = [each for each in self._everything if each.probe == probe]
            while waiting:
                for near in self._nearest[waiting.pop()] - reached:
                    reached.add(near)
                    waiting.append(near)
            self._above_probe[probe] = frozenset(each.probe for each in reached)
        return self._above_probe[probe]

    def _standing(
        self, result: ProbeResult, bearing: Bearing
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The probes next to a kind of finding that it follows from, and those that follow."""
        trouble = Trouble(result.id, result.check, result.resource, bearing)
        near = {each.probe for each in self._nearest[trouble]}
        # A probe that is a root cause by itself is not told among what follows from others.
        below = self._follow.get((result.id, bearing), set()) - self._causes
        return tuple(sorted(near)), tuple(sorted(below))

    def causes(self, explained: Iterable[ProbeResult]) -> Iterator[RootCause]:
        """The probes with trouble that follows from nothing, sorted, and what follows from them."""
        explained = sorted(explained, key=lambda result: result.id)
        unseen = self._unseen(each for each in explained if each.outcome is Outcome.ERROR)
        for result in explained:
            failing = failing_findings(result, self._fail_on)
            own = [found for found in failing if not found.explained_by]
            if own:
                yield RootCause(
                    result.id,
                    tuple(sorted({each for found in own for each in found.explains})),
                    tuple(found.fingerprint for found in own if found.fingerprint),
                    leaves_unverified=tuple(sorted(unseen.get(result.id, ()))),
                )

    def _unseen(self, unverified: Iterable[ProbeResult]) -> Mapping[str, set[str]]:
        """For the probes of root causes those that could not be verified because of them."""
        kept: defaultdict[str, set[str]] = defaultdict(set)
        for result in unverified:
            for near in self._kept_by(result):
                for root in self._above(near):
                    kept[root.probe].add(result.id)
        return kept

    def _kept_by(self, result: ProbeResult) -> frozenset[Trouble]:
        """What kept a probe from being verified: what is missing, or what took it away."""
        missing = result.kept_by.missing
        if missing is not None:
            return frozenset(each for each in self._everything if each.bearing.missing == missing)
        unseen = Trouble(result.id, result.check, result.resource, result.kept_by)
        return chosen(self._in_need(unseen), unseen)

    def _above(self, trouble: Trouble) -> frozenset[Trouble]:
        """What it follows from in the end; itself, where that is nothing."""
        if trouble not in self._roots:
            near = self._nearest[trouble]
            roots = {root for each in near for root in self._above(each)} if near else {trouble}
            self._roots[trouble] = frozenset(roots)
        return self._roots[trouble]

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
