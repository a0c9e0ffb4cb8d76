"""The first two lines: what was looked at, and whether it is fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netra_validate.model import Outcome, ProbeResult, Report, Severity, Status
from netra_validate.reports.text.causes import Causes
from netra_validate.reports.text.facts import counted, duration, number
from netra_validate.reports.text.marks import VERDICTS
from netra_validate.reports.text.page import Page

_INTERRUPTED: Final = 130
"""The exit code after Ctrl-C."""


def write(page: Page, report: Report, causes: Causes) -> None:
    """Header and verdict."""
    page.wrapped((" · ".join(_header(report)), "bold"))
    page.blank()
    word, style = VERDICTS[verdict(report)]
    counts = ", ".join(_counts(report, causes)) or "nothing was checked"
    page.wrapped((word, style), f": {counts}")


def verdict(report: Report) -> Status:
    """The report's status, but never a pass of what was not verified."""
    counts = report.summary
    verified = counts[Outcome.PASS] + counts[Outcome.WARN] + counts[Outcome.FAIL]
    if report.status is Status.PASSED and (counts[Outcome.ERROR] or not verified):
        return Status.UNVERIFIED
    return report.status


def _header(report: Report) -> Iterator[str]:
    yield report.environment or "no environment"
    where = "/".join(part for part in (report.project, report.region) if part)
    if where:
        yield where
    took = duration(report.duration_s)
    ending = f", interrupted after {took}" if report.exit_code == _INTERRUPTED else f" in {took}"
    yield f"{counted(len(report.probes), 'probe')}{ending}"


def _counts(report: Report, causes: Causes) -> Iterator[str]:
    """Numbers that add up to the number of probes, with their words."""
    counts = report.summary
    waived = {probe.id for probe in report.probes if _is_waived(probe)}
    roots = sum(
        1 for probe in causes.roots if probe.outcome is Outcome.FAIL and probe.id not in waived
    )
    symptoms = counts[Outcome.FAIL] - roots - len(waived)
    if roots:
        yield counted(roots, "root cause")
    if symptoms:
        yield counted(symptoms, "symptom")
    if waived:
        yield f"{number(len(waived))} waived"
    for outcome, words in (
        (Outcome.ERROR, "not verified"),
        (Outcome.WARN, "with warnings"),
        (Outcome.PASS, "passed"),
        (Outcome.SKIP, "skipped"),
    ):
        if counts[outcome]:
            yield f"{number(counts[outcome])} {words}"


def _is_waived(probe: ProbeResult) -> bool:
    """Whether it fails by nothing but what somebody answers for."""
    some = any(found.waived is not None for found in probe.findings)
    return probe.outcome is Outcome.FAIL and some and probe.worst is not Severity.ERROR
