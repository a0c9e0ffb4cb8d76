"""What a Cloud SQL connector meets on an instance: its own proxy, which takes certificates.

An instance listens on port 3307 for TLS 1.3 and lets in who has a certificate that the instance's
authority signed an hour ago at most (``connect.generateEphemeralCert`` of the Admin API). A
certificate that was asked for with an access token carries it, and signs an IAM user in without a
password. https://cloud.google.com/sql/docs/postgres/connect-connectors and
https://cloud.google.com/sql/docs/postgres/iam-authentication

Connectors go to that port and to no other, so each proxy takes an address of its own of 127.0.0.0/8
where the system lets it.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import struct
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from netra_validate.sandbox.database import DatabaseState
from netra_validate.sandbox.names import REGION
from netra_validate.sandbox.postgres_door import let_in

PORT: Final = 3307
"""Of every instance's proxy; connectors know no other."""

_HOUR: Final = timedelta(hours=1)
"""How long a certificate is good for."""

_TRIES: Final = 5
"""Addresses to try before the one that every system has."""


class InstanceProxy:
    """The proxy of one instance, and the authority behind it. It must be closed.

    Args:
        socket: where the database itself listens.
    """

    def __init__(self, socket: Path) -> None:
        self.address: str | None = None
        """Where it is reached; None before it listens, and where nothing may listen here."""
        self._socket = socket
        self._authority = trustme.CA(organization_name="netra-validate sandbox, Cloud SQL")
        self._signer = x509.load_pem_x509_certificate(self._authority.cert_pem.bytes())
        self._key = serialization.load_pem_private_key(
            self._authority.private_key_pem.bytes(), None
        )
        self._tokens: dict[int, str] = {}
        self._context = self._presenting("good")
        self._state = DatabaseState()
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    async def become(self, state: DatabaseState) -> None:
        """Treat whoever comes from now on so."""
        if state.proxy != self._state.proxy:
            self._context = self._presenting(state.proxy)
        self._state = state
        if self._server is None:
            await self._listen()
        if state.door == "shut" and self._server is not None:
            self._server.close()
            self._server = None

    async def close(self) -> None:
        """Let nobody in any more, and cut off who is inside."""
        if self._server is not None:
            self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def connect_settings(self, version: str) -> dict[str, Any]:
        """``ConnectSettings`` of the Admin API: where it is, and whom to trust there."""
        found: list[dict[str, str]] = []
        if self.address is not None:
            kinds = ("PRIMARY", "PRIVATE")
            found = [{"type": kind, "ipAddress": self.address} for kind in kinds]
        return {
            "kind": "sql#connectSettings",
            "serverCaCert": _ssl_cert(self._authority.cert_pem.bytes().decode()),
            "ipAddresses": found,
            "region": REGION,
            "databaseVersion": version,
            "backendType": "SECOND_GEN",
        }

    def ephemeral_certificate(self, public_key: str, token: str | None) -> dict[str, Any]:
        """``GenerateEphemeralCertResponse``: a certificate for a key, good for an hour."""
        now = datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "netra-validator")])
        signed = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._signer.subject)
            .public_key(serialization.load_pem_public_key(public_key.encode()))  # type: ignore[arg-type] # any that can be in one
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _HOUR)
            .not_valid_after(now + _HOUR)
            .sign(self._key, hashes.SHA256())  # type: ignore[arg-type] # an authority's signs
        )
        if token:
            self._tokens[signed.serial_number] = token
        pem = signed.public_bytes(serialization.Encoding.PEM).decode()
        return {"ephemeralCert": _ssl_cert(pem)}

    def _presenting(self, what: str) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        made.verify_mode = ssl.CERT_REQUIRED
        self._authority.configure_trust(made)
        ends = datetime.now(UTC) + (-_HOUR if what == "expired" else _HOUR * 24)
        begins = ends - _HOUR * 48
        leaf = self._authority.issue_cert("localhost", not_before=begins, not_after=ends)
        leaf.configure_cert(made)
        return made

    async def _listen(self) -> None:
        own = [f"127.{random.randrange(1, 255)}.{random.randrange(256)}.9" for _ in range(_TRIES)]  # noqa: S311 - any will do
        for address in [self.address] if self.address else [*own, "127.0.0.1"]:
            with suppress(OSError):
                self._server = await asyncio.start_server(self._meet, address, PORT)
                self.address = address
                return

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is one
        self._passing.add(task)
        try:
            # A cancelled one ends here: asyncio would tell of it as an error.
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._pass(reader, writer)
        finally:
            self._passing.discard(task)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(self._context)
        (size,) = struct.unpack("!i", await reader.readexactly(4))
        start_up = await reader.readexactly(size - 4)
        user = _user_of(start_up)
        if "@" in user and not self._signs_in(writer):
            writer.write(_refusal(user))
            await writer.drain()
            return
        await let_in(self._socket, struct.pack("!i", size) + start_up, reader, writer)

    def _signs_in(self, writer: asyncio.StreamWriter) -> bool:
        """Whether the certificate carries a token of an account that may log in."""
        serial = int(writer.get_extra_info("peercert")["serialNumber"], 16)
        return serial in self._tokens and self._state.may_log_in


def _ssl_cert(pem: str) -> dict[str, str]:
    return {"kind": "sql#sslCert", "cert": pem}


def _user_of(start_up: bytes) -> str:
    """https://www.postgresql.org/docs/current/protocol-message-formats.html, StartupMessage."""
    words = start_up[4:].split(b"\0")
    found = dict(zip(words[::2], words[1::2], strict=False))
    return found.get(b"user", b"").decode()


def _refusal(user: str) -> bytes:
    said = f'Cloud SQL IAM service account authentication failed for user "{user}"'
    fields = f"SFATAL\0VFATAL\0C28000\0M{said}\0\0".encode()
    return b"E" + struct.pack("!i", len(fields) + 4) + fields
