"""The time series that there are in a world: of what runs in it, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from google.cloud import run_v2, sqladmin_v1, vpcaccess_v1

from netra_validate.sandbox.measures import (
    CONNECTOR_CPU,
    DATABASE_DISK,
    DESCRIPTORS,
    Measure,
)
from netra_validate.sandbox.names import PARENT, PROJECT, REGION

if TYPE_CHECKING:
    from netra_validate.sandbox.world import World

_GIB: Final = 2**30


@dataclass(frozen=True, slots=True)
class Line:
    """One time series of one monitored resource."""

    measure: Measure
    resource: Mapping[str, str]
    """Its labels."""

    @property
    def fields(self) -> dict[str, str]:
        """What a filter can ask for."""
        return {
            "metric.type": self.measure.metric,
            "resource.type": DESCRIPTORS[self.measure.metric].resource,
            **{f"resource.labels.{name}": value for name, value in self.resource.items()},
            **{f"metric.labels.{name}": value for name, value in self.measure.labels},
        }

    def before(self, hours: float) -> float:
        """The value so many hours before now."""
        return max(0.0, self.measure.value - self.measure.per_hour * hours)


def lines(world: World) -> Iterator[Line]:
    """Every series of a world."""
    for measure in (*world.measures, *_disk(world)):
        for labels in _monitored(world, measure):
            yield Line(measure, labels)


def _disk(world: World) -> Iterator[Measure]:
    """How full each disk is, as its instance says, where nothing else was measured."""
    if any(each.metric == DATABASE_DISK for each in world.measures):
        return
    for instance in world.instances.values():
        size = instance.settings.data_disk_size_gb * _GIB
        if size and instance.current_disk_size is not None:
            of = f"{instance.project}:{instance.name}"
            yield Measure(DATABASE_DISK, of, instance.current_disk_size / size)


def _monitored(world: World, measure: Measure) -> Iterator[dict[str, str]]:
    """The labels of each resource that a measure is of, as long as it runs."""
    kind = DESCRIPTORS[measure.metric].resource
    if kind == "cloudsql_database":
        if _instance_runs(world, measure.of):
            yield {"project_id": PROJECT, "database_id": measure.of, "region": REGION}
    elif kind == DESCRIPTORS[CONNECTOR_CPU].resource:
        found = world.connectors.get(f"{PARENT}/connectors/{measure.of}")
        if found is not None and found.state == vpcaccess_v1.Connector.State.READY:
            yield {"project_id": PROJECT, "connector_name": measure.of, "location": REGION}
    else:
        service = world.services.get(f"{PARENT}/services/{measure.of}")
        for revision in _busy(service) if service is not None else ():
            yield {
                "project_id": PROJECT,
                "service_name": measure.of,
                "revision_name": revision,
                "location": REGION,
                "configuration_name": measure.of,
            }


def _instance_runs(world: World, of: str) -> bool:
    """Whether an instance runs, by ``project:instance``."""
    project, _, short = of.rpartition(":")
    instance = world.instances.get(f"projects/{project}/instances/{short}")
    kind = sqladmin_v1.DatabaseInstance.SqlInstanceState
    policy = sqladmin_v1.Settings.SqlActivationPolicy
    return (
        instance is not None
        and instance.state == kind.RUNNABLE
        and instance.settings.activation_policy == policy.ALWAYS
    )


def _busy(service: run_v2.Service) -> set[str]:
    """The revisions with traffic."""
    ready = service.latest_ready_revision.rpartition("/")[2]
    shares = {each.revision or ready for each in service.traffic_statuses if each.percent}
    return shares - {""}
