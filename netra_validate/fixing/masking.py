"""Secrets in lines that are shown: a diff shows lines of people's files, which hold credentials.

What is masked is only what is shown. Patterns look at one line, at the blocks of private keys, and
at what follows a telling key that ends its line; a secret that looks like any other text is not
recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from netra_validate import scrub

_PIECE: Final = 600
"""Characters that patterns look at in one go: some of them take the square of that."""

_OVERLAP: Final = 150
"""Characters that two pieces share, so that no telling word is cut from its value."""

_BEGIN: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_END: Final = re.compile(r"-----END [A-Z ]*KEY-----")

_OPENED: Final = re.compile(
    r"(?P<indent>\s*+(?:-\s++)*+)[\"']?(?:[\w.-]*\.)?(?P<name>[\w-]+)[\"']?\s*+[:=]\s*+"
    r"(?P<block>[|>][-+\d]{0,2})?[\[({\\]?\s*+(?:\#.*)?"
)
"""A key whose value stands in the lines below, in YAML also as a block
(https://yaml.org/spec/1.2.2/#81-block-scalar-styles)."""

_PAIR: Final = re.compile(r"\s*+(?:-\s++)*+[\"']?[\w./-]++[\"']?\s*+:(?:\s|$)")
"""A key of its own: what stands above it is no value, but has a table below."""


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


def value_lines(lines: Sequence[str]) -> frozenset[int]:
    """The numbers, from 0, of the lines that hold the value of a telling key above them."""
    found, depth, is_block = set(), -1, False
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        inside = 0 <= depth < len(line) - len(line.lstrip())
        if inside and (is_block or not _PAIR.match(line)):
            found.add(number)
            continue
        opened = _OPENED.fullmatch(line.rstrip()[:_PIECE])
        telling = opened is not None and scrub.is_telling(opened["name"])
        depth = len(opened["indent"]) if opened is not None and telling else -1
        is_block = opened is not None and opened["block"] is not None
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
