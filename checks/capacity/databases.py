"""How much of a Cloud SQL instance is used."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checks.capacity import metrics, remedies
from checks.capacity.asking import Asking, gone
from checks.capacity.judging import NO_DATA, Used, fills, over, rounded, shown
from checks.capacity.levels import Level, Trend, level, trend
from checks.capacity.options import Limits
from checks.capacity.remedies import InstancePlace
from netra_validate import ClientError, Context, Database, Finding, NotFound, Severity
from netra_validate.clients.google.messages import enum_name
from netra_validate.clients.google.revisions import User, user
from netra_validate.clients.google.time_series import Point, Series

if TYPE_CHECKING:
    from google.cloud import sqladmin_v1

    from checks.capacity import Capacity

_GIB: Final = 1024**3

_METRIC_OF: Final = {
    "cpu_ratio": "cpu",
    "memory_ratio": "memory",
    "disk_ratio": "disk",
    "connections": "connections",
}
"""Of what is observed."""


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """What the Cloud SQL Admin API tells of an instance that its load is judged by."""

    tier: str
    is_postgres: bool
    runs: bool
    disk_told: bool
    """Whether it tells how much of the disk is used: then another check judges that."""
    disk_grows: bool
    disk_size: int | None
    """Bytes."""
    disk_limit: int | None
    """Bytes where growth ends; None is nowhere."""
    max_connections: int | None

    @property
    def disk_part(self) -> float | None:
        """What one is as a share of the disk that there can be; None where that has no end."""
        if not self.disk_grows:
            return 1.0
        if self.disk_limit is None or not self.disk_size:
            return None
        return min(1.0, self.disk_size / self.disk_limit)


def of_message(message: sqladmin_v1.DatabaseInstance) -> InstanceFacts:
    """From the API's message."""
    settings = message.settings
    flags = {flag.name: flag.value for flag in settings.database_flags}
    most, size = flags.get("max_connections", ""), settings.data_disk_size_gb
    limit = settings.storage_auto_resize_limit
    return InstanceFacts(
        tier=settings.tier,
        is_postgres=enum_name(message, "database_version").startswith("POSTGRES"),
        runs=enum_name(message, "state") == "RUNNABLE"
        and enum_name(settings, "activation_policy") != "NEVER",
        disk_told=message.current_disk_size is not None,
        # "The default value is true" (Settings.storage_auto_resize), and 0 is no limit.
        disk_grows=settings.storage_auto_resize is not False,
        disk_size=size * _GIB if size and size > 0 else None,
        disk_limit=limit * _GIB if limit else None,
        max_connections=int(most) if re.fullmatch(r"[1-9][0-9]{0,8}", most) else None,
    )


async def look_at_database(
    check: Capacity, database: Database, ctx: Context
) -> AsyncIterator[Finding]:
    """CPU, memory, disk and connections of an instance."""
    options, name = check.options, database.instance
    asking = Asking(database, ctx, options)
    instance = ctx.google.instance(database)
    growing = max(options.trend_h * 60, options.window_min)
    asking.about("cpu", metrics.DATABASE_CPU)
    asking.about("memory", metrics.DATABASE_MEMORY, growing)
    asking.about("disk", metrics.DATABASE_DISK, growing)
    facts = None
    try:
        facts = of_message(await instance)
        postgres = facts.is_postgres
        asking.about(
            "connections", metrics.POSTGRES_CONNECTIONS if postgres else metrics.OTHER_CONNECTIONS
        )
    except NotFound as error:
        raise gone(name, error) from error
    except ClientError as error:
        asking.unanswered.append(error)
        asking.unread.add("connections")
    load = _load(await asking.answers(), facts, asking)
    if asking.any_value:
        ctx.observe(**asking.read(_observed(load, facts, options), _METRIC_OF))
    place = InstancePlace(
        name, ctx.environment.project_of(database) or "", facts.tier if facts else ""
    )
    for found in (
        *_judge_machine(check, place, load),
        *_judge_disk(check, place, facts, load),
        *_judge_connections(check, place, facts, load, _users(database, ctx)),
    ):
        yield found
    asking.finish(name, None if facts is None or facts.runs else "it does not run")


@dataclass(frozen=True, slots=True)
class _Load:
    """How much of an instance is used."""

    cpu: Level | None
    memory: Level | None
    disk: Level | None
    """As a share of the disk that there can be, where that has an end; else of the disk now."""
    connections: Level | None
    """Their number."""
    memory_trend: Trend | None
    disk_trend: Trend | None


def _load(
    answers: Mapping[str, tuple[Series, ...]], facts: InstanceFacts | None, asking: Asking
) -> _Load:
    found = {key: series[0] if series else Series({}, ()) for key, series in answers.items()}
    nothing, hours = Series({}, ()), asking.options.trend_h
    part = (facts.disk_part if facts else None) or 1.0
    disk = _times(found.get("disk", nothing), part)

    def used(series: Series) -> Level | None:
        return level(series, asking.since, asking.options.sustained_min)

    return _Load(
        used(found.get("cpu", nothing)),
        used(found.get("memory", nothing)),
        used(disk),
        used(found.get("connections", nothing)),
        trend(found.get("memory", nothing), hours),
        trend(disk, hours),
    )


def _times(series: Series, part: float) -> Series:
    return Series(series.labels, tuple(Point(each.at, each.value * part) for each in series.points))


def _limit(facts: InstanceFacts | None, options: Limits) -> int | None:
    return options.max_connections or (facts.max_connections if facts else None)


def _observed(load: _Load, facts: InstanceFacts | None, options: Limits) -> dict[str, object]:
    """What was seen, for people."""
    most = load.connections.peak if load.connections else None
    full = {
        f"{what}_full_in_h": round(found.full_in_h)
        for what, found in (("memory", load.memory_trend), ("disk", load.disk_trend))
        if found is not None
    }
    return {
        "cpu_ratio": shown(load.cpu),
        "memory_ratio": shown(load.memory),
        "disk_ratio": rounded(load.disk.latest) if load.disk else NO_DATA,
        "disk_grows": facts.disk_grows if facts else None,
        "connections": NO_DATA if most is None else round(most),
        "max_connections": _limit(facts, options) or "not known",
        **full,
        "window_min": options.window_min,
    }


def _judge_machine(check: Capacity, place: InstancePlace, load: _Load) -> Iterator[Finding]:
    """CPU and memory."""
    options = check.options
    how = f"for {options.sustained_min} min"
    for rule, of, words, used in (
        (check.cpu_high, "cpu", "CPU", load.cpu),
        (check.memory_high, "memory", "memory", load.memory),
    ):
        if used is not None and used.held is not None:
            yield from over(
                rule,
                options,
                Used(place.name, of, words, used.held, how),
                remedies.bigger_instance(place, words),
            )
    advice = remedies.bigger_instance(place, "memory")
    yield from fills(check.fills_up, options, place.name, "memory", load.memory_trend, advice)


def _judge_disk(
    check: Capacity, place: InstancePlace, facts: InstanceFacts | None, load: _Load
) -> Iterator[Finding]:
    """The disk, where it is known to have an end."""
    if load.disk is None or facts is None or facts.disk_part is None:
        return
    advice = remedies.more_disk(place, grows=facts.disk_grows)
    yield from over(
        check.disk_high,
        check.options,
        Used(place.name, "disk", "disk", load.disk.latest, "now"),
        advice,
        at_worst=Severity.WARNING if facts.disk_told else Severity.ERROR,
    )
    yield from fills(check.fills_up, check.options, place.name, "disk", load.disk_trend, advice)


def _judge_connections(
    check: Capacity,
    place: InstancePlace,
    facts: InstanceFacts | None,
    load: _Load,
    users: tuple[User, ...],
) -> Iterator[Finding]:
    """Connections, where it is known how many there are."""
    limit = _limit(facts, check.options)
    if load.connections is None or limit is None:
        return
    most = load.connections.peak
    yield from over(
        check.connections_high,
        check.options,
        Used(place.name, "connections", f"{limit} connections", most / limit, "at its peak"),
        remedies.fewer_connections(place, users),
    )


def _users(database: Database, ctx: Context) -> tuple[User, ...]:
    """The services that use it, as far as they are in Cloud Run."""
    found = (user(each, ctx.environment) for each in ctx.topology.users_of(database))
    return tuple(each for each in found if each is not None)
