"""The origins to ask for: those that may, and those that must not."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from checks.cors.options import CorsOptions
from netra_validate import Domains

NULL = "null"
"""What sandboxed frames, local files and some redirects send (RFC 6454, section 7.1)."""


def allowed(options: CorsOptions, domains: Domains) -> tuple[str, ...]:
    """All origins whose pages may ask, each once, as browsers spell them."""
    given = options.origins or tuple(f"https://{host}" for host in domains.canonical)
    return tuple(dict.fromkeys(map(_spelt, given)))


def refused(options: CorsOptions, ours: Iterable[str]) -> tuple[str, ...]:
    """Origins that must not be let in: foreign ones, ``null``, and look-alikes of one of ours."""
    known = tuple(ours)
    found = [*map(_spelt, options.foreign), NULL, *_look_alikes(known[0])]
    return tuple(origin for origin in dict.fromkeys(found) if origin not in known)


def _spelt(origin: str) -> str:
    return origin.rstrip("/").lower()


def _look_alikes(origin: str) -> Iterable[str]:
    """What passes for ``origin`` where only a part of it is compared.

    The names end in ``.example`` or in ours, so none of them is anybody's (RFC 2606, section 3).
    """
    parts = urlsplit(origin)
    host = parts.hostname or ""
    yield f"{origin}.attacker.example"
    yield f"{parts.scheme}://attacker{host}"
    if parts.scheme == "https":
        yield f"http://{host}"
    yield f"{parts.scheme}://{host}:8443"
