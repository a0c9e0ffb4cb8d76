"""Whether the machines and endpoints behind backend services are well, as health checks find."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from checks.load_balancer import remedies
from netra_validate import ClientError, Context, Finding, Severity

if TYPE_CHECKING:
    from checks.load_balancer.facts import Behind
    from checks.load_balancer.remedies import Place
    from checks.load_balancer.rules import LoadBalancerRules
    from netra_validate.clients.google.compute_types import EndpointHealth

_SHOWN: Final = 5
"""Names in one message."""

_WELL: Final = frozenset({"HEALTHY", "DRAINING"})
"""A draining one is on its way out on purpose, and answers what it has begun."""


async def judge(
    check: LoadBalancerRules,
    place: Place,
    behind: Iterable[Behind],
    ctx: Context,
    unanswered: list[ClientError],
) -> AsyncIterator[Finding]:
    """Ask for every group that has a health: those of serverless services have none."""
    compute = ctx.google.compute
    asked = {
        (each, group.link): compute.health(each.link, group.link)
        for each in behind
        if each.health_checks
        for group in each.groups
        if group.has_health
    }
    found: dict[Behind, list[EndpointHealth]] = {}
    for (each, _), answer in asked.items():
        try:
            found.setdefault(each, []).extend(await answer)
        except ClientError as error:
            unanswered.append(error)
            found[each] = []
    if found:
        ctx.observe(backend_health={each.name: counted(health) for each, health in found.items()})
    for each, health in found.items():
        for bad in ill(check, place, each, health):
            yield bad


def counted(health: Iterable[EndpointHealth]) -> dict[str, int]:
    """How many are in each state."""
    states: dict[str, int] = {}
    for each in health:
        states[each.health_state] = states.get(each.health_state, 0) + 1
    return states


def ill(
    check: LoadBalancerRules, place: Place, behind: Behind, health: Sequence[EndpointHealth]
) -> Iterator[Finding]:
    """None of them well is an error, some of them a warning."""
    failing = [named(each) for each in health if each.health_state not in _WELL]
    if not failing:
        return
    none = len(failing) == len(health)
    whose = "none" if none else f"{len(health) - len(failing)}"
    shown = ", ".join(failing[:_SHOWN]) + (" and others" if len(failing) > _SHOWN else "")
    yield check.unhealthy_backends.finding(
        f"{behind.name} has {len(health)} backends, of which {whose} answer the health check:"
        f" {shown} do not",
        evidence={"states": counted(health), "failing": failing},
        remedy=remedies.heal(place, behind),
        severity=None if none else Severity.WARNING,
        identity=behind.name,
        affects=place.led_to(*behind.services) if behind.services else (),
    )


def named(each: EndpointHealth) -> str:
    """A machine by its name, an endpoint by its address."""
    if each.instance:
        return each.instance.rpartition("/")[2]
    return f"{each.ip_address}:{each.port}"
