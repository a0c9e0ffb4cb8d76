"""What can be wrong with the real database, each as a change of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from netra_validate.sandbox import cloud_faults as cloud
from netra_validate.sandbox.behaviour import ready
from netra_validate.sandbox.database import HEALTH_SCHEMA
from netra_validate.sandbox.staging import Fault, Staging

_BEFORE: Final = "20250815_02"
"""The version of the schema before the present one."""


def _database(*limits: str, **changes: Any) -> Fault:  # noqa: ANN401 - fields of its state
    """Changes the database; ``limits`` are options of the check, tight enough to see it at once."""

    def fault(staging: Staging) -> Staging:
        state = staging.database
        state = replace(state, limits=(*state.limits, *limits), **changes)
        return replace(staging, database=state)

    return fault


def older_backend(staging: Staging) -> Staging:
    """The backend was deployed before the migration, and says so."""
    backend = staging.deployments["backend"]
    answers = {**backend.answers, HEALTH_SCHEMA: ready(backend.name, _BEFORE)}
    changed = {**staging.deployments, "backend": replace(backend, answers=answers)}
    return replace(staging, deployments=changed)


def _all(*faults: Fault) -> Fault:
    def fault(staging: Staging) -> Staging:
        for each in faults:
            staging = each(staging)
        return staging

    return fault


DATABASE_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "postgres-refused": _database(door="shut"),
        "slow-connect": _database("slow_connect_s = 0.2", door="slow"),
        "no-tls": _database(door="in-the-clear"),
        "wrong-password": _database(asks_for_password=True),
        "role-sees-little": _database(sees_all=False),
        "connections-nearly-used": _database(sessions=18),
        "connections-used-up": _database(sessions=22),
        "connection-storm": _database("storm_window_s = 3600", sessions=12),
        "blocked-session": _database("warn_blocked_s = 0", "max_blocked_s = 0", blocked=True),
        "advisory-lock-held": _database(advisory_lock=True),
        "long-transaction": _database("max_transaction_s = 0", long_transaction=True),
        "deadlocks": _database("max_deadlocks_per_day = 0", deadlocked=True),
        "read-only": _database(read_only=True),
        "in-recovery": _database(in_recovery=True),
        "replica-behind": _database('role = "replica"', "max_replica_lag_s = 0", in_recovery=True),
        "lost-sessions": _database("min_sessions = 12", lost=True),
        "schema-behind": _database(schema=_BEFORE),
        "cloud-sql-connector": _database(way="connector"),
        "connector-refused": _database(way="connector", door="shut"),
        "connector-forbidden": _all(
            _database(way="connector"), cloud.denied("cloudsql.instances.connect")
        ),
        "login-forbidden": _database(way="connector", may_log_in=False),
    }
)
"""By the name of the fault, which is also that of its scenario."""
