from dataclasses import replace
from datetime import UTC, datetime

import pytest
from gcloud_commands import problems_of
from google.cloud import run_v2
from google.iam.v1.policy_pb2 import Policy as Message
from permission_worlds import examine

from checks.identity import Identity, remedies
from checks.identity.conditions import Target, holds
from checks.identity.grants import Need, judge
from checks.identity.members import Account, includes
from checks.identity.roles import ACCESS, CONNECT, HOLDERS, INVOKE, WITHOUT
from netra_validate import Environment, Outcome, Service, Severity
from netra_validate.clients.google.policies import Binding, Policy
from netra_validate.model import Effect, Rollout
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.identities import (
    DEFAULT_ACCOUNT,
    FOLDER,
    ORGANIZATION,
    PROJECT_NAME,
    PROJECT_NUMBER,
    account,
    binding,
    member,
)
from netra_validate.sandbox.names import PARENT, PROJECT, SERVICES
from netra_validate.sandbox.variables import DATABASE_PASSWORD, JWT_SECRET, from_secret, secret_name
from netra_validate.sandbox.world import healthy_world
from netra_validate.testing import run_check

BACKEND = Service(key="backend", cloud_run="netra-backend")
AUTH = Service(key="auth", cloud_run="netra-auth")
FRONTEND = Service(key="frontend", cloud_run="netra-frontend")
EMAIL = "backend@netra.iam.gserviceaccount.com"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = Target(
    "secretmanager.googleapis.com/SecretVersion",
    ("projects/42/secrets/jwt/versions/latest", "projects/p/secrets/jwt/versions/latest"),
    named=True,
)
CALLS = Identity.Options(calls=("auth",))


def rules(result):
    for finding in result.findings:
        assert problems_of(finding.remediation) == []
        effects = [command.effect is Effect.READS for command in finding.remediation.commands]
        assert effects == sorted(effects, reverse=True), "those that look come first"
        assert effects[0], "look before you change"
        assert all(
            command.undo
            for command in finding.remediation.commands
            if command.effect is not Effect.READS
        )
    return [finding.rule.removeprefix("identity.") for finding in result.findings]


class TestMembers:
    @pytest.mark.parametrize(
        ("named", "expected"),
        [
            (f"serviceAccount:{EMAIL}", True),
            (f"serviceAccount:{EMAIL.upper()}", True),
            ("serviceAccount:other@netra.iam.gserviceaccount.com", False),
            (f"user:{EMAIL}", False),
            ("allUsers", True),
            ("allAuthenticatedUsers", True),
            ("domain:netra.iam.gserviceaccount.com", False),
            (f"deleted:serviceAccount:{EMAIL}?uid=1", False),
            ("deleted:group:all@netra.example?uid=1", False),
            ("group:all@netra.example", None),
            ("projectEditor:netra", None),
            (f"principal://iam.googleapis.com/projects/-/serviceAccounts/{EMAIL}", True),
            ("principal://iam.googleapis.com/projects/-/serviceAccounts/x@y.z", False),
            (
                "principalSet://cloudresourcemanager.googleapis.com/projects/42/type/ServiceAccount",
                True,
            ),
            (
                "principalSet://cloudresourcemanager.googleapis.com/projects/43/type/ServiceAccount",
                False,
            ),
            (
                "principalSet://cloudresourcemanager.googleapis.com/folders/4/type/ServiceAccount",
                None,
            ),
            (
                (
                    "principalSet://iam.googleapis.com/projects/42/locations/global/"
                    "workloadIdentityPools/github/*"
                ),
                False,
            ),
            ("somethingNew:x", None),
        ],
    )
    def test_who_is_the_account(self, named, expected):
        assert includes(named, Account(EMAIL, "42")) is expected

    def test_all_accounts_of_a_project_whose_number_is_not_known(self):
        named = "principalSet://cloudresourcemanager.googleapis.com/projects/42/type/ServiceAccount"
        assert includes(named, Account(EMAIL)) is None


class TestConditions:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("", True),
            ('request.time < timestamp("2026-01-02T00:00:00Z")', True),
            ("request.time<timestamp('2026-01-02T00:00:00Z')", True),
            ('request.time < timestamp("2026-01-01T00:00:00Z")', False),
            ('request.time <= timestamp("2026-01-01T00:00:00Z")', True),
            ('request.time >= timestamp("2026-01-01T00:00:00Z")', True),
            ('request.time > timestamp("2026-01-01T00:00:00Z")', False),
            ('request.time < timestamp("soon")', None),
            ('resource.name.startsWith("projects/42/secrets/j")', True),
            ('resource.name.startsWith("projects/42/secrets/k")', False),
            ('resource.name.endsWith("/versions/latest")', True),
            ('resource.name == "projects/p/secrets/jwt/versions/latest"', True),
            ('resource.name != "projects/p/secrets/jwt/versions/latest"', False),
            ('resource.type == "secretmanager.googleapis.com/SecretVersion"', True),
            ('resource.type == "secretmanager.googleapis.com/Secret"', False),
            ('resource.service == "secretmanager.googleapis.com"', True),
            ('resource.service != "secretmanager.googleapis.com"', False),
            (
                (
                    'resource.name.startsWith("projects/42/") && '
                    'request.time < timestamp("2025-01-01T00:00:00Z")'
                ),
                False,
            ),
            (
                (
                    'resource.name.startsWith("projects/42/") && '
                    'request.time < timestamp("2027-01-01T00:00:00Z")'
                ),
                True,
            ),
            ('resource.matchTag("1/env", "staging")', None),
            ('!(request.time < timestamp("2025-01-01T00:00:00Z"))', None),
            (
                (
                    'request.time < timestamp("2025-01-01T00:00:00Z") || '
                    'request.time > timestamp("2025-06-01T00:00:00Z")'
                ),
                None,
            ),
            (
                (
                    '(request.time < timestamp("2025-01-01T00:00:00Z") && a) || b && '
                    'request.time < timestamp("2025-01-01T00:00:00Z")'
                ),
                None,
            ),
        ],
    )
    def test_what_holds(self, expression, expected):
        assert holds(expression, SECRET, NOW) is expected

    def test_a_name_that_conditions_may_spell_otherwise_is_not_refuted(self):
        target = replace(SECRET, named=False)
        assert holds('resource.name.startsWith("projects/43/")', target, NOW) is None
        assert holds('resource.name.startsWith("projects/42/")', target, NOW) is True


class TestGrants:
    NEED = Need(CONNECT, "roles/cloudsql.client", Target("sqladmin.googleapis.com/Instance"))
    ACCOUNT = Account(EMAIL)

    def verdict(self, *bindings, roles=None):
        policies = [Policy("projects/p", tuple(bindings))]
        return judge(self.NEED, self.ACCOUNT, policies, roles or {}, NOW)

    def test_a_role_that_holds_the_permission_grants_it(self):
        for role in HOLDERS[CONNECT]:
            found = self.verdict(Binding(role, (f"serviceAccount:{EMAIL}",)))
            assert found.granted_by == f"{role} on projects/p"

    def test_a_role_that_does_not_hold_it_is_not_asked_for(self):
        for role in WITHOUT[CONNECT]:
            found = self.verdict(Binding(role, (f"serviceAccount:{EMAIL}",)))
            assert (found.granted_by, found.unknown_roles) == (None, ())

    def test_editors_may_call_and_connect_and_read_no_secret(self):
        assert "roles/editor" in HOLDERS[CONNECT] & HOLDERS[INVOKE]
        assert "roles/editor" in WITHOUT[ACCESS]

    def test_a_role_that_nobody_knows_is_to_be_asked_for(self):
        own = Binding("projects/p/roles/own", (f"serviceAccount:{EMAIL}",))
        assert self.verdict(own).unknown_roles == ("projects/p/roles/own",)
        assert self.verdict(own, roles={own.role: frozenset({CONNECT})}).granted_by
        assert self.verdict(own, roles={own.role: frozenset()}) == replace(
            self.verdict(own), unknown_roles=()
        )

    def test_one_that_iam_does_not_tell_leaves_it_open_unless_google_made_it(self):
        own = Binding("projects/p/roles/own", (f"serviceAccount:{EMAIL}",))
        assert self.verdict(own, roles={own.role: None}).unclear == (
            "what projects/p/roles/own holds",
        )
        other = replace(own, role="roles/logging.logWriter")
        assert self.verdict(other, roles={other.role: None}).unclear == ()

    def test_the_role_of_another_account_does_not_matter(self):
        found = self.verdict(Binding("projects/p/roles/own", ("user:a@b.c",)))
        assert (found.granted_by, found.unclear, found.unknown_roles) == (None, (), ())

    def test_what_is_sure_counts_before_what_is_not(self):
        found = self.verdict(
            Binding("roles/cloudsql.client", ("group:g@x.y",)),
            Binding("roles/cloudsql.client", (f"serviceAccount:{EMAIL}",)),
        )
        assert found.granted_by

    def test_a_group_and_a_condition_are_both_named(self):
        found = self.verdict(Binding("roles/cloudsql.client", ("group:g@x.y",), "a.b"))
        assert found.unclear == (
            "whether the condition of roles/cloudsql.client on projects/p holds",
            f"whether {EMAIL} is in group:g@x.y, which has roles/cloudsql.client on projects/p",
        )


def policy(world, name, *bindings):
    return replace(world, policies={**world.policies, name: Message(bindings=bindings)})


def deployed(world, key, change):
    name = f"{PARENT}/services/{SERVICES[key]}"
    service = run_v2.Service(world.services[name])
    change(service)
    return replace(world, services={**world.services, name: service})


def test_an_account_that_is_not_told_cannot_be_given_back():
    place = remedies.Place("netra-backend", "p", "r")
    for current, undone in (("old@p", True), ("", False)):
        *_, deploy = remedies.own_account(place, current, "new@p", Rollout()).commands
        assert "--service-account=new@p" in deploy.argv
        assert (deploy.undo is not None, deploy.no_undo is None) == (undone, undone)


class TestProbe:
    def test_a_healthy_one_passes_on_what_it_may(self):
        result, asked = examine(
            Identity, BACKEND, healthy_world(), options=CALLS, resources=(AUTH,)
        )
        assert (result.outcome, result.findings, result.reason) == (Outcome.PASS, (), None)
        assert result.observations["accounts"] == {"netra-backend-00042-sbx": account("backend")}
        assert result.observations["may"] == {
            "connect to the Cloud SQL instance sandbox-postgres": (
                f"roles/cloudsql.client on {PROJECT_NAME}"
            ),
            "read the secret netra-database-password": (
                "roles/secretmanager.secretAccessor on projects/netra-sandbox/secrets/"
                "netra-database-password"
            ),
            "read the secret netra-jwt-secret": (
                "roles/secretmanager.secretAccessor on projects/netra-sandbox/secrets/"
                "netra-jwt-secret"
            ),
            "call netra-auth": f"roles/run.invoker on {PARENT}/services/netra-auth",
        }
        assert len(asked) == len(set(asked))
        assert not any("Folder" in each or "roles/" in each for each in asked), "not needed"

    def test_the_default_account_is_a_warning(self):
        result, _ = examine(Identity, FRONTEND, broken(["default-account"]).world)
        assert (result.outcome, rules(result)) == (Outcome.WARN, ["default-account"])
        assert DEFAULT_ACCOUNT in result.findings[0].message

    def test_a_revision_without_an_account_runs_as_the_default_one(self):
        def nobody(service):
            service.template.service_account = ""

        world = deployed(healthy_world(), "frontend", nobody)
        result, _ = examine(Identity, FRONTEND, world)
        assert rules(result) == ["default-account"]
        assert DEFAULT_ACCOUNT in result.findings[0].message
        refused, _ = examine(Identity, FRONTEND, world, forbidden={"resourcemanager.projects.get"})
        assert (refused.outcome, refused.findings) == (Outcome.ERROR, ())
        assert "the permission resourcemanager.projects.get" in refused.reason

    def test_an_expected_default_account_is_fine(self):
        options = Identity.Options(account=DEFAULT_ACCOUNT)
        result, _ = examine(Identity, FRONTEND, broken(["default-account"]).world, options=options)
        assert result.outcome is Outcome.PASS

    def test_another_account_than_expected_is_an_error_that_can_be_undone(self):
        options = Identity.Options(account=account("auth"))
        result, _ = examine(Identity, FRONTEND, healthy_world(), options=options)
        assert (result.outcome, rules(result)) == (Outcome.FAIL, ["other-account"])
        change = result.findings[0].remediation.commands[-1]
        assert f"--service-account={account('auth')}" in change.argv
        assert f"--service-account={account('frontend')}" in change.undo

    def test_a_missing_role_is_granted_where_it_is_narrowest(self):
        world = broken(["role-missing", "secret-access-missing"]).world
        result, _ = examine(Identity, AUTH, world)
        assert rules(result) == ["cloud-sql-role", "secret-access"]
        database, secret = (each.remediation.commands[-1] for each in result.findings)
        assert database.argv == (
            "gcloud", "projects", "add-iam-policy-binding", PROJECT,
            f"--member={member('auth')}", "--role=roles/cloudsql.client", "--condition=None",
        )  # fmt: skip
        assert database.undo[2] == "remove-iam-policy-binding"
        assert secret.argv[:4] == ("gcloud", "secrets", "add-iam-policy-binding", JWT_SECRET)
        assert f"--project={PROJECT}" in secret.argv

    def test_a_call_that_is_not_allowed(self):
        world = broken(["invoker-missing"]).world
        result, _ = examine(Identity, BACKEND, world, options=CALLS, resources=(AUTH,))
        assert rules(result) == ["invoker"]
        grant = result.findings[0].remediation.commands[-1]
        assert grant.argv[:5] == (
            "gcloud",
            "run",
            "services",
            "add-iam-policy-binding",
            "netra-auth",
        )
        assert "--region=us-central1" in grant.argv

    def test_a_service_that_checks_no_invoker_lets_everybody_in(self):
        def opened(service):
            service.invoker_iam_disabled = True

        world = deployed(broken(["invoker-missing"]).world, "auth", opened)
        result, _ = examine(Identity, BACKEND, world, options=CALLS, resources=(AUTH,))
        assert result.outcome is Outcome.PASS
        assert result.observations["may"]["call netra-auth"] == "its invoker check is turned off"

    @pytest.mark.parametrize(
        "resources", [(), (Service(key="auth", url="https://auth.example.com"),)]
    )
    def test_a_callee_that_is_none_is_not_verified(self, resources):
        result, _ = examine(Identity, BACKEND, healthy_world(), options=CALLS, resources=resources)
        assert result.outcome is Outcome.ERROR
        assert result.reason.startswith("calls names auth, which is no service in Cloud Run; set ")

    def test_a_callee_that_cannot_be_looked_at_is_not_verified(self):
        nowhere = Service(key="auth", cloud_run="netra-nowhere")
        result, _ = examine(Identity, BACKEND, healthy_world(), options=CALLS, resources=(nowhere,))
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert "netra-nowhere does not exist" in result.reason

    @pytest.mark.parametrize("name", ["group-binding", "unclear-condition"])
    def test_what_is_not_clear_is_no_pass(self, name):
        result, _ = examine(Identity, AUTH, broken([name]).world)
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert (
            "may connect to the Cloud SQL instance sandbox-postgres is not known" in result.reason
        )

    def test_a_condition_on_the_name_of_a_secret(self):
        world, name = healthy_world(), secret_name(JWT_SECRET)
        for text, outcome in (
            (f"projects/{PROJECT_NUMBER}/secrets/netra-jwt", Outcome.PASS),
            (f"projects/{PROJECT_NUMBER}/secrets/other", Outcome.FAIL),
        ):
            condition = f'resource.name.startsWith("{text}")'
            given = binding("roles/secretmanager.secretAccessor", [member("auth")], condition)
            result, _ = examine(Identity, AUTH, policy(world, name, given))
            assert result.outcome is outcome
        unsure, _ = examine(
            Identity,
            AUTH,
            policy(world, name, given),
            forbidden={"resourcemanager.projects.get"},
        )
        assert unsure.outcome is Outcome.ERROR

    def test_a_role_of_ones_own_is_asked_for(self):
        own = f"{PROJECT_NAME}/roles/backend"
        world = policy(healthy_world(), PROJECT_NAME, binding(own, [member("auth")]))
        result, asked = examine(Identity, AUTH, world)
        assert result.outcome is Outcome.PASS
        assert f"/v1/{own}" in asked
        refused, _ = examine(Identity, AUTH, world, forbidden={"iam.roles.get"})
        assert refused.outcome is Outcome.ERROR
        assert f"the role {own} cannot be read" in refused.reason
        assert "the permission iam.roles.get" in refused.reason

    @pytest.mark.parametrize("above", [FOLDER, ORGANIZATION])
    def test_what_is_granted_above_the_project_counts(self, above):
        world = broken(["role-missing"]).world
        world = policy(world, above, binding("roles/cloudsql.client", [member("auth")]))
        result, _ = examine(Identity, AUTH, world)
        assert result.outcome is Outcome.PASS
        may = result.observations["may"]["connect to the Cloud SQL instance sandbox-postgres"]
        assert may == f"roles/cloudsql.client on {above}"

    def test_what_a_group_leaves_open_may_be_given_above(self):
        world = broken(["role-missing"]).world
        world = policy(world, PROJECT_NAME, binding("roles/owner", ["group:all@x.y"]))
        assert examine(Identity, AUTH, world)[0].outcome is Outcome.ERROR
        world = policy(world, FOLDER, binding("roles/cloudsql.client", [member("auth")]))
        result, _ = examine(Identity, AUTH, world)
        assert (result.outcome, result.findings) == (Outcome.PASS, ())

    def test_a_group_above_the_project_leaves_it_open(self):
        world = broken(["role-missing"]).world
        world = policy(world, FOLDER, binding("roles/cloudsql.client", ["group:all@x.y"]))
        result, _ = examine(Identity, AUTH, world)
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())

    @pytest.mark.parametrize(
        ("forbidden", "words"),
        [
            ("resourcemanager.projects.get", f"not read could be what {PROJECT_NAME} is in"),
            ("resourcemanager.folders.getIamPolicy", f"not read could be the policy of {FOLDER}"),
            ("resourcemanager.folders.get", f"not read could be what {FOLDER} is in"),
        ],
    )
    def test_what_cannot_be_read_above_the_project_may_give_it(self, forbidden, words):
        world = broken(["role-missing"]).world
        result, _ = examine(Identity, AUTH, world, forbidden={forbidden})
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert words in result.reason
        assert "it roles/cloudsql.client, and" in result.reason
        assert "let the account of this run read it, with resourcemanager.fold" in result.reason

    @pytest.mark.parametrize("denied", ["folders", "organizations"])
    def test_what_the_project_gives_is_enough(self, denied):
        refused = {f"resourcemanager.{denied}.getIamPolicy", f"resourcemanager.{denied}.get"}
        result, _ = examine(Identity, AUTH, healthy_world(), forbidden=refused)
        assert (result.outcome, result.findings) == (Outcome.PASS, ())

    def test_a_policy_that_may_not_be_read_is_an_error_with_its_permission(self):
        refused = {"resourcemanager.projects.getIamPolicy"}
        result, _ = examine(Identity, AUTH, healthy_world(), forbidden=refused)
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert "resourcemanager.projects.getIamPolicy" in result.reason

    def test_a_secret_whose_policy_may_not_be_read_may_be_granted_on_the_project(self):
        refused = {"secretmanager.secrets.getIamPolicy"}
        result, _ = examine(Identity, AUTH, healthy_world(), forbidden=refused)
        assert result.outcome is Outcome.ERROR
        assert "secretmanager.secrets.getIamPolicy" in result.reason
        world = healthy_world()
        reads = binding("roles/secretmanager.secretAccessor", [member("auth")])
        given = [*world.policies[PROJECT_NAME].bindings, reads]
        result, _ = examine(Identity, AUTH, policy(world, PROJECT_NAME, *given), forbidden=refused)
        assert result.outcome is Outcome.PASS

    def test_secrets_of_other_projects_and_in_volumes(self):
        def elsewhere(service):
            container = service.template.containers[0]
            container.env = [from_secret("KEY", "projects/99/secrets/shared", "7")]
            service.template.volumes.append(
                run_v2.Volume(name="keys", secret=run_v2.SecretVolumeSource(secret="mounted"))
            )

        world = policy(deployed(healthy_world(), "auth", elsewhere), "projects/99")
        result, asked = examine(Identity, AUTH, world)
        assert rules(result) == ["secret-access", "secret-access"]
        assert "read the secret mounted" in result.findings[0].message
        grant = result.findings[1].remediation.commands[-1]
        assert "--project=99" in grant.argv
        assert any("projects/99/secrets/shared:getIamPolicy" in each for each in asked)

    def test_further_roles(self):
        options = Identity.Options(project_roles=("roles/vpcaccess.user",))
        result, _ = examine(Identity, FRONTEND, healthy_world(), options=options)
        assert rules(result) == ["project-role"]
        given = binding("roles/vpcaccess.user", [member("frontend")])
        result, _ = examine(
            Identity, FRONTEND, policy(healthy_world(), PROJECT_NAME, given), options=options
        )
        assert result.outcome is Outcome.PASS

    @pytest.mark.parametrize(
        ("under_way", "outcome"), [(True, Outcome.WARN), (False, Outcome.FAIL)]
    )
    def test_what_has_no_traffic_yet_is_a_warning_until_it_fails(self, under_way, outcome):
        def fails_with_another(service):
            service.reconciling = under_way
            created = service.latest_created_revision.replace("-00042-", "-00043-")
            service.template.revision = created.rpartition("/")[2]
            service.template.service_account = DEFAULT_ACCOUNT
            service.latest_created_revision = created

        world = healthy_world()
        name = f"{PARENT}/services/netra-auth"
        serving = run_v2.Service(world.services[name])
        world = deployed(world, "auth", fails_with_another)
        earlier = {serving.latest_ready_revision: serving.template}
        result, _ = examine(Identity, AUTH, replace(world, earlier=earlier))
        assert result.outcome is outcome
        assert set(rules(result)) == {"default-account", "cloud-sql-role", "secret-access"}
        errors = [each for each in result.findings if each.severity is Severity.ERROR]
        assert bool(errors) is not under_way
        assert len(result.observations["accounts"]) == 2

    def test_one_secret_that_is_used_twice_is_one_finding(self):
        def twice(service):
            container = service.template.containers[0]
            container.env = [*container.env, from_secret("OTHER", JWT_SECRET, "3")]

        world = deployed(broken(["secret-access-missing"]).world, "auth", twice)
        result, _ = examine(Identity, AUTH, world)
        assert rules(result) == ["secret-access"]

    def test_a_service_that_does_not_exist_is_not_verified(self):
        result, _ = examine(Identity, Service(key="x", cloud_run="netra-nowhere"), healthy_world())
        assert result.outcome is Outcome.ERROR
        assert "netra-nowhere does not exist" in result.reason

    @pytest.mark.parametrize(
        ("service", "environment", "reason"),
        [
            (Service(key="x"), Environment(project="p", region="r"), "names no cloud_run service"),
            (BACKEND, Environment(region="r"), "has no project"),
            (BACKEND, Environment(project="p"), "has no region"),
        ],
    )
    def test_without_a_place_it_is_skipped(self, service, environment, reason):
        result = run_check(Identity, service, environment=environment)
        assert result.outcome is Outcome.SKIP
        assert reason in result.reason

    def test_the_password_secret_is_needed_too(self):
        world = healthy_world()
        policies = {**world.policies, secret_name(DATABASE_PASSWORD): Message()}
        result, _ = examine(Identity, AUTH, replace(world, policies=policies))
        assert rules(result) == ["secret-access"]
