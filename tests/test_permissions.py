"""What the checks need of Google Cloud: declared, asked for, printed, missed when it is gone."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from google.iam.v1.policy_pb2 import Policy

from netra_validate import config, registry, runner
from netra_validate.clients import Clients
from netra_validate.model import Outcome, Plane
from netra_validate.permissions import Standing, ask, chosen, definition, document, needs
from netra_validate.plan import Limits, Selection, plan
from netra_validate.sandbox import balancing, configuration, google_grpc, google_rest, launch
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.google_api import GoogleApi
from netra_validate.sandbox.identities import PROJECT_NAME, binding, member
from netra_validate.sandbox.names import NETWORK, PROJECT, SERVICES
from netra_validate.sandbox.postgres import programs
from netra_validate.sandbox.request_log import RequestLog, logged
from netra_validate.sandbox.services import Site, serving
from netra_validate.sandbox.staging import Conduct
from netra_validate.threads import run_to_end
from netra_validate.topology import Connector, Database, Endpoints, Environment, Service, Topology
from netra_validate.validation import validate

CHECKS = registry.load().checks
DECLARED = sorted({each for check in CHECKS.values() for each in check.permissions})

NEVER_ERROR = {
    "run.revisions.list": "finds the revision to go back to, for a remedy: no verdict rests on it",
}
"""Permissions without which every verdict is what it is, and why."""


def as_it_is(what):
    return what


class Sandbox:
    """The sandbox's Google APIs, and runs of the control plane against them."""

    def __init__(self, folder, api, ports):
        self.folder, self.api, self.ports = folder, api, ports

    async def run(self, *denied, only=(), faults=(), change=as_it_is, configured=as_it_is):
        """The results, where the callers do not have these permissions."""
        staging = broken(faults)
        services = {key: getattr(self.ports, key) for key in SERVICES} | {"front": self.ports.front}
        world = replace(staging.world, compute=balancing.placed(staging.world.compute, services))
        self.api.become(change(world), Conduct.WILLING, frozenset(denied))
        file = self.folder / "repository" / "netra-validate.toml"
        file.write_text(configured(configuration.toml(self.ports, staging.options)))
        selection = Selection(checks=tuple(only), planes=(Plane.CONTROL,))
        planned = plan(registry.load(), config.load(file), "sandbox", file.parent, selection)
        clients = Clients(planned.environment, file.parent)
        try:
            outcome = await runner.run(
                planned.probes, planned.environment, planned.topology, clients, Limits(retries=0)
            )
        finally:
            await clients.close()
        return outcome.results

    def endpoints(self):
        grpc = f"http://127.0.0.1:{self.ports.grpc}"
        return Endpoints(cloudresourcemanager=grpc)

    def requests(self):
        """What was asked so far."""
        lines = (self.folder / "requests.jsonl").read_text().splitlines()
        return [json.loads(line)["target"] for line in lines]


def in_sandbox(story):
    """What comes of ``story``, which is given a sandbox."""

    async def told(folder):
        (folder / "repository").mkdir()
        trustme.CA().cert_pem.write_to_path(folder / "ca.pem")
        log = RequestLog(folder / "requests.jsonl")
        api = GoogleApi(broken(()).world, Conduct.WILLING)
        rest = logged(google_rest.application(api), log, "rest", with_query=True)
        try:
            async with google_grpc.serve(api, log) as grpc, serving([Site(rest)]) as (port,):
                ports = configuration.Ports(
                    grpc=grpc, rest=port, backend=1, auth=2, frontend=3, front=4, http=5
                )
                return await story(Sandbox(folder, api, ports))
        finally:
            log.close()

    with tempfile.TemporaryDirectory() as folder:
        return run_to_end(told(Path(folder)))


def by_a_role_of_their_own(world):
    """The backend has the database by a role that IAM must be asked about."""
    policy = Policy()
    policy.CopyFrom(world.policies[PROJECT_NAME])
    for each in policy.bindings:
        if member("backend") in each.members:
            each.members.remove(member("backend"))
    policy.bindings.append(binding(f"{PROJECT_NAME}/roles/backend", [member("backend")]))
    return replace(world, policies={**world.policies, PROJECT_NAME: policy})


def without_accounts(world):
    """The services do not say who they run as, so it is the project's default account."""
    services = {}
    for name, each in world.services.items():
        services[name] = type(each)(each)
        services[name].template.service_account = ""
    return replace(world, services=services)


def never_ready(world):
    """No revision of any service has been ready so far, and the latest has the traffic."""
    services = {}
    for name, each in world.services.items():
        services[name] = type(each)(each)
        services[name].latest_ready_revision = ""
        latest = each.latest_created_revision.rpartition("/")[2]
        services[name].traffic_statuses[0].revision = latest
    return replace(world, services=services)


def without_a_network(toml):
    """The configuration does not say where the connector is to lead: the database does."""
    return toml.replace(f'network = "{NETWORK}"\n', "")


ASKED_WHERE = {
    "certificatemanager.certmapentries.list": {"faults": ["certificate-map"]},
    "certificatemanager.certs.get": {"faults": ["certificate-map"]},
    "cloudsql.instances.get": {"configured": without_a_network},
    "compute.backendServices.list": {"faults": ["unused-health-check"]},
    "compute.instanceGroupManagers.list": {"faults": ["unused-health-check"]},
    "iam.roles.get": {"change": by_a_role_of_their_own},
    "resourcemanager.projects.get": {"change": without_accounts},
    "run.revisions.list": {"faults": ["container-exits", "start-up-fails"], "change": never_ready},
}
"""Where a permission is needed that a healthy environment does not need."""


def declaring(permission, plane=Plane.CONTROL):
    """The checks of a plane that say that they need it."""
    return [
        check.id
        for check in CHECKS.values()
        if check.plane is plane and permission in check.permissions
    ]


def test_a_permission_that_is_missing_is_named_by_an_error():
    """Each alone, on the control plane."""

    async def story(sandbox):
        silent = []
        for each in filter(declaring, DECLARED):
            where = ASKED_WHERE.get(each, {})
            results = await sandbox.run(each, only=declaring(each), **where)
            named = set()
            for result in results:
                told = set(re.findall(r"\w+\.\w+\.\w+", result.reason or "")) & set(DECLARED)
                assert told <= {each}, f"{result.id} lacks {each} and names {told}"
                if told:
                    named.add(result.check)
                    assert result.outcome in {Outcome.ERROR, Outcome.FAIL}
            if not named:
                silent.append(each)
        return silent

    assert in_sandbox(story) == sorted(NEVER_ERROR)


CONNECTING = {
    "cloudsql.instances.connect": "connector-forbidden",
    "cloudsql.instances.login": "login-forbidden",
}
"""What only a connection to the database takes, and the scenario in which it is missing."""


def test_what_the_control_plane_does_not_ask_for_is_asked_for_when_connecting():
    assert [each for each in DECLARED if not declaring(each)] == sorted(CONNECTING)


@pytest.mark.skipif(not programs(), reason="there is no PostgreSQL")
@pytest.mark.parametrize("permission", list(CONNECTING))
def test_a_permission_that_is_missing_when_connecting_is_named(permission):
    with launch([CONNECTING[permission]]) as sandbox:
        configuration_of = config.load(sandbox.config_path)
        folder = sandbox.config_path.parent
        only = Selection(checks=tuple(declaring(permission, Plane.DATA)))
        planned = plan(registry.load(), configuration_of, "sandbox", folder, only)
        report = run_to_end(validate(planned, Limits(retries=0)))
    (probe,) = report.probes
    assert probe.outcome is Outcome.ERROR
    assert permission in probe.reason


NEEDS = [
    (r"/google.cloud.run.v2.Services/GetService ", "run.services.get"),
    (r"/google.cloud.run.v2.Services/GetIamPolicy ", "run.services.getIamPolicy"),
    (r"/google.cloud.run.v2.Revisions/GetRevision ", "run.revisions.get"),
    (r"/google.cloud.run.v2.Revisions/ListRevisions ", "run.revisions.list"),
    (r"/google.cloud.run.v2.Jobs/GetJob ", "run.jobs.get"),
    (r"/google.cloud.vpcaccess.v1.VpcAccessService/GetConnector ", "vpcaccess.connectors.get"),
    (r"/google.logging.v2.LoggingServiceV2/ListLogEntries ", "logging.logEntries.list"),
    (r"/google.cloud.resourcemanager.v3.Projects/GetProject ", "resourcemanager.projects.get"),
    (
        r"/google.cloud.resourcemanager.v3.Projects/GetIamPolicy ",
        "resourcemanager.projects.getIamPolicy",
    ),
    (r"/v1/projects/[^/]+/instances/[^/]+$", "cloudsql.instances.get"),
    (r"/v1/projects/[^/]+/operations\?", "cloudsql.instances.list"),
    (r"/v1/projects/[^/]+/secrets/[^/]+:getIamPolicy", "secretmanager.secrets.getIamPolicy"),
    (r"/v1/projects/[^/]+/secrets/[^/]+/versions/", "secretmanager.versions.get"),
    (r"/v1/projects/[^/]+/roles/", "iam.roles.get"),
    (r"/regions/[^/]+/networkEndpointGroups/", "compute.regionNetworkEndpointGroups.get"),
    (r"/v3/projects/[^/]+/timeSeries\?", "monitoring.timeSeries.list"),
    (r"/certificateMaps/[^/]+/certificateMapEntries", "certificatemanager.certmapentries.list"),
    (r"/locations/[^/]+/certificates/", "certificatemanager.certs.get"),
    (r"/global/urlMaps/", "compute.urlMaps.get"),
    (r"/global/backendServices/", "compute.backendServices.get"),
    (r"/aggregated/backendServices", "compute.backendServices.list"),
    (r"/aggregated/instanceGroupManagers", "compute.instanceGroupManagers.list"),
    (r"/global/targetHttpsProxies\?", "compute.targetHttpsProxies.list"),
    (r"/global/forwardingRules\?", "compute.globalForwardingRules.list"),
    (r"/global/sslCertificates/", "compute.sslCertificates.get"),
    (r"/global/healthChecks\?", "compute.healthChecks.list"),
]
"""What a request of the control plane takes, as the reference of each method has it.

Cloud Run: https://cloud.google.com/run/docs/reference/iam/permissions. Cloud SQL:
https://cloud.google.com/sql/docs/postgres/iam-permissions. Compute, Resource Manager, Secret
Manager, IAM, Logging, Monitoring and VPC Access: the section on permissions of each method in the
REST reference.
"""

ABOVE = re.compile(r"\.(Folders|Organizations)/")
"""What is above the project is asked where it may be read, and no role of a project grants it."""


def needed(target):
    found = [permission for pattern, permission in NEEDS if re.search(pattern, target)]
    assert len(found) == 1, f"{target}: say which permission it takes"
    return found[0]


def test_every_request_takes_a_permission_that_is_declared_and_every_declared_one_is_used():
    async def story(sandbox):
        used = {}
        for check in CHECKS.values():
            if check.plane is not Plane.CONTROL:
                continue
            used[check.id] = set()
            for where in ({}, *(ASKED_WHERE.get(each, {}) for each in check.permissions)):
                before = len(sandbox.requests())
                await sandbox.run(only=[check.id], **where)
                asked = [each for each in sandbox.requests()[before:] if not ABOVE.search(each)]
                used[check.id] |= set(map(needed, asked))
        return used

    for check, permissions in in_sandbox(story).items():
        assert permissions == set(CHECKS[check].permissions), check


BACKEND = Service(key="backend", cloud_run="netra-backend")
ELSEWHERE = Database(key="pg", instance="pg", project="data-project")
MAIN = Connector(key="main", name="main")
HERE = Environment(name="staging", project=PROJECT, region="us-central1")


def needs_of(*names, resources=(BACKEND,), environment=HERE):
    return needs([CHECKS[name] for name in names], environment, Topology(resources))


class TestNeeds:
    def test_are_the_union_and_say_which_check_each_is_for(self):
        found = {each.permission: each for each in needs_of("cloud-run", "startup-logs")}
        both = set(CHECKS["cloud-run"].permissions) | set(CHECKS["startup-logs"].permissions)
        assert set(found) == both
        assert found["run.services.get"].checks == ("cloud-run", "startup-logs")
        assert found["logging.logEntries.list"].checks == ("startup-logs",)

    def test_are_where_the_resources_are(self):
        found = {
            each.permission: each.projects
            for each in needs_of("cloud-sql", resources=(BACKEND, ELSEWHERE))
        }
        assert found["cloudsql.instances.get"] == ("data-project",)
        assert found["run.services.get"] == (PROJECT,)

    def test_without_a_project_are_nowhere(self):
        assert {each.projects for each in needs_of("cloud-run", environment=Environment())} == {()}

    def test_of_a_check_without_resources_count_only_where_it_is_asked_for(self):
        known, topology = registry.load(), Topology((BACKEND,))
        busy, idle = chosen(known, topology, Selection(), configured=True)
        assert "load-balancer" not in {each.id for each in busy}
        assert {"load-balancer", "cloud-sql"} <= {each.id for each in idle}
        assert "cors" not in {each.id for each in idle}
        busy, idle = chosen(known, topology, Selection(checks=("load-balancer",)), configured=True)
        assert ([each.id for each in busy], idle) == (["load-balancer"], [])
        busy, _ = chosen(known, Topology(), Selection(skip=("cors",)), configured=False)
        assert {each.id for each in busy} == set(CHECKS) - {"cors"}


class TestAsking:
    def test_tells_what_is_held_and_what_is_not(self):
        wanted = needs_of("cloud-run")

        async def story(sandbox):
            sandbox.api.denied = frozenset({"run.jobs.get"})
            environment = replace(HERE, endpoints=sandbox.endpoints())
            return await ask(wanted, environment), sandbox.requests()

        tested, asked = in_sandbox(story)
        missing = [
            each for each, how in tested.standings[PROJECT].items() if how is Standing.MISSING
        ]
        assert missing == ["run.jobs.get"]
        assert not tested.all_held
        assert [each.split()[0].rpartition("/")[2] for each in asked] == ["TestIamPermissions"]

    def test_one_that_no_project_grants_does_not_hide_the_others(self):
        known = needs_of("cloud-run")
        odd = replace(known[0], permission="resourcemanager.folders.get")

        async def story(sandbox):
            return await ask([*known, odd], replace(HERE, endpoints=sandbox.endpoints()))

        found = in_sandbox(story).standings[PROJECT]
        assert found.pop("resourcemanager.folders.get") is Standing.UNTESTABLE
        assert set(found.values()) == {Standing.HELD}
        assert len(found) == len(known)

    def test_more_than_one_question_holds_are_asked_in_several(self):
        need = needs_of("cloud-run")[0]
        many = [replace(need, permission=f"plugin.things{number}.get") for number in range(250)]

        async def story(sandbox):
            tested = await ask(many, replace(HERE, endpoints=sandbox.endpoints()))
            return tested, sandbox.requests()

        tested, asked = in_sandbox(story)
        assert tested.all_held
        assert len(tested.standings[PROJECT]) == 250
        assert len(asked) == 3

    def test_a_project_that_is_not_there_is_a_problem_of_its_own(self):
        resources = (BACKEND, ELSEWHERE)
        wanted = needs_of("cloud-run", "cloud-sql", resources=resources)

        async def story(sandbox):
            return await ask(wanted, replace(HERE, endpoints=sandbox.endpoints()))

        tested = in_sandbox(story)
        assert set(tested.standings) == {PROJECT}
        assert set(tested.problems) == {"data-project"}
        assert not tested.all_held

    def test_without_an_api_it_says_so(self):
        environment = replace(HERE, endpoints=Endpoints(cloudresourcemanager="http://127.0.0.1:1"))
        tested = asyncio.run(ask(needs_of("cloud-run"), environment))
        assert "is not available" in tested.problems[PROJECT]


class Roles(BaseHTTPRequestHandler):
    """IAM, as far as ``gcloud iam roles create`` asks it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, json.loads(body)))
        answer = json.dumps({"name": f"{PROJECT_NAME}/roles/made", "etag": "BwU="}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_gcloud_makes_the_role_from_the_document(tmp_path):
    wanted = needs(list(CHECKS.values()), HERE, Topology((BACKEND,)))
    (tmp_path / "role.yaml").write_text(document(wanted))
    line = next(each for each in document(wanted).splitlines() if "iam roles create" in each)
    with ThreadingHTTPServer(("127.0.0.1", 0), Roles) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run(
            [shutil.which("gcloud"), *line.removeprefix("#").split()[1:]],
            cwd=tmp_path,
            env={
                **os.environ,
                "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
                "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
                "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM": f"http://127.0.0.1:{server.server_port}/",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        server.shutdown()
    assert done.returncode == 0, done.stderr
    # Before, it asks which permissions there are, to warn of those that are being tested.
    path, sent = server.asked[-1]
    assert path.startswith(f"/v1/projects/{PROJECT}/roles")
    assert sent["roleId"] == "netraValidate"
    assert sent["role"] == definition(wanted)
    # The limits of the API: https://cloud.google.com/iam/docs/reference/rest/v1/projects.roles.
    assert len(sent["role"]["title"]) <= 100
    assert len(sent["role"]["description"]) <= 300


def test_for_nothing_there_is_no_role():
    assert document(()) == "# These checks ask Google Cloud nothing: they need no role.\n"
