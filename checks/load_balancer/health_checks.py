"""Health checks that nothing uses, and those that ask for what nobody answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from checks.load_balancer import remedies
from netra_validate import ClientError, Context, Finding, LoadBalancer, Service, Topology
from netra_validate.clients.google.compute import named

if TYPE_CHECKING:
    from checks.load_balancer import LoadBalancerCheck
    from checks.load_balancer.facts import Behind
    from checks.load_balancer.remedies import Place
    from netra_validate.clients.google.compute_types import HealthCheck

_PASSING: Final = frozenset({408, 429})
"""Refusals that say nothing of the path."""

_ASK_S: Final = 5.0
"""Seconds for one path of one service."""


async def judge(
    check: LoadBalancerCheck,
    place: Place,
    balancer: LoadBalancer,
    behind: Sequence[Behind],
    ctx: Context,
) -> AsyncIterator[Finding]:
    """Look at all of them that are beside the load balancer."""
    used_here = {name: each for each in behind for name in each.health_checks}
    if not check.options.unused_health_checks and not used_here:
        return
    found = await ctx.google.compute.health_checks(balancer)
    ctx.observe(health_checks=sorted(each.name for each in found))
    for each in found:
        if each.name in used_here and each.path is not None:
            services = _askable(used_here[each.name], balancer, ctx.topology)
            async for bad in _unanswered(check, place, services, each, each.path, ctx):
                yield bad
    if check.options.unused_health_checks:
        for unused in await _unused(balancer, found, ctx):
            yield check.unused_health_check.finding(
                f"{unused.name} is used by no backend service and no instance group",
                evidence={"type": unused.type, "path": unused.path},
                remedy=remedies.look_at_health_check(place, unused.name, used=False),
                identity=unused.name,
            )


async def _unused(
    balancer: LoadBalancer, found: Iterable[HealthCheck], ctx: Context
) -> tuple[HealthCheck, ...]:
    """Those that neither a backend service nor an instance group refers to.

    The groups are asked for where something is left to be found out.
    """
    left = {named(each.self_link): each for each in found}
    if left:
        for service in await ctx.google.compute.all_backend_services(balancer):
            for link in service.health_checks:
                left.pop(named(link), None)
    if left:
        for group in await ctx.google.compute.all_instance_groups(balancer):
            for policy in group.auto_healing_policies:
                left.pop(named(policy.health_check), None)
    return tuple(left.values())


def _askable(behind: Behind, balancer: LoadBalancer, topology: Topology) -> tuple[Service, ...]:
    """The services that a backend service leads to; all of them where that is not known."""
    found = [each for key in balancer.services if (each := topology.get(Service, key))]
    named = [each for each in found if each.cloud_run in behind.services]
    return tuple(named or found)


async def _unanswered(
    check: LoadBalancerCheck,
    place: Place,
    services: Sequence[Service],
    health_check: HealthCheck,
    path: str,
    ctx: Context,
) -> AsyncIterator[Finding]:
    """Ask the services for the path of a health check."""
    urls = [f"{each.url.rstrip('/')}{path}" for each in services if each.url]
    asked = {url: ctx.hosts.front(url, _ASK_S) for url in dict.fromkeys(urls)}
    statuses: dict[str, int] = {}
    for url, answer in asked.items():
        try:
            statuses[url] = (await answer).status
        except ClientError:
            continue
    if statuses and all(map(_is_refused, statuses.values())):
        yield check.health_check_path.finding(
            f"{health_check.name} asks for {path}, which no service answers with 200",
            evidence={"path": path, "answers": statuses},
            remedy=remedies.look_at_health_check(place, health_check.name, used=True),
            identity=health_check.name,
            affects=[each.ref for each in services],
        )


def _is_refused(status: int) -> bool:
    """Whether a health check fails on it for good: it takes 200 alone, and follows no redirect.

    https://cloud.google.com/load-balancing/docs/health-check-concepts. A 5xx is for ``health``.
    """
    return 300 <= status < 500 and status not in _PASSING  # noqa: PLR2004 - 3xx and 4xx
