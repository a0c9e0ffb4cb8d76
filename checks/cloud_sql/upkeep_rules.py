"""Backups, certificates, maintenance. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from checks.cloud_sql import remedies
from checks.cloud_sql.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign

if TYPE_CHECKING:
    from checks.cloud_sql.facts import InstanceFacts
    from checks.cloud_sql.remedies import Place


class UpkeepRules:
    """Rules on what hurts later."""

    options: Expectations

    no_backups = Rule(
        Severity.WARNING,
        "There are no automatic backups",
        help="""
        Without daily backups, a bad migration or a deleted instance cannot be taken back. Replicas
        are not expected to have any.
        To mend: switch daily backups on, and point-in-time recovery with them.
        """,
        shows=(),
    )
    ca_expiring = Rule(
        Severity.WARNING,
        "The server's certificate authority expires",
        help="""
        When it has expired, every client that verifies the server's certificate is refused at once;
        it is an error from then on. Whoever rotates before every client has the new one brings the
        outage forward.
        To mend: add the new authority, give it to every client, and only then rotate.
        """,
        shows=(),
    )
    maintenance_due = Rule(
        Severity.WARNING,
        "A maintenance is scheduled",
        help="""
        Google restarts the instance at that time. Connections break, and the database is away for
        some minutes.
        To mend: let services open their connections anew, or choose another time for it.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE,),
    )

    def judge_upkeep(self, place: Place, facts: InstanceFacts, now: datetime) -> Iterator[Finding]:
        """What has to be cared for."""
        if facts.backups is False and not facts.is_replica:
            yield self.no_backups.finding(
                f"{facts.name} has no automatic backups",
                evidence={"backups": False, "point_in_time_recovery": facts.point_in_time},
                remedy=remedies.back_up(place),
            )
        yield from self._judge_authority(place, facts, now)
        yield from self._judge_maintenance(place, facts, now)

    def _judge_authority(
        self, place: Place, facts: InstanceFacts, now: datetime
    ) -> Iterator[Finding]:
        expires = facts.ca_expires
        if expires is None or expires > now + timedelta(days=self.options.ca_expiry_days):
            return
        expired = expires <= now
        verb = "expired" if expired else "expires"
        yield self.ca_expiring.finding(
            f"{facts.name} has a certificate authority that {verb} on {expires:%Y-%m-%d}",
            evidence={"expires": expires.isoformat()},
            remedy=remedies.rotate(place),
            severity=Severity.ERROR if expired else None,
        )

    def _judge_maintenance(
        self, place: Place, facts: InstanceFacts, now: datetime
    ) -> Iterator[Finding]:
        at = facts.maintenance_at
        if at is None or not now <= at <= now + timedelta(days=self.options.maintenance_days):
            return
        yield self.maintenance_due.finding(
            f"{facts.name} has a maintenance scheduled for {at:%Y-%m-%d %H:%M} UTC",
            evidence={"starts": at.isoformat()},
            remedy=remedies.expect_maintenance(place),
        )
