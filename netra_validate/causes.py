"""Root causes, and under each the probes that it explains, every probe in one place only. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from netra_validate.model import Finding, Outcome, ProbeResult, Report, RootCause, Severity

_HANGS = frozenset({Outcome.FAIL, Outcome.ERROR, Outcome.WARN})
"""Outcomes that something upstream can explain."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """A probe that another one explains."""

    probe: ProbeResult
    depth: int
    """1 right under the cause."""


@dataclass(frozen=True)
class Causes:
    """The failing probes as trees."""

    roots: tuple[ProbeResult, ...]
    """What to mend, that which explains most first."""
    symptoms: dict[str, tuple[Symptom, ...]]
    """Under the id of each root what hangs on it, in the order of reading."""
    argued: dict[str, RootCause]
    """Under the id of each root that the report names, why it does."""
    unverified: Mapping[str, tuple[ProbeResult, ...]] = field(default_factory=dict)
    """Under the id of a root the probes that could not be verified because of it, sorted."""

    @property
    def shown(self) -> frozenset[str]:
        """Ids of all probes in the trees."""
        below = {symptom.probe.id for found in self.symptoms.values() for symptom in found}
        left = {probe.id for found in self.unverified.values() for probe in found}
        return frozenset({root.id for root in self.roots} | below | left)

    def behind(self, probe: ProbeResult) -> tuple[str, ...]:
        """Ids of what explains a probe, or of what keeps it from being verified, sorted."""
        kept_by = self._kept_by.get(probe.id)
        return tuple(sorted(probe.explained_by or ([kept_by] if kept_by else ())))

    @cached_property
    def telling(self) -> frozenset[str]:
        """Ids of the roots whose findings say what follows from each of them."""
        return frozenset(
            root.id for root in self.roots if any(found.explains for found in root.findings)
        )

    @cached_property
    def _kept_by(self) -> dict[str, str]:
        return {probe.id: root for root, found in self.unverified.items() for probe in found}


def trace(report: Report) -> Causes:
    """The trees of a report: the root causes that it names, and any failure that it forgot.

    What is waived is to be mended one day, and not now: it is no cause.
    """
    probes = {probe.id: probe for probe in sorted(report.probes, key=lambda probe: probe.id)}
    children = _children(probes)
    named = [
        probes[cause.probe]
        for cause in report.root_causes
        if cause.probe in probes and not is_waived(probes[cause.probe])
    ]
    failing = [
        probe for probe in probes.values() if probe.outcome is Outcome.FAIL and not is_waived(probe)
    ]
    unexplained = [probe for probe in failing if _parent(probe, probes) is None]
    seen = {probe.id for probe in named}
    symptoms = {probe.id: tuple(_below(probe.id, children, seen)) for probe in named}
    # The last ones are for failures that explain each other in a circle, which should not be.
    for probe in [*unexplained, *failing]:
        if probe.id not in seen:
            seen.add(probe.id)
            symptoms[probe.id] = tuple(_below(probe.id, children, seen))
    ranked = sorted(symptoms, key=lambda root: (-len(symptoms[root]), root))
    argued = {cause.probe: cause for cause in report.root_causes}
    roots = tuple(probes[root] for root in ranked)
    return Causes(roots, symptoms, argued, _unverified(ranked, argued, probes, seen))


def _unverified(
    roots: Iterable[str],
    argued: Mapping[str, RootCause],
    probes: Mapping[str, ProbeResult],
    seen: set[str],
) -> dict[str, tuple[ProbeResult, ...]]:
    """What each root leaves unverified, unless it hangs in a tree already."""
    found: dict[str, tuple[ProbeResult, ...]] = {}
    for root in filter(argued.get, roots):
        left = sorted(set(argued[root].leaves_unverified) & probes.keys() - seen)
        unknown = tuple(probes[each] for each in left if probes[each].outcome is Outcome.ERROR)
        if unknown:
            found[root] = unknown
            seen.update(probe.id for probe in unknown)
    return found


def apart(probe: ProbeResult, findings: Iterable[Finding]) -> tuple[str, ...]:
    """What findings follow from, where their probe as a whole does not.

    Such a probe is a root cause by some of its findings, and a symptom by these.

    Returns:
        Ids of probes, sorted; none where the probe tells it for all of its findings.
    """
    found = tuple(findings)
    if probe.explained_by or not all(each.explained_by for each in found):
        return ()
    return tuple(sorted({cause for each in found for cause in each.explained_by}))


def is_waived(probe: ProbeResult) -> bool:
    """Whether it fails by nothing but what somebody answers for."""
    some = any(found.waived is not None for found in probe.findings)
    return probe.outcome is Outcome.FAIL and some and probe.worst is not Severity.ERROR


def _children(probes: dict[str, ProbeResult]) -> dict[str, list[ProbeResult]]:
    children: dict[str, list[ProbeResult]] = {}
    for probe in probes.values():
        parent = _parent(probe, probes)
        if parent is not None:
            children.setdefault(parent, []).append(probe)
    return children


def _parent(probe: ProbeResult, probes: dict[str, ProbeResult]) -> str | None:
    """The first of the probes that explain this one."""
    if probe.outcome not in _HANGS:
        return None
    known = (other for other in sorted(probe.explained_by) if other in probes)
    return next((other for other in known if other != probe.id), None)


def _below(root: str, children: dict[str, list[ProbeResult]], seen: set[str]) -> Iterator[Symptom]:
    """What hangs on ``root``, each probe before those that hang on it."""
    waiting = [Symptom(child, 1) for child in reversed(children.get(root, ()))]
    while waiting:
        symptom = waiting.pop()
        if symptom.probe.id in seen:
            continue
        seen.add(symptom.probe.id)
        yield symptom
        below = reversed(children.get(symptom.probe.id, ()))
        waiting.extend(Symptom(child, symptom.depth + 1) for child in below)
