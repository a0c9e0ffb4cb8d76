import asyncio
import json
import os
import shutil
import subprocess

import grpc
import grpc.aio
import httpx
import pytest
from google.api_core import exceptions
from google.cloud import run_v2, sqladmin_v1, vpcaccess_v1
from google.cloud.run_v2.services.revisions.transports import RevisionsGrpcAsyncIOTransport
from google.cloud.run_v2.services.services.transports import ServicesGrpcAsyncIOTransport
from google.cloud.vpcaccess_v1.services.vpc_access_service.transports import (
    VpcAccessServiceGrpcAsyncIOTransport,
)
from google.protobuf import json_format

from netra_validate.sandbox import launch
from netra_validate.sandbox.scenarios import faults_of
from netra_validate.sandbox.serving import running

PARENT = "projects/netra-sandbox/locations/us-central1"
BACKEND = f"{PARENT}/services/netra-backend"
CONNECTOR = f"{PARENT}/connectors/sandbox-connector"
INSTANCE = "projects/netra-sandbox/instances/sandbox-postgres"
CONNECTION_NAME = "netra-sandbox:us-central1:sandbox-postgres"

pytestmark = pytest.mark.usefixtures("without_a_database")


class Apis:
    """The official clients, and plain REST, pointed at a sandbox in this process."""

    def __init__(self, sandbox, channel, rest):
        self.sandbox = sandbox
        self.channel = channel
        self.services = run_v2.ServicesAsyncClient(
            transport=ServicesGrpcAsyncIOTransport(channel=channel)
        )
        self.revisions = run_v2.RevisionsAsyncClient(
            transport=RevisionsGrpcAsyncIOTransport(channel=channel)
        )
        self.connectors = vpcaccess_v1.VpcAccessServiceAsyncClient(
            transport=VpcAccessServiceGrpcAsyncIOTransport(channel=channel)
        )
        self.rest = rest

    async def service(self):
        return await self.services.get_service(name=BACKEND, retry=None, timeout=5)

    async def connector(self, name=CONNECTOR):
        return await self.connectors.get_connector(name=name, retry=None, timeout=5)

    async def instance(self):
        response = await self.rest.get(f"/v1/{INSTANCE}")
        response.raise_for_status()
        parsed = sqladmin_v1.DatabaseInstance.pb()()
        return sqladmin_v1.DatabaseInstance.wrap(json_format.ParseDict(response.json(), parsed))

    @property
    def log(self):
        lines = (self.sandbox.folder / "requests.jsonl").read_text(encoding="utf-8").splitlines()
        return [(line["method"], line["target"]) for line in map(json.loads, lines)]


def ask(folder, story, *scenarios):
    """Run ``story`` with clients of a sandbox in which these scenarios are."""

    async def asked():
        async with (
            running(faults_of(scenarios), folder) as sandbox,
            grpc.aio.insecure_channel(f"127.0.0.1:{sandbox.ports.grpc}") as channel,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{sandbox.ports.rest}") as rest,
        ):
            return await story(Apis(sandbox, channel, rest))

    return asyncio.run(asked())


def test_the_official_clients_read_a_healthy_project(tmp_path):
    async def story(apis):
        service = await apis.service()
        revision = await apis.revisions.get_revision(name=service.latest_ready_revision)
        connector = await apis.connector()
        listed = [each async for each in await apis.revisions.list_revisions(parent=BACKEND)]
        connectors = [each async for each in await apis.connectors.list_connectors(parent=PARENT)]
        return service, revision, connector, listed, connectors

    service, revision, connector, listed, connectors = ask(tmp_path, story)
    assert service.terminal_condition.state == run_v2.Condition.State.CONDITION_SUCCEEDED
    assert service.template.vpc_access.connector == connector.name
    assert revision.vpc_access == service.template.vpc_access
    assert revision.volumes[0].cloud_sql_instance.instances == [CONNECTION_NAME]
    assert revision.scaling.max_instance_count == 3
    assert listed[0] == revision
    assert [each.name[-9:] for each in listed] == ["00042-sbx", "00041-sbx"]
    assert connectors == [connector]
    assert connector.state == vpcaccess_v1.Connector.State.READY
    assert connector.network == "staging-vpc"


def test_rest_tells_the_same_as_grpc(tmp_path):
    async def story(apis):
        pairs = []
        for path, message, told in (
            (BACKEND, run_v2.Service, await apis.service()),
            (CONNECTOR, vpcaccess_v1.Connector, await apis.connector()),
        ):
            version = "v2" if message is run_v2.Service else "v1"
            body = (await apis.rest.get(f"/{version}/{path}")).json()
            pairs.append((json_format.ParseDict(body, message.pb()()), message.pb(told)))
        revision = (await apis.service()).latest_ready_revision
        listed = (await apis.rest.get(f"/v2/{BACKEND}/revisions")).json()["revisions"]
        single = (await apis.rest.get(f"/v2/{revision}")).json()
        connectors = (await apis.rest.get(f"/v1/{PARENT}/connectors")).json()["connectors"]
        return pairs, listed, single, connectors

    pairs, listed, single, connectors = ask(tmp_path, story)
    assert all(rest == told for rest, told in pairs)
    assert listed[0] == single
    assert [each["name"] for each in connectors] == [CONNECTOR]


def test_cloud_sql_speaks_as_the_real_api(tmp_path):
    async def story(apis):
        return (await apis.rest.get(f"/v1/{INSTANCE}")).json(), await apis.instance()

    body, instance = ask(tmp_path, story)
    assert body["state"] == "RUNNABLE"
    assert body["settings"]["dataDiskSizeGb"] == "10"
    assert body["settings"]["backupConfiguration"]["pointInTimeRecoveryEnabled"] is True
    assert body["connectionName"] == CONNECTION_NAME
    assert instance.settings.ip_configuration.private_network.endswith("/networks/staging-vpc")
    assert instance.server_ca_cert.expiration_time.year > 2030


@pytest.mark.parametrize("prefix", ["/v1", "/sql/v1beta4"])
def test_operations_are_those_of_the_instance(tmp_path, prefix):
    async def story(apis):
        path = f"{prefix}/projects/netra-sandbox/operations"
        mine = await apis.rest.get(path, params={"instance": "sandbox-postgres"})
        others = await apis.rest.get(path, params={"instance": "other"})
        return mine.json(), others.json()

    mine, others = ask(tmp_path, story)
    assert [each["operationType"] for each in mine["items"]] == ["BACKUP_VOLUME", "CREATE"]
    assert {each["status"] for each in mine["items"]} == {"DONE"}
    assert others["items"] == []


@pytest.mark.parametrize(
    ("scenario", "read", "expected"),
    [
        ("database-stopped", lambda i: i.settings.activation_policy.name, "NEVER"),
        ("database-suspended", lambda i: i.state.name, "SUSPENDED"),
        (
            "database-suspended",
            lambda i: [each.name for each in i.suspension_reason],
            ["BILLING_ISSUE"],
        ),
        (
            "database-wrong-network",
            lambda i: i.settings.ip_configuration.private_network.rsplit("/", 1)[1],
            "other-vpc",
        ),
        (
            "database-disk-full",
            lambda i: round(i.current_disk_size / i.settings.data_disk_size_gb / 2**30, 2),
            0.97,
        ),
        ("database-disk-full", lambda i: i.settings.storage_auto_resize, False),
    ],
)
def test_a_broken_database_says_what_its_scenario_says(tmp_path, scenario, read, expected):
    broken, healthy = tmp_path / "broken", tmp_path / "healthy"
    broken.mkdir()
    healthy.mkdir()
    assert read(ask(broken, Apis.instance, scenario)) == expected
    assert read(ask(healthy, Apis.instance)) != expected


@pytest.mark.parametrize(
    ("scenario", "read", "expected"),
    [
        ("connector-down", lambda c: c.state.name, "ERROR"),
        ("incident-1278", lambda c: c.state.name, "ERROR"),
        ("connector-wrong-network", lambda c: c.network, "other-vpc"),
    ],
)
def test_a_broken_connector_says_what_its_scenario_says(tmp_path, scenario, read, expected):
    assert read(ask(tmp_path, Apis.connector, scenario)) == expected


@pytest.mark.parametrize(
    ("scenario", "read", "expected"),
    [
        ("database-detached", lambda t: len(t.volumes), 0),
        ("connector-detached", lambda t: t.vpc_access.connector, ""),
        ("connector-renamed", lambda t: t.vpc_access.connector, f"{CONNECTOR}-v2"),
    ],
)
def test_a_revision_carries_what_its_scenario_says(tmp_path, scenario, read, expected):
    async def story(apis):
        service = await apis.service()
        revision = await apis.revisions.get_revision(name=service.latest_ready_revision)
        return read(service.template), read(revision)

    assert ask(tmp_path, story, scenario) == (expected, expected)


def test_both_connectors_are_ready_where_the_revision_carries_the_other(tmp_path):
    async def story(apis):
        return [(await apis.connector(name)).state.name for name in (CONNECTOR, f"{CONNECTOR}-v2")]

    assert ask(tmp_path, story, "connector-renamed") == ["READY", "READY"]


def test_the_incidents_new_revision_does_not_start(tmp_path):
    async def story(apis):
        listed = [each async for each in await apis.revisions.list_revisions(parent=BACKEND)]
        path = "/apis/serving.knative.dev/v1/namespaces/netra-sandbox/services/netra-backend"
        return await apis.service(), listed, (await apis.rest.get(path)).json()["status"]

    service, (created, ready, _), knative = ask(tmp_path, story, "incident-1278")
    assert service.latest_created_revision == created.name
    assert service.latest_ready_revision == ready.name
    (condition,) = created.conditions
    assert condition.state == run_v2.Condition.State.CONDITION_FAILED
    assert condition.revision_reason.name == "HEALTH_CHECK_CONTAINER_ERROR"
    assert knative["conditions"][0]["reason"] == "HealthCheckContainerError"
    assert knative["latestReadyRevisionName"] == "netra-backend-00042-sbx"


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("connector-missing", exceptions.NotFound),
        ("api-forbidden", exceptions.PermissionDenied),
        ("api-unavailable", exceptions.ServiceUnavailable),
    ],
)
def test_grpc_refuses_with_googles_status(tmp_path, scenario, error):
    async def story(apis):
        with pytest.raises(error) as refused:
            await apis.connector()
        return refused.value.message

    message = ask(tmp_path, story, scenario)
    if error is exceptions.PermissionDenied:
        assert message.startswith("Permission 'vpcaccess.connectors.get' denied on resource")
    if error is exceptions.NotFound:
        assert message == f"Resource '{CONNECTOR}' was not found"


@pytest.mark.parametrize(
    ("scenario", "path", "code", "status"),
    [
        ("database-missing", f"/v1/{INSTANCE}", 404, "NOT_FOUND"),
        ("connector-missing", f"/v1/{CONNECTOR}", 404, "NOT_FOUND"),
        ("healthy", f"/v2/{PARENT}/services/nope", 404, "NOT_FOUND"),
        ("healthy", "/v1/nowhere", 404, "NOT_FOUND"),
        ("api-forbidden", f"/v1/{INSTANCE}", 403, "PERMISSION_DENIED"),
        ("api-forbidden", f"/v2/{BACKEND}", 403, "PERMISSION_DENIED"),
        ("api-unavailable", f"/v1/{INSTANCE}", 503, "UNAVAILABLE"),
    ],
)
def test_rest_refuses_with_googles_body(tmp_path, scenario, path, code, status):
    response = ask(tmp_path, lambda apis: apis.rest.get(path), scenario)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["status"]) == (code, code, status)
    assert error["message"]


def test_a_forbidden_instance_names_the_permission(tmp_path):
    response = ask(tmp_path, lambda apis: apis.rest.get(f"/v1/{INSTANCE}"), "api-forbidden")
    error = response.json()["error"]
    assert "cloudsql.instances.get on resource instances/sandbox-postgres" in error["message"]
    assert error["errors"][0]["reason"] == "notAuthorized"


def test_hanging_apis_never_answer(tmp_path):
    async def story(apis):
        with pytest.raises(exceptions.DeadlineExceeded):
            await apis.connectors.get_connector(name=CONNECTOR, retry=None, timeout=0.3)
        with pytest.raises(httpx.ReadTimeout):
            await apis.rest.get(f"/v1/{INSTANCE}", timeout=0.3)

    ask(tmp_path, story, "api-hangs")


def test_nothing_can_be_changed_and_every_attempt_is_noted(tmp_path):
    async def story(apis):
        with pytest.raises(exceptions.MethodNotImplemented):
            await apis.services.delete_service(name=BACKEND, retry=None, timeout=5)
        refused = await apis.rest.delete(f"/v1/{INSTANCE}")
        await apis.connector()
        return refused.status_code, apis.log

    status, log = ask(tmp_path, story)
    assert status == 405
    assert log == [
        ("RPC", "/google.cloud.run.v2.Services/DeleteService"),
        ("DELETE", f"/v1/{INSTANCE}"),
        ("RPC", f"/google.cloud.vpcaccess.v1.VpcAccessService/GetConnector {CONNECTOR}"),
    ]


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_gcloud_describes_what_there_is():
    questions = {
        "run services describe netra-backend --region=us-central1 "
        "--format=value(status.latestReadyRevisionName)": "netra-backend-00042-sbx",
        "compute networks vpc-access connectors describe sandbox-connector --region=us-central1 "
        "--format=value(state)": "ERROR",
        "sql instances describe sandbox-postgres --format=value(state)": "RUNNABLE",
        "run services list --region=us-central1 "
        "--format=value(metadata.name)": "netra-auth\nnetra-backend\nnetra-frontend",
        "run revisions list --service=netra-auth --region=us-central1 "
        "--format=value(metadata.name)": "netra-auth-00042-sbx\nnetra-auth-00041-sbx",
        "compute url-maps list --format=value(name)": "sandbox-url-map",
        "compute backend-services describe auth-backend --global --format=value(protocol)": "HTTPS",
        "certificate-manager certificates describe mapped --format=value(managed.state)": "ACTIVE",
    }
    with launch(["connector-down", "certificate-map"]) as sandbox:
        asked = {
            question: subprocess.Popen(
                [shutil.which("gcloud"), *question.split()],
                env={**os.environ, **sandbox.gcloud_environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for question in questions
        }
        for question, process in asked.items():
            said, complained = process.communicate(timeout=60)
            assert said.strip() == questions[question], complained
