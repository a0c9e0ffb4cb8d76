"""One probe: a service asked after, with its revisions and its jobs, and judged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from checks.cloud_run import remedies
from checks.cloud_run.facts import RevisionFacts, ServiceFacts, of_revision, of_service
from checks.cloud_run.job_rules import KNOWN, of_job
from checks.cloud_run.remedies import Place
from netra_validate import (
    ClientError,
    Context,
    Finding,
    NotFound,
    ProtocolError,
    Service,
    Severity,
)
from netra_validate.clients.errors import UPDATE
from netra_validate.clients.google.revisions import candidate_tag, judged, previous_ready
from netra_validate.topology import CandidateService, Database

if TYPE_CHECKING:
    from google.cloud import run_v2

    from checks.cloud_run import CloudRun
    from netra_validate.clients.google import Answer
    from netra_validate.model import ResourceRef

    _AskedJobs = dict[str, Answer[run_v2.Job]]

_DEPLOY: Final = timedelta(minutes=10)
"""How long a service is still being changed by the deploy that made its latest revision."""


async def probe(check: CloudRun, resource: Service, ctx: Context) -> AsyncIterator[Finding]:
    """Ask everything at once; judge each revision, then the traffic, then the jobs.

    What one answer does not tell must not hide what another one does, so that it could not be
    verified comes last.
    """
    place = _place(resource, ctx)
    asked = ctx.google.service(resource)
    jobs = {name: ctx.google.job(resource, name) for name in check.options.jobs}
    unanswered: list[ClientError] = []
    try:
        message = await asked
        service = of_service(message, judged(resource, message))
    except NotFound as error:
        yield check.not_found.finding(
            f"{place.name} does not exist in {place.project}/{place.region}",
            evidence={"project": place.project, "region": place.region},
            missing=error.missing,
            remedy=remedies.declare(place),
        )
        ctx.observe(exists=False)
    else:
        async for found in _judge_service(check, resource, place, service, ctx, unanswered):
            yield found
    databases = tuple(each for each in resource.needs if each.kind == Database.kind)
    async for found in _judge_jobs(check, place, jobs, databases, ctx, unanswered):
        yield found
    if unanswered:
        raise unanswered[0]


async def _judge_service(
    check: CloudRun,
    resource: Service,
    place: Place,
    service: ServiceFacts,
    ctx: Context,
    unanswered: list[ClientError],
) -> AsyncIterator[Finding]:
    revisions = await _revisions(resource, service, ctx, unanswered)
    _observe(ctx, service, revisions)
    _date(ctx, service, revisions)
    now = datetime.now(UTC)
    for each in revisions:
        previous = await _previous(resource, service, each, ctx)
        for found in check.judge_revision(place, service, each, previous, now):
            yield found
        for found in _judge_setup(check, place, service, each):
            yield found
    if not isinstance(resource, CandidateService):
        for found in _judge_whole(check, place, service, revisions):
            yield found
    unanswered += _unclear(check, service, revisions)


def _judge_whole(
    check: CloudRun, place: Place, service: ServiceFacts, revisions: tuple[RevisionFacts, ...]
) -> Iterator[Finding]:
    """What is of the service, and means nothing to a candidate that waits for its traffic."""
    yield from check.judge_service(place, service, revisions)
    yield from check.judge_traffic(place, service)
    yield from check.judge_ingress(place, service)


def _judge_setup(
    check: CloudRun, place: Place, service: ServiceFacts, revision: RevisionFacts
) -> Iterator[Finding]:
    # What has no traffic yet will have it next; what has it is wrong now.
    waiting = revision.candidate and len(service.targets) > 1
    severity = Severity.WARNING if waiting else None
    yield from check.judge_settings(place, service, revision, severity)
    yield from check.judge_shape(place, revision, severity)


async def _revisions(
    resource: Service, service: ServiceFacts, ctx: Context, unanswered: list[ClientError]
) -> tuple[RevisionFacts, ...]:
    """The revisions that serve and the one created last; what cannot be read is remembered."""
    asked = [(each, ctx.google.revision(resource, each.name)) for each in service.targets]
    found = []
    for target, answer in asked:
        try:
            found.append(of_revision(await answer, target))
        except ClientError as error:
            unanswered.append(error)
    return tuple(found)


async def _previous(
    resource: Service, service: ServiceFacts, revision: RevisionFacts, ctx: Context
) -> str | None:
    """The revision to go back to from one that is not ready; None where none is known.

    It is for the remedy alone: that the list cannot be read leaves the verdict as it is.
    """
    if revision.readiness != "failed" or revision.candidate:
        return None
    if service.ready and service.ready != revision.name:
        return service.ready
    try:
        listed = await ctx.google.revisions(resource)
    except ClientError:
        return None
    return previous_ready(listed, revision.name)


async def _judge_jobs(
    check: CloudRun,
    place: Place,
    asked: _AskedJobs,
    databases: tuple[ResourceRef, ...],
    ctx: Context,
    unanswered: list[ClientError],
) -> AsyncIterator[Finding]:
    seen: dict[str, str] = {}
    for name, answer in asked.items():
        try:
            job = of_job(name, await answer, databases)
        except NotFound:
            yield check.job_not_found.finding(
                f"the job {name} does not exist in {place.project}/{place.region}",
                evidence={"job": name},
                remedy=remedies.declare_job(place),
                identity=name,
                reaches=databases,
            )
            continue
        except ClientError as error:
            unanswered.append(error)
            continue
        seen[name] = job.words
        ctx.observe(jobs=seen)
        for found in check.judge_job(place, job, datetime.now(UTC)):
            yield found
        if job.execution is not None and job.status not in KNOWN:
            unanswered.append(
                ProtocolError(
                    f"run.googleapis.com does not tell how {job.execution} stands", hint=UPDATE
                )
            )


def _unclear(
    check: CloudRun, service: ServiceFacts, revisions: Iterable[RevisionFacts]
) -> Iterator[ClientError]:
    """What the API leaves open though a verdict needs it."""
    for each in revisions:
        if each.readiness == "not told":
            yield ProtocolError(f"run.googleapis.com does not tell whether {each.name} is ready")
        told = {setting.option: setting.found for setting in check.compared(service, each)}
        for option in ("memory", "cpu", "port"):
            if option in told and told[option] is None:
                yield ProtocolError(f"run.googleapis.com tells no {option} of {each.name}")
    if check.options.ingress is not None and service.ingress is None:
        yield ProtocolError(
            f"run.googleapis.com tells no ingress of {service.name} known here", hint=UPDATE
        )


def _place(service: Service, ctx: Context) -> Place:
    environment = ctx.environment
    return Place(
        service.cloud_run or "",
        environment.project_of(service) or "",
        environment.region_of(service) or "",
        candidate_tag(service),
        service.key,
    )


def _observe(ctx: Context, service: ServiceFacts, revisions: Iterable[RevisionFacts]) -> None:
    ctx.observe(
        latest_ready=service.ready or None,
        latest_created=service.created or None,
        traffic={each.name: f"{each.percent} %" for each in service.targets},
        ingress=service.ingress,
        revisions={each.name: _shown(each) for each in revisions},
    )


def _date(ctx: Context, service: ServiceFacts, revisions: Iterable[RevisionFacts]) -> None:
    """When its revisions were made, and when it was changed without one."""
    made = {each.name: each.created_at for each in revisions if each.created_at is not None}
    for name, created_at in made.items():
        ctx.happened(f"revision {name} was created", created_at)
    latest = max(made.values(), default=None)
    changed_at = service.changed_at
    if latest is not None and changed_at is not None and changed_at - latest > _DEPLOY:
        traffic = ", ".join(f"{each.name} {each.percent} %" for each in service.targets)
        ctx.happened(
            f"{service.name} was changed without a new revision, as when traffic is moved"
            f" (now {traffic})",
            changed_at,
        )


def _shown(revision: RevisionFacts) -> dict[str, object]:
    """What one revision is, for people to see."""
    container = revision.ingress_container
    return {
        "readiness": revision.readiness,
        "instances": f"{revision.min_instances}-{revision.carried.max_instances}",
        "timeout_s": revision.timeout_s,
        "concurrency": revision.concurrency,
        "memory": container and container.memory,
        "cpu": container and container.cpu,
        "port": container and container.port,
        "service_account": revision.service_account or "the default compute account",
        "path": revision.carried.path,
        "egress": revision.carried.egress if revision.carried.has_path else None,
        "cloud_sql": list(revision.carried.databases),
        "images": [each.image for each in revision.containers],
    }
