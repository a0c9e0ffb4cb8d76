"""One probe: a URL map followed to Cloud Run, and what stands in front of it."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from checks.load_balancer import (
    backends,
    certificates,
    entrances,
    facts,
    health_checks,
    mapped,
    passing_on,
    remedies,
    routes,
    routing,
)
from checks.load_balancer.facts import Behind, Group
from checks.load_balancer.remedies import Place
from checks.load_balancer.routes import Ways
from netra_validate import ClientError, Context, Finding, Host, LoadBalancer, NotFound, Service
from netra_validate.clients.google.messages import short

if TYPE_CHECKING:
    from checks.load_balancer import LoadBalancerCheck
    from netra_validate.clients.google.compute_types import (
        BackendService,
        Proxy,
        SslCertificate,
        UrlMap,
    )


async def probe(
    check: LoadBalancerCheck, resource: LoadBalancer, ctx: Context
) -> AsyncIterator[Finding]:
    """Ask everything at once. What one answer does not tell must not hide what another one does."""
    place = Place(
        resource.url_map,
        ctx.environment.project_of(resource) or "",
        region=resource.region,
        services=tuple(_services(resource, ctx)),
        hosts=tuple(each for each in ctx.topology.of(Host) if resource.ref in each.needs),
    )
    compute = ctx.google.compute
    asked = compute.url_map(resource)
    compute.https_proxies(resource)  # under way until it is awaited
    compute.forwarding_rules(resource)
    try:
        url_map = await asked
    except NotFound as error:
        ctx.observe(exists=False)
        yield check.not_found.finding(
            f"{place.url_map} does not exist in {place.project}",
            evidence={"project": place.project, "region": place.region},
            missing=error.missing,
            remedy=remedies.find_url_map(place),
        )
        return
    unanswered: list[ClientError] = []
    behind = await _behind(url_map, ctx, unanswered)
    for part in (
        _judge_routes(check, place, resource, Ways(url_map, behind, not unanswered), ctx),
        _judge_groups(check, place, behind.values(), ctx, unanswered),
        backends.judge(check, place, behind.values(), ctx, unanswered),
        _judge_entrances(check, place, resource, ctx),
        passing_on.judge(check, place, _services(resource, ctx), ctx),
        health_checks.judge(check, place, resource, tuple(behind.values()), ctx),
    ):
        try:
            async for found in part:
                yield found
        except ClientError as error:
            unanswered.append(error)
    if unanswered:
        raise unanswered[0]


async def _behind(
    url_map: UrlMap, ctx: Context, unanswered: list[ClientError]
) -> dict[str, Behind]:
    """The backend services that routes lead to, with their groups."""
    compute = ctx.google.compute
    links = [link for link in routing.backends(url_map) if not facts.is_bucket(link)]
    asked = {link: compute.backend_service(link) for link in links}
    read: dict[str, BackendService] = {}
    for link, answer in asked.items():
        try:
            read[link] = await answer
        except ClientError as error:
            unanswered.append(error)
    groups = await _groups(read.values(), ctx, unanswered)
    return {link: facts.behind(link, found, groups) for link, found in read.items()}


async def _groups(
    services: Iterable[BackendService], ctx: Context, unanswered: list[ClientError]
) -> dict[str, Group]:
    links = dict.fromkeys(each.group for service in services for each in service.backends)
    asked = {
        link: ctx.google.compute.endpoint_group(link) for link in links if facts.is_group(link)
    }
    found = {link: facts.group(link, None) for link in links}
    for link, answer in asked.items():
        try:
            found[link] = facts.group(link, await answer)
        except ClientError as error:
            unanswered.append(error)
    return found


def _services(balancer: LoadBalancer, ctx: Context) -> list[Service]:
    """Those that the configuration says it leads to."""
    known = (ctx.topology.get(Service, key) for key in balancer.services)
    return [each for each in known if each is not None]


async def _judge_routes(
    check: LoadBalancerCheck, place: Place, balancer: LoadBalancer, ways: Ways, ctx: Context
) -> AsyncIterator[Finding]:
    services = _services(balancer, ctx)
    ctx.observe(
        services=list(facts.services(ways.behind.values())),
        backend_services={
            each.name: {
                "leads_to": list(each.services) or [group.name for group in each.groups],
                "timeout_s": each.limit_s,
                "health_checks": list(each.health_checks),
            }
            for each in ways.behind.values()
        },
    )
    if masks := [group.mask for group in ways.groups if group.mask]:
        ctx.observe(url_masks=masks)
    if elsewhere := [each.key for each in services if each.cloud_run is None]:
        ctx.observe(services_not_in_cloud_run=elsewhere)
    for found in routes.judge(check, place, ways, services):
        yield found


async def _judge_groups(
    check: LoadBalancerCheck,
    place: Place,
    behind: Collection[Behind],
    ctx: Context,
    unanswered: list[ClientError],
) -> AsyncIterator[Finding]:
    """Whether the services exist that groups name: each in its group's own project and region."""
    asked = {
        (each.project, each.region, each.service): (each, ctx.google.service(_named(each)))
        for one in behind
        for each in one.groups
        if each.service
    }
    declared = {each.cloud_run for each in place.services}
    for group, answer in asked.values():
        try:
            await answer
        except NotFound:
            meant = await _meant(place, group, behind, ctx)
            yield check.missing_service.finding(
                f"{group.name} leads to {group.service}, which does not exist in {group.region}",
                evidence={"group": group.name, "service": group.service, "region": group.region},
                remedy=remedies.regroup(place, group, meant)
                if meant
                else remedies.deploy(place, group, group.service or ""),
                identity=group.name,
                # A name that no service is declared by is a wrong name, whatever else is missing.
                shows=None if group.service in declared else (),
                affects=place.led_to(group.service or ""),
            )
        except ClientError as error:
            unanswered.append(error)


async def _meant(
    place: Place, group: Group, behind: Collection[Behind], ctx: Context
) -> str | None:
    """The declared service whose name is most like the wrong one, if it is there and not led to."""
    led_to = facts.services(behind)
    left = [name for each in place.services if (name := each.cloud_run) and name not in led_to]
    for name in difflib.get_close_matches(group.service or "", left, n=1):
        try:
            await ctx.google.service(_named(replace(group, service=name)))
        except ClientError:
            return None
        return name
    return None


def _named(group: Group) -> Service:
    """The service that a group names."""
    return Service(
        key=group.service or "",
        cloud_run=group.service,
        project=group.project,
        region=group.region,
    )


async def _judge_entrances(
    check: LoadBalancerCheck, place: Place, balancer: LoadBalancer, ctx: Context
) -> AsyncIterator[Finding]:
    compute = ctx.google.compute
    asked = compute.https_proxies(balancer), compute.forwarding_rules(balancer)
    proxies = entrances.proxies_of(place.url_map, await asked[0])
    rules = entrances.rules_of(proxies, await asked[1])
    ctx.observe(addresses=[each.address for each in rules])
    for found in entrances.missing(check, place, rules):
        yield found
    resolved = await entrances.addresses_of(entrances.hosts_of(balancer, ctx.topology), ctx)
    for found in entrances.astray(check, place, rules, resolved):
        yield found
    async for found in _judge_certificates(check, place, balancer, proxies, ctx):
        yield found


async def _judge_certificates(
    check: LoadBalancerCheck,
    place: Place,
    balancer: LoadBalancer,
    proxies: Sequence[Proxy],
    ctx: Context,
) -> AsyncIterator[Finding]:
    """Those of proxies with a certificate map come out of it, and their own mean nothing."""
    hosts, now = entrances.names_of(balancer, ctx.topology), datetime.now(UTC)
    own = [each for each in proxies if not each.certificate_map]
    links = dict.fromkeys(link for each in own for link in each.ssl_certificates)
    presented = await asyncio.gather(*map(ctx.google.compute.certificate, links))
    _observe_certificates(presented, ctx)
    if own:
        for found in certificates.judge(check, place, presented, hosts, now):
            yield found
    for link in dict.fromkeys(each.certificate_map for each in proxies if each.certificate_map):
        where = replace(place, certificate_map=short(link))
        entries = await ctx.google.certificate_manager.entries(link)
        names = dict.fromkeys(name for entry in entries for name in entry.certificates)
        asked = [ctx.google.certificate_manager.certificate(name) for name in names]
        found_there = dict(zip(names, await asyncio.gather(*asked), strict=True))
        ctx.observe(certificate_map={each.hostname or each.matcher: each.state for each in entries})
        _observe_certificates(tuple(found_there.values()), ctx)
        for found in certificates.judge(check, where, tuple(found_there.values()), (), now):
            yield found
        for found in mapped.judge(check, where, entries, found_there, hosts):
            yield found


def _observe_certificates(presented: Sequence[SslCertificate], ctx: Context) -> None:
    if presented:
        ctx.observe(
            certificates={
                each.name: each.managed.status if each.managed else each.expire_time
                for each in presented
            }
        )
