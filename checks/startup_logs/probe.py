"""One probe: the revisions of a service asked after, their logs read and judged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from checks.startup_logs.judgement import judge
from checks.startup_logs.reading import Told, read
from checks.startup_logs.remedies import Place
from netra_validate import (
    ClientError,
    Context,
    Finding,
    NothingToExamine,
    ProtocolError,
    Service,
    Severity,
)
from netra_validate.bounded_patterns import BoundedPattern
from netra_validate.clients.google.messages import short
from netra_validate.clients.google.revisions import (
    Target,
    asked_traffic,
    candidate_tag,
    felt_only_in,
    judged,
    previous_ready,
    targets,
)
from netra_validate.clients.google.settings import plain_variables, secret_uses
from netra_validate.topology import CandidateService
from netra_validate.wording import enumerated

if TYPE_CHECKING:
    from google.cloud import run_v2

    from checks.startup_logs import StartupLogs
    from netra_validate.clients.google import Answer
    from netra_validate.clients.google.log_entries import Logged

    _Asked = tuple[Target, run_v2.Revision, Answer[Logged]]

_KEPT: Final = timedelta(days=30)
"""How long entries stay in the bucket ``_Default`` where nobody said otherwise:
https://cloud.google.com/logging/quotas#logs_retention_periods."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """One revision and what it logged."""

    target: Target
    revision: run_v2.Revision
    logged: Logged

    @property
    def is_silent(self) -> bool:
        """Whether there is no entry at all."""
        return not self.logged.entries

    def must_have_logged(self, max_age_h: float | None) -> bool:
        """Whether entries of its start would be there: all of its time is searched, and kept."""
        age = datetime.now(UTC) - self.revision.create_time
        return max_age_h is None and age < _KEPT


async def probe(check: StartupLogs, resource: Service, ctx: Context) -> AsyncIterator[Finding]:
    """Read the logs of the revisions that serve, and of the one that was created last.

    What cannot be read of one does not hide what another one logged, so that it could not be
    verified comes last.
    """
    service = await ctx.google.service(resource)
    unanswered: list[ClientError] = []
    seen: dict[str, object] = {}
    quiet: list[_Heard] = []
    patterns = _patterns(check)
    for asked in await _ask(check, resource, judged(resource, service), ctx, unanswered):
        try:
            heard = await _hear(*asked)
        except ClientError as error:
            unanswered.append(error)
            continue
        target = heard.target
        whole = heard.logged.complete and check.options.max_age_h is None
        told = await asyncio.to_thread(
            read,
            heard.logged.entries,
            patterns,
            from_the_start=whole,
            gave_up=target.failed,
        )
        unanswered += told.unmatched
        seen[target.name] = _shown(heard, told)
        ctx.observe(revisions=seen)
        if heard.is_silent and not heard.must_have_logged(check.options.max_age_h):
            quiet.append(heard)
        async for found in _judge(check, resource, service, heard, told, ctx):
            yield found
    if unanswered:
        raise unanswered[0]
    if not seen:
        raise ProtocolError(
            f"{resource.cloud_run} has no revision whose logs could be read",
            hint="deploy it, or leave the check out with --skip",
        )
    if len(quiet) == len(seen):
        raise NothingToExamine(_nothing_of(quiet, check.options.max_age_h))


def _nothing_of(quiet: Iterable[_Heard], max_age_h: float | None) -> str:
    """Why there is nothing to examine, where no revision has an entry that must be there."""
    names = enumerated([each.target.name for each in quiet])
    if max_age_h is not None:
        return f"the logs have nothing of {names} in the last {max_age_h:g} h"
    return f"the logs have nothing of {names}: by default they are kept for {_KEPT.days} days"


async def _ask(
    check: StartupLogs,
    resource: Service,
    wanted: Iterable[Target],
    ctx: Context,
    unanswered: list[ClientError],
) -> list[_Asked]:
    """Ask for everything before anything is waited for, as far as one answer allows the next."""
    revisions = [(target, ctx.google.revision(resource, target.name)) for target in wanted]
    asked: list[_Asked] = []
    for target, answer in revisions:
        try:
            revision = await answer
            since = _since(check, revision)
        except ClientError as error:
            unanswered.append(error)
            continue
        logs = ctx.google.revision_logs(
            resource, target.name, since, everything=bool(check.options.signatures)
        )
        asked.append((target, revision, logs))
    return asked


def _since(check: StartupLogs, revision: run_v2.Revision) -> datetime:
    if not revision.create_time:
        raise ProtocolError(
            f"run.googleapis.com does not tell when {short(revision.name)} was created"
        )
    since: datetime = revision.create_time
    hours = check.options.max_age_h
    return since if hours is None else max(since, datetime.now(UTC) - timedelta(hours=hours))


async def _hear(target: Target, revision: run_v2.Revision, asked: Answer[Logged]) -> _Heard:
    logged = await asked
    if not logged.entries and not logged.complete:
        raise ProtocolError(
            f"logging.googleapis.com did not finish searching for {target.name}",
            hint="give it more time with --timeout, or less to search with max_age_h",
        )
    return _Heard(target, revision, logged)


async def _judge(
    check: StartupLogs,
    resource: Service,
    service: run_v2.Service,
    heard: _Heard,
    told: Told,
    ctx: Context,
) -> AsyncIterator[Finding]:
    target = heard.target
    ready = short(service.latest_ready_revision) == target.name
    waiting = target.percent == 0
    # What is ready and has no traffic will have it next; what never became ready has failed.
    beside = waiting and ready and not isinstance(resource, CandidateService)
    severity = Severity.WARNING if beside else None
    place = await _place(resource, service, heard, told, ctx)
    identity = "candidate" if waiting else "serving"
    for found in judge(check, place, told, severity, identity, datetime.now(UTC)):
        alone = not waiting or isinstance(resource, CandidateService)
        yield found if alone else felt_only_in(found, place.ref)
    if heard.is_silent and not waiting and heard.must_have_logged(check.options.max_age_h):
        yield check.nothing_logged.finding(
            f"{target.name} has logged nothing since {heard.revision.create_time:%Y-%m-%d}",
            remedy=None,
            identity=identity,
        )


async def _place(
    resource: Service, service: run_v2.Service, heard: _Heard, told: Told, ctx: Context
) -> Place:
    environment = ctx.environment
    containers = heard.revision.containers
    return Place(
        service=resource.cloud_run or "",
        revision=heard.target.name,
        project=environment.project_of(resource) or "",
        region=environment.region_of(resource) or "",
        traffic=asked_traffic(service),
        previous=await _previous(resource, service, heard.target, told, ctx),
        serving=_serving(service, heard.target),
        tag=candidate_tag(resource),
        rollout=heard.target.rollout,
        secrets=secret_uses(heard.revision, environment.project_of(resource) or ""),
        variables=plain_variables(heard.revision),
        memory=containers[0].resources.limits.get("memory") if len(containers) == 1 else None,
    )


def _serving(service: run_v2.Service, target: Target) -> tuple[str, ...]:
    """The revisions that users get in place of one without traffic."""
    if target.percent > 0:
        return ()
    return tuple(each.name for each in targets(service) if each.percent > 0)


async def _previous(
    resource: Service, service: run_v2.Service, target: Target, told: Told, ctx: Context
) -> str | None:
    """The revision to go back to where this one does not start; None where none is known.

    It is for the remedy alone: that the list cannot be read leaves the verdict as it is.
    """
    if target.percent == 0 or not any(start.cause for start in told.starts):
        return None
    ready = short(service.latest_ready_revision)
    if ready and ready != target.name:
        return ready
    try:
        return previous_ready(await ctx.google.revisions(resource), target.name)
    except ClientError:
        return None


def _patterns(check: StartupLogs) -> dict[str, BoundedPattern]:
    return {
        name: BoundedPattern(each.pattern, f"signatures.{name}")
        for name, each in check.options.signatures.items()
    }


def _shown(heard: _Heard, told: Told) -> dict[str, object]:
    """What was read of one revision, for people to see."""
    entries = heard.logged.entries
    ended = [start.failed_at for start in told.starts if start.failed_at is not None]
    return {
        "traffic": f"{heard.target.percent} %",
        "since": heard.revision.create_time.isoformat(),
        "entries": len(entries),
        "complete": heard.logged.complete,
        "latest": entries[-1].at.isoformat() if entries else None,
        "instances_started": sum(start.started for start in told.starts),
        "ended_badly": sum(len(start.ended) for start in told.starts),
        **({"latest_bad_end": max(ended).isoformat()} if ended else {}),
    }
