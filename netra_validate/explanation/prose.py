"""Plain text laid out for a width: columns, paragraphs, lists and examples. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_BULLET: Final = re.compile(r"([-*]|\d+[.)]) ")


_TO_MEND: Final = "To mend: "
"""How the last part of a rule's help begins: what to do about it."""


def parted(text: str) -> tuple[str, str]:
    """What a rule's help says that it means, and how to mend it; nothing where it does not say."""
    means, _, mending = text.partition(_TO_MEND)
    return means.rstrip(), f"{mending[:1].upper()}{mending[1:]}"


def columns(pairs: Sequence[tuple[str, str]], width: int, indent: str = "  ") -> Iterator[str]:
    """Names on the left, what belongs to them on the right, or below where it is too narrow."""
    widest = max((len(name) for name, _ in pairs), default=0) + 2
    if len(indent) + widest > width // 2:
        for name, text in pairs:
            yield f"{indent}{name}"
            yield from wrapped(text, width, f"{indent}    ")
        return
    for name, text in pairs:
        hanging = " " * (len(indent) + widest)
        yield from wrapped(text, width, hanging, first=f"{indent}{name:<{widest}}")


def paragraphs(text: str, width: int) -> Iterator[str]:
    """Paragraphs and lists wrapped; what is indented, such as an example, as it stands."""
    for number, block in enumerate(re.split(r"\n\s*\n", text)):
        if number:
            yield ""
        for paragraph in _joined(block.splitlines()):
            if paragraph.startswith(" "):
                yield _unquoted(paragraph)
            elif bullet := _BULLET.match(paragraph):
                yield from wrapped(paragraph, width, " " * len(bullet[0]), first="")
            else:
                yield from wrapped(paragraph, width)


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Lines that belong together joined: those of a sentence, and those of an entry of a list."""
    waiting = ""
    for line in lines:
        continued = bool(_BULLET.match(waiting)) if line.startswith(" ") else bool(waiting)
        if continued and not _BULLET.match(line):
            waiting = f"{waiting} {line.strip()}"
            continue
        if waiting:
            yield waiting
        waiting = line
        if line.startswith(" "):
            yield line
            waiting = ""
    if waiting:
        yield waiting


def wrapped(text: str, width: int, indent: str = "", first: str | None = None) -> list[str]:
    """One paragraph in lines: what stands before the first one and what before the others.

    A word that is too long (an address, a key) stays whole, so that it can be copied.
    """
    return textwrap.wrap(
        _unquoted(text),
        width,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _unquoted(text: str) -> str:
    """Without the double quotes of reStructuredText: ``x`` is `x` on a terminal."""
    return text.replace("``", "`")
