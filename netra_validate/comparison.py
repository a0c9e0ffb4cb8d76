"""What became of findings between two reports, and what a gate makes of it. Pure.

The unit is the finding, known by its probe and its fingerprint. It *fails* where its severity is at
or above a threshold and nobody has waived it; both reports are judged by the same threshold.

A pass is earned here too: a finding is mended only where its probe came to its end and did not find
it again. Where the probe was skipped, left out, cut off or could not be verified, the finding is no
longer seen, and nobody knows more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from netra_validate.exit_codes import ExitCode
from netra_validate.model import (
    Change,
    Comparison,
    Difference,
    Finding,
    Location,
    Outcome,
    ProbeResult,
    Report,
    Severity,
    Status,
)

_VERIFIED: Final = frozenset({Outcome.PASS, Outcome.WARN, Outcome.FAIL})
"""Outcomes of a probe that looked."""

_ORDER: Final = {change: place for place, change in enumerate(Change)}

_Unit = tuple[str, ...]
"""What a finding is known by from report to report."""

_Units = dict[_Unit, list[Finding]]
"""Findings by unit, in the order of their places: without fingerprints several may share one."""


class Verdict(StrEnum):
    """What a comparison comes to."""

    WORSE = "worse"
    """Something fails that did not."""
    UNVERIFIED = "unverified"
    """Nothing new was found, and not everything was looked at that was before."""
    BETTER = "better"
    """Something was mended, and nothing is worse."""
    SAME = "same"
    """Nothing new, nothing mended."""


EXIT_CODES: Final[Mapping[Verdict, ExitCode]] = {
    Verdict.WORSE: ExitCode.FOUND,
    Verdict.UNVERIFIED: ExitCode.UNVERIFIED,
    Verdict.BETTER: ExitCode.FIT,
    Verdict.SAME: ExitCode.FIT,
}
"""What ``diff`` exits with."""


_STATUSES: Final = {
    Verdict.WORSE: Status.FAILED,
    Verdict.UNVERIFIED: Status.UNVERIFIED,
    Verdict.BETTER: Status.PASSED,
    Verdict.SAME: Status.PASSED,
}


@dataclass(frozen=True, slots=True)
class Diff:
    """Two reports held against each other, for whoever writes it down."""

    report: Report
    """The later one."""
    comparison: Comparison
    verdict: Verdict
    fail_on: Severity
    """The threshold that both were judged by."""
    notes: tuple[str, ...] = ()
    """What a person should know of the comparison as a whole."""

    @property
    def exit_code(self) -> int:
        """1 for what is worse, 3 for what was not verified, else 0."""
        return EXIT_CODES[self.verdict]


def diff(old: Report, new: Report, fail_on: Severity) -> Diff:
    """Hold two reports against each other, and say what it comes to."""
    found = compare(old, new, fail_on)
    return Diff(new, found, verdict(found, new), fail_on, tuple(notes(old, new)))


def compare(old: Report, new: Report, fail_on: Severity) -> Comparison:
    """What is different.

    Args:
        old: the earlier report.
        new: the later one.
        fail_on: the severity from which on a finding fails, in both.
    """
    differences = (*_of_findings(old, new, fail_on), *_of_probes(old, new))
    return Comparison(old.environment, old.started_at, tuple(sorted(differences, key=_place)))


def verdict(comparison: Comparison, new: Report) -> Verdict:
    """What it comes to. Where nobody looked at anything, nothing is known to be as good."""
    if comparison.of(Change.NEWLY_FAILING):
        return Verdict.WORSE
    looked = any(probe.outcome in _VERIFIED for probe in new.probes)
    if comparison.of(Change.NEWLY_UNVERIFIED) or not looked:
        return Verdict.UNVERIFIED
    return Verdict.BETTER if comparison.of(Change.MENDED) else Verdict.SAME


def hold(report: Report, old: Report, *, only_news: bool) -> Report:
    """A report held against an earlier one, by its own threshold.

    Args:
        report: what a run found.
        old: the baseline.
        only_news: whether only what is new fails it (``--fail-on-new``).

    Returns:
        The report with the comparison, and with notes on what makes it doubtful.
    """
    found = compare(old, report, report.fail_on)
    told = replace(report, notes=(*report.notes, *notes(old, report)), comparison=found)
    return judge_by_news(told, found) if only_news else told


def judge_by_news(report: Report, comparison: Comparison) -> Report:
    """The report, failed only by what is new.

    What failed before may go on failing. What could not be verified closes the gate as ever, and so
    does a probe that was cut off: what it knows already may hide what is new.
    """
    skipped = all(probe.outcome is Outcome.SKIP for probe in report.probes)
    interrupted = report.interrupted
    if comparison.of(Change.NEWLY_FAILING):
        found = Verdict.WORSE
    elif (
        skipped
        or interrupted
        or report.status is Status.UNVERIFIED
        or any(map(_is_open, report.probes))
    ):
        found = Verdict.UNVERIFIED
    else:
        found = Verdict.SAME
    code = report.exit_code if interrupted else EXIT_CODES[found]
    return replace(report, status=_STATUSES[found], exit_code=code)


def notes(old: Report, new: Report) -> Iterator[str]:
    """What makes a comparison of these two doubtful."""
    if old.environment != new.environment:
        yield (
            f"The earlier report is of {old.environment or 'no environment'}, "
            f"the later one of {new.environment or 'no environment'}."
        )
    if old.started_at > new.started_at:
        yield "The earlier report began after the later one: they may have changed places."


def _of_findings(old: Report, new: Report, fail_on: Severity) -> Iterator[Difference]:
    was_failing, was_lesser = _units(old, fail_on)
    failing, lesser = _units(new, fail_on)
    probes = _probes(new)
    for unit in was_failing.keys() | failing.keys():
        then, now = was_failing.get(unit, []), failing.get(unit, [])
        both = min(len(then), len(now))
        for found in now[:both]:
            yield _difference(Change.STILL_FAILING, unit, found)
        before = was_lesser.get(unit, [])
        for place, found in enumerate(now[both:]):
            why = _before(before[place]) if place < len(before) else ""
            yield _difference(Change.NEWLY_FAILING, unit, found, why)
        left = lesser.get(unit, [])
        for place, found in enumerate(then[both:]):
            still = left[place] if place < len(left) else None
            change, why = _gone(probes.get(unit[0]), still)
            yield _difference(change, unit, found, why)


def _of_probes(old: Report, new: Report) -> Iterator[Difference]:
    """The probes that could not be verified this time."""
    before = _probes(old)
    for probe in _probes(new).values():
        if _is_open(probe) and not (probe.id in before and _is_open(before[probe.id])):
            yield Difference(Change.NEWLY_UNVERIFIED, probe.id, _why_open(probe))


def _gone(probe: ProbeResult | None, found: Finding | None) -> tuple[Change, str]:
    """What became of a finding that fails no more.

    Args:
        probe: what its probe came to this time, if it was run.
        found: the same finding, where it is still there and does not fail.
    """
    if probe is None:
        return Change.NO_LONGER_SEEN, "not looked at in the later run"
    if probe.outcome not in _VERIFIED:
        word = "skipped" if probe.outcome is Outcome.SKIP else "could not verify"
        return Change.NO_LONGER_SEEN, f"{word}: {probe.reason or 'no reason was given'}"
    if found is not None:
        return Change.MENDED, _now(found)
    if _is_open(probe):
        return Change.NO_LONGER_SEEN, _why_open(probe)
    return Change.MENDED, ""


def _now(found: Finding) -> str:
    return f"now a {found.severity}" if found.waived is None else f"waived: {found.waived}"


def _before(found: Finding) -> str:
    return f"a {found.severity} before" if found.waived is None else "waived before"


def _is_open(probe: ProbeResult) -> bool:
    """Whether the probe did not come to its end: what it would have found, nobody knows."""
    cut_off = probe.outcome in _VERIFIED and probe.reason is not None
    return cut_off or probe.outcome is Outcome.ERROR


def _why_open(probe: ProbeResult) -> str:
    reason = probe.reason or "no reason was given"
    return reason if probe.outcome is Outcome.ERROR else f"it did not come to its end: {reason}"


def _probes(report: Report) -> dict[str, ProbeResult]:
    """Every probe by its id; of two with one id that which did not come to its end."""
    return {probe.id: probe for probe in sorted(report.probes, key=_is_open)}


def _units(report: Report, fail_on: Severity) -> tuple[_Units, _Units]:
    """The findings that fail, and those that do not."""
    failing: _Units = {}
    lesser: _Units = {}
    for probe in report.probes:
        for found in probe.findings:
            fails = found.waived is None and found.severity.rank >= fail_on.rank
            (failing if fails else lesser).setdefault(_unit(probe, found), []).append(found)
    for findings in (*failing.values(), *lesser.values()):
        findings.sort(key=_where)
    return failing, lesser


def _unit(probe: ProbeResult, found: Finding) -> _Unit:
    if found.fingerprint:
        return (probe.id, found.fingerprint)
    return (probe.id, found.rule, found.message, found.location.path if found.location else "")


def _difference(change: Change, unit: _Unit, found: Finding, why: str = "") -> Difference:
    return Difference(
        change,
        unit[0],
        f"{found.message} ({why})" if why else found.message,
        found.rule,
        found.severity,
        found.fingerprint or None,
        found.location,
    )


def _where(found: Finding | Difference) -> tuple[str, int, int, str]:
    place = found.location or Location("")
    return (place.path, place.line or 0, place.column or 0, found.message)


def _place(each: Difference) -> tuple[object, ...]:
    return (
        _ORDER[each.change],
        each.probe,
        each.rule or "",
        *_where(each),
        each.fingerprint or "",
    )
