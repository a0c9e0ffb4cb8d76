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
from netra_validate.following import Graph, Ways
from netra_validate.model import (
    Finding,
    Outcome,
    ProbeResult,
    ResourceRef,
    RootCause,
    Severity,
    Status,
)
from netra_validate.troubles import Trouble, counts, failing_findings, of_finding, unverified

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
    troubles = _Troubles(results, Ways(upstream, order), fail_on)
    explained = tuple(map(troubles.explained, results))
    known = catalogue or reasons.Catalogue()
    argue = reasons.Reasons(explained, upstream, order, fail_on, now, known).argued
    return Diagnosis(explained, tuple(map(argue, troubles.causes(explained))))


class _Troubles:
    """Everything that fails, and how each result stands among it."""

    def __init__(self, results: Iterable[ProbeResult], ways: Ways, fail_on: Severity) -> None:
        self._fail_on = fail_on
        self._missing: defaultdict[str, set[Trouble]] = defaultdict(set)
        found: dict[Trouble, None] = {}
        for result in results:
            for each in result.findings:
                if each.severity.rank >= fail_on.rank:
                    trouble = of_finding(result, each)
                    found[trouble] = None
                    if each.bearing.missing is not None:
                        self._missing[each.bearing.missing].add(trouble)
        self._graph = Graph(found, ways)
        self._follow: defaultdict[Trouble, set[str]] = defaultdict(set)
        for trouble in self._graph:
            if not trouble.waived:
                for root in self._graph.roots(trouble):
                    self._follow[root].add(trouble.probe)
        self._causes = {root.probe for root in self._follow}

    def explained(self, result: ProbeResult) -> ProbeResult:
        """A result whose failing findings say what they follow from, or what follows from them.

        The result says the former as a whole only where all of its failures do.
        """
        told = {of_finding(result, found) for found in failing_findings(result, self._fail_on)}
        behind = {trouble: self._graph.near(trouble) for trouble in told}

        def telling(found: Finding) -> Finding:
            trouble = of_finding(result, found)
            # A probe that is a root cause by itself is not told among what follows from others.
            below = self._follow.get(trouble, set()) - self._causes
            return replace(
                found,
                explained_by=_ids(behind[trouble]),
                explained_perhaps=self._graph.is_possible(trouble),
                explains=tuple(sorted(below)),
            )

        findings = tuple(
            telling(found) if counts(found, self._fail_on) else found for found in result.findings
        )
        wholly = frozenset().union(*behind.values()) if all(behind.values()) else frozenset()
        # Where two probes follow from each other by different findings, one stands above.
        above = {each for each in wholly if result.id not in self._graph.probes_above(each.probe)}
        return replace(result, findings=findings, explained_by=_ids(above or wholly))

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
                for root in self._graph.roots(near):
                    kept[root.probe].add(result.id)
        return kept

    def _kept_by(self, result: ProbeResult) -> frozenset[Trouble]:
        """What kept a probe from being verified: what is missing, or what took it away."""
        missing = result.kept_by.missing
        if missing is not None:
            return frozenset(self._missing.get(missing, ())) & self._graph.troubles
        return self._graph.behind(unverified(result))


def _ids(troubles: Iterable[Trouble]) -> tuple[str, ...]:
    return tuple(sorted({each.probe for each in troubles}))


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
