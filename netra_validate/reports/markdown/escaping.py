"""Text of strangers on the sheet: :mod:`netra_validate.markdown_text`, with bounds. Pure."""

from __future__ import annotations

from html import escape
from typing import Final

from netra_validate import markdown_text
from netra_validate.model import Command
from netra_validate.shell import quoted
from netra_validate.terminal import printable
from netra_validate.web_addresses import to_follow

_LONGEST_TEXT: Final = 600
"""Characters of one text: a bit more than a scrubbed one has."""

_LONGEST_COMMAND: Final = 4_000
"""Characters of one command."""


def prose(raw: str) -> str:
    """A sentence, with code between backticks, in a paragraph, a list item or a cell."""
    return markdown_text.inline(_cut(raw))


def name(raw: str) -> str:
    """A name or a fact, letter by letter, where a sentence may stand."""
    return markdown_text.literal(_cut(raw))


def code(raw: str) -> str:
    """An id or a path in the typeface of code, in cells of tables too.

    Nothing in it is a mention, and one that has backticks is shown as a name is.
    """
    shown = printable(_cut(raw), unicode=True)
    # A span in a cell needs its bars escaped, and one outside must not have them so.
    return name(raw) if "|" in shown or "`" in shown else markdown_text.code(shown)


def title(raw: str) -> str:
    """``raw`` inside of ``<summary>``, which is HTML and no Markdown."""
    # GitHub looks for mentions there, too.
    return f"<code>{escape(' '.join(printable(_cut(raw), unicode=True).split()))}</code>"


def link(raw: str) -> str:
    """A web address that can be followed; anything else as :func:`name`."""
    address = to_follow(raw)
    return name(raw) if address is None else f'<a href="{escape(address)}">{name(address)}</a>'


def commands(found: list[Command | tuple[str, ...]]) -> str:
    """Commands as a block to copy from, for a POSIX shell."""
    lines = (quoted(each.argv if isinstance(each, Command) else each) for each in found)
    # Half a command must not be pasted.
    told = [line if len(line) <= _LONGEST_COMMAND else "# too long, see -o json" for line in lines]
    return markdown_text.fenced("\n".join(told), "sh").rstrip("\n")


def _cut(raw: str) -> str:
    return raw if len(raw) <= _LONGEST_TEXT else f"{raw[: _LONGEST_TEXT - 1]}…"
