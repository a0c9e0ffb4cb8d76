"""What broke, in words: httpx's, httpcore's and h11's errors as ours."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import h11
import httpcore
import httpx

from netra_validate.clients import tls
from netra_validate.clients.errors import (
    ClientError,
    Offline,
    Phase,
    ProtocolError,
    TimedOut,
    Unreachable,
)
from netra_validate.clients.http.interim import (
    MAX_INTERIM,
    InterimAnswers,
    InterimFlood,
    expect,
    watch,
)


class Progress:
    """How far an exchange has come: httpcore's ``trace`` extension reports every step to it."""

    def __init__(self) -> None:
        self.step = ""
        """The last step begun, such as ``connect_tcp``; empty before the first."""
        self._half_open: httpcore.AsyncNetworkStream | None = None

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Take ``connection.connect_tcp.started`` and the like."""
        if event.endswith("connect_tcp.complete"):
            self._half_open = info["return_value"]
            watch(info["return_value"])
        elif event.endswith("start_tls.complete"):
            self._half_open = None
            watch(info["return_value"])
        elif "receive_response_headers." in event:
            expect(InterimAnswers() if event.endswith(".started") else None)
        _, _, step = event.removesuffix(".started").rpartition(".")
        if event.endswith(".started") and step != "response_closed":
            self.step = step

    async def abandon(self) -> None:
        """Close what a cancelled TLS handshake left open: httpcore 1.0 does not."""
        if self._half_open is not None and self.step == "start_tls":
            await self._half_open.aclose()

    def timed_out(self, name: str, after_s: float, read: int) -> ClientError:
        """The error for an exchange that was still here when its time was over."""
        within = f"within {round(after_s, 1):g} s"
        match self.step:
            case "" | "connect_tcp":
                return Unreachable(f"{name} accepts no connection {within}", phase="connection")
            case "start_tls":
                return Unreachable(f"{name} completes no TLS handshake {within}", phase="TLS")
            case "receive_response_body":
                return TimedOut(f"{name} does not complete its answer {within} ({read} bytes came)")
        return TimedOut(f"{name} gives no answer {within}")


def translate(error: Exception, name: str) -> ClientError:
    """``error`` of an exchange with ``name`` as one of ours."""
    if isinstance(error, InterimFlood):
        return ProtocolError(f"{name} sends more than {MAX_INTERIM} interim answers")
    if isinstance(error, httpx.ProxyError):
        return Unreachable(f"{name}: the proxy on the way refuses to connect", phase="connection")
    below = _cause(error)
    if below is not None:
        return tls.failure(below, name, broke_in=_phase(error, below))
    if isinstance(error, httpx.RemoteProtocolError):
        return _not_http(error, name)
    if isinstance(error, httpx.ConnectError):
        return Unreachable(f"{name}: the connection fails", phase="connection")
    if isinstance(error, httpx.NetworkError):
        return Unreachable(f"{name}: the connection breaks", phase="request")
    return ClientError(
        f"{name} cannot be asked: {type(error).__name__}",
        hint="correct its address in the configuration",
    )


def may_pass(error: ClientError) -> bool:
    """Whether asking again can help: not where a name is unknown or a certificate bad."""
    if isinstance(error, TimedOut):
        return True
    below = _cause(error)
    if isinstance(below, socket.gaierror):
        return below.errno == socket.EAI_AGAIN
    if isinstance(below, ssl.SSLError):
        return isinstance(below, ssl.SSLEOFError)
    return isinstance(error, Unreachable | Offline)


def _phase(error: Exception, below: OSError) -> Phase:
    """Where ``error`` struck; a reset while reading is no failure to connect."""
    found = tls.phase(below)
    if found == "connection" and isinstance(error, httpx.ReadError | httpx.WriteError):
        return "request"
    return found


def _not_http(error: httpx.RemoteProtocolError, name: str) -> ClientError:
    cause = next((found for found in _within(error) if isinstance(found, h11.ProtocolError)), None)
    if cause is None:  # httpcore's own: the connection closed before the first byte
        return Unreachable(f"{name} hangs up without an HTTP answer", phase="request")
    if cause.error_status_hint == 431:  # noqa: PLR2004 - Request Header Fields Too Large
        return ProtocolError(f"{name} sends headers without end")
    if "peer closed connection" in str(cause):
        return ProtocolError(f"{name} breaks off in the middle of its answer")
    return ProtocolError(f"{name} does not answer in HTTP/1.1")


def _cause(error: BaseException) -> OSError | None:
    """The system's or OpenSSL's error below.

    Of several addresses tried, the first one's that this machine has a way to.
    """
    found = [cause for cause in _within(error) if isinstance(cause, OSError)]
    telling = [cause for cause in found if cause.errno or isinstance(cause, ssl.SSLError)]
    return next(iter(sorted(telling, key=tls.is_ours) or found), None)


def _within(error: BaseException | None) -> Iterator[BaseException]:
    """``error``, what it comes from, and what it groups."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _within(member)
        error = error.__cause__ or error.__context__
