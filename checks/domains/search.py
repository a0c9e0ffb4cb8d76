"""Which files may name a host: git tells it at the speed of one search, without reading any here.

git compares bytes. So a text in another encoding than UTF-8 is only found as far as it is ASCII,
and UTF-16 by the bytes that it has of the label. Files with the mark of UTF-16 or UTF-32 are always
looked at.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checks.domains.lexicon import HEAD, Anchor, Lexicon, nested
from checks.domains.spelling import DOTS, INSIDE

if TYPE_CHECKING:
    from netra_validate.clients.source import Listing, Shown, Source

_MARKED: Final = rb"^(?:\xff\xfe|\xfe\xff|\x00\x00\xfe\xff)"

_SHORT: Final = 3
"""Letters up to which a label is a word of its own, such as ``run``."""

_SNIFFED: Final = 8000
"""Bytes that tell whether a file is text, as for :meth:`Source.binary`."""


_PATIENCE_S: Final = 3.0
"""Seconds in which git searches some gigabytes."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What there is, and what is worth reading."""

    listing: Listing
    files: frozenset[str]
    """Files that may name a host; all of them where git cannot tell."""


async def candidates(source: Source, lexicon: Lexicon) -> Candidates:
    """Ask git, and where it cannot tell take every file."""
    listing, shown = await asyncio.gather(
        source.listing(), _shown(source, (*patterns(lexicon), _MARKED))
    )
    if shown is None:
        return Candidates(listing, frozenset(listing.files))
    return Candidates(listing, shown.unasked.union(*shown.matches.values()))


async def _shown(source: Source, wanted: Sequence[bytes]) -> Shown | None:
    """What git finds, in whichever way takes no longer than the files are worth.

    It is ten times as fast with some patterns as with one of many branches. But after each line
    that it shows it looks for all of them in the rest of the file, so that a large file in which
    one stands in every line and another in none takes minutes.
    """
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await source.matching(wanted, among=".")
    except TimeoutError:
        return await source.matching((b"|".join(wanted),), among=".")


def patterns(lexicon: Lexicon) -> Iterator[bytes]:
    """Perl patterns, of which one matches in every file that names a host of the lexicon."""
    for anchor in lexicon.anchors:
        for pattern in _patterns(anchor):
            yield f"(?i:{pattern})".encode("ascii")


def text_of(source: Source, path: str, lexicon: Lexicon) -> str | None:
    """The text of a file; None where it is binary, and not UTF-16 without a mark either."""
    if not source.binary(path):
        return source.text(path)
    data = source.bytes(path)
    found = _unmarked(lexicon).search(data)
    if found is None:
        return None
    # The zero before the label's second letter ends its first one, or begins the second.
    encoding = "utf-16-le" if found.start() % 2 else "utf-16-be"
    beginning = data[:_SNIFFED].decode(encoding, "replace")
    if not all(char.isprintable() or char.isspace() for char in beginning):
        return None
    return data.decode(encoding, "replace")


def _patterns(anchor: Anchor) -> Iterator[str]:
    label = _escape(anchor.label)
    if len(anchor.label) > _SHORT:
        yield label + (_either(DOTS) if anchor.rest else "")
    else:
        # Not every `run.` in a text: the rest of the domain has to follow.
        behind = _escape(anchor.rest.rpartition(".")[2])
        yield rf"{label}(?:{_escape(anchor.rest)}|{_either(DOTS[1:])}.{{0,8}}{behind})"
    if anchor.heads:
        yield nested(anchor.heads, _either(INSIDE), _escape)
    if anchor.tail:
        yield f"(?<!{_escape(anchor.label[:HEAD])}){_escape(anchor.tail)}"
    if wide := _wide(anchor):
        yield "".join(rf"\x00{_escape(sign)}" for sign in wide)


def _unmarked(lexicon: Lexicon) -> re.Pattern[bytes]:
    """The label of a domain in UTF-16 of either order."""
    wide = filter(None, map(_wide, lexicon.anchors))
    spelled = ["".join(f"\0{re.escape(sign)}" for sign in letters) for letters in wide]
    return re.compile("|".join(spelled or ["(?!)"]).encode("ascii"), re.IGNORECASE)


def _wide(anchor: Anchor) -> str:
    """What follows the first letter, which may have its zero before it or behind it.

    Empty where it is not all of ASCII; the ``xn--`` form is another anchor.
    """
    letters = anchor.label if len(anchor.label) > _SHORT else anchor.label + anchor.rest
    return letters[1:] if letters.isascii() else ""


def _either(signs: tuple[str, ...]) -> str:
    """One of some signs, those of ASCII as a class: that is faster."""
    ascii_signs = "".join(re.escape(sign) for sign in signs if sign.isascii())
    return f"(?:{'|'.join((f'[{ascii_signs}]', *(_escape(s) for s in signs if not s.isascii())))})"


def _escape(text: str) -> str:
    """Text for a pattern that sees bytes and knows upper and lower case of ASCII only."""
    return "".join(re.escape(sign) if sign.isascii() else _octets(sign) for sign in text)


def _octets(sign: str) -> str:
    cases = dict.fromkeys((sign, sign.upper()))
    spelled = ("".join(rf"\x{octet:02x}" for octet in case.encode()) for case in cases)
    return f"(?:{'|'.join(spelled)})"
