"""What the matches that ``git grep -o`` shows say about the needles that a file holds.

It goes over a line from left to right, shows the longest needle of those that begin first, and goes
on behind it. So a needle that is part of the one shown is there too, and one that begins inside the
one shown and ends behind it may be there and is not shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deduced:
    """What is known without opening a file."""

    held: Mapping[str, Collection[str]]
    """For each needle files that hold it for certain."""
    doubtful: Collection[str]
    """Files that may hold further needles."""

    def within(self, files: Collection[str], unasked: Collection[str]) -> Deduced:
        """The same for ``files`` alone, of which git did not look at ``unasked`` as they are."""
        listed = set(files)
        sure = listed.difference(unasked)
        return Deduced(
            {needle: sure.intersection(names) for needle, names in self.held.items()},
            tuple(sorted(listed.intersection({*self.doubtful, *unasked}))),
        )


def deduce(
    shown: Mapping[bytes, Collection[str]], needles: Collection[str], marks: Collection[bytes]
) -> Deduced:
    """Tell which files hold which needles.

    Args:
        shown: for each match, in lower case, the files that it was shown for.
        needles: what was looked for.
        marks: what was looked for beside them; a file that holds one has to be opened.
    """
    encoded = {needle: needle.encode("utf-8", "surrogateescape").lower() for needle in needles}
    held: dict[str, set[str]] = {needle: set() for needle in needles}
    doubtful: set[str] = set().union(*(shown.get(mark, ()) for mark in marks))
    for match, names in shown.items():
        for needle, raw in encoded.items():
            if raw in match:
                held[needle].update(names)
    for match, names in shown.items():
        for needle, raw in encoded.items():
            if raw not in match and _may_hide(match, raw):
                doubtful.update(set(names).difference(held[needle]))
    return Deduced(held, doubtful)


def _may_hide(match: bytes, raw: bytes) -> bool:
    """Whether ``raw`` can begin inside ``match`` and end behind it."""
    return any(match[-size:] == raw[:size] for size in range(1, min(len(match), len(raw))))
