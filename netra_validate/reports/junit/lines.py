"""What a probe has to say, line by line: findings with evidence and remedy, facts, circumstances.

Every line is one line of printable text, whatever it was made of.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from netra_validate import scrub
from netra_validate.causes import apart
from netra_validate.grouping import place
from netra_validate.model import (
    Change,
    Command,
    Comparison,
    Finding,
    Location,
    ProbeResult,
    Remediation,
    Report,
    Severity,
)
from netra_validate.shell import cautions, neighbours, quoted
from netra_validate.terminal import printable
from netra_validate.troubles import counts
from netra_validate.unverified import PERMISSIONS, Alike, lacks_permission, named
from netra_validate.wording import HEADINGS, counted, dated, duration

_MOST_BYTES: Final = 8_000_000
"""Of one text, in UTF-8: libxml2, and all that is built on it, refuses one of more than 10 000 000
(``XML_MAX_TEXT_LENGTH``)."""

_LONGEST_LINE: Final = 200_000
"""Characters: more than any message that is not an attack."""

_LONGEST_HEADLINE: Final = 1_000
"""Characters of a message: consumers show it in a list. The text below has it whole."""


def worst(probe: ProbeResult, fail_on: Severity) -> Finding:
    """The finding that speaks for a failing probe."""
    return min((found for found in probe.findings if counts(found, fail_on)), key=_weight)


def headline(probe: ProbeResult, fail_on: Severity) -> str:
    """A failing probe in one line: its worst finding, how many more, and what it follows from."""
    first = worst(probe, fail_on)
    others = sum(counts(found, fail_on) for found in probe.findings) - 1
    more = f" (and {counted(others, 'more finding')})" if others else ""
    follows = f" (follows from {', '.join(sorted(probe.explained_by))})"
    return short(f"{first.message}{more}{follows if probe.explained_by else ''}")


def short(message: str) -> str:
    """One line for a list."""
    line = printable(message, unicode=True)
    return line if len(line) <= _LONGEST_HEADLINE else f"{line[: _LONGEST_HEADLINE - 1]}…"


def text(lines: Iterable[str]) -> str:
    """The lines as one text that every parser takes; what is left out is counted."""
    kept: list[str] = []
    size = left_out = 0
    for line in lines:
        bare = line.lstrip()
        shown = " " * (len(line) - len(bare)) + printable(bare[:_LONGEST_LINE], unicode=True)
        size += len(shown.encode()) + 1
        if size > _MOST_BYTES:
            left_out += 1
        else:
            kept.append(shown)
    if left_out:
        kept.append(f"… and {counted(left_out, 'more line')}; all of it is in -o json")
    return "\n".join(kept)


def cause(probe: ProbeResult, report: Report) -> Iterator[str]:
    """Where the probe stands among the others."""
    for root in report.root_causes:
        if root.probe == probe.id:
            explains = ", ".join(sorted(root.explains))
            yield f"Root cause; explains {explains}" if explains else "Root cause"
            if root.leaves_unverified:
                yield f"Leaves unverified {', '.join(sorted(root.leaves_unverified))}"
            yield from (f"Changed before: {dated(event)}" for event in root.changed)
            if root.why:
                yield f"Why this: {root.why}"
    kept_by = (root.probe for root in report.root_causes if probe.id in root.leaves_unverified)
    behind = sorted({*probe.explained_by, *kept_by})
    if behind:
        yield f"Follows from {', '.join(behind)}"


def same(probe: ProbeResult, group: Alike | None) -> Iterator[str]:
    """Which others lack the same, so that nobody mends one thing twenty times; and what to do."""
    if group is not None:
        others = [each for _, ids in group.by_subject for each in ids if each != probe.id]
        yield f"{counted(len(others), 'more probe')} for the same reason: {named(others)}"
    if lacks_permission([probe]):
        yield f"{PERMISSIONS.summary}: {quoted(PERMISSIONS.commands[0].argv)}"


def outcome(probe: ProbeResult) -> Iterator[str]:
    """How it really ended, whatever the test case says."""
    waived = sum(found.waived is not None for found in probe.findings)
    of_them = f"; {waived} of {counted(len(probe.findings), 'finding')} waived" if waived else ""
    yield f"Outcome: {probe.outcome}{of_them}"


def since(probe: ProbeResult, comparison: Comparison | None) -> Iterator[str]:
    """What became of the probe and its findings since the baseline, in numbers."""
    if comparison is None:
        return
    changes = Counter(each.change for each in comparison.differences if each.probe == probe.id)
    counted_changes = (
        f"{changes[change]} {change.replace('-', ' ')}" for change in Change if changes[change]
    )
    if changes:
        yield f"Since the baseline: {', '.join(counted_changes)}"


def circumstances(probe: ProbeResult) -> Iterator[str]:
    """What was examined, when, and what it took."""
    plane = f", {probe.plane} plane" if probe.plane else ""
    where = f", declared at {place(probe.declared_at)}" if probe.declared_at else ""
    yield f"Examined: {probe.resource}{plane}{where}"
    waited = f", stood still for {duration(probe.waited_s)}" if probe.waited_s else ""
    yield (
        f"Started after {duration(probe.started_s)}, took {duration(probe.duration_s)}{waited},"
        f" {counted(probe.attempts, 'attempt')}"
    )


def unfinished(probe: ProbeResult) -> Iterator[str]:
    """Why a probe that found something did not come to its end, where it did not."""
    if probe.reason:
        yield f"It did not come to its end: {probe.reason}"


def facts(table: Mapping[str, object], indent: str = "") -> Iterator[str]:
    """Each fact on its own line, whole."""
    for key, value in sorted(table.items(), key=lambda item: str(item[0])):
        shown = value if isinstance(value, str) else _json(value)
        yield f"{indent}{key}: {shown}"


def findings(probe: ProbeResult, fail_on: Severity) -> Iterator[str]:
    """Every finding, those that fail the probe first; a remedy of many is told once."""
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for found in sorted(
        probe.findings, key=lambda found: (not counts(found, fail_on), *_weight(found))
    ):
        key = (counts(found, fail_on), found.severity, found.rule, found.remediation)
        alike.setdefault(key, []).append(found)
    for group in alike.values():
        for found in group:
            yield from _finding(found, probe)
        if group[0].remediation is not None:
            yield from _remedy(group[0].remediation)
        if any(found.fix is not None for found in group):
            yield f"  Edit: {quoted(('netra-validate', 'fix', probe.check))}"


def trace(probe: ProbeResult, *, debug: bool) -> Iterator[str]:
    """The traceback of a crashed check, or how to see it."""
    if probe.trace is None:
        return
    if not debug:
        yield "Run again with --debug for the traceback."
        return
    for line in probe.trace.splitlines():
        yield " " * (len(line) - len(line.lstrip())) + scrub.text(line)


def _json(value: object) -> str:
    """In an order of its own: a check may come by the parts in any."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _finding(found: Finding, probe: ProbeResult) -> Iterator[str]:
    waived = "waived " if found.waived is not None else ""
    yield f"{waived}{found.severity} {found.rule}: {found.message}"
    if found.location is not None:
        yield f"  at {place(found.location)}"
    elif probe.declared_at is not None:
        yield f"  declared at {place(probe.declared_at)}"
    yield from facts(found.evidence, "  ")
    if apart(probe, (found,)):
        yield f"  follows from {', '.join(sorted(found.explained_by))}"
    if found.waived is not None:
        yield f"  waived: {found.waived}"


def _remedy(remedy: Remediation) -> Iterator[str]:
    yield f"  To do: {remedy.summary}"
    heading = ""
    for command in remedy.commands:
        if heading != HEADINGS[command.effect]:
            heading = HEADINGS[command.effect]
            yield f"  {heading}"
        yield from _command(command, neighbours(remedy, command))
    if remedy.docs:
        yield f"  Read: {remedy.docs}"


def _command(command: Command, near: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """The command on a line of its own, and what takes it back so too."""
    yield f"    {quoted(command.argv)}"
    for label, words in cautions(command):
        yield f"    {label}: {words}"
    if command.undo is not None and command.undo in near:
        yield f"    undo: {near[command.undo]}"
    elif command.undo:
        yield "    undo:"
        yield f"      {quoted(command.undo)}"


def _weight(found: Finding) -> tuple[object, ...]:
    where = found.location or Location("")
    return (
        -found.severity.rank,
        bool(found.explained_by),
        -len(found.explains),
        found.rule,
        where.path,
        where.line or 0,
        where.column or 0,
        found.message,
        found.fingerprint,
    )
