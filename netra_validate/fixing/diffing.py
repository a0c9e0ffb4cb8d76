"""A unified diff of changes that are known to the byte, as ``git apply`` and ``patch`` read it.

The format is git's (git-diff(1), "Generating patch text with -p"): names in ``a/`` and ``b/``,
quoted as in C where they hold anything but printable ASCII, followed by a tab where they hold a
space. Lines end where git's do, at a line feed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from netra_validate.clients.source import contents
from netra_validate.fixing.editing import Edit
from netra_validate.fixing.masking import key_lines, masked, value_lines
from netra_validate.fixing.writing import Change
from netra_validate.scrub import REDACTED

_CONTEXT: Final = 3
"""Lines around a change, as usual."""

_LINE: Final = re.compile(rb"[^\n]*\n?")

_NO_NEWLINE: Final = b"\\ No newline at end of file\n"

_ESCAPED: Final = {
    7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"
}  # fmt: skip
"""As git's ``quote.c`` writes them."""


@dataclass(frozen=True, slots=True)
class Diff:
    """The diff of one file."""

    lines: tuple[bytes, ...]
    """Each with its end."""
    masked: int = 0
    """Lines in which a secret is hidden: such a diff cannot be applied."""
    wide: bool = False
    """The file is UTF-16 or UTF-32, and its lines are shown in UTF-8: likewise."""


@dataclass(frozen=True, slots=True)
class _Hunk:
    """Lines of the old file, from ``start`` (counted from 0), and what replaces them."""

    start: int
    old: tuple[bytes, ...]
    new: tuple[bytes, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.old)


def diff(change: Change, secrets: tuple[str, ...] = ()) -> Diff:
    """The diff of a change. Empty where nothing changes.

    Args:
        change: what is to be shown.
        secrets: values that are known to be secret, and masked.
    """
    encoding = contents.marked_encoding(change.before)
    wide = encoding is not None and encoding != "utf-8"
    before, edits = change.before, change.edits
    if wide and encoding is not None:
        before, edits = _in_utf8(before, edits, encoding)
    lines = _lines(before)
    hunks = _joined(_hunks(lines, before, edits))
    if not hunks:
        return Diff(())
    shown = _Shown(lines, secrets)
    found = [*_header(change)]
    balance = 0
    for group in shown.grouped(hunks):
        found += shown.group(group, balance)
        balance += sum(len(hunk.new) - len(hunk.old) for hunk in group.hunks)
    return Diff(tuple(found), shown.masked, wide)


def quoted(name: str) -> bytes:
    """A name with its ``a/`` or ``b/`` as git writes it (``quote.c``)."""
    raw = name.encode("utf-8", "surrogateescape")
    if all(_is_plain(octet) for octet in raw):
        return raw
    spelled = "".join(chr(octet) if _is_plain(octet) else _escaped(octet) for octet in raw)
    return f'"{spelled}"'.encode("ascii")


def _is_plain(octet: int) -> bool:
    return 0x20 <= octet < 0x7F and octet not in _ESCAPED  # noqa: PLR2004 - printable ASCII


def _escaped(octet: int) -> str:
    return _ESCAPED.get(octet) or f"\\{octet:03o}"


def _header(change: Change) -> Iterator[bytes]:
    old, new = quoted(f"a/{change.path}"), quoted(f"b/{change.path}")
    tab = b"\t" if " " in change.path else b""
    yield b"diff --git %b %b\n" % (old, new)
    if change.found is None:
        yield b"new file mode 100644\n"
        yield b"--- /dev/null\n"
    else:
        yield b"--- %b%b\n" % (old, tab)
    yield b"+++ %b%b\n" % (new, tab)


def _lines(data: bytes) -> list[bytes]:
    return [line for line in _LINE.findall(data) if line]


def _in_utf8(data: bytes, edits: Sequence[Edit], encoding: str) -> tuple[bytes, tuple[Edit, ...]]:
    """The same edits of the same text, both in UTF-8."""

    def recoded(piece: bytes) -> bytes:
        return piece.decode(encoding).encode("utf-8")

    def moved(edit: Edit) -> Edit:
        start = len(recoded(data[: edit.start]))
        return Edit(start, start + len(recoded(data[edit.start : edit.end])), recoded(edit.new))

    return recoded(data), tuple(map(moved, edits))


def _hunks(lines: Sequence[bytes], data: bytes, edits: Sequence[Edit]) -> Iterator[_Hunk]:
    """What becomes of the lines that an edit touches; edits of one line in one hunk."""
    starts = [0, *accumulate(map(len, lines))]
    waiting = deque(edits)
    while waiting:
        first = last = _line_at(starts, waiting[0].start)
        pieces: list[bytes] = []
        at = starts[first]
        while waiting and _line_at(starts, waiting[0].start) <= last:
            edit = waiting.popleft()
            # The line behind belongs to it where an edit takes a line end away.
            last = max(last, _line_at(starts, edit.end))
            pieces += (data[at : edit.start], edit.new)
            at = edit.end
        end = starts[min(last + 1, len(lines))]
        new = _lines(b"".join((*pieces, data[at:end])))
        yield _trimmed(_Hunk(first, tuple(lines[first : last + 1]), tuple(new)))


def _line_at(starts: Sequence[int], offset: int) -> int:
    """The line, from 0, that holds a byte; the end of the file belongs to the last one."""
    return max(min(bisect_right(starts, offset), len(starts) - 1) - 1, 0)


def _trimmed(hunk: _Hunk) -> _Hunk:
    """Without the lines that stay as they are, at both ends."""
    old, new = hunk.old, hunk.new
    same = _alike(old, new)
    old, new = old[same:], new[same:]
    behind = _alike(old[::-1], new[::-1])
    return _Hunk(hunk.start + same, old[: len(old) - behind], new[: len(new) - behind])


def _alike(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    """How many lines at the beginning are the same."""
    pairs = zip(old, new, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def _joined(hunks: Iterable[_Hunk]) -> list[_Hunk]:
    """Those that touch each other as one, and without those in which nothing changes."""
    found: list[_Hunk] = []
    for hunk in hunks:
        if not (hunk.old or hunk.new):
            continue
        if found and found[-1].end == hunk.start:
            last = found.pop()
            hunk = _Hunk(last.start, last.old + hunk.old, last.new + hunk.new)  # noqa: PLW2901 - the same one, grown
        found.append(hunk)
    return found


@dataclass(slots=True)
class _Group:
    """Hunks whose context touches, and the lines from the first one shown to behind the last."""

    hunks: list[_Hunk]
    first: int
    last: int


class _Shown:
    """The lines of one file as they are shown."""

    def __init__(self, lines: Sequence[bytes], secrets: tuple[str, ...]) -> None:
        self.masked = 0
        self._lines = lines
        self._secrets = secrets
        texts = [line.decode("latin-1") for line in lines]
        self._keys = key_lines(texts) | value_lines(texts)

    def grouped(self, hunks: Iterable[_Hunk]) -> list[_Group]:
        """The hunks with their context, those that touch together.

        The context ends before a line with a secret: it need not be shown, and masked it could not
        be applied. One line behind a change has to stay, or git takes it for the end of the file.
        """
        groups: list[_Group] = []
        for hunk in hunks:
            first, last = hunk.start, hunk.end
            while first > max(hunk.start - _CONTEXT, 0) and not self._holds_secret(first - 1):
                first -= 1
            while last < min(hunk.end + _CONTEXT, len(self._lines)) and (
                last == hunk.end or not self._holds_secret(last)
            ):
                last += 1
            if groups and first <= groups[-1].last:
                groups[-1].hunks.append(hunk)
                groups[-1].last = last
            else:
                groups.append(_Group([hunk], first, last))
        return groups

    def _holds_secret(self, number: int) -> bool:
        bare = self._lines[number].removesuffix(b"\n")
        return self._masked(bare, hidden=number in self._keys) is not None

    def group(self, group: _Group, balance: int) -> Iterator[bytes]:
        """One stretch of a diff with its context.

        Args:
            group: what changes.
            balance: how many lines more the new file has before it.
        """
        hunks, first, last = group.hunks, group.first, group.last
        more = sum(len(hunk.new) - len(hunk.old) for hunk in hunks)
        old, new = _range(first, last - first), _range(first + balance, last - first + more)
        yield f"@@ -{old} +{new} @@\n".encode("ascii")
        at = first
        for hunk in hunks:
            yield from self._old(b" ", at, hunk.start)
            yield from self._old(b"-", hunk.start, hunk.end)
            touched = range(hunk.start, max(hunk.end, hunk.start + 1))
            hidden = not self._keys.isdisjoint(touched)
            for line in hunk.new:
                yield from self._line(b"+", line, hidden=hidden)
            at = hunk.end
        yield from self._old(b" ", at, last)

    def _old(self, sign: bytes, first: int, last: int) -> Iterator[bytes]:
        for number in range(first, last):
            yield from self._line(sign, self._lines[number], hidden=number in self._keys)

    def _line(self, sign: bytes, line: bytes, *, hidden: bool) -> Iterator[bytes]:
        bare = line.removesuffix(b"\n")
        shown = self._masked(bare, hidden=hidden)
        if shown is not None:
            self.masked += 1
        yield b"%b%b\n" % (sign, bare if shown is None else shown)
        if bare == line:
            yield _NO_NEWLINE

    def _masked(self, line: bytes, *, hidden: bool) -> bytes | None:
        if hidden:
            return REDACTED.encode("ascii")
        found = masked(line.decode("utf-8", "surrogateescape"), self._secrets)
        return None if found is None else found.encode("utf-8", "surrogateescape")


def _range(start: int, length: int) -> str:
    """As in a hunk's header: a range of no lines is told by the line before it."""
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
