"""One probe with its findings: what is wrong, on what evidence, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from netra_validate import scrub
from netra_validate.causes import apart, is_waived
from netra_validate.grouping import Group, bounded, fixable, groups, others, place, places, untold
from netra_validate.model import (
    Command,
    Finding,
    Outcome,
    ProbeResult,
    Remediation,
    Severity,
)
from netra_validate.reports.text.marks import OUTCOMES, SEVERITIES, WAIVED
from netra_validate.reports.text.page import Page
from netra_validate.shell import cautions, neighbours, quoted
from netra_validate.unverified import Alike, named
from netra_validate.wording import HEADINGS, counted, enumerated, facts

_BODY: Final = 4
"""Columns that what belongs to a headline is indented by."""

_BODY_OF_SYMPTOM: Final = 2
"""The same in a tree, which is deep enough."""


class Remedies:
    """What has been told already, so that ten findings with one remedy tell it once."""

    def __init__(self) -> None:
        self._told: set[object] = set()
        self.withheld = False
        """Whether a remedy was left out, since what it is for follows from something else."""

    def first(self, remedy: Remediation | Command | str | None) -> bool:
        """Whether there is one and it has not been told before. From now on it has."""
        if not remedy or remedy in self._told:
            return False
        self._told.add(remedy)
        return True


def write_probe(
    page: Page,
    probe: ProbeResult,
    *,
    told: Remedies,
    indent: int = 0,
    lead: str = "",
    follows: str = "",
) -> None:
    """A probe that has something to say: in one sentence, which is its gravest finding's if any.

    Args:
        page: where to.
        probe: its result.
        told: remedies that were given already.
        indent: columns before it.
        lead: what hangs it on the line above.
        follows: what follows from it, to be told with the sentence.
    """
    found = groups(probe)
    inner = indent + len(lead) + (_BODY_OF_SYMPTOM if lead else _BODY)
    speaks = found[:1] if probe.outcome is not Outcome.ERROR else ()
    mark, message = headline(probe, in_tree=bool(lead))
    page.wrapped(
        (lead, "dim"), mark, " ", (str(probe.resource), "bold"), f": {message}",
        indent=indent, hang=len(lead) + 2,
    )  # fmt: skip
    name = found[0].first.rule if speaks else probe.id
    below = "" if page.at_right(name) else name
    if follows:
        page.wrapped(follows, indent=inner, hang=2)
    page.listed(_seen(probe, speaks[0], lead) if speaks else (), indent=inner, whole=below)
    if speaks:
        _write_details(page, probe, speaks[0], _Way(told, bool(lead)), inner)
    _write_more(page, probe, found, _Way(told, bool(lead)), inner)
    if probe.outcome is not Outcome.ERROR and probe.reason:
        page.wrapped(f"It did not come to its end: {probe.reason}", indent=inner, hang=2)
    _write_trace(page, probe.trace, inner)


def headline(probe: ProbeResult, *, in_tree: bool = False) -> tuple[tuple[str, str], str]:
    """The mark of a probe that has something to say, and its one sentence.

    Args:
        probe: its result.
        in_tree: whether it hangs on its cause.
    """
    found = groups(probe)
    if found and probe.outcome is not Outcome.ERROR:
        return _mark(probe, found), _message(found[0], probe.outcome)
    return _mark(probe, found), _reason(probe, in_tree=in_tree)


@dataclass(frozen=True, slots=True)
class _Way:
    """How the findings of a probe are told."""

    told: Remedies
    in_tree: bool
    """Whether the probe hangs on its cause, which is to be mended first."""

    def remedy(self, found: Finding) -> Remediation | None:
        """The remedy to tell with a finding, if any."""
        if self.in_tree and found.explained_by:
            self.told.withheld |= found.remediation is not None
            return None
        return found.remediation if self.told.first(found.remediation) else None


def write_alike(page: Page, group: Alike, *, indent: int = 0, lead: str = "") -> None:
    """Probes that could not be verified for one reason, and what each of them asked."""
    probes = counted(group.count, "probe")
    said = f" could not be verified: {group.reason}" if lead else f": {group.reason}"
    page.wrapped(
        (lead, "dim"), OUTCOMES[Outcome.ERROR], " ", (probes, "bold"), said,
        indent=indent, hang=len(lead) + 2,
    )  # fmt: skip
    inner = indent + len(lead) + (_BODY_OF_SYMPTOM if lead else _BODY)
    for subject, ids in group.by_subject:
        start = f"{subject}: " if subject else ""
        page.wrapped((f"{start}{named(ids)}", "dim"), indent=inner, hang=2)
    _write_trace(page, group.trace, inner)


def _mark(probe: ProbeResult, found: tuple[Group, ...]) -> tuple[str, str]:
    """The outcome's; that of the gravest finding where the outcome is good all the same."""
    if is_waived(probe):
        return WAIVED
    if probe.outcome is Outcome.PASS and found:
        return _mark_of(found[0].first)
    return OUTCOMES[probe.outcome]


def _mark_of(found: Finding) -> tuple[str, str]:
    return WAIVED if found.waived is not None else SEVERITIES[found.severity]


def _message(group: Group, outcome: Outcome | None = None) -> str:
    """What a group says, with a word for what is less than an error, unless the outcome says it."""
    first = group.first
    if first.waived is not None:
        failed = "failed, " if outcome is Outcome.FAIL else ""
        return f"{failed}waived: {first.message}"
    said = outcome is Outcome.WARN and first.severity is Severity.WARNING
    return (
        first.message
        if said or first.severity is Severity.ERROR
        else (f"{first.severity}: {first.message}")
    )


def _reason(probe: ProbeResult, *, in_tree: bool) -> str:
    """What a probe says that could not be verified, or found nothing."""
    if probe.outcome is Outcome.ERROR:
        reason = probe.reason or "no reason was given"
        return f"could not verify: {reason}" if in_tree else reason
    return probe.reason or "nothing was found"


def _write_more(
    page: Page, probe: ProbeResult, found: tuple[Group, ...], way: _Way, indent: int
) -> None:
    """What a probe has found besides what its sentence says."""
    shown, left_out = bounded(found)
    if probe.outcome is not Outcome.ERROR:
        shown = shown[1:]
        if shown:
            page.wrapped((others(probe, found), "bold"), indent=indent, hang=2)
    for group in shown:
        page.wrapped(_mark_of(group.first), f" {_message(group)}", indent=indent, hang=2)
        rule = "" if page.at_right(group.first.rule) else group.first.rule
        page.listed(_seen(probe, group), indent=indent + _BODY, whole=rule)
        _write_details(page, probe, group, way, indent + _BODY)
    for line in left_out:
        page.wrapped((line, "dim"), indent=indent, hang=2)


def _seen(probe: ProbeResult, group: Group, lead: str = "") -> Iterator[str]:
    """The evidence of one finding; several have places instead."""
    if len(group.findings) == 1:
        yield from _evidence(probe, group, brief=bool(lead))


def _write_details(page: Page, probe: ProbeResult, group: Group, way: _Way, indent: int) -> None:
    """What follows the evidence of a group: its places, what it follows from, and what to do."""
    first = group.first
    if len(group.findings) > 1:
        for line in places(group):
            page.wrapped((line, "dim"), indent=indent, hang=2)
    _write_follows(page, apart(probe, group.findings), indent)
    if first.waived is not None:
        page.wrapped((f"Waived: {first.waived}", "dim"), indent=indent, hang=2)
        return
    remedy = way.remedy(first)
    if remedy is not None:
        page.wrapped(("→ ", "cyan"), remedy.summary, indent=indent, hang=2)
    _write_fixable(page, group, indent, follows=remedy is not None)
    if remedy is not None:
        _write_commands(page, remedy, way.told, indent)


def _write_follows(page: Page, ids: tuple[str, ...], indent: int) -> None:
    """That a finding is a symptom, where the probe is a root cause by others."""
    if ids:
        page.wrapped((f"Follows from {enumerated(ids)}", "dim"), indent=indent, hang=2)


def _evidence(probe: ProbeResult, group: Group, *, brief: bool) -> Iterator[str]:
    where = group.first.location
    if where is not None:
        yield place(where)
    yield from facts(untold(group.first))
    if where is None and probe.declared_at is not None and not brief:
        yield f"declared at {place(probe.declared_at)}"


def _write_fixable(page: Page, group: Group, indent: int, *, follows: bool) -> None:
    """That the edit can be left to a command: below what to do, or where that was told before."""
    which = fixable(group)
    if not which:
        return
    some = "" if which in {"it", "all of them"} else f" for {which}"
    told = f"let `netra-validate fix` do it{some}"
    if follows:
        page.wrapped(f"or {told}", indent=indent + 2)
    else:
        page.wrapped(("→ ", "cyan"), told.capitalize(), indent=indent, hang=2)


def write_remedy(page: Page, remedy: Remediation, told: Remedies, indent: int) -> None:
    """What to do, by itself."""
    page.wrapped(("→ ", "cyan"), remedy.summary, indent=indent, hang=2)
    _write_commands(page, remedy, told, indent)


def _write_commands(page: Page, remedy: Remediation, told: Remedies, indent: int) -> None:
    heading = ""
    for command in remedy.commands:
        if told.first(command):
            if heading != HEADINGS[command.effect]:
                heading = HEADINGS[command.effect]
                page.wrapped(heading, indent=indent + 2, hang=2)
            _write_command(page, command, indent + 4, neighbours(remedy, command))
    if told.first(remedy.docs):
        page.verbatim(f"Read: {remedy.docs}", indent=indent + 2, style="dim")


def _write_command(
    page: Page, command: Command, indent: int, near: Mapping[tuple[str, ...], str]
) -> None:
    """The command on a line of its own, and what takes it back set off so that no step is lost."""
    page.verbatim(_pasted(page, command.argv), indent=indent, style="cyan")
    for label, words in cautions(command):
        page.wrapped((f"{label}: {words}", "dim"), indent=indent + 2, hang=2)
    if command.undo is not None and command.undo in near:
        page.wrapped((f"undo: {near[command.undo]}", "dim"), indent=indent + 2)
    elif command.undo:
        page.wrapped(("undo:", "dim"), indent=indent + 2)
        page.verbatim(_pasted(page, command.undo), indent=indent + 4, style="dim cyan")


def _pasted(page: Page, argv: tuple[str, ...]) -> str:
    return quoted(argv, unicode=page.display.unicode, shell=page.display.shell)


def _write_trace(page: Page, trace: str | None, indent: int) -> None:
    if trace is None:
        return
    if not page.display.debug:
        page.wrapped(("Run again with --debug for the traceback.", "dim"), indent=indent, hang=2)
        return
    for line in trace.splitlines():
        depth = len(line) - len(line.lstrip())
        page.verbatim(" " * depth + scrub.text(line), indent=indent, style="dim")
