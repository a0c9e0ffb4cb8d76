"""One probe: the Python files that have to do with coroutines, read and judged."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from checks.async_usage import externals, findings, loops
from checks.async_usage.classes import Classes
from checks.async_usage.facts import Facts
from checks.async_usage.glance import Glance
from checks.async_usage.judging import Fault, Judge
from checks.async_usage.loops import Loops
from checks.async_usage.meaning import Names
from checks.async_usage.modules import Modules
from checks.async_usage.outline import Families, Outline
from checks.async_usage.reading import read
from checks.async_usage.results import Results
from netra_validate import Context, Finding, Remediation, allow_comments, path_patterns
from netra_validate.check import NothingToExamine

if TYPE_CHECKING:
    from checks.async_usage import AsyncUsage
    from netra_validate.clients.source import Source

_NEEDLES: Final = ("async def", "await ", "asyncio", "event_loop")
"""What a file has that may be at fault."""

_NESTING: Final = "nest_asyncio"
"""The package after whose ``apply`` a running loop may be entered again."""

_BATCH: Final = 50
"""Files between two looks at the clock."""

_FEW: Final = 600
"""Files up to which all are parsed; in more, only those that may be at fault by their names."""

_SPARE: Final = 0.2
"""Share of the probe's time after which nothing more is begun: what runs may end, and be told."""

_TEST: Final = re.compile(
    r"(?:^|/)(?:_?tests?|testing|e2e)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$"
)


async def probe(check: AsyncUsage, ctx: Context) -> AsyncIterator[Finding]:
    """Find the files that have to do with coroutines, and judge them.

    What there is no time for is told, never passed over in silence.
    """
    spare_s = ctx.budget.remaining() * _SPARE
    listing = await ctx.source.listing()
    excluded = check.options.exclude
    python = [
        path
        for path in listing.files
        if path.endswith(".py") and not path_patterns.matches(path, excluded)
    ]
    if len(python) > check.options.max_files:
        raise NothingToExamine(
            f"there are {len(python)} Python files, more than max_files = {check.options.max_files}"
            " allows: it would take too long"
        )
    found = await ctx.source.containing((*_NEEDLES, _NESTING))
    holding = set().union(*(found[needle] for needle in _NEEDLES))
    worth = [path for path in python if path in holding]
    if not worth:
        raise NothingToExamine("no Python file here has to do with coroutines")
    examination = Examination(check, ctx.source, python, nested=bool(found[_NESTING]))

    def is_late() -> bool:
        return ctx.budget.remaining() <= spare_s

    worth_parsing, late = worth, list[str]()
    if len(worth) > _FEW:
        worth_parsing, late = await _chosen(examination, worth, is_late)
    for batch in _batches(worth_parsing):
        if is_late():
            late += batch
            continue
        for each in await asyncio.to_thread(examination.examine, batch):
            yield each
    ctx.observe(files=len(python), **examination.observations())
    unread = sorted({*ctx.source.unreadable, *listing.oversized}.intersection(worth))
    if unread:
        yield _unread(check, unread)
    if late:
        yield _late(check, late, len(worth))


async def _chosen(
    examination: Examination, worth: Sequence[str], is_late: Callable[[], bool]
) -> tuple[list[str], list[str]]:
    """The files that are worth parsing by their names, and those there was no time to look at."""
    for batch in _batches(examination.python):
        if is_late():
            return [], list(worth)
        await asyncio.to_thread(examination.outline, batch)
    chosen: list[str] = []
    late: list[str] = []
    for batch in _batches(worth):
        if is_late():
            late += batch
        else:
            chosen += await asyncio.to_thread(examination.glance, batch)
    return chosen, late


@dataclass
class Examination:
    """The examination of one repository."""

    check: AsyncUsage
    source: Source
    python: Sequence[str]
    nested: bool
    """Whether running loops may be entered again."""
    _outline: Outline = field(default_factory=Outline)
    _outlined: set[str] = field(default_factory=set)
    _facts: dict[str, Facts | None] = field(default_factory=dict)
    _judged: int = 0
    _passed_over: int = 0
    _uses: int = 0
    _allowed: int = 0

    def __post_init__(self) -> None:
        self._glance: Glance | None = None
        self._blocking = externals.BLOCKING.union(self.check.options.blocking)
        self._calls = loops.CALLS.union(name.rpartition(".")[2] for name in self._blocking)
        names = Names(Modules(self.python), self._load, is_test)
        results = Results(names, Classes(names, Families(self._whole_outline)))
        self._judge = Judge(names, results)
        self._loops = Loops(names, self._blocking, nested=self.nested)

    def outline(self, batch: Sequence[str]) -> None:
        """Take note of what some files define."""
        for path in batch:
            if path not in self._outlined:
                self._outlined.add(path)
                self._outline.add(path, self.source.bytes(path))

    def glance(self, batch: Sequence[str]) -> list[str]:
        """Which of some files are worth parsing, once all are outlined."""
        if self._glance is None:
            self._glance = Glance(self._outline, self._blocking)
        found = [path for path in batch if self._glance.is_worth_it(self.source.bytes(path))]
        self._passed_over += len(batch) - len(found)
        return found

    def _whole_outline(self) -> Outline:
        if len(self._outlined) < len(self.python):
            self.outline(self.python)
        return self._outline

    def examine(self, batch: Sequence[str]) -> list[Finding]:
        """The findings on some files."""
        return [found for path in batch for found in self._examine(path)]

    def observations(self) -> dict[str, object]:
        """What was looked at; what there was nothing of is left out."""
        unparsable = sum(facts is None for facts in self._facts.values())
        rest = {"unparsable_files": unparsable, "allowed_uses": self._allowed}
        return {
            "files_with_coroutines": self._judged + self._passed_over,
            "uses": self._uses,
            **{name: count for name, count in rest.items() if count},
        }

    def _examine(self, path: str) -> Iterator[Finding]:
        facts = self._load(path)
        if facts is None:
            return
        self._judged += 1
        self._uses += len(facts.uses)
        faults = [*self._judge.faults(facts), *self._loops.faults(facts, is_test=is_test(path))]
        facts.uses.clear()
        if faults:
            yield from self._findings(path, faults)

    def _findings(self, path: str, faults: Sequence[Fault]) -> Iterator[Finding]:
        raw = self.source.text(path)
        text = findings.Text(raw)
        rules = {rule.id for rule in self.check.rules.values()}
        lines = raw.replace("\r\n", "\n").replace("\r", "\n")
        comments = allow_comments.read(lines, self.check.id, rules)
        for fault in faults:
            rule = self.check.rules[fault.rule]
            if comments.covers(fault.line, rule.id):
                self._allowed += 1
            else:
                yield findings.of(fault, rule, text, comments.unclear.get(fault.line))

    def _load(self, path: str) -> Facts | None:
        if path not in self._facts:
            self._facts[path] = self._read(path)
        return self._facts[path]

    def _read(self, path: str) -> Facts | None:
        try:
            with _without_collecting():
                return read(path, self.source.tree(path, keep=False), self._calls)
        except (SyntaxError, RecursionError):
            return None


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Spare Python's garbage collector trees that are let go at once: it takes twice their time.

    Each has so many nodes that the collector would go over all that the process holds, again and
    again. None of them is part of a circle, so nothing is left to it either.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def is_test(path: str) -> bool:
    """Whether a file belongs to tests, in which objects may be doubles."""
    return _TEST.search(path) is not None


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(paths), _BATCH):
        yield paths[first : first + _BATCH]


def _unread(check: AsyncUsage, paths: Sequence[str]) -> Finding:
    count = "1 Python file" if len(paths) == 1 else f"{len(paths)} Python files"
    return check.unread.finding(
        f"{count} could not be examined whole ({', '.join(paths[:5])})",
        evidence={"count": len(paths), "files": list(paths)},
        remedy=Remediation(
            "Make them readable or smaller, or leave them out with `exclude` under "
            "[checks.async-usage]"
        ),
        identity="unread",
    )


def _late(check: AsyncUsage, paths: Sequence[str], of: int) -> Finding:
    return check.unread.finding(
        f"{len(paths)} of {of} Python files with coroutines were not looked at: the probe's time "
        "was nearly over",
        evidence={"count": len(paths), "of": of, "files": list(paths[:5])},
        remedy=Remediation(
            "Give the probe more time with `--timeout`, or leave files out with `exclude` under "
            "[checks.async-usage]"
        ),
        identity="late",
    )
