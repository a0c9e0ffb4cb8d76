"""What stands in front of a URL map: proxies, addresses, and the names that lead there."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from checks.load_balancer import remedies
from netra_validate import ClientError, Context, Finding, Host, LoadBalancer, Service, Topology
from netra_validate.clients.google.compute import named
from netra_validate.clients.google.messages import short

if TYPE_CHECKING:
    from checks.load_balancer.remedies import Place
    from checks.load_balancer.rules import LoadBalancerRules
    from netra_validate.clients.google.compute_types import ForwardingRule, Proxy


def proxies_of(url_map: str, proxies: Iterable[Proxy]) -> tuple[Proxy, ...]:
    """Those that use a URL map. All are of one place, so the last segment tells it."""
    return tuple(each for each in proxies if short(each.url_map) == url_map)


def rules_of(
    proxies: Iterable[Proxy], rules: Iterable[ForwardingRule]
) -> tuple[ForwardingRule, ...]:
    """Those that lead to one of the proxies."""
    wanted = {named(each.self_link) for each in proxies}
    return tuple(each for each in rules if named(each.target) in wanted)


def missing(
    check: LoadBalancerRules, place: Place, rules: Sequence[ForwardingRule]
) -> Iterator[Finding]:
    """Whether anything leads there."""
    if not rules:
        yield check.no_frontend.finding(
            f"{place.url_map} has no address: no forwarding rule leads to it over https",
            remedy=remedies.lead_in(place),
        )


def hosts_of(balancer: LoadBalancer, topology: Topology) -> tuple[Host, ...]:
    """The hosts that the configuration says it serves."""
    return tuple(each for each in topology.of(Host) if each.load_balancer == balancer.key)


def names_of(balancer: LoadBalancer, topology: Topology) -> tuple[str, ...]:
    """The names over TLS that clients come by: of its hosts, and of the services behind it.

    Without Cloud Run's own, and without those that another load balancer serves.
    """
    elsewhere = {
        (host.name.lower(), host.port)
        for host in topology.of(Host)
        if host.load_balancer not in {None, balancer.key}
    }
    services = (topology.get(Service, key) for key in balancer.services)
    doors = [door for service in services if service is not None for door in service.doors]
    found = [host.name.lower() for host in hosts_of(balancer, topology) if host.tls]
    found += [name for name, port, tls in doors if tls and (name, port) not in elsewhere]
    return tuple(dict.fromkeys(name for name in found if not name.endswith(".run.app")))


async def addresses_of(hosts: Iterable[Host], ctx: Context) -> dict[str, tuple[str, ...]]:
    """Where the names lead. What does not resolve is for ``host`` to tell."""
    asked = {host.name: ctx.hosts.addresses(host.name) for host in hosts}
    found: dict[str, tuple[str, ...]] = {}
    for name, answer in asked.items():
        try:
            found[name] = await answer
        except ClientError as error:
            ctx.observe(addresses_not_compared=error.message)
    return found


def astray(
    check: LoadBalancerRules,
    place: Place,
    rules: Sequence[ForwardingRule],
    resolved: dict[str, tuple[str, ...]],
) -> Iterator[Finding]:
    """Names that lead to an address that is not the load balancer's."""
    ours = {_plain(each.address) for each in rules}
    for name, addresses in resolved.items():
        others = [each for each in addresses if _plain(each) not in ours]
        if rules and others:
            yield check.address_mismatch.finding(
                f"{name} leads to {', '.join(others)}, expected {', '.join(sorted(ours))}",
                evidence={"resolved": list(addresses), "load_balancer": sorted(ours)},
                remedy=remedies.correct_record(place, name),
                identity=name,
                affects=place.reached_by(name),
            )


def _plain(address: str) -> str:
    """One spelling for each address; a prefix length, as IPv6 rules may have, is left out."""
    try:
        return str(ipaddress.ip_address(address.partition("/")[0]))
    except ValueError:
        return address
