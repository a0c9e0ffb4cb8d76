"""Texts of a report as the page takes them: bounded, named so that one can point to them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from netra_validate.terminal import printable

NAME: Final = 120
"""Characters of a name that are shown."""

SENTENCE: Final = 1_000
"""Characters of a sentence that are shown. Scrubbed texts have half of that at most."""

_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


def cut(text: str, limit: int = SENTENCE) -> str:
    """``text``, or its beginning where it is longer than ``limit`` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def cut_to_cells(text: str, cells: int) -> str:
    """As much of ``text`` as fits where letters take one cell and ideographs two."""
    text = printable(text[: 4 * cells], unicode=True)
    if _cells(text) <= cells:
        return text
    while _cells(text) > cells - 1:
        text = text[:-1]
    return f"{text}…"


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def anchors(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """For each name an ``id`` to link to: the same from run to run, unlike any other."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(set(names)):
        word = _NO_WORD.sub("-", name.lower()).strip("-")[:NAME] or "x"
        anchor = base = f"{prefix}-{word}"
        number = 1
        while anchor in taken:
            number += 1
            anchor = f"{base}--{number}"
        taken.add(anchor)
        found[name] = anchor
    return found


def spans(text: str) -> tuple[tuple[bool, str], ...]:
    """Pieces of a sentence, each with whether it stood between backticks and so is code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # one backtick has no partner
        return ((False, text),)
    return tuple((at % 2 == 1, piece) for at, piece in enumerate(pieces) if piece)
