"""Which texts are addresses on the web that a report may link to. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from netra_validate.terminal import printable

LONGEST: Final = 600
"""Characters of an address: as of a sentence."""


def unglobbed(url: str) -> tuple[str, ...]:
    """The option with which ``curl`` takes an address as it is; none where it does so by itself.

    Else brackets and braces are patterns (``--globoff``, https://curl.se/docs/manpage.html#-g). An
    IPv6 address as the host is known by itself.
    """
    beyond_host = url.partition("://[")[2].partition("]")[2] if "://[" in url else url
    return ("-g",) if any(char in beyond_host for char in "[]{}") else ()


def to_follow(text: str | None) -> str | None:
    """``text`` where it is ``http`` or ``https`` with a host, on one line and not endless.

    Anything else, such as ``javascript:``, is text.
    """
    if not text or len(text) > LONGEST or text != "".join(text.split()):
        return None
    if text != printable(text, unicode=True):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in {"http", "https"} and parts.hostname else None
