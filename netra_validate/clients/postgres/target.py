"""Where a database is and as whom to enter it. What a DSN says is secret in every part."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from netra_validate.clients import tls
from netra_validate.clients.errors import ClientError
from netra_validate.topology import SslMode

_FORM: Final = (
    "expected postgresql://USER@HOST:5432/DATABASE?sslmode=verify-full, with a colon and the"
    " password behind USER"
)
"""Not as one address: that would look like a password, and no report shows one."""

_SSL_WORDS: Final = {"allow": "prefer", "true": "require", "1": "require", "false": "disable"}
"""Words of libpq and of SQLAlchemy's drivers that mean one of ours."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files that a DSN names (libpq's ``sslrootcert``, ``sslcert`` and ``sslkey``)."""

    root: str | None = None
    own: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """One database on one server. It has no representation: all of it may come out of a secret."""

    host: str
    """A name, an address, or the folder of a Unix socket."""
    user: str
    database: str
    port: int = 5432
    password: str = ""
    sslmode: SslMode = "prefer"
    certificates: Certificates = field(default_factory=Certificates)

    @property
    def is_socket(self) -> bool:
        """Whether it is reached through a Unix socket, which nobody listens to."""
        return self.host.startswith("/")

    @property
    def is_local(self) -> bool:
        """Whether nothing travels over a network: a Unix socket, or this machine."""
        if self.is_socket or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def wants_tls(self) -> bool:
        """Whether a connection in the clear is none."""
        return not self.is_socket and self.sslmode in {"require", "verify-ca", "verify-full"}

    @property
    def risks_password(self) -> bool:
        """Whether a connection in the clear would carry a password over a network."""
        return bool(self.password) and not self.is_local

    def trust(self, ca_file: Path | None) -> ssl.SSLContext:
        """The context of libpq's ``sslmode``: only ``verify-*`` look at the certificate.

        https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION

        Raises:
            ClientError: a file of certificates cannot be used.
        """
        verifies = self.sslmode.startswith("verify") or self.certificates.root is not None
        if not verifies:
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        elif self.sslmode == "verify-full" and self.certificates == Certificates():
            return tls.context(ca_file, alpn=("postgresql",))
        else:
            made = ssl.create_default_context()
            made.check_hostname = self.sslmode == "verify-full"
            _load(made, self.certificates.root or ca_file)
        made.set_alpn_protocols(["postgresql"])
        _present(made, self.certificates)
        return made


def _load(made: ssl.SSLContext, root: str | Path | None) -> None:
    if root is None or str(root) == "system":
        return
    try:
        made.load_verify_locations(root)
    except OSError:
        raise ClientError(
            "the file that sslrootcert names holds no certificate",
            hint="name a PEM file of certificates in the DSN",
        ) from None


def _present(made: ssl.SSLContext, files: Certificates) -> None:
    if files.own is None:
        return
    try:
        # Without a password of ours OpenSSL would ask for one at the terminal.
        made.load_cert_chain(files.own, files.key, password=lambda: b"")
    except OSError:
        raise ClientError(
            "the files that sslcert and sslkey name cannot be used",
            hint="name PEM files that belong together in the DSN, the key without a password",
        ) from None


def read(dsn: str, variable: str) -> Target:
    """The target that a DSN names, in the form of a URI.

    Drivers' suffixes of the scheme (``postgresql+asyncpg``) mean nothing here, nor do parameters
    that say neither where, as whom, nor with which TLS.

    Args:
        dsn: the value of a secret. Nothing of it is in any error.
        variable: the environment variable that holds it.

    Raises:
        ClientError: it is none; the message says which part is wrong.
    """
    try:
        parts = urlsplit(dsn)
        query = {key.lower(): found[-1] for key, found in parse_qs(parts.query).items()}
    except ValueError:
        raise _wrong(variable, "cannot be read as an address") from None
    if parts.scheme.partition("+")[0] not in {"postgres", "postgresql"}:
        raise _wrong(variable, "does not begin with postgresql://")
    return _target(parts, query, variable)


def _target(parts: SplitResult, query: dict[str, str], variable: str) -> Target:
    host = query.get("host") or query.get("hostaddr") or unquote(parts.hostname or "")
    user = query.get("user") or unquote(parts.username or "")
    database = query.get("dbname") or unquote(parts.path.lstrip("/")) or user
    if "," in parts.netloc.rpartition("@")[2] or "," in host:
        raise _wrong(variable, "names several hosts")
    for what, found in (("host", host), ("user", user)):
        if not found or "\0" in found:
            raise _wrong(variable, f"names no {what}")
    if "\0" in database:
        raise _wrong(variable, "names no database")
    return Target(
        host=host,
        port=_port(parts, query, variable),
        user=user,
        database=database,
        password=query.get("password") or unquote(parts.password or ""),
        sslmode=_sslmode(query, variable),
        certificates=Certificates(
            query.get("sslrootcert"), query.get("sslcert"), query.get("sslkey")
        ),
    )


def _port(parts: SplitResult, query: dict[str, str], variable: str) -> int:
    try:
        port = int(query["port"]) if "port" in query else (parts.port or 5432)
    except ValueError:
        port = 0
    if not 0 < port < 2**16:
        raise _wrong(variable, "names a port that is none")
    return port


def _sslmode(query: dict[str, str], variable: str) -> SslMode:
    given = (query.get("sslmode") or query.get("ssl") or "prefer").lower()
    word = _SSL_WORDS.get(given, given)
    for known in get_args(SslMode):
        if word == known:
            return known  # type: ignore[no-any-return] # one of SslMode
    raise _wrong(variable, "has an sslmode that is none")


def _wrong(variable: str, why: str) -> ClientError:
    return ClientError(f"the DSN in {variable} {why}", hint=_FORM)


def secrets_of(dsn: str) -> tuple[str, ...]:
    """What no text may show, however a driver spells it: the password, raw and decoded."""
    try:
        parts = urlsplit(dsn)
        raw = parts.netloc.rpartition("@")[0].partition(":")[2]
        asked = parse_qs(parts.query).get("password", [])
    except ValueError:
        # What cannot be split may still hold one between the first colon and the last @.
        raw, asked = dsn.partition("://")[2].rpartition("@")[0].partition(":")[2], []
    found = (raw, unquote(raw), *asked)
    return tuple(dict.fromkeys(each for each in found if each))
