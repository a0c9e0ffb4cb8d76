"""What to do about a database: which sessions are in the way, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from checks.postgres.psql import Psql
from netra_validate.remedies import NoUndo, changes, gcloud, looks, remedy

if TYPE_CHECKING:
    from netra_validate.model import Command, Remediation
    from netra_validate.topology import Database

_DOCS: Final = "https://cloud.google.com/sql/docs/postgres"
_POSTGRES: Final = "https://www.postgresql.org/docs/current"
_RUN: Final = "https://cloud.google.com/run/docs"
_ALEMBIC: Final = (
    "https://alembic.sqlalchemy.org/en/latest/tutorial.html#running-our-first-migration"
)


@dataclass(frozen=True, slots=True)
class Job:
    """A Cloud Run job."""

    name: str
    project: str
    region: str

    @property
    def executions(self) -> Command:
        """Look at how its executions ended."""
        words = ("run", "jobs", "executions", "list", f"--job={self.name}", "--limit=5")
        return looks(*gcloud(*words, project=self.project, region=self.region))

    @property
    def execute(self) -> Command:
        """Run it."""
        words = ("run", "jobs", "execute", self.name)
        return changes(
            gcloud(*words, project=self.project, region=self.region),
            NoUndo("A migration that has run is taken back by another migration only"),
            risk="It runs the migrations of the image that the job has, which may not be the"
            " services', and tables may be locked meanwhile",
        )


@dataclass(frozen=True, slots=True)
class Place:
    """The instance, as commands name it."""

    name: str
    project: str | None
    psql: Psql = field(default_factory=Psql)
    """How a person asks it."""
    migration: Job | None = None
    """What migrates it, where the configuration tells."""

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


_RESERVED: Final = (
    "; where no session is let in, what is reserved takes a role with pg_use_reserved_connections"
    " (PostgreSQL 16 on, with reserved_connections) or a superuser, and Cloud Monitoring counts"
    " them without a session: cloudsql.googleapis.com/database/postgresql/num_backends"
)
"""https://www.postgresql.org/docs/current/runtime-config-connection.html: the last slots are for
superusers, and those before them, from 16 on, for roles with that privilege."""


def free_connections(place: Place) -> Remediation:
    """For one without connections to give: who looks may be kept out as well."""
    return remedy(
        "See who holds the connections, and give services smaller pools or fewer instances"
        + place.psql.needs
        + _RESERVED,
        place.psql.holders(),
        place.describe,
        docs=f"{_DOCS}/manage-connections",
    )


def calm(place: Place) -> Remediation:
    """For too many new connections."""
    return remedy(
        "Keep connections in pools, and reconnect with exponential backoff and jitter"
        + place.psql.needs,
        place.psql.holders(),
        place.describe,
        docs=f"{_DOCS}/manage-connections#backoff",
    )


def end_transaction(place: Place, pid: int) -> Remediation:
    """For a transaction that is open for long."""
    return _end(place, pid, "end its transaction", place.psql.transactions())


def unblock(place: Place, pid: int) -> Remediation:
    """For sessions that wait.

    Args:
        place: of the database.
        pid: the session that they wait for; zero for a prepared transaction, which has none.
    """
    if pid > 0:
        look = (place.psql.blocked(), place.psql.transactions())
        return _end(place, pid, "end its transaction", *look)
    return remedy(
        "Find the prepared transaction that holds the lock, and have its owner end it by `commit"
        f" prepared` or `rollback prepared`{place.psql.needs}",
        place.psql.blocked(),
        place.psql.prepared(),
        docs=f"{_POSTGRES}/sql-prepare-transaction.html",
    )


def release(place: Place, pid: int) -> Remediation:
    """For an advisory lock that is held."""
    return _end(place, pid, "finish what it holds it for", place.psql.advisory_locks())


def _end(place: Place, pid: int, what: str, *look: Command) -> Remediation:
    at = place.psql.asked_at
    return remedy(
        f"Let session {pid} {what}; where nobody needs it any more, end it{place.psql.needs}",
        *look,
        *(() if at is None else (place.psql.end(pid, at),)),
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


def leave_recovery(place: Place) -> Remediation:
    """For a replica, or one that is being restored: it takes no changes, whatever it is set to."""
    return remedy(
        "Connect to the primary, or wait where this one is being restored; set the option"
        ' role = "replica" where a replica is meant',
        place.describe,
        place.operations,
        docs=f"{_POSTGRES}/hot-standby.html",
    )


def make_writable(place: Place) -> Remediation:
    """For one that is set to take no changes."""
    return remedy(
        "Find who set default_transaction_read_only, and mend what it was set for; set the option"
        ' role = "replica" where nothing is meant to be written',
        place.describe,
        place.operations,
        docs=f"{_POSTGRES}/runtime-config-client.html#GUC-DEFAULT-TRANSACTION-READ-ONLY",
    )


def sign_in(database: Database, place: Place) -> str:
    """What to do where the server does not let the user in.

    It never says which of user and password is wrong; of a DSN both are secret.
    """
    words = ("sql", "users", "list", f"--instance={place.name}")
    listed = f"`{' '.join(gcloud(*words, project=place.project))}`"
    if database.way == "dsn":
        return f"compare the user and the password in {database.dsn_env} with {listed}"
    if database.way == "connector" and database.password_env is None:
        return f"see with {listed} that {database.user} is a user by IAM there"
    if database.password_env is None:
        return (
            f"name the variable that holds the password of {database.user} in password_env; its"
            f" users are shown by {listed}"
        )
    return (
        f"see with {listed} that it has the user {database.user}, and that {database.password_env}"
        " holds that user's password"
    )


def let_see(database: Database) -> str:
    """What to do where the role may not look into other sessions."""
    role = "the role" if database.user is None else f'"{database.user}"'
    return f"have an administrator of the database run: grant pg_monitor to {role}"


def migrate(place: Place, expected: tuple[str, ...], table: str | None, column: str) -> Remediation:
    """For a schema of another version.

    Args:
        place: of the database.
        expected: the versions that would be right.
        table: that holds the version; None where there is none.
        column: of it.
    """
    meant = f" to {' or '.join(expected)}" if expected else ""
    job = place.migration
    run = (
        "Run the migrations of the version that is deployed"
        if job is None
        else f"Run the job {job.name} with the migrations of the version that is deployed"
    )
    name_it = "; the option migration_job of postgres names the job" if job is None else ""
    return remedy(
        f"{run}, which bring the schema{meant}; or deploy what fits the schema{name_it}"
        f"{place.psql.needs}",
        *([place.psql.version(table, column)] if table else [place.describe]),
        *([job.executions, job.execute] if job is not None else []),
        docs=f"{_RUN}/execute/jobs" if job is not None else _ALEMBIC,
    )


def fit(
    place: Place,
    service: str,
    version: str,
    needed: str,
    table: str,
    column: str,
    *,
    declared: bool,
) -> Remediation:
    """For a service that works with another version than the database has.

    Nobody is told to run migrations here: whether the database or the service is behind is known
    only where the version is declared, and then it is the service that does not fit.

    Args:
        place: of the database.
        service: that says what it needs.
        version: that the database has.
        needed: by the service.
        table: that holds the version.
        column: of it.
        declared: whether the configuration says that the database's version is right.
    """
    does = f"Deploy the version of {service} that works with version {version} of the schema"
    right = ", which is the one that is declared"
    unsure = f", or migrate the schema to {needed} where every service works with that"
    pair = "; where the two fit, say so in schema_pairs"
    job = place.migration
    return remedy(
        f"{does}{right if declared else unsure}{pair}{place.psql.needs}",
        place.psql.version(table, column),
        *([job.executions] if job is not None else []),
        docs=f"{_RUN}/rollouts-rollbacks-traffic-migration",
    )
