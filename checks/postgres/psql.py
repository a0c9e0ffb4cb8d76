"""Commands of ``psql`` that look at a database, and the one that ends what is in the way. Pure.

No password is ever on a command line: ``psql`` asks for it, or takes it from PGPASSWORD or the file
of passwords (https://www.postgresql.org/docs/current/libpq-envars.html). Of a DSN every part is a
secret, so that nothing of it is shown either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netra_validate import scrub
from netra_validate.remedies import NoUndo, changes, looks

if TYPE_CHECKING:
    from netra_validate.model import Command
    from netra_validate.topology import Database

_BLOCKED: Final = (
    "select pid, pg_blocking_pids(pid) as blocked_by, usename, application_name, state,"
    " now() - query_start as since from pg_stat_activity"
    " where cardinality(pg_blocking_pids(pid)) > 0 order by query_start"
)
_OPEN: Final = (
    "select pid, usename, application_name, client_addr, state, now() - xact_start as open,"
    " now() - state_change as in_state from pg_stat_activity"
    " where xact_start is not null and pid <> pg_backend_pid() order by xact_start limit 20"
)
_ADVISORY: Final = (
    "select l.pid, l.classid, l.objid, l.granted, a.usename, a.application_name, a.state,"
    " now() - a.state_change as in_state from pg_locks l join pg_stat_activity a using (pid)"
    " where l.locktype = 'advisory' order by l.granted desc"
)
_PREPARED: Final = "select gid, owner, database, now() - prepared as open from pg_prepared_xacts"
_HOLDERS: Final = (
    "select usename, application_name, state, count(*), min(backend_start) as first"
    " from pg_stat_activity where backend_type = 'client backend' group by 1, 2, 3 order by 4 desc"
)
_END: Final = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where pid = {} and backend_start <= '{}' and backend_type = 'client backend'"
)
"""https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL. The system
gives the number of a process that has ended to another one: a session that began after this one was
seen is none that anybody means. No query shows what a session runs: statements hold data."""


@dataclass(frozen=True, slots=True)
class Psql:
    """How ``psql`` reaches the database."""

    words: tuple[str, ...] = ()
    """What follows the programme's name."""
    needs: str = ""
    """What else it takes, for the end of a summary."""
    asked_at: datetime | None = None
    """By the server's clock, before its sessions were looked at. None: nobody did."""

    def blocked(self) -> Command:
        """Who waits for whom."""
        return self._looks(_BLOCKED)

    def transactions(self) -> Command:
        """What is open, the oldest first."""
        return self._looks(_OPEN)

    def advisory_locks(self) -> Command:
        """Who holds them, and who waits."""
        return self._looks(_ADVISORY)

    def prepared(self) -> Command:
        """The transactions that were prepared and never ended: no session has them."""
        return self._looks(_PREPARED)

    def holders(self) -> Command:
        """Who has how many connections."""
        return self._looks(_HOLDERS)

    def version(self, table: str, column: str) -> Command:
        """Which version the schema has."""
        places = ".".join(_identifier(each) for each in table.split("."))
        # Both are plain identifiers, by the schema of the options.
        return self._looks(f"select {_identifier(column)} from {places}")  # noqa: S608 - as above

    def end(self, pid: int, seen_at: datetime) -> Command:
        """End a session, if it is still the one that was seen then."""
        return changes(
            self._argv(_END.format(pid, seen_at.isoformat(timespec="microseconds"))),
            NoUndo("A session that has ended cannot be brought back"),
            risk=(
                "All that its transaction has done is taken back, and the request behind it fails;"
                " the role that asks for it needs pg_signal_backend"
            ),
        )

    def _looks(self, query: str) -> Command:
        return looks(*self._argv(query))

    def _argv(self, query: str) -> tuple[str, ...]:
        return ("psql", *self.words, "-c", query)


def psql(database: Database, ca_file: Path | None) -> Psql:
    """How a person on the same machine gets into a database.

    Args:
        database: as the configuration has it.
        ca_file: the private authority of the environment.
    """
    if database.way == "dsn":
        return Psql(
            needs=f" (psql takes the parts of {database.dsn_env} from PGHOST, PGUSER, PGPASSWORD"
            " and PGDATABASE)"
        )
    who = {"dbname": database.name or "", "user": database.user or ""}
    if database.way != "host":
        place = {"host": "127.0.0.1", "port": "5432"}
        return _with(place | who, " (psql goes through cloud-sql-proxy, which runs beside it)")
    place = {"host": database.host or "", "port": str(database.port)}
    return _with(place | who | _trust(database, ca_file))


def _trust(database: Database, ca_file: Path | None) -> dict[str, str]:
    """``system`` is the authorities of the system, from libpq 16 on."""
    trust = {"sslmode": str(database.sslmode)}
    if database.sslmode.startswith("verify"):
        trust["sslrootcert"] = str(ca_file) if ca_file is not None else "system"
    return trust


def _with(parts: Mapping[str, str], needs: str = "") -> Psql:
    """https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE."""
    told = " ".join(f"{key}={_value(value)}" for key, value in parts.items() if value)
    return Psql((told,), needs)


def _value(value: str) -> str:
    value = scrub.text(value)
    if not set(value) & set(" '\\"):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _identifier(name: str) -> str:
    return name if name == name.lower() else f'"{name}"'
