"""What Cloud Monitoring measured of the sandbox's resources, as plain data.

Kinds, types and labels are those of https://cloud.google.com/monitoring/api/metrics_gcp.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from netra_validate.sandbox.names import CONNECTOR, INSTANCE, PROJECT, SERVICES

_SQL: Final = "cloudsql.googleapis.com/database"
_RUN: Final = "run.googleapis.com/container"
_VPC: Final = "vpcaccess.googleapis.com/connector"

DATABASE_CPU: Final = f"{_SQL}/cpu/utilization"
DATABASE_MEMORY: Final = f"{_SQL}/memory/utilization"
DATABASE_DISK: Final = f"{_SQL}/disk/utilization"
DATABASE_CONNECTIONS: Final = f"{_SQL}/postgresql/num_backends"
SERVICE_CPU: Final = f"{_RUN}/cpu/utilizations"
SERVICE_MEMORY: Final = f"{_RUN}/memory/utilizations"
SERVICE_INSTANCES: Final = f"{_RUN}/instance_count"
SERVICE_STARTS: Final = f"{_RUN}/startup_latencies"
CONNECTOR_CPU: Final = f"{_VPC}/cpu/utilizations"
CONNECTOR_INSTANCES: Final = f"{_VPC}/instances"
CONNECTOR_SENT: Final = f"{_VPC}/sent_bytes_count"
CONNECTOR_RECEIVED: Final = f"{_VPC}/received_bytes_count"

DATABASE: Final = f"{PROJECT}:{INSTANCE}"
"""How Monitoring calls the instance."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a metric is."""

    kind: Literal["GAUGE", "DELTA"]
    value_type: Literal["INT64", "DOUBLE", "DISTRIBUTION"]
    resource: Literal["cloudsql_database", "cloud_run_revision", "vpc_access_connector"]


_OF_A_DATABASE: Final = "cloudsql_database"
_OF_A_SERVICE: Final = "cloud_run_revision"
_OF_A_CONNECTOR: Final = "vpc_access_connector"

DESCRIPTORS: Final[Mapping[str, Descriptor]] = MappingProxyType(
    {
        DATABASE_CPU: Descriptor("GAUGE", "DOUBLE", _OF_A_DATABASE),
        DATABASE_MEMORY: Descriptor("GAUGE", "DOUBLE", _OF_A_DATABASE),
        DATABASE_DISK: Descriptor("GAUGE", "DOUBLE", _OF_A_DATABASE),
        DATABASE_CONNECTIONS: Descriptor("GAUGE", "INT64", _OF_A_DATABASE),
        SERVICE_CPU: Descriptor("DELTA", "DISTRIBUTION", _OF_A_SERVICE),
        SERVICE_MEMORY: Descriptor("DELTA", "DISTRIBUTION", _OF_A_SERVICE),
        SERVICE_INSTANCES: Descriptor("GAUGE", "INT64", _OF_A_SERVICE),
        SERVICE_STARTS: Descriptor("DELTA", "DISTRIBUTION", _OF_A_SERVICE),
        CONNECTOR_CPU: Descriptor("DELTA", "DISTRIBUTION", _OF_A_CONNECTOR),
        CONNECTOR_INSTANCES: Descriptor("GAUGE", "INT64", _OF_A_CONNECTOR),
        CONNECTOR_SENT: Descriptor("DELTA", "INT64", _OF_A_CONNECTOR),
        CONNECTOR_RECEIVED: Descriptor("DELTA", "INT64", _OF_A_CONNECTOR),
    }
)
"""Every metric that is known. One that is not has never been written."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One time series, on a straight line."""

    metric: str
    of: str
    """``project:instance`` of a database, else the short name of the service or connector."""
    value: float
    """Now: of a counter its rate a second, of a distribution each of its values."""
    per_hour: float = 0.0
    """How much it has grown in an hour, as long as it is looked back."""
    labels: tuple[tuple[str, str], ...] = ()
    """Of the metric."""


def healthy_measures() -> tuple[Measure, ...]:
    """Of all resources; how full the disk is follows from the instance."""
    return (
        Measure(DATABASE_CPU, DATABASE, 0.18),
        Measure(DATABASE_MEMORY, DATABASE, 0.52),
        Measure(DATABASE_CONNECTIONS, DATABASE, 12, labels=(("database", "netra"),)),
        Measure(DATABASE_CONNECTIONS, DATABASE, 2, labels=(("database", "postgres"),)),
        *(each for service in SERVICES.values() for each in _of_service(service)),
        Measure(CONNECTOR_CPU, CONNECTOR, 0.12),
        Measure(CONNECTOR_INSTANCES, CONNECTOR, 2),
        Measure(CONNECTOR_SENT, CONNECTOR, 3_000_000),
        Measure(CONNECTOR_RECEIVED, CONNECTOR, 1_000_000),
    )


def _of_service(service: str) -> tuple[Measure, ...]:
    return (
        Measure(SERVICE_CPU, service, 0.22),
        Measure(SERVICE_MEMORY, service, 0.41),
        Measure(SERVICE_INSTANCES, service, 1, labels=(("state", "active"),)),
        Measure(SERVICE_INSTANCES, service, 2, labels=(("state", "idle"),)),
        Measure(SERVICE_STARTS, service, 3400.0),
    )
