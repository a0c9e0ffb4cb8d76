"""Answers that are no success: what they mean, and who gave them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from checks.health.bodies import Reading
from checks.health.faults import Fault, ailing_parts, told_apart
from checks.health.speakers import Speaker, speaker
from netra_validate import Sign
from netra_validate.signs import is_for_want_of_an_instance, of_status

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpResponse

_TOO_MANY_REQUESTS: Final = 429

_SERVER_ERROR: Final = 500

_REFUSALS: Final = {401: "unauthorized", 403: "forbidden"}

_TLS_WANTED: Final = ": the port speaks TLS, the address says http"

_WANTS_TLS: Final = ("http request was sent to https port", "http request to an https server")
"""What nginx and Go's net/http answer with 400 to a request without TLS on a port that has it."""


def faults_of(response: HttpResponse, reading: Reading) -> tuple[Fault, ...]:
    """The faults in an answer that is no success; one, unless it names several itself."""
    refused = _refusal(response)
    return (refused,) if refused is not None else tuple(_bad_status(response, reading))


def _refusal(response: HttpResponse) -> Fault | None:
    """That we were turned or sent away, whatever else the answer says."""
    status = response.status
    if status == _TOO_MANY_REQUESTS:
        return _limited(response)
    if status in _REFUSALS:
        by = speaker(response)
        return Fault(
            "forbidden", f"answers {status} ({_REFUSALS[status]}) from", f": {by} refuses us",
            {"answered_by": str(by)},
        )  # fmt: skip
    target = _target(response)
    if target and _host(target) != _host(response.url):
        host = _host(target)
        return Fault("redirected", f"redirects to {host} from", f" ({status})", {"to": host})
    return None


def _bad_status(response: HttpResponse, reading: Reading) -> Iterator[Fault]:
    by = speaker(response)
    # Who says in words how it is does answer; who only gives a status may be anybody.
    told = bool(reading.says or reading.reason or reading.ailing)
    if told and response.status >= _SERVER_ERROR:
        for shows, part in told_apart(reading):
            yield _with_status(response, part, shows, by)
        return
    shows = of_status(response.status)
    if by is Speaker.FRONT_END:
        shows -= {Sign.UNWELL}
    yield _with_status(response, reading, shows, by)


def _with_status(
    response: HttpResponse, reading: Reading, shows: frozenset[Sign], by: Speaker
) -> Fault:
    target = _target(response)
    tls = any(phrase in response.text()[:1000].casefold() for phrase in _WANTS_TLS)
    detail = f" (redirected to {_shown(target)})" if target else ""
    evidence = {
        "answered_by": str(by),
        "says": reading.says,
        "reason": reading.reason,
        "parts": ailing_parts(reading) or None,
        "speaks": "TLS" if tls else None,
    }
    return Fault(
        "bad-status",
        f"answers {response.status} from",
        detail + (_TLS_WANTED if tls else _in_words(reading, by)),
        evidence,
        after_s=response.latency_s,
        shows=shows,
    )


def _in_words(reading: Reading, by: Speaker) -> str:
    """What the answer says, or who gave it, where it is not the application."""
    words = [*ailing_parts(reading), *([reading.reason] if reading.reason else [])]
    if words or reading.says:
        return f": {', '.join(words) or reading.says}"
    if by is Speaker.EITHER:
        return f": {by} answers"
    return "" if by is Speaker.APPLICATION else f": {by} answers, not the application"


def _limited(response: HttpResponse) -> Fault:
    asked_s = response.retry_after_s
    wait = "" if asked_s is None else f", to be asked again after {asked_s:.0f} s"
    if is_for_want_of_an_instance(response.status, response.text()):
        return Fault(
            "rate-limited", "has no instance free for a request to", f" (429{wait})",
            {"retry_after_s": asked_s, "answered_by": str(Speaker.FRONT_END)},
            shows=frozenset({Sign.NO_INSTANCE_LEFT}),
        )  # fmt: skip
    return Fault(
        "rate-limited", "limits our requests to", f" (429{wait})",
        {"retry_after_s": asked_s, "answered_by": str(speaker(response))},
    )  # fmt: skip


def _target(response: HttpResponse) -> str | None:
    """Where a redirect leads."""
    location = response.headers.get("location")
    if not 300 <= response.status < 400 or not location:  # noqa: PLR2004 - the redirects
        return None
    try:
        target = urljoin(response.url, location)
        return target if _host(target) else None
    except ValueError:  # such as an unclosed bracket
        return None


def _host(url: str) -> str:
    """The host, with its port where that is neither http's nor https's own."""
    parts = urlsplit(url)
    port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    return f"{(parts.hostname or '').rstrip('.')}{port}"


def _shown(target: str) -> str:
    """A redirect's target without its query, which may hold a secret."""
    parts = urlsplit(target)
    return f"{parts.scheme}://{_host(target)}{parts.path or '/'}"
