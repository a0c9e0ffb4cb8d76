"""A look at the bytes of a file that tells whether its markers need a closer one.

Parsing twenty thousand files takes a minute; one pass of a compiled pattern over them takes a
second. The pattern sees every name after ``mark.``, in comments too, so a file whose names are all
registered is done with, and only the others are parsed. ``git grep`` can do that pass faster, with
patterns that say the same of single lines.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_IDENTIFIER: Final = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"

_QUOTED: Final = rb"(?:(?<=,[\"']mark)|(?<=, [\"']mark))(?=[\"'][ \t]*[,)])"
"""``getattr(pytest, "mark")``."""

_MARK: Final = re.compile(
    # The pattern starts with a literal: that is what `re` searches for fast. It is no part of a
    # longer word, and a name follows; or it is `.mark` with anything else behind it (an alias, an
    # argument of getattr, a line's end), or there is room before or behind the dot.
    rb"mark(?<![\w\x80-\xff]mark)(?:\.("
    + _IDENTIFIER
    + rb")|(?<=\.mark)(?![\w\x80-\xff])|[\s\\]*\.|"
    + _QUOTED
    + rb")"
)

_NAMED: Final = re.compile(rb"add_marker\(\s*(?:marker\s*=\s*)?[A-Za-z]{0,2}[\"']")

# What a longer word or a name behind a dot ends with is no statement.
_IMPORTED: Final = re.compile(
    rb"from(?<![\w.\x80-\xff]from)\s+pytest\s+import\s+(?:\*|(?:\([^)]{0,1000}|[^\n]{0,1000})\bmark\b)"
)


def names_in(data: bytes) -> set[bytes]:
    """Every name that stands after ``mark.``; an empty one where ``pytest.mark`` stands alone."""
    return set(_MARK.findall(data))


def names_markers_in_strings(data: bytes) -> bool:
    """Whether ``add_marker`` is called with a string."""
    return _NAMED.search(data) is not None


def imports_mark(data: bytes) -> bool:
    """Whether ``mark`` itself is imported, under whatever name."""
    return _IMPORTED.search(data) is not None


_IMPORT: Final = re.compile(rb"\bimport\b[^\n(]*(?:\([^)]*)?|\bfrom[^\S\n]+[\w.]+")
_WORD: Final = re.compile(rb"\w+")


def words_in_imports(data: bytes) -> set[bytes]:
    """Every word that may name an imported module, or a part of its name."""
    return {word for found in _IMPORT.findall(data) for word in _WORD.findall(found)}


def patterns(known: Collection[bytes]) -> tuple[bytes, ...]:
    """Perl patterns for the lines of all files that are not done with at once.

    A match that :func:`name_of` reads is a name in use, but for those of ``known``. Any other match
    says that the file needs a reading: for what a line does not tell, they match more than is meant
    in the end. They begin with literals too, and apart from each other: as alternatives of one
    pattern they would take five times as long.
    """
    # `mark.mark` hides what stands behind it, so it is always shown.
    passed = b"|".join(re.escape(name) for name in sorted(known) if name != b"mark")
    exception = rb"(?!(?:" + passed + rb")(?![\w\x80-\xff]))" if passed else b""
    return (
        rb"mark(?<![\w\x80-\xff]mark)(?:\." + exception + _IDENTIFIER +
        rb"|\.(?![A-Za-z_\x80-\xff])|(?<=\.mark)(?![\w\x80-\xff.])|[\s\\]+\.|[\s\\]*$|" +
        _QUOTED + rb")",
        rb"add_marker\(",
        rb"from(?<![\w.\x80-\xff]from)\s+pytest(?![\w.])(?![^\S\n]+import[^\S\n]+(?![\s(*])(?:(?!\bmark\b)[^\n])*$)",
    )  # fmt: skip


def name_of(match: bytes) -> bytes | None:
    """The name that a match of :func:`patterns` shows, or None where the file has to be read."""
    found = _MARK.fullmatch(match)
    return found[1] or None if found else None
