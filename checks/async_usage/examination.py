"""The examination of one repository: which files are worth parsing, and what is at fault in them.

Blocking: to be called from a thread, one call at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from checks.async_usage import externals, findings, loops
from checks.async_usage.classes import Classes
from checks.async_usage.facts import Facts, Use
from checks.async_usage.judging import Fault, Judge
from checks.async_usage.loops import Loops
from checks.async_usage.meaning import Names
from checks.async_usage.modules import Modules
from checks.async_usage.options import AsyncUsageOptions
from checks.async_usage.outline import Families, Outline
from checks.async_usage.reader import FactsReader
from checks.async_usage.results import Results
from checks.async_usage.sketches import Sketches
from checks.async_usage.suspects import Suspects, Suspicion
from netra_validate import Finding, allow_comments
from netra_validate.clients.source.syntax import MOST_BYTES, TooLargeError

if TYPE_CHECKING:
    from checks.async_usage import AsyncUsage
    from netra_validate.clients.source import Source

_TEST: Final = re.compile(
    r"(?:^|/)(?:_?tests?|testing|e2e)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$"
)


def is_test(path: str) -> bool:
    """Whether a file belongs to tests, in which objects may be doubles."""
    return _TEST.search(path) is not None


def reader_of(options: AsyncUsageOptions) -> FactsReader:
    """What is taken from syntax trees."""
    blocking = (name.rpartition(".")[2] for name in (*externals.BLOCKING, *options.blocking))
    return FactsReader(loops.CALLS.union(blocking))


@dataclass
class Examination:
    """The examination of one repository."""

    check: AsyncUsage
    source: Source
    python: Sequence[str]
    nested: bool
    """Whether running loops may be entered again."""
    too_large: set[str] = field(default_factory=set)
    """Files that were too large to be parsed."""
    _facts: dict[str, Facts | None] = field(default_factory=dict)
    _suspicions: dict[str, Suspicion] = field(default_factory=dict)
    _passed_over: int = 0
    _judged: int = 0
    _uses: int = 0
    _allowed: int = 0

    def __post_init__(self) -> None:
        self._reader = reader_of(self.check.options)
        blocking = externals.BLOCKING.union(self.check.options.blocking)
        modules = Modules(self.python)
        names = Names(modules, self._load, is_test)
        results = Results(names, Classes(names, Families(lambda: self._outline)))
        self._judge = Judge(names, results)
        self._loops = Loops(names, blocking, nested=self.nested)
        coroutines = (name.rpartition(".")[2] for name in externals.COROUTINES)
        self._sketches = Sketches(self._bytes, coroutines)
        self._suspects = Suspects(modules, self._sketches, blocking, is_test)

    # In a large repository: what may be at fault, by what the files seem to say

    def note_coroutines(self, batch: Sequence[str]) -> None:
        """Take note of the names of all coroutine functions."""
        for path in batch:
            self._sketches.note(path)

    def sketch(self, batch: Sequence[str]) -> None:
        """Take note of what some files seem to say, once all coroutine functions are known."""
        for path in batch:
            self._sketches.of(path)

    def suspects(self, batch: Sequence[str]) -> list[str]:
        """Which of some files are worth parsing, once all are sketched."""
        found = {path: self._suspects.of(path) for path in batch}
        self._suspicions.update(found)
        chosen = [path for path in batch if found[path]]
        self._uses += sum(self._sketches.of(path).count for path in batch)
        self._passed_over += len(batch) - len(chosen)
        return chosen

    # What is at fault

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
        suspicion = self._suspicions.get(path)
        if suspicion is None:
            self._uses += len(facts.uses)
        else:
            facts.uses = [use for use in facts.uses if _is_among(use, suspicion)]
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

    def _bytes(self, path: str) -> bytes:
        """The content of a file; nothing where it is too large to be parsed."""
        data = self.source.bytes(path)
        if len(data) <= MOST_BYTES:
            return data
        self.too_large.add(path)
        return b""

    def _load(self, path: str) -> Facts | None:
        if path not in self._facts:
            self._facts[path] = self._read(path)
        return self._facts[path]

    def _read(self, path: str) -> Facts | None:
        try:
            shared = self.source.parsed(path, self._reader)
        except TooLargeError:
            self.too_large.add(path)
            return None
        except SyntaxError:
            return None
        # What copies of the file share stays as it is.
        return replace(shared, path=path, uses=list(shared.uses))

    @cached_property
    def _outline(self) -> Outline:
        return Outline(self.python, self._bytes)


def _is_among(use: Use, suspicion: Suspicion) -> bool:
    """Whether it is a use that may be at fault."""
    return (use.form, findings.last_name(use.value)) in suspicion
