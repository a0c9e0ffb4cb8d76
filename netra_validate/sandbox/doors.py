"""The hosts' side of TLS, with certificates of an authority made for this sandbox alone."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import trustme
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from netra_validate.sandbox.edge import Edge, Presented

NAMES: Final = ("localhost", "127.0.0.1", "::1")
OTHER_NAME: Final = "staging.netra.example"
"""What a certificate for another host is for."""

_DAY: Final = timedelta(days=1)
_LIFE: Final = {
    # From when to when, in days from now.
    Presented.EXPIRED: (-90, -1),
    Presented.EXPIRING: (-70, 20),
    Presented.ENDING: (-87, 3),
    Presented.NOT_YET_VALID: (2, 92),
}


class Doors:
    """One context for each host. What a host presents can be replaced while it is served."""

    def __init__(self, ca_file: Path, hosts: Iterable[str]) -> None:
        self._authority = trustme.CA(organization_name="netra-validate sandbox")
        self._authority.cert_pem.write_to_path(str(ca_file))
        self._good = self._authority.issue_cert(*NAMES)
        self.contexts = {host: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for host in hosts}

    def become(self, edge: Edge) -> None:
        """From now on the hosts present this; connections under way go on as they began."""
        for host, context in self.contexts.items():
            self._present(context, edge.presented.get(host, Presented.GOOD))

    def _present(self, context: ssl.SSLContext, what: Presented) -> None:
        _offer(context, old=what is Presented.OLD_TLS)
        if what is Presented.SELF_SIGNED:
            _sign_itself(context)
        elif what is not Presented.NONE:
            self._issued(what).configure_cert(context)

    def _issued(self, what: Presented) -> trustme.LeafCert:
        now = datetime.now(UTC)
        match what:
            case Presented.WRONG_NAME:
                return self._authority.issue_cert(OTHER_NAME)
            case Presented.UNTRUSTED:
                other = trustme.CA(organization_name="an authority that nobody was told of")
                return other.issue_cert(*NAMES)
            case _ if what in _LIFE:
                begins, ends = (now + days * _DAY for days in _LIFE[what])
                # An hour more: the days that are left are counted in whole ones.
                ends += timedelta(hours=1)
                return self._authority.issue_cert(*NAMES, not_before=begins, not_after=ends)
        return self._good


def _offer(context: ssl.SSLContext, *, old: bool) -> None:
    """TLS 1.2 and later, or nothing but 1.1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is what it is for
        if old:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
            return
        context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
        context.minimum_version = ssl.TLSVersion.TLSv1_2


def _sign_itself(context: ssl.SSLContext) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 90 * _DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAMES[0])]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with TemporaryDirectory() as folder:  # OpenSSL reads it from a file alone
        both = Path(folder, "both.pem")
        both.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(both)


class Plain:
    """What listens for http: it redirects to https of the same host, or answers."""

    def __init__(self) -> None:
        self.redirects = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            return
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if not self.redirects:
            return PlainTextResponse("over plain http")
        return RedirectResponse(f"https://{request.url.hostname}{request.url.path}", 301)
