"""Annotations of a GitHub workflow: what is wrong, on the line that it is about.

GitHub shows ten errors, ten warnings and ten notices of a step
(https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations), the first ones,
so what comes first is what matters: the first finding of every rule and probe before the second one
of any, root causes before what could not be verified, and that before what follows from them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from netra_validate.causes import Causes, trace
from netra_validate.model import (
    Finding,
    Location,
    Outcome,
    ProbeResult,
    Remediation,
    Report,
    Severity,
    Status,
)
from netra_validate.shell import cautions, quoted
from netra_validate.terminal import Display, printable
from netra_validate.troubles import counts
from netra_validate.unverified import PERMISSIONS, Alike, alike, lacks_permission
from netra_validate.verdicts import grounds, word
from netra_validate.wording import HEADINGS, counted, dated, listed, number
from netra_validate.workflow_commands import command

_MOST: Final = 10
"""Annotations of one level that are shown."""

_LONGEST_MESSAGE: Final = 4096
"""UTF-16 units that the runner passes on, ``_maxIssueMessageLength`` in
https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs"""

_LONGEST_TITLE: Final = 255
"""Characters: https://docs.github.com/rest/checks/runs, ``annotations``."""

_LONGEST_LINE: Final = 1000
"""Characters of one line of a message: the lines after it matter, too."""

_MOST_NAMES: Final = 10

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """One of them, and what decides on its place."""

    level: str
    rank: tuple[object, ...]
    title: str
    lines: tuple[str, ...]
    location: Location | None = None


def render(report: Report, display: Display) -> str:
    """One line for each annotation, and one that says what is left out."""
    del display
    return annotated(report)


def annotated(report: Report, folder: str = "") -> str:
    """:func:`render`, for a repository that is not where the workflow has its working copy.

    Args:
        report: what to annotate.
        folder: from there to the repository, with ``/`` on every system.
    """
    found = sorted(_annotations(report), key=lambda each: each.rank)
    by_level = [[each for each in found if each.level == level] for level in _LEVELS.values()]
    shown = [each for level in by_level for each in level[:_MOST]]
    lines = [*(_line(each, folder) for each in shown), _ending(len(shown), len(found))]
    return "".join(f"{line}\n" for line in lines)


def _ending(shown: int, found: int) -> str:
    """Plain text, without a word of anybody else's."""
    start = f"netra-validate: {counted(shown, 'annotation')}"
    if shown == found:
        return f"{start}, nothing is left out"
    rest = number(found - shown)
    return f"{start}; {rest} more would not be shown here and are in the report and in -o json"


def _line(annotation: Annotation, folder: str) -> str:
    where = annotation.location or Location("")
    return command(
        annotation.level,
        _message(annotation.lines),
        file=f"{folder}/{_plain(where.path)}" if folder and where.path else _plain(where.path),
        line=where.line if where.path else None,
        col=where.column if where.path and where.line else None,
        title=_cut(_plain(annotation.title), _LONGEST_TITLE),
    )


def _annotations(report: Report) -> Iterator[Annotation]:
    trees = trace(report)
    found = [
        *_of_unverified(report, trees),
        *(each for probe in report.probes for each in _of_findings(report, probe, trees)),
    ]
    yield from found
    if report.exit_code and not any(each.level == "error" for each in found):
        yield _of_verdict(report, trees)


def _of_verdict(report: Report, trees: Causes) -> Annotation:
    """For a step that fails, and no probe says why: nothing was selected, say."""
    lines = (f"{report.environment or 'no environment'}: {grounds(report, trees)}", *report.notes)
    return Annotation("error", (), f"netra-validate: {word(report)}", lines)


def _of_unverified(report: Report, trees: Causes) -> Iterator[Annotation]:
    """What could not be verified, by its reason; what a cause keeps from it stands with the cause.

    An error where the exit code says so.
    """
    level = "error" if report.status is Status.UNVERIFIED else "warning"
    left = {probe.id for found in trees.unverified.values() for probe in found}
    unknown = [
        probe for probe in report.probes if probe.outcome is Outcome.ERROR and probe.id not in left
    ]
    alone, shared = alike(unknown)
    for probe in alone:
        reason = f"Could not verify {probe.resource}: {probe.reason or 'no reason was given'}"
        lines = (reason, *_relations(probe, trees), *_permissions([probe]))
        title = f"Not verified: {probe.id}"
        yield Annotation(level, _rank(0, probe, trees), title, lines, probe.declared_at)
    probes = {probe.id: probe for probe in unknown}
    for group in shared:
        members = [probes[each] for _, ids in group.by_subject for each in ids]
        title = f"Not verified: {counted(group.count, 'probe')}"
        # One that keeps many from being verified comes before the single ones.
        rank = (0, 1, -group.count, members[0].id)
        lines = (*_alike(group), *_permissions(members))
        yield Annotation(level, rank, title, lines, members[0].declared_at)


def _alike(group: Alike) -> Iterator[str]:
    yield f"Could not verify {counted(group.count, 'probe')}: {group.reason}"
    for subject, ids in group.by_subject:
        yield from _named(f"{subject}:" if subject else "They are", list(ids))


def _permissions(probes: Iterable[ProbeResult]) -> Iterator[str]:
    """How to find out which permissions are missing, where some are."""
    if lacks_permission(probes):
        yield from _remedy(PERMISSIONS)


def _of_findings(report: Report, probe: ProbeResult, trees: Causes) -> Iterator[Annotation]:
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for found in sorted(probe.findings, key=_order):
        if found.waived is None:
            by_rule[found.rule].append(found)
    for rule, findings in sorted(by_rule.items()):
        for index, found in enumerate(findings):
            of_rule = len(findings) if index == 0 else 1
            told = _told(probe, found, of_rule, trees)
            # What speaks for a cause is told once for each of its rules.
            argument = _argument(report, probe, found, trees) if index == 0 else ()
            yield Annotation(
                _level(found, report),
                (*_rank(index, probe, trees, found), rule),
                _title(report, probe, found, trees),
                (*told, *argument),
                found.location or probe.declared_at,
            )


def _order(found: Finding) -> tuple[object, ...]:
    where = found.location or Location("")
    return (
        -found.severity.rank,
        bool(found.explained_by),
        -len(found.explains),
        where.path,
        where.line or 0,
        where.column or 0,
        found.message,
    )


def _level(found: Finding, report: Report) -> str:
    """Its severity's, but never less than an error for what fails the run."""
    fails = found.severity.rank >= report.fail_on.rank
    return "error" if fails else _LEVELS[found.severity]


def _rank(
    index: int, probe: ProbeResult, trees: Causes, found: Finding | None = None
) -> tuple[object, ...]:
    """The place among its level. Every probe that comes first is heard before any goes on."""
    below = trees.symptoms.get(probe.id)
    if below is not None and not (found and found.explained_by):
        return (index, 0, -len(below), probe.id)
    return (index, 2 if probe.id in trees.shown else 1, 0, probe.id)


def _title(report: Report, probe: ProbeResult, found: Finding, trees: Causes) -> str:
    fails = counts(found, report.fail_on)
    is_root = fails and probe.id in trees.symptoms and not found.explained_by
    start = "Root cause: " if is_root else ""
    return f"{start}{probe.resource} ({found.rule})"


def _told(probe: ProbeResult, found: Finding, of_rule: int, trees: Causes) -> Iterator[str]:
    yield found.message
    if of_rule > 1:
        yield f"This is the first of {number(of_rule)} findings of {found.rule} in {probe.id}."
    if found.explained_by and not probe.explained_by:
        yield from _named("Follows from", sorted(found.explained_by))
    else:
        yield from _relations(probe, trees, found)
    if found.fix is not None:
        yield "`netra-validate fix` can mend it."
    if found.remediation is not None:
        yield from _remedy(found.remediation)


def _relations(probe: ProbeResult, trees: Causes, found: Finding | None = None) -> Iterator[str]:
    """What follows from a probe, or from one of its findings, and what it follows from."""
    below = [symptom.probe.id for symptom in trees.symptoms.get(probe.id, ())]
    if found is not None and probe.id in trees.telling:
        below = [each for each in below if each in found.explains]
    yield from _named("Explains", below)
    left = [each.id for each in trees.unverified.get(probe.id, ())]
    yield from _named("Leaves unverified", left)
    yield from _named("Follows from", list(probe.explained_by))


def _named(words: str, names: list[str]) -> Iterator[str]:
    if names:
        yield f"{words} {listed(names, _MOST_NAMES)}."


def _argument(report: Report, probe: ProbeResult, found: Finding, trees: Causes) -> Iterator[str]:
    """The latest change before, and why this is taken for the cause, where a finding makes it."""
    cause = trees.argued.get(probe.id)
    fails = counts(found, report.fail_on)
    if cause is not None and fails and not found.explained_by:
        yield from (f"Changed before: {dated(event)}" for event in cause.changed[:1])
        if cause.why:
            yield f"Why this: {cause.why}"


def _remedy(remedy: Remediation) -> Iterator[str]:
    yield f"→ {remedy.summary}"
    for each in remedy.commands:
        yield f"{HEADINGS[each.effect]} {quoted(each.argv)}"
        for label, words in cautions(each):
            yield f"{label.capitalize()}: {words}"
        if each.undo:
            yield f"Undo: {quoted(each.undo)}"
    if remedy.docs:
        yield f"Read: {remedy.docs}"


def _message(lines: tuple[str, ...]) -> str:
    """As many of the lines as are passed on; the first one at any rate."""
    told = ""
    for line in map(_plain, lines):
        longer = f"{told}\n{_cut(line, _LONGEST_LINE)}" if told else _cut(line, _LONGEST_LINE)
        if len(longer.encode("utf-16-le")) > 2 * _LONGEST_MESSAGE:
            break
        told = longer
    return told


def _plain(text: str) -> str:
    return printable(text, unicode=True).strip()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
