"""Whether disk and connections suffice. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.cloud_sql import connections, remedies
from checks.cloud_sql.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign

if TYPE_CHECKING:
    from checks.cloud_sql.facts import InstanceFacts
    from checks.cloud_sql.remedies import Place
    from netra_validate.clients.google.revisions import User


class CapacityRules:
    """Rules on what may run out."""

    options: Expectations

    disk_nearly_full = Rule(
        Severity.ERROR,
        "The disk is nearly full and does not grow",
        help="""
        A database without disk stops: Cloud SQL shuts it down until there is space. Where automatic
        growth is on and has not reached its limit, a full disk is no problem and is not reported.
        The API may leave out how much is used; that is observed then, and only monitoring knows.
        To mend: find what fills it, and clear that; or let the disk grow, which cannot be taken
        back.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE,),
    )
    connection_budget = Rule(
        Severity.ERROR,
        "The services may open more connections than there are",
        help="""
        Each instance of a service may open as many connections as its pool allows
        (`database_pool`), and each revision may run as many instances as its limit allows. When the
        product of all that comes near `max_connections`, a peak of traffic or a deploy, during
        which two revisions run at once, ends in "remaining connection slots are reserved". The
        limit is the option `max_connections`, else the database flag, else the default for the
        machine's memory. Above the limit it is an error; above `max_connections_ratio` of it, or
        where the limit is only taken from that default, a warning.
        To mend: make the pools or the number of instances smaller, put a pooler in between, or
        raise `max_connections` on a machine with the memory for it.
        """,
        shows=(),
        may_explain=(Sign.NO_CONNECTIONS_LEFT, Sign.NO_DATABASE),
    )

    def judge_disk(self, place: Place, facts: InstanceFacts) -> Iterator[Finding]:
        """Whether there is space left."""
        used, most = facts.disk_ratio, self.options.max_disk_ratio
        full = used is not None and used >= most and not facts.disk_can_grow
        if not (full or facts.stopped_by_disk):
            return
        size = f" of {facts.disk_size_gb} GB" if facts.disk_size_gb else ""
        share = f"{used:.0%}{size}" if used is not None else "all of its disk"
        growth = "growth is off" if not facts.disk_grows else "growth is at its limit"
        why = "Cloud SQL shut it down for that" if facts.stopped_by_disk else growth
        yield self.disk_nearly_full.finding(
            f"{facts.name} uses {share}, and {why}",
            evidence={
                "disk_used_ratio": used,
                "automatic_growth": facts.disk_grows,
                "limit_bytes": facts.disk_limit_bytes,
            },
            remedy=remedies.give_space(place, facts),
        )

    def judge_connections(
        self, place: Place, facts: InstanceFacts, users: tuple[User, ...]
    ) -> Iterator[Finding]:
        """Whether the services' pools fit into the instance's connections."""
        limit, source = connections.limit(facts, self.options.max_connections)
        demands = connections.demand(users)
        total, ratio = sum(demands.values()), self.options.max_connections_ratio
        if limit is None or total <= limit * ratio:
            return
        allowed = int(limit * ratio)
        assumed = connections.assumed(facts)
        yield self.connection_budget.finding(
            f"{facts.name} accepts {limit} connections ({source}), and its services may open"
            f" {total}, {total / limit:.0%} of them",
            evidence={
                "max_connections": limit,
                "known_from": source,
                "may_open": {
                    each.cloud_run: f"{each.pool} x {each.max_instances} instances"
                    for each in users
                    if each.pool
                },
            },
            remedy=remedies.fewer_instances(
                place, users, connections.fitting_instances(users, allowed)
            ),
            severity=None if total > limit and source != assumed else Severity.WARNING,
        )
