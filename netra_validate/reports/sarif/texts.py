"""Text for SARIF: bounded, free of what a reader of the document would obey, and clean for JSON.

Whatever a message string holds may be a placeholder (section 3.11.5) or a link (3.11.6), and in its
Markdown form anything that Markdown has. Texts of a report are none of these.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate.markdown_text import code, fenced, inline
from netra_validate.terminal import printable

Table = dict[str, object]
"""A JSON object."""

LONGEST: Final = 1_000
"""Characters of one paragraph. GitHub shows 1,024 of a rule's description."""

_LABEL: Final = 255
"""Characters of a name or id: what GitHub takes for the name of a rule."""

_MOST_ENTRIES: Final = 50
"""Of one list or table in the properties, as in evidence when it is built."""

_DEEPEST: Final = 6
"""Tables in tables in the properties."""

_MOST_BITS: Final = 63
"""Of a whole number that every reader has room for."""

_LINK: Final = re.compile(r"\](?=\()")

_ADDRESS: Final = re.compile(r"https://[\w.-]+(?:/[\w./~%?=&#+-]*)?", re.ASCII)
"""The address of a page, without anything that Markdown would see."""

_SPAN: Final = re.compile(r"(``.+?``|`[^`]+`)")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a message, in both of its forms, as a reader sees it."""

    plain: str
    markdown: str


def paragraph(text: str, *, lead: str = "", limit: int = LONGEST) -> Paragraph:
    """A sentence or more of somebody's text, after a word or two of ours.

    Backquotes mark what is to be read letter by letter.
    """
    shown = bounded(text, limit)
    return Paragraph(unlinked(f"{lead}{shown}"), f"{lead}{_marked(shown)}")


def command(line: str, *, lead: str) -> Paragraph:
    """A line to paste into a shell, whole, after a word or two of ours."""
    shown = printable(line, unicode=True)
    return Paragraph(unlinked(f"{lead} {shown}"), f"{lead}\n\n{fenced(shown, 'sh')}".rstrip())


def example(lines: Iterable[str]) -> Paragraph:
    """Something to read letter by letter."""
    shown = [bounded(line) for line in lines]
    return Paragraph(unlinked("\n".join(shown)), fenced("\n".join(shown)).rstrip())


def link(uri: str, *, lead: str) -> Paragraph:
    """The address of a page, which can be followed where it is one beyond doubt."""
    shown = bounded(uri)
    if _ADDRESS.fullmatch(shown):
        return Paragraph(f"{lead}{shown}", f"{lead}<{shown}>")
    return paragraph(shown, lead=lead)


def message(paragraphs: Iterable[Paragraph]) -> Table:
    """A message object (3.11), or a multiformatMessageString (3.12), which looks the same."""
    parts = tuple(paragraphs)
    return {
        "text": literal("\n\n".join(part.plain for part in parts)),
        "markdown": literal("\n\n".join(part.markdown for part in parts)),
    }


def plain_message(text: str) -> Table:
    """A message without markup."""
    return {"text": literal(unlinked(bounded(text)))}


def sentence(text: str) -> str:
    """``text`` with a full stop: where there is little room, GitHub shows the first sentence."""
    shown = bounded(text)
    return shown if shown.endswith((".", "!", "?", "…")) or not shown else f"{shown}."


def bounded(text: str, limit: int = LONGEST) -> str:
    """``text`` as one line of at most ``limit`` characters, nothing in it but what is seen."""
    is_long = len(text) > limit
    shown = printable(text[:limit], unicode=True).strip()
    return f"{shown[: limit - 1]}…" if is_long else shown


def label(text: str) -> str:
    """A name or an id."""
    return bounded(text, _LABEL)


def literal(text: str) -> str:
    """``text`` without placeholders: ``{0}`` would be replaced, ``{{0}}`` is read as ``{0}``."""
    return text.replace("{", "{{").replace("}", "}}")


def unlinked(text: str) -> str:
    """``text`` without links: ``[text](target)`` is one, and there is no way to escape it.

    A backslash counts in the text of a link only, so that the two halves are parted.
    """
    return _LINK.sub("] ", text)


def facts(table: Mapping[str, object], depth: int = 0) -> Table:
    """Facts in the order of their names, bounded, and nothing in them that JSON does not have."""
    entries = sorted(table.items(), key=lambda entry: str(entry[0]))[:_MOST_ENTRIES]
    return {label(str(key)): _fact(value, depth + 1) for key, value in entries}


def _fact(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and value.bit_length() <= _MOST_BITS:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return facts(value, depth)
    if isinstance(value, list | tuple):
        return [_fact(entry, depth + 1) for entry in value[:_MOST_ENTRIES]]
    return bounded(_spelled(value))


def _spelled(value: object) -> str:
    try:
        return str(value)
    except ValueError:
        # More digits than Python writes out (sys.set_int_max_str_digits).
        return "a number too long to show"


def words(texts: Sequence[str]) -> list[str]:
    """Words of a command, whole."""
    return [printable(text, unicode=True) for text in texts]


def labels(texts: Iterable[str]) -> list[str]:
    """Names or ids, sorted."""
    return [label(text) for text in sorted(texts)[:_MOST_ENTRIES]]


def _marked(text: str) -> str:
    """Prose in Markdown, with spans of code in it."""
    made = ""
    for number, piece in enumerate(_SPAN.split(text)):
        if number % 2:
            # Next to each other two spans would be one, and the first of them would be open.
            apart = " " if made.endswith("`") else ""
            made += apart + code(piece.strip("`"))
        else:
            made += _prose(piece)
    return made


def _prose(text: str) -> str:
    """Text without spans of code, with the spaces that part it from these."""
    before = " " if text[:1].isspace() and text.strip() else ""
    after = " " if text[-1:].isspace() else ""
    # A message holds no HTML (3.11.4.2), not even what keeps a dollar from starting a formula.
    return before + inline(text).replace("<span>$</span>", "\\$") + after
