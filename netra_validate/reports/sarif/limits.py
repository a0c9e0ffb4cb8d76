"""What GitHub takes, and which results are given up where there are more.

The numbers are those of
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/troubleshoot-sarif-uploads/results-exceed-limit:
beyond them a file is rejected. Of the results that it takes GitHub shows 5 000. The most
important ones stand first, and other readers have no such limit.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate.model import Severity

if TYPE_CHECKING:
    from netra_validate.reports.sarif.results import Entry

MOST_RESULTS: Final = 25_000
"""Of one run."""

MOST_RULES: Final = 25_000
"""Of one run."""

_MOST_BYTES: Final = 9_500_000
"""Of the file, compressed as the upload action does it: 10 MB, and some room for its headers."""

_MOST_CHARACTERS: Final = 150_000_000
"""Of the file as it is: three times what the most results of usual length need."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What was left out."""

    found: int
    """How many findings there are."""
    counts: Mapping[Severity, int]
    """How many of them were left out, by severity; those that count, and not the waived ones."""
    waived: int
    """How many waived ones were."""

    @property
    def left_out(self) -> int:
        """All of them."""
        return sum(self.counts.values()) + self.waived


Written = Callable[[Sequence["Entry"], Cut], str]
"""The document with these results."""


def fitted(entries: Sequence[Entry], written: Written) -> str:
    """The document with as many of the entries as GitHub takes.

    Args:
        entries: all results, the most important first.
        written: makes the document.
    """
    kept = min(len(entries), MOST_RESULTS)
    while True:
        document = written(entries[:kept], _cut(entries, kept))
        share = _room(document)
        if share >= 1 or not kept:
            return document
        # A little less than the share, so that it is rarely made a third time.
        kept = int(kept * share * 0.95)


def _cut(entries: Sequence[Entry], kept: int) -> Cut:
    rest = [entry.finding for entry in entries[kept:]]
    counting = Counter(found.severity for found in rest if found.waived is None)
    counts = {severity: counting[severity] for severity in Severity}
    return Cut(len(entries), counts, len(rest) - counting.total())


def _room(document: str) -> float:
    """How many times the document fits into what GitHub takes."""
    if len(document) <= _MOST_BYTES:
        return 1.0
    if len(document) > _MOST_CHARACTERS:
        return _MOST_CHARACTERS / len(document)
    # Level 6, as gzip and zlib do it where nobody says another one.
    return _MOST_BYTES / len(zlib.compress(document.encode("ascii"), 6))
