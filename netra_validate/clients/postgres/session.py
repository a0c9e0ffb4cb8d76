"""A session: what may be asked of a server, each question one method."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from netra_validate.clients.errors import ClientError, ProtocolError, TimedOut
from netra_validate.clients.postgres import failures, queries
from netra_validate.clients.postgres.facts import (
    AdvisoryLock,
    Counters,
    Entry,
    Replica,
    Server,
    Sessions,
    Transaction,
    Waiter,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from netra_validate.clients.budget import Budget
    from netra_validate.clients.postgres.connecting import Opened

T = TypeVar("T")

_QUESTION_S: Final = 6.0
"""Seconds for one question; the server itself gives up after 5 (see queries.PREPARE)."""

_GOODBYE_S: Final = 0.5

_CONFLICTS: Final = ("tablespace", "lock", "snapshot", "bufferpin", "deadlock", "logicalslot")
_ENDS: Final = ("abandoned", "fatal", "killed")


class Session:
    """One read-only session. It is made by :meth:`Postgres.session`.

    Every method raises one of the tree of :mod:`netra_validate.clients.errors`.
    """

    def __init__(self, opened: Opened, shown: str, budget: Budget, *, local: bool) -> None:
        self._opened = opened
        self._connection = opened.connection
        self._shown = shown
        self._budget = budget
        self._local = local

    async def enter(self) -> Entry:
        """Make the session read-only, and tell how the way in was."""
        clock = asyncio.get_running_loop().time
        (read_only,) = await self._rows(queries.READ_ONLY)
        await self._asked(self._connection.execute(queries.PREPARE))
        began = clock()
        await self._rows(queries.PING)
        round_trip_s = clock() - began
        found = await self._rows(queries.TLS)
        told = found[0] if found else {}
        return Entry(
            connect_s=self._opened.connect_s,
            round_trip_s=round_trip_s,
            tls=self._version(told.get("version")),
            local=self._local,
            verified=self._opened.verified,
            server_tls=told.get("ssl"),
            read_only=read_only["current_setting"] == "on",
        )

    def _version(self, told: str | None) -> str | None:
        if not self._opened.encrypted:
            return None
        transport: Any = getattr(self._connection, "_transport", None)
        secured = transport.get_extra_info("ssl_object") if transport is not None else None
        return str((secured.version() if secured is not None else None) or told or "TLS")

    async def server(self) -> Server:
        """What it is, and how full."""
        return await self._one(Server, queries.SERVER)

    async def sessions(self, young_s: float) -> Sessions:
        """The other sessions; ``young_s`` is the age in seconds below which one counts as young."""
        return await self._one(Sessions, queries.SESSIONS, young_s)

    async def transactions(self) -> tuple[Transaction, ...]:
        """The oldest open transactions of others, oldest first."""
        return tuple(_of(Transaction, row) for row in await self._rows(queries.TRANSACTIONS))

    async def blocked(self, version: int) -> tuple[Waiter, ...]:
        """The sessions that wait for a lock, and for whom; longest first."""
        rows = await self._rows(queries.blocked(version))
        return tuple(_of(Waiter, {**row, "blockers": tuple(row["blockers"] or ())}) for row in rows)

    async def advisory_locks(self) -> tuple[AdvisoryLock, ...]:
        """The advisory locks that others hold."""
        found = []
        for row in await self._rows(queries.ADVISORY):
            kept = dict(row)
            kept["key"] = (kept.pop("high") << 32) | kept.pop("low")
            found.append(_of(AdvisoryLock, kept))
        return tuple(found)

    async def counters(self, version: int) -> Counters:
        """Deadlocks, conflicts, and how sessions ended."""
        (row,) = await self._rows(queries.counters(version))
        return Counters(
            deadlocks=row["deadlocks"],
            conflicts={kind: row[kind] for kind in _CONFLICTS if row[kind]},
            since_s=row["since_s"],
            sessions=row["sessions"],
            lost={end: row[f"sessions_{end}"] for end in _ENDS if row[f"sessions_{end}"]},
        )

    async def replicas(self) -> tuple[Replica, ...]:
        """Who follows this server. It must not be in recovery itself."""
        return tuple(_of(Replica, row) for row in await self._rows(queries.REPLICAS))

    async def replay_lag_s(self) -> float | None:
        """How far a replica is behind, in seconds; None where it never replayed anything."""
        (row,) = await self._rows(queries.REPLAY)
        return None if row["lag_s"] is None else float(row["lag_s"])

    async def column(self, schema: str, table: str, name: str) -> tuple[str, ...]:
        """The first values of one column."""
        rows = await self._rows(queries.column(schema, table, name))
        return tuple(str(row["left"]) for row in rows)

    async def _one(self, kind: type[T], query: str, *arguments: object) -> T:
        rows = await self._rows(query, *arguments)
        if len(rows) != 1:
            raise ProtocolError(f"{self._shown} answers a question for one row with {len(rows)}")
        return _of(kind, rows[0])

    async def _rows(self, query: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        rows: Sequence[Mapping[str, Any]] = await self._asked(
            self._connection.fetch(query, *arguments)
        )
        return rows

    async def _asked(self, question: Awaitable[T]) -> T:
        import asyncpg

        limit_s = self._budget.allow(_QUESTION_S)
        meter = self._opened.meter
        try:
            async with asyncio.timeout(limit_s):
                return await question
        except TimeoutError:
            raise TimedOut(f"{self._shown} does not answer within {limit_s:.3g} s") from None
        except (
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError,
            ValueError, LookupError, EOFError, MemoryError, TypeError,
        ) as error:  # fmt: skip # as for connecting
            raise failures.translated(error, self._shown, meter) from None

    async def close(self, *, broken: bool) -> None:
        """Say goodbye; only hang up where something is ``broken``. Never fails."""
        if not broken:
            with suppress(ClientError):
                await self._asked(self._connection.close(timeout=_GOODBYE_S))
        self._connection.terminate()
        self._opened.meter.abort()


def _of(kind: type[T], row: Mapping[str, Any]) -> T:
    """A row as facts. A text that is null is empty."""
    texts = {"role", "application", "name"}
    return kind(
        **{key: "" if value is None and key in texts else value for key, value in row.items()}
    )
