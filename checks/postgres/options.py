"""The options of the check ``postgres``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from netra_validate import CheckOptions
from netra_validate.topology import CloudName

Identifier = Annotated[
    str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_$]{0,62}$", title="the name of a schema or column")
]
Table = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$",
        title="a table such as alembic_version or app.alembic_version",
    ),
]
HealthPath = Annotated[str, Meta(pattern=r"^/\S*$", title="a path such as /health/ready")]


class PostgresOptions(CheckOptions, frozen=True, kw_only=True):
    """What is expected of a database that is in use."""

    connector_address: Annotated[
        Literal["private", "public", "psc"],
        Meta(description="Which address of the instance the Cloud SQL connector uses"),
    ] = "private"
    slow_connect_s: Annotated[
        float, Meta(gt=0, description="Seconds to connect, name to session, from which to warn")
    ] = 5.0
    max_connect_s: Annotated[
        float, Meta(gt=0, description="Seconds to connect from which on it is an error")
    ] = 20.0
    connect_timeout_s: Annotated[
        float, Meta(gt=0, description="Seconds after which to give up connecting")
    ] = 25.0
    warn_connections_ratio: Annotated[
        float, Meta(gt=0, le=1, description="Share of the connections in use from which to warn")
    ] = 0.8
    max_connections_ratio: Annotated[
        float,
        Meta(gt=0, le=1, description="Share of the connections in use from which it is an error"),
    ] = 0.95
    storm_window_s: Annotated[
        float, Meta(gt=0, description="Seconds in which a connection counts as new")
    ] = 10.0
    max_new_ratio: Annotated[
        float, Meta(gt=0, le=1, description="Share of the connections that may be new at once")
    ] = 0.5
    warn_blocked_s: Annotated[
        float, Meta(ge=0, description="Seconds for which a session may wait for a lock")
    ] = 5.0
    max_blocked_s: Annotated[
        float, Meta(ge=0, description="Seconds of waiting for a lock from which it is an error")
    ] = 60.0
    max_advisory_lock_s: Annotated[
        float, Meta(ge=0, description="Seconds for which an advisory lock may be held")
    ] = 300.0
    max_transaction_s: Annotated[
        float, Meta(ge=0, description="Seconds for which a transaction may be open")
    ] = 300.0
    max_idle_in_transaction_s: Annotated[
        float, Meta(ge=0, description="Seconds for which a session may be idle in a transaction")
    ] = 60.0
    max_deadlocks_per_day: Annotated[
        float, Meta(ge=0, description="Deadlocks on an average day")
    ] = 5.0
    max_conflicts_per_day: Annotated[
        float,
        Meta(ge=0, description="Queries of a replica that recovery cancels on an average day"),
    ] = 20.0
    max_lost_ratio: Annotated[
        float,
        Meta(ge=0, le=1, description="Share of the sessions that may end without their client"),
    ] = 0.1
    min_sessions: Annotated[
        int, Meta(ge=1, description="Sessions below which that share says nothing")
    ] = 100
    role: Annotated[
        Literal["primary", "replica"],
        Meta(description="What the server is meant to be; a replica is read-only"),
    ] = "primary"
    max_replica_lag_s: Annotated[
        float, Meta(ge=0, description="Seconds that a replica may be behind")
    ] = 30.0
    schema_table: Annotated[
        Table | None,
        Meta(
            examples=["alembic_version"],
            description="Table with the version of the schema; in the schema public if none",
        ),
    ] = None
    schema_column: Annotated[Identifier, Meta(description="Its column with the version")] = (
        "version_num"
    )
    schema_versions: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["4f1b8a2c93d0"]],
            description="Versions that the deployed services work with; any where left out",
        ),
    ] = ()
    migration_job: Annotated[
        CloudName | None,
        Meta(
            examples=["migrate-database"],
            description="Cloud Run job that runs the migrations; where left out, the one among"
            " cloud-run's jobs, of a service that uses the database, whose name says so",
        ),
    ] = None
    schema_health: Annotated[
        HealthPath | None,
        Meta(
            examples=["/health/ready"],
            description="Where services of the database say which schema they need, in JSON",
        ),
    ] = None
    schema_health_field: Annotated[
        str, Meta(min_length=1, description="The field that they say it in; dots lead further in")
    ] = "schema_version"
    schema_pairs: Annotated[
        dict[str, tuple[str, ...]],
        Meta(
            examples=[{"4f1b8a2c93d0": ["2.3", "2.4"]}],
            description="Versions that services may say, by the one in the database; the same one"
            " where left out",
        ),
    ] = {}  # noqa: RUF012 - msgspec copies it
