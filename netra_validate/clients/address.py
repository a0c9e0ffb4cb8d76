"""Addresses of WebSocket endpoints: read strictly, and shown without what may be secret."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from netra_validate.clients.errors import ClientError
from netra_validate.scrub import REDACTED

_SCHEMES: Final = {"ws", "wss"}

_MEANT: Final = {"http": "ws", "https": "wss"}
"""The scheme that a person meant who wrote this one (RFC 6455, section 3)."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a WebSocket endpoint is."""

    url: str = field(repr=False)
    """Whole, with whatever secret its query carries. Never shown."""
    host: str
    port: int
    """The one that is connected to, said or not."""
    secure: bool
    shown: str
    """Without user, password and the values of the query."""

    @property
    def is_loopback(self) -> bool:
        """True for this machine itself."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def read(url: str) -> Address:
    """The address that ``url`` gives.

    Raises:
        ClientError: it is none; the message says what is wrong, without the query.
    """
    try:
        parts = urlsplit(url)
        port_fits = parts.port != 0
        host = parts.hostname or ""
        host.encode("idna")
    except ValueError as error:  # UnicodeError, which idna raises, is one
        raise ClientError(f"{_shown_anyhow(url)} is no WebSocket address", hint=_FORM) from error
    shown = show(parts)
    if parts.scheme not in _SCHEMES:
        raise ClientError(f"{shown} is no WebSocket address", hint=_meant(parts))
    if not host or not port_fits:
        raise ClientError(f"{shown} names no {'host' if port_fits else 'port'}", hint=_FORM)
    if parts.fragment or any(char.isspace() or not char.isprintable() for char in url):
        raise ClientError(f"{shown} holds a fragment or white space", hint=_FORM)
    secure = parts.scheme == "wss"
    return Address(url, host, parts.port or (443 if secure else 80), secure, shown)


def show(parts: SplitResult) -> str:
    """An address for people: a ticket may travel in any value of the query."""
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(_without_value(pair) for pair in parts.query.split("&") if pair)
    return f"{parts.scheme}://{host}{parts.path}" + (f"?{query}" if query else "")


_FORM: Final = "expected wss://host/path"


def _without_value(pair: str) -> str:
    key, equals, _ = pair.partition("=")
    return f"{key}={REDACTED}" if equals else REDACTED


def _meant(parts: SplitResult) -> str:
    meant = _MEANT.get(parts.scheme)
    return f"did you mean {show(parts._replace(scheme=meant))} ?" if meant else _FORM


def _shown_anyhow(url: str) -> str:
    """The part of an address that cannot be read which holds no query and no user."""
    return url.partition("?")[0].rpartition("@")[2][:200]
