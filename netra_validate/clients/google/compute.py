"""Load balancers, asked after in Compute Engine.

Over REST and read into small types: importing ``google-cloud-compute`` takes a second and 170 MB.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ProtocolError
from netra_validate.clients.google.access import COMPUTE, Access
from netra_validate.clients.google.compute_types import (
    BackendService,
    EndpointGroup,
    EndpointHealth,
    ForwardingRule,
    GroupHealth,
    HealthCheck,
    InstanceGroup,
    Proxy,
    SslCertificate,
    UrlMap,
)
from netra_validate.clients.google.messages import segment, short
from netra_validate.clients.google.shared import Answer
from netra_validate.topology import LoadBalancer

T = TypeVar("T")
N = TypeVar("N", UrlMap, BackendService, EndpointGroup, SslCertificate)

_PAGES: Final = 20
"""Most pages of one list, of 500 each: more than a project's quota of any of these."""

_WORDS: Final = {
    "urlMaps": "the URL map",
    "backendServices": "the backend service",
    "networkEndpointGroups": "the network endpoint group",
    "sslCertificates": "the certificate",
    "targetHttpsProxies": "the HTTPS proxies",
    "forwardingRules": "the forwarding rules",
    "healthChecks": "the health checks",
    "instanceGroupManagers": "the instance groups",
}


class Compute:
    """What Compute Engine, version 1, tells one probe. Each question is asked once in a run."""

    def __init__(self, access: Access, budget: Budget) -> None:
        self._access = access
        self._budget = budget

    def url_map(self, balancer: LoadBalancer) -> Answer[UrlMap]:
        """The URL map of a load balancer."""
        return self._one(f"{self._scope(balancer)}/urlMaps/{balancer.url_map}", UrlMap)

    def backend_service(self, link: str) -> Answer[BackendService]:
        """A backend service, by any form of its link."""
        return self._one(named(link), BackendService)

    def endpoint_group(self, link: str) -> Answer[EndpointGroup]:
        """A network endpoint group, by any form of its link."""
        return self._one(named(link), EndpointGroup)

    def health(self, service: str, group: str) -> Answer[tuple[EndpointHealth, ...]]:
        """What the health checks of a backend service found in one of its groups.

        The group is one of machines, or a zonal or hybrid network endpoint group: others have no
        health (https://cloud.google.com/load-balancing/docs/negs).

        Args:
            service: the backend service, by any form of its link.
            group: by the link that the backend service has of it.
        """
        name = named(service)
        subject = f"the health of {short(group)} behind {short(service)}"

        async def call(own: Budget) -> tuple[EndpointHealth, ...]:
            question = self._access.question(subject, COMPUTE, permission(name), name)
            path = f"/compute/v1/{quote(name)}/getHealth"
            about = msgspec.json.encode({"group": group})
            body = await self._access.rest(COMPUTE).read(path, about, question, own)
            return _read(GroupHealth, body, subject).health_status

        return self._access.ask((name, "health", group), subject, self._budget, call)

    def certificate(self, link: str) -> Answer[SslCertificate]:
        """A certificate, by any form of its link. The API tells no private key."""
        return self._one(named(link), SslCertificate)

    def https_proxies(self, balancer: LoadBalancer) -> Answer[tuple[Proxy, ...]]:
        """All HTTPS proxies beside a load balancer."""
        return self._all(f"{self._scope(balancer)}/targetHttpsProxies", Proxy)

    def forwarding_rules(self, balancer: LoadBalancer) -> Answer[tuple[ForwardingRule, ...]]:
        """All forwarding rules beside a load balancer."""
        return self._all(f"{self._scope(balancer)}/forwardingRules", ForwardingRule)

    def health_checks(self, balancer: LoadBalancer) -> Answer[tuple[HealthCheck, ...]]:
        """All health checks beside a load balancer."""
        return self._all(f"{self._scope(balancer)}/healthChecks", HealthCheck)

    def all_backend_services(self, balancer: LoadBalancer) -> Answer[tuple[BackendService, ...]]:
        """Every backend service of a load balancer's project, wherever it is."""
        project = self._access.project_of(balancer)
        name = f"projects/{project}/aggregated/backendServices"
        return self._all(name, BackendService)

    def all_instance_groups(self, balancer: LoadBalancer) -> Answer[tuple[InstanceGroup, ...]]:
        """Every managed instance group of a load balancer's project, wherever it is."""
        project = self._access.project_of(balancer)
        name = f"projects/{project}/aggregated/instanceGroupManagers"
        return self._all(name, InstanceGroup)

    def _scope(self, balancer: LoadBalancer) -> str:
        """Where its parts are: everywhere, unless the load balancer itself has a region."""
        project = self._access.project_of(balancer)
        place = f"regions/{balancer.region}" if balancer.region else "global"
        return f"projects/{project}/{place}"

    def _one(self, name: str, kind: type[N]) -> Answer[N]:
        collection = name.rsplit("/", 2)[-2]
        subject = f"{_WORDS.get(collection, 'what is named')} {short(name)}"

        async def call(own: Budget) -> N:
            found = _read(kind, await self._get(name, "", subject, own), subject)
            if found.name != short(name):
                raise ProtocolError(f"{COMPUTE.host} answers about another resource than {subject}")
            return found

        return self._access.ask(name, subject, self._budget, call)

    def _all(self, name: str, kind: type[T]) -> Answer[tuple[T, ...]]:
        subject = f"{_WORDS[short(name)]} of {segment(name, 'projects')}"

        async def call(own: Budget) -> tuple[T, ...]:
            found: list[T] = []
            token = ""
            for _ in range(_PAGES):
                query = "?maxResults=500" + (f"&pageToken={quote(token, safe='')}" if token else "")
                page = _read(_Page, await self._get(name, query, subject, own), subject)
                found += _converted(page.of(short(name)), kind, subject)
                token = page.next_page_token
                if not token:
                    break
            return tuple(found)

        return self._access.ask(name, subject, self._budget, call)

    async def _get(self, name: str, query: str, subject: str, budget: Budget) -> bytes:
        question = self._access.question(subject, COMPUTE, permission(name), name)
        path = f"/compute/v1/{quote(name)}{query}"
        return await self._access.rest(COMPUTE).get(path, question, budget)


class _Page(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One page of a list: a list of things, or of scopes with lists of things."""

    items: list[object] | dict[str, dict[str, object]] = []
    next_page_token: str = ""

    def of(self, collection: str) -> Iterable[object]:
        """The things."""
        if isinstance(self.items, list):
            return self.items
        lists = (scope.get(collection, []) for scope in self.items.values())
        return [each for found in lists if isinstance(found, list) for each in found]


def _read(kind: type[T], body: bytes, subject: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"what {COMPUTE.host} answers cannot be read as {subject}") from error


def _converted(items: Iterable[object], kind: type[T], subject: str) -> list[T]:
    try:
        return [msgspec.convert(each, kind) for each in items]
    except msgspec.ValidationError as error:
        raise ProtocolError(f"what {COMPUTE.host} answers cannot be read as {subject}") from error


def named(link: str) -> str:
    """A link as a name that begins with ``projects/``, whatever stands before that."""
    _, found, rest = link.partition("projects/")
    return f"{found}{rest}" if found else link


def permission(name: str) -> str:
    """What it takes to read ``name``: https://cloud.google.com/compute/docs/access/iam-permissions.

    What lies in a region has permissions of its own, and so have forwarding rules that lie in none.
    """
    parts = name.split("/")
    is_list = parts[-1] in _WORDS
    collection, verb = (parts[-1], "list") if is_list else (parts[-2], "get")
    if "aggregated" in parts or collection in {"networkEndpointGroups", "forwardingRules"}:
        prefix = _OTHERS.get((collection, parts[2]), "")
    else:
        prefix = "region" if "regions" in parts else ""
    whole = f"{prefix}{collection[:1].upper()}{collection[1:]}" if prefix else collection
    return f"compute.{whole}.{verb}"


_OTHERS: Final = {
    ("networkEndpointGroups", "regions"): "region",
    ("networkEndpointGroups", "global"): "global",
    ("forwardingRules", "global"): "global",
}
