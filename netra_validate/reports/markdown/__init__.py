"""The report for the summary of a GitHub job, an issue, or anything else that shows Markdown.

In this order: the verdict, the root causes with what to do and what follows from each, what could
not be verified, warnings, what has changed since the baseline, a table of all probes, notes, and
folded what each symptom says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from netra_validate.causes import Causes, Symptom, is_waived, trace
from netra_validate.grounds import worth_telling
from netra_validate.model import Outcome, ProbeResult, Report, RootCause, Status
from netra_validate.reports.markdown import comparison
from netra_validate.reports.markdown.escaping import code, name, prose, title
from netra_validate.reports.markdown.findings import (
    MARKS,
    gist,
    heading,
    headline,
    mark,
    write_findings,
)
from netra_validate.reports.markdown.sheet import Sheet
from netra_validate.shell import quoted
from netra_validate.terminal import Display
from netra_validate.unverified import PERMISSIONS, Alike, alike, lacks_permission, named
from netra_validate.verdicts import consequences, grounds, verdict, word
from netra_validate.wording import counted, dated, duration, facts, minute, number

LIMIT: Final = 1024 * 1024 - 1
"""Bytes of UTF-8. A step whose summary has more than 1 MiB shows none of it:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
"""

_VERDICTS: Final = {Status.PASSED: "✅", Status.FAILED: "❌", Status.UNVERIFIED: "❔"}

_OUTCOMES: Final = {Outcome.ERROR: "not verified"}
"""Where people have another word than programs."""

"""The exit code after Ctrl-C."""

_MOST_CAUSES: Final = 20
"""Root causes with all that belongs to them; of more only the headlines are shown."""

_MOST_LINES: Final = 200
"""Headlines in one list."""

_MOST_SYMPTOMS: Final = 30
"""Symptoms of one cause: more of them tell nobody anything new."""

_DEEPEST: Final = 6
"""Steps of indentation; a longer chain goes on at this one."""

_OPEN_ROWS: Final = 40
"""Probes up to which their table is open: about a screen."""

_MOST_ROWS: Final = 1_000


def render(report: Report, display: Display) -> str:
    """The document, always smaller than 1 MiB."""
    del display
    return within(report, LIMIT)


def within(report: Report, limit: int) -> str:
    """The document in at most ``limit`` bytes of UTF-8: where that is too few, its beginning.

    Args:
        report: what to write down.
        limit: at least some hundred bytes, for the sentence that something was left out.
    """
    sheet = Sheet(limit)
    trees = trace(report)
    _write_verdict(sheet, report, trees)
    _write_causes(sheet, trees)
    _write_rest(sheet, [probe for probe in _sorted(report) if probe.id not in trees.shown])
    if report.comparison is not None:
        comparison.write(sheet, report.comparison)
    _write_table(sheet, _sorted(report))
    _write_notes(sheet, report)
    _write_symptoms(sheet, trees)
    return sheet.render()


def _write_verdict(sheet: Sheet, report: Report, trees: Causes) -> None:
    status = verdict(report)
    environment = name(report.environment or "no environment")
    sheet.paragraph(f"## {_VERDICTS[status]} {word(report)}: {environment}")
    sheet.paragraph(grounds(report, trees))
    sheet.paragraph(" · ".join(_circumstances(report)))


def _circumstances(report: Report) -> Iterator[str]:
    where = "/".join(part for part in (report.project, report.region) if part)
    if where:
        yield name(where)
    took = duration(report.duration_s)
    ending = f", interrupted after {took}" if report.interrupted else f" in {took}"
    yield f"{counted(len(report.probes), 'probe')}{ending}"
    yield minute(report.started_at)
    if report.rounds > 1:
        yield f"{number(report.rounds)} rounds"


def _write_causes(sheet: Sheet, trees: Causes) -> None:
    for root in trees.roots[:_MOST_CAUSES]:
        sheet.paragraph(f"### {heading(root)}")
        follows = consequences(trees, root.id)
        if follows:
            sheet.paragraph(f"{prose(follows)}.")
        write_findings(sheet, root)
        _write_argument(sheet, trees.argued.get(root.id))
        _write_tree(sheet, trees.symptoms[root.id], trees.unverified.get(root.id, ()))
    if len(trees.roots) > _MOST_CAUSES:
        sheet.paragraph("### Further root causes")
        sheet.items(map(headline, trees.roots[_MOST_CAUSES:]), _MOST_LINES)


def _write_argument(sheet: Sheet, cause: RootCause | None) -> None:
    """What happened before, and why this and nothing else is taken for the cause."""
    if cause is None:
        return
    for event in cause.changed:
        sheet.paragraph(f"<b>Changed before:</b> {prose(dated(event))}")
    why = worth_telling(cause)
    if why:
        sheet.paragraph(f"Why this: {prose(why)}")


def _write_tree(sheet: Sheet, below: tuple[Symptom, ...], unknown: tuple[ProbeResult, ...]) -> None:
    """What follows from a cause, each symptom under the one that it follows from."""
    if not below and not unknown:
        return
    sheet.paragraph("What follows from it:\n")
    for symptom in below[:_MOST_SYMPTOMS]:
        sheet.item(headline(symptom.probe), min(symptom.depth, _DEEPEST) - 1)
    if len(below) > _MOST_SYMPTOMS:
        sheet.item(f"… and {number(len(below) - _MOST_SYMPTOMS)} more")
    alone, shared = alike(unknown)
    for line in (*_shared(shared), *map(headline, alone)):
        sheet.item(line)


def _write_rest(sheet: Sheet, rest: list[ProbeResult]) -> None:
    unverified = [probe for probe in rest if probe.outcome is Outcome.ERROR]
    if unverified:
        sheet.paragraph("### Could not verify")
        alone, shared = alike(unverified)
        sheet.items((*_shared(shared), *map(headline, alone)), _MOST_LINES)
    if lacks_permission(unverified):
        command = quoted(PERMISSIONS.commands[0].argv)
        sheet.paragraph(f"{prose(PERMISSIONS.summary)}: {code(command)}")
    for probe in [probe for probe in unverified if probe.findings][:_MOST_CAUSES]:
        _fold(sheet, probe)
    told = [probe for probe in rest if probe.findings and probe.outcome is not Outcome.ERROR]
    if told:
        sheet.paragraph("### Warnings, notes and waivers")
    for probe in told[:_MOST_CAUSES]:
        sheet.paragraph(headline(probe))
        _fold(sheet, probe)
    if len(told) > _MOST_CAUSES:
        sheet.items(map(headline, told[_MOST_CAUSES:]), _MOST_LINES)


def _shared(groups: Iterable[Alike]) -> Iterator[str]:
    """A line for each thing that several probes lack."""
    for group in groups:
        who = "; ".join(
            f"{prose(subject)}{': ' if subject else ''}{named(tuple(map(code, ids)))}"
            for subject, ids in group.by_subject
        )
        start = f"{MARKS[Outcome.ERROR]} <b>{counted(group.count, 'probe')}</b>"
        yield f"{start} could not be verified: {prose(group.reason)} ({who})"


def _fold(sheet: Sheet, probe: ProbeResult) -> None:
    with sheet.folded(f"Details of {title(probe.id)}"):
        write_findings(sheet, probe)


def _write_table(sheet: Sheet, probes: list[ProbeResult]) -> None:
    if not probes:
        return
    sheet.paragraph("### Probes")
    if len(probes) <= _OPEN_ROWS:
        _write_rows(sheet, probes)
    else:
        with sheet.folded(counted(len(probes), "probe")):
            _write_rows(sheet, probes)


def _write_rows(sheet: Sheet, probes: list[ProbeResult]) -> None:
    sheet.table(
        ("", "probe", "resource", "outcome", "took", "seen"), map(_row, probes[:_MOST_ROWS])
    )
    if len(probes) > _MOST_ROWS:
        sheet.paragraph(f"… and {number(len(probes) - _MOST_ROWS)} more")


def _row(probe: ProbeResult) -> tuple[str, ...]:
    return (
        mark(probe),
        code(probe.id),
        name(str(probe.resource)),
        _outcome(probe),
        duration(probe.duration_s).replace(" ", "&nbsp;"),
        " · ".join(_seen(probe)),
    )


def _outcome(probe: ProbeResult) -> str:
    word = _OUTCOMES.get(probe.outcome, probe.outcome.value)
    return f"{word}, waived" if is_waived(probe) else word


def _seen(probe: ProbeResult) -> Iterator[str]:
    """What one row says of a probe, in Markdown: what is unusual first."""
    if probe.reason:
        yield prose(probe.reason)
    if probe.findings:
        yield gist(probe)
    if probe.attempts > 1:
        yield f"{probe.attempts} attempts"
    yield from map(name, facts(probe.observations))


def _write_notes(sheet: Sheet, report: Report) -> None:
    if report.notes:
        sheet.paragraph("### About this run")
        sheet.items(map(prose, report.notes), _MOST_LINES)


def _write_symptoms(sheet: Sheet, trees: Causes) -> None:
    """What each symptom says: last, since it says what the causes do."""
    for root in trees.roots[:_MOST_CAUSES]:
        below = [
            symptom.probe
            for symptom in trees.symptoms[root.id][:_MOST_SYMPTOMS]
            if symptom.probe.findings
        ]
        if below:
            with sheet.folded(f"Details of what follows from {title(root.id)}"):
                _write_each(sheet, below)


def _write_each(sheet: Sheet, probes: Iterable[ProbeResult]) -> None:
    for probe in probes:
        sheet.paragraph(headline(probe))
        write_findings(sheet, probe)


def _sorted(report: Report) -> list[ProbeResult]:
    return sorted(report.probes, key=lambda probe: probe.id)
