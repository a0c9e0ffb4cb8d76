"""Which markers a file uses that does not parse: read from its tokens alone.

Strings and comments are skipped, scopes are not known. An unterminated string ends with its line,
so that one fault does not hide the rest of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from checks.pytest_markers.uses import Use

_TOKEN: Final = re.compile(
    r"""
      (?P<skip> \#[^\n]*
              | (?i:[rbfut]{0,2}) (?: \"\"\"(?:[^\\]|\\.)*?\"\"\" | '''(?:[^\\]|\\.)*?''' ) )
    | (?P<string> (?i:[rbfut]{0,2}) (?: "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' ) )
    | (?P<name> [^\W\d]\w* )
    | (?P<other> [^\s\\] )
    """,
    re.VERBOSE | re.DOTALL,
)

_MARK: Final = ("pytest", ".", "mark", ".")


def uses_in_tokens(text: str) -> list[Use]:
    """Every ``pytest.mark.NAME``, ``mark.NAME`` if it is imported, and ``add_marker("NAME")``."""
    bare = re.search(r"from\s+pytest\s+import\s[^\n]{0,1000}\bmark\b", text) is not None
    starts = _line_starts(text)
    return sorted({_use(starts, offset, name) for offset, name in _look_ups(text, bare=bare)})


def _look_ups(text: str, *, bare: bool) -> Iterator[tuple[int, str]]:
    before: tuple[str, ...] = ("", "", "", "", "")
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "skip":
            continue
        if kind == "name" and (before[1:] == _MARK or (bare and _is_bare(before))):
            yield match.start(), token
        if kind == "string" and before[-2:] == ("add_marker", "(") and token[0] in "\"'":
            yield match.start(), token[1:-1]
        before = (*before[1:], token)


def _is_bare(before: tuple[str, ...]) -> bool:
    return before[-2:] == ("mark", ".") and before[-3] != "."


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _use(starts: list[int], offset: int, name: str) -> Use:
    line = bisect_right(starts, offset)
    return Use(line, offset - starts[line - 1] + 1, name)
