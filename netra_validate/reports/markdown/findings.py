"""One probe with its findings: what is wrong, on what evidence, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from netra_validate.causes import apart, is_waived
from netra_validate.grouping import Group, bounded, fixable, groups, others, place, places
from netra_validate.model import (
    Command,
    Effect,
    Finding,
    Outcome,
    ProbeResult,
    Remediation,
    Severity,
)
from netra_validate.reports.markdown.escaping import code, commands, link, name, prose
from netra_validate.reports.markdown.sheet import Sheet
from netra_validate.shell import cautions, neighbours
from netra_validate.wording import HEADINGS, facts, number

MARKS: Final = {
    Outcome.PASS: "✅",
    Outcome.WARN: "⚠️",
    Outcome.FAIL: "❌",
    Outcome.ERROR: "❔",
    Outcome.SKIP: "➖",  # noqa: RUF001 - a picture of a dash
}
"""The mark of a probe. The word stands beside it where it is not plain from the title."""

_SEVERITIES: Final = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTE: "💬"}
WAIVED: Final = "💤"
"""The mark of what is known and accepted for a time."""


def heading(root: ProbeResult) -> str:
    """A root cause in one line: where it is, and what broke."""
    found = groups(root)
    where = f"Root cause in {name(str(root.resource))}: "
    if root.outcome is Outcome.ERROR or not found:
        return f"{where}{prose(root.reason or 'nothing was found')} ({code(root.id)})"
    return f"{where}{_message(found[0])} ({code(found[0].first.rule)})"


def headline(probe: ProbeResult) -> str:
    """A probe in one line: its gravest finding, and how many more there are."""
    found = groups(probe)
    start = f"{_mark(probe, found)} <b>{name(str(probe.resource))}</b>: "
    if probe.outcome is Outcome.ERROR:
        reason = prose(probe.reason or "no reason was given")
        return f"{start}could not verify: {reason} ({code(probe.id)})"
    if not found:
        return f"{start}{prose(probe.reason or 'nothing was found')} ({code(probe.id)})"
    failed = "failed, " if is_waived(probe) else ""
    more = f", and {others(probe, found)}" if others(probe, found) else ""
    return f"{start}{failed}{_message(found[0])} ({code(found[0].first.rule)}){more}"


def gist(probe: ProbeResult) -> str:
    """The findings of a probe in a few words: how many, and the gravest one."""
    worst = _message(groups(probe)[0])
    return worst if len(probe.findings) == 1 else f"{number(len(probe.findings))} findings: {worst}"


def write_findings(sheet: Sheet, probe: ProbeResult) -> None:
    """What follows the headline: each finding with its evidence and its remedy, told once."""
    found = groups(probe)
    shown, left_out = bounded(found)
    told: set[Remediation] = set()
    if shown and probe.outcome is not Outcome.ERROR:
        # The headline has said what it is.
        _write_details(sheet, probe, shown[0], told)
        shown = shown[1:]
        if shown:
            sheet.paragraph(f"<b>{others(probe, found)}</b>")
    for group in shown:
        sheet.paragraph(f"{_mark_of(group.first)} {_message(group)} ({code(group.first.rule)})")
        _write_details(sheet, probe, group, told)
    for line in left_out:
        sheet.paragraph(prose(line))
    if probe.outcome is not Outcome.ERROR and probe.reason and found:
        sheet.paragraph(f"It did not come to its end: {prose(probe.reason)}")


def _mark(probe: ProbeResult, found: tuple[Group, ...]) -> str:
    """The probe's; that of the gravest finding where the outcome is good all the same."""
    if found and (probe.outcome is Outcome.PASS or found[0].first.waived is not None):
        return _mark_of(found[0].first)
    return mark(probe)


def mark(probe: ProbeResult) -> str:
    """The outcome's, unless all that fails is waived."""
    return WAIVED if is_waived(probe) else MARKS[probe.outcome]


def _mark_of(found: Finding) -> str:
    return WAIVED if found.waived is not None else _SEVERITIES[found.severity]


def _message(group: Group) -> str:
    first = group.first
    if first.waived is not None:
        return f"waived: {prose(first.message)}, for this reason: {prose(first.waived)}"
    word = "" if first.severity is Severity.ERROR else f"{first.severity}: "
    return f"{word}{prose(first.message)}"


def _write_details(sheet: Sheet, probe: ProbeResult, group: Group, told: set[Remediation]) -> None:
    first = group.first
    evidence = " · ".join(_evidence(probe, group))
    if evidence:
        sheet.paragraph(evidence)
    follows = apart(probe, group.findings)
    if follows:
        sheet.paragraph(f"Follows from {', '.join(map(code, follows))}.")
    remedy = first.remediation if first.waived is None else None
    if remedy is not None and remedy not in told:
        told.add(remedy)
        _write_remedy(sheet, remedy)
    if fixable(group):
        sheet.paragraph(f"<code>netra-validate fix</code> can mend {fixable(group)}.")


def _evidence(probe: ProbeResult, group: Group) -> Iterator[str]:
    """Pieces of Markdown: where it is, and what was seen there."""
    if len(group.findings) > 1:
        yield from map(name, places(group))
        return
    where = group.first.location
    if where is not None:
        yield code(place(where))
    yield from map(name, facts(group.first.evidence))
    if where is None and probe.declared_at is not None:
        yield f"declared at {code(place(probe.declared_at))}"


def _write_remedy(sheet: Sheet, remedy: Remediation) -> None:
    sheet.paragraph(f"<b>→</b> {prose(remedy.summary)}")
    for effect, same in groupby(remedy.commands, key=lambda command: command.effect):
        sheet.paragraph(HEADINGS[effect])
        if effect is Effect.READS:
            sheet.paragraph(commands(list(same)))
            continue
        for command in same:
            sheet.paragraph(commands([command]))
            for label, words in cautions(command):
                sheet.paragraph(f"{label.capitalize()}: {prose(words)}")
            _write_undo(sheet, remedy, command)
    if remedy.docs:
        sheet.paragraph(f"Read: {link(remedy.docs)}")


def _write_undo(sheet: Sheet, remedy: Remediation, command: Command) -> None:
    """What takes a command back, set off so that no step is lost."""
    if not command.undo:
        return
    neighbour = neighbours(remedy, command).get(command.undo)
    if neighbour is not None:
        sheet.paragraph(f"Undo: {neighbour}.")
    else:
        sheet.paragraph("Undo:")
        sheet.paragraph(commands([command.undo]))
