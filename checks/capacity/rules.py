"""The rules of the check ``capacity``. Declarations only.

Each is a cause of its own: what runs out does so whatever else is broken.
"""

from __future__ import annotations

from netra_validate import Rule, Severity, Sign


class CapacityRules:
    """What can be nearly used up. A warning above ``max_ratio``, an error above ``full_ratio``."""

    cpu_high = Rule(
        Severity.WARNING,
        "The CPU is nearly used up",
        help="""
        A database, the instances of a service, or a connector used more of the CPU than it should,
        for `sustained_min` on end: a peak alone is none. Of a service and a connector it is what 95
        of 100 measurements stay below. Everything takes longer then, and time limits are met that
        usually are not.
        To mend: give it more CPU, or find what needs so much.
        """,
        shows=(),
        may_explain=(
            Sign.SLOW,
            Sign.FAILING,
            Sign.SILENT,
            Sign.NO_INSTANCE_LEFT,
        ),
    )
    memory_high = Rule(
        Severity.WARNING,
        "The memory is nearly used up",
        help="""
        A database or the instances of a service held more memory than they should, for
        `sustained_min` on end. What a database only caches does not count; what a service writes to
        its disk does. At 100 % a service's instance is ended with the requests that it has, and a
        database restarts.
        To mend: give it more, lower the concurrency or the connections, or find what holds it.
        """,
        shows=(),
        may_explain=(Sign.SLOW,),
    )
    disk_high = Rule(
        Severity.WARNING,
        "The disk of a database is nearly used up",
        help="""
        A database without disk stops. A disk that grows by itself and has no limit is no problem
        and is not reported; one with a limit is measured against that. Where the Cloud SQL Admin
        API tells how full it is, `cloud-sql.disk-nearly-full` is the error and this stays a
        warning: where it does not, only Monitoring knows.
        To mend: find what fills it, and clear that; let the disk grow, which cannot be taken back.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE,),
    )
    connections_high = Rule(
        Severity.WARNING,
        "The connections of a database are nearly used up",
        help="""
        The highest number of connections that were open at once, against `max_connections`: of the
        options, else the database flag. Where neither is set, the number is observed and not
        judged. Who comes when none is left is refused: "remaining connection slots are reserved".
        `cloud-sql.connection-budget` tells what the services may open, and this what they do.
        To mend: give the pools of the services fewer connections, or put a pooler in between; more
        of them take memory of the database.
        """,
        shows=(),
        may_explain=(Sign.NO_CONNECTIONS_LEFT, Sign.NO_DATABASE, Sign.SLOW),
    )
    instances_at_limit = Rule(
        Severity.WARNING,
        "It runs as many instances as it may",
        help="""
        A revision had nearly as many busy instances as its limit allows, for `sustained_min` on
        end, or a connector has grown to its limit. A service makes requests wait then, and refuses
        them with 429 after a while; a connector cannot take more traffic, and it does not shrink by
        itself. Where the limit is 1 there is nothing to grow to, and it is not judged. More
        instances of a service open more connections to its database.
        To mend: raise the limit where the database has connections for it, or find out what makes
        the requests take so long.
        """,
        shows=(),
        may_explain=(Sign.SLOW, Sign.FAILING, Sign.SILENT),
    )
    throughput_high = Rule(
        Severity.WARNING,
        "A connector carries nearly as much as it can",
        help="""
        What a connector sent or received, the greater of the two, against its largest throughput,
        for `sustained_min` on end. What goes beyond it is dropped and sent again: connections to
        the database become slow and time out, and the connector stays READY.
        To mend: let it grow, use bigger machines, or use direct VPC egress.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE, Sign.NO_NETWORK, Sign.SLOW),
    )
    slow_start = Rule(
        Severity.WARNING,
        "Instances take long to start",
        help="""
        95 of 100 starts of a revision's instances took less time than this, which is above
        `max_startup_s`. Who comes to an instance that is not there yet waits for all of it.
        Monitoring sorts starts into classes, so the number is an estimate.
        To mend: do less at the start, use the start-up CPU boost, or keep an instance running.
        """,
        shows=(),
        may_explain=(Sign.NO_ROLLOUT, Sign.SLOW),
    )
    fills_up = Rule(
        Severity.WARNING,
        "It will be full before long",
        help="""
        The disk or the memory of a database has grown evenly over `trend_h`, and will be full
        within `horizon_h` if that goes on. It is only said where values cover half of that time,
        lie on a line, never fall back, and grew by two percent or more; disks that grow by
        themselves without a limit are left out.
        To mend: find what grows before it has to be made larger: logs, a table that nothing clears,
        a replication slot that nobody reads.
        """,
        shows=(),
    )
