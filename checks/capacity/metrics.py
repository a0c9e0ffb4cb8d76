"""The metrics that are looked at.

Names, kinds and units: https://cloud.google.com/monitoring/api/metrics_gcp. Google samples each
once a minute, and shows it two to four minutes later. There is none of open files, and what a
service writes to its disk is part of its memory (https://cloud.google.com/run/docs/container-contract).
"""

from __future__ import annotations

from typing import Final

from netra_validate.clients.google.time_series import Metric

_SQL: Final = "cloudsql.googleapis.com/database"
_RUN: Final = "run.googleapis.com/container"
_VPC: Final = "vpcaccess.googleapis.com/connector"

DATABASE_CPU: Final = Metric(f"{_SQL}/cpu/utilization", "ALIGN_MEAN")
"""GAUGE, DOUBLE: share of the reserved CPU."""
DATABASE_MEMORY: Final = Metric(f"{_SQL}/memory/utilization", "ALIGN_MEAN")
"""GAUGE, DOUBLE: share of the memory, without what only caches files."""
DATABASE_DISK: Final = Metric(f"{_SQL}/disk/utilization", "ALIGN_MEAN")
"""GAUGE, DOUBLE: share of the disk as large as it is now."""
POSTGRES_CONNECTIONS: Final = Metric(
    f"{_SQL}/postgresql/num_backends", "ALIGN_MAX", summed=True, by="database_id"
)
"""GAUGE, INT64: one series for each database of the instance."""
OTHER_CONNECTIONS: Final = Metric(
    f"{_SQL}/network/connections", "ALIGN_MAX", summed=True, by="database_id"
)
"""GAUGE, INT64: of MySQL and SQL Server. For PostgreSQL it has no values."""

SERVICE_CPU: Final = Metric(f"{_RUN}/cpu/utilizations", "ALIGN_PERCENTILE_95")
"""DELTA, DISTRIBUTION over the instances of a revision: share of the CPU."""
SERVICE_MEMORY: Final = Metric(f"{_RUN}/memory/utilizations", "ALIGN_PERCENTILE_95")
"""DELTA, DISTRIBUTION over the instances of a revision: share of the memory."""
SERVICE_INSTANCES: Final = Metric(
    f"{_RUN}/instance_count", "ALIGN_MEAN", where=(("state", "active"),)
)
"""GAUGE, INT64 of a revision. Idle instances are kept for a while, and are room to spare."""
SERVICE_STARTS: Final = Metric(f"{_RUN}/startup_latencies", "ALIGN_PERCENTILE_95", whole=True)
"""DELTA, DISTRIBUTION in milliseconds, of the instances of a revision that started."""

CONNECTOR_CPU: Final = Metric(f"{_VPC}/cpu/utilizations", "ALIGN_PERCENTILE_95")
"""DISTRIBUTION over the instances: share of the CPU."""
CONNECTOR_INSTANCES: Final = Metric(
    f"{_VPC}/instances", "ALIGN_MAX", summed=True, by="connector_name"
)
"""GAUGE, INT64."""
CONNECTOR_SENT: Final = Metric(
    f"{_VPC}/sent_bytes_count", "ALIGN_RATE", summed=True, by="connector_name"
)
"""DELTA, INT64 in bytes."""
CONNECTOR_RECEIVED: Final = Metric(
    f"{_VPC}/received_bytes_count", "ALIGN_RATE", summed=True, by="connector_name"
)
"""DELTA, INT64 in bytes."""
