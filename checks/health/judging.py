"""What an answer means: pure functions from an answer to a fault, or to none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from checks.health import refusals
from checks.health.asking import Answer
from checks.health.bodies import Reading, read
from checks.health.expectation import Expectation
from checks.health.faults import UNAVAILABLE, UNKNOWN, Fault, ailing_parts, told_apart
from checks.health.options import HealthOptions
from checks.health.words import Verdict
from netra_validate import ClientError, ProtocolError, Sign, TimedOut, Unreachable
from netra_validate.signs import OF_PHASE, SILENCE

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpResponse

_NOTHING_READ: Final = Reading()

_MULTI_STATUS: Final = 207

_SECONDS: Final = re.compile(r"[0-9]{1,10}")

_NO_TLS: Final = "the port speaks no TLS"
"""What the clients say where the answer to a TLS handshake is none."""

_NOT_PLAIN: Final = ("hangs up without an HTTP answer", "does not answer in HTTP/1.1")
"""What the clients say where the answer to a request is none."""

_AS_TLS: Final = ", as a port that speaks TLS does where the address says http"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One endpoint, asked and judged."""

    answer: Answer
    reading: Reading = _NOTHING_READ
    faults: tuple[Fault, ...] = ()
    """How it falls short: in one way, unless it names several itself."""
    cold_start_s: float | None = None
    """How long the first attempt took, where it was bad and a later one is good."""

    @property
    def fault(self) -> Fault | None:
        """The first of them; None where it is as it should be."""
        return next(iter(self.faults), None)

    @property
    def label(self) -> str:
        """The endpoint's name."""
        return self.answer.question.label

    @property
    def is_available(self) -> bool:
        """Whether users get something: a good, slow or degraded answer."""
        if self.fault is None:
            return self.answer.response is not None
        return self.fault.rule not in UNAVAILABLE | UNKNOWN

    @property
    def is_down(self) -> bool:
        """Whether users get nothing that they can use."""
        return self.fault is not None and self.fault.rule in UNAVAILABLE


def assess(answer: Answer, expectation: Expectation) -> Assessment:
    """Judge one answer."""
    if answer.response is None:
        fault = _silent(answer, answer.error) if answer.error else None
        return Assessment(answer, faults=() if fault is None else (fault,))
    response = answer.response
    age_s = _age_s(response)
    if age_s is not None and age_s > expectation.options.max_age_s:
        return Assessment(answer, faults=(_stale(response, age_s),))
    if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes of RFC 9110
        reading = _reading(response, expectation.options)
        return Assessment(answer, reading, refusals.faults_of(response, reading))
    try:
        reading = _document(response, expectation.options)
    except NotJson as no_json:
        return Assessment(answer, faults=(_not_json(response, no_json, expectation.options),))
    faults = _ill(reading, response, expectation) or _slow(response, expectation.options)
    first = response.first
    return Assessment(
        answer, reading, faults, first.latency_s if first is not None and not faults else None
    )


class NotJson(Exception):
    """The body is not the JSON that it should be; the message says why."""


def _age_s(response: HttpResponse) -> int | None:
    """For how long a cache has kept the answer; None where it comes from the service itself.

    RFC 9111, section 5.1: a whole number of seconds, the first of several; whatever else it is
    says nothing.
    """
    told = response.headers.get("age", "").partition(",")[0].strip()
    return int(told) if _SECONDS.fullmatch(told) else None


def _stale(response: HttpResponse, age_s: int) -> Fault:
    detail = f": {response.status}, kept for {_span(age_s)}, says nothing about now"
    evidence = {"age_s": age_s, "cache": response.headers.get("x-cache")}
    return Fault("stale", "is answered by a cache at", detail, evidence)


def _span(seconds: int) -> str:
    """``90 s``, ``2 h``: the largest unit that leaves more than one of it."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _silent(answer: Answer, error: ClientError) -> Fault | None:
    """The fault in having no answer; None where it was we who could not ask."""
    if isinstance(error, Unreachable):
        phase = str(error.phase)
    elif isinstance(error, TimedOut):
        phase = "timeout"
    elif isinstance(error, ProtocolError):
        return _malformed(answer, error)
    else:
        return None
    if phase == "TLS" and error.message.endswith(_NO_TLS):
        return Fault(
            "unreachable",
            "speaks no TLS at",
            f": {error.message}, the address says https",
            {"phase": phase, "speaks": "plain HTTP", "attempts": error.attempts},
            shows=frozenset({Sign.NO_TLS}),
        )
    return Fault(
        "unreachable",
        f"is unreachable ({phase}) at",
        f": {error.message}{_doubt(answer, error)}",
        {
            "phase": phase,
            "attempts": error.attempts,
            "at_fault": "certificate" if _blames_certificate(error) else None,
        },
        shows=SILENCE if phase == "timeout" else frozenset({OF_PHASE[phase]}),
    )


def _blames_certificate(error: ClientError) -> bool:
    return "certificate" in error.message and "client certificate" not in error.message


def _malformed(answer: Answer, error: ProtocolError) -> Fault:
    detail = f": {error.message}{_doubt(answer, error)}"
    return Fault("malformed", "breaks the rules of HTTP at", detail)


def _doubt(answer: Answer, error: ClientError) -> str:
    """What else it may be: servers answer HTTP on a port with TLS with an alert, or hang up."""
    is_plain = answer.question.url.casefold().startswith("http://")
    return _AS_TLS if is_plain and error.message.endswith(_NOT_PLAIN) else ""


def _document(response: HttpResponse, options: HealthOptions) -> Reading:
    """What a success says.

    Raises:
        NotJson: it should be JSON and is not.
    """
    try:
        reading = read(response.json(), options.words)
    except ProtocolError as error:
        promised = response.media_type.endswith("json")
        if promised or options.expect == "json":
            raise NotJson(error.message) from error
    else:
        settled = options.expect == "any" and reading.verdict is None
        return replace(reading, overall=Verdict.GOOD, is_whole=True) if settled else reading
    plain = response.text()[:200].strip()
    return Reading(says=plain[:60], overall=options.words.judge(plain) or Verdict.GOOD)


def _reading(response: HttpResponse, options: HealthOptions) -> Reading:
    """What an answer that is no success says, if anything."""
    try:
        return read(response.json(), options.words)
    except ProtocolError:
        return Reading()


def _not_json(response: HttpResponse, why: NotJson, options: HealthOptions) -> Fault:
    kind = response.media_type or "no content type"
    text = response.text()[:200].strip()
    if not kind.endswith("json") and options.words.whole(text) is not None:
        return Fault(
            "not-json",
            "answers in plain text instead of JSON at",
            f": {text!r} ({kind})",
            {"content_type": kind, "plain_text": True},
        )
    return Fault(
        "not-json",
        "gives no JSON at",
        f": {kind}, {why}",
        {"content_type": kind, "truncated": response.truncated or None},
    )


def _ill(reading: Reading, response: HttpResponse, expectation: Expectation) -> tuple[Fault, ...]:
    """The faults that a success itself admits to."""
    if reading.service is not None and expectation.is_foreign(reading.service):
        return (
            Fault(
                "wrong-service",
                "is answered by another service at",
                f": it calls itself {reading.service!r}",
                {"service": reading.service},
            ),
        )
    verdict = reading.verdict
    if verdict in {Verdict.GOOD, None} and response.status == _MULTI_STATUS:
        return _admitted("degraded", "answers 207 (in part) from", reading)
    match verdict:
        case Verdict.GOOD:
            return ()
        case Verdict.DEGRADED:
            return _admitted("degraded", "is degraded at", reading)
        case Verdict.NOT_READY:
            return _admitted("not-ready", "is not ready at", reading)
        case Verdict.BAD:
            return _admitted("unhealthy", "is unhealthy at", reading)
    return (_undecided(reading),)


def _undecided(reading: Reading) -> Fault:
    """The fault in an answer from which nothing follows."""
    unknown = [f"{part.name} is {part.says!r}" for part in reading.unknown[:3]]
    if not reading.is_whole:
        said = "it is nested too deeply to be read whole"
    elif reading.says is not None:
        said = f"the status {reading.says!r} is no word that is known"
    else:
        said = f"{', '.join(unknown)}: no word that is known" if unknown else "no status"
    evidence = {"says": reading.says, "parts": unknown or None}
    return Fault("no-verdict", "does not say how it is at", f": {said}", evidence)


def _admitted(rule: str, says: str, reading: Reading) -> tuple[Fault, ...]:
    return tuple(_own_words(rule, says, part, shows) for shows, part in told_apart(reading))


def _own_words(rule: str, says: str, reading: Reading, shows: frozenset[Sign]) -> Fault:
    words = [] if reading.says is None else [f"it says {reading.says!r}"]
    words += ailing_parts(reading)
    if reading.reason and reading.reason != reading.says:
        words.append(reading.reason)
    evidence = {
        "says": reading.says,
        "reason": reading.reason,
        "parts": ailing_parts(reading) or None,
    }
    detail = f": {', '.join(words)}" if words else ""
    return Fault(rule, says, detail, evidence, shows=shows)


def _slow(response: HttpResponse, options: HealthOptions) -> tuple[Fault, ...]:
    if response.latency_s <= options.max_latency_s:
        return ()
    slow = Fault(
        "slow",
        "answers slowly from",
        f" (limit {options.max_latency_s:g} s)",
        {"limit_s": options.max_latency_s},
        after_s=response.latency_s,
    )
    return (slow,)
