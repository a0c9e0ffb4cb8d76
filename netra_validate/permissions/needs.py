"""The permissions that checks declare, and where they are needed. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from netra_validate.check import Check
from netra_validate.plan import Selection
from netra_validate.registry import Registry
from netra_validate.topology import (
    CloudResource,
    Connector,
    Database,
    Environment,
    LoadBalancer,
    Service,
    Topology,
)

_HOMES: Final[Mapping[str, type[CloudResource]]] = {
    "certificatemanager": LoadBalancer,
    "cloudsql": Database,
    "compute": LoadBalancer,
    "iam": Service,
    "logging": Service,
    "resourcemanager": Service,
    "run": Service,
    "secretmanager": Service,
    "vpcaccess": Connector,
}
"""In whose project an API is asked, whichever check asks; else in that of what it examines."""


@dataclass(frozen=True, slots=True)
class Need:
    """One permission."""

    permission: str
    checks: tuple[str, ...]
    """Ids of those that need it."""
    projects: tuple[str, ...]
    """Where; empty where the configuration names no project."""


def chosen(
    registry: Registry, topology: Topology, selection: Selection, *, configured: bool
) -> tuple[list[type[Check[Any]]], list[type[Check[Any]]]]:
    """The selected checks that count, and those with permissions that have nothing to do here.

    A check that was asked for by name counts in any case, and so does every one where there is no
    configuration.
    """
    selected = [each for each in registry.checks.values() if selection.takes(each.id, each.plane)]
    busy = [
        each
        for each in selected
        if not configured or each.id in selection.checks or any(map(topology.of, each.kinds()))
    ]
    return busy, [each for each in selected if each not in busy and each.permissions]


def needs(
    checks: Sequence[type[Check[Any]]], environment: Environment, topology: Topology
) -> tuple[Need, ...]:
    """The union of what these checks need, by the name of the permission."""
    users: defaultdict[str, list[type[Check[Any]]]] = defaultdict(list)
    for check in checks:
        for permission in check.permissions:
            users[permission].append(check)
    return tuple(
        Need(
            permission,
            tuple(sorted(check.id for check in users[permission])),
            _projects(_kinds(permission, users[permission]), environment, topology),
        )
        for permission in sorted(users)
    )


def _kinds(permission: str, checks: Iterable[type[Check[Any]]]) -> Iterator[type[Any]]:
    home = _HOMES.get(permission.partition(".")[0])
    if home is not None:
        yield home
        return
    for check in checks:
        yield from check.kinds()


def _projects(
    kinds: Iterable[type[Any]], environment: Environment, topology: Topology
) -> tuple[str, ...]:
    places = {
        environment.project_of(resource)
        for kind in kinds
        for resource in topology.of(kind)
        if isinstance(resource, CloudResource)
    }
    return tuple(sorted(filter(None, places or {environment.project})))
