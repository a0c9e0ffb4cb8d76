"""Findings as the page shows them: what is wrong, on what evidence, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from netra_validate import web_addresses
from netra_validate.causes import apart
from netra_validate.grouping import Group, fixable, place, places, untold
from netra_validate.model import Command, Effect, Finding, ProbeResult, Remediation
from netra_validate.reports.html import states, texts
from netra_validate.reports.html.states import State
from netra_validate.reports.html.texts import cut
from netra_validate.shell import cautions, neighbours, quoted
from netra_validate.wording import facts, number

_LONGEST_COMMAND: Final = 8_000
"""Characters. One that is longer is named and not shown: half a command is a wrong command."""

_MOST_PLACES: Final = 60
"""Places of a group that are listed."""

_NAMED: Final = 3
"""Places that the line about them names."""

_EFFECTS: Final[Mapping[Effect, tuple[str, str]]] = {
    Effect.READS: ("Look", "only reads"),
    Effect.CHANGES: ("Mend", "changes the environment"),
    Effect.RESTARTS: ("Mend", "interrupts the service"),
}
"""What commands are for, and what they do to the environment."""


@dataclass(frozen=True, slots=True)
class CommandView:
    """One command to copy."""

    words: tuple[str, ...] | None
    """Each quoted for a POSIX shell. None where it is too long to be shown."""
    undo: tuple[str, ...] | None = None
    """The command that takes it back."""
    undone: bool = False
    """Whether ``undo`` stands here, were it only too long to be shown."""
    undo_near: str | None = None
    """Where it stands, where it is a neighbour."""
    cautions: tuple[tuple[str, str], ...] = ()
    """What to know before: a label, and the words after it."""


@dataclass(frozen=True, slots=True)
class Step:
    """Commands in a row that do the same to the environment."""

    title: str
    effect: str
    warning: str
    """What that means, in words."""
    commands: tuple[CommandView, ...]


@dataclass(frozen=True, slots=True)
class RemedyView:
    """What to do."""

    summary: str
    steps: tuple[Step, ...] = ()
    docs: str | None = None
    docs_href: str | None = None
    """None where the address is not one to link to."""
    told_at: str | None = None
    """Where the commands stand already."""
    told_by: str | None = None


@dataclass(frozen=True, slots=True)
class GroupView:
    """Findings that say the same."""

    state: State
    rule: str
    rule_summary: str | None
    message: str
    count: str | None
    """How many they are, where it is more than one."""
    facts: tuple[str, ...]
    places: tuple[str, ...]
    """What there is to say about many places."""
    listed: tuple[str, ...]
    """The places one by one."""
    unlisted: str | None
    """How many more there are."""
    follows: tuple[tuple[str, str | None], ...]
    """What it follows from, where the probe is a root cause by others: ids, and where they are."""
    waived: str | None
    remedy: RemedyView | None
    fixable: str | None
    """How many of them ``netra-validate fix`` mends."""


def group_view(
    probe: ProbeResult,
    group: Group,
    rules: Mapping[str, str],
    told: Mapping[Remediation, tuple[str, str]],
    anchors: Mapping[str, str],
) -> GroupView:
    """A group of findings.

    Args:
        probe: whose findings they are.
        group: the findings.
        rules: what each rule says, in a line.
        told: remedies whose commands stand elsewhere, with where and the probe there.
        anchors: where each probe stands on the page.
    """
    first, many = group.first, len(group.findings) > 1
    listed = [place(location) for location in group.locations]
    return GroupView(
        state=states.of_finding(first),
        rule=cut(first.rule, texts.NAME),
        rule_summary=rules.get(first.rule),
        message=cut(first.message),
        count=number(len(group.findings)) if many else None,
        facts=() if many else tuple(_evidence(probe, first)),
        places=tuple(map(cut, places(group))) if many else (),
        listed=_listed(listed),
        unlisted=number(len(listed) - _MOST_PLACES) if len(listed) > _MOST_PLACES else None,
        follows=tuple(
            (cut(each, texts.NAME), anchors.get(each)) for each in apart(probe, group.findings)
        ),
        waived=None if first.waived is None else cut(first.waived),
        remedy=_remedy(first, told),
        fixable=fixable(group) or None,
    )


def _listed(places: Sequence[str]) -> tuple[str, ...]:
    """The places one by one, where they are too many to have been named already."""
    few = len(places) <= _NAMED
    return () if few else tuple(cut(each, 2 * texts.NAME) for each in places[:_MOST_PLACES])


def _evidence(probe: ProbeResult, found: Finding) -> Iterator[str]:
    """The facts, but for names that the message has in it already."""
    if found.location is not None:
        yield cut(place(found.location), 2 * texts.NAME)
    yield from facts(untold(found))
    if found.location is None and probe.declared_at is not None:
        yield f"declared at {cut(place(probe.declared_at), 2 * texts.NAME)}"


def _remedy(found: Finding, told: Mapping[Remediation, tuple[str, str]]) -> RemedyView | None:
    remedy = found.remediation
    if remedy is None or found.waived is not None:
        return None
    if remedy in told and (remedy.commands or remedy.docs):
        at, by = told[remedy]
        return RemedyView(cut(remedy.summary), told_at=at, told_by=by)
    return remedy_view(remedy)


def remedy_view(remedy: Remediation) -> RemedyView:
    """What to do, by itself."""
    href = web_addresses.to_follow(remedy.docs)
    return RemedyView(
        cut(remedy.summary),
        tuple(_steps(remedy)),
        None if remedy.docs is None else cut(remedy.docs),
        href,
    )


def _steps(remedy: Remediation) -> Iterator[Step]:
    """The commands in their order, those that do the same to the environment together."""
    for effect, commands in groupby(remedy.commands, key=lambda command: command.effect):
        title, warning = _EFFECTS[effect]
        views = tuple(_command(command, neighbours(remedy, command)) for command in commands)
        yield Step(title, effect.value, warning, views)


def _command(command: Command, near: Mapping[tuple[str, ...], str]) -> CommandView:
    words = _words(command.argv)
    told = tuple((label.capitalize(), cut(text)) for label, text in cautions(command))
    if not command.undo:
        return CommandView(words, cautions=told)
    if command.undo in near:
        return CommandView(words, undo_near=near[command.undo], cautions=told)
    return CommandView(words, undo=_words(command.undo), undone=True, cautions=told)


def _words(argv: tuple[str, ...]) -> tuple[str, ...] | None:
    words = tuple(quoted([word]) for word in argv)
    return words if sum(map(len, words)) <= _LONGEST_COMMAND else None
