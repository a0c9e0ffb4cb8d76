"""One probe: a name resolved, every address of it tried, and the front page asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from checks.host import front, judging
from checks.host.remedies import Remedies
from netra_validate import Context, Finding, Host, NotFound, Unreachable

if TYPE_CHECKING:
    from checks.host import HostCheck
    from netra_validate.clients.hosts.handshake import Handshake


async def probe(check: HostCheck, host: Host, ctx: Context) -> AsyncIterator[Finding]:
    """Resolve the name, knock at every address, then ask for the front page in both schemes."""
    remedies = Remedies(host, ctx.environment, ctx.topology)
    try:
        addresses = await ctx.hosts.addresses(host.name)
    except NotFound:
        yield check.not_resolved.finding(
            f"{host.name} does not resolve", remedy=remedies.give_record()
        )
        ctx.observe(resolves=False)
        return
    ctx.observe(addresses=list(addresses))
    tried = await _tried(check, host, addresses, ctx)
    for found in judging.judge(check, host, tried, remedies, datetime.now(UTC)):
        yield found
    if host.tls and any(each.is_trusted for each in tried):
        async for found in front.judge(check, host, ctx, remedies):
            yield found
    _refuse_none(host, tried)


async def _tried(
    check: HostCheck, host: Host, addresses: Sequence[str], ctx: Context
) -> tuple[Handshake, ...]:
    """A handshake with each address, all at once."""
    ask = ctx.hosts.handshake if host.tls else ctx.hosts.connection
    chosen = addresses[: check.options.max_addresses]
    if len(chosen) < len(addresses):
        ctx.observe(addresses_not_tried=list(addresses[len(chosen) :]))
    tried = await asyncio.gather(*(ask(host.name, host.port, each) for each in chosen))
    ctx.observe(**judging.facts(tried))
    return tuple(tried)


def _refuse_none(host: Host, tried: Sequence[Handshake]) -> None:
    """A pass needs one address that was tried.

    Raises:
        Unreachable: this machine has no way to any of them.
    """
    if not any(each.from_here for each in tried):
        raise Unreachable(
            f"{host.name} has addresses of a kind alone that this machine has no way to",
            hint="run where there is IPv6",
        )
