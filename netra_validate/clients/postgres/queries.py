"""Every statement that is ever sent. They read catalogs and statistics; nobody else can add one.

All names are of ``pg_catalog``, which is the whole search path of a session of ours: what somebody
put into another schema under the name of a function is not called.
"""

from __future__ import annotations

from typing import Final

READ_ONLY: Final = "select pg_catalog.current_setting('default_transaction_read_only')"
"""Asked before the session is made read-only by itself."""

PREPARE: Final = (
    "set default_transaction_read_only = on; set search_path = pg_catalog;"
    " set statement_timeout = 5000; set lock_timeout = 1000;"
    " set idle_in_transaction_session_timeout = 30000"
)
"""Milliseconds. Sent as statements: a pooler (PgBouncer) refuses most parameters of a start-up."""

PING: Final = "select 1"

SERVER: Final = """
select current_setting('server_version_num')::int4 as version,
       clock_timestamp() as asked_at,
       pg_is_in_recovery() as in_recovery,
       current_setting('max_connections')::int4 as max_connections,
       current_setting('superuser_reserved_connections')::int4
         + coalesce(current_setting('reserved_connections', true), '0')::int4 as reserved,
       (select coalesce(sum(numbackends), 0)::int4 from pg_stat_database) as used,
       pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_all
"""
"""pg_read_all_stats is what pg_monitor and superusers have of it; numbackends is shown to anyone:
https://www.postgresql.org/docs/current/predefined-roles.html"""

SESSIONS: Final = """
select count(*) filter (where backend_type is null)::int4 as hidden,
       count(*) filter (where state = 'active')::int4 as active,
       count(*) filter (where state like 'idle in transaction%')::int4 as idle_in_transaction,
       count(*) filter (
         where backend_type = 'client backend'
           and backend_start > clock_timestamp() - make_interval(secs => $1))::int4 as young
from pg_stat_activity where pid <> pg_backend_pid()
"""
"""Of a session that the role may not look into, most columns are null (pg_stat_activity)."""

TRANSACTIONS: Final = """
select pid, usename::text as role, application_name::text as application,
       coalesce(state, '') as state,
       extract(epoch from clock_timestamp() - xact_start)::float8 as age_s,
       extract(epoch from clock_timestamp() - state_change)::float8 as state_s
from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid() and xact_start is not null
order by xact_start limit 20
"""

_BLOCKED: Final = """
select l.pid, pg_blocking_pids(l.pid) as blockers, l.locktype as kind,
       a.usename::text as role, a.application_name::text as application,
       extract(epoch from clock_timestamp() - {since})::float8 as waited_s
from pg_locks l left join pg_stat_activity a on a.pid = l.pid
where not l.granted order by waited_s desc nulls last limit 50
"""

_WAITSTART: Final = 140000
"""The version from which on pg_locks tells since when somebody waits."""


def blocked(version: int) -> str:
    """The sessions that wait for a lock. pg_locks is shown to anyone."""
    since = "coalesce(l.waitstart, a.query_start)" if version >= _WAITSTART else "a.query_start"
    return _BLOCKED.replace("{since}", since)


ADVISORY: Final = """
select l.pid, l.classid::int8 as high, l.objid::int8 as low,
       a.usename::text as role, a.application_name::text as application,
       extract(epoch from clock_timestamp() - a.state_change)::float8 as held_s,
       exists (
         select from pg_locks w
         where w.locktype = 'advisory' and not w.granted and w.classid = l.classid
           and w.database = l.database and w.objid = l.objid and w.objsubid = l.objsubid
       ) as awaited
from pg_locks l left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.pid <> pg_backend_pid()
order by held_s desc nulls last limit 50
"""
"""Nobody notes since when a lock is held: at least since the session last changed its state."""

_COUNTERS: Final = """
select d.deadlocks::int8 as deadlocks, c.confl_tablespace::int8 as tablespace,
       c.confl_lock::int8 as lock, c.confl_snapshot::int8 as snapshot,
       c.confl_bufferpin::int8 as bufferpin, c.confl_deadlock::int8 as deadlock, {later},
       extract(epoch from clock_timestamp() - coalesce(d.stats_reset, b.stats_reset))::float8
         as since_s
from pg_stat_database d join pg_stat_database_conflicts c on c.datid = d.datid
     cross join pg_stat_bgwriter b
where d.datname = current_database()
"""
"""A database's own time is null until somebody resets it; the writer's is that of the server's
statistics, which begin anew after a crash."""

_SESSIONS_COUNTED: Final = 140000
_SLOTS_COUNTED: Final = 160000
"""The versions from which on sessions, and conflicts with logical slots, are counted:
https://www.postgresql.org/docs/release/14.0/ and https://www.postgresql.org/docs/release/16.0/."""


def counters(version: int) -> str:
    """What is counted since the statistics began; null where this version does not count it.

    https://www.postgresql.org/docs/current/monitoring-stats.html
    """
    sessions = ("sessions", "sessions_abandoned", "sessions_fatal", "sessions_killed")
    counts = version >= _SESSIONS_COUNTED
    later = [f"{f'd.{each}' if counts else 'null'}::int8 as {each}" for each in sessions]
    slots = "c.confl_active_logicalslot" if version >= _SLOTS_COUNTED else "null"
    later.append(f"{slots}::int8 as logicalslot")
    return _COUNTERS.replace("{later}", ", ".join(later))


REPLICAS: Final = """
select application_name::text as name, coalesce(state, '') as state,
       extract(epoch from replay_lag)::float8 as lag_s,
       pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 as lag_bytes
from pg_stat_replication order by 1 limit 20
"""

REPLAY: Final = """
select case when exists (select from pg_stat_wal_receiver)
             and pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0::float8
       else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8
       end as lag_s
"""
"""On a replica. Without a receiver everything that arrived may be replayed, and nothing arrives."""

TLS: Final = "select ssl, version, cipher from pg_stat_ssl where pid = pg_backend_pid()"


def column(schema: str, table: str, name: str) -> str:
    """The values of one column. The names are quoted: they can be nothing but names."""
    where = f"{quoted(schema)}.{quoted(table)}"
    return f"select left({quoted(name)}::text, 200) from {where} limit 6"  # noqa: S608 - as said


def quoted(name: str) -> str:
    """An identifier as a statement may hold it (section 4.1.1 of the documentation)."""
    return '"' + name.replace("\0", "").replace('"', '""') + '"'
