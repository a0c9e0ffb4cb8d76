"""Cloud Monitoring's answers, good and bad, from a server that says what it is told to."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from http_servers import Reply, heads, raw, says

from netra_validate import ClientError, Connector, Database, Forbidden, ProtocolError, Service
from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.clients.google.time_series import Metric, Point, Series, selector
from netra_validate.threads import run_to_end
from netra_validate.topology import Endpoints, Environment

CPU = Metric("cloudsql.googleapis.com/database/cpu/utilization", "ALIGN_MEAN")
DATABASE = Database(key="postgres", instance="staging")
AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def point(minutes_ago, **value):
    at = f"{AT - timedelta(minutes=minutes_ago):%Y-%m-%dT%H:%M:%SZ}"
    return {"interval": {"startTime": at, "endTime": at}, "value": value}


def series(*points, **labels):
    return {"resource": {"type": "t", "labels": labels}, "points": list(points)}


def listing(*found, **more):
    return says({"timeSeries": list(found), "unit": "1", **more})


@contextmanager
def monitoring(*replies):
    """Says one reply after the other, whatever is asked; the last one stays."""
    left = list(replies)

    async def converse(reader, writer):
        async for head in heads(reader):
            site.asked.append(head)
            reply = left.pop(0) if len(left) > 1 else left[0]
            writer.write(reply.encoded())
            await writer.drain()

    with raw(converse) as site:
        yield site


def ask(*replies, resource=DATABASE, metric=CPU, minutes=60, times=1, region="us-central1"):
    """What is known, and the queries that were made for it."""

    async def asked(url):
        environment = Environment(project="p", region=region, endpoints=Endpoints(monitoring=url))
        clients = Clients(environment, Path())
        try:
            google = clients.google(Budget.lasting(5, retries=0))
            answers = [google.measured(resource, metric, minutes) for _ in range(times)]
            return (await asyncio.gather(*answers))[0]
        finally:
            await clients.close()

    with monitoring(*replies) as site:
        found = run_to_end(asked(site.url))
    return found, [urlsplit(path) for path in site.paths()]


def query_of(url):
    return parse_qs(url.query)


class TestQuestions:
    def test_a_database_is_known_by_project_and_instance(self):
        _, (url,) = ask(listing())
        query = query_of(url)
        assert url.path == "/v3/projects/p/timeSeries"
        assert query["filter"][0].split(" AND ") == [
            'metric.type = "cloudsql.googleapis.com/database/cpu/utilization"',
            'resource.type = "cloudsql_database"',
            'resource.labels.database_id = "p:staging"',
        ]
        assert query["aggregation.alignmentPeriod"] == ["300s"]
        assert query["aggregation.perSeriesAligner"] == ["ALIGN_MEAN"]
        assert "aggregation.crossSeriesReducer" not in query
        start, end = (
            datetime.fromisoformat(query[f"interval.{each}Time"][0]) for each in ("start", "end")
        )
        assert end - start == timedelta(minutes=60)
        assert end.second == 0

    def test_a_service_by_its_name_and_region(self):
        service = Service(key="backend", cloud_run="netra-backend")
        metric = Metric(
            "run.googleapis.com/container/startup_latencies", "ALIGN_PERCENTILE_95", whole=True
        )
        _, (url,) = ask(listing(), resource=service, metric=metric, minutes=90)
        query = query_of(url)
        assert 'resource.type = "cloud_run_revision"' in query["filter"][0]
        assert 'resource.labels.service_name = "netra-backend"' in query["filter"][0]
        assert 'resource.labels.location = "us-central1"' in query["filter"][0]
        assert query["aggregation.alignmentPeriod"] == ["5400s"]

    def test_series_that_are_summed_by_a_label(self):
        connector = Connector(key="main", name="c")
        metric = Metric("m/x", "ALIGN_RATE", summed=True, by="connector_name")
        _, (url,) = ask(listing(), resource=connector, metric=metric)
        query = query_of(url)
        assert 'resource.labels.connector_name = "c"' in query["filter"][0]
        assert query["aggregation.crossSeriesReducer"] == ["REDUCE_SUM"]
        assert query["aggregation.groupByFields"] == ["resource.labels.connector_name"]

    def test_values_are_quoted(self):
        metric = Metric("m/x", "ALIGN_MEAN", where=(("state", 'a"b\\'),))
        assert selector(metric, ("t", {})).endswith('metric.labels.state = "a\\"b\\\\"')

    def test_a_question_is_asked_once(self):
        _, urls = ask(listing(), times=3)
        assert len(urls) == 1

    def test_a_service_without_a_region_is_not_asked_about(self):
        service = Service(key="backend", cloud_run="netra-backend")
        with pytest.raises(ClientError, match="service backend has no region"):
            ask(listing(), resource=service, region=None)

    def test_a_database_needs_none(self):
        found, _ = ask(listing(), region=None)
        assert found == ()


class TestAnswers:
    def test_values_come_oldest_first(self):
        told = series(
            point(0, doubleValue=0.5), point(5, int64Value="3"), point(10, doubleValue=1), a="b"
        )
        found, _ = ask(listing(told))
        assert found == (
            Series(
                {"a": "b"},
                (
                    Point(AT - timedelta(minutes=10), 1.0),
                    Point(AT - timedelta(minutes=5), 3.0),
                    Point(AT, 0.5),
                ),
            ),
        )

    def test_pages_are_put_together(self):
        first = listing(series(point(0, doubleValue=1), a="b"), nextPageToken="more/1")
        second = listing(
            series(point(5, doubleValue=2), a="b"), series(point(0, doubleValue=3), a="c")
        )
        found, urls = ask(first, second)
        assert [[each.value for each in one.points] for one in found] == [[2.0, 1.0], [3.0]]
        assert query_of(urls[1])["pageToken"] == ["more/1"]

    def test_pages_without_an_end_are_left(self):
        with pytest.raises(ProtocolError, match="more values than are read"):
            ask(listing(series(point(0, doubleValue=1)), nextPageToken="again"))

    @pytest.mark.parametrize("value", [{"doubleValue": "NaN"}, {"doubleValue": "-Infinity"}, {}])
    def test_what_is_no_number_is_left_out(self, value):
        found, _ = ask(listing(series(point(0, **value))))
        assert found == (Series({}, ()),)

    def test_a_metric_that_was_never_written_has_no_values(self):
        told = {"error": {"code": 404, "status": "NOT_FOUND", "message": "Cannot find metric(s)"}}
        assert ask(says(told, 404))[0] == ()

    def test_nothing_is_no_series(self):
        assert ask(says({}))[0] == ()

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{",
            b"\xff",
            b'{"timeSeries": {}}',
            b'{"timeSeries": [{"points": [{"value": {"doubleValue": 1}}]}]}',
            json.dumps({"timeSeries": [series(point(0, doubleValue="much"))]}).encode(),
            json.dumps({"timeSeries": [series(point(0, int64Value=[]))]}).encode(),
            b'{"timeSeries": ' + b"[" * 100_000,
        ],
    )
    def test_what_is_no_answer(self, body):
        with pytest.raises(ProtocolError, match=r"cannot be read as database/cpu/utilization of"):
            ask(Reply(200, body))

    def test_values_that_may_be_missing_are_not_all(self):
        with pytest.raises(ProtocolError, match="could not read all of"):
            ask(listing(executionErrors=[{"code": 4, "message": "deadline"}]))

    def test_who_may_not_is_told_what_is_missing(self):
        told = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no"}}
        with pytest.raises(Forbidden) as caught:
            ask(says(told, 403))
        assert caught.value.permission == "monitoring.timeSeries.list"
        assert caught.value.hint == "roles/monitoring.viewer on p holds it"
