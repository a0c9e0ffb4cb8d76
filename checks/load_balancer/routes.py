"""Whether the routes lead where they should. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checks.load_balancer import facts, remedies, routing
from checks.load_balancer.facts import Behind, Group
from netra_validate import Finding, Service
from netra_validate.model import ResourceRef

if TYPE_CHECKING:
    from checks.load_balancer.remedies import Place
    from checks.load_balancer.rules import LoadBalancerRules
    from netra_validate.clients.google.compute_types import UrlMap


@dataclass(frozen=True, slots=True)
class Ways:
    """A URL map and the backend services behind it, by their links."""

    url_map: UrlMap
    behind: Mapping[str, Behind]
    is_whole: bool = True
    """Whether all of them could be read."""

    def at(self, address: str) -> tuple[routing.Route, tuple[Behind, ...]] | None:
        """Where an address leads; None where that is not known."""
        route = routing.route(self.url_map, address)
        if route is None or not route.backends or not set(route.backends) <= self.behind.keys():
            return None
        return route, tuple(self.behind[link] for link in route.backends)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every backend."""
        return tuple(group for each in self.behind.values() for group in each.groups)


def judge(
    check: LoadBalancerRules, place: Place, ways: Ways, services: Sequence[Service]
) -> Iterator[Finding]:
    """Every service has a route, and every address of it leads there."""
    for empty in ways.behind.values():
        if not empty.groups:
            yield check.no_backends.finding(
                f"{empty.name} has no backend, and routes of {place.url_map} lead to it",
                remedy=remedies.fill(place, empty),
                identity=empty.name,
                affects=_led_nowhere(ways, services, empty),
            )
    for service in services:
        if service.cloud_run is not None:
            yield from _misled(check, place, ways, service, service.cloud_run)
        yield from _hurried(check, place, ways, service)


def _led_nowhere(ways: Ways, services: Sequence[Service], empty: Behind) -> tuple[ResourceRef, ...]:
    """The services with an address that leads to an empty backend service; all where none has."""
    return tuple(
        service.ref
        for service in services
        if any((there := ways.at(each)) and empty in there[1] for each in addresses(service))
    )


def _misled(
    check: LoadBalancerRules, place: Place, ways: Ways, service: Service, name: str
) -> Iterator[Finding]:
    """That its addresses lead to another is told of a service that some route leads to."""
    unreached = list(_unreached(check, place, ways, service, name))
    yield from unreached or _astray(check, place, ways, service, name)


def _unreached(
    check: LoadBalancerRules, place: Place, ways: Ways, service: Service, name: str
) -> Iterator[Finding]:
    reached = facts.services(ways.behind.values())
    masked = any(each.is_masked for each in ways.behind.values())
    if name in reached or masked or not ways.is_whole or _leads_to_nothing(ways, service):
        return
    near = difflib.get_close_matches(name, reached, n=1)
    instead = f"; {near[0]} is reached instead" if near else ""
    yield check.no_route.finding(
        f"{name} is reached by no route of {place.url_map}{instead}",
        evidence={"expected": name, "reached": list(reached)},
        remedy=remedies.route(place, _of(ways, near), name),
        identity=name,
        affects=(service.ref,),
    )


def _leads_to_nothing(ways: Ways, service: Service) -> bool:
    """Whether its addresses lead to a backend service without backends, which says it all."""
    found = [ways.at(address) for address in addresses(service)]
    return any(there and not any(each.groups for each in there[1]) for there in found)


def _of(ways: Ways, names: Iterable[str]) -> tuple[Group, ...]:
    wanted = set(names)
    return tuple(group for group in ways.groups if group.service in wanted)


def _astray(
    check: LoadBalancerRules, place: Place, ways: Ways, service: Service, name: str
) -> Iterator[Finding]:
    by: dict[tuple[str, str], list[str]] = {}
    for address in addresses(service):
        found = ways.at(address)
        if found is None or any(each.is_masked or not each.services for each in found[1]):
            continue
        there = facts.services(found[1])
        if name not in there:
            by.setdefault((", ".join(there), found[0].rule), []).append(address)
    for (other, rule), led in by.items():
        yield check.wrong_route.finding(
            f"{place.url_map} leads {', '.join(led)} to {other} by {rule}, expected {name}",
            evidence={"addresses": led, "leads_to": other, "expected": name},
            remedy=remedies.reroute(place, name),
            identity=f"{name} {other}",
            affects=(service.ref,),
        )


def addresses(service: Service) -> tuple[str, ...]:
    """What clients ask for, as far as a load balancer has to do with it."""
    base = (service.url or "").rstrip("/")
    health = [path if "://" in path else f"{base}/{path.lstrip('/')}" for path in service.health]
    found = [*([service.url] if service.url else []), *health]
    if service.websocket:
        found.append(service.websocket)
    return tuple(dict.fromkeys(each for each in found if _is_through(each)))


def _is_through(address: str) -> bool:
    """Cloud Run's own addresses do not lead through a load balancer."""
    host = urlsplit(address).hostname or ""
    return bool(host) and not host.endswith(".run.app")


def _hurried(
    check: LoadBalancerRules, place: Place, ways: Ways, service: Service
) -> Iterator[Finding]:
    if not service.websocket or not _is_through(service.websocket):
        return
    found = ways.at(service.websocket)
    if found is None:
        return
    route, behind = found
    slowest = max(behind, key=lambda each: each.limit_s)
    limit = slowest.limit_s if route.timeout_s is None else route.timeout_s
    least = check.options.min_websocket_timeout_s
    if limit >= least:
        return
    whose = slowest.name if route.timeout_s is None else route.rule
    yield check.timeout_too_short.finding(
        f"{place.url_map} ends WebSockets at {service.websocket} after {limit} s ({whose}),"
        f" expected {least} s or more",
        evidence={"timeout_s": limit, "expected_s": least, "set_by": whose},
        remedy=remedies.give_time(place, slowest if route.timeout_s is None else None, least),
        identity=service.key,
        affects=(service.ref,),
    )
