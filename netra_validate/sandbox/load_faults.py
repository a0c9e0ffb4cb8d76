"""What can be nearly used up, each as a change of what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from netra_validate.sandbox import behaviour, measures
from netra_validate.sandbox.cloud_faults import instances
from netra_validate.sandbox.measures import DATABASE, Measure
from netra_validate.sandbox.names import CONNECTOR, SERVICES
from netra_validate.sandbox.staging import Fault, Staging

_BACKEND: Final = SERVICES["backend"]


def measured(*changed: Measure) -> Fault:
    """These were measured, in the place of all others of their metrics and resources."""
    told = {(each.metric, each.of) for each in changed}

    def fault(staging: Staging) -> Staging:
        kept = (each for each in staging.world.measures if (each.metric, each.of) not in told)
        return replace(staging, world=replace(staging.world, measures=(*kept, *changed)))

    return fault


def unmeasured(of: str) -> Fault:
    """Nothing was measured of one resource."""

    def fault(staging: Staging) -> Staging:
        kept = tuple(each for each in staging.world.measures if each.of != of)
        return replace(staging, world=replace(staging.world, measures=kept))

    return fault


def _both(one: Fault, other: Fault) -> Fault:
    return lambda staging: other(one(staging))


def _keep_disk_from_view(instance: Any) -> None:  # noqa: ANN401 - a proto-plus message
    """The Admin API does not tell how full the disk is, which must not grow."""
    instance.settings.storage_auto_resize = False
    del instance.current_disk_size


def _fix_disk(instance: Any) -> None:  # noqa: ANN401 - as above
    """The disk must not grow."""
    instance.settings.storage_auto_resize = False


def _turns_everybody_away(staging: Staging) -> Staging:
    """Cloud Run answers in the backend's place that it has no instance free."""
    backend = staging.deployments["backend"]
    busy = replace(
        backend,
        answers=dict.fromkeys({*backend.answers, "/"}, behaviour.no_instance_left),
        conversation=behaviour.no_instance_left_to_upgrade,
        preflight=behaviour.no_instance_left,
    )
    return replace(staging, deployments={**staging.deployments, "backend": busy})


def _busy_instances(count: float) -> Measure:
    return Measure(measures.SERVICE_INSTANCES, _BACKEND, count, labels=(("state", "active"),))


LOAD_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "database-cpu-high": measured(Measure(measures.DATABASE_CPU, DATABASE, 0.88)),
        "database-memory-full": measured(Measure(measures.DATABASE_MEMORY, DATABASE, 0.97)),
        "database-disk-unseen": _both(
            measured(Measure(measures.DATABASE_DISK, DATABASE, 0.97)),
            instances(_keep_disk_from_view),
        ),
        "database-disk-fills-up": _both(
            measured(Measure(measures.DATABASE_DISK, DATABASE, 0.71, per_hour=0.01)),
            instances(_fix_disk),
        ),
        "database-connections-high": measured(
            Measure(measures.DATABASE_CONNECTIONS, DATABASE, 81, labels=(("database", "netra"),)),
            Measure(measures.DATABASE_CONNECTIONS, DATABASE, 6, labels=(("database", "postgres"),)),
        ),
        "database-unmeasured": _both(unmeasured(DATABASE), instances(_keep_disk_from_view)),
        "service-cpu-full": measured(Measure(measures.SERVICE_CPU, _BACKEND, 0.99)),
        "service-memory-high": measured(Measure(measures.SERVICE_MEMORY, _BACKEND, 0.86)),
        "service-instances-at-limit": measured(_busy_instances(2.9)),
        "service-overrun": _both(measured(_busy_instances(3)), _turns_everybody_away),
        "service-starts-slowly": measured(Measure(measures.SERVICE_STARTS, _BACKEND, 14_200.0)),
        "service-idle": unmeasured(_BACKEND),
        "connector-cpu-high": measured(Measure(measures.CONNECTOR_CPU, CONNECTOR, 0.9)),
        "connector-instances-at-limit": measured(
            Measure(measures.CONNECTOR_INSTANCES, CONNECTOR, 3)
        ),
        "connector-saturated": measured(
            Measure(measures.CONNECTOR_RECEIVED, CONNECTOR, 37_000_000)
        ),
    }
)
"""The faults by name."""
