"""Cloud Monitoring v3 over REST: the time series of the sandbox's resources, aligned and in pages.

As its discovery document (``monitoring:v3``) has ``projects.timeSeries.list``. What was measured
lies on straight lines, so that every way to align values gives the line; a way that the real one
refuses for a kind of metric (``Aggregation.Aligner``) is refused here too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from netra_validate.sandbox.measures import DESCRIPTORS, Descriptor
from netra_validate.sandbox.monitored import Line, lines
from netra_validate.sandbox.names import PROJECT

if TYPE_CHECKING:
    from netra_validate.sandbox.google_api import ApiError, GoogleApi

_SELECTOR: Final = re.compile(
    r'\s*(?P<field>(?:metric|resource)\.(?:type|labels?\.\w+))\s*=\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*'
)
_MOST_VALUES: Final = 100_000
"""Points of one page, as the reference says."""
_LEAST_PERIOD: Final = timedelta(minutes=1)

_ALIGNERS: Final = {
    ("GAUGE", "INT64"): {"ALIGN_MEAN": "DOUBLE", "ALIGN_MAX": "INT64"},
    ("GAUGE", "DOUBLE"): {"ALIGN_MEAN": "DOUBLE", "ALIGN_MAX": "DOUBLE"},
    ("DELTA", "INT64"): {"ALIGN_RATE": "DOUBLE"},
    ("DELTA", "DISTRIBUTION"): {"ALIGN_PERCENTILE_95": "DOUBLE", "ALIGN_PERCENTILE_99": "DOUBLE"},
}
"""Ways to align by kind and type, of those that are known here, and the type of what they give."""


def routes(api: GoogleApi) -> list[Route]:
    """What is served: the one list."""

    async def listed(request: Request) -> Response:
        name = f"projects/{request.path_params['project']}"
        await api.admit("monitoring.timeSeries.list", name)
        asked = _asked(request.query_params)
        known = lines(api.world) if name == f"projects/{PROJECT}" else ()
        return JSONResponse(_page(_series(known, asked), asked))

    return [Route("/v3/projects/{project}/timeSeries", listed)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks."""

    metric: str
    selectors: Mapping[str, str]
    start: datetime
    end: datetime
    period: timedelta
    gives: str
    """The type of the aligned values."""
    summed: bool
    by: tuple[str, ...]
    page_size: int
    offset: int

    @property
    def descriptor(self) -> Descriptor:
        """Of the metric."""
        return DESCRIPTORS[self.metric]


def _asked(query: QueryParams) -> _Asked:
    try:
        selectors = _selectors(query.get("filter", ""))
        start = datetime.fromisoformat(query["interval.startTime"])
        end = datetime.fromisoformat(query["interval.endTime"])
        seconds = int(query["aggregation.alignmentPeriod"].removesuffix("s"))
        size = int(query.get("pageSize", _MOST_VALUES))
        offset = int(query.get("pageToken", 0))
    except (KeyError, ValueError) as error:
        raise _refused(f"Invalid request: {error}") from error
    period = timedelta(seconds=seconds)
    if period < _LEAST_PERIOD or start >= end or size < 1:
        raise _refused("The alignment period, the interval or the page size is out of range.")
    metric = _metric(selectors)
    reducer = query.get("aggregation.crossSeriesReducer", "REDUCE_NONE")
    if reducer not in {"REDUCE_NONE", "REDUCE_SUM"}:
        raise _refused(f"The reducer {reducer} is not supported.")
    return _Asked(
        metric,
        selectors,
        start,
        end,
        period,
        _aligned_type(metric, query.get("aggregation.perSeriesAligner", "ALIGN_NONE")),
        reducer == "REDUCE_SUM",
        tuple(query.getlist("aggregation.groupByFields")),
        min(size, _MOST_VALUES),
        offset,
    )


def _selectors(text: str) -> dict[str, str]:
    """The filter's comparisons by field: equality, joined by AND, is all that is understood."""
    found: dict[str, str] = {}
    for part in text.split(" AND "):
        match = _SELECTOR.fullmatch(part)
        if match is None:
            raise ValueError(f"the filter {part!r} is not understood")
        field = match["field"].replace(".label.", ".labels.")
        found[field] = re.sub(r"\\(.)", r"\1", match["value"])
    return found


def _metric(selectors: Mapping[str, str]) -> str:
    metric = selectors.get("metric.type")
    if metric is None:
        raise _refused("The filter must specify a single metric type.")
    descriptor = DESCRIPTORS.get(metric)
    if descriptor is None:
        message = (
            f'Cannot find metric(s) that match type = "{metric}". If a metric was created recently,'
            " it could take up to 10 minutes to become available. Please try again soon."
        )
        raise _error(HTTPStatus.NOT_FOUND, "NOT_FOUND", message)
    if selectors.get("resource.type", descriptor.resource) != descriptor.resource:
        raise _refused(
            "The supplied filter does not specify a valid combination of metric and monitored"
            " resource descriptors. The query will not return any time series."
        )
    return metric


def _aligned_type(metric: str, aligner: str) -> str:
    of = DESCRIPTORS[metric]
    gives = _ALIGNERS[of.kind, of.value_type].get(aligner)
    if gives is None:
        raise _refused(
            f"The aligner {aligner} cannot be applied to metrics with kind {of.kind} and value"
            f" type {of.value_type}."
        )
    return gives


def _series(known: Iterable[Line], asked: _Asked) -> list[dict[str, Any]]:
    """The lines that are meant, put together as asked."""
    groups: defaultdict[tuple[tuple[str, str], ...], list[Line]] = defaultdict(list)
    for line in known:
        fields = line.fields
        if all(fields.get(name) == value for name, value in asked.selectors.items()):
            kept = asked.by if asked.summed else tuple(fields)
            groups[tuple((name, fields[name]) for name in kept if name in fields)].append(line)
    return [_one(dict(kept), together, asked) for kept, together in sorted(groups.items())]


def _one(kept: Mapping[str, str], together: list[Line], asked: _Asked) -> dict[str, Any]:
    def labels(of: str) -> dict[str, str]:
        prefix = f"{of}.labels."
        return {
            name.removeprefix(prefix): value
            for name, value in kept.items()
            if name.startswith(prefix)
        }

    return {
        "metric": {"type": asked.metric, "labels": labels("metric")},
        "resource": {"type": asked.descriptor.resource, "labels": labels("resource")},
        "metricKind": "GAUGE",
        "valueType": asked.gives,
        "points": _points(together, asked),
    }


def _points(together: list[Line], asked: _Asked) -> list[dict[str, Any]]:
    """One for each period that ends in the interval, the latest first."""
    found = []
    at = asked.end
    while at > asked.start:
        hours = (asked.end - at) / timedelta(hours=1)
        value = sum(line.before(hours) for line in together)
        moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        typed = {"int64Value": str(round(value))} if asked.gives == "INT64" else {
            "doubleValue": value
        }  # fmt: skip
        found.append({"interval": {"startTime": moment, "endTime": moment}, "value": typed})
        at -= asked.period
    return found


def _page(series: list[dict[str, Any]], asked: _Asked) -> dict[str, Any]:
    """So many points from the offset on; a series that does not fit goes on on the next page."""
    left, skipped, found = asked.page_size, asked.offset, []
    for each in series:
        points = each["points"][skipped : skipped + left]
        skipped = max(0, skipped - len(each["points"]))
        left -= len(points)
        if points:
            found.append({**each, "points": points})
    total = sum(len(each["points"]) for each in series)
    page: dict[str, Any] = {"unit": "{not_a_unit}"}
    if found:
        page["timeSeries"] = found
    if total > asked.offset + asked.page_size:
        page["nextPageToken"] = str(asked.offset + asked.page_size)
    return page


def _refused(message: str) -> ApiError:
    return _error(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", message)


def _error(code: HTTPStatus, status: str, message: str) -> ApiError:
    from netra_validate.sandbox.google_api import ApiError

    return ApiError(code, status, message)
