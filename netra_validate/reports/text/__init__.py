"""The report for people. The first screen answers the question.

In this order: the verdict, the root causes with everything that follows from each, what is
different from an earlier report, warnings, what could not be verified, what passed and on what
observation, what was skipped and why. What is longer than a screen ends with the verdict again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from netra_validate import unverified
from netra_validate.causes import Causes, trace
from netra_validate.model import Outcome, ProbeResult, Report, Severity, Status
from netra_validate.reports.text import causes, changes, ending, verdict
from netra_validate.reports.text.findings import Remedies, write_alike, write_probe, write_remedy
from netra_validate.reports.text.marks import OUTCOMES
from netra_validate.reports.text.page import Page
from netra_validate.terminal import Display
from netra_validate.verdicts import verdict as judged
from netra_validate.wording import counted, facts

_WIDEST_LABEL: Final = 40
"""Columns of the ids in a table; a longer id pushes its own line only."""


def render(report: Report, display: Display) -> str:
    """The whole report, laid out for ``display``."""
    page = Page(display)
    trees = trace(report)
    verdict.write(page, report, trees)
    changes.write_line(page, report)
    causes.write(page, trees)
    rest = [probe for probe in _sorted(report) if probe.id not in trees.shown]
    if display.quiet:
        _write_quiet(page, report, rest, trees)
    else:
        _write_rest(page, report, rest)
        ending.write(page, report, trees)
    return page.render()


def _write_rest(page: Page, report: Report, rest: list[ProbeResult]) -> None:
    changes.write(page, report)
    _write_warnings(page, rest)
    _write_unverified(page, rest)
    _write_table(page, "Passed", Outcome.PASS, rest)
    _write_table(page, "Skipped", Outcome.SKIP, rest)
    _write_notes(page, report)


def _write_quiet(page: Page, report: Report, rest: list[ProbeResult], trees: Causes) -> None:
    """Why it is not fit, where no probe failed, or why it is not verified; else nothing."""
    if report.status is Status.FAILED and not trees.roots:
        _write_warnings(page, rest)
    _write_unverified(page, rest)
    if judged(report) is Status.UNVERIFIED and not any(
        probe.outcome is Outcome.ERROR for probe in report.probes
    ):
        _write_notes(page, report)


def _write_warnings(page: Page, rest: Iterable[ProbeResult]) -> None:
    """Probes that did not fail and still found something."""
    found = [probe for probe in rest if probe.findings and probe.outcome is not Outcome.ERROR]
    if not found:
        return
    _title(page, _warnings_title(found))
    told = Remedies()
    for probe in found:
        write_probe(page, probe, told=told)


def _warnings_title(probes: Iterable[ProbeResult]) -> str:
    findings = [found for probe in probes for found in probe.findings]
    kinds = [
        ("Warnings", any(found.severity is not Severity.NOTE and not found.waived
                         for found in findings)),
        ("Notes", any(found.severity is Severity.NOTE and not found.waived for found in findings)),
        ("Waived", any(found.waived for found in findings)),
    ]  # fmt: skip
    return ", ".join(title for title, present in kinds if present).capitalize()


def _write_unverified(page: Page, rest: Iterable[ProbeResult]) -> None:
    found = [probe for probe in rest if probe.outcome is Outcome.ERROR]
    if found:
        _title(page, "Could not verify")
    told = Remedies()
    alone, shared = unverified.alike(found)
    for group in shared:
        write_alike(page, group)
    for probe in alone:
        write_probe(page, probe, told=told)
    if unverified.lacks_permission(found):
        write_remedy(page, unverified.PERMISSIONS, told, indent=2)


def _write_table(page: Page, title: str, outcome: Outcome, rest: Iterable[ProbeResult]) -> None:
    """One line for each probe of this outcome."""
    found = [probe for probe in rest if probe.outcome is outcome]
    if not found:
        return
    _title(page, title)
    column = min(max(page.width_of(probe.id) for probe in found), _WIDEST_LABEL)
    for probe in found:
        page.row(OUTCOMES[outcome], probe.id, column, _told(probe), whole=probe.reason or "")


def _told(probe: ProbeResult) -> Iterator[str]:
    """What one line says of a probe beside its reason: what is unusual first."""
    if probe.attempts > 1:
        yield f"{probe.attempts} attempts"
    if probe.findings:
        yield counted(len(probe.findings), "finding")
    yield from facts(probe.observations)


def _write_notes(page: Page, report: Report) -> None:
    if report.notes:
        _title(page, "About this run")
    for note in report.notes:
        page.wrapped(("• ", "dim"), note, hang=2)


def _title(page: Page, text: str) -> None:
    page.blank()
    page.wrapped((text, "bold"))


def _sorted(report: Report) -> list[ProbeResult]:
    return sorted(report.probes, key=lambda probe: probe.id)
