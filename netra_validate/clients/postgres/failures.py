"""What the driver's errors mean. They are never quoted: they name users, hosts and databases.

The codes are PostgreSQL's own: https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netra_validate.clients import tls
from netra_validate.clients.errors import (
    ClientError,
    Forbidden,
    NotFound,
    ProtocolError,
    RateLimited,
    TimedOut,
    Unauthenticated,
    Unreachable,
)

if TYPE_CHECKING:
    from netra_validate.clients.postgres.bounding import Meter


class TlsDeclined(Unreachable):
    """The server speaks no TLS, and the connection is not to be made without."""


class NoSlotLeft(RateLimited):
    """All connections of the server are in use (``53300``)."""


class SignInRefused(Unauthenticated):
    """The server does not let the user in; it never says what of user and password is wrong."""


class NotAccepting(Unreachable):
    """The server is there and lets nobody in: it starts up, shuts down or recovers (``57P03``)."""


_REFUSED: Final = {
    "28P01": "refuses the user or its password",
    "28000": "refuses the user: it may not come from here, or not in this way",
    "0P000": "does not know the role",
}

_FORBIDDEN: Final = {"42501": "does not let the role read it"}
_MISSING: Final = {
    "3D000": "has no database of the configured name",
    "42P01": "has no such table",
    "42703": "has no such column",
    "3F000": "has no such schema",
}
_LATE: Final = {"57014": "gave up on a query: its statement timeout was over", "55P03": "is locked"}


def translated(error: BaseException, shown: str, meter: Meter) -> ClientError:
    """What ``error`` is among ours.

    Args:
        error: of the driver, or of the connection below it.
        shown: how messages name the database.
        meter: what the connection has seen.
    """
    if isinstance(error, ClientError):
        return error
    if meter.excess:
        return ProtocolError(f"{shown} sends more than any answer to our questions can hold")
    if meter.foreign:
        return ProtocolError(f"{shown} does not speak PostgreSQL's protocol")
    if meter.declined_tls:
        return TlsDeclined(f"{shown} speaks no TLS", phase="TLS")
    code = getattr(error, "sqlstate", None)
    if isinstance(code, str) and _is_from_server(error):
        return _of_code(code, shown)
    if isinstance(error, OSError) and not _is_of_driver(error):
        return tls.failure(error, shown)
    if not meter.received:
        return _unanswered(error, shown)
    return ProtocolError(f"{shown} does not speak PostgreSQL's protocol")


def _unanswered(error: BaseException, shown: str) -> ClientError:
    if isinstance(error, UnicodeError):  # of Python's codec for names (RFC 1035, section 2.3.4)
        return NotFound(
            f"{shown}: the name of its host is not valid: each part has 1 to 63 characters"
        )
    return Unreachable(f"{shown} hangs up without an answer", phase="request")


def timed_out(shown: str, meter: Meter, limit_s: float) -> ClientError:
    """Nothing came of it in time."""
    if meter.connected:
        return TimedOut(f"{shown} accepts the connection and lets nobody in within {limit_s:.3g} s")
    return Unreachable(f"{shown}: no TCP connection within {limit_s:.3g} s")


def _of_code(code: str, shown: str) -> ClientError:
    if code in _REFUSED:
        return SignInRefused(f"{shown} {_REFUSED[code]} ({code})")
    if code in _FORBIDDEN:
        return Forbidden(f"{shown} {_FORBIDDEN[code]} ({code})")
    if code in _MISSING:
        return NotFound(f"{shown} {_MISSING[code]} ({code})")
    if code in _LATE:
        return TimedOut(f"{shown} {_LATE[code]} ({code})")
    if code == "53300":
        return NoSlotLeft(f"{shown} accepts no more connections ({code})")
    if code.startswith("57P"):
        return NotAccepting(f"{shown} starts up, shuts down or recovers ({code})", phase="request")
    return ProtocolError(f"{shown} answers with the error {_safe(code)}")


def _safe(code: str) -> str:
    return code if len(code) == 5 and code.isascii() and code.isalnum() else "that has no code"  # noqa: PLR2004 - SQLSTATE


def _is_from_server(error: BaseException) -> bool:
    """The driver gives codes to errors of its own as well: class 08, connection exceptions."""
    return not str(getattr(error, "sqlstate", "08")).startswith("08")


def _is_of_driver(error: OSError) -> bool:
    """A ConnectionError without a number that the driver raised about what it was sent."""
    return (
        isinstance(error, ConnectionError)
        and error.errno is None
        and not isinstance(error, ConnectionResetError | ConnectionRefusedError)
        and "[Errno " not in str(error)
    )
