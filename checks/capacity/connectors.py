"""How much of a VPC connector is used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checks.capacity import metrics, remedies
from checks.capacity.asking import Asking, gone
from checks.capacity.judging import NO_DATA, Used, over, rounded, shown
from checks.capacity.levels import Level, level
from checks.capacity.remedies import ConnectorPlace
from netra_validate import ClientError, Connector, Context, Finding, NotFound, Severity
from netra_validate.clients.google.messages import enum_name
from netra_validate.clients.google.time_series import Series

if TYPE_CHECKING:
    from google.cloud import vpcaccess_v1

    from checks.capacity import Capacity

_MEGABIT: Final = 125_000
"""Bytes."""

_METRIC_OF: Final = {"cpu_ratio": "cpu", "instances": "instances"}
"""Of what is observed."""


@dataclass(frozen=True, slots=True)
class ConnectorFacts:
    """What the VPC Access API tells of a connector that its load is judged by. 0 is not told."""

    ready: bool
    max_instances: int
    max_throughput: int
    """Mbps."""
    machine_type: str


def of_message(message: vpcaccess_v1.Connector) -> ConnectorFacts:
    """From the API's message."""
    return ConnectorFacts(
        ready=enum_name(message, "state") == "READY",
        max_instances=message.max_instances,
        max_throughput=message.max_throughput,
        machine_type=message.machine_type,
    )


@dataclass(frozen=True, slots=True)
class _Load:
    """How much of a connector is used."""

    cpu: Level | None
    instances: Level | None
    """Their number."""
    mbps: float | None
    """The greater of what was sent and received, as it was held."""


async def look_at_connector(
    check: Capacity, connector: Connector, ctx: Context
) -> AsyncIterator[Finding]:
    """CPU, instances and throughput of a connector."""
    asking = Asking(connector, ctx, check.options)
    asked = ctx.google.connector(connector)
    asking.about("cpu", metrics.CONNECTOR_CPU)
    asking.about("instances", metrics.CONNECTOR_INSTANCES)
    asking.about("sent", metrics.CONNECTOR_SENT)
    asking.about("received", metrics.CONNECTOR_RECEIVED)
    facts = None
    try:
        facts = of_message(await asked)
    except NotFound as error:
        raise gone(connector.name, error) from error
    except ClientError as error:
        asking.unanswered.append(error)
    load = _load(await asking.answers(), asking)
    if asking.any_value:
        seen = _observed(load, facts, check.options.window_min)
        ctx.observe(**asking.read(seen, _METRIC_OF))
    for found in _judge(check, _place(connector, facts, ctx), facts, load):
        yield ctx.topology.felt_through(connector, found)
    asking.finish(connector.name, None if facts is None or facts.ready else "it is not READY")


def _place(connector: Connector, facts: ConnectorFacts | None, ctx: Context) -> ConnectorPlace:
    return ConnectorPlace(
        connector.name,
        ctx.environment.project_of(connector) or "",
        ctx.environment.region_of(connector) or "",
        facts.max_instances if facts else 0,
        facts.machine_type if facts else "",
    )


def _load(answers: Mapping[str, tuple[Series, ...]], asking: Asking) -> _Load:
    def used(name: str) -> Level | None:
        series = answers.get(name, ())
        return level(series[0], None, asking.options.sustained_min) if series else None

    ways = [found.held for name in ("sent", "received") if (found := used(name)) is not None]
    bytes_s = max((each for each in ways if each is not None), default=None)
    return _Load(used("cpu"), used("instances"), None if bytes_s is None else bytes_s / _MEGABIT)


def _observed(load: _Load, facts: ConnectorFacts | None, window_min: int) -> dict[str, object]:
    """What was seen, for people."""
    return {
        "cpu_ratio": shown(load.cpu),
        "instances": round(load.instances.latest) if load.instances else NO_DATA,
        "max_instances": facts.max_instances if facts else None,
        "throughput_mbps": NO_DATA if load.mbps is None else rounded(load.mbps),
        "max_throughput_mbps": facts.max_throughput if facts else None,
        "window_min": window_min,
    }


def _judge(
    check: Capacity, place: ConnectorPlace, facts: ConnectorFacts | None, load: _Load
) -> Iterator[Finding]:
    """Everything, as far as it is known how much there is."""
    options, advice = check.options, remedies.grow(place)
    how = f"for {options.sustained_min} min"
    if load.cpu is not None and load.cpu.held is not None:
        used = Used(place.name, "cpu", "CPU", load.cpu.held, how)
        yield from over(check.cpu_high, options, used, advice)
    if facts is None:
        return
    running = load.instances.held if load.instances else None
    if running is not None and facts.max_instances:
        words = f"{facts.max_instances} instances"
        used = Used(place.name, "instances", words, running / facts.max_instances, how)
        yield from over(check.instances_at_limit, options, used, advice, at_worst=Severity.WARNING)
    if load.mbps is not None and facts.max_throughput:
        words = f"{facts.max_throughput} Mbps"
        used = Used(place.name, "throughput", words, load.mbps / facts.max_throughput, how)
        yield from over(check.throughput_high, options, used, advice)
