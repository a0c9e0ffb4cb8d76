"""Whom to trust, and what went wrong below HTTP: shared by every client that opens a connection."""

from __future__ import annotations

import errno
import socket
import ssl
from functools import lru_cache
from pathlib import Path
from typing import Final

import certifi

from netra_validate.clients.errors import ClientError, Offline, Phase, Unreachable


@lru_cache(maxsize=8)
def context(ca_file: Path | None = None, *, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    """A context that verifies names and certificates; the same one for the same arguments.

    Args:
        ca_file: PEM file of a private authority, trusted beside the system's and certifi's.
        alpn: protocols to offer. A client that sets its own on the context must not share it with
            one that needs another, hence part of the key.

    Raises:
        ClientError: ``ca_file`` cannot be read or holds no certificate.
    """
    made = ssl.create_default_context()
    # The system's store alone is empty on some Pythons (macOS installers, slim images).
    made.load_verify_locations(certifi.where())
    if ca_file is not None:
        _trust(made, ca_file)
    if alpn:
        made.set_alpn_protocols(list(alpn))
    return made


def phase(error: OSError) -> Phase:
    """How far a connection came that broke with ``error``."""
    if isinstance(error, socket.gaierror):
        return "name resolution"
    if isinstance(error, ssl.SSLError):
        return "TLS"
    return "connection"


def failure(error: OSError, shown: str, *, broke_in: Phase | None = None) -> ClientError:
    """A connection that broke, as one of ours.

    Args:
        error: of the connection, or of the look-up of its name.
        shown: how messages name what was asked.
        broke_in: how far it came, where that is not what the error alone tells.
    """
    message = f"{shown}: {explain(error)}"
    if is_ours(error):
        return Offline(message, hint="look whether this machine is online, and has a route there")
    return Unreachable(message, phase=broke_in or phase(error), hint=_hint(error))


def _hint(error: OSError) -> str | None:
    """What gets past a certificate that is not taken; None where something else went wrong."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return None
    if error.verify_code in _UNKNOWN_AUTHORITY:
        return "look at its certificate; a private authority is named by ca_file"
    return "look at its certificate"


def is_ours(error: OSError) -> bool:
    """Whether ``error`` is about this machine, so that nothing is known of the other side.

    A name server that gives no answer (``EAI_AGAIN``, getaddrinfo(3)), no route into any network
    (``ENETUNREACH``, connect(2)), or no free file descriptor.
    """
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return _code(error) in {errno.ENETUNREACH, errno.EMFILE, errno.ENFILE}


def explain(error: OSError) -> str:
    """What ``error`` means, as the end of a sentence: ``the connection is refused``.

    Never quotes what the other side sent.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code, f"the certificate is bad: {_verdict(error)}")
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", None) or "no reason given"  # absent on Python's own
        return _TLS.get(reason, f"the TLS handshake fails ({reason})")
    if isinstance(error, socket.gaierror):
        return _name_error(error)
    code = _code(error)
    return _CONNECTION.get(code or 0, f"the connection fails ({errno.errorcode.get(code or 0)})")


def _trust(made: ssl.SSLContext, ca_file: Path) -> None:
    try:
        made.load_verify_locations(ca_file)
    except OSError as error:
        why = "holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise ClientError(f"{ca_file}, given as ca_file, cannot be used: {why}") from error


def _verdict(error: ssl.SSLCertVerificationError) -> str:
    return error.verify_message or "verification failed"


def _name_error(error: socket.gaierror) -> str:
    if error.errno == socket.EAI_AGAIN:
        return "the name cannot be resolved at the moment (no answer from the name server)"
    return "the name does not resolve"


def _code(error: OSError) -> int | None:
    return error.errno if error.errno is not None else _code_within(error)


def _code_within(error: OSError) -> int | None:
    """The code of an error that asyncio raised without one."""
    if isinstance(error, ConnectionResetError):  # hung up during the TLS handshake
        return errno.ECONNRESET
    # Several addresses were tried: `Multiple exceptions: [Errno 111] …, [Errno 101] …`.
    text = str(error)
    return next((code for code in _CONNECTION if f"[Errno {code}]" in text), None)


_CERTIFICATE: Final = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is signed by itself, not by an authority",
    19: "the certificate comes from an authority that is not trusted here",
    20: "the certificate comes from an authority that is not trusted here",
    21: "the certificate comes from an authority that is not trusted here, or its chain is cut",
    23: "the certificate is revoked",
    62: "the certificate does not cover this name",
    64: "the certificate does not cover this address",
}
"""By X509_V_ERR_* (openssl-verification-options(1), x509_vfy.h), which Python has no names for."""

_UNKNOWN_AUTHORITY: Final = frozenset({18, 19, 20, 21})

_TLS: Final = {
    "WRONG_VERSION_NUMBER": "the port speaks no TLS",
    "HTTP_REQUEST": "the port speaks no TLS",
    "RECORD_LAYER_FAILURE": "the port speaks no TLS",
    "UNSUPPORTED_PROTOCOL": "the server offers only old versions of TLS",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the server does not accept our versions of TLS",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the server refuses the TLS handshake",
    "TLSV1_UNRECOGNIZED_NAME": "the server has no certificate for this name",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server asks for a client certificate",
    "UNEXPECTED_EOF_WHILE_READING": "the server hangs up during the TLS handshake",
}

_CONNECTION: Final = {
    errno.ECONNREFUSED: "the connection is refused",
    errno.ECONNRESET: "the connection is reset",
    errno.EPIPE: "the connection is reset",
    errno.ECONNABORTED: "the connection is aborted",
    errno.ETIMEDOUT: "the connection times out",
    errno.EHOSTUNREACH: "there is no route to the host",
    errno.ENETUNREACH: "there is no route to the network",
    errno.EADDRNOTAVAIL: "there is no such address",
    errno.EMFILE: "this process has too many open files",
}
