"""A look at the bytes of a file that tells whether its markers need a closer one.

Parsing twenty thousand files takes a minute; one pass of a compiled pattern over them takes a
second. The pattern sees every name after ``mark.``, in comments too, so a file whose names are all
registered is done with, and only the others are parsed.
"""

from __future__ import annotations

import re
from typing import Final

NEEDLES: Final = ("add_marker", "from pytest")
"""What a file contains whose markers :func:`names_in` may not see.

What nearly every test file contains (``pytest``, ``mark``) is not searched for: those files are
read in any case, and listing each occurrence first would take longer than reading them.
"""

_IDENTIFIER: Final = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"

_MARK: Final = re.compile(
    # The pattern starts with a literal: that is what `re` searches for fast. It is no part of a
    # longer word, and a name follows; or it is `.mark` with anything else behind it (an alias, an
    # argument of getattr, a line's end), or there is room before or behind the dot.
    rb"mark(?<![\w\x80-\xff]mark)(?:\.("
    + _IDENTIFIER
    + rb")|(?<=\.mark)(?![\w\x80-\xff])|[\s\\]*\.)"
)

_NAMED: Final = re.compile(rb"add_marker\(\s*(?:marker\s*=\s*)?[A-Za-z]{0,2}[\"']")

_IMPORTED: Final = re.compile(rb"from\s+pytest\s+import\s+(?:\*|(?:\([^)]*|[^\n]*)\bmark\b)")


def names_in(data: bytes) -> set[bytes]:
    """Every name that stands after ``mark.``; an empty one where ``pytest.mark`` stands alone."""
    return set(_MARK.findall(data))


def names_markers_in_strings(data: bytes) -> bool:
    """Whether ``add_marker`` is called with a string."""
    return _NAMED.search(data) is not None


def imports_mark(data: bytes) -> bool:
    """Whether ``mark`` itself is imported, under whatever name."""
    return _IMPORTED.search(data) is not None
