"""Text of strangers inside GitHub Flavored Markdown: shown as it is, obeyed never.

Text can stand in prose (:func:`inline`, cells of tables included), in a code span (:func:`code`,
and :func:`code_cell` in a table) and in a block of its own (:func:`fenced`). In prose, what stands
between two backticks is a code span, too, as in the messages of findings; names, which may have
backticks of their own, are :func:`literal`.

What a backslash takes the meaning from stands in section 6.1 of the GFM specification
(https://github.github.com/gfm/#backslash-escapes). GitHub adds markup that no backslash stops,
since it is found after the Markdown was read: ``@name``, ``#12`` and ``:tick:``
(https://github.com/github/cmark-gfm/issues/181). A character without width breaks these, as it does
for Dependabot and Renovate. A dollar sign that starts no formula is ``<span>$</span>``
(https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions).
"""

from __future__ import annotations

import re
from typing import Final

from netra_validate.terminal import printable

_WIDTHLESS: Final = "&#8203;"
"""ZERO WIDTH SPACE. Written as an entity, so that whoever reads the source sees it."""

_ESCAPES: Final = {
    **{char: f"\\{char}" for char in "\\`*_[]~|."},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "$": "<span>$</span>",
}
"""How a sign is written that shall mean nothing; the others break at a character without width."""

_SPAN: Final = re.compile(r"(?<!`)`[^`|\s](?:[^`|]*[^`|\s])?`(?!`)")
"""A code span between single backticks, which nothing but the next backtick ends: no escape, no
entity and no markup has a meaning there (https://github.github.com/gfm/#code-spans). A bar may end
the cell that it stands in, and spaces at both ends would be lost: these are no spans.
"""

_MARKED: Final = re.compile(
    r"""
    [\\`*_\[\]~|&<>$]
    # Addresses become links by themselves: the address is shown, and nothing is offered.
    | (?<=[A-Za-z0-9+.-]):(?=//) | (?i:(?<=\bwww)\.)
    # A person or a team; an address of mail.
    | @
    # An issue: #12, owner/name#12, GH-12.
    | \#(?=[0-9]) | (?i:(?<=\bGH)-)(?=[0-9])
    # An emoji: a tick in front of a failure, say. A line and a column are none.
    | :(?=[0-9]*[A-Za-z_+-][\w+-]*:)
    # What closes a heading; at the beginning it is escaped already.
    | (?<=.)\#(?=\#*$)
    """,
    re.VERBOSE,
)

_MARKED_OR_SPAN: Final = re.compile(f"{_SPAN.pattern}|{_MARKED.pattern}", re.VERBOSE)

_START: Final = re.compile(r"[#+=:-]|(?<=[0-9])[.)]")
"""What means something at the beginning of a line: a heading, a list, a rule, a table."""

_NUMBER: Final = re.compile(r"[0-9]*")


def inline(text: str) -> str:
    """``text`` as prose, in one line, wherever in a paragraph, a list item or a heading.

    What it has between single backticks is code; a backtick without a partner is shown.
    """
    return _written(text, _MARKED_OR_SPAN)


def literal(text: str) -> str:
    """``text`` as :func:`inline`, and every backtick is shown."""
    return _written(text, _MARKED)


def _written(text: str, marked: re.Pattern[str]) -> str:
    shown = " ".join(printable(text, unicode=True).split())
    number = _NUMBER.match(shown)
    start = number.end() if number else 0
    opening = "\\" if _START.match(shown, start) else ""
    return shown[:start] + opening + marked.sub(_escaped, shown[start:])


def code(text: str) -> str:
    """``text`` as a code span: letter by letter, and nothing in it is a mention.

    An empty text gives nothing, since there is no empty code span.
    """
    shown = printable(text, unicode=True)
    if not shown.strip():
        return ""
    fence = "`" * (_longest_run(shown) + 1)
    # A span that begins with a backtick, or with and ends in a space, loses a space on each side.
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def code_cell(text: str) -> str:
    """``text`` as a code span in a cell: there a bar ends the cell, in code too, if not escaped."""
    return code(text).replace("|", "\\|")


def fenced(text: str, language: str = "") -> str:
    """``text`` as a block of its own, its lines kept, with a line end after it.

    Args:
        text: any lines.
        language: what colours it: ``sh``, ``diff``. Not the text of a stranger.
    """
    lines = [printable(line, unicode=True) for line in re.split(r"\r\n|\r|\n", text)]
    fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    return "\n".join((f"{fence}{language}", *lines, fence, ""))


def _escaped(match: re.Match[str]) -> str:
    found = match.group()
    if len(found) > 1:  # a code span
        return found
    rest = match.string[match.end() : match.end() + 2]
    if (found == ":" and rest.startswith("//")) or (found == "#" and not rest[:1].isdecimal()):
        return f"\\{found}"
    return _ESCAPES.get(found, f"{found}{_WIDTHLESS}")


def _longest_run(text: str) -> int:
    """How many backticks stand in a row at most."""
    return max(map(len, re.findall("`+", text)), default=0)
