"""Addresses, refused with a sentence before any library can raise its own error over them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

import httpx

from netra_validate.clients.errors import ClientError

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
"""One part of a host name (RFC 1123, section 2.1), with the underscore that private names have."""

_MAX_NAME: Final = 253
"""Characters of a whole host name (RFC 1035, section 2.3.4, less the length octets)."""

_MAX_PORT: Final = 65535

_MAX_URL: Final = 8000
"""RFC 9110, section 4.1, asks that at least this much be understood; more is a mistake."""


@dataclass(frozen=True, slots=True)
class Address:
    """An http or https address that can be asked."""

    url: httpx.URL
    host: str
    """In lower case, internationalised names in their ASCII form."""

    @property
    def name(self) -> str:
        """What to call the other side in a sentence: the host, with the port where one is given."""
        bracketed = f"[{self.host}]" if ":" in self.host else self.host
        return bracketed if self.url.port is None else f"{bracketed}:{self.url.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port (RFC 6454)."""
        return f"{self.url.scheme}://{self.name}"

    @property
    def port(self) -> int:
        """The port that is connected to, said or not."""
        return self.url.port or (443 if self.url.scheme == "https" else 80)

    @property
    def is_loopback(self) -> bool:
        """Whether what is sent there stays on this machine."""
        name = self.host.removesuffix(".")
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read along: TLS, or this machine."""
        return self.url.scheme == "https" or self.is_loopback


def parse(url: str) -> Address:
    """``url`` as an address.

    Raises:
        ClientError: it is none that can be asked; the message quotes it, never its password.
    """
    if len(url) > _MAX_URL:
        raise ClientError(f"the address is {len(url)} characters long, at most {_MAX_URL} work")
    if not url.isprintable() or " " in url or "\\" in url:
        raise ClientError(f"{url!r} is not an address: it has spaces, backslashes or control codes")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise ClientError(f"{url!r} is not an address: {error}") from error
    _refuse_unusable(url, parsed)
    return Address(parsed, parsed.raw_host.decode("ascii").lower())


def _refuse_unusable(url: str, parsed: httpx.URL) -> None:
    if parsed.scheme not in {"http", "https"}:
        raise ClientError(f"{url!r} is not an address that starts with http:// or https://")
    if parsed.userinfo:
        raise ClientError(f"the address of {parsed.host} has a user name in it, use a token")
    if not _is_host(parsed.raw_host.decode("ascii")):
        raise ClientError(f"{url!r} has no valid host name")
    if parsed.port is not None and not 0 < parsed.port <= _MAX_PORT:
        raise ClientError(f"{url!r} has the port {parsed.port}, expected 1 to {_MAX_PORT}")


def _is_host(host: str) -> bool:
    if ":" in host:  # httpx has checked what stands in brackets
        return True
    name = host.removesuffix(".")
    return len(name) <= _MAX_NAME and all(_LABEL.fullmatch(label) for label in name.split("."))
