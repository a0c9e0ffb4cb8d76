"""The Cloud SQL Auth Proxy, where a container of a revision runs it. Pure.

It opens the way to an instance for the containers beside it, so that the revision needs no socket
of Cloud Run's own. Sources: https://github.com/GoogleCloudPlatform/cloud-sql-proxy (flags and
variables of version 2), and its ``migration-guide.md`` for those of version 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from google.cloud import run_v2

_PROXY: Final = re.compile(r"cloud[-_]?sql[-_]proxy|cloudsql-docker/gce-proxy")
"""In the image, or the program, of either version; images that were mirrored have the name."""

_CONNECTION: Final = re.compile(
    r"(?<![\w:.-])(?:[a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{0,62}:[a-z]{2,20}-[a-z]{2,20}\d{1,2}"
    r":[a-z][a-z0-9-]{0,97}(?![\w-])"
)
"""``project:region:instance``; the project may have a domain."""

_PRIVATE: Final = re.compile(
    r"(?:^|[\s?&])-{0,2}(?:private-ip|psc)(?:=true)?(?:$|[\s&])|ip_address_types=PRIVATE(?:$|\s)"
)
_PRIVATE_VARIABLES: Final = frozenset({"CSQL_PROXY_PRIVATE_IP", "CSQL_PROXY_PSC"})


@dataclass(frozen=True, slots=True)
class Proxied:
    """What such proxies of one revision lead to."""

    connections: tuple[str, ...] = ()
    """Names of connections, as far as they stand in the revision."""
    privately: bool = False
    """Over the instances' private addresses; else over the public ones."""


NONE: Final = Proxied()
"""What a revision without any leads to."""


def proxied(containers: Iterable[run_v2.Container]) -> Proxied:
    """Find them among the containers of a revision."""
    found: set[str] = set()
    privately = False
    for each in containers:
        words = [*each.command, *each.args]
        if not any(map(_PROXY.search, (each.image, each.name, *words))):
            continue
        given = {variable.name: variable.value for variable in each.env}
        found |= {name for text in (*words, *given.values()) for name in _CONNECTION.findall(text)}
        privately |= any(map(_PRIVATE.search, words))
        privately |= any(given.get(name, "").lower() == "true" for name in _PRIVATE_VARIABLES)
    return Proxied(tuple(sorted(found)), privately)
