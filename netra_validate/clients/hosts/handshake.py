"""One connection to one address, and the TLS handshake on it."""

from __future__ import annotations

import asyncio
import errno
import ssl
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from netra_validate.clients import tls
from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import Phase
from netra_validate.clients.hosts.certificates import Certificate, from_der, from_peer
from netra_validate.clients.retrying import Again

_CONNECT_S: Final = 8.0
"""Seconds for connection and handshake: a lost SYN is sent again after one and after three."""

_NOT_FROM_HERE: Final = frozenset({
    errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT,
})  # fmt: skip
"""This machine has no way to addresses of that kind: it says nothing about the host."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where to knock."""

    name: str
    port: int
    address: str
    trust: ssl.SSLContext | None
    """None for a connection without TLS."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What became of one handshake."""

    address: str
    phase: Phase | None = None
    """Where it ended, if it was no success."""
    why: str | None = None
    """Why, as the end of a sentence."""
    reason: str | None = None
    """OpenSSL's own word for it."""
    code: int | None = None
    """X509_V_ERR_* of the certificate's verification."""
    version: str | None = None
    """``TLSv1.3``, where the handshake was completed; an old one where only that could be."""
    certificate: Certificate | None = None
    """The one that was presented, trusted or not, where it could be read."""
    from_here: bool = True
    """False where this machine has no way to such an address."""

    @property
    def is_trusted(self) -> bool:
        """Whether a client would go on."""
        return self.phase is None

    @property
    def is_connected(self) -> bool:
        """Whether something took the connection."""
        return self.phase in {None, "TLS"}

    @property
    def may_pass(self) -> Again | None:
        """Whether trying again can help."""
        return Again() if self.phase == "connection" and self.from_here else None


async def knock(door: Door, budget: Budget) -> Handshake:
    """One attempt. Whatever goes wrong is the answer."""
    limit_s = budget.allow(_CONNECT_S)
    progress = _Progress()
    try:
        async with asyncio.timeout(limit_s):
            return await _attempt(door, progress)
    except TimeoutError:
        what = "completes no TLS handshake" if progress.connected else "accepts no connection"
        return Handshake(door.address, progress.phase, f"it {what} within {limit_s:.3g} s")
    except ssl.SSLCertVerificationError as error:
        return Handshake(
            door.address,
            "TLS",
            tls.explain(error),
            reason=error.reason,
            code=error.verify_code,
            certificate=await _presented(door, budget.allow(_CONNECT_S)),
        )
    except OSError as error:
        old = await _old(door, limit_s) if progress.connected and door.trust else None
        return Handshake(
            door.address,
            progress.phase,
            "the server offers only old versions of TLS" if old else tls.explain(error),
            version=old,
            reason=getattr(error, "reason", None),
            from_here=progress.connected or error.errno not in _NOT_FROM_HERE,
        )


@dataclass(slots=True)
class _Progress:
    connected: bool = False

    @property
    def phase(self) -> Phase:
        return "TLS" if self.connected else "connection"


async def _attempt(door: Door, progress: _Progress) -> Handshake:
    if door.trust is None:
        await _shake(door, None, progress)
        return Handshake(door.address)
    session = await _shake(door, door.trust, progress)
    der, told = session.getpeercert(binary_form=True), session.getpeercert()
    return Handshake(
        door.address, version=session.version(), certificate=from_peer(der or b"", told or {})
    )


async def _shake(door: Door, trust: ssl.SSLContext | None, progress: _Progress) -> Any:  # noqa: ANN401 - an SSL object, or None
    """Connect, shake hands, hang up; gives what the handshake came to."""
    _, writer = await asyncio.open_connection(door.address, door.port)
    progress.connected = True
    try:
        if trust is None:
            return None
        await writer.start_tls(trust, server_hostname=door.name)
        return writer.get_extra_info("ssl_object")
    finally:
        writer.transport.abort()


async def _old(door: Door, limit_s: float) -> str | None:
    """The version before TLS 1.2 that a handshake can be completed in.

    Only asked where it could not be in a newer one: some servers hang up then instead of saying so.
    """
    old = _anyone()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # nobody is to use them: hence the rule
        try:
            old.set_ciphers("ALL:@SECLEVEL=0")
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        except (ssl.SSLError, ValueError):  # an OpenSSL without them
            return None
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(limit_s):
            version: str | None = (await _shake(door, old, _Progress())).version()
            return version
    return None


def _anyone() -> ssl.SSLContext:
    """A context that accepts whoever answers: nothing is sent to them."""
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE
    return anyone


async def _presented(door: Door, limit_s: float) -> Certificate | None:
    """The certificate that was not accepted, fetched to be read."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(limit_s):
            session = await _shake(door, _anyone(), _Progress())
        return from_der(session.getpeercert(binary_form=True) or b"")
    return None
