"""Findings of one probe that say the same, together: ten thousand places are one thing to mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from netra_validate.model import Finding, Location, Plane, ProbeResult
from netra_validate.wording import counted, listed, number

_SUBJECTS: Final = ("host", "name")
"""The evidence that says what a finding in a file is about, whatever the words around it."""

_MOST_OF_A_RULE: Final = 8
"""Groups of one rule: so many things can be read, and the other rules are still on the screen."""

_MOST_GROUPS: Final = 16
"""Groups of one probe."""

_NAME: Final = 8
"""Characters from which on a text is taken for a name."""

_MOST_FOLDERS: Final = 4
_MOST_EXAMPLES: Final = 3
_MOST_LINES: Final = 6


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one rule about one thing."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one that speaks for all."""
        return self.findings[0]

    @property
    def locations(self) -> tuple[Location, ...]:
        """Where, each place once, sorted."""
        return tuple(
            sorted({found.location for found in self.findings if found.location}, key=_order)
        )


def groups(probe: ProbeResult) -> tuple[Group, ...]:
    """All findings, grouped: what is worst and most frequent first, what is waived last.

    Of what is as bad, that which follows from nothing comes first, and what others follow from.
    """
    messages = {(found.rule, found.message) for found in probe.findings}
    variety = Counter(rule for rule, _ in messages)
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for found in sorted(probe.findings, key=_by_place):
        wordy = probe.plane is Plane.SOURCE and variety[found.rule] > _MOST_OF_A_RULE
        about = _subject(found) if wordy else found.message
        # The probe says what all of its findings follow from; here it is about one of them.
        apart = () if probe.explained_by else found.explained_by
        key = (found.severity, found.rule, found.waived, about, apart)
        alike.setdefault(key, []).append(found)
    return tuple(sorted((Group(tuple(findings)) for findings in alike.values()), key=_weight))


def others(probe: ProbeResult, found: Sequence[Group]) -> str:
    """What a probe has found besides its first group: ``5 more findings, in 3 groups``.

    Empty where that is all.
    """
    more = len(probe.findings) - len(found[0].findings)
    grouped = f", in {number(len(found) - 1)} groups" if more > len(found) - 1 > 1 else ""
    return f"{counted(more, 'more finding')}{grouped}" if more else ""


def untold(found: Finding) -> dict[str, object]:
    """The evidence, but for what the message has in it already."""
    return {
        key: value for key, value in found.evidence.items() if not _is_said(value, found.message)
    }


def _is_said(value: object, message: str) -> bool:
    """Whether the message says this. A short word may be there by chance."""
    if isinstance(value, Mapping):
        return bool(value) and all(_is_said(each, message) for each in value.values())
    return isinstance(value, str) and len(value) >= _NAME and value in message


def bounded(everything: Sequence[Group]) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    """The groups to show, and a line for each rule about those that are left out."""
    shown: list[Group] = []
    left_out: Counter[str] = Counter()
    of_rule: Counter[str] = Counter()
    for group in everything:
        rule = group.first.rule
        if of_rule[rule] < _MOST_OF_A_RULE and len(shown) < _MOST_GROUPS:
            of_rule[rule] += 1
            shown.append(group)
        else:
            left_out[rule] += len(group.findings)
    lines = (
        f"… and {number(count)} more of {rule} (all in -o json)"
        for rule, count in sorted(left_out.items())
    )
    return tuple(shown), tuple(lines)


def places(group: Group) -> Iterator[str]:
    """Where a group of several findings is: how many, in which folders, the first few."""
    where = group.locations
    if not where:
        yield f"{number(len(group.findings))} times"
        return
    files = {location.path for location in where}
    if len(files) == 1 and len(where) > 1:
        yield f"{counted(len(where), 'place')} in {_lines(where)}"
        return
    examples = ", ".join(map(place, where[:_MOST_EXAMPLES]))
    if len(where) <= _MOST_EXAMPLES:
        yield examples
        return
    yield f"{counted(len(where), 'place')} in {counted(len(files), 'file')}: {_folders(where)}"
    yield f"first {examples}"


def fixable(group: Group) -> str:
    """Which of a group ``netra-validate fix`` mends: ``it``, ``3 of them``; empty where none."""
    fixes = sum(found.fix is not None and found.waived is None for found in group.findings)
    if not fixes:
        return ""
    if fixes < len(group.findings):
        return f"{number(fixes)} of them"
    return "it" if fixes == 1 else "all of them"


def place(location: Location) -> str:
    """``path:line:column``, as editors read it."""
    parts = (location.path, location.line, location.column)
    return ":".join(str(part) for part in takewhile(lambda part: part is not None, parts))


def _lines(where: Sequence[Location]) -> str:
    """A file, and the lines in it."""
    lines = sorted({location.line for location in where if location.line is not None})
    if not lines:
        return where[0].path
    return f"{where[0].path}, {'lines' if len(lines) > 1 else 'line'} {listed(lines, _MOST_LINES)}"


def _subject(found: Finding) -> str:
    """What a finding is about, for a rule that says the same in too many ways."""
    named = (found.evidence[key] for key in _SUBJECTS if key in found.evidence)
    return str(next(named, found.message))


def _weight(group: Group) -> tuple[object, ...]:
    first = group.first
    return (
        first.waived is not None,
        -first.severity.rank,
        bool(first.explained_by),
        -max(len(found.explains) for found in group.findings),
        -len(group.findings),
        first.rule,
        first.message,
        first.waived or "",
    )


def _by_place(found: Finding) -> tuple[object, ...]:
    return (*_order(found.location or Location("")), found.rule, found.message, found.fingerprint)


def _order(location: Location) -> tuple[str, int, int]:
    return (location.path, location.line or 0, location.column or 0)


def _folders(where: Iterable[Location]) -> str:
    """The folders with the most places, each with its number."""
    parts = [location.path.split("/")[:-1] for location in where]
    depth = _shared(parts)
    counts = Counter("/".join([*folder[: depth + 1], ""]) or "./" for folder in parts)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{folder} {number(count)}" for folder, count in ranked[:_MOST_FOLDERS])
    more = len(ranked) - _MOST_FOLDERS
    return f"{shown} and {counted(more, 'more folder')}" if more > 0 else shown


def _shared(folders: Sequence[list[str]]) -> int:
    """How many leading parts all of them share."""
    low, high = min(folders), max(folders)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(low, high, strict=False)))
