"""What Cloud Monitoring measured of services, databases and connectors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, NotFound, ProtocolError
from netra_validate.clients.google import failures
from netra_validate.clients.google.access import MONITORING, Access
from netra_validate.clients.google.shared import Answer
from netra_validate.clients.google.time_series import (
    PERIOD,
    Measured,
    Metric,
    Page,
    Series,
    joined,
    monitored,
    page,
    selector,
)

if TYPE_CHECKING:
    from netra_validate.clients.google.failures import Question

PERMISSION: Final = "monitoring.timeSeries.list"

_VALUES: Final = 10_000
"""In one answer: some 1.5 MB. A day of one series has 288."""

_PAGES: Final = 5
"""Answers that are read for one metric: a day of more than a hundred revisions."""


class Monitoring:
    """What Monitoring, version 3, tells in one run of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def series(
        self, resource: Measured, metric: Metric, minutes: int, budget: Budget
    ) -> Answer[tuple[Series, ...]]:
        """The values of one metric of one resource; none where there are none."""
        project = self._access.project_of(resource)
        region = self._access.environment.region_of(resource)
        if region is None and resource.kind != "database":
            raise ClientError(
                f"{resource.kind} {resource.key} has no region",
                hint="set region on the environment",
            )
        wanted = selector(metric, monitored(resource, project, region or ""))
        subject = f"{metric.name} of {resource.kind} {resource.key}"

        async def call(own: Budget) -> tuple[Series, ...]:
            question = self._access.question(subject, MONITORING, PERMISSION, f"projects/{project}")
            return await self._read(_query(wanted, metric, minutes), question, own)

        return self._access.ask(("series", project, wanted, metric, minutes), subject, budget, call)

    async def _read(
        self, query: list[tuple[str, str]], question: Question, budget: Budget
    ) -> tuple[Series, ...]:
        """All pages. A metric of which nothing was ever written may not be known at all."""
        pages: list[Page] = []
        token: list[tuple[str, str]] = []
        try:
            for _ in range(_PAGES):
                path = f"/v3/{question.name}/timeSeries?{urlencode(query + token)}"
                body = await self._access.rest(MONITORING).get(path, question, budget)
                pages.append(_complete(body, question))
                if not pages[-1].next_page_token:
                    return joined(pages)
                token = [("pageToken", pages[-1].next_page_token)]
        except NotFound:
            return ()
        except ValueError as error:
            raise failures.not_understood(question) from error
        raise ProtocolError(f"{question.subject} has more values than are read")


def _query(wanted: str, metric: Metric, minutes: int) -> list[tuple[str, str]]:
    """What is asked: up to the last whole minute.

    Reference: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
    """
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    asked = timedelta(minutes=minutes)
    start, period = end - asked, asked if metric.whole else PERIOD
    query = [
        ("filter", wanted),
        ("interval.startTime", f"{start:%Y-%m-%dT%H:%M:%SZ}"),
        ("interval.endTime", f"{end:%Y-%m-%dT%H:%M:%SZ}"),
        ("aggregation.alignmentPeriod", f"{period.total_seconds():.0f}s"),
        ("aggregation.perSeriesAligner", metric.aligner),
    ]
    if metric.summed:
        query.append(("aggregation.crossSeriesReducer", "REDUCE_SUM"))
    if metric.summed and metric.by is not None:
        query.append(("aggregation.groupByFields", f"resource.labels.{metric.by}"))
    return [*query, ("view", "FULL"), ("pageSize", str(_VALUES))]


def _complete(body: bytes, question: Question) -> Page:
    """One page, unless Monitoring says that values may be missing from it."""
    found = page(body)
    if found.execution_errors:
        raise ProtocolError(f"{question.api} could not read all of {question.subject}")
    return found
