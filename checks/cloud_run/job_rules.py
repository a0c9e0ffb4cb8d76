"""How the jobs beside a service end. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from checks.cloud_run import remedies
from checks.cloud_run.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign

if TYPE_CHECKING:
    from google.cloud import run_v2

    from checks.cloud_run.remedies import Place
    from netra_validate.model import ResourceRef

_UNDER_WAY: Final = {"EXECUTION_RUNNING": "runs", "EXECUTION_PENDING": "waits to run"}
_BAD: Final = {"EXECUTION_FAILED": "failed", "EXECUTION_CANCELLED": "was cancelled"}
"""``ExecutionReference.CompletionStatus`` of Cloud Run v2."""

KNOWN: Final = frozenset({"EXECUTION_SUCCEEDED", *_UNDER_WAY, *_BAD})


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A job and its latest execution."""

    name: str
    execution: str | None
    """None where it never ran."""
    status: str = ""
    created_at: datetime | None = None
    databases: tuple[ResourceRef, ...] = ()
    """Those of the service beside which it runs, which it may be meant to migrate."""

    @property
    def words(self) -> str:
        """How it stands, for people to see."""
        return self.status.removeprefix("EXECUTION_").lower() if self.execution else "never ran"


def of_job(name: str, message: run_v2.Job, databases: tuple[ResourceRef, ...] = ()) -> JobFacts:
    """A job from the API's message."""
    from netra_validate.clients.google.messages import enum_name, short

    latest = message.latest_created_execution
    if not latest.name:
        return JobFacts(name, None, databases=databases)
    return JobFacts(
        name,
        short(latest.name),
        enum_name(latest, "completion_status"),
        latest.create_time or None,
        databases,
    )


def _span(seconds: float) -> str:
    """A time as a person would say it."""
    for name, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {name}"
    return f"{seconds:.0f} s"


class JobRules:
    """Rules on jobs."""

    options: Expectations

    job_not_found = Rule(
        Severity.ERROR,
        "A job does not exist",
        help="""
        The option `jobs` names a Cloud Run job that is not in the service's project and region:
        what it should do, a migration for instance, never happens.
        To mend: deploy the job, or correct its name, its project or its region in the
        configuration.
        """,
        shows=(),
        may_explain=(Sign.OLD_SCHEMA,),
    )
    job_failed = Rule(
        Severity.ERROR,
        "The latest execution of a job failed",
        help="""
        A job beside the service, such as the one that migrates its database, did not end well the
        last time it ran; what the service relies on may be missing. One that was cancelled is a
        warning. Only the latest execution counts. It is a cause by itself: what it did not do stays
        undone when whatever stopped it is mended, until it runs again.
        To mend: read the execution's log, mend what it says, and run the job again.
        """,
        shows=(),
        explains=(),
        may_explain=(Sign.OLD_SCHEMA,),
    )
    job_slow = Rule(
        Severity.WARNING,
        "An execution of a job takes too long",
        help="""
        The latest execution is under way for longer than `max_job_s`. A migration that waits for a
        lock looks like this.
        To mend: read its log, and look in the database for who holds what it waits for.
        """,
        shows=(Sign.SLOW,),
        explains=(),
        may_explain=(Sign.OLD_SCHEMA,),
    )

    def judge_job(self, place: Place, job: JobFacts, now: datetime) -> Iterator[Finding]:
        """How the latest execution stands."""
        if job.execution is None:
            return
        if job.status in _BAD:
            yield self.job_failed.finding(
                f"{job.execution}, the latest execution of {job.name}, {_BAD[job.status]}",
                evidence={"job": job.name, "status": job.status},
                remedy=remedies.run_again(place, job.name, job.execution),
                severity=None if job.status == "EXECUTION_FAILED" else Severity.WARNING,
                identity=job.name,
                since=job.created_at,
                reaches=job.databases,
            )
        age = (now - job.created_at).total_seconds() if job.created_at else 0
        if job.status in _UNDER_WAY and age > self.options.max_job_s:
            yield self.job_slow.finding(
                f"{job.execution}, the latest execution of {job.name}, {_UNDER_WAY[job.status]} for"
                f" {_span(age)}, expected {_span(self.options.max_job_s)} at most",
                evidence={"job": job.name, "status": job.status, "age_s": int(age)},
                remedy=remedies.look_at_job(place, job.name, job.execution),
                identity=job.name,
                since=job.created_at,
                reaches=job.databases,
            )
