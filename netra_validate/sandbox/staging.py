"""One staging environment as plain data: what there is, and how each part behaves.

A fault is a function from one :class:`Staging` to another, so faults combine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from netra_validate.sandbox import repository
from netra_validate.sandbox.behaviour import Deployment, healthy_deployments
from netra_validate.sandbox.database import DatabaseState
from netra_validate.sandbox.edge import Edge
from netra_validate.sandbox.world import World, healthy_world


class Conduct(Enum):
    """How the Google APIs treat whoever asks."""

    WILLING = auto()
    FORBIDDEN = auto()
    UNAVAILABLE = auto()
    SILENT = auto()


@dataclass(frozen=True, slots=True)
class Staging:
    """Everything that the sandbox serves.

    Attributes:
        world: what the Google APIs know.
        conduct: how they treat whoever asks.
        deployments: what answers for each service, by its name in the configuration.
        files: the repository's, by path.
        options: TOML to add to the configuration.
        candidates: what answers for each service's revision with a traffic tag, where there is one.
        edge: what clients meet before any service.
        database: what goes on in the real database.
        denied: permissions that callers of the Google APIs do not have.
    """

    world: World
    conduct: Conduct
    deployments: Mapping[str, Deployment]
    files: Mapping[str, str]
    options: str = ""
    candidates: Mapping[str, Deployment] = field(default_factory=dict)
    edge: Edge = field(default_factory=Edge)
    database: DatabaseState = field(default_factory=DatabaseState)
    denied: frozenset[str] = frozenset()

    @property
    def fixed(self) -> tuple[object, ...]:
        """What takes a server or a TLS context of its own, and so stays as it was started."""
        return (frozenset(self.candidates), self.edge.odd, self.database.way)


Fault = Callable[[Staging], Staging]
"""Breaks one thing."""


def healthy_staging() -> Staging:
    """The environment in which nothing is wrong."""
    return Staging(
        world=healthy_world(),
        conduct=Conduct.WILLING,
        deployments=healthy_deployments(),
        files=repository.HEALTHY,
    )
