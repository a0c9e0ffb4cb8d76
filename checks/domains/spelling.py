r"""The spellings of one address: as a browser, a regular expression or a JSON parser reads it.

``https%3A%2F%2Fa%2Eexample``, ``https:\/\/a.example``, ``a\.example``, ``a[.]example``,
``a&#46;example`` and ``a\56example`` all name ``a.example``. Text is brought to its plain form
once, with a way back to where everything stood.

Not followed: CSS escapes (``\2e``), letters in octal, raw tabs and line ends inside an address
(browsers drop them in attributes, but in most texts they part two words), and names that a program
puts together.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from typing import Final

STOP: Final = "\N{IDEOGRAPHIC FULL STOP}"
"""Ends sentences, and parts labels of a host for a browser (UTS 46): its place tells which."""

_SPELLED: Final = r"""
      (?:\x1b|\\x1b|\\033|\\e|\\u001b)\[[0-9;]*m  # a colour of the terminal, raw or spelled out
    # Dropped from hosts (UTS 46): the soft hyphen, and spaces and joiners without width.
    | (?P<nothing>[\xad\u200b\u2060\ufeff]
        | \\+u(?:00ad|200b|2060|feff)
        | &(?:amp;)*(?:shy|\#173|\#8203|\#8288|\#x0*(?:ad|200b|2060|feff));
        | %(?:25)*c2%(?:25)*ad | %(?:25)*e2%(?:25)*80%(?:25)*8b)
    # The other full stops that part labels (UTS 46). Spelled out they end no sentence.
    | (?P<dot>\\+u(?:3002|ff0e|ff61)
        | &(?:amp;)*(?:period|\#12290|\#65294|\#65377|\#x0*(?:3002|ff0e|ff61));
        | %(?:25)*e3%(?:25)*80%(?:25)*82 | %(?:25)*ef%(?:25)*(?:bc%(?:25)*8e|bd%(?:25)*a1))
    | (?P<stop>[\uff0e\uff61])
    | (?P<wide>[\uff0d\uff0f-\uff1a\uff20\uff3f\uff41-\uff5a])  # fullwidth letters and signs
    | \\+u(?:0{6}|00)(?P<unicode>[2-7][0-9a-f])   # JSON, JavaScript, Python
    | \\+u\{0*(?P<braced>[2-7][0-9a-f])\}
    | \\+x(?P<hex>[2-7][0-9a-f])
    | \\+0?(?P<octal>5[5-7]|72)(?![0-7])          # - . / : in C, shells and JavaScript
    | %(?:25)*(?P<percent>[2-7][0-9a-f])          # RFC 3986, section 2.1, also more than once
    | &(?:amp;)*\#x0*(?P<entity>[2-7][0-9a-f])(?:;|(?![0-9a-f]))  # HTML, XML
    | &(?:amp;)*\#0*(?P<decimal>3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-6])(?:;|(?![0-9]))
    | &(?:amp;)*(?P<named>sol|colon|commat|lowbar);
    | \\+(?P<escaped>[!-/:-@\[^-`{-~])            # an escaped sign: regular expressions, Markdown
    | \[(?P<only>\.)\]                            # a class of one sign
"""

INSIDE: Final = ("\\", "%", "&", "\xad", "\u200b", "\u2060", "\ufeff")
"""How a letter can begin that is spelled otherwise, and what is dropped between two."""

DOTS: Final = (".", "[", STOP, "\uff0e", "\uff61", *INSIDE)
"""How a dot can begin."""

_HINTS: Final = ("\\", "%", "&", "[.]", "\x1b")
"""One of these stands in every ASCII text that is not plain."""

_RADIX: Final = {
    "unicode": 16, "braced": 16, "hex": 16, "percent": 16, "entity": 16, "octal": 8, "decimal": 10
}  # fmt: skip

_FIXED: Final = {"colour": " ", "nothing": "", "dot": ".", "stop": STOP}

_NAMED: Final = {"sol": "/", "colon": ":", "commat": "@", "lowbar": "_"}

_FULLWIDTH: Final = 0xFEE0
"""How far the fullwidth forms are from those of ASCII (Unicode block FF00)."""


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
    if text.isascii() and not any(hint in text for hint in _HINTS):
        return Plain(text)
    pieces: list[str] = []
    ends: list[int] = []
    shifts: list[int] = []
    length = last = 0
    for match in _spelled().finditer(text):
        sign = _sign(match)
        pieces += (text[last : match.start()], sign)
        length += match.start() - last + len(sign)
        last = match.end()
        ends.append(length)
        shifts.append(last - length)
    pieces.append(text[last:])
    return Plain("".join(pieces), tuple(ends), tuple(shifts))


@cache
def _spelled() -> re.Pattern[str]:
    """Compiled where a text asks for it: that takes as long as importing this package."""
    return re.compile(_SPELLED, re.VERBOSE)


def _sign(match: re.Match[str]) -> str:
    """What a spelling stands for."""
    kind = match.lastgroup or "colour"
    if kind in _FIXED:
        return _FIXED[kind]
    found = match[kind]
    if kind in _RADIX:
        return chr(int(found, _RADIX[kind])).lower()
    if kind == "wide":
        return chr(ord(found) - _FULLWIDTH)
    return _NAMED.get(found, found)
