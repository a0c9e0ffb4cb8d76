"""Cloud Run's own addresses: which service one belongs to, as far as the name tells. Pure.

Source: https://cloud.google.com/run/docs/triggering/https-request. There are two forms,
``[TAG---]SERVICE-HASH-REGION.a.run.app`` and ``[TAG---]SERVICE-PROJECTNUMBER.REGION.run.app``; hash
and number are those of the project.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from netra_validate.hostnames import DIRECT, normal, under

if TYPE_CHECKING:
    from google.cloud import run_v2

_TAG: Final = r"(?:[a-z0-9-]+---)?"
_FORMS: Final = (
    re.compile(rf"{_TAG}(?P<service>[a-z0-9-]+)-(?P<home>[a-z0-9]+-[a-z]+\.a)\.run\.app"),
    re.compile(rf"{_TAG}(?P<service>[a-z0-9-]+)-(?P<home>\d+\.[a-z0-9-]+)\.run\.app"),
)


@dataclass(frozen=True, slots=True)
class Direct:
    """An address of Cloud Run's own."""

    service: str
    home: str
    """What all services of one project and region have in common."""


def is_direct(host: str) -> bool:
    """Whether it is one of Cloud Run's own."""
    return under(host, (DIRECT,))


def direct(host: str) -> Direct | None:
    """Read a host of Cloud Run's; None where it has neither form."""
    for form in _FORMS:
        if match := form.fullmatch(host):
            return Direct(match["service"], match["home"])
    return None


def hosts_of(services: Iterable[run_v2.Service]) -> frozenset[str]:
    """Every host that Cloud Run says these services have."""
    addresses: set[str] = set()
    for service in services:
        addresses |= {service.uri, *service.urls}
        addresses |= {each.uri for each in service.traffic_statuses}
    return frozenset(normal(urlsplit(each).hostname or "") for each in addresses if each)


def homes(hosts: Iterable[str]) -> frozenset[str]:
    """What the addresses of the services of these hosts have in common."""
    return frozenset(found.home for host in hosts if (found := direct(host)) is not None)
