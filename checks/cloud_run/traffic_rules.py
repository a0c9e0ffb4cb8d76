"""Which revisions get the traffic. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.cloud_run import remedies
from checks.cloud_run.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign

if TYPE_CHECKING:
    from checks.cloud_run.facts import ServiceFacts
    from checks.cloud_run.remedies import Place


class TrafficRules:
    """Rules on the division of traffic."""

    options: Expectations

    traffic_split = Rule(
        Severity.WARNING,
        "Traffic is split between revisions",
        help="""
        Several revisions serve at once: requests of one user reach different versions, and a test
        that passes on one says nothing of the other. It is right during a gradual roll-out, and
        often what remains of one.
        To mend: once the roll-out is over, send all traffic to one revision.
        """,
        shows=(),
        may_explain=(Sign.WRONG_ANSWER,),
    )
    traffic_pinned = Rule(
        Severity.WARNING,
        "Traffic is pinned to another revision than the latest ready one",
        help="""
        A newer revision is ready, and no traffic goes to it: deploys change nothing for users. This
        is what remains of a rollback, or of a deploy with `--no-traffic` that was never finished.
        One that carries a tag is taken for a candidate on purpose, and not reported. Where the
        pinned one is still the latest, only the next deploy will go unseen: a note, and nothing
        where Cloud Deploy rolls out, which moves the traffic from name to name by itself.
        To mend: send traffic to the latest revision; after a rollback on purpose, as soon as what
        it was for is mended.
        """,
        shows=(),
        may_explain=(Sign.WRONG_ANSWER,),
    )

    def judge_traffic(self, place: Place, service: ServiceFacts) -> Iterator[Finding]:
        """Whether one revision serves, and the right one."""
        serving = service.serving
        if len(serving) > 1:
            shares = ", ".join(f"{each.percent} % to {each.name}" for each in serving)
            yield self.traffic_split.finding(
                f"{place.name} splits its traffic: {shares}",
                evidence={each.name: each.percent for each in serving},
                remedy=remedies.to_revision(place, service, service.ready or serving[0].name),
            )
        if serving and service.ready and not service.follows_latest:
            yield from self._pinned(place, service)

    def _pinned(self, place: Place, service: ServiceFacts) -> Iterator[Finding]:
        names = [each.name for each in service.serving]
        current = service.ready in names
        if (current and len(names) > 1) or (not current and service.ready in service.tagged):
            return
        if current and service.routed_by_name:
            return
        if current:
            message = f"is pinned to {names[0]}: the next deploy will get no traffic"
        else:
            message = f"serves {', '.join(names)}, and {service.ready} is ready without traffic"
        yield self.traffic_pinned.finding(
            f"{place.name} {message}",
            evidence={"serving": names, "latest_ready": service.ready},
            remedy=remedies.to_latest(place, service, is_current=current),
            severity=Severity.NOTE if current else None,
        )
