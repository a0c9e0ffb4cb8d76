"""One probe: a session opened, everything asked, each part judged by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.postgres import remedies
from checks.postgres.judging import Judge
from checks.postgres.migrating import migration
from checks.postgres.psql import psql
from checks.postgres.remedies import Place
from checks.postgres.reporting import reported
from netra_validate import (
    ClientError,
    Context,
    Database,
    Finding,
    Forbidden,
    NotFound,
    TimedOut,
    Unauthenticated,
    Unreachable,
)
from netra_validate.clients.postgres import NoSlotLeft, SignInRefused, TlsDeclined

if TYPE_CHECKING:
    from checks.postgres import Postgres
    from netra_validate.clients.postgres import Entry, Server, Session

Part = Callable[[], AsyncIterator[Finding]]


async def probe(check: Postgres, resource: Database, ctx: Context) -> AsyncIterator[Finding]:
    """Open one session; judge the way in, then what the server tells, one part at a time.

    What one part does not tell must not hide what another one does, so that it could not be
    verified comes last.
    """
    place = Place(
        resource.instance,
        ctx.environment.project_of(resource),
        psql(resource, ctx.environment.ca_file),
        migration(resource, check.options, ctx),
    )
    examination = _Examination(check, place, resource, ctx)
    inside = False
    try:
        async with ctx.postgres.session(
            resource,
            timeout_s=check.options.connect_timeout_s,
            address=check.options.connector_address,
        ) as session:
            entry = await session.enter()
            inside = True
            async for found in examination.run(session, entry):
                yield found
    except SignInRefused as error:
        hint = remedies.sign_in(resource, place)
        raise Unauthenticated(error.message, attempts=error.attempts, hint=hint) from None
    except (Unreachable, TimedOut, NoSlotLeft) as error:
        if inside:
            raise
        ctx.observe(reached=False)
        yield _kept_out(check, place, error)


def _kept_out(check: Postgres, place: Place, error: ClientError) -> Finding:
    """Access is what is tested here: to be kept out is the finding."""
    if isinstance(error, TlsDeclined):
        return check.no_tls.finding(
            f"{error.message}, and TLS is asked for", remedy=remedies.encrypt(place)
        )
    if isinstance(error, NoSlotLeft):
        return check.connections.finding(error.message, remedy=remedies.free_connections(place))
    phase = error.phase if isinstance(error, Unreachable) else "request"
    return check.unreachable.finding(
        error.message,
        evidence={"phase": phase, "attempts": error.attempts},
        remedy=remedies.reach(place),
    )


class _Examination:
    """What is asked within one session."""

    def __init__(self, check: Postgres, place: Place, database: Database, ctx: Context) -> None:
        self._check = check
        self._database = database
        self._options = check.options
        self._judge = Judge(check, place)
        self._place = place
        self._ctx = ctx

    async def run(self, session: Session, entry: Entry) -> AsyncIterator[Finding]:
        """Every part, whatever becomes of the others."""
        self._observe_entry(entry)
        for found in self._judge.entry(entry):
            yield found
        server = await session.server()
        self._observe_server(server)
        asked = replace(self._place.psql, asked_at=server.asked_at)
        self._judge = Judge(self._check, replace(self._place, psql=asked))
        for found in self._judge.server(server, entry):
            yield found
        unanswered: list[ClientError] = []
        for part in (self._sessions, self._locks, self._history, self._replication, self._schema):
            try:
                for found in await part(session, server):
                    yield found
            except ClientError as error:
                unanswered.append(error)
        if unanswered:
            raise unanswered[0]

    async def _sessions(self, session: Session, server: Server) -> Iterator[Finding]:
        if not server.sees_all:
            self._ctx.observe(other_sessions="not known: the role lacks pg_monitor")
            raise Forbidden(
                f"the role may not look into other sessions of {self._place.name}",
                permission="pg_monitor",
                hint=remedies.let_see(self._database),
            )
        seen = await session.sessions(self._options.storm_window_s)
        open_ones = await session.transactions()
        self._ctx.observe(
            sessions={
                "active": seen.active,
                "idle_in_transaction": seen.idle_in_transaction,
                "new": seen.young,
            },
            oldest_transaction_s=max((each.age_s for each in open_ones), default=0.0),
        )
        return _joined(self._judge.sessions(seen, server), self._judge.transactions(open_ones))

    async def _locks(self, session: Session, server: Server) -> Iterator[Finding]:
        waiting = await session.blocked(server.version)
        held = await session.advisory_locks()
        self._ctx.observe(waiting_for_locks=len(waiting), advisory_locks=len(held))
        return _joined(self._judge.blocked(waiting), self._judge.advisory_locks(held))

    async def _history(self, session: Session, server: Server) -> Iterator[Finding]:
        seen = await session.counters(server.version)
        self._ctx.observe(deadlocks=seen.deadlocks, conflicts=dict(seen.conflicts))
        if seen.sessions is not None:
            self._ctx.observe(sessions_begun=seen.sessions, sessions_lost=dict(seen.lost))
        return self._judge.counters(seen)

    async def _replication(self, session: Session, server: Server) -> Iterator[Finding]:
        if server.in_recovery:
            lag_s = await session.replay_lag_s()
            self._ctx.observe(replay_lag_s="not known" if lag_s is None else lag_s)
            return self._judge.replay(lag_s)
        found = await session.replicas()
        self._ctx.observe(
            replicas={each.name or "unnamed": each.state or "not known" for each in found}
        )
        return self._judge.replicas(found)

    async def _schema(self, session: Session, server: Server) -> Iterator[Finding]:
        del server
        table = self._options.schema_table
        if table is None:
            return iter(())
        schema, _, short = table.rpartition(".")
        try:
            seen = await session.column(schema or "public", short, self._options.schema_column)
        except NotFound:
            self._ctx.observe(schema_version="there is none")
            return self._judge.schema(table, None)
        self._ctx.observe(schema_version=seen[0] if len(seen) == 1 else list(seen))
        found = list(self._judge.schema(table, seen))
        # A version that is none of those expected disagrees with everybody: it is told once.
        if not found and self._options.schema_health is not None:
            told = await reported(self._database, self._options, self._ctx)
            found += self._judge.reported(seen[0], told)
        return iter(found)

    def _observe_entry(self, entry: Entry) -> None:
        self._ctx.observe(
            reached=True,
            connect_ms=entry.connect_s * 1000,
            round_trip_ms=entry.round_trip_s * 1000,
            tls=entry.tls or "none",
            certificate_verified=entry.verified,
            server_sees_tls="not told" if entry.server_tls is None else entry.server_tls,
        )

    def _observe_server(self, server: Server) -> None:
        major = server.version // 10000
        self._ctx.observe(
            version=f"{major}.{server.version % 10000}",
            in_recovery=server.in_recovery,
            connections={
                "in_use": server.used,
                "max": server.max_connections,
                "reserved": server.reserved,
            },
        )


def _joined(*parts: Iterator[Finding]) -> Iterator[Finding]:
    for part in parts:
        yield from part
