"""Where and how a list of markers is continued: what all kinds of files have in common. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate import Replacement

_LINE_END: Final = re.compile(r"\r\n|\r|\n")

INDENT: Final = "    "
"""Where no list shows another one."""


@dataclass(frozen=True, slots=True, order=True)
class Insertion:
    """Text that is put between two characters, or that takes the place of some."""

    at: int
    text: str
    end: int = -1
    """The first character that stays; ``at`` where it is negative."""

    @property
    def until(self) -> int:
        """The first character that stays."""
        return max(self.at, self.end)


class CannotInsertError(Exception):
    """The list is written in a way that is not followed here."""


def newline(text: str) -> str:
    """How the lines of a text end, by its first one."""
    found = _LINE_END.search(text)
    return found[0] if found else "\n"


def is_sorted(names: Sequence[str]) -> bool:
    """Whether a list is kept in order, as far as that shows: one of two or more names."""
    folded = [name.casefold() for name in names]
    return len(names) > 1 and folded == sorted(folded)


def predecessor(names: Sequence[str], name: str) -> int:
    """Behind which entry of a sorted list a name belongs; -1 is before the first one."""
    return sum(other.casefold() < name.casefold() for other in names) - 1


def applied(text: str, insertions: Sequence[Insertion]) -> str:
    """The text with the insertions made; they are in its order."""
    pieces: list[str] = []
    last = 0
    for each in insertions:
        pieces += (text[last : each.at], each.text)
        last = each.until
    return "".join((*pieces, text[last:]))


def replacements(path: str, text: str, insertions: Sequence[Insertion]) -> tuple[Replacement, ...]:
    """The same as edits of a file."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    found = []
    for each in insertions:
        line, column = _place(starts, each.at)
        end_line, end_column = _place(starts, each.until)
        found.append(Replacement(path, line, column, end_line, end_column, each.text))
    return tuple(found)


def _place(starts: Sequence[int], offset: int) -> tuple[int, int]:
    line = sum(start <= offset for start in starts)
    return line, offset - starts[line - 1] + 1
