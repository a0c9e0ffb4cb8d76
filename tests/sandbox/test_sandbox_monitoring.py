"""The sandbox's Cloud Monitoring: filters, ways to align, pages, and what the real one refuses."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from netra_validate.sandbox import google_rest
from netra_validate.sandbox.cloud_faults import declared_connector, instances, stop
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.google_api import GoogleApi
from netra_validate.sandbox.names import PROJECT
from netra_validate.sandbox.staging import Conduct, healthy_staging
from netra_validate.sandbox.world import healthy_world

CPU = "cloudsql.googleapis.com/database/cpu/utilization"
DISK = "cloudsql.googleapis.com/database/disk/utilization"
CONNECTIONS = "cloudsql.googleapis.com/database/postgresql/num_backends"
INSTANCES = "run.googleapis.com/container/instance_count"
STARTS = "run.googleapis.com/container/startup_latencies"
SENT = "vpcaccess.googleapis.com/connector/sent_bytes_count"


def ask(metric, aligner, *more, world=None, conduct=Conduct.WILLING, project=PROJECT, **query):
    """Status and body of the answer."""
    api = GoogleApi(world or healthy_world(), conduct)
    parameters = {
        "filter": " AND ".join((f'metric.type = "{metric}"', *more)),
        "interval.startTime": "2026-01-01T11:00:00Z",
        "interval.endTime": "2026-01-01T12:00:00Z",
        "aggregation.alignmentPeriod": "300s",
        "aggregation.perSeriesAligner": aligner,
        **{name.replace("__", "."): value for name, value in query.items()},
    }

    async def asked():
        transport = httpx.ASGITransport(google_rest.application(api))
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.get(f"/v3/projects/{project}/timeSeries", params=parameters)

    response = asyncio.run(asked())
    return response.status_code, response.json()


def values(series):
    return [next(iter(point["value"].values())) for point in series["points"]]


def test_one_value_for_each_period_the_latest_first():
    _, told = ask(CPU, "ALIGN_MEAN", f'resource.labels.database_id="{PROJECT}:sandbox-postgres"')
    (series,) = told["timeSeries"]
    assert values(series) == [0.18] * 12
    assert series["points"][0]["interval"]["endTime"] == "2026-01-01T12:00:00Z"
    assert series["points"][-1]["interval"]["endTime"] == "2026-01-01T11:05:00Z"
    assert (series["metricKind"], series["valueType"]) == ("GAUGE", "DOUBLE")
    assert series["resource"]["type"] == "cloudsql_database"


def test_another_resource_has_none():
    assert "timeSeries" not in ask(CPU, "ALIGN_MEAN", 'resource.labels.database_id="p:other"')[1]
    assert "timeSeries" not in ask(CPU, "ALIGN_MEAN", project="other")[1]


def test_series_are_told_apart_by_labels_or_summed():
    _, apart = ask(CONNECTIONS, "ALIGN_MAX")
    assert [each["metric"]["labels"]["database"] for each in apart["timeSeries"]] == [
        "netra",
        "postgres",
    ]
    by = {"aggregation__groupByFields": "resource.labels.database_id"}
    _, summed = ask(CONNECTIONS, "ALIGN_MAX", aggregation__crossSeriesReducer="REDUCE_SUM", **by)
    (series,) = summed["timeSeries"]
    assert set(values(series)) == {"14"}
    assert series["metric"]["labels"] == {}


def test_metric_labels_are_filtered_in_both_spellings():
    for word in ("label", "labels"):
        _, told = ask(
            INSTANCES,
            "ALIGN_MEAN",
            f'metric.{word}.state = "active"',
            'resource.labels.service_name = "netra-auth"',
        )
        (series,) = told["timeSeries"]
        assert series["resource"]["labels"]["revision_name"] == "netra-auth-00042-sbx"
        assert set(values(series)) == {1}


def test_pages_hold_so_many_points():
    first = ask(CONNECTIONS, "ALIGN_MAX", pageSize="15")[1]
    second = ask(CONNECTIONS, "ALIGN_MAX", pageSize="15", pageToken=first["nextPageToken"])[1]
    assert [len(each["points"]) for each in first["timeSeries"]] == [12, 3]
    assert [len(each["points"]) for each in second["timeSeries"]] == [9]
    assert "nextPageToken" not in second


def test_what_grows_was_less_before():
    staging = broken(["database-disk-fills-up"])
    _, told = ask(DISK, "ALIGN_MEAN", world=staging.world)
    found = values(told["timeSeries"][0])
    assert found[0] == pytest.approx(0.71)
    assert found[-1] == pytest.approx(0.71 - 0.01 * 55 / 60)


def test_the_disk_is_as_full_as_the_instance_says():
    world = broken(["database-disk-full"]).world
    assert values(ask(DISK, "ALIGN_MEAN", world=world)[1]["timeSeries"][0])[0] == pytest.approx(
        0.97
    )


@pytest.mark.parametrize(
    ("fault", "metric", "aligner"),
    [
        (instances(stop), CPU, "ALIGN_MEAN"),
        (declared_connector(lambda it: setattr(it, "state", "ERROR")), SENT, "ALIGN_RATE"),
        (
            lambda it: replace(it, world=replace(it.world, services={})),
            STARTS,
            "ALIGN_PERCENTILE_95",
        ),
    ],
)
def test_nothing_is_measured_of_what_does_not_run(fault, metric, aligner):
    world = fault(healthy_staging()).world
    assert "timeSeries" in ask(metric, aligner)[1]
    assert "timeSeries" not in ask(metric, aligner, world=world)[1]


@pytest.mark.parametrize(
    ("metric", "aligner", "more", "query"),
    [
        (STARTS, "ALIGN_MEAN", (), {}),
        (SENT, "ALIGN_MAX", (), {}),
        (CPU, "ALIGN_PERCENTILE_95", (), {}),
        (CPU, "ALIGN_NONE", (), {}),
        (CPU, "ALIGN_MEAN", ('resource.type = "cloud_run_revision"',), {}),
        (CPU, "ALIGN_MEAN", ("resource.labels.region > 3",), {}),
        (CPU, "ALIGN_MEAN", (), {"aggregation__alignmentPeriod": "30s"}),
        (CPU, "ALIGN_MEAN", (), {"aggregation__crossSeriesReducer": "REDUCE_MEAN"}),
        (CPU, "ALIGN_MEAN", (), {"interval__endTime": "2026-01-01T10:00:00Z"}),
        (CPU, "ALIGN_MEAN", (), {"interval__endTime": "noon"}),
        (CPU, "ALIGN_MEAN", (), {"pageSize": "0"}),
        (CPU, "ALIGN_MEAN", (), {"filter": 'resource.type = "cloudsql_database"'}),
    ],
)
def test_what_the_real_one_refuses(metric, aligner, more, query):
    status, told = ask(metric, aligner, *more, **query)
    assert (status, told["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_a_metric_that_nobody_writes():
    status, told = ask("run.googleapis.com/container/tea", "ALIGN_MEAN")
    assert (status, told["error"]["status"]) == (404, "NOT_FOUND")


def test_who_may_not():
    status, told = ask(CPU, "ALIGN_MEAN", conduct=Conduct.FORBIDDEN)
    assert (status, told["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert "monitoring.timeSeries.list" in told["error"]["message"]
