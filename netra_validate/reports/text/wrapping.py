"""Where a line ends: between words, and inside of a long one where an eye takes it apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len, chop_cells

_WORD: Final = re.compile(r"\s*\S+\s*")

_STEP: Final = re.compile(r"\s*[^/]*/*\s*")
"""A step of a path, with the slash after it."""

_PART: Final = re.compile(r"\s*[^\s.,:;=_@&?-]*[.,:;=_@&?-]*/*\s*")
"""A part of an address or a name, with the signs after it."""


def breaks(text: str, room: int) -> Iterator[int]:
    """The places in ``text`` at which its second line begins, and every one after that.

    Args:
        text: on one line.
        room: columns of a line. Nothing is longer, but for blanks at its end.
    """
    at = used = 0
    for piece in _pieces(text, room):
        if used and used + cell_len(piece.rstrip()) > room:
            yield at
            used = 0
        used += cell_len(piece)
        at += len(piece)


def _pieces(text: str, room: int) -> Iterator[str]:
    """Words; of what is longer than a line the steps, then the parts, then what fits."""
    for word in _WORD.findall(text):
        for step in _split(word, _STEP, room):
            for part in _split(step, _PART, room):
                if cell_len(part.rstrip()) <= room:
                    yield part
                else:
                    yield from chop_cells(part, room)


def _split(text: str, pattern: re.Pattern[str], room: int) -> list[str]:
    if cell_len(text.rstrip()) <= room:
        return [text]
    return [piece for piece in pattern.findall(text) if piece]
