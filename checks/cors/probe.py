"""One probe: a service asked for every origin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from checks.cors import origins, preflights
from checks.cors.judging import Fault, failures, judge, named, refusals
from checks.cors.options import CorsOptions
from checks.cors.preflights import Permission
from checks.cors.remedies import Remedies
from netra_validate import ClientError, Context, Finding, Service
from netra_validate.signs import of_status

if TYPE_CHECKING:
    from checks.cors import Cors


async def probe(check: Cors, service: Service, ctx: Context) -> AsyncIterator[Finding]:
    """Ask for every origin at once, judge, and compare refusals with the other services."""
    options: CorsOptions = check.options
    url = address(service, options.path or "/")
    wanted = origins.allowed(options, ctx.environment.domains)
    asked = wanted[: options.max_origins]
    others = origins.refused(options, wanted)
    ours, theirs = await _answers(ctx, url, asked, others, options)
    ctx.observe(**_seen(ours, theirs))
    faults = [*failures(ours), *judge(ours, theirs, options)]
    faults += await _refusals(service, ctx, ours, options)
    remedies = Remedies(service, options, ctx)
    for fault in faults:
        yield _finding(check, service, remedies, fault, url)
    if len(asked) < len(wanted):
        raise ClientError(
            f"{len(wanted) - len(asked)} of {len(wanted)} origins were not asked for",
            hint="raise max_origins in [checks.cors]",
        )


def address(service: Service, path: str) -> str:
    """A path behind the whole of a service's url."""
    return f"{(service.url or '').rstrip('/')}{path}"


async def _answers(
    ctx: Context, url: str, ours: Sequence[str], theirs: Sequence[str], options: CorsOptions
) -> tuple[tuple[Permission, ...], tuple[Permission, ...]]:
    asked = (preflights.permission(ctx, url, each, options) for each in (*ours, *theirs))
    found = await asyncio.gather(*asked)
    return tuple(found[: len(ours)]), tuple(found[len(ours) :])


def _seen(ours: Sequence[Permission], theirs: Sequence[Permission]) -> dict[str, object]:
    return {
        "allowed": [each.origin for each in ours if each.allows],
        "refused": [each.origin for each in (*ours, *theirs) if not each.names_origin],
        "credentials": any(each.credentials for each in ours),
    }


async def _refusals(
    service: Service, ctx: Context, ours: Sequence[Permission], options: CorsOptions
) -> list[Fault]:
    """Who is kept out by all services, and who by this one alone."""
    alone: list[Permission] = []
    by_all: list[Permission] = []
    allowing: set[str] = set()
    for each in refusals(ours):
        others = await _allowed_by(service, ctx, each.origin, options)
        (alone if others else by_all).append(each)
        allowing.update(others)
    faults = []
    if by_all:
        faults.append(Fault("origin-refused", f"refuses {named(by_all)}", tuple(by_all)))
    if alone:
        says = f"refuses {named(alone)}, allowed by {' and '.join(sorted(allowing))}"
        faults.append(
            Fault("disagrees", says, tuple(alone), evidence={"allowed_by": sorted(allowing)})
        )
    return faults


async def _allowed_by(
    service: Service, ctx: Context, origin: str, options: CorsOptions
) -> list[str]:
    """The other services that let this origin in. Their own probes ask the same."""
    found = []
    for other in ctx.topology.of(Service):
        path = other.checks.get("cors", {}).get("path")
        if other.key == service.key or other.url is None or not isinstance(path, str):
            continue
        if await preflights.allows(ctx, address(other, path), origin, options):
            found.append(other.cloud_run or other.key)
    return found


def _finding(check: Cors, service: Service, remedies: Remedies, fault: Fault, url: str) -> Finding:
    name = service.cloud_run or service.key
    statuses = sorted({each.status for each in fault.answers})
    evidence = {
        "address": url,
        "origins": [each.origin for each in fault.answers],
        "statuses": statuses,
        **(fault.evidence or {}),
    }
    return check.rules[fault.rule].finding(
        f"{name} {fault.says}",
        evidence=evidence,
        remedy=remedies.of(fault.rule, url, fault.answers[0].origin),
        severity=fault.severity,
        shows=of_status(min(statuses)) if fault.rule == "preflight-fails" else None,
    )
