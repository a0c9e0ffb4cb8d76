"""What a certificate says of itself. Pure."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate, as far as it can be read."""

    fingerprint: str
    """SHA-256 of its DER form, in hexadecimal digits."""
    names: tuple[str, ...] = ()
    """The subject alternative names: hosts, patterns and addresses. Clients look at nothing else
    (RFC 9525, section 2)."""
    issuer: str = ""
    """Who signed it, by common name or organisation."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    self_signed: bool = False

    def covers(self, host: str) -> bool:
        """Whether it is for this host."""
        return covers(self.names, host)


def covers(names: Iterable[str], host: str) -> bool:
    """Whether one of a certificate's names matches (RFC 9525, section 6.3).

    A ``*`` stands for the whole left-most label and for one label alone: ``*.example.com`` covers
    neither ``example.com`` nor ``a.b.example.com``.
    """
    wanted = _plain(host)
    if (address := _address(wanted)) is not None:
        return any(_address(name) == address for name in names)
    return any(_matches(_plain(name), wanted) for name in names)


def _matches(pattern: str, host: str) -> bool:
    if not pattern.startswith("*."):
        return pattern == host
    label, dot, rest = host.partition(".")
    return bool(label and dot) and pattern[2:] == rest


def _plain(name: str) -> str:
    """In small letters and as it travels: A-labels for names of other alphabets (RFC 5890)."""
    lowered = name.lower().rstrip(".")
    if lowered.isascii():
        return lowered
    try:
        return lowered.encode("idna").decode("ascii")
    except UnicodeError:
        return lowered


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def from_peer(der: bytes, told: Mapping[str, Any]) -> Certificate:
    """The certificate of a trusted handshake, from ``ssl.SSLObject.getpeercert``."""
    return Certificate(
        fingerprint=hashlib.sha256(der).hexdigest(),
        names=tuple(value for kind, value in told.get("subjectAltName", ()) if kind in _KINDS),
        issuer=_issuer(told.get("issuer", ())),
        not_before=_moment(told.get("notBefore")),
        not_after=_moment(told.get("notAfter")),
        self_signed=told.get("issuer") == told.get("subject"),
    )


_KINDS = ("DNS", "IP Address")


def _issuer(parts: Iterable[Iterable[tuple[str, str]]]) -> str:
    named = {key: value for part in parts for key, value in part}
    return named.get("commonName") or named.get("organizationName") or ""


def _moment(told: str | None) -> datetime | None:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(told), UTC) if told else None


def from_der(der: bytes) -> Certificate | None:
    """The certificate of a handshake that was not trusted; None where it cannot be read.

    The standard library reads certificates that it trusts and no others.
    """
    from cryptography import x509

    try:
        read = x509.load_der_x509_certificate(der)
        return Certificate(
            fingerprint=hashlib.sha256(der).hexdigest(),
            names=_names(read),
            issuer=_issuer_of(read),
            not_before=read.not_valid_before_utc,
            not_after=read.not_valid_after_utc,
            self_signed=read.issuer == read.subject,
        )
    except (ValueError, x509.InvalidVersion, x509.UnsupportedGeneralNameType):
        return None


def _names(read: Any) -> tuple[str, ...]:  # noqa: ANN401 - loaded when needed
    from cryptography import x509

    try:
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        return ()
    hosts = found.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(each) for each in found.get_values_for_type(x509.IPAddress)))


def _issuer_of(read: Any) -> str:  # noqa: ANN401 - loaded when needed
    from cryptography.x509.oid import NameOID

    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in read.issuer.get_attributes_for_oid(oid):
            return str(attribute.value)
    return ""
