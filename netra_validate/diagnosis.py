"""From results to root causes: *this broke, the rest follows*. Pure.

Probe P is explained by probe Q when Q failed, Q's resource is P's own or upstream of it, and P's
check depends on Q's check, directly or not. The order of the checks has no circle, so explanation
has none, even where two resources need each other. A failing probe that nothing explains is a root
cause. Nothing is hidden: every result stays what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from netra_validate.model import (
    Outcome,
    ProbeResult,
    ResourceRef,
    RootCause,
    Severity,
    Status,
)

Dependencies = Mapping[str, frozenset[str]]
"""For each check the checks that it depends on, as declared."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Results with their explanations, and what is left to explain."""

    results: tuple[ProbeResult, ...]
    root_causes: tuple[RootCause, ...]


def diagnose(
    results: Sequence[ProbeResult],
    upstream: Callable[[ResourceRef], frozenset[ResourceRef]],
    depends_on: Dependencies,
    *,
    fail_on: Severity = Severity.ERROR,
) -> Diagnosis:
    """Find out what explains what.

    Args:
        results: of all probes.
        upstream: everything that a resource needs, as :meth:`Topology.upstream` tells.
        depends_on: of every check that ran.
        fail_on: the severity from which on a finding makes its probe a failing one.
    """
    order = transitive(depends_on)
    failing: dict[ResourceRef, list[ProbeResult]] = {}
    for result in results:
        if fails(result, fail_on):
            failing.setdefault(result.resource, []).append(result)
    explainers = {
        symptom.id: {
            cause.id
            for place in (ref, *upstream(ref))
            for cause in failing.get(place, ())
            if cause.check in order.get(symptom.check, frozenset())
        }
        for ref, symptoms in failing.items()
        for symptom in symptoms
    }
    explained = tuple(
        replace(result, explained_by=_nearest(explainers.get(result.id, set()), explainers))
        for result in results
    )
    explains: dict[str, list[str]] = {each: [] for each in sorted(explainers)}
    for symptom in sorted(explainers):
        for cause in explainers[symptom]:
            explains[cause].append(symptom)
    causes = tuple(
        RootCause(probe, tuple(symptoms))
        for probe, symptoms in explains.items()
        if not explainers[probe]
    )
    return Diagnosis(explained, causes)


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


def _nearest(causes: set[str], explainers: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Those causes that no other of them follows from: the next step up, not the whole way."""
    passed_over = {further for cause in causes for further in explainers[cause]}
    return tuple(sorted(causes - passed_over))
