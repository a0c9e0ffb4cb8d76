"""What the facts of a session say. Pure, but for the clock that dates what began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from checks.postgres import remedies
from netra_validate import Finding, Severity

if TYPE_CHECKING:
    from checks.postgres import Postgres
    from checks.postgres.options import PostgresOptions
    from checks.postgres.remedies import Place
    from netra_validate.clients.postgres import (
        AdvisoryLock,
        Counters,
        Entry,
        Replica,
        Server,
        Sessions,
        Transaction,
        Waiter,
    )
    from netra_validate.model import Remediation

_DAY_S: Final = 86400.0


class Judge:
    """Judges one database by the options of its check."""

    def __init__(self, check: Postgres, place: Place) -> None:
        self._check = check
        self._options: PostgresOptions = check.options
        self._place = place

    def entry(self, seen: Entry) -> Iterator[Finding]:
        """How the way in was."""
        options, name = self._options, self._place.name
        if seen.connect_s >= options.slow_connect_s:
            late = seen.connect_s >= options.max_connect_s
            limit = options.max_connect_s if late else options.slow_connect_s
            yield self._check.slow_connect.finding(
                f"{name} takes {seen.connect_s:.1f} s to connect to, limit {limit:g} s",
                evidence={"connect_s": seen.connect_s, "round_trip_s": seen.round_trip_s},
                remedy=remedies.hasten(self._place),
                severity=Severity.ERROR if late else None,
            )
        if seen.tls is None and not seen.local:
            yield self._check.no_tls.finding(
                f"{name} is spoken to in the clear",
                evidence={"tls": None},
                remedy=remedies.encrypt(self._place),
                severity=Severity.WARNING,
            )

    def server(self, seen: Server, entry: Entry) -> Iterator[Finding]:
        """How full it is, and whether it can be written to."""
        name, ratio = self._place.name, seen.used / seen.slots
        if ratio >= self._options.warn_connections_ratio:
            full = ratio >= self._options.max_connections_ratio
            yield self._check.connections.finding(
                f"{name} has {seen.used} of {seen.slots} connections in use, {ratio:.0%}",
                evidence={
                    "in_use": seen.used,
                    "max_connections": seen.max_connections,
                    "reserved": seen.reserved,
                },
                remedy=remedies.free_connections(self._place),
                severity=None if full else Severity.WARNING,
            )
        if self._options.role == "primary" and (seen.in_recovery or entry.read_only):
            mend = remedies.leave_recovery if seen.in_recovery else remedies.make_writable
            why = "is in recovery" if seen.in_recovery else "makes transactions read-only"
            yield self._check.read_only.finding(
                f"{name} {why}, expected a primary that can be written to",
                evidence={
                    "in_recovery": seen.in_recovery,
                    "default_transaction_read_only": entry.read_only,
                },
                remedy=mend(self._place),
            )

    def sessions(self, seen: Sessions, server: Server) -> Iterator[Finding]:
        """Whether too many began at once."""
        ratio, window_s = seen.young / server.slots, self._options.storm_window_s
        if ratio > self._options.max_new_ratio:
            yield self._check.connection_storm.finding(
                f"{self._place.name} has {seen.young} connections that are younger than"
                f" {window_s:g} s, {ratio:.0%} of all it can have",
                evidence={"young": seen.young, "slots": server.slots, "window_s": window_s},
                remedy=remedies.calm(self._place),
            )

    def transactions(self, seen: Sequence[Transaction]) -> Iterator[Finding]:
        """Whether one is open for long. Several are one finding: the oldest, and how many."""
        options = self._options
        late = [
            each
            for each in seen
            if each.age_s >= options.max_transaction_s
            or (
                each.state.startswith("idle in transaction")
                and each.state_s >= options.max_idle_in_transaction_s
            )
        ]
        if not late:
            return
        oldest = late[0]
        more = f", and {len(late) - 1} more" if len(late) > 1 else ""
        yield self._check.long_transaction.finding(
            f"{self._place.name} has a transaction of {oldest.role} open for {oldest.age_s:.0f} s,"
            f" {oldest.state}{more}",
            evidence={
                "sessions": [
                    {
                        "pid": each.pid,
                        "role": each.role,
                        "application": each.application,
                        "state": each.state,
                        "open_s": each.age_s,
                    }
                    for each in late
                ]
            },
            remedy=remedies.end_transaction(self._place, oldest.pid),
            since=_ago(oldest.age_s),
        )

    def blocked(self, seen: Sequence[Waiter]) -> Iterator[Finding]:
        """Whether somebody waits; who waits for an advisory lock is that rule's."""
        late = [
            each
            for each in seen
            if each.kind != "advisory"
            and each.waited_s is not None
            and each.waited_s >= self._options.warn_blocked_s
        ]
        if not late:
            return
        waited_s = max(each.waited_s or 0.0 for each in late)
        roots = roots_of(seen, late)
        who = f"{len(late)} sessions wait" if len(late) > 1 else "a session waits"
        behind = f" behind session {', '.join(map(str, roots))}" if roots else ""
        yield self._check.blocked_session.finding(
            f"{self._place.name}: {who} for a lock{behind}, for {waited_s:.0f} s by now",
            evidence={
                "waiting": [
                    {
                        "pid": each.pid,
                        "role": each.role,
                        "application": each.application,
                        "kind": each.kind,
                        "blocked_by": list(each.blockers),
                        "waited_s": each.waited_s,
                    }
                    for each in late
                ],
                "roots": list(roots),
            },
            remedy=remedies.unblock(self._place, roots[0] if roots else late[0].pid),
            severity=Severity.ERROR if waited_s >= self._options.max_blocked_s else None,
            since=_ago(waited_s),
        )

    def advisory_locks(self, seen: Sequence[AdvisoryLock]) -> Iterator[Finding]:
        """Whether one is in somebody's way, or forgotten."""
        for each in seen:
            old = each.held_s is not None and each.held_s >= self._options.max_advisory_lock_s
            if not (each.awaited or old):
                continue
            waits = ", and another session waits for it" if each.awaited else ""
            held = "" if each.held_s is None else f" for {each.held_s:.0f} s or more"
            yield self._check.advisory_lock.finding(
                f"{self._place.name}: session {each.pid} of {each.role} holds the advisory lock"
                f" {each.key}{held}{waits}",
                evidence={
                    "pid": each.pid,
                    "lock_number": each.key,
                    "application": each.application,
                    "held_s": each.held_s,
                    "awaited": each.awaited,
                },
                remedy=remedies.release(self._place, each.pid),
                severity=Severity.ERROR if each.awaited else None,
                identity=str(each.key),
                since=None if each.held_s is None else _ago(each.held_s),
            )

    def counters(self, seen: Counters) -> Iterator[Finding]:
        """Whether sessions get into each other's way too often, or are lost."""
        days = max(1.0, (seen.since_s or 0.0) / _DAY_S)
        name, conflicts = self._place.name, sum(seen.conflicts.values())
        if seen.deadlocks / days > self._options.max_deadlocks_per_day:
            yield self._check.contention.finding(
                f"{name} counts {seen.deadlocks} deadlocks, {seen.deadlocks / days:.1f} a day",
                evidence={"deadlocks": seen.deadlocks, "since_s": seen.since_s},
                remedy=remedies.untangle(self._place),
                identity="deadlocks",
            )
        if conflicts / days > self._options.max_conflicts_per_day:
            yield self._check.contention.finding(
                f"{name} cancelled {conflicts} queries for what it replays"
                f" ({_counted(seen.conflicts)}), {conflicts / days:.1f} a day",
                evidence={"conflicts": dict(seen.conflicts), "since_s": seen.since_s},
                remedy=remedies.spare_queries(self._place, seen.conflicts),
                identity="conflicts",
            )
        yield from self._lost(seen)

    def _lost(self, seen: Counters) -> Iterator[Finding]:
        lost, begun = sum(seen.lost.values()), seen.sessions or 0
        if begun < self._options.min_sessions or lost <= self._options.max_lost_ratio * begun:
            return
        yield self._check.lost_sessions.finding(
            f"{self._place.name} lost {lost} of {begun} sessions, {lost / begun:.0%}"
            f" ({_counted(seen.lost)})",
            evidence={"sessions": begun, "lost": dict(seen.lost), "since_s": seen.since_s},
            remedy=remedies.keep_sessions(self._place, seen.lost),
        )

    def replicas(self, seen: Sequence[Replica]) -> Iterator[Finding]:
        """Whether those who follow keep up."""
        for each in seen:
            if each.lag_s is not None and each.lag_s > self._options.max_replica_lag_s:
                yield self._behind(each.name or "its replica", each.lag_s, each.lag_bytes)

    def replay(self, lag_s: float | None) -> Iterator[Finding]:
        """Whether this replica keeps up."""
        expected = self._options.role == "replica"
        if expected and lag_s is not None and lag_s > self._options.max_replica_lag_s:
            yield self._behind(self._place.name, lag_s, None)

    def _behind(self, name: str, lag_s: float, lag_bytes: float | None) -> Finding:
        return self._check.replica_lag.finding(
            f"{name} is {lag_s:.0f} s behind, limit {self._options.max_replica_lag_s:g} s",
            evidence={"lag_s": lag_s, "lag_bytes": lag_bytes},
            remedy=remedies.catch_up(self._place),
            identity=name,
        )

    def schema(self, table: str, seen: Sequence[str] | None) -> Iterator[Finding]:
        """Whether the version is one that is expected; None where there is no such table."""
        expected = self._options.schema_versions
        if seen is not None and len(seen) == 1 and (not expected or seen[0] in expected):
            return
        name, wanted = self._place.name, f", expected {' or '.join(expected)}" if expected else ""
        if seen is None:
            message = f"{name} has no version of its schema: there is no {table}{wanted}"
        elif not seen:
            message = f"{name} has no version of its schema: {table} is empty{wanted}"
        elif len(seen) > 1:
            message = f"{name} has several versions of its schema: {', '.join(seen)}{wanted}"
        else:
            message = f"{name} has version {seen[0]} of its schema{wanted}"
        yield self._check.schema_version.finding(
            message,
            evidence={"table": table, "seen": list(seen or ()), "expected": list(expected)},
            remedy=self._migrate(expected, None if seen is None else table),
        )

    def _migrate(self, expected: tuple[str, ...], table: str | None) -> Remediation:
        column = self._options.schema_column
        return remedies.migrate(self._place, expected, table, column)

    def reported(self, version: str, told: Mapping[str, str]) -> Iterator[Finding]:
        """Whether the services need the version that is there; ``told`` is by their names."""
        fitting = self._options.schema_pairs.get(version, (version,))
        for service, needed in told.items():
            if needed not in fitting:
                yield self._check.schema_disagrees.finding(
                    f"{self._place.name} has version {version} of its schema, and {service} says"
                    f" that it needs {needed}",
                    evidence={"database": version, "service": needed, "fitting": list(fitting)},
                    remedy=self._fit(service, version, needed),
                    identity=service,
                )

    def _fit(self, service: str, version: str, needed: str) -> Remediation:
        options = self._options
        table, column = options.schema_table or "", options.schema_column
        declared = version in options.schema_versions
        return remedies.fit(self._place, service, version, needed, table, column, declared=declared)


def _ago(seconds: float) -> datetime:
    """When that was."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


def _counted(kinds: Mapping[str, int]) -> str:
    """``10 snapshot, 2 lock``, most first."""
    most = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count} {kind}" for kind, count in most)


def roots_of(everybody: Sequence[Waiter], late: Sequence[Waiter]) -> tuple[int, ...]:
    """The sessions at the beginning of the queues that ``late`` stand in: they wait for nobody.

    A negative or zero number is a prepared transaction (``pg_blocking_pids``).
    """
    blockers = {each.pid: each.blockers for each in everybody}
    seen: set[int] = set()
    waiting = [pid for each in late for pid in each.blockers]
    while waiting:
        pid = waiting.pop()
        if pid not in seen:
            seen.add(pid)
            waiting.extend(blockers.get(pid, ()))
    return tuple(sorted(pid for pid in seen if not blockers.get(pid)))
