"""Whether the load balancer passes on to services that are well, rather than answer 502 itself.

Two facts are put side by side: what answers at the front page through the load balancer, and what
answers at the same place on the address that Cloud Run gave the service. The first one is what
``host`` asks for as well, and is asked once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from checks.load_balancer import remedies
from netra_validate import ClientError, Context, Finding, Service, Severity
from netra_validate.clients.google.messages import enum_name

if TYPE_CHECKING:
    from checks.load_balancer.remedies import Place
    from checks.load_balancer.rules import LoadBalancerRules
    from netra_validate.clients.http import HttpResponse

_BAD_GATEWAY: Final = 502
_UNAVAILABLE: Final = 503
_SERVER_ERROR: Final = 500
_REFUSED: Final = frozenset({401, 403, 404, 429})
"""Answers that Google's front end gives as well, for whom it does not let in."""
_ASK_S: Final = 5.0
"""Seconds for one question, as for the paths of health checks."""

_OWN_WORDS: Final = (
    "the server encountered a temporary error and could not complete your request",
    "upstream connect error or disconnect/reset before headers",
    "no healthy upstream",
)
"""Of the pages that a load balancer answers with when it reaches no backend: of a classic or global
one, and of Envoy, which the others are."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one service."""

    through: str
    """Where the load balancer was asked."""
    status: int
    direct: int | None
    """What its own address answers; None where that is not known."""
    ready: bool
    """Cloud Run says so."""


def is_of_the_load_balancer(response: HttpResponse) -> bool:
    """Whether a 502 or 503 is the load balancer's own word, and not its backend's."""
    if response.status not in {_BAD_GATEWAY, _UNAVAILABLE}:
        return False
    page = response.text()[:4096].casefold()
    return any(words in page for words in _OWN_WORDS)


async def judge(
    check: LoadBalancerRules, place: Place, services: Sequence[Service], ctx: Context
) -> AsyncIterator[Finding]:
    """Ask through the load balancer; where it answers itself, ask behind it as well."""
    fronts = {
        each.key: front
        for each in services
        if (front := _front(each.url)) and not front.endswith(".run.app/")
    }
    asked = {key: ctx.hosts.front(front, _ASK_S) for key, front in fronts.items()}
    for service in services:
        if service.key not in asked or service.cloud_run is None:
            continue
        try:
            response = await asked[service.key]
        except ClientError:
            continue  # that nothing answers is for `host` to tell
        if is_of_the_load_balancer(response):
            through = fronts[service.key]
            seen = await _behind(service, through, response.status, ctx)
            if (found := verdict(check, place, service.cloud_run, seen)) is not None:
                yield found


async def _behind(service: Service, through: str, status: int, ctx: Context) -> Seen:
    """The service by itself: its condition, and its own address where that takes everybody."""
    message = await ctx.google.service(service)
    ready = enum_name(message.terminal_condition, "state") == "CONDITION_SUCCEEDED"
    direct = None
    front = _front(message.uri)
    if front and enum_name(message, "ingress") == "INGRESS_TRAFFIC_ALL":
        try:
            direct = (await ctx.hosts.front(front, _ASK_S)).status
        except ClientError:
            direct = None
    ctx.observe(**{f"{service.key}_behind": {"ready": ready, "answers": direct or "not known"}})
    return Seen(through, status, direct, ready)


def verdict(check: LoadBalancerRules, place: Place, name: str, seen: Seen) -> Finding | None:
    """An error where the service answers by itself; a warning where it is only said to be ready.

    A 503 of a load balancer can be Cloud Run's own, passed on: without an answer of the service's
    own address to compare with, it says nothing.
    """
    answers = seen.direct is not None and seen.direct not in _REFUSED
    well = answers and (seen.direct or 0) < _SERVER_ERROR
    if answers and not well:
        return None
    if not well and not (seen.ready and seen.status == _BAD_GATEWAY):
        return None
    behind = f"answers {seen.direct} by itself" if well else "is ready, as Cloud Run says"
    return check.not_passed_on.finding(
        f"{place.url_map} answers {seen.status} itself at {seen.through}, and {name} {behind}",
        evidence={"status": seen.status, "service_answers": seen.direct, "ready": seen.ready},
        remedy=remedies.pass_on(place, name),
        severity=None if well else Severity.WARNING,
        identity=name,
        affects=place.led_to(name),
    )


def _front(url: str | None) -> str | None:
    """The front page of an address."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}/" if parts.hostname else None
