"""Where a login leads: the authorization request of RFC 6749, section 4.1.1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from netra_validate import RateLimited

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpResponse

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TOO_MANY: Final = 429
_MOST_FIELDS: Final = 50


@dataclass(frozen=True, slots=True)
class Led:
    """What a login answers."""

    says: str
    provider: str | None = None
    """The host that it leads to."""
    redirect: str | None = None
    """Where the provider is to send the browser back to."""


def read(response: HttpResponse) -> Led:
    """What a login's answer means.

    Raises:
        RateLimited: nothing follows from it.
    """
    if response.status == _TOO_MANY:
        raise RateLimited(f"{response.url} limits our requests", attempts=response.attempts)
    if response.status not in _REDIRECTS:
        return Led(f"{response.status}, expected a redirect to the provider")
    try:
        parts = urlsplit(response.headers.get("location", ""))
        fields = parse_qs(parts.query, max_num_fields=_MOST_FIELDS)
        host = parts.hostname
    except ValueError:
        return Led(f"{response.status} to what is no address")
    unfollowed = _unfollowed(response.headers.get("location", ""), parts.scheme)
    if unfollowed is not None:
        return Led(f"{response.status} {unfollowed}")
    redirect = fields.get("redirect_uri")
    if not redirect:
        return Led(f"{response.status} to {host or 'itself'} without a redirect_uri", host)
    return Led(str(response.status), host, redirect[0])


def _unfollowed(location: str, scheme: str) -> str | None:
    """Why a browser goes nowhere (RFC 9110, section 10.2.2); None where it does."""
    if not location:
        return "without a Location"
    if scheme not in {"", "http", "https"}:
        return f"to a {scheme[:20]}: address, which leads to no provider"
    return None
