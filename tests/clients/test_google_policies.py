"""Policies, roles and versions of secrets, as the clients read them off real servers."""

import asyncio
from pathlib import Path

import pytest
from google.cloud import run_v2
from google.iam.v1.policy_pb2 import Policy as Message
from google.type.expr_pb2 import Expr
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import NotFound, ProtocolError
from netra_validate.clients.google.policies import Binding, Policy, of_json, of_message
from netra_validate.clients.google.revisions import Carried, Serving, Target
from netra_validate.clients.google.settings import SecretUse, Variable, settings
from netra_validate.sandbox.services import Site, serving
from netra_validate.threads import run_to_end
from netra_validate.topology import Endpoints, Environment

SECRET = "projects/p/secrets/jwt"


def asked(body, ask, *, status=200):
    """What ``ask`` makes of a server that answers everything with this body."""

    async def answer(request):
        seen.append(str(request.url.path) + "?" + request.url.query)
        return Response(body, status, media_type="application/json")

    seen = []
    application = Starlette(routes=[Route("/{path:path}", answer)])

    async def story():
        async with serving([Site(application)]) as (port,):
            url = f"http://127.0.0.1:{port}"
            environment = Environment(project="p", endpoints=Endpoints(secretmanager=url, iam=url))
            clients = Clients(environment, Path())
            ends_at = asyncio.get_running_loop().time() + 5
            try:
                return await ask(clients.google(Budget(ends_at=ends_at, retries=0)))
            finally:
                await clients.close()

    return run_to_end(story()), seen


class TestPolicies:
    def test_messages_and_json_say_the_same(self):
        message = Message()
        message.bindings.add(
            role="roles/x", members=["user:a@b.c"], condition=Expr(expression="request.time < x")
        )
        told = {
            "bindings": [
                {
                    "role": "roles/x",
                    "members": ["user:a@b.c"],
                    "condition": {"title": "t", "expression": "request.time < x"},
                }
            ]
        }
        expected = Policy(SECRET, (Binding("roles/x", ("user:a@b.c",), "request.time < x"),))
        assert of_message(SECRET, message) == of_json(SECRET, told) == expected

    def test_a_resource_without_a_policy_has_an_empty_one(self):
        assert of_json(SECRET, {"etag": "ACAB"}) == Policy(SECRET)

    @pytest.mark.parametrize(
        "body",
        [
            None,
            [],
            "x",
            {"bindings": {}},
            {"bindings": ["x"]},
            {"bindings": [{"members": []}]},
            {"bindings": [{"role": 1}]},
            {"bindings": [{"role": "roles/x", "members": "all"}]},
            {"bindings": [{"role": "roles/x", "members": [1]}]},
            {"bindings": [{"role": "roles/x", "condition": "x"}]},
        ],
    )
    def test_what_is_no_policy(self, body):
        assert of_json(SECRET, body) is None

    def test_the_version_that_has_conditions_is_asked_for(self):
        found, seen = asked('{"etag": "x"}', lambda google: google.secret_policy(SECRET))
        assert found == Policy(SECRET)
        assert seen == [f"/v1/{SECRET}:getIamPolicy?options.requestedPolicyVersion=3"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda google: google.secret_policy(SECRET),
        lambda google: google.secret_version(f"{SECRET}/versions/1"),
        lambda google: google.role("projects/p/roles/r"),
    ],
    ids=["policy", "version", "role"],
)
class TestBadAnswers:
    @pytest.mark.parametrize(
        "body", ["", "<html>", "[]", '"x"', "{", "[" * 100_000, ('{"name": 1, "bindings": 1, '
                 '"includedPermissions": 1}')],
        ids=["empty", "html", "list", "text", "cut", "deep", "numbers"],
    )  # fmt: skip
    def test_what_is_none_is_said_to_be_none(self, ask, body):
        with pytest.raises(ProtocolError):
            asked(body, ask)

    def test_what_there_is_not(self, ask):
        with pytest.raises(NotFound):
            asked("{}", ask, status=404)


def test_the_state_of_a_version_comes_with_its_number():
    body = '{"name": "projects/1/secrets/jwt/versions/7", "state": "ENABLED"}'
    found, seen = asked(body, lambda google: google.secret_version(f"{SECRET}/versions/latest"))
    assert found == ("7", "ENABLED")
    assert seen == [f"/v1/{SECRET}/versions/latest?"], "and not its content, which is :access"


def test_a_deleted_role_holds_nothing():
    body = '{"name": "x", "deleted": true, "includedPermissions": ["a.b.c"]}'
    assert asked(body, lambda google: google.role("projects/p/roles/r"))[0] == frozenset()
    body = body.replace("true", "false")
    assert asked(body, lambda google: google.role("projects/p/roles/r"))[0] == {"a.b.c"}


class TestSettings:
    SERVING = Serving(Target("b-1", 100, latest=True), Carried())

    def settings_of(self, **fields):
        return settings(self.SERVING, run_v2.Revision(**fields), "p")

    def test_variables_by_container_and_secrets_without_their_values(self):
        selector = {"secret_key_ref": {"secret": "jwt", "version": "3"}}
        containers = [
            {"name": "a", "env": [{"name": "X", "value": "1"}, {"name": "E"}]},
            {"name": "b", "env": [{"name": "S", "value_source": selector}]},
        ]
        found = self.settings_of(containers=containers, service_account="a@b.c")
        assert found.variables == (
            Variable("X", "a", "1"),
            Variable("E", "a", ""),
            Variable("S", "b", None),
        )
        assert found.secrets == (SecretUse("p", "jwt", "3", "variable S"),)
        assert (found.account, found.containers, found.revision) == ("a@b.c", 2, "b-1")

    def test_volumes_hold_the_latest_version_unless_they_say_another(self):
        volumes = [
            {"name": "one", "secret": {"secret": "projects/9/secrets/far"}},
            {"name": "two", "secret": {"secret": "near", "items": [{"path": "x", "version": "5"}]}},
            {"name": "tmp", "empty_dir": {}},
        ]
        assert self.settings_of(volumes=volumes).secrets == (
            SecretUse("9", "far", "latest", "volume one"),
            SecretUse("p", "near", "5", "volume two"),
        )

    def test_a_value_is_not_in_what_is_printed_of_a_variable(self):
        assert "hunter2" not in repr(Variable("X", "a", "hunter2"))
