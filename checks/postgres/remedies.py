"""What to do about a database. No command here ends a session or changes one: a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate.remedies import NoUndo, changes, gcloud, looks, remedy

if TYPE_CHECKING:
    from netra_validate.model import Command, Remediation

_DOCS: Final = "https://cloud.google.com/sql/docs/postgres"
_POSTGRES: Final = "https://www.postgresql.org/docs/current"


@dataclass(frozen=True, slots=True)
class Place:
    """The instance, as commands name it."""

    name: str
    project: str | None

    @property
    def describe(self) -> Command:
        """Look at it."""
        return looks(*gcloud("sql", "instances", "describe", self.name, project=self.project))

    @property
    def operations(self) -> Command:
        """Look at what was done to it."""
        words = ("sql", "operations", "list", f"--instance={self.name}", "--limit=10")
        return looks(*gcloud(*words, project=self.project))


def reach(place: Place) -> Remediation:
    """For one that lets nobody in."""
    return remedy(
        f"See that {place.name} runs and that its address is the configured one",
        place.describe,
        place.operations,
        docs=f"{_DOCS}/debugging-connectivity",
    )


def hasten(place: Place) -> Remediation:
    """For one that takes long to connect to."""
    return remedy(
        f"Look for what keeps {place.name} busy, or the way to it",
        place.describe,
        place.operations,
        docs=f"{_DOCS}/debugging-connectivity",
    )


def encrypt(place: Place) -> Remediation:
    """For a connection in the clear."""
    words = ("sql", "instances", "patch", place.name, "--ssl-mode=ENCRYPTED_ONLY")
    return remedy(
        f"Have {place.name} take encrypted connections only, and set sslmode to verify-full",
        place.describe,
        changes(
            gcloud(*words, project=place.project),
            NoUndo("It would take connections in the clear again"),
            risk="Clients that connect without TLS are turned away at once",
        ),
        docs=f"{_DOCS}/configure-ssl-instance",
    )


def free_connections(place: Place) -> Remediation:
    """For one without connections to give."""
    return remedy(
        "Give services smaller pools or fewer instances; pg_stat_activity tells who holds most",
        place.describe,
        docs=f"{_DOCS}/manage-connections",
    )


def calm(place: Place) -> Remediation:
    """For too many new connections."""
    return remedy(
        "Keep connections in pools, and reconnect with exponential backoff and jitter",
        place.describe,
        docs=f"{_DOCS}/manage-connections#backoff",
    )


def end_session(place: Place, pid: int, what: str) -> Remediation:
    """For a session that is in the way."""
    return remedy(
        f"Let session {pid} {what}; where nobody needs it any more, end it with"
        f" `select pg_terminate_backend({pid})`, which takes back all that its transaction has done"
        " and fails the request behind it",
        place.describe,
        docs=f"{_POSTGRES}/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL",
    )


def untangle(place: Place) -> Remediation:
    """For sessions that lock each other out."""
    return remedy(
        "Change rows in the same order everywhere, and repeat transactions that fail with 40P01",
        place.describe,
        docs=f"{_POSTGRES}/explicit-locking.html#LOCKING-DEADLOCKS",
    )


_WAYS: Final = {
    "snapshot": "set hot_standby_feedback, or give long queries a server of their own",
    "lock": "keep changes of tables, and vacuum's truncation, out of the hours of long queries",
    "bufferpin": "set hot_standby_feedback, and keep queries short",
    "deadlock": "repeat what was cancelled, with 40P01",
    "tablespace": "let go of a tablespace when nobody uses it",
    "logicalslot": "keep the WAL level and the slots of the primary as they are",
}
"""By what cancelled a query of a replica: section 26.4.2 of the documentation."""


def spare_queries(place: Place, kinds: Mapping[str, int]) -> Remediation:
    """For a replica that cancels queries, mostly for one reason."""
    most = max(kinds, key=lambda kind: (kinds[kind], kind))
    way = _WAYS[most]
    return remedy(
        way[0].upper() + way[1:],
        place.describe,
        docs=f"{_POSTGRES}/hot-standby.html#HOT-STANDBY-CONFLICT",
    )


_ENDS: Final = {
    "abandoned": "End connections on shutdown, and look for what drops idle ones on the way: give"
    " pools a shorter life for connections, and TCP keep-alives",
    "fatal": "Read the server's log for what ends sessions: FATAL lines name it",
    "killed": "Find who ends sessions by pg_terminate_backend, or restarts the server",
}
"""By how sessions end (pg_stat_database)."""


def keep_sessions(place: Place, ends: Mapping[str, int]) -> Remediation:
    """For sessions that are lost, mostly in one way."""
    most = max(ends, key=lambda end: (ends[end], end))
    return remedy(
        _ENDS[most],
        place.describe,
        place.operations,
        docs=f"{_POSTGRES}/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
    )


def catch_up(place: Place) -> Remediation:
    """For a replica that is behind."""
    return remedy(
        "Look for long queries on the replica, and for a machine that is too small for the writes",
        place.describe,
        place.operations,
        docs=f"{_DOCS}/replication/replication-lag",
    )


def make_writable(place: Place) -> Remediation:
    """For one that only reads."""
    return remedy(
        "Connect to the primary, or find who set default_transaction_read_only; set the option"
        ' role = "replica" where a replica is meant',
        place.describe,
        place.operations,
        docs=f"{_POSTGRES}/runtime-config-client.html#GUC-DEFAULT-TRANSACTION-READ-ONLY",
    )


def migrate(place: Place, expected: tuple[str, ...]) -> Remediation:
    """For a schema of another version."""
    meant = f" to {' or '.join(expected)}" if expected else ""
    return remedy(
        f"Run the migrations of the version that is deployed, which bring the schema{meant};"
        " or deploy what fits the schema",
        place.describe,
        docs="https://alembic.sqlalchemy.org/en/latest/tutorial.html#running-our-first-migration",
    )
