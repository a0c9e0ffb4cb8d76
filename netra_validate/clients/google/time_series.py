"""What Cloud Monitoring answers, read into small types. Pure.

Over REST and without ``google-cloud-monitoring``: importing that takes 0.2 s, beside all that is
loaded for Cloud Run already, for one method of one service. The forms are those of its messages
(``ListTimeSeriesResponse``, Monitoring v3), as proto3 writes them in JSON: 64-bit integers are
strings, and so are numbers that are none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import msgspec

from netra_validate.topology import Connector, Database, Service

PERIOD: Final = timedelta(minutes=5)
"""Of which values are made into one. Google's own metrics have one a minute, some minutes late."""

Aligner = Literal["ALIGN_MEAN", "ALIGN_MAX", "ALIGN_RATE", "ALIGN_PERCENTILE_95"]
"""How the values of a period become one (``Aggregation.Aligner``): mean and maximum of numbers, the
rate in units a second of a counter, a percentile of a distribution."""

Measured = Service | Database | Connector
"""What there are metrics of."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, and how its values are put together."""

    type: str
    """Such as ``cloudsql.googleapis.com/database/cpu/utilization``."""
    aligner: Aligner
    summed: bool = False
    """Whether series of one resource are added up: those of a database's parts, say."""
    by: str | None = None
    """The label of the resource that keeps series apart where they are summed."""
    where: tuple[tuple[str, str], ...] = ()
    """Labels of the metric, and the values that they must have."""
    whole: bool = False
    """Whether all values become one, whatever the time that is asked for."""

    @property
    def name(self) -> str:
        """The type without the API that writes it: ``database/cpu/utilization``."""
        return self.type.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Point:
    """The value of one period."""

    at: datetime
    """When the period ended."""
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one resource, oldest first."""

    labels: Mapping[str, str]
    """Those of the resource and of the metric that were not put together."""
    points: tuple[Point, ...]


def selector(metric: Metric, monitored: tuple[str, Mapping[str, str]]) -> str:
    """The filter for one metric of one resource.

    Reference: https://cloud.google.com/monitoring/api/v3/filters

    Args:
        metric: what is asked for.
        monitored: type and labels of the monitored resource, of :func:`monitored`.
    """
    kind, labels = monitored
    parts = [f"metric.type = {_quoted(metric.type)}", f"resource.type = {_quoted(kind)}"]
    parts += [f"resource.labels.{name} = {_quoted(value)}" for name, value in labels.items()]
    parts += [f"metric.labels.{name} = {_quoted(value)}" for name, value in metric.where]
    return " AND ".join(parts)


def monitored(resource: Measured, project: str, region: str) -> tuple[str, Mapping[str, str]]:
    """Type and labels by which Monitoring knows a resource.

    From https://cloud.google.com/monitoring/api/resources. A Cloud SQL instance is known by
    ``project:instance``, wherever it is.
    """
    if isinstance(resource, Database):
        return "cloudsql_database", {"database_id": f"{project}:{resource.instance}"}
    if isinstance(resource, Connector):
        labels = {"connector_name": resource.name, "location": region}
        return "vpc_access_connector", labels
    labels = {"service_name": resource.cloud_run or "", "location": region}
    return "cloud_run_revision", labels


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Labelled(msgspec.Struct, frozen=True):
    labels: dict[str, str] = {}


class _Interval(msgspec.Struct, frozen=True, rename="camel"):
    end_time: datetime


class _Value(msgspec.Struct, frozen=True, rename="camel"):
    double_value: float | str | None = None
    int64_value: int | str | None = None

    @property
    def number(self) -> float:
        """What it is; not a number where it is none."""
        value = self.double_value if self.double_value is not None else self.int64_value
        return math.nan if value is None else float(str(value))


class _Point(msgspec.Struct, frozen=True):
    interval: _Interval
    value: _Value


class _Series(msgspec.Struct, frozen=True):
    metric: _Labelled = _Labelled()
    resource: _Labelled = _Labelled()
    points: list[_Point] = []


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """One page of an answer."""

    time_series: list[_Series] = []
    next_page_token: str = ""
    execution_errors: list[object] = []
    """Why values may be missing."""


def page(body: bytes) -> Page:
    """The page in a body.

    Raises:
        ValueError: there is none in it.
    """
    try:
        return msgspec.json.decode(body, type=Page)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError("no page of time series") from error


def joined(pages: Iterable[Page]) -> tuple[Series, ...]:
    """The series of all pages: one that ends on one page goes on on the next.

    Values that are no numbers are left out.

    Raises:
        ValueError: a value is written as no number is.
    """
    found: dict[tuple[tuple[str, str], ...], dict[datetime, float]] = {}
    for each in (series for one in pages for series in one.time_series):
        labels = tuple(sorted({**each.resource.labels, **each.metric.labels}.items()))
        points = found.setdefault(labels, {})
        for point in each.points:
            if math.isfinite(number := point.value.number):
                points[_utc(point.interval.end_time)] = number
    return tuple(
        Series(dict(labels), tuple(Point(at, points[at]) for at in sorted(points)))
        for labels, points in sorted(found.items())
    )


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
