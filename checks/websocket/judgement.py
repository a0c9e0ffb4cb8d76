"""Which rule an exchange breaks, and in which words. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from checks.websocket.options import WebSocketOptions
from netra_validate import ClientError, ProtocolError, Sign, TimedOut, Unreachable
from netra_validate.gates import Gate, refused_at
from netra_validate.scrub import REDACTED
from netra_validate.signs import NO_ANSWER, OF_PHASE, is_for_want_of_an_instance, of_status

if TYPE_CHECKING:
    from netra_validate.clients.websocket import Close, Exchange, Message, Refusal

Failure = Unreachable | TimedOut | ProtocolError
"""What an exchange may raise that says something about the endpoint."""

Gatekeeper = Literal["cloud-run", "iap", "load-balancer", "page", "application", "before-accept"]
"""Who refuses with 401 or 403."""

_EXCERPT: Final = 160
"""Characters of a body in the evidence: enough for an error's sentence."""

_SHORT: Final = 64
"""Characters of a body that a server, not an application, writes under a bare status."""

_MULTIPLE_CHOICES, _BAD_REQUEST = 300, 400

_UNAUTHORIZED, _FORBIDDEN = 401, 403

_OURS_TO_WAIT: Final = frozenset({408, 429})
"""Refusals below 500 that say nothing about who may come in."""

_CODES: Final = {
    1000: "normal closure",
    1001: "going away",
    1003: "unsupported data",
    1005: "no code",
    1006: "the connection just ended",
    1008: "policy violation",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    3000: "unauthorized",
    3003: "forbidden",
    3008: "timeout",
}
"""The registered meanings (IANA WebSocket Close Code Number Registry)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule that is broken, not yet a finding."""

    rule: str
    message: str
    kind: str
    """A few words to count by: ``refused with 503``."""
    evidence: Mapping[str, object] = field(default_factory=dict)
    cause: str = ""
    """What picks the remedy among those of the rule."""
    shows: frozenset[Sign] | None = None
    """What is seen to fail, where the exchange tells it better than the rule."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the exchange was made under."""

    options: WebSocketOptions
    has_token: bool = False


def failure(outcome: Exchange | Failure, terms: Terms) -> Verdict | None:
    """Why no working connection came of it, or None where one did."""
    if isinstance(outcome, ClientError):
        return _broken(outcome)
    if outcome.refusal is not None:
        return _refused(outcome, outcome.refusal, terms)
    if not outcome.subprotocol_was_offered:
        return _unoffered(outcome)
    if outcome.close is not None:
        return None if proves_transport(outcome, terms) else _closed(outcome, outcome.close, terms)
    if outcome.pong_s is None:
        return Verdict(
            "no-pong",
            f"{outcome.url} accepts the upgrade and answers no ping within"
            f" {_time(outcome.listened_s)}",
            "no pong",
            {"waited_s": round(outcome.listened_s, 1)},
        )
    return None


def proves_transport(seen: Exchange, terms: Terms) -> bool:
    """True where the application accepted us and then asked for the token that we do not have."""
    asks = terms.options.close_codes_without_token
    return seen.close is not None and seen.close.code in asks and not terms.has_token


def shortfalls(seen: Exchange, terms: Terms) -> Iterator[Verdict]:
    """What a connection that works lacks."""
    expected = terms.options.expected_subprotocol
    if (seen.offered or expected) and not _right_subprotocol(seen, expected):
        chosen = seen.subprotocol or "none"
        yield Verdict(
            "wrong-subprotocol",
            f"{seen.url} chooses the subprotocol {chosen}, expected {expected or 'one of ours'}",
            "wrong subprotocol",
            {"subprotocol": chosen, "expected": expected},
        )
    wanted = terms.options.expected_first_message
    if wanted is not None and terms.has_token and not _says(seen.first_message, wanted):
        found = message_type(seen.first_message) or "no message"
        yield Verdict(
            "wrong-first-message",
            f"{seen.url} begins with {found} after {_time(seen.listened_s)}, expected {wanted}",
            "wrong first message",
            {"first_message": found, "expected": wanted},
        )


def message_type(message: Message | None) -> str | None:
    """The ``type`` of a JSON message, or what it is instead; None where there is none."""
    if message is None:
        return None
    if message.binary:
        return f"a binary message of {message.size} bytes"
    found = _json_type(message.text)
    return found[:_SHORT] if found is not None else "a text without a type"


def foreign_origin_accepted(own: Exchange, foreign: Exchange) -> bool | None:
    """Whether the endpoint let a foreign origin in; None where it cannot be told."""
    if foreign.refusal is not None:
        refused = _BAD_REQUEST <= foreign.refusal.status < 500  # noqa: PLR2004 - client errors
        return False if refused and foreign.refusal.status not in _OURS_TO_WAIT else None
    if foreign.close is not None:
        # Closed as one of our own without a token is: the origin may or may not have mattered.
        return None if own.close is not None else False
    return True


def gatekeeper(refusal: Refusal) -> Gatekeeper:
    """Who wrote a 401 or 403.

    A close before accept is 403 without a body worth the name (ASGI WebSocket specification).
    """
    gate = refused_at(refusal.headers, refusal.body)
    if gate is not None:
        return _AT[gate]
    body = refusal.body.strip()
    if "html" in refusal.headers.get("content-type", "").lower() or body.startswith("<"):
        return "page"
    # Who quotes a token has read it, however little is left of the quotation.
    short = len(body) <= _SHORT and not body.startswith(("{", "[")) and REDACTED not in body
    return "before-accept" if refusal.status == _FORBIDDEN and short else "application"


def _broken(error: Failure) -> Verdict:
    if isinstance(error, ProtocolError):
        return Verdict("broken-protocol", error.message, "protocol broken")
    if isinstance(error, TimedOut):
        evidence = {"phase": "upgrade", "attempts": error.attempts}
        return Verdict(
            "unreachable", error.message, "no answer in time", evidence, "timeout", NO_ANSWER
        )
    evidence = {"phase": error.phase, "attempts": error.attempts}
    kind = f"unreachable ({error.phase})"
    shows = frozenset({OF_PHASE[error.phase]})
    return Verdict("unreachable", error.message, kind, evidence, error.phase, shows)


def _refused(seen: Exchange, refusal: Refusal, terms: Terms) -> Verdict:
    status = refusal.status
    evidence: dict[str, object] = {"status": status, "after_ms": round(seen.upgrade_s * 1000)}
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        by = gatekeeper(refusal)
        message = f"{seen.url} answers {status}: {_WHO[by]}{_with(terms, by)}"
        kind = f"unauthorized ({status})"
        return Verdict("unauthorized", message, kind, evidence | _quoted(refusal, by=by), by)
    message = f"{seen.url} refuses the upgrade with {status} after {_time(seen.upgrade_s)}"
    if refusal.retry_after_s is not None:
        message += f", retry after {refusal.retry_after_s:g} s"
        evidence["retry_after_s"] = refusal.retry_after_s
    if _MULTIPLE_CHOICES <= status < _BAD_REQUEST:
        evidence["redirects_to"] = _host_of(refusal.headers.get("location", ""))
    evidence |= _quoted(refusal)
    kind = f"refused with {status}"
    if is_for_want_of_an_instance(status, refusal.body):
        shows = frozenset({Sign.NO_INSTANCE_LEFT})
        return Verdict("refused", message, kind, evidence, "no-instance", shows)
    shows = of_status(status)
    if Sign.UNWELL in shows and _is_by_program(refusal):
        # It took the request, and says so in words of its own: nothing keeps requests from it.
        shows = frozenset({Sign.UNWELL})
    return Verdict("refused", message, kind, evidence, str(status), shows)


def _is_by_program(refusal: Refusal) -> bool:
    """Whether the body is JSON, which what stands in front of a service does not answer in."""
    return refusal.body.lstrip().startswith("{")


def _with(terms: Terms, by: Gatekeeper) -> str:
    if by not in {"application", "before-accept"}:
        return ""
    return "; a token was shown" if terms.has_token else "; no token is configured"


def _quoted(refusal: Refusal, **more: object) -> dict[str, object]:
    body = " ".join(refusal.body.split())
    html = body.startswith("<")
    shown = re.sub(r"<[^>]*>", " ", body) if html else body
    return {**more, **({"body": shown[:_EXCERPT].strip()} if shown.strip() else {})}


def _host_of(location: str) -> str:
    """The host alone: the rest of a redirect repeats what it was asked with."""
    try:
        return urlsplit(location).hostname or "another path of the same host"
    except ValueError:
        return "an address that is none"


def _unoffered(seen: Exchange) -> Verdict:
    return Verdict(
        "wrong-subprotocol",
        f"{seen.url} chooses the subprotocol {seen.subprotocol}, which was not offered",
        "wrong subprotocol",
        {"subprotocol": seen.subprotocol},
    )


def _closed(seen: Exchange, close: Close, terms: Terms) -> Verdict:
    asks_for_token = close.code in terms.options.close_codes_without_token
    meaning = f" ({_CODES[close.code]})" if close.code in _CODES else ""
    despite = " although a token was shown" if asks_for_token else ""
    said = f": {close.reason}" if close.reason else ""
    return Verdict(
        "closed-early",
        f"{seen.url} accepts the upgrade and closes with {close.code}{meaning}{despite}"
        f" after {_time(close.after_s)}{said}",
        f"closed with {close.code}",
        {"close_code": close.code, "reason": close.reason, "after_ms": round(close.after_s * 1000)},
        "token" if asks_for_token else str(close.code),
        None if asks_for_token else _SHOWN_BY.get(close.code, frozenset({Sign.UNWELL})),
    )


def _right_subprotocol(seen: Exchange, expected: str | None) -> bool:
    if expected is not None:
        return seen.subprotocol == expected
    return seen.subprotocol is not None


def _says(message: Message | None, wanted: str) -> bool:
    if message is None or message.binary:
        return False
    return wanted in {_json_type(message.text), message.text}


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _json_type(text: str) -> str | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    kind = found.get("type") if isinstance(found, dict) else None
    return kind if isinstance(kind, str) else None


_SHOWN_BY: Final = {
    1001: frozenset({Sign.RESTARTING}),
    1006: frozenset({Sign.CUT_OFF, Sign.RESTARTING}),
    1012: frozenset({Sign.RESTARTING}),
}
"""What a close shows by its code; any other is the application's own word."""

_AT: Final[Mapping[Gate, Gatekeeper]] = {
    Gate.ACCESS_CONTROL: "cloud-run",
    Gate.IDENTITY_PROXY: "iap",
    Gate.FIREWALL: "load-balancer",
}

_WHO: Final[Mapping[Gatekeeper, str]] = {
    "cloud-run": "Cloud Run itself does not let the caller in (Google's page, not the application)",
    "iap": "Identity-Aware Proxy does not let the caller in",
    "load-balancer": "the load balancer or its firewall turns it away, not the application",
    "page": "an HTML page, so something in front of the application refuses",
    "application": "the application does not accept the caller",
    "before-accept": "closed before it was accepted, which means forbidden, not ready or a"
    " subprotocol it does not know",
}
