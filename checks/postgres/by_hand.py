"""How to ask a database by hand, and what its answers usually hide. Every query only reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import INSTANCE, LISTENS, ByHand, see


def _ask(query: str) -> str:
    where = "host={db_host} port={db_port} dbname={database} user={db_user} sslmode={sslmode}"
    return f'psql "{where}" --command="{query}"'


_SESSIONS: Final = _ask(
    "select pid, usename, application_name, state, wait_event_type, now() - xact_start as open"
    " from pg_stat_activity where backend_type = 'client backend' order by xact_start"
)
_BLOCKED: Final = _ask(
    "select pid, pg_blocking_pids(pid) as blocked_by, state, wait_event_type"
    " from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0"
)
_COUNTERS: Final = _ask(
    "select datname, deadlocks, conflicts, sessions, sessions_abandoned, sessions_fatal,"
    " sessions_killed, stats_reset from pg_stat_database where datname = current_database()"
)
_SLOTS: Final = _ask(
    "select count(*) as in_use, current_setting('max_connections') as most"
    " from pg_stat_activity where backend_type = 'client backend'"
)

RULES: Final[Mapping[str, ByHand]] = {
    "unreachable": see(
        LISTENS,
        _ask("select version()"),
        INSTANCE,
        hides="The way there rather than the database: RUNNABLE is said by the API whether or not"
        " anybody can reach it. From a laptop a private address never answers, which proves"
        " nothing.",
    ),
    "slow-connect": see(
        _ask("select now()"),
        _SLOTS,
        hides="A connector at its limit or a name server that does not answer; or a pool that is"
        " empty, so that each connection waits for another to end. Longer time-outs hide it.",
    ),
    "no-tls": see(
        _ask("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"),
        hides="`sslmode=prefer`, the default of libpq: it falls back to the clear without a word."
        " Through the Cloud SQL connector's socket it is encrypted all the same.",
    ),
    "connections": see(
        _SLOTS,
        _SESSIONS,
        hides="Pools that are larger than they need to be, times the instances; or sessions that"
        " nobody returned (`idle in transaction`). It shows as a database that is down.",
    ),
    "connection-storm": see(
        _ask(
            "select usename, application_name, count(*) from pg_stat_activity"
            " where backend_start > now() - interval '1 minute' group by 1, 2 order by 3 desc"
        ),
        hides="A service that restarts over and over, or one that opens a connection for every"
        " request. The database is slow from that, and is taken for the cause.",
    ),
    "long-transaction": see(
        _SESSIONS,
        hides="Code that waits for a network call with a transaction open, or a person's psql."
        " Tables grow meanwhile, since nothing that is newer can be cleared.",
    ),
    "blocked-session": see(
        _BLOCKED,
        _SESSIONS,
        hides="Whoever holds the lock, not whoever waits: often a migration, or a session that is"
        " idle in its transaction. Ending those that wait does not help.",
    ),
    "advisory-lock": see(
        _ask("select pid, classid, objid, granted from pg_locks where locktype = 'advisory'"),
        hides="A migration or a start that hangs: most migration tools take one. Through a pooler"
        " it may outlive the client that took it.",
    ),
    "contention": see(
        _COUNTERS,
        _BLOCKED,
        hides="Two pieces of code that take the same rows in different order. It shows as an error"
        " now and then that a retry hides.",
    ),
    "lost-sessions": see(
        _COUNTERS,
        hides="Instances that are ended in the middle: memory, time limits, deploys. The database"
        " is not at fault; the service's log of the same minute is.",
    ),
    "replica-lag": see(
        _ask("select application_name, state, replay_lag from pg_stat_replication"),
        hides="A long query on the replica, or one large write on the primary. Users read what they"
        " wrote and do not find it, which is taken for a lost write.",
    ),
    "read-only": see(
        _ask("select pg_is_in_recovery(), current_setting('default_transaction_read_only')"),
        INSTANCE,
        hides="A replica's address in place of the primary's, a failover that is under way, or a"
        " disk that was full. Reading works, so that health endpoints stay green.",
    ),
    "schema-version": see(
        _ask("select * from alembic_version"),
        hides="A migration that did not run, or ran against another database. It shows as `column"
        " does not exist` in one function, and the rest works.",
    ),
    "schema-disagrees": see(
        _ask("select * from alembic_version"),
        "curl -sS -i --max-time 30 {endpoint}",
        hides="A service that was rolled back without its schema, or a deploy that came before its"
        " migration. Only one of several services is affected.",
    ),
}
