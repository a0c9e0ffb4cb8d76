"""The upgrade: one request, one answer, nothing followed, everything bounded."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final, NoReturn, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    InvalidHandshake,
    InvalidHeader,
    InvalidMessage,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    NegotiationError,
    ProxyError,
    SecurityError,
)
from websockets.typing import Origin, Subprotocol

from netra_validate.clients import tls
from netra_validate.clients.address import Address
from netra_validate.clients.errors import (
    ClientError,
    Phase,
    ProtocolError,
    TimedOut,
    Unreachable,
)
from netra_validate.clients.websocket.connection import MAX_MESSAGE, Connection
from netra_validate.clients.websocket.facts import Refusal

USER_AGENT: Final = f"netra-validate/{version('netra-validate')}"
"""Honest, stable, and without the words that firewalls block (bot, crawler, scanner …)."""

MAX_TEXT: Final = 2048
"""Characters that are kept of a header, of the body of a refusal, or of a message."""

CLOSE_S: Final = 1.0
"""Seconds for the other side to answer our close frame."""

_SWITCHING_PROTOCOLS: Final = 101

_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})\b")

_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[^\n]*\n")
"""The line before a chunk: its size, perhaps with extensions."""

# The library logs requests, tokens and all, and where nobody listens its errors go to stderr.
_SILENT: Final = logging.getLogger("netra_validate.silent.websockets")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_SILENT.setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked."""

    address: Address
    subprotocols: tuple[str, ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Unoffered:
    """The upgrade was accepted with a subprotocol that was not offered, which ends it."""

    subprotocol: str


class _Opening(connect):
    """One upgrade that ends where it began: a token must not travel to where a redirect points."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Never follow: the redirect is the answer."""
        return exc


async def upgrade(
    request: Request, *, trust: ssl.SSLContext | None, timeout_s: float
) -> Connection | Refusal | Unoffered:
    """Ask for the upgrade, once.

    Args:
        request: what is asked, and where.
        trust: for a secure address; None for one that is not.
        timeout_s: for name resolution, connection, TLS and answer together.

    Raises:
        Unreachable: there is no connection, or it ends without an answer.
        TimedOut: there is a connection, and no answer in time.
        ProtocolError: the answer is none of HTTP/1.1, or not one of RFC 6455, section 4.2.2.
        ClientError: the request itself cannot be made.
    """
    made: list[Connection] = []

    def make(*args: Any, **kwargs: Any) -> Connection:  # noqa: ANN401 - the library's own
        made.append(Connection(*args, **kwargs))
        return made[-1]

    try:
        opened = await _opening(request, make, trust, timeout_s)
    except InvalidStatus as refused:
        response = refused.response
        return _refusal(response.status_code, response.headers.raw_items(), bytes(response.body))
    except (InvalidHandshake, InvalidProxy, ImportError, OSError) as error:
        return _salvaged(error, made[-1] if made else None) or _fail(
            error, request, made[-1] if made else None, timeout_s
        )
    return cast("Connection", opened)


def _opening(
    request: Request,
    make: Callable[..., Connection],
    trust: ssl.SSLContext | None,
    timeout_s: float,
) -> _Opening:
    address = request.address
    return _Opening(
        address.url,
        origin=None if request.origin is None else Origin(request.origin),
        subprotocols=[Subprotocol(name) for name in request.subprotocols] or None,
        # A small compressed message may hold a huge one.
        compression=None,
        additional_headers=dict(request.headers),
        user_agent_header=USER_AGENT,
        # As httpx: the environment's proxy; but none can reach our own loopback.
        proxy=None if address.is_loopback else True,
        open_timeout=timeout_s,
        ping_interval=None,
        close_timeout=CLOSE_S,
        max_size=MAX_MESSAGE,
        logger=_SILENT,
        # The library only ever calls it.
        create_connection=cast("type[ClientConnection]", make),
        ssl=trust,
    )


def _refusal(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Refusal:
    kept: dict[str, str] = {}
    for name, value in headers:
        kept.setdefault(name.lower(), value[:MAX_TEXT])
    asked = kept.get("retry-after", "").strip()
    return Refusal(
        status=status,
        headers=kept,
        body=body[: 4 * MAX_TEXT].decode("utf-8", "replace")[:MAX_TEXT],
        retry_after_s=float(asked) if re.fullmatch(r"[0-9]{1,7}", asked) else None,
    )


def _salvaged(error: Exception, connection: Connection | None) -> Refusal | Unoffered | None:
    """What an answer says all the same that the library gave up on: too long, cut off, HTTP/1.0."""
    if connection is None:
        return None
    if isinstance(error, NegotiationError) and connection.response is not None:
        chosen = connection.response.headers.get_all("Sec-WebSocket-Protocol")
        return Unoffered(chosen[0][:MAX_TEXT]) if chosen else None
    status = _STATUS.match(connection.head)
    if status is None or int(status[1]) == _SWITCHING_PROTOCOLS:
        return None
    head, _, body = bytes(connection.head).partition(b"\r\n\r\n")
    lines = (line.partition(":") for line in head.decode("iso-8859-1").splitlines()[1:])
    headers = [(name.lower(), value.strip()) for name, _, value in lines]
    if ("transfer-encoding", "chunked") in headers:
        body = _joined(body)
    return _refusal(int(status[1]), headers, body)


def _joined(chunks: bytes) -> bytes:
    """The body that comes in ``chunks``, as far as they go (RFC 9112, section 7.1)."""
    body = bytearray()
    while (size := _CHUNK.match(chunks)) is not None and (length := int(size[1], 16)):
        body += chunks[size.end() : size.end() + length]
        chunks = chunks[size.end() + length + 2 :]
    return bytes(body)


def _fail(
    error: Exception, request: Request, connection: Connection | None, timeout_s: float
) -> NoReturn:
    """Raise what ``error`` is among ours. Never quotes it: it may hold what we or they sent."""
    shown = request.address.shown
    if isinstance(error, TimeoutError):
        raise _too_late(request.address, connection, timeout_s) from error
    if isinstance(error, OSError):
        raise tls.failure(error, shown) from error
    if isinstance(error, ProxyError | InvalidProxy | ImportError):
        raise _no_proxy(error, shown) from error
    if connection is not None and connection.excess is not None:
        raise ProtocolError(f"{shown} {connection.excess}") from error
    if connection is not None and not connection.head:
        raise Unreachable(
            f"{shown} closes the connection without answering the upgrade", phase="request"
        ) from error
    raise ProtocolError(f"{shown} {_broken(error)}") from error


def _too_late(address: Address, connection: Connection | None, timeout_s: float) -> ClientError:
    if connection is not None and connection.is_up:
        return TimedOut(f"{address.shown} does not answer the upgrade within {timeout_s:.3g} s")
    phase: Phase = "connection" if connection is None else "TLS"
    return Unreachable(
        f"{address.shown}: no {'TLS' if phase == 'TLS' else 'TCP'} connection within"
        f" {timeout_s:.3g} s",
        phase=phase,
    )


def _no_proxy(error: Exception, shown: str) -> ClientError:
    hint = "set NO_PROXY for this host, or mend the proxy in the environment"
    if isinstance(error, InvalidProxyStatus):
        why = f"the proxy answers {error.response.status_code}"
    elif isinstance(error, ImportError):
        why = "the environment names a SOCKS proxy, which needs the package python-socks"
    else:
        why = "the proxy that the environment names cannot be used"
    return Unreachable(f"{shown}: {why}", phase="connection", hint=hint)


def _broken(error: Exception) -> str:
    """How the answer breaks the protocol, as the end of a sentence."""
    if isinstance(error, InvalidHeader):
        return f"answers 101 without a valid {error.name} header"
    if isinstance(error, NegotiationError):
        return "accepts an extension that was not offered"
    if isinstance(error, InvalidMessage) and isinstance(error.__cause__, EOFError):
        return "breaks off in the middle of its answer to the upgrade"
    if isinstance(error, SecurityError) or isinstance(error.__cause__, SecurityError):
        return "answers the upgrade with more headers than any server needs"
    return "answers the upgrade with something that is no HTTP/1.1"
