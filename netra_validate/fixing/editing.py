"""From replacements to the bytes of a file: what is outside of them stays byte for byte. Pure.

Lines and columns count characters of the text that :func:`netra_validate.clients.source.contents`
decodes, and that is what checks see. An edit is made of the bytes themselves: the text is cut where
it is edited, and the pieces have to be the file's bytes again when they are encoded. A file that
does not survive this (a stray byte in UTF-16, an encoding that keeps a state) is left alone.
"""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate.clients.source import contents
from netra_validate.model import Fix, Replacement

_LINE_END: Final = re.compile(r"\r\n|\r|\n")

_PLAIN: Final = ("utf-8", "latin-1")
"""How a text is decoded that does not say how, in this order."""

Span = tuple[tuple[int, int], tuple[int, int]]
"""Line and column of the first character of a stretch, and of the first one behind it."""


class UneditableError(Exception):
    """Why a file cannot be edited: the end of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One stretch of bytes and what takes its place."""

    start: int
    end: int
    new: bytes


def span_of(replacement: Replacement) -> Span:
    """Where the stretch stands, to be compared."""
    start = (replacement.line, replacement.column)
    return start, (replacement.end_line, replacement.end_column)


def compatible(fixes: Iterable[Fix]) -> tuple[list[Fix], list[Fix]]:
    """The fixes that can be made together, the first come first, and those that cannot.

    Two fixes that edit the same characters exclude each other, and so do two that insert different
    text at one place: nobody knows which goes first. The same edit twice is one.
    """
    taken: defaultdict[str, list[tuple[Span, str]]] = defaultdict(list)
    kept, refused = [], []
    for fix in fixes:
        wanted = [(each.path, (span_of(each), each.text)) for each in fix.replacements]
        if any(_clashes(taken[path], edit) for path, edit in wanted):
            refused.append(fix)
            continue
        kept.append(fix)
        for path, edit in wanted:
            if edit not in taken[path]:
                insort(taken[path], edit)
    return kept, refused


def _clashes(taken: Sequence[tuple[Span, str]], edit: tuple[Span, str]) -> bool:
    start, end = edit[0]
    at = bisect_left(taken, edit)
    if at < len(taken) and taken[at] == edit:
        return False
    for (other_start, other_end), _ in taken[max(at - 1, 0) : at + 1]:
        if other_start < end and start < other_end:
            return True
        if start == end == other_start == other_end:
            return True
    return False


def edits(path: str, data: bytes, replacements: Iterable[Replacement]) -> tuple[Edit, ...]:
    """The edits of a file's bytes, in their order and none over another.

    Args:
        path: its name takes part in how it is decoded.
        data: its content.
        replacements: of this file, as :func:`compatible` has left them.

    Raises:
        UneditableError: the text cannot be encoded as it was, or a stretch is not in it.
    """
    text = contents.decode(path, data)
    encoding, mark = _encoding_of(path, data, text)
    stretches = _stretches(text, replacements)
    pieces = _encoded(_cut(text, stretches), encoding)
    if mark + b"".join(pieces) != data:
        raise UneditableError(f"cannot be written as it was read, in {encoding}")
    try:
        new = [each.encode(encoding) for _, _, each in stretches]
    except UnicodeError:
        raise UneditableError(f"is in {encoding}, which cannot say the new text") from None
    found: list[Edit] = []
    position = len(mark)
    for index, piece in enumerate(pieces):
        if index % 2:
            found.append(Edit(position, position + len(piece), new[index // 2]))
        position += len(piece)
    return tuple(found)


def applied(data: bytes, made: Iterable[Edit]) -> bytes:
    """The bytes of the file with the edits made."""
    pieces: list[bytes] = []
    last = 0
    for edit in made:
        pieces += (data[last : edit.start], edit.new)
        last = edit.end
    return b"".join((*pieces, data[last:]))


def _encoding_of(path: str, data: bytes, text: str) -> tuple[str, bytes]:
    """The encoding that gives the file's bytes back, and its byte order mark.

    Raises:
        UneditableError: there is none: what could not be decoded was replaced.
    """
    marked = contents.marked_encoding(data)
    if marked is not None:
        return marked, "\ufeff".encode(marked)
    for encoding in (_declared(path, data), *_PLAIN):
        try:
            if encoding and text.encode(encoding) == data:
                return encoding, b""
        except UnicodeError:
            continue
    raise UneditableError("holds bytes that its encoding does not know")


def _declared(path: str, data: bytes) -> str | None:
    """The encoding that a Python file declares (PEP 263)."""
    if data.isascii() or not path.endswith((".py", ".pyi", ".pyw")):
        return None
    try:
        return codecs.lookup(tokenize.detect_encoding(io.BytesIO(data).readline)[0]).name
    except (SyntaxError, LookupError, ValueError):
        return None


def _stretches(text: str, replacements: Iterable[Replacement]) -> list[tuple[int, int, str]]:
    """Start, end and new text of each stretch, in characters, in their order."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    found = set()
    for each in replacements:
        start = _offset(starts, len(text), each.line, each.column)
        end = _offset(starts, len(text), each.end_line, each.end_column)
        if end < start:
            raise UneditableError("is to be edited backwards: this is a bug of the check")
        found.add((start, end, each.text))
    return sorted(found)


def _offset(starts: Sequence[int], length: int, line: int, column: int) -> int:
    if not 1 <= line <= len(starts) or column < 1:
        raise UneditableError(f"has no line {line}, column {column}")
    limit = starts[line] if line < len(starts) else length
    offset = starts[line - 1] + column - 1
    if offset > limit:
        raise UneditableError(f"has no line {line}, column {column}")
    return offset


def _cut(text: str, stretches: Sequence[tuple[int, int, str]]) -> list[str]:
    """The text in pieces, every second of which is a stretch."""
    pieces: list[str] = []
    last = 0
    for start, end, _ in stretches:
        pieces += (text[last:start], text[start:end])
        last = end
    return [*pieces, text[last:]]


def _encoded(pieces: Iterable[str], encoding: str) -> list[bytes]:
    try:
        return [piece.encode(encoding) for piece in pieces]
    except UnicodeError:
        raise UneditableError(f"holds what {encoding} cannot encode") from None
