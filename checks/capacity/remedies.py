"""What to do about what is nearly used up, as commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate import projections
from netra_validate.model import Command, Remediation, Rollout
from netra_validate.remedies import (
    Argv,
    changes,
    describe_revision,
    describe_service,
    gcloud,
    looks,
    remedy,
    restarts,
    update_service,
)

if TYPE_CHECKING:
    from netra_validate.clients.google.revisions import User

_SQL: Final = "https://cloud.google.com/sql/docs/postgres"
_RUN: Final = "https://cloud.google.com/run/docs"
_VPC: Final = f"{_RUN}/configuring/vpc-connectors"

_NEXT_TIER: Final = {"db-f1-micro": "db-g1-small", "db-g1-small": "db-custom-1-3840"}
"""https://cloud.google.com/sql/docs/postgres/instance-settings"""
_MOST_CORES: Final = 96

_NEXT_CPU: Final = {"0.5": "1", "1": "2", "1000m": "2", "2": "4", "4": "8"}
"""https://cloud.google.com/run/docs/configuring/services/cpu"""
_MOST_MEMORY_MIB: Final = 4096
"""What goes with a single CPU; beyond it the two have to be raised together.
https://cloud.google.com/run/docs/configuring/services/memory-limits"""

_MOST_CONNECTOR_INSTANCES: Final = 10
_BIGGEST_MACHINE: Final = "e2-standard-4"
"""https://cloud.google.com/vpc/docs/serverless-vpc-access"""

_UNTOLD: Final = Rollout()

_RESTARTS: Final = "The database is away for some minutes, and costs more from then on"
_COSTS: Final = "What it grows by costs money, and a connector does not shrink by itself"


@dataclass(frozen=True, slots=True)
class InstancePlace:
    """Where a Cloud SQL instance is."""

    name: str
    project: str
    tier: str = ""

    def patch(self, *flags: str) -> Argv:
        """The command that changes a setting."""
        return gcloud("sql", "instances", "patch", self.name, *flags, project=self.project)

    @property
    def describe(self) -> Command:
        """Look at it."""
        return looks(*gcloud("sql", "instances", "describe", self.name, project=self.project))

    @property
    def bigger(self) -> tuple[Command, ...]:
        """Twice the machine, where it is known what that is."""
        tier = _NEXT_TIER.get(self.tier)
        if custom := re.fullmatch(r"db-custom-(\d{1,3})-(\d{1,7})", self.tier):
            cores, memory = int(custom[1]) * 2, int(custom[2]) * 2
            tier = f"db-custom-{cores}-{memory}" if cores <= _MOST_CORES else None
        if tier is None:
            return ()
        bigger, back = self.patch(f"--tier={tier}"), self.patch(f"--tier={self.tier}")
        return (restarts(bigger, back, risk=_RESTARTS),)


def bigger_instance(place: InstancePlace, what: str) -> Remediation:
    """For a database that needs more CPU or memory."""
    page = "optimize-high-memory-usage" if what == "memory" else "optimize-cpu-usage"
    return remedy(
        f"Find the queries that need so much {what}, or give {place.name} a bigger machine",
        place.describe,
        *place.bigger,
        docs=f"{_SQL}/{page}",
    )


def more_disk(place: InstancePlace, *, grows: bool) -> Remediation:
    """For a database whose disk is nearly full."""
    if grows:
        return remedy(
            "Raise the limit of the disk's growth, or find what fills it; a disk cannot be made"
            " smaller again",
            place.describe,
            docs=f"{_SQL}/instance-settings#automatic-storage-increase-2ndgen",
        )
    return remedy(
        "Find what fills the disk, or let it grow by itself",
        place.describe,
        changes(
            place.patch("--storage-auto-increase"),
            place.patch("--no-storage-auto-increase"),
            risk="What the disk grew by costs money, and it cannot be made smaller again",
        ),
        docs=f"{_SQL}/instance-settings#automatic-storage-increase-2ndgen",
    )


def fewer_connections(place: InstancePlace, users: tuple[User, ...]) -> Remediation:
    """For a database of which nearly all connections are open."""
    return remedy(
        "Lower the pools or the instances of its services, or put a pooler in front",
        place.describe,
        *(describe_service(each.cloud_run, each.project, each.region) for each in users),
        docs=f"{_SQL}/manage-connections",
    )


@dataclass(frozen=True, slots=True)
class RevisionPlace:
    """Where a revision is, and what it has now."""

    service: str
    revision: str
    project: str | None
    region: str | None
    tag: str | None = None
    rollout: Rollout = _UNTOLD
    """What the next revision starts from."""
    cpu: str = ""
    """Limit of its only container, such as ``1``."""
    memory: str = ""
    """As ``cpu``: ``512Mi``."""
    max_instances: int = 0
    """Of the revision; 0 where it is not known."""
    service_max_instances: int = 0
    """Of the service as a whole; 0 where there is no such limit."""
    min_instances: int = 0
    boost: bool = False
    """Whether it has more CPU while it starts."""

    @property
    def most_instances(self) -> int:
        """How many instances it may have; 0 where that is not known."""
        limits = (self.max_instances, self.service_max_instances)
        return min((each for each in limits if each), default=0)

    @property
    def describe(self) -> Command:
        """Look at it."""
        return describe_revision(self.revision, self.project, self.region, projections.SETTINGS)

    def update(self, flag: str, undo: str, risk: str = "") -> Command:
        """The command that deploys a revision with another setting."""
        return update_service(
            self.service,
            (flag,),
            (undo,),
            self.project,
            self.region,
            tag=self.tag,
            risk=risk,
            rollout=self.rollout,
        )


def more_cpu(place: RevisionPlace) -> Remediation:
    """For instances that need more CPU."""
    more = _NEXT_CPU.get(place.cpu)
    return remedy(
        "Give each instance more CPU, or let it take fewer requests at once",
        place.describe,
        *([place.update(f"--cpu={more}", f"--cpu={place.cpu}")] if more else ()),
        docs=f"{_RUN}/configuring/services/cpu",
    )


def more_memory(place: RevisionPlace) -> Remediation:
    """For instances that need more memory."""
    size = re.fullmatch(r"(\d{1,5})(Mi|Gi)", place.memory)
    doubled = int(size[1]) * 2 if size else 0
    mebibytes = doubled * (1024 if size and size[2] == "Gi" else 1)
    more = f"{doubled}{size[2]}" if size and mebibytes <= _MOST_MEMORY_MIB else None
    return remedy(
        "Give each instance more memory, or find what holds it",
        place.describe,
        *([place.update(f"--memory={more}", f"--memory={place.memory}")] if more else ()),
        docs=f"{_RUN}/configuring/services/memory-limits",
    )


def more_instances(place: RevisionPlace) -> Remediation:
    """For a revision that has as many instances as it may."""
    now = place.max_instances
    risk = "more instances open more connections to the database"
    more = place.update(f"--max-instances={now * 2}", f"--max-instances={now}", risk)
    return remedy(
        "Allow more instances, where the database has connections for them, or let each take more"
        " requests at once",
        place.describe,
        *([more] if now == place.most_instances > 0 else ()),
        docs=f"{_RUN}/configuring/max-instances",
    )


def start_faster(place: RevisionPlace) -> Remediation:
    """For instances that take long to start."""
    steps = [] if place.boost else [place.update("--cpu-boost", "--no-cpu-boost")]
    if place.min_instances == 0:
        risk = "an instance that always runs costs money"
        steps.append(place.update("--min-instances=1", "--min-instances=0", risk))
    return remedy(
        "Do less before the port is listened on, give starts more CPU, or keep an instance running",
        place.describe,
        *steps,
        docs=f"{_RUN}/tips/general#start_containers_quickly",
    )


@dataclass(frozen=True, slots=True)
class ConnectorPlace:
    """Where a connector is, and how large."""

    name: str
    project: str
    region: str
    max_instances: int = 0
    machine_type: str = ""

    def command(self, verb: str, *flags: str) -> Argv:
        """A command on it."""
        words = ("compute", "networks", "vpc-access", "connectors", verb, self.name)
        return gcloud(*words, *flags, project=self.project, region=self.region)


def grow(place: ConnectorPlace) -> Remediation:
    """For a connector that carries nearly as much as it can."""
    describe = looks(*place.command("describe"))
    now, machine = place.max_instances, place.machine_type
    if 0 < now < _MOST_CONNECTOR_INSTANCES:
        flag, undo = f"--max-instances={_MOST_CONNECTOR_INSTANCES}", f"--max-instances={now}"
        summary = f"Let {place.name} grow to {_MOST_CONNECTOR_INSTANCES} instances"
    elif machine and machine != _BIGGEST_MACHINE:
        flag, undo = f"--machine-type={_BIGGEST_MACHINE}", f"--machine-type={machine}"
        summary = f"Give {place.name} bigger machines"
    else:
        return remedy(
            "Spread the services over several connectors, or use direct VPC egress",
            describe,
            docs=f"{_RUN}/configuring/vpc-direct-vpc",
        )
    step = changes(place.command("update", flag), place.command("update", undo), risk=_COSTS)
    return remedy(summary, describe, step, docs=_VPC)
