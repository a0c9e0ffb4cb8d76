"""What was found, where, and whether it can be what it looks like. Frozen data, pure.

Everything here was written by strangers: a value is only ever taken if it has the form that Google
gives to names of its kind, so that nothing else can end up in a configuration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Final

_NAME_FORMS: Final = {
    # https://cloud.google.com/resource-manager/docs/creating-managing-projects; old ones may
    # belong to a domain: example.com:project.
    "project": re.compile(r"(?:[a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"),
    # us-central1, northamerica-northeast2: https://cloud.google.com/run/docs/locations
    "region": re.compile(r"[a-z]{2,20}-[a-z]{2,20}[0-9]{1,2}"),
    # https://cloud.google.com/run/docs/deploying: at most 49 characters, a DNS label
    "service": re.compile(r"[a-z](?:[a-z0-9-]{0,47}[a-z0-9])?"),
    # https://cloud.google.com/vpc/docs/configure-serverless-vpc-access#create-connector
    "connector": re.compile(r"[a-z](?:[a-z0-9-]{0,23}[a-z0-9])?"),
    # https://cloud.google.com/sql/docs/postgres/instance-settings: with the project's id at most 98
    "database": re.compile(r"[a-z](?:[a-z0-9-]{0,95}[a-z0-9])?"),
}

_PATH: Final = re.compile(r"projects/([^/]+)/locations/([^/]+)/(?:connectors|services)/([^/]+)")

_BETWEEN_PARTS: Final = re.compile(r":(?![^{}]*\})")
"""A colon that is not inside of ``${NAME:-default}``."""


_PARTS: Final = 3
"""Project, region, instance."""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A value and where it stands."""

    value: str
    origin: str
    """``path:line``, ``$VARIABLE`` or the name of gcloud's configuration."""


@dataclass(frozen=True, slots=True)
class CloudName:
    """The name of a service, a connector or a database, with what is said of where it is."""

    name: str
    origin: str
    project: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """One place that says how a Cloud Run service is deployed."""

    service: CloudName
    connector: CloudName | None = None
    databases: tuple[CloudName, ...] = ()
    url: Found | None = None
    """Where it is reached, if that is known without an endpoint being named."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was found in some places."""

    deployments: tuple[Deployment, ...] = ()
    connectors: tuple[CloudName, ...] = ()
    databases: tuple[CloudName, ...] = ()
    projects: tuple[Found, ...] = ()
    regions: tuple[Found, ...] = ()
    addresses: tuple[Found, ...] = ()
    """Whole addresses of health endpoints (https) and WebSocket endpoints (wss)."""
    environments: tuple[Found, ...] = ()
    """What the jobs of workflows call the environment that they deploy to."""
    markers: tuple[Found, ...] = ()
    """Those that pytest's configuration registers."""
    unresolved: tuple[Found, ...] = ()
    """What would name something, if its variables were assigned in the same file."""

    def __add__(self, other: Facts) -> Facts:
        return Facts(
            **{
                each.name: getattr(self, each.name) + getattr(other, each.name)
                for each in fields(self)
            }
        )


def valid(kind: str, value: str | None) -> str | None:
    """``value`` if it has the form of a ``project``, ``region``, ``service``, …; None if not."""
    return value if value is not None and _NAME_FORMS[kind].fullmatch(value) else None


def cloud_name(
    kind: str,
    value: str | None,
    origin: str,
    project: str | None = None,
    region: str | None = None,
) -> CloudName | None:
    """A name of that kind, also if it is given as ``projects/P/locations/R/…/NAME``."""
    path = _PATH.fullmatch(value or "")
    if path:
        project, region, value = path.groups()
    name = valid(kind, value)
    if name is None:
        return None
    return CloudName(name, origin, valid("project", project), valid("region", region))


def connection_parts(raw: str) -> tuple[str, str, str] | None:
    """Project, region and instance of ``P:R:I``, each as it stands; the project may have a colon.

    https://cloud.google.com/sql/docs/postgres/connect-run
    """
    parts = _BETWEEN_PARTS.split(raw)
    if len(parts) < _PARTS:
        return None
    return ":".join(parts[:-2]), parts[-2], parts[-1]
