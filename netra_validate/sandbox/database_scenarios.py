"""The scenarios of the real database: what goes on in it, and how it is reached."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_POSTGRES: Final = "postgres/postgres"

DATABASE_SCENARIOS: Final[tuple[Scenario, ...]] = (
    scenario(
        "postgres-refused",
        "nothing listens where the database should be",
        "postgres.unreachable",
        cause=_POSTGRES,
    ),
    scenario(
        "slow-connect",
        "connecting to the database takes longer than it should: a warning",
        "postgres.slow-connect",
        exit_code=0,
    ),
    scenario(
        "no-tls",
        "the database declines TLS, which the configuration asks for",
        "postgres.no-tls",
        cause=_POSTGRES,
    ),
    scenario(
        "wrong-password",
        "the database refuses the password",
        exit_code=3,
    ),
    scenario(
        "role-sees-little",
        "the validator's role lacks pg_monitor, so other sessions are not verified",
        exit_code=3,
    ),
    scenario(
        "connections-nearly-used",
        "the services hold 18 of 22 connections: a warning",
        "postgres.connections",
        exit_code=0,
    ),
    scenario(
        "connections-used-up",
        "the services hold all connections",
        "postgres.connections",
        cause=_POSTGRES,
    ),
    scenario(
        "connection-storm",
        "more than half of the connections were just opened: a warning",
        "postgres.connection-storm",
        exit_code=0,
    ),
    scenario(
        "blocked-session",
        "a session waits for a row that another one has locked",
        "postgres.blocked-session",
        cause=_POSTGRES,
    ),
    scenario(
        "advisory-lock-held",
        "a session holds the lock of the migrations, and another one waits for it",
        "postgres.advisory-lock",
        cause=_POSTGRES,
    ),
    scenario(
        "long-transaction",
        "a session has begun a transaction and does nothing: a warning",
        "postgres.long-transaction",
        exit_code=0,
    ),
    scenario(
        "deadlocks",
        "two sessions have locked each other out: a warning",
        "postgres.contention",
        exit_code=0,
    ),
    scenario(
        "read-only",
        "transactions of the database are read-only by default",
        "postgres.read-only",
        cause=_POSTGRES,
    ),
    scenario(
        "in-recovery",
        "the database is in recovery, and a primary is meant",
        "postgres.read-only",
        cause=_POSTGRES,
    ),
    scenario(
        "replica-behind",
        "the database is a replica, and what it follows is gone: a warning",
        "postgres.replica-lag",
        exit_code=0,
    ),
    scenario(
        "schema-behind",
        "the schema is one migration behind the services",
        "postgres.schema-version",
        cause=_POSTGRES,
    ),
    scenario(
        "schema-disagrees",
        "the backend needs the version of the schema before the present one",
        "postgres.schema-disagrees",
        cause=_POSTGRES,
    ),
    scenario(
        "lost-sessions",
        "somebody has ended sessions of the services: a warning",
        "postgres.lost-sessions",
        exit_code=0,
    ),
    scenario(
        "cloud-sql-connector",
        "all is well, and the database is reached through the Cloud SQL connector, signed in by"
        " IAM",
        exit_code=0,
    ),
    scenario(
        "connector-refused",
        "the Cloud SQL connector is told where the database is, and nothing listens there",
        "postgres.unreachable",
        cause=_POSTGRES,
    ),
    scenario(
        "connector-forbidden",
        "the validator's account lacks cloudsql.instances.connect",
        exit_code=3,
    ),
    scenario(
        "login-forbidden",
        "the validator's account may connect to the database and not sign in",
        exit_code=3,
    ),
)
"""In the order in which to list them."""
