"""The content of one file: opened without surprises, searched in pieces, decoded as it asks for."""

from __future__ import annotations

import codecs
import io
import os
import stat
import tokenize
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Final

MAX_BYTES: Final = 32 * 2**20
"""Bytes of one file that are ever held at once. Text that people write is far smaller: GitHub
warns at 50 MiB and refuses at 100 MiB."""

_PIECE: Final = 2**20
"""Bytes that a search looks at in one go: no longer than a millisecond without giving way."""

_SNIFFED: Final = 8000
"""Bytes in which a NUL makes a file binary, the measure that git takes (``buffer_is_binary``)."""

_MARKS: Final = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks (Unicode standard, section 23.8) and the encoding that each announces."""

WIDE_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""Bytes without which a file cannot be UTF-16 or UTF-32 with a mark, at either end of the pair."""

_REFUSED: Final = frozenset({"unicode_escape", "raw_unicode_escape", "idna", "punycode", "utf_7"})
"""Encodings whose decoders do more than map bytes to characters; no source file is meant so."""

_OPEN: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)  # not through a link that was put there since
    | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer would wait for ever
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Wanted:
    """Needles, ready to be looked for in files of every encoding."""

    def __init__(self, needles: Collection[str]) -> None:
        self.needles = tuple(needles)
        self._encoded: dict[str, Encoded] = {}

    def encoded(self, encoding: str) -> Encoded:
        """The needles as the lower-case bytes that they have in ``encoding``, by their beginning.

        Spellings of one thing begin alike, so most files are done with after one look for each.
        """
        if encoding not in self._encoded:
            groups: defaultdict[bytes, dict[str, bytes]] = defaultdict(dict)
            for needle in self.needles:
                raw = needle.encode(encoding, "surrogateescape").lower()
                groups[raw[:_BEGINNING]][needle] = raw
            self._encoded[encoding] = dict(groups)
        return self._encoded[encoding]


Encoded = dict[bytes, dict[str, bytes]]
"""For the beginning of some needles, each of them and its bytes."""

_BEGINNING: Final = 5


def read(path: str, limit: int = MAX_BYTES) -> bytes:
    """The first ``limit`` bytes of a regular file.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    return b"".join(_pieces(path, limit))


def held(path: str, wanted: Wanted) -> set[str]:
    """The needles that the file holds, ASCII letters in either case; of any size.

    Raises:
        OSError: as :func:`read`.
    """
    found: set[str] = set()
    groups: Encoded = {}
    tail = b""
    for piece in _pieces(path):
        if not groups:
            groups = wanted.encoded(marked_encoding(piece) or "utf-8")
            overlap = max(
                (len(raw) for group in groups.values() for raw in group.values()), default=0
            )
        lowered = (tail + piece).lower()
        for beginning, group in groups.items():
            if beginning in lowered:
                found.update(needle for needle, raw in group.items() if raw in lowered)
        if len(found) == len(wanted.needles):
            break
        tail = lowered[-overlap:]
    return found


def marked_encoding(data: bytes) -> str | None:
    """The encoding that a byte order mark announces."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)


def binary(data: bytes) -> bool:
    """Whether the beginning of a file is no text, as git sees it; UTF-16 with a mark is text."""
    return b"\0" in data[:_SNIFFED] and marked_encoding(data) is None


def sniff(path: str) -> bytes:
    """As much of the file as :func:`binary` wants to see.

    Raises:
        OSError: as :func:`read`.
    """
    return read(path, _SNIFFED)


def decode(path: str, data: bytes) -> str:
    """The text of a file: by its mark, by PEP 263 where it is Python, as UTF-8, or as Latin-1.

    Undecodable bytes of a declared encoding are replaced; Latin-1 has a character for each byte.
    """
    marked = marked_encoding(data)
    if marked is not None:
        return data.decode(marked, "replace").removeprefix("\ufeff")
    declared = None if data.isascii() else _declared(path, data)
    if declared is not None:
        return data.decode(declared, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _declared(path: str, data: bytes) -> str | None:
    """The encoding that a Python file declares in its first two lines, where it is a usable one."""
    if not path.endswith((".py", ".pyi", ".pyw")):
        return None
    try:
        named, _ = tokenize.detect_encoding(io.BytesIO(data[: 2 * _SNIFFED]).readline)
        codec = codecs.lookup(named)
        b"#".decode(codec.name)  # refuses what is no text encoding, such as zlib
    except (SyntaxError, LookupError, ValueError):
        return None
    return None if codec.name.replace("-", "_") in _REFUSED | {"utf_8"} else codec.name


def _pieces(path: str, limit: int | None = None) -> Iterator[bytes]:
    """The file in pieces, to ``limit`` bytes."""
    descriptor = os.open(path, _OPEN)
    try:
        known = os.fstat(descriptor)
        if not stat.S_ISREG(known.st_mode):
            raise OSError(f"{path} is no regular file")
        # No more than the file has: room that is not needed would take longer than the reading.
        left = known.st_size if limit is None else min(known.st_size, limit)
        while left > 0:
            piece = os.read(descriptor, min(_PIECE, left))
            if not piece:
                return
            yield piece
            left -= len(piece)
    finally:
        os.close(descriptor)
