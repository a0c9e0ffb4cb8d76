"""What is asked of Cloud Logging, and what is made of its answers."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.cloud.logging_v2.types import ListLogEntriesResponse, LogEntry
from google.protobuf.any_pb2 import Any
from test_google_client import clients, grpc_server, rpc_error

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, Forbidden, ProtocolError
from netra_validate.clients.google.log_entries import (
    MAX_TEXT,
    SYSTEM_LOG,
    Entry,
    entry,
    quoted,
    revision_filter,
)
from netra_validate.sandbox.log_filter import parse
from netra_validate.sandbox.log_lines import REQUESTS, STDERR, STDOUT, LogLine
from netra_validate.topology import Service

SERVICE = Service(key="backend", cloud_run="netra-backend")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def made(**values):
    return entry(LogEntry(log_name="projects/p/logs/run.googleapis.com%2Fstderr", **values))


class TestEntries:
    def test_a_plain_line(self):
        found = made(
            text_payload=" said \n", severity="ERROR", timestamp=AT, labels={"instanceId": "a1"}
        )
        assert found == Entry(AT, "said", "ERROR", STDERR, "a1")
        assert not found.is_system
        assert not found.says_nothing

    def test_cloud_runs_own_word(self):
        found = entry(LogEntry(log_name="projects/p/logs/run.googleapis.com%2Fvarlog%2Fsystem"))
        assert found.log == SYSTEM_LOG
        assert found.is_system

    @pytest.mark.parametrize(
        ("payload", "text"),
        [
            ({"message": "said", "code": 3}, "said\ncode="),
            ({"zone": "a", "msg": "said"}, "said\nzone=a"),
            ({"message": "said", "db_password": "hunter2"}, "said"),
            ({"message": "said", "error": {"text": "worse", "token": "abc"}}, "said\ntext=worse"),
            ({"message": "one\ntwo", "content": "a\nb"}, "one\ntwo\ncontent=a\ncontent=b"),
            ({"message": "said", "exc_info": "Traceback\nKeyError"}, "said\nTraceback\nKeyError"),
            ({"message": ""}, ""),
            ({}, ""),
        ],
    )
    def test_a_structured_one_is_read_without_what_is_secret(self, payload, text):
        assert made(json_payload=payload).text == text

    def test_what_is_nested_without_an_end_is_cut(self):
        payload = {"message": "top"}
        for _ in range(20):
            payload = {"inner": payload}
        assert made(json_payload=payload).text == ""

    def test_a_long_one_keeps_its_beginning_and_its_end(self):
        text = "a" * MAX_TEXT + "ModuleNotFoundError"
        found = made(text_payload=text).text
        assert len(found) <= MAX_TEXT + 3
        assert found.startswith("aaa")
        assert found.endswith("ModuleNotFoundError")

    @pytest.mark.parametrize(
        ("values", "silent"),
        [
            ({"severity": "ERROR"}, True),
            ({"severity": "WARNING", "text_payload": "  "}, True),
            ({"severity": "CRITICAL", "json_payload": {}}, True),
            ({"severity": "INFO"}, False),
            ({"severity": "ERROR", "text_payload": "x"}, False),
            ({"severity": "ERROR", "proto_payload": Any(type_url="t/AuditLog")}, False),
        ],
    )
    def test_errors_that_say_nothing(self, values, silent):
        assert made(**values).says_nothing is silent

    def test_a_severity_newer_than_the_library_keeps_its_number(self):
        assert made(severity=950).severity == "UNKNOWN_950"


class TestFilter:
    LINE = LogLine("netra-backend", "netra-backend-00042", AT, "said")

    def wanted(self, **more):
        return parse(
            revision_filter("netra-backend", "netra-backend-00042", "us-central1", AT, **more)
        )

    @pytest.mark.parametrize(
        ("changes", "taken"),
        [
            ({}, True),
            ({"log": SYSTEM_LOG}, True),
            ({"log": STDOUT}, False),
            ({"log": STDOUT, "severity": "WARNING"}, True),
            ({"log": STDOUT, "text": "connection timed out"}, True),
            ({"log": REQUESTS, "severity": "ERROR", "text": None}, False),
            ({"service": "netra-backend-2"}, False),
            ({"revision": "netra-backend-00041"}, False),
            ({"at": AT - timedelta(seconds=1)}, False),
        ],
    )
    def test_what_it_takes(self, changes, taken):
        line = LogLine(**{name: getattr(self.LINE, name) for name in LogLine.__slots__} | changes)
        assert self.wanted()(line) is taken

    def test_everything_includes_what_is_on_stdout(self):
        line = LogLine("netra-backend", "netra-backend-00042", AT, "said", STDOUT, "INFO")
        assert self.wanted(everything=True)(line)

    def test_no_name_can_end_its_string(self):
        hostile = 'x" OR severity>=DEFAULT OR "\\'
        text = revision_filter(hostile, "r\n", "us-central1", AT)
        assert not parse(text)(self.LINE)
        assert 'resource.labels.revision_name="r"' in text
        assert quoted('a"b\\c') == '"a\\"b\\\\c"'

    def test_a_time_is_told_with_its_zone(self):
        since = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
        assert 'timestamp>="2026-01-01T00:00:00.000000+00:00"' in revision_filter(
            "s", "r", "x", since
        )


def asked(answer, **more):
    async def story():
        async with grpc_server(answer) as (rpc, url), clients(logging=url) as made_clients:
            google = made_clients.google(Budget.lasting(5, retries=0))
            return await google.revision_logs(SERVICE, "r-1", AT, **more), rpc

    return asyncio.run(story())


def pages(*given):
    """Answers with these pages in turn."""
    left = list(given)

    async def answer(method, request, context):
        found = left.pop(0)
        return found if isinstance(found, bytes) else ListLogEntriesResponse.serialize(found)

    return answer


def page(*seconds, token=""):
    entries = [
        LogEntry(timestamp=AT + timedelta(seconds=each), insert_id=str(each), text_payload="x")
        for each in seconds
    ]
    return ListLogEntriesResponse(entries=entries, next_page_token=token)


class TestReading:
    def test_one_page_is_all(self):
        logged, rpc = asked(pages(page(1, 2)))
        assert ([each.at.second for each in logged.entries], logged.complete) == ([1, 2], True)
        assert rpc.calls == ["ListLogEntries"]

    def test_an_empty_page_is_not_the_last_one(self):
        logged, rpc = asked(pages(page(token="a"), page(3)))
        assert ([each.at.second for each in logged.entries], logged.complete) == ([3], True)
        assert len(rpc.calls) == 2

    def test_a_search_without_an_end_is_bounded_and_not_complete(self):
        logged, rpc = asked(pages(*[page(token="a") for _ in range(8)]))
        assert (logged.entries, logged.complete) == ((), False)
        assert len(rpc.calls) == 8

    def test_both_ends_are_merged_and_told_to_be_two(self):
        first = [page(each, token="a") for each in range(4)]
        last = [page(59 - each, token="b") for each in range(4)]
        logged, _ = asked(pages(*first, *last))
        assert [each.at.second for each in logged.entries] == [0, 1, 2, 3, 56, 57, 58, 59]
        assert not logged.complete

    def test_ends_that_meet_are_complete(self):
        first = [page(each, token="a") for each in range(4)]
        logged, rpc = asked(pages(*first, page(5, 4, 3, token="b")))
        assert [each.at.second for each in logged.entries] == [0, 1, 2, 3, 4, 5]
        assert logged.complete
        assert len(rpc.calls) == 5

    def test_what_is_forbidden_names_permission_and_role(self):
        with pytest.raises(Forbidden) as refused:
            asked(rpc_error("PERMISSION_DENIED"))
        assert refused.value.permission == "logging.logEntries.list"
        assert "roles/logging.viewer" in refused.value.hint

    def test_what_cannot_be_parsed_is_no_answer(self):
        with pytest.raises(ProtocolError):
            asked(pages(b"\xff\xff\xff\xff"))

    def test_a_service_that_nobody_places_cannot_be_asked_about(self):
        async def story():
            async with clients() as made_clients:
                google = made_clients.google(Budget.lasting(5))
                google.revision_logs(Service(key="x"), "r-1", AT)

        with pytest.raises(ClientError, match="not placed in Cloud Run"):
            asyncio.run(story())


def test_the_client_is_loaded_alone_and_the_package_is_whole_for_others():
    program = (
        "import sys\n"
        "from netra_validate.clients.google import libraries\n"
        "from netra_validate.clients.google.access import LOGGING\n"
        "loaded = libraries.load(LOGGING.library)\n"
        "assert loaded.LoggingServiceV2AsyncClient\n"
        "assert 'google.cloud.logging_v2.handlers' not in sys.modules\n"
        "assert libraries.load(LOGGING.library) is loaded\n"
        "from google.cloud import logging_v2\n"
        "assert logging_v2.Client and logging_v2.types.LogEntry and logging_v2.handlers\n"
        "from google.cloud.logging_v2.services import logging_service_v2\n"
        "assert logging_service_v2 is loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
