"""The sandbox's policies, roles and secrets, asked by the official clients and by gcloud."""

import asyncio
import os
import shutil
import subprocess
from dataclasses import replace

import grpc.aio
import httpx
import pytest
from google.api_core import exceptions
from google.cloud import resourcemanager_v3, run_v2
from google.iam.v1.policy_pb2 import Policy

from netra_validate.sandbox import google_grpc, google_rest, launch
from netra_validate.sandbox.google_api import GoogleApi
from netra_validate.sandbox.identities import (
    FOLDER,
    ORGANIZATION,
    PROJECT_NAME,
    PROJECT_NUMBER,
    binding,
    member,
)
from netra_validate.sandbox.knative import service as knative_service
from netra_validate.sandbox.names import PARENT
from netra_validate.sandbox.request_log import RequestLog
from netra_validate.sandbox.services import Site, serving
from netra_validate.sandbox.staging import Conduct
from netra_validate.sandbox.variables import JWT_SECRET, secret_name
from netra_validate.sandbox.world import healthy_world

CONDITION = 'request.time < timestamp("2030-01-01T00:00:00Z")'
SECRET = secret_name(JWT_SECRET)


class Apis:
    """Official clients of what there is over gRPC, and plain HTTP for the rest."""

    def __init__(self, channel, rest):
        self.channel, self.rest = channel, rest

    def client(self, kind):
        return kind(transport=kind.get_transport_class("grpc_asyncio")(channel=self.channel))

    async def policy(self, kind, name, version=3):
        request = {"resource": name, "options": {"requested_policy_version": version}}
        return await self.client(kind).get_iam_policy(request=request, retry=None, timeout=5)


def ask(tmp_path, story, world=None, conduct=Conduct.WILLING):
    log = RequestLog(tmp_path / "requests.jsonl")
    api = GoogleApi(world or healthy_world(), conduct)

    async def asked():
        async with (
            google_grpc.serve(api, log) as port,
            serving([Site(google_rest.application(api))]) as (rest_port,),
            grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{rest_port}") as rest,
        ):
            return await story(Apis(channel, rest))

    try:
        return asyncio.run(asked())
    finally:
        log.close()


def conditional():
    world = healthy_world()
    given = Policy(bindings=[binding("roles/x", [member("auth")], CONDITION)])
    names = (PROJECT_NAME, SECRET)
    return replace(world, policies={**world.policies, **dict.fromkeys(names, given)})


def test_the_official_clients_climb_from_the_project_to_the_organisation(tmp_path):
    async def story(apis):
        project = await apis.client(resourcemanager_v3.ProjectsAsyncClient).get_project(
            name=PROJECT_NAME
        )
        folder = await apis.client(resourcemanager_v3.FoldersAsyncClient).get_folder(
            name=project.parent
        )
        policies = [
            await apis.policy(resourcemanager_v3.ProjectsAsyncClient, PROJECT_NAME),
            await apis.policy(resourcemanager_v3.FoldersAsyncClient, folder.name),
            await apis.policy(resourcemanager_v3.OrganizationsAsyncClient, folder.parent),
            await apis.policy(run_v2.ServicesAsyncClient, f"{PARENT}/services/netra-auth"),
            await apis.policy(run_v2.ServicesAsyncClient, f"{PARENT}/services/netra-backend"),
        ]
        return project, folder, policies

    project, folder, policies = ask(tmp_path, story)
    assert (project.name, project.parent) == (f"projects/{PROJECT_NUMBER}", FOLDER)
    assert folder.parent == ORGANIZATION
    assert [[each.role for each in policy.bindings] for policy in policies] == [
        ["roles/cloudsql.client", "roles/logging.logWriter", "roles/owner"],
        ["roles/viewer"],
        ["roles/viewer"],
        ["roles/run.invoker"],
        [],
    ]


def test_conditions_come_in_the_third_version_only(tmp_path):
    async def story(apis):
        kind = resourcemanager_v3.ProjectsAsyncClient
        path = f"/v1/{SECRET}:getIamPolicy"
        return (
            [await apis.policy(kind, PROJECT_NAME, version) for version in (1, 3)],
            [
                (await apis.rest.get(path)).json(),
                (await apis.rest.get(f"{path}?options.requestedPolicyVersion=3")).json(),
            ],
        )

    (old, new), (old_told, new_told) = ask(tmp_path, story, conditional())
    assert old.bindings[0].role.startswith("roles/x_withcond_")
    assert not old.bindings[0].HasField("condition")
    assert (new.version, new.bindings[0].condition.expression) == (3, CONDITION)
    assert "condition" not in old_told["bindings"][0]
    assert new_told["bindings"][0]["condition"]["expression"] == CONDITION


def test_versions_of_secrets(tmp_path):
    async def story(apis):
        return [
            (await apis.rest.get(f"/v1/{SECRET}/versions/{version}")).json()
            for version in ("latest", "2", "9")
        ] + [(await apis.rest.get(f"/v1/{SECRET}/versions/3:access")).status_code]

    latest, second, missing, access = ask(tmp_path, story)
    assert latest == {"name": f"{SECRET}/versions/3", "state": "ENABLED", "etag": '"1"'}
    assert second["state"] == "DISABLED"
    assert missing["error"]["status"] == "NOT_FOUND"
    assert access == 404, "what is in a secret is served to nobody"


def test_roles_hold_what_they_hold(tmp_path):
    async def story(apis):
        return [
            (await apis.rest.get(f"/v1/{role}")).json()
            for role in ("roles/logging.logWriter", f"{PROJECT_NAME}/roles/backend", "roles/no")
        ]

    predefined, own, missing = ask(tmp_path, story)
    assert "logging.logEntries.create" in predefined["includedPermissions"]
    assert own["includedPermissions"] == ["cloudsql.instances.connect", "cloudsql.instances.get"]
    assert missing["error"]["code"] == 404


def test_who_may_not_ask_is_told_the_permission(tmp_path):
    async def story(apis):
        with pytest.raises(exceptions.PermissionDenied) as refused:
            await apis.policy(resourcemanager_v3.ProjectsAsyncClient, PROJECT_NAME)
        return refused.value.message, (await apis.rest.get(f"/v1/{SECRET}:getIamPolicy")).json()

    message, body = ask(tmp_path, story, conduct=Conduct.FORBIDDEN)
    assert "resourcemanager.projects.getIamPolicy" in message
    assert "secretmanager.secrets.getIamPolicy" in body["error"]["message"]


def test_the_older_form_of_a_service_tells_secrets_by_their_name():
    service = healthy_world().services[f"{PARENT}/services/netra-auth"]
    env = knative_service(service)["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "ENVIRONMENT", "value": "staging"} in env
    reference = {"secretKeyRef": {"name": JWT_SECRET, "key": "latest"}}
    assert {"name": "JWT_SECRET", "valueFrom": reference} in env


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_gcloud_reads_secrets():
    questions = {
        f"secrets get-iam-policy {JWT_SECRET} --format=value(bindings.role)": (
            "roles/secretmanager.secretAccessor"
        ),
        f"secrets versions list {JWT_SECRET} --format=csv[no-heading](name.basename(),state)": (
            "3,enabled\n2,disabled\n1,destroyed"
        ),
    }
    with launch() as sandbox:
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
