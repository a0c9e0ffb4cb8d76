"""One probe: the files that may define what is single, found, read and counted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from checks.single_definition import findings, places
from checks.single_definition.definitions import Definition, Reading, from_lines
from checks.single_definition.options import SingleDefinitionOptions
from checks.single_definition.places import Place
from checks.single_definition.wanted import Wanted
from netra_validate import Context, Finding, NothingToExamine, allow_comments, path_patterns

if TYPE_CHECKING:
    from checks.single_definition import SingleDefinition
    from netra_validate.clients.source import Source

_BATCH: Final = 50
"""Files between two looks at the clock."""

_SPARE: Final = 0.2
"""Share of the probe's time after which nothing more is begun: what runs may end, and be told."""


def wanted_of(options: SingleDefinitionOptions) -> Wanted:
    """What a configuration asks to be looked for."""
    names = dict.fromkeys((*options.single, *options.homes))
    return Wanted(tuple(names), tuple(options.budgets))


def readers(options: SingleDefinitionOptions) -> tuple[Reading, ...]:
    """What is taken from syntax trees."""
    names = wanted_of(options).names
    return (Reading(names),) if names else ()


async def probe(check: SingleDefinition, ctx: Context) -> AsyncIterator[Finding]:
    """Find the files that may define what is single, and hold what they define to it.

    What there is no time for is told, never passed over in silence.
    """
    spare_s = ctx.budget.remaining() * _SPARE
    options, wanted = check.options, wanted_of(check.options)
    listing = await ctx.source.listing()
    python = {
        path
        for path in listing.files
        if path.endswith((".py", ".pyi"))
        and not path_patterns.matches(path, (*options.exclude, *options.doubles))
    }
    if not python and not wanted.names:
        raise NothingToExamine("no Python file is here to be looked at")
    found = await ctx.source.containing(wanted.needles)
    worth = sorted(python.intersection(path for paths in found.values() for path in paths))
    examination = Examination(check, ctx.source, wanted)
    late: list[str] = []
    for first in range(0, len(worth), _BATCH):
        batch = worth[first : first + _BATCH]
        if ctx.budget.remaining() <= spare_s:
            late += batch
        else:
            await asyncio.to_thread(examination.examine, batch)
    unread = sorted({*ctx.source.unreadable, *listing.oversized}.intersection(worth))
    ctx.observe(files=len(python), **examination.observations())
    sayings = findings.Sayings(check, ctx.topology, git=listing.by == "git")
    whole = not late and not unread and not listing.unreadable
    for fault in places.faults(wanted.names, options.homes, examination.single, everything=whole):
        yield sayings.of(fault)
    for pattern, highest in options.budgets.items():
        counted = sorted(examination.counted[pattern])
        if len(counted) > highest:
            asked_at = findings.asked_at(ctx.topology, "budgets", pattern)
            yield findings.over_budget(check, pattern, counted, highest, asked_at)
    if unread or listing.unreadable:
        yield findings.unread(check, [*unread, *listing.unreadable])
    if late:
        yield findings.late(check, late, len(worth))


@dataclass
class Examination:
    """What is found in one repository."""

    check: SingleDefinition
    source: Source
    wanted: Wanted
    single: list[Place] = field(default_factory=list)
    """Definitions of what is single."""
    counted: defaultdict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    """By pattern, the classes that count for its budget."""
    _by_lines: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._reader = Reading(self.wanted.names)
        self._rules = {rule.id for rule in self.check.rules.values()}

    def examine(self, batch: Sequence[str]) -> None:
        """Take note of what some files define. Blocking."""
        for path in batch:
            data = self.source.bytes(path)
            if self._may_define(data):
                self.single += self._placed(path, self._single_in(path), "duplicate")
            if self._by_pattern(path, data):
                self._count(path)

    def observations(self) -> dict[str, object]:
        """What was seen; what there was nothing of is left out."""
        defined = places.by_name(each for each in self.single if each.definition.is_certain)
        told: dict[str, object] = {
            "defined_at": {
                name: [str(each) for each in defined.get(name, ())] for name in self.wanted.names
            },
            "classes": {pattern: len(self.counted[pattern]) for pattern in self.wanted.patterns},
            "files_read_by_lines": len(self._by_lines),
            "allowed_definitions": sum(each.is_allowed for each in self.single),
        }
        return {name: seen for name, seen in told.items() if seen}

    def _may_define(self, data: bytes) -> bool:
        """Whether a file may define a name. Files in odd encodings are looked into."""
        return bool(self.wanted.names) and (
            self.wanted.by_name.search(data) is not None or b"\0" in data[:8]
        )

    def _by_pattern(self, path: str, data: bytes) -> bool:
        return not path.endswith(".pyi") and self.wanted.by_pattern.search(data) is not None

    def _single_in(self, path: str) -> Sequence[Definition]:
        try:
            return self.source.parsed(path, self._reader)
        except SyntaxError:  # or too large for a tree
            self._by_lines.add(path)
        return [each for each in self._lines(path) if each.name in self.wanted.names]

    def _count(self, path: str) -> None:
        found = [each for each in self._lines(path) if each.is_certain]
        for place in self._placed(path, found, "over-budget"):
            for pattern in self.wanted.patterns_of(place.definition.name):
                if not place.is_allowed:
                    self.counted[pattern].append(place)

    def _lines(self, path: str) -> Sequence[Definition]:
        return from_lines(self.source.text(path))

    def _placed(self, path: str, found: Sequence[Definition], rule: str) -> Iterator[Place]:
        """The places of definitions, and whether a comment allows them to break a rule."""
        if not found:
            return
        text = self.source.text(path).replace("\r\n", "\n").replace("\r", "\n")
        comments = allow_comments.read(text, self.check.id, self._rules)
        for each in found:
            is_allowed = comments.covers(each.line, f"{self.check.id}.{rule}")
            complaint = comments.unclear.get(each.line)
            yield Place(path, each, path not in self._by_lines, is_allowed, complaint)
