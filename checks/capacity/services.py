"""How much the instances of a service use, how many there are, how fast they start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from checks.capacity import metrics, remedies
from checks.capacity.asking import Asking
from checks.capacity.judging import NO_DATA, Used, over, shown
from checks.capacity.levels import Level, highest, level
from checks.capacity.remedies import RevisionPlace
from netra_validate import ClientError, Context, Finding, Service, Severity, Sign
from netra_validate.clients.google.revisions import (
    DEFAULT_MAX_INSTANCES,
    candidate_tag,
    rollout,
)
from netra_validate.clients.google.time_series import Series

if TYPE_CHECKING:
    from google.cloud import run_v2

    from checks.capacity import Capacity

_REVISION: Final = "revision_name"

_METRIC_OF: Final = {
    "cpu_ratio": "cpu",
    "memory_ratio": "memory",
    "busy_instances": "instances",
    "startup_p95_s": "starts",
}
"""Of what is observed."""


@dataclass(frozen=True, slots=True)
class _Load:
    """How much the instances of one revision use."""

    cpu: Level | None
    memory: Level | None
    busy: Level | None
    """Instances that have requests."""
    start_s: float | None
    """95 of 100 starts took less."""


async def look_at_service(
    check: Capacity, service: Service, ctx: Context
) -> AsyncIterator[Finding]:
    """CPU, memory, instances and starts of the revisions that serve, and of the one to come."""
    name = service.cloud_run or ""
    asking = Asking(service, ctx, check.options)
    asking.about("cpu", metrics.SERVICE_CPU)
    asking.about("memory", metrics.SERVICE_MEMORY)
    asking.about("instances", metrics.SERVICE_INSTANCES)
    asking.about("starts", metrics.SERVICE_STARTS)
    serving = {
        each.target.name: "candidate" if each.candidate else "serving"
        for each in await ctx.google.serving_revisions(service)
    }
    answers = await asking.answers()
    loads = {each: _load(each, answers, asking) for each in serving}
    asking.any_value = any(map(_has_values, loads.values()))
    if asking.any_value:
        ctx.observe(**_seen(loads, asking), window_min=check.options.window_min)
    for revision, load in loads.items():
        if _has_values(load):
            place = await _place(service, revision, ctx)
            for found in _judge(check, place, load, serving[revision]):
                yield found
    asking.finish(name, "no instance of it ran, or none that Cloud Monitoring knows of yet")


def _has_values(load: _Load) -> bool:
    return load != _Load(None, None, None, None)


def _load(revision: str, answers: Mapping[str, tuple[Series, ...]], asking: Asking) -> _Load:
    def used(name: str) -> Level | None:
        own = (each for each in answers.get(name, ()) if each.labels.get(_REVISION) == revision)
        return highest(level(each, None, asking.options.sustained_min) for each in own)

    starts = used("starts")
    return _Load(
        used("cpu"), used("memory"), used("instances"), starts.latest / 1000 if starts else None
    )


def _seen(loads: Mapping[str, _Load], asking: Asking) -> dict[str, object]:
    """What was seen, for people: of one revision without a table around it."""
    seen = {name: asking.read(_observed(load), _METRIC_OF) for name, load in loads.items()}
    if len(seen) != 1:
        return {"revisions": seen}
    ((name, only),) = seen.items()
    return {**only, "revision": name}


def _observed(load: _Load) -> dict[str, object]:
    """Of one revision."""
    return {
        "cpu_ratio": shown(load.cpu),
        "memory_ratio": shown(load.memory),
        "busy_instances": round(load.busy.peak, 1) if load.busy else NO_DATA,
        "startup_p95_s": "no starts" if load.start_s is None else round(load.start_s, 1),
    }


async def _place(service: Service, name: str, ctx: Context) -> RevisionPlace:
    """Where a revision is and what it has: as much as can be read, for the remedy needs no more."""
    environment = ctx.environment
    project, region = environment.project_of(service), environment.region_of(service)
    bare = RevisionPlace(service.cloud_run or "", name, project, region, candidate_tag(service))
    try:
        revision = await ctx.google.revision(service, name)
        message = await ctx.google.service(service)
    except ClientError:
        return bare
    limit = message.scaling.max_instance_count
    return _with_settings(replace(bare, rollout=rollout(message, name)), revision, limit)


def _with_settings(bare: RevisionPlace, revision: run_v2.Revision, limit: int) -> RevisionPlace:
    only = revision.containers[0].resources if len(revision.containers) == 1 else None
    return RevisionPlace(
        bare.service,
        bare.revision,
        bare.project,
        bare.region,
        bare.tag,
        bare.rollout,
        cpu=only.limits.get("cpu", "") if only else "",
        memory=only.limits.get("memory", "") if only else "",
        max_instances=revision.scaling.max_instance_count or DEFAULT_MAX_INSTANCES,
        service_max_instances=limit,
        min_instances=revision.scaling.min_instance_count,
        boost=bool(only and only.startup_cpu_boost),
    )


def _judge(check: Capacity, place: RevisionPlace, load: _Load, role: str) -> Iterator[Finding]:
    """One revision."""
    options, name = check.options, place.revision
    how = f"for {options.sustained_min} min"
    if load.cpu is not None and load.cpu.held is not None:
        used = Used(name, "cpu", "CPU", load.cpu.held, how, role)
        yield from over(check.cpu_high, options, used, remedies.more_cpu(place))
    if load.memory is not None and load.memory.held is not None:
        used = Used(name, "memory", "memory", load.memory.held, how, role)
        yield from over(check.memory_high, options, used, remedies.more_memory(place))
    limit, busy = place.most_instances, load.busy.held if load.busy else None
    if busy is not None and limit > 1:
        used = Used(name, "instances", f"{limit} instances", busy / limit, how, role)
        advice = remedies.more_instances(place)
        yield from over(
            check.instances_at_limit,
            options,
            used,
            advice,
            at_worst=Severity.WARNING,
            explains=(Sign.NO_INSTANCE_LEFT,),
        )
    yield from _judge_starts(check, place, load.start_s, role)


def _judge_starts(
    check: Capacity, place: RevisionPlace, start_s: float | None, role: str
) -> Iterator[Finding]:
    limit = check.options.max_startup_s
    if start_s is None or start_s <= limit:
        return
    yield check.slow_start.finding(
        f"{place.revision} takes {start_s:.1f} s to start an instance,"
        f" expected at most {limit:g} s",
        evidence={"startup_p95_s": round(start_s, 1), "limit_s": limit},
        remedy=remedies.start_faster(place),
        identity=role,
    )
