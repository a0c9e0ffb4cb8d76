"""Where an API is, and whether credentials may go there.

A token is sent to a ``*.googleapis.com`` host over TLS and to no other: whoever can edit the
configuration must not be able to collect tokens. An address on this machine (the sandbox) is spoken
to without any.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from netra_validate import scrub
from netra_validate.clients.errors import ClientError

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
_GOOGLE: Final = ".googleapis.com"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One API's address."""

    host: str
    port: int
    secure: bool
    """Over TLS."""
    trusted: bool
    """Google's own host: credentials are sent."""

    @property
    def address(self) -> str:
        """``host:port``, as gRPC wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Scheme, host and port, as HTTP wants it."""
        standard = self.port == (443 if self.secure else 80)
        where = self.address.rpartition(":")[0] if standard else self.address
        return f"{'https' if self.secure else 'http'}://{where}"


def endpoint(override: str | None, usual_host: str) -> Endpoint:
    """The address to use.

    Args:
        override: what the configuration says, if anything.
        usual_host: such as ``run.googleapis.com``.

    Raises:
        ClientError: the override is neither on this machine nor ``googleapis.com`` over https.
    """
    if override is None:
        return Endpoint(usual_host, 443, secure=True, trusted=True)
    try:
        parts = urlsplit(override)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _refused(override) from None
    plain = (
        _HOST.fullmatch(host)
        and "@" not in parts.netloc
        and parts.path in {"", "/"}
        and not parts.query
        and not parts.fragment
    )
    secure = parts.scheme == "https"
    if plain and is_loopback(host) and (secure or parts.scheme == "http"):
        return Endpoint(host, port or (443 if secure else 80), secure=secure, trusted=False)
    if plain and secure and host.endswith(_GOOGLE) and port in {None, 443}:
        return Endpoint(host, 443, secure=True, trusted=True)
    raise _refused(override)


def is_loopback(host: str) -> bool:
    """Whether it is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(override: str) -> ClientError:
    return ClientError(
        f"{scrub.text(override, limit=100)} is no address for a Google API: expected an address on "
        f"this machine, or https:// and a host under {_GOOGLE[1:]}"
    )
