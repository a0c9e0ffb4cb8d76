"""The ways in which a database in use falls short."""

from __future__ import annotations

from netra_validate import Rule, Severity, Sign


class PostgresRules:
    """The rules of the check ``postgres``."""

    unreachable = Rule(
        Severity.ERROR,
        "No session can be opened",
        help="""
        Nothing listens, the name does not resolve, the TLS handshake fails, the server hangs up, is
        silent, or says that it is starting up or shutting down. Every service that opens a
        connection at its start waits for the same and then exits.
        To mend: start the instance, correct the address, or mend the way into its network. A
        private address that does not answer proves nothing, as the runner may be outside of the
        network: that is reported as not verified.
        """,
        shows=(Sign.NO_DATABASE,),
    )
    slow_connect = Rule(
        Severity.WARNING,
        "Connecting takes long",
        help="""
        Measured from the name to a session, so name resolution, TCP, TLS, authentication and the
        start of the server's process. From slow_connect_s on it is a warning, from max_connect_s on
        an error: services whose start-up waits for the database less than that never start.
        To mend: look for an overloaded instance, a connector at its limit, a name server that does
        not answer, or a slot that somebody had to give up first. A longer time-out in the services
        only hides it.
        """,
        shows=(Sign.SLOW,),
        explains=(Sign.SLOW,),
        may_explain=(Sign.NO_DATABASE,),
    )
    no_tls = Rule(
        Severity.ERROR,
        "The connection is not encrypted",
        help="""
        The configuration or the DSN asks for TLS and the server declines it: an error. Where nobody
        asks for it and the connection crosses a network in the clear, it is a warning: passwords
        and data can be read on the way. Unix sockets and this machine's own addresses are no
        network.
        To mend: have the instance accept encrypted connections only, and set sslmode to verify-full
        with the server's authority, or use the Cloud SQL connector.
        """,
        shows=(),
    )
    connections = Rule(
        Severity.ERROR,
        "The connections are nearly used up",
        help="""
        max_connections, less those reserved for superusers, are for everybody. When they are in
        use, the next instance of a service ends in "remaining connection slots are reserved": a
        peak of traffic or a deploy is enough. From warn_connections_ratio on it is a warning, from
        max_connections_ratio on, or where we are refused ourselves, an error.
        To mend: give services smaller pools or fewer instances, close what is idle, put a pooler in
        between, or take a machine with more memory and raise max_connections.
        """,
        shows=(Sign.NO_CONNECTIONS_LEFT,),
    )
    connection_storm = Rule(
        Severity.WARNING,
        "Many connections were just opened",
        help="""
        More than max_new_ratio of all connections are younger than storm_window_s. Services that
        start at once, or open a connection for each request, make the server fork a process for
        each: it slows down for everybody, and slots run out.
        To mend: have services keep pools, add jitter to their reconnecting, and roll out in steps.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE,),
    )
    blocked_session = Rule(
        Severity.WARNING,
        "A session waits for another one's lock",
        help="""
        It has waited for warn_blocked_s or more; from max_blocked_s on it is an error. The finding
        names who is at the root of it: a session that waits for nobody. A migration that waits for
        a table blocks everyone who comes after it.
        To mend: let the root end its transaction, or end it with pg_terminate_backend; give
        migrations a lock_timeout.
        """,
        shows=(),
        may_explain=(Sign.NO_START, Sign.NO_ROLLOUT, Sign.SLOW),
    )
    advisory_lock = Rule(
        Severity.WARNING,
        "An advisory lock is held",
        help="""
        Migrations take an advisory lock so that two do not run at once. One that is held for
        max_advisory_lock_s or more may have been forgotten, by a session that a pool keeps open. It
        is an error where somebody waits for it: a deploy that does not come to an end.
        How long it is held is at least how long the session has been in its state; PostgreSQL does
        not note it.
        To mend: find out whether the migration still runs; if not, end the session that holds it.
        """,
        shows=(),
        may_explain=(Sign.NO_START, Sign.NO_ROLLOUT, Sign.SLOW),
    )
    long_transaction = Rule(
        Severity.WARNING,
        "A transaction is open for long",
        help="""
        Longer than max_transaction_s, or idle within it for longer than max_idle_in_transaction_s.
        It keeps its locks and keeps vacuum from cleaning up: tables grow, queries slow down, and
        migrations wait.
        To mend: have the service end its transactions, also when a request is cancelled, and set
        idle_in_transaction_session_timeout.
        """,
        shows=(),
        may_explain=(Sign.SLOW,),
    )
    contention = Rule(
        Severity.WARNING,
        "Sessions lock each other out",
        help="""
        PostgreSQL ends one of two transactions that wait for each other (a deadlock), and cancels
        queries on a replica that are in the way of what is replayed (a conflict). There are more
        deadlocks than max_deadlocks_per_day, or conflicts than max_conflicts_per_day, on average
        since the statistics began. A conflict has a kind, which tells what was in the way:
        snapshot (rows that vacuum removed), lock (a change of a table), bufferpin, deadlock,
        tablespace, logicalslot.
        To mend: change rows in the same order everywhere, keep transactions short, and try again
        what failed with 40P01 or 40001; on a replica, set hot_standby_feedback, or give long
        queries a server of their own.
        """,
        shows=(),
        may_explain=(Sign.SLOW,),
    )
    lost_sessions = Rule(
        Severity.WARNING,
        "Sessions end without their client",
        help="""
        Of the sessions since the statistics began, more than max_lost_ratio were abandoned (the
        connection broke off), ended by a fatal error, or killed by an administrator. Services that
        are stopped without closing their pool do so, and proxies and connectors that drop idle
        connections: each is opened anew, and a restart of all of them is a storm. Fewer than
        min_sessions sessions say nothing. PostgreSQL counts them from version 14 on.
        To mend: close pools on shutdown, replace connections before somebody on the way drops
        them, and keep TCP keep-alives on.
        """,
        shows=(),
        may_explain=(Sign.SLOW,),
    )
    replica_lag = Rule(
        Severity.WARNING,
        "A replica is behind",
        help="""
        By more than max_replica_lag_s. Whoever reads there does not see what was just written, and
        a failover waits for it or loses it.
        To mend: look for long queries on the replica, a machine that is too small for the writes,
        or a connection that is gone.
        """,
        shows=(),
    )
    read_only = Rule(
        Severity.ERROR,
        "The database cannot be written to",
        help="""
        The server is in recovery, so a replica or not finished with a restore, or transactions are
        read-only by default, as an instance with a full disk may have it. Services read and look
        healthy until the first change fails. Where a replica is meant, set role to "replica".
        To mend: connect to the primary; wait for the end of the recovery; take
        default_transaction_read_only back where somebody set it.
        """,
        shows=(),
        explains=(Sign.UNWELL,),
    )
    schema_version = Rule(
        Severity.ERROR,
        "The schema has another version",
        help="""
        The table of schema_table holds none of schema_versions, several at once, or does not exist:
        a migration did not run, failed half-way, or ran ahead of the services. Those then fail at
        the first query on what they do not find.
        To mend: run the migrations of the version that is deployed, or deploy what fits.
        """,
        shows=(Sign.OLD_SCHEMA,),
        explains=(),
        may_explain=(Sign.NO_START, Sign.NO_ROLLOUT),
    )
    schema_disagrees = Rule(
        Severity.ERROR,
        "A service needs another version of the schema",
        help="""
        The services that use the database are asked at schema_health which version of the schema
        they work with, in the field schema_health_field. One names another version than the
        database has, and schema_pairs does not say that the two fit: it was deployed before its
        migration, or the migration ran ahead of it. A service that does not say is left out, and
        the observations say so.
        To mend: deploy the version of the service that fits; where the database's version is none
        of those declared, run the migrations of what is deployed; name the pair in schema_pairs
        where both work.
        """,
        shows=(Sign.OLD_SCHEMA,),
        explains=(),
        may_explain=(Sign.NO_START, Sign.NO_ROLLOUT),
    )
