r"""The spellings of one address: as a browser, a regular expression or a JSON parser reads it.

``https%3A%2F%2Fa%2Eexample``, ``https:\/\/a.example``, ``a\.example`` and ``a[.]example`` all name
``a.example``. Text is brought to its plain form once, with a way back to where everything stood.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

_SPELLED: Final = re.compile(
    r"""
      (?:\x1b|\\x1b|\\033|\\e|\\u001b)\[[0-9;]*m  # a colour of the terminal, raw or spelled out
    | \\+u00(?P<unicode>[2-7][0-9a-f])            # JSON, JavaScript, Python
    | \\+x(?P<hex>[2-7][0-9a-f])
    | %(?:25)*(?P<percent>[2-7][0-9a-f])          # RFC 3986, section 2.1, also more than once
    | \\+(?P<escaped>[!-/:-@\[^-`{-~])            # an escaped sign: regular expressions, Markdown
    | \[(?P<only>\.)\]                            # a class of one sign
    """,
    re.VERBOSE,
)

_HINTS: Final = ("\\", "%", "[.]", "\x1b")
"""One of these stands in every text that is not plain."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Text in its plain form."""

    text: str
    _ends: tuple[int, ...] = ()
    """Positions in ``text`` after each sign that was spelled otherwise."""
    _shifts: tuple[int, ...] = ()
    """From each of these on, how much further the same stood in the original."""

    def origin(self, position: int) -> int:
        """Where in the original the character at ``position`` of ``text`` stood."""
        known = bisect_right(self._ends, position)
        return position + (self._shifts[known - 1] if known else 0)


def plain(text: str) -> Plain:
    """The plain form of lower-case ``text``. Letters after a backslash stay as they are."""
    if not any(hint in text for hint in _HINTS):
        return Plain(text)
    pieces: list[str] = []
    ends: list[int] = []
    shifts: list[int] = []
    length = last = 0
    for match in _SPELLED.finditer(text):
        sign = _sign(match)
        pieces += (text[last : match.start()], sign)
        length += match.start() - last + len(sign)
        last = match.end()
        ends.append(length)
        shifts.append(last - length)
    pieces.append(text[last:])
    return Plain("".join(pieces), tuple(ends), tuple(shifts))


def _sign(match: re.Match[str]) -> str:
    """What a spelling stands for."""
    code = match["unicode"] or match["hex"] or match["percent"]
    if code is not None:
        return chr(int(code, 16)).lower()
    return match["escaped"] or match["only"] or " "
