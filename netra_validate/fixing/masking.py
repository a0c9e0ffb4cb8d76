"""Secrets in lines that are shown: a diff shows lines of people's files, which hold credentials.

What is masked is only what is shown. Patterns look at one line and at the blocks of private keys;
a secret that looks like any other text is not recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from netra_validate import scrub

_PIECE: Final = 600
"""Characters that patterns look at in one go: some of them take the square of that."""

_OVERLAP: Final = 150
"""Characters that two pieces share, so that no telling word is cut from its value."""

_BEGIN: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_END: Final = re.compile(r"-----END [A-Z ]*KEY-----")


def key_lines(lines: Iterable[str]) -> frozenset[int]:
    """The numbers, from 0, of the lines that are part of a private key."""
    found, inside = set(), False
    for number, line in enumerate(lines):
        begun = _BEGIN.search(line)
        inside = inside or begun is not None
        if inside:
            found.add(number)
        if _END.search(line, begun.end() if begun else 0):
            inside = False
    return frozenset(found)


def masked(line: str, secrets: tuple[str, ...] = ()) -> str | None:
    """The line without its secrets, or None where there are none in it.

    Args:
        line: without its end.
        secrets: values that are known to be secret.
    """
    return _masked(line, secrets)


@lru_cache(maxsize=4096)
def _masked(line: str, secrets: tuple[str, ...]) -> str | None:
    starts = range(0, max(len(line), 1), _PIECE - _OVERLAP)
    pieces = [line[start : start + _PIECE] for start in starts]
    cleaned = [scrub.text(piece, secrets=secrets, limit=_PIECE * 2) for piece in pieces]
    hidden = [
        there.count(scrub.REDACTED) > piece.count(scrub.REDACTED)
        for there, piece in zip(cleaned, pieces, strict=True)
    ]
    if not any(hidden):
        return None
    indent = line[: len(line) - len(line.lstrip())]
    if len(pieces) == 1:
        return indent + cleaned[0]
    # Where two pieces overlap it is not worth telling what is shown twice.
    return f"{indent}{scrub.REDACTED}, and more: this line has {len(line)} characters"
