"""Whether a service and its revisions are ready. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from checks.cloud_run import remedies
from checks.cloud_run.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign
from netra_validate.wording import enumerated

if TYPE_CHECKING:
    from checks.cloud_run.facts import RevisionFacts, ServiceFacts
    from checks.cloud_run.remedies import Place


_CAUSES: Final = frozenset(
    {"CONTAINER_MISSING", "CONTAINER_PERMISSION_DENIED", "CONTAINER_IMAGE_UNAUTHORIZED",
     "CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED", "ENCRYPTION_KEY_PERMISSION_DENIED",
     "ENCRYPTION_KEY_CHECK_FAILED", "ACTIVE_REVISION_LIMIT_REACHED"}
)  # fmt: skip
"""Reasons that are causes: what the program, its database or its network do has no part in them
(``Condition.CommonReason`` and ``Condition.RevisionReason`` of Cloud Run v2)."""

_SHOWN: Final = {
    "SECRETS_ACCESS_CHECK_FAILED": Sign.NO_SECRET,
    "VPC_NETWORK_NOT_FOUND": Sign.NO_NETWORK_PATH,
}
"""Reasons that say themselves what is missing."""


def _shown_by(reason: str) -> tuple[Sign, ...]:
    """What a revision that is not ready is seen to lack."""
    if reason in _CAUSES:
        return ()
    return (_SHOWN.get(reason, Sign.NO_START),)


def _serve(revisions: Sequence[str]) -> str:
    """Who has the traffic, in words."""
    if not revisions:
        return "nothing serves"
    return f"{enumerated(revisions)} {'serves' if len(revisions) == 1 else 'serve'}"


class StateRules:
    """Rules on what Cloud Run says of the service and of each revision."""

    options: Expectations

    not_ready = Rule(
        Severity.ERROR,
        "The service itself is not ready",
        help="""
        The service's own condition is not true while no revision of it is to blame: its routes
        could not be set up, or it has no revision at all. Requests may not reach anything. The
        condition's reason and message say what Cloud Run could not do.
        To mend: do what the message says; where the service has no revision, deploy one.
        """,
        shows=(),
        explains=(Sign.NO_SERVICE,),
    )
    revision_not_ready = Rule(
        Severity.ERROR,
        "A revision is not ready",
        help="""
        A condition of a revision is not true. A new revision that is not ready never gets traffic:
        the deploy has failed, and the one before it goes on serving what was deployed before. A
        revision that serves and is not ready fails requests as soon as an instance has to start.
        Each revision is judged by its own conditions, since the service's summary tells of one of
        them only. A condition beside `Ready`, of a revision that is ready, is a warning.
        To mend: read what it logged; meanwhile, go back to the revision that was ready last, where
        nothing is wrong with that one.
        """,
        shows=(Sign.NO_START,),
    )
    latest_not_ready = Rule(
        Severity.WARNING,
        "The revision that was created last is not the one that is ready",
        help="""
        A deploy is under way: its revision is neither ready nor has it failed. What is asked now is
        answered by the revision before. It is an error when it takes longer than `max_rollout_s`:
        such a revision usually waits for something that never comes.
        To mend: wait for the deploy; where it takes too long, read what its revision logs,
        mend it, and deploy again.
        """,
        shows=(Sign.NO_ROLLOUT,),
        explains=(),
    )

    def judge_service(
        self, place: Place, service: ServiceFacts, revisions: tuple[RevisionFacts, ...]
    ) -> Iterator[Finding]:
        """Whether the service is ready, where no revision says why not."""
        condition = service.condition
        if any(each.readiness == "failed" for each in revisions):
            return
        if condition.state == "failed":
            message = f"{place.name} is not {condition.kind or 'ready'}: {condition.words}"
        elif not service.targets:
            message = f"{place.name} has no revision: {condition.words}"
        else:
            return
        yield self.not_ready.finding(
            message,
            evidence={"condition": condition.kind, "reason": condition.reason},
            remedy=remedies.mend_service(place, condition.reason),
            since=condition.since,
        )

    def judge_revision(
        self,
        place: Place,
        service: ServiceFacts,
        revision: RevisionFacts,
        previous: str | None,
        now: datetime,
    ) -> Iterator[Finding]:
        """Whether one revision is ready.

        Args:
            place: of the service.
            service: it belongs to.
            revision: that is judged.
            previous: a revision that is ready, to go back to.
            now: for how long it has not been.
        """
        failing = revision.failing
        if failing:
            yield self._failing(place, service, revision, previous)
        elif revision.readiness == "on the way" and revision.name != service.ready:
            yield self._on_the_way(place, service, revision, now)

    def _failing(
        self, place: Place, service: ServiceFacts, revision: RevisionFacts, previous: str | None
    ) -> Finding:
        told = revision.failing[0]
        broken = revision.readiness == "failed"
        others = service.others_serving(revision.name) if revision.candidate else ()
        instead = f"; {_serve(others)} instead" if others else ""
        state = "is not ready" if broken else "is ready and has a condition that is not true"
        return self.revision_not_ready.finding(
            f"{revision.name} {state}: {told.named_words}{instead if broken else ''}",
            evidence={
                "revision": revision.name,
                "traffic_percent": revision.target.percent,
                "conditions": {each.kind: each.words for each in revision.failing},
                "latest_ready": service.ready,
            },
            remedy=remedies.mend_revision(
                place, service, revision, told.reason, previous if broken else None
            ),
            severity=None if broken else Severity.WARNING,
            identity="candidate" if revision.candidate else "serving",
            shows=_shown_by(told.reason),
            only_in=(place.revision(revision.name),) if revision.candidate else (),
            since=revision.created_at,
            missing=place.revision(revision.name).full_name if broken else None,
            condemns=(place.revision(revision.name),),
        )

    def _on_the_way(
        self, place: Place, service: ServiceFacts, revision: RevisionFacts, now: datetime
    ) -> Finding:
        since = revision.created_at
        age = int((now - since).total_seconds()) if since is not None else 0
        late = age > self.options.max_rollout_s
        told = next((each for each in revision.conditions if each.state == "on the way"), None)
        why = f": {told.words}" if told is not None and (told.reason or told.message) else ""
        others = service.others_serving(revision.name)
        serves = f"; {_serve(others)}" if others or not service.serving else ""
        return self.latest_not_ready.finding(
            f"{revision.name} was created last and is not ready yet{why}{serves}",
            evidence={"age_s": age, "latest_ready": service.ready},
            remedy=(remedies.overdue if late else remedies.wait)(place, revision.name),
            severity=Severity.ERROR if late else None,
            condemns=(place.revision(revision.name),),
            only_in=(place.revision(revision.name),),
            since=since,
        )
