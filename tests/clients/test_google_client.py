"""The Google clients against real gRPC and HTTP servers on loopback that behave well and badly."""

import asyncio
import json
import os
import re
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import (
    ClientError,
    Forbidden,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unreachable,
)
from netra_validate.clients.google import calls, libraries
from netra_validate.clients.google.access import RUN, SQL_ADMIN, VPC_ACCESS
from netra_validate.clients.google.endpoints import endpoint
from netra_validate.clients.google.shared import Answers
from netra_validate.threads import run_to_end
from netra_validate.topology import Connector, Database, Endpoints, Environment, Service

SERVICE = Service(key="backend", cloud_run="netra-backend")
CONNECTOR = Connector(key="main", name="staging-connector")
DATABASE = Database(key="postgres", instance="staging-postgres")


class Rpc:
    """Answers every gRPC call with what ``answer`` says, and counts."""

    def __init__(self, answer):
        self.answer = answer
        self.calls = []
        self.metadata = []

    async def __call__(self, method, request, context):
        self.calls.append(method)
        self.metadata.append(dict(context.invocation_metadata()))
        return await self.answer(method, request, context)


@asynccontextmanager
async def grpc_server(answer):
    grpc = libraries.load("grpc")
    libraries.load("grpc.aio")
    rpc = Rpc(answer)

    class Handler(grpc.GenericRpcHandler):
        def service(self, details):
            async def unary(request, context):
                return await rpc(details.method.rpartition("/")[2], request, context)

            return grpc.unary_unary_rpc_method_handler(unary)

    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield rpc, f"http://127.0.0.1:{port}"
    finally:
        await server.stop(None)


class Rest:
    """An HTTP server that answers with ``answer(path) -> (status, body, headers)``."""

    def __init__(self, answer):
        self.requests = []
        self.released = threading.Event()
        rest = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                rest.requests.append((self.path, dict(self.headers)))
                told = answer(self.path, len(rest.requests))
                if told is None:
                    rest.released.wait(20)
                    return
                status, body, headers = told
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - http.server's name

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *args):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@asynccontextmanager
async def clients(**endpoints):
    environment = Environment(
        project="netra-staging", region="us-central1", endpoints=Endpoints(**endpoints)
    )
    made = Clients(environment, Path())
    try:
        yield made
    finally:
        await made.close()


def messages(kind):
    run, vpcaccess = (libraries.load(api.library) for api in (RUN, VPC_ACCESS))
    return getattr(run, kind, None) or getattr(vpcaccess, kind)


def encoded(message):
    return type(message).serialize(message)


def rpc_error(code, details="told so"):
    async def answer(method, request, context):
        await context.abort(getattr(libraries.load("grpc").StatusCode, code), details)

    return answer


def ask_grpc(answer, *, seconds=10.0, retries=0):
    """Ask for the service once; gives the answer, the server's record and the time it took."""

    async def main():
        async with grpc_server(answer) as (rpc, url), clients(run=url) as made:
            budget = Budget.lasting(seconds, retries=retries)
            await made._google_apis.access.grpc(RUN, budget)
            started = time.perf_counter()
            try:
                result = await made.google(budget).service(SERVICE)
            except ClientError as error:
                result = error
            return result, rpc, time.perf_counter() - started, budget

    return asyncio.run(main())


def ask_rest(answer, *, seconds=10.0, retries=0, what="instance"):
    async def main():
        with Rest(answer) as rest:
            async with clients(sqladmin=rest.url) as made:
                budget = Budget.lasting(seconds, retries=retries)
                await made._google_apis.access.library(SQL_ADMIN, budget)
                started = time.perf_counter()
                try:
                    result = await getattr(made.google(budget), what)(DATABASE)
                except ClientError as error:
                    result = error
                return result, rest, time.perf_counter() - started, budget

    return asyncio.run(main())


def as_json(status, document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return lambda _path, _count: (status, body, {"Content-Type": "application/json"})


class TestGrpc:
    def test_reads_a_service_a_revision_and_a_connector(self):
        async def answer(method, request, context):
            kinds = {"GetService": "Service", "GetRevision": "Revision"}
            kind = messages(kinds.get(method, "Connector"))
            name = request.decode("latin-1")[2:]  # one field: tag, length, name
            return encoded(kind(name=name))

        async def main():
            async with (
                grpc_server(answer) as (rpc, url),
                clients(run=url, vpcaccess=url) as made,
            ):
                google = made.google(Budget.lasting(10))
                service = await google.service(SERVICE)
                revision = await google.revision(SERVICE, "netra-backend-00001")
                connector = await google.connector(CONNECTOR)
                return service.name, revision.name, connector.name, rpc.metadata

        service, revision, connector, metadata = asyncio.run(main())
        place = "projects/netra-staging/locations/us-central1"
        assert service == f"{place}/services/netra-backend"
        assert revision == f"{place}/services/netra-backend/revisions/netra-backend-00001"
        assert connector == f"{place}/connectors/staging-connector"
        assert not any("authorization" in each for each in metadata)

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("NOT_FOUND", NotFound),
            ("PERMISSION_DENIED", Forbidden),
            ("UNAUTHENTICATED", Unauthenticated),
            ("RESOURCE_EXHAUSTED", RateLimited),
            ("UNAVAILABLE", Unreachable),
            ("DEADLINE_EXCEEDED", TimedOut),
            ("INTERNAL", ProtocolError),
            ("UNKNOWN", ProtocolError),
            ("UNIMPLEMENTED", ProtocolError),
            ("INVALID_ARGUMENT", Rejected),
        ],
    )
    def test_translates_every_status(self, code, error):
        result, rpc, _, _ = ask_grpc(rpc_error(code))
        assert type(result) is error
        assert "told so" not in result.message
        assert len(rpc.calls) == 1

    def test_names_the_missing_permission(self):
        result, _, _, _ = ask_grpc(rpc_error("PERMISSION_DENIED"))
        assert result.permission == "run.services.get"

    def test_an_answer_that_is_no_such_message_is_a_protocol_error(self):
        async def answer(method, request, context):
            return b"\xff\xff\xff not protobuf"

        result, _, _, _ = ask_grpc(answer)
        assert isinstance(result, ProtocolError)

    def test_a_hanging_api_times_out_in_time(self):
        async def answer(method, request, context):
            await asyncio.sleep(30)

        result, _, took, _ = ask_grpc(answer, seconds=0.8)
        assert isinstance(result, TimedOut)
        assert took < 5.0

    def test_messages_name_the_host_that_was_asked(self):
        async def main():
            async with clients(run="http://127.0.0.1:1") as made:
                await made._google_apis.access.grpc(RUN, Budget.lasting(30.0, retries=0))
                with pytest.raises((Unreachable, TimedOut)) as failed:
                    await made.google(Budget.lasting(1.0, retries=0)).service(SERVICE)
                return failed.value.message

        assert "run.googleapis.com at 127.0.0.1:1 " in asyncio.run(main())

    def test_a_closed_port_is_unreachable_in_time(self):
        async def main():
            async with clients(run="http://127.0.0.1:1") as made:
                budget = Budget.lasting(1.0, retries=0)
                await made._google_apis.access.grpc(RUN, budget)
                started = time.perf_counter()
                with pytest.raises((Unreachable, TimedOut)):
                    await made.google(budget).service(SERVICE)
                return time.perf_counter() - started

        assert asyncio.run(main()) < 1.2

    def test_a_web_server_in_its_place_is_a_protocol_error(self):
        page = b"<html>Hello</html>"
        with Rest(lambda _path, _count: (200, page, {"Content-Type": "text/html"})) as rest:

            async def main():
                async with clients(run=rest.url) as made:
                    await made.google(Budget.lasting(5, retries=0)).service(SERVICE)

            with pytest.raises((ProtocolError, Unreachable)):
                asyncio.run(main())

    def test_tries_again_what_can_pass_and_tells_the_attempts(self):
        async def answer(method, request, context):
            answer.count += 1
            if answer.count < 3:
                await context.abort(libraries.load("grpc").StatusCode.UNAVAILABLE, "later")
            return encoded(messages("Service")(name="netra-backend"))

        answer.count = 0
        result, rpc, _, budget = ask_grpc(answer, retries=3)
        assert result.name == "netra-backend"
        assert len(rpc.calls) == budget.attempts == 3

    def test_an_empty_message_is_a_protocol_error(self):
        async def answer(method, request, context):
            return b""

        assert isinstance(ask_grpc(answer)[0], ProtocolError)

    @pytest.mark.parametrize(
        "name",
        [
            "netra-backend-staging",
            "projects/netra-prod/locations/us-central1/services/netra-backend",
            "projects/netra-staging/locations/us-east1/services/netra-backend",
        ],
    )
    def test_an_answer_about_another_resource_is_a_protocol_error(self, name):
        async def answer(method, request, context):
            return encoded(messages("Service")(name=name))

        result = ask_grpc(answer)[0]
        assert isinstance(result, ProtocolError)
        assert "another resource than the Cloud Run service netra-backend" in result.message

    def test_a_project_by_its_number_may_be_the_same(self):
        name = "projects/1234/locations/us-central1/services/netra-backend"

        async def answer(method, request, context):
            return encoded(messages("Service")(name=name))

        assert ask_grpc(answer)[0].name == name

    def test_after_several_attempts_the_whole_time_is_told(self, monkeypatch):
        monkeypatch.setattr(calls, "ATTEMPT_S", 0.2)

        async def answer(method, request, context):
            await asyncio.sleep(30)

        result, rpc, took, _ = ask_grpc(answer, seconds=10.0, retries=2)
        assert isinstance(result, TimedOut)
        assert result.attempts == len(rpc.calls) == 3
        told = re.search(r"within ([0-9.]+) s", result.message)
        assert float(told[1]) == pytest.approx(took, abs=0.15)

    @pytest.mark.parametrize("code", ["PERMISSION_DENIED", "NOT_FOUND", "UNAUTHENTICATED"])
    def test_never_tries_again_what_cannot_pass(self, code):
        _, rpc, _, _ = ask_grpc(rpc_error(code), retries=3)
        assert len(rpc.calls) == 1


class TestRest:
    def test_reads_an_instance(self):
        document = {"name": "staging-postgres", "state": "RUNNABLE", "currentDiskSize": "1234"}
        result, rest, _, _ = ask_rest(as_json(200, document))
        assert result.state.name == "RUNNABLE"
        assert result.current_disk_size == 1234
        path, headers = rest.requests[0]
        assert path == "/v1/projects/netra-staging/instances/staging-postgres"
        assert not any(name.lower() == "authorization" for name in headers)

    def test_reads_operations(self):
        document = {"items": [{"name": "op-1", "status": "DONE", "operationType": "RESTART"}]}
        result, rest, _, _ = ask_rest(as_json(200, document), what="operations")
        assert [operation.name for operation in result] == ["op-1"]
        assert rest.requests[0][0].startswith(
            "/v1/projects/netra-staging/operations?instance=staging-postgres&maxResults="
        )

    def test_no_operations_are_none(self):
        result, _, _, _ = ask_rest(as_json(200, {}), what="operations")
        assert result == ()

    def test_values_newer_than_the_library_are_left_out(self):
        document = {
            "name": "staging-postgres",
            "state": "QUANTUM",
            "databaseVersion": "POSTGRES_99",
            "settings": {"activationPolicy": "MAYBE", "novel": [1]},
        }
        result, _, _, _ = ask_rest(as_json(200, document))
        assert result.name == "staging-postgres"
        assert result.state == 0

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (401, Unauthenticated),
            (403, Forbidden),
            (404, NotFound),
            (429, RateLimited),
            (500, ProtocolError),
            (502, Unreachable),
            (503, Unreachable),
            (504, TimedOut),
            (301, ProtocolError),
        ],
    )
    def test_translates_every_status(self, status, error):
        result, rest, _, _ = ask_rest(as_json(status, b"<html>\x1b[31msecret</html>"))
        assert type(result) is error
        assert "secret" not in result.message
        assert len(rest.requests) == 1

    def test_names_the_missing_permission(self):
        result, _, _, _ = ask_rest(as_json(403, {}))
        assert result.permission == "cloudsql.instances.get"
        result, _, _, _ = ask_rest(as_json(403, {}), what="operations")
        assert result.permission == "cloudsql.instances.list"

    def test_an_api_that_is_not_enabled_says_how_to_enable_it(self):
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}
        result, _, _, _ = ask_rest(as_json(403, {"error": {"code": 403, "details": [info]}}))
        assert result.hint == (
            "gcloud services enable sqladmin.googleapis.com --project=netra-staging"
        )

    @pytest.mark.parametrize(
        "body",
        [
            b"<html>404</html>",
            b'{"name": "staging-pos',
            b"",
            b"[]",
            b"{}",
            b'{"state": {"a": 1}}',
            b"\xff\xfe",
            b'{"name": "staging-postgres", "settings": "x"}',
            b'{"name": "staging-postgres", "settings": ["activationPolicy"]}',
            b'{"name": "staging-postgres", "settings": {"ipConfiguration": "none"}}',
            b'{"name": "staging-postgres", "ipAddresses": ["10.0.0.1"]}',
            b'{"name": "staging-postgres", "ipAddresses": {"type": "PRIVATE"}}',
            b'{"name": "staging-postgres", "currentDiskSize": %s}' % (b"9" * 5000),
            b'{"name": "staging-postgres", "currentDiskSize": "%s"}' % (b"9" * 5000),
            b'{"name": "staging-postgres", "currentDiskSize": 1e400}',
            b'{"name": "staging-postgres", "currentDiskSize": NaN}',
            b'{"name": "staging-postgres", "novel": %s}' % (b"9" * 5000),
            b'{"name": "staging-postgres", "state": "FAILED", "state": "RUNNABLE"}',
            b"[" * 100_000,
            b'{"name":' * 50_000,
        ],
    )
    def test_what_is_no_instance_is_a_protocol_error(self, body):
        result, _, _, _ = ask_rest(as_json(200, body))
        assert isinstance(result, ProtocolError)

    @pytest.mark.parametrize(
        "told",
        [
            {"name": "other"},
            {"project": "netra-prod"},
            {"connectionName": "netra-prod:us-central1:staging-postgres"},
            {"connectionName": "netra-staging:us-central1:staging-postgres-2"},
        ],
    )
    def test_an_answer_about_another_instance_is_a_protocol_error(self, told):
        document = {"name": "staging-postgres", "project": "netra-staging"} | told
        result, _, _, _ = ask_rest(as_json(200, document))
        assert isinstance(result, ProtocolError)
        assert "another resource than the Cloud SQL instance" in result.message

    @pytest.mark.parametrize("project", ["netra-staging", "123456789"])
    def test_an_answer_about_the_instance_is_taken_however_its_project_is_named(self, project):
        document = {
            "name": "staging-postgres",
            "project": project,
            "connectionName": f"{project}:us-central1:staging-postgres",
            "settings": {"userLabels": {"team": "x"}, "locationPreference": None, "novel": "x"},
            "serverCaCert": {"expirationTime": "2035-01-01T00:00:00Z"},
        }
        result, _, _, _ = ask_rest(as_json(200, document))
        assert result.name == "staging-postgres"

    def test_after_several_attempts_the_whole_time_is_told(self, monkeypatch):
        monkeypatch.setattr(calls, "ATTEMPT_S", 0.2)
        result, rest, took, _ = ask_rest(lambda _path, _count: None, seconds=10.0, retries=2)
        assert isinstance(result, TimedOut)
        assert result.attempts == len(rest.requests) == 3
        told = re.search(r"within ([0-9.]+) s", result.message)
        assert float(told[1]) == pytest.approx(took, abs=0.15)

    def test_a_quota_project_that_may_not_be_used_is_named(self):
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "USER_PROJECT_DENIED",
        }
        result, _, _, _ = ask_rest(as_json(403, {"error": {"code": 403, "details": [info]}}))
        assert result.permission == "serviceusage.services.use"

    def test_an_answer_without_end_is_cut_off(self):
        body = b'{"name": "' + b"x" * (5 * 1024 * 1024) + b'"}'
        result, _, _, _ = ask_rest(as_json(200, body))
        assert isinstance(result, ProtocolError)

    def test_a_hanging_api_times_out_in_time(self):
        result, _, took, _ = ask_rest(lambda _path, _count: None, seconds=0.8)
        assert isinstance(result, TimedOut)
        assert took < 5.0

    def test_tries_again_what_can_pass_and_tells_the_attempts(self):
        def answer(_path, count):
            if count < 3:
                return 429, b"", {"Retry-After": "0"}
            return 200, b'{"name": "staging-postgres"}', {}

        result, rest, _, budget = ask_rest(answer, retries=3)
        assert result.name == "staging-postgres"
        assert len(rest.requests) == budget.attempts == 3

    def test_a_redirect_is_not_followed(self):
        with Rest(as_json(200, {"name": "stolen"})) as thief:
            where = {"Location": f"{thief.url}/"}
            result, _, _, _ = ask_rest(lambda _path, _count: (302, b"", where))
            assert isinstance(result, ProtocolError)
            assert thief.requests == []


class TestSharing:
    def test_many_askers_cause_one_call(self):
        with Rest(as_json(200, {"name": "staging-postgres"})) as rest:

            async def main():
                async with clients(sqladmin=rest.url) as made:
                    asked = [made.google(Budget.lasting(10)).instance(DATABASE) for _ in range(9)]
                    return await asyncio.gather(*asked)

            answers = asyncio.run(main())
        assert len(rest.requests) == 1
        assert all(answer is answers[0] for answer in answers)

    def test_a_failure_is_the_same_for_all_and_not_asked_again(self):
        with Rest(as_json(403, {})) as rest:

            async def main():
                async with clients(sqladmin=rest.url) as made:
                    errors = []
                    for _ in range(3):
                        try:
                            await made.google(Budget.lasting(10)).instance(DATABASE)
                        except Forbidden as error:
                            errors.append(error)
                    return errors

            errors = asyncio.run(main())
        assert len(rest.requests) == 1
        assert len(errors) == 3
        assert all(error is errors[0] for error in errors)

    def test_an_asker_that_is_cancelled_leaves_the_call_to_the_others(self):
        async def main():
            answers, gate = Answers(), asyncio.Event()

            async def call(budget):
                await gate.wait()
                return "answer"

            async def ask():
                return await answers.ask("q", "it", Budget.lasting(10), call)

            first, second = asyncio.create_task(ask()), asyncio.create_task(ask())
            await asyncio.sleep(0)
            first.cancel()
            await asyncio.sleep(0)
            gate.set()
            assert await second == "answer"
            assert first.cancelled()

        asyncio.run(main())

    def test_an_asker_with_less_time_gives_up_alone(self):
        async def main():
            answers, gate = Answers(), asyncio.Event()

            async def call(budget):
                await gate.wait()
                return "answer"

            patient = answers.ask("q", "it", Budget.lasting(10), call)
            with pytest.raises(TimedOut, match="it gave no answer within"):
                await answers.ask("q", "it", Budget.lasting(0.1), call)
            gate.set()
            assert await patient == "answer"

        asyncio.run(main())

    def test_every_asker_learns_the_attempts(self):
        async def main():
            answers = Answers()

            async def call(budget):
                budget.note(3)

            budgets = [Budget.lasting(1), Budget.lasting(1)]
            for budget in budgets:
                await answers.ask("q", "it", budget, call)
            return [budget.attempts for budget in budgets]

        assert asyncio.run(main()) == [3, 3]

    def test_closing_stops_what_is_under_way(self):
        async def main():
            answers, ended = Answers(), []

            async def call(budget):
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.append(True)

            answers.ask("q", "it", Budget.lasting(10), call)
            await asyncio.sleep(0)
            await answers.close()
            return ended

        assert asyncio.run(main()) == [True]


class TestServingRevisions:
    @staticmethod
    def ask(revision_answer, **service):
        run = libraries.load(RUN.library)

        async def answer(method, request, context):
            if method == "GetService":
                return encoded(run.Service(name="netra-backend", **service))
            return await revision_answer(request, context)

        async def main():
            async with grpc_server(answer) as (_, url), clients(run=url) as made:
                return await made.google(Budget.lasting(10)).serving_revisions(SERVICE)

        return asyncio.run(main())

    def test_gives_those_with_traffic_and_the_latest_created(self):
        run = libraries.load(RUN.library)

        async def revision(request, context):
            connector = "old" if b"backend-1" in request else "new"
            name = request.decode().rpartition("/")[2]
            return encoded(run.Revision(name=name, vpc_access={"connector": connector}))

        serving = self.ask(
            revision,
            traffic_statuses=[{"revision": "backend-1", "percent": 100}],
            latest_ready_revision="x/revisions/backend-1",
            latest_created_revision="x/revisions/backend-2",
        )
        assert [(each.target.name, each.carried.connector, each.candidate) for each in serving] == [
            ("backend-1", "old", False),
            ("backend-2", "new", True),
        ]

    @pytest.mark.parametrize("service", [{}, {"traffic_statuses": [{"type_": 1, "percent": 100}]}])
    def test_a_service_without_any_revision_is_not_found(self, service):
        with pytest.raises(NotFound, match="netra-backend has no revision that serves"):
            self.ask(None, **service)

    def test_the_template_stands_in_for_its_own_revision_only(self):
        async def revision(request, context):
            await context.abort(libraries.load("grpc").StatusCode.PERMISSION_DENIED, "no")

        template = {"vpc_access": {"connector": "main"}}
        serving = self.ask(
            revision,
            template=template,
            latest_ready_revision="backend-1",
            latest_created_revision="backend-1",
        )
        assert serving[0].judged_by == "template"
        assert serving[0].carried.connector == "main"
        with pytest.raises(Forbidden) as caught:
            self.ask(
                revision,
                template=template,
                latest_ready_revision="backend-1",
                latest_created_revision="backend-2",
            )
        assert caught.value.permission == "run.revisions.get"


class TestEndpoints:
    def test_the_usual_one_is_trusted(self):
        usual = endpoint(None, "run.googleapis.com")
        assert (usual.address, usual.trusted, usual.secure) == (
            "run.googleapis.com:443", True, True,
        )  # fmt: skip

    @pytest.mark.parametrize(
        "address",
        ["http://127.0.0.1:80", "http://localhost:8080", "http://[::1]:9", "https://127.0.0.2:1/"],
    )
    def test_this_machine_is_not_sent_credentials(self, address):
        assert not endpoint(address, "run.googleapis.com").trusted

    @pytest.mark.parametrize(
        "address", ["https://us-central1-run.googleapis.com", "https://RUN.googleapis.com:443/"]
    )
    def test_google_over_tls_is_trusted(self, address):
        assert endpoint(address, "x").trusted

    @pytest.mark.parametrize(
        "address",
        [
            "http://run.googleapis.com",
            "https://run.googleapis.com.evil.example",
            "https://evilgoogleapis.com",
            "https://googleapis.com.evil.example",
            "https://run.googleapis.com@evil.example",
            "https://evil.example\\@run.googleapis.com",
            "https://evil.example#.googleapis.com",
            "https://evil.example/.googleapis.com",
            "https://run.googleapis.com:8443",
            "https://run.googleapis.com/other",
            "https://10.0.0.1",
            "http://192.168.1.1:80",
            "ftp://127.0.0.1",
            "127.0.0.1:80",
            "",
            "https://[::1",
            "https://127.0.0.1:port",
        ],
    )
    def test_everything_else_is_refused(self, address):
        with pytest.raises(ClientError, match="no address for a Google API"):
            endpoint(address, "run.googleapis.com")

    def test_the_client_refuses_by_itself(self):
        async def main():
            async with clients(run="https://evil.example") as made:
                await made.google(Budget.lasting(10)).service(SERVICE)

        with pytest.raises(ClientError, match=r"evil\.example is no address"):
            asyncio.run(main())


def key_file(folder, token_uri):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "key.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "netra-staging",
                "private_key_id": "1",
                "private_key": pem.decode(),
                "client_email": "ci@netra-staging.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": token_uri,
            }
        )
    )
    return path


class TestCredentials:
    @pytest.fixture(autouse=True)
    def _no_credentials_of_this_machine(self, monkeypatch, tmp_path):
        for name in list(os.environ):
            if name.startswith(("GOOGLE_", "CLOUDSDK_", "GCE_METADATA")):
                monkeypatch.delenv(name)
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
        monkeypatch.setenv("NO_GCE_CHECK", "true")

    @staticmethod
    def token(audience="https://backend.example", seconds=10.0):
        async def main():
            async with clients() as made:
                return await made.google(Budget.lasting(seconds)).identity_token(audience)

        return run_to_end(main())

    def test_none_at_all_says_how_to_log_in(self):
        with pytest.raises(Unauthenticated) as caught:
            self.token()
        assert caught.value.hint == "run gcloud auth application-default login"

    def test_a_file_that_is_missing_is_named_by_its_variable(self, monkeypatch):
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent.json")
        with pytest.raises(Unauthenticated, match="GOOGLE_APPLICATION_CREDENTIALS"):
            self.token()

    def test_a_broken_file_is_unauthenticated(self, monkeypatch, tmp_path):
        broken = tmp_path / "broken.json"
        broken.write_text('{"type": "service_account"}')
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(broken))
        with pytest.raises(Unauthenticated):
            self.token()

    def test_a_service_account_mints_a_token_for_its_audience(self, monkeypatch, tmp_path):
        payload = "eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDB9.c2ln"  # expires in 2100
        with Rest(as_json(200, {"id_token": payload})) as rest:
            monkeypatch.setenv(
                "GOOGLE_APPLICATION_CREDENTIALS", str(key_file(tmp_path, f"{rest.url}/token"))
            )
            assert self.token() == payload
        assert [path for path, _ in rest.requests] == ["/token"]

    def test_refused_credentials_are_unauthenticated(self, monkeypatch, tmp_path):
        with Rest(as_json(400, {"error": "invalid_grant"})) as rest:
            monkeypatch.setenv(
                "GOOGLE_APPLICATION_CREDENTIALS", str(key_file(tmp_path, f"{rest.url}/token"))
            )
            with pytest.raises(Unauthenticated, match="refused"):
                self.token()

    def test_a_token_server_that_hangs_holds_nothing_up(self, monkeypatch, tmp_path):
        with Rest(lambda _path, _count: None) as rest:
            monkeypatch.setenv(
                "GOOGLE_APPLICATION_CREDENTIALS", str(key_file(tmp_path, f"{rest.url}/token"))
            )
            libraries.load(RUN.library)
            started = time.perf_counter()
            with pytest.raises(TimedOut):
                self.token(seconds=1.5)
            assert time.perf_counter() - started < 8

    def test_a_user_cannot_mint_one(self, monkeypatch, tmp_path):
        user = tmp_path / "user.json"
        user.write_text(
            json.dumps(
                {
                    "type": "authorized_user",
                    "client_id": "a",
                    "client_secret": "b",
                    "refresh_token": "c",
                    "quota_project_id": "netra-staging",
                }
            )
        )
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(user))
        with pytest.raises(Unauthenticated, match="a user's own credentials cannot mint"):
            self.token()

    def test_a_search_for_credentials_is_made_once(self, monkeypatch):
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent.json")

        async def main():
            async with clients() as made:
                errors = []
                for audience in ("a", "b"):
                    try:
                        await made.google(Budget.lasting(10)).identity_token(audience)
                    except Unauthenticated as error:
                        errors.append(error)
                return errors

        first, second = run_to_end(main())
        assert first is second

    def test_a_question_to_google_itself_goes_out_with_credentials_or_not_at_all(self):
        async def main():
            async with clients() as made:
                await made.google(Budget.lasting(10)).service(SERVICE)

        with pytest.raises(Unauthenticated, match="no Google credentials"):
            run_to_end(main())

    def test_headers_carry_the_access_token(self, monkeypatch, tmp_path):
        with Rest(as_json(200, {"access_token": "ya29.x", "expires_in": 3600})) as rest:
            monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "netra-staging")
            monkeypatch.setenv(
                "GOOGLE_APPLICATION_CREDENTIALS", str(key_file(tmp_path, f"{rest.url}/token"))
            )

            async def main():
                async with clients() as made:
                    credentials = made._google_apis.access.credentials
                    budget = Budget.lasting(10)
                    first = await credentials.headers("https://run.googleapis.com", budget)
                    await credentials.headers("https://run.googleapis.com", budget)
                    return first

            headers = run_to_end(main())
        assert headers["authorization"] == "Bearer ya29.x"
        assert headers["x-goog-user-project"] == "netra-staging"
        assert len(rest.requests) == 1


class TestProcess:
    @staticmethod
    def python(code):
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={name: value for name, value in os.environ.items() if name != "GRPC_VERBOSITY"},
        )

    def test_importing_the_client_loads_no_library_of_googles(self):
        done = self.python("""
            import sys
            import netra_validate.clients.google, netra_validate.clients.google.revisions
            heavy = {"grpc", "google", "httpx", "tenacity"} & set(sys.modules)
            print(sorted(heavy))
        """)
        assert (done.stdout.strip(), done.stderr) == ("[]", "")

    def test_nothing_of_grpcs_reaches_the_terminal(self):
        done = self.python("""
            import asyncio
            from pathlib import Path
            from netra_validate.clients import Clients
            from netra_validate.clients.budget import Budget
            from netra_validate.clients.errors import ClientError
            from netra_validate.topology import Connector, Endpoints, Environment, Service

            async def no_tls(reader, writer):
                writer.write(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n")
                writer.close()

            async def main():
                server = await asyncio.start_server(no_tls, "127.0.0.1", 0)
                # A failed handshake is what gRPC's C core has most to say about.
                where = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
                environment = Environment(project="p", region="r",
                                          endpoints=Endpoints(run=where, vpcaccess=where))
                clients = Clients(environment, Path())
                google = clients.google(Budget.lasting(3, retries=1))
                pending = google.connector(Connector(key="c", name="c"))
                try:
                    await google.service(Service(key="s", cloud_run="s"))
                except ClientError as error:
                    print(type(error).__name__)
                await clients.close()
                server.close()

            asyncio.run(main())
        """)
        assert done.stderr == ""
        assert done.stdout.strip() in {"Unreachable", "TimedOut"}
        assert done.returncode == 0

    def test_the_loop_goes_on_while_the_libraries_are_imported(self):
        done = self.python("""
            import asyncio, time
            from netra_validate.clients.budget import Budget
            from netra_validate.clients.google.access import RUN
            from netra_validate.clients.google.libraries import in_thread, load

            async def main():
                worst, last, ended = 0.0, time.perf_counter(), False
                loading = asyncio.create_task(
                    in_thread(lambda: load(RUN.library), Budget.lasting(60), 60, "importing")
                )
                while not loading.done():
                    await asyncio.sleep(0.001)
                    now = time.perf_counter()
                    worst, last = max(worst, now - last), now
                print(worst)

            asyncio.run(main())
        """)
        assert done.stderr == ""
        assert float(done.stdout) < 0.4  # imports take 0.7 s and more
