"""What is known of the way from a URL map to Cloud Run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate.clients.google.messages import segment, short

if TYPE_CHECKING:
    from netra_validate.clients.google.compute_types import BackendService, EndpointGroup

SERVERLESS_S: Final = 3600
"""Seconds after which a request to a serverless group ends, whatever the backend service says:
https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts."""

DEFAULT_S: Final = 30
"""Seconds that the API gives a backend service (``BackendService.timeoutSec``)."""


_CHECKED: Final = frozenset({"GCE_VM_IP_PORT", "GCE_VM_IP", "NON_GCP_PRIVATE_IP_PORT"})
"""Groups whose endpoints have a health: zonal and hybrid ones. Of serverless and internet ones the
documentation says that health checks are not applicable: https://cloud.google.com/load-balancing/docs/negs."""


@dataclass(frozen=True, slots=True)
class Linked:
    """What its link places: a URL map may lead into other projects."""

    name: str
    link: str

    @property
    def project(self) -> str | None:
        """Where it is, and the service of a serverless group with it."""
        return segment(self.link, "projects")

    @property
    def region(self) -> str | None:
        """Likewise; None for what is everywhere."""
        return segment(self.link, "regions")


@dataclass(frozen=True, slots=True)
class Group(Linked):
    """One backend of a backend service."""

    service: str | None = None
    """The Cloud Run service that it leads to."""
    mask: str | None = None
    """It leads to whatever service an address names, by this pattern."""
    is_serverless: bool = False
    has_health: bool = False
    """Health checks look at what is in it."""


@dataclass(frozen=True, slots=True)
class Behind(Linked):
    """One backend service, and what it leads to."""

    groups: tuple[Group, ...] = ()
    health_checks: tuple[str, ...] = ()
    timeout_s: int = DEFAULT_S

    @property
    def services(self) -> tuple[str, ...]:
        """The Cloud Run services."""
        return tuple(dict.fromkeys(each.service for each in self.groups if each.service))

    @property
    def is_serverless(self) -> bool:
        """Serverless groups and others do not mix."""
        return any(each.is_serverless for each in self.groups)

    @property
    def is_masked(self) -> bool:
        """Whether the address decides on the service."""
        return any(each.mask for each in self.groups)

    @property
    def limit_s(self) -> int:
        """Seconds after which it ends a request."""
        return SERVERLESS_S if self.is_serverless else self.timeout_s


def group(link: str, found: EndpointGroup | None) -> Group:
    """One backend; ``found`` is None for what is no network endpoint group."""
    if found is None:
        return Group(short(link), link, has_health="/instanceGroups/" in link)
    target = found.cloud_run
    return Group(
        found.name,
        link,
        service=target.service if target else None,
        mask=target.url_mask if target else None,
        is_serverless=found.network_endpoint_type == "SERVERLESS",
        has_health=found.network_endpoint_type in _CHECKED,
    )


def behind(link: str, found: BackendService, groups: Mapping[str, Group]) -> Behind:
    """One backend service with its groups, by their links."""
    return Behind(
        found.name,
        link,
        groups=tuple(groups[each.group] for each in found.backends if each.group in groups),
        health_checks=tuple(map(short, found.health_checks)),
        timeout_s=found.timeout_sec or DEFAULT_S,
    )


def is_group(link: str) -> bool:
    """Whether a backend is a network endpoint group; others are groups of machines."""
    return "/networkEndpointGroups/" in link


def is_bucket(link: str) -> bool:
    """Whether a route leads to files in Cloud Storage."""
    return "/backendBuckets/" in link


def services(found: Iterable[Behind]) -> tuple[str, ...]:
    """All Cloud Run services that are reached, each once."""
    return tuple(dict.fromkeys(name for each in found for name in each.services))
