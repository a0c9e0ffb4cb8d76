"""WebSocket connections: polite, bounded, and told as facts."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from netra_validate.clients import address, tls
from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, Offline, TimedOut, Unreachable
from netra_validate.clients.politeness import Politeness
from netra_validate.clients.retrying import Again, persevere
from netra_validate.clients.websocket.facts import (
    ABNORMAL,
    NO_STATUS,
    Close,
    Exchange,
    Message,
    Refusal,
)
from netra_validate.clients.websocket.opening import Request, Unoffered, upgrade
from netra_validate.clients.websocket.session import Patience, follow

__all__ = ["ABNORMAL", "NO_STATUS", "Close", "Exchange", "Message", "Refusal", "WebSockets"]

_TRANSIENT_STATUS: Final = frozenset({429, 502, 503, 504})

_TRANSIENT_CLOSE: Final = frozenset({1012, 1013})
"""Service restart, try again later (IANA WebSocket Close Code Number Registry)."""

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What the name of a header or of a subprotocol may be (RFC 9110, section 5.6.2)."""

_VALUE: Final = re.compile(r"[\x20-\x7e\x80-\xff]*")
"""What the value of a header may be (RFC 9110, section 5.5), folding and tabs left out."""


class WebSockets:
    """WebSockets for one probe.

    Args:
        politeness: limits the connections to one host, over all probes.
        budget: the time and the retries of this probe.
        ca_file: PEM file of an authority that is trusted beside the usual ones.
    """

    def __init__(
        self, politeness: Politeness, budget: Budget, *, ca_file: Path | None = None
    ) -> None:
        self._politeness = politeness
        self._budget = budget
        self._ca_file = ca_file

    async def exchange(  # noqa: PLR0913 - every one has a default, and is a fact of the protocol
        self,
        url: str,
        *,
        subprotocols: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        origin: str | None = None,
        timeout_s: float = 10.0,
        settle_s: float = 0.3,
        pong_timeout_s: float = 5.0,
        first_message_s: float = 0.0,
        retry: bool = True,
    ) -> Exchange:
        """Upgrade, ping, listen, close; once more where it may pass by itself.

        A refused upgrade, an early close and a missing pong are facts that come back. What is
        waited for is waited for at the same time: a good exchange takes ``settle_s`` and a round
        trip. No redirect is followed.

        Args:
            url: ``wss://host/path``; the values of its query are not shown in any message.
            subprotocols: to offer, the preferred one first.
            headers: beside those of the protocol.
            origin: where a browser would say that the page comes from, ``https://host``.
            timeout_s: for the whole exchange but its close; less where the probe has less left.
            settle_s: seconds in which the other side may still close what it accepted.
            pong_timeout_s: seconds, since the upgrade, for the answer to a ping. 0: no ping.
            first_message_s: seconds, since the upgrade, to wait for a first message. 0: note the
                one that comes in the meantime.
            retry: whether to ask again after 429, 502, 503, 504, the closes 1012 and 1013, a
                timeout, and a connection that fails; not in less than half of the time that the
                first attempt had, for want of which alone it could fail.

        Raises:
            Unreachable: nothing answers; its ``phase`` says how far it came.
            TimedOut: there is a connection, and no answer to the upgrade.
            ProtocolError: the answer is not HTTP/1.1, or breaks RFC 6455, or has no end.
            ClientError: the request cannot be made, such as to an address that is none.
        """
        request = Request(
            address.read(url), _tokens(subprotocols), _headers(headers, origin), origin
        )
        patience = Patience(settle_s, pong_timeout_s, first_message_s)

        async def once() -> Exchange:
            place = request.address
            async with self._politeness.turn(place.host, place.port, self._budget):
                return await self._once(request, patience, timeout_s)

        if not retry:
            return await once()
        least_s = self._budget.allow(timeout_s) / 2

        def again(wanted: Again | None) -> Again | None:
            return wanted if self._budget.allow(timeout_s) >= least_s else None

        attempts = await persevere(
            once,
            self._budget,
            of_result=lambda seen: again(_may_pass(seen)),
            of_error=lambda error: again(_error_may_pass(error)),
        )
        return replace(attempts.result, attempts=attempts.count)

    async def _once(self, request: Request, patience: Patience, timeout_s: float) -> Exchange:
        clock = asyncio.get_running_loop().time
        # Before the clock runs: it takes time to read all authorities, and none of the endpoint's.
        # Without ALPN a server may choose HTTP/2, which has no upgrade (RFC 9113, section 8.6).
        secure = request.address.secure
        trust = tls.context(self._ca_file, alpn=("http/1.1",)) if secure else None
        started, allowed = clock(), self._budget.allow(timeout_s)
        answer = await upgrade(request, trust=trust, timeout_s=allowed)
        seen = Exchange(
            url=request.address.shown,
            upgrade_s=clock() - started,
            offered=request.subprotocols,
        )
        if isinstance(answer, Refusal):
            return replace(seen, refusal=answer)
        if isinstance(answer, Unoffered):
            return replace(seen, subprotocol=answer.subprotocol)
        after = await follow(answer, patience, until=started + allowed, shown=seen.url)
        return replace(
            seen,
            subprotocol=answer.subprotocol,
            first_message=after.first_message,
            pong_s=after.pong_s,
            close=after.close,
            listened_s=after.listened_s,
            closed_cleanly=after.closed_cleanly,
        )


def _tokens(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if not _TOKEN.fullmatch(name):
            # Not shown: it may be a token.
            raise ClientError("a subprotocol holds characters that none may hold, such as / or =")
    return tuple(names)


def _headers(headers: Mapping[str, str] | None, origin: str | None) -> Mapping[str, str]:
    for name, value in {**(headers or {}), "origin": origin or ""}.items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value) or value != value.strip():
            raise ClientError(f"the value of the header {name!r} cannot be sent: white space in it")
    return dict(headers or {})


def _may_pass(exchange: Exchange) -> Again | None:
    refusal, close = exchange.refusal, exchange.close
    if refusal is not None and refusal.status in _TRANSIENT_STATUS:
        return Again(refusal.retry_after_s)
    if close is not None and close.code in _TRANSIENT_CLOSE:
        return Again()
    return None


def _error_may_pass(error: ClientError) -> Again | None:
    if isinstance(error, TimedOut | Offline):
        return Again()
    if not isinstance(error, Unreachable) or error.hint is not None:
        return None
    if error.phase == "name resolution":
        return None
    # A bad certificate stays bad; a TLS handshake that took too long or was cut off need not.
    cut = isinstance(error.__cause__, TimeoutError | ssl.SSLEOFError)
    return Again() if error.phase != "TLS" or cut else None
