"""Which texts are addresses on the web that a report may link to. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from netra_validate.terminal import printable

LONGEST: Final = 600
"""Characters of an address: as of a sentence."""


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
