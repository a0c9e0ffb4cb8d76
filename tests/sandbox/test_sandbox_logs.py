"""The sandbox's Cloud Logging, asked by the official client, and the filters it understands."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import grpc.aio
import pytest
from google.api_core import exceptions
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2AsyncClient

from netra_validate.sandbox import google_grpc
from netra_validate.sandbox.google_api import GoogleApi
from netra_validate.sandbox.log_filter import BadFilterError, parse
from netra_validate.sandbox.log_lines import REQUESTS, STDERR, SYSTEM, LogLine
from netra_validate.sandbox.request_log import RequestLog
from netra_validate.sandbox.staging import Conduct
from netra_validate.sandbox.world import healthy_world

LINE = LogLine(
    "netra-backend",
    "netra-backend-00042-sbx",
    datetime(2026, 1, 1, tzinfo=UTC),
    'It said "no" \\ and ended',
    STDERR,
    "WARNING",
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        'resource.type="cloud_run_revision"',
        'resource.labels.service_name = "netra-backend" AND resource.labels.location="us-central1"',
        'resource.labels.revision_name="netra-backend-00042-sbx"\nseverity>=WARNING',
        'timestamp>="2026-01-01T00:00:00+00:00"',
        'textPayload:"IT SAID"',
        'textPayload=~"[Ee]nded$"',
        'textPayload:"\\"no\\" \\\\ and"',
        f'log_id("{STDERR}")',
        f'NOT log_id("{REQUESTS}")',
        f'(log_id("{SYSTEM}") OR log_id("{STDERR}"))',
        f'NOT (log_id("{SYSTEM}") OR textPayload:"yes")',
    ],
)
def test_filters_that_take_the_line(text):
    assert parse(text)(LINE)


@pytest.mark.parametrize(
    "text",
    [
        'resource.type="k8s_container"',
        'resource.labels.service_name="netra"',
        "severity>=ERROR",
        'timestamp>="2026-01-01T00:00:01+00:00"',
        'textPayload=~"it said"',
        f'NOT log_id("{STDERR}")',
        f'log_id("{STDERR}")\ntextPayload:"yes"',
    ],
)
def test_filters_that_do_not(text):
    assert not parse(text)(LINE)


@pytest.mark.parametrize(
    "text",
    ['a="b"', "severity>=", 'log_id("x"', '"x"', "severity>=WORSE", 'textPayload>="x"',
     'timestamp>="yesterday"', "textPayload=x", "(", ";", 'log_id("x") )'],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - BadFilterError is one
        parse(text)
    assert issubclass(BadFilterError, ValueError)


def ask(tmp_path, world=None, **request):
    log = RequestLog(tmp_path / "requests.jsonl")
    try:
        return asyncio.run(
            _pages(GoogleApi(world or healthy_world(), Conduct.WILLING), log, request)
        )
    finally:
        log.close()


async def _pages(api, log, request):
    async with (
        google_grpc.serve(api, log) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        kind = LoggingServiceV2AsyncClient.get_transport_class("grpc_asyncio")
        client = LoggingServiceV2AsyncClient(transport=kind(channel=channel))
        pager = await client.list_log_entries(
            request={"resource_names": ["projects/netra-sandbox"]} | request,
            retry=None,
            timeout=5,
        )
        return [page async for page in pager.pages]


BACKEND = 'resource.labels.revision_name="netra-backend-00042-sbx"'


def test_the_official_client_reads_page_by_page(tmp_path):
    pages = ask(tmp_path, filter=BACKEND, page_size=4)
    assert [len(page.entries) for page in pages] == [4, 4, 1]
    entries = [entry for page in pages for entry in page.entries]
    assert entries == sorted(entries, key=lambda each: each.timestamp)
    first = entries[0]
    assert first.log_name == "projects/netra-sandbox/logs/run.googleapis.com%2Fvarlog%2Fsystem"
    assert first.resource.labels["service_name"] == "netra-backend"
    assert first.labels["instanceId"]
    assert len({each.insert_id for each in entries}) == len(entries)


def test_the_newest_first_where_that_is_asked_for(tmp_path):
    (page,) = ask(tmp_path, filter=BACKEND, order_by="timestamp desc")
    times = [each.timestamp for each in page.entries]
    assert times == sorted(times, reverse=True)


def test_a_line_without_a_text_has_no_payload(tmp_path):
    world = replace(healthy_world(), logs=(replace(LINE, text=None),))
    ((entry,),) = ([*page.entries] for page in ask(tmp_path, world))
    assert type(entry).pb(entry).WhichOneof("payload") is None


@pytest.mark.parametrize("request_", [{"filter": "nonsense("}, {"page_size": 1001}])
def test_a_bad_request_is_refused(tmp_path, request_):
    with pytest.raises(exceptions.InvalidArgument):
        ask(tmp_path, **request_)


def test_another_project_has_no_entries(tmp_path):
    assert [len(page.entries) for page in ask(tmp_path, resource_names=["projects/other"])] == [0]
    assert Path(tmp_path / "requests.jsonl").read_text().count("ListLogEntries") == 1
