import re

import pytest
from gcloud_commands import problem, problems_of
from google.cloud import run_v2, vpcaccess_v1

from checks.vpc_connector import VpcConnector
from checks.vpc_connector.facts import Need, is_carried, of_message
from checks.vpc_connector.remedies import Place
from netra_validate import Connector, Environment, Outcome, Service, Severity
from netra_validate.clients.google.messages import enum_name
from netra_validate.clients.google.networks import Network, network
from netra_validate.clients.google.revisions import (
    Carried,
    Serving,
    Target,
    User,
    carried,
    highest_instances,
    judged,
    targets,
)
from netra_validate.model import Effect
from netra_validate.sandbox import launch
from netra_validate.testing import run_check
from netra_validate.topology import CandidateService, Database, Endpoints

PLACE = Place("staging-connector", "netra-staging", "us-central1")


def connector(**changes):
    values = {
        "name": PLACE.link,
        "network": "staging-vpc",
        "ip_cidr_range": "10.8.0.0/28",
        "state": "READY",
        "machine_type": "e2-micro",
        "min_instances": 2,
        "max_instances": 3,
        "min_throughput": 200,
        "max_throughput": 300,
    }
    return of_message(vpcaccess_v1.Connector(**values | changes), "netra-staging")


def user(*serving, region="us-central1"):
    return User("backend", "netra-backend", "netra-staging", region, serving)


def serving(percent=100, latest=True, failed=False, **what):
    return Serving(Target("netra-backend-00042", percent, latest, failed), Carried(**what))


def check(**options):
    return VpcConnector(VpcConnector.Options(**options))


def rules(findings):
    findings = list(findings)
    for finding in findings:
        assert problems_of(finding.remediation) == []
        effects = [command.effect is Effect.READS for command in finding.remediation.commands]
        assert effects == sorted(effects, reverse=True), "those that look come first"
        assert effects[0], "look before you change"
    return [finding.rule.removeprefix("vpc-connector.") for finding in findings]


class TestConnector:
    def test_a_ready_one_has_no_finding(self):
        assert rules(check().judge_connector(PLACE, connector())) == []

    @pytest.mark.parametrize("state", ["CREATING", "DELETING", "ERROR", "UPDATING"])
    def test_any_other_state_is_not_ready(self, state):
        found = list(check().judge_connector(PLACE, connector(state=state)))
        assert rules(found) == ["not-ready"]
        assert found[0].message.startswith("staging-connector is ")
        assert found[0].message.endswith(", expected READY")

    @pytest.mark.parametrize("state", ["STATE_UNSPECIFIED", 9])
    def test_a_state_that_is_not_understood_is_no_finding_and_no_verdict(self, state):
        facts = connector(state=state)
        assert rules(check().judge_connector(PLACE, facts)) == []
        assert not facts.state_is_understood
        assert connector().state_is_understood

    def test_a_state_newer_than_the_library_keeps_its_number(self):
        assert connector(state=9).state == "UNKNOWN_9"

    def test_a_broken_one_is_created_again_as_it_was(self):
        (found,) = check().judge_connector(PLACE, connector(state="ERROR"))
        delete, create = found.remediation.commands[-2:]
        assert (delete.undo, create.undo) == (create.argv, delete.argv)
        assert (delete.argv[5], create.argv[5]) == ("delete", "create")
        assert re.search(
            "delete staging-connector, then create it as it was, .* undoes the deletion",
            found.remediation.summary,
        )
        assert {"--network=staging-vpc", "--range=10.8.0.0/28"} <= set(create.argv)

    def test_one_whose_place_is_not_told_is_not_deleted(self):
        for missing in ("network", "ip_cidr_range"):
            (found,) = check().judge_connector(PLACE, connector(state="ERROR", **{missing: ""}))
            effects = {command.effect for command in found.remediation.commands}
            assert effects == {Effect.READS}

    def test_a_broken_one_on_a_subnet_is_created_on_it(self):
        facts = connector(
            state="ERROR", network="", subnet={"name": "serverless", "project_id": "host"}
        )
        found = list(check().judge_connector(PLACE, facts))
        assert rules(found) == ["not-ready"]
        assert "--subnet=serverless" in found[0].remediation.commands[-1].argv
        assert "--subnet-project=host" in found[0].remediation.commands[-1].argv

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({}, []),
            ({"min_peak_throughput_mbps": 300}, []),
            ({"min_peak_throughput_mbps": 400}, ["undersized"]),
            ({"min_peak_throughput_mbps": 4000}, ["undersized"]),
            ({"min_peak_instances": 3}, []),
            ({"min_peak_instances": 4}, ["undersized"]),
            ({"min_peak_instances": 4, "min_peak_throughput_mbps": 400}, ["undersized"] * 2),
            ({"min_headroom_ratio": 0.34}, ["no-headroom"]),
            ({"min_headroom_ratio": 0.33}, []),
        ],
    )
    def test_size_against_what_is_required(self, options, expected):
        assert rules(check(**options).judge_connector(PLACE, connector())) == expected

    def test_it_grows_to_what_is_required(self):
        (found,) = check(min_peak_throughput_mbps=500).judge_connector(PLACE, connector())
        change = found.remediation.commands[-1]
        assert "--max-instances=5" in change.argv
        assert "--max-instances=3" in change.undo

    def test_the_largest_gets_bigger_machines(self):
        facts = connector(min_instances=10, max_instances=10, max_throughput=1000)
        (found,) = check().judge_connector(PLACE, facts)
        assert "--machine-type=e2-standard-4" in found.remediation.commands[-1].argv
        assert rules([found]) == ["no-headroom"]

    def test_the_largest_of_the_largest_gets_advice(self):
        facts = connector(min_instances=10, max_instances=10, machine_type="e2-standard-4")
        assert rules(check().judge_connector(PLACE, facts)) == ["no-headroom"]

    def test_no_room_at_all_is_a_warning_that_says_what_was_compared(self):
        (found,) = check().judge_connector(PLACE, connector(min_instances=3))
        assert found.severity is Severity.WARNING
        assert "3-3 instances" in found.message
        assert found.evidence["compared"] == "configured limits, not load"

    def test_limits_that_cannot_be_are_not_judged(self):
        facts = connector(min_instances=-2, max_instances=-10, max_throughput=0)
        assert (facts.instances, facts.headroom) == (None, None)
        assert connector(min_instances=10, max_instances=3).headroom == 0

    def test_limits_that_the_api_does_not_tell_are_not_judged(self):
        facts = connector(min_instances=0, max_instances=0, min_throughput=0, max_throughput=0)
        options = {"min_peak_instances": 4, "min_peak_throughput_mbps": 400}
        assert rules(check(**options).judge_connector(PLACE, facts)) == []
        assert facts.headroom is None


class TestNetwork:
    STAGING = Need("postgres", "staging-postgres", Network("staging-vpc", "netra-staging"))
    OTHER = Need("postgres", "staging-postgres", Network("other-vpc", "netra-staging"))

    def test_the_databases_decide_where_nothing_is_configured(self):
        assert rules(check().judge_network(PLACE, connector(), [self.STAGING])) == []
        found = list(check().judge_network(PLACE, connector(), [self.OTHER]))
        assert rules(found) == ["network-mismatch"]
        assert found[0].message == (
            "staging-connector leads into staging-vpc, and staging-postgres is in other-vpc"
        )

    def test_the_configured_network_goes_first(self):
        configured = check(network="staging-vpc")
        assert rules(configured.judge_network(PLACE, connector(), [self.OTHER])) == []
        assert rules(configured.judge_network(PLACE, connector(network="x"), [])) == [
            "network-mismatch"
        ]

    def test_a_whole_name_can_be_expected(self):
        right = check(network="projects/netra-staging/global/networks/staging-vpc")
        wrong = check(network="projects/elsewhere/global/networks/staging-vpc")
        assert rules(right.judge_network(PLACE, connector(), [])) == []
        (found,) = wrong.judge_network(PLACE, connector(), [])
        assert "projects/elsewhere/global/networks/staging-vpc" in found.message

    def test_an_unknown_network_is_not_judged(self):
        assert rules(check(network="x").judge_network(PLACE, connector(network=""), [])) == []

    def test_a_shared_network_is_in_the_project_of_its_subnet(self):
        facts = connector(subnet={"name": "s", "project_id": "host"})
        assert facts.network == Network("staging-vpc", "host")

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("vpc", "vpc", True),
            ("vpc", "vpc-2", False),
            ("projects/p/global/networks/vpc", "vpc", True),
            ("projects/p/global/networks/vpc", "projects/q/global/networks/vpc", False),
            ("projects/123/global/networks/vpc", "projects/q/global/networks/vpc", True),
            ("projects/123/global/networks/vpc", "projects/124/global/networks/vpc", False),
            (
                "https://www.googleapis.com/compute/v1/projects/p/global/networks/vpc",
                "/projects/p/global/networks/vpc",
                True,
            ),
        ],
    )
    def test_names_of_networks(self, one, other, same):
        assert network(one).is_same(network(other)) is same
        assert network(other).is_same(network(one)) is same


class TestUser:
    def test_one_that_carries_it_has_no_finding(self):
        for named in (PLACE.link, "staging-connector"):
            known = user(serving(connector=named))
            assert rules(check().judge_user(PLACE, known)) == []

    def test_direct_vpc_egress_is_a_path_as_well(self):
        known = user(serving(direct=True, direct_network=Network("staging-vpc")))
        assert rules(check().judge_user(PLACE, known)) == []

    def test_no_path_at_all_is_not_attached(self):
        found = list(check().judge_user(PLACE, user(serving())))
        assert rules(found) == ["not-attached"]
        assert found[0].severity is Severity.ERROR
        change = found[0].remediation.commands[-1]
        assert f"--vpc-connector={PLACE.link}" in change.argv
        assert "--clear-vpc-connector" in change.undo
        assert change.effect is Effect.RESTARTS

    @pytest.mark.parametrize(
        "other",
        [
            "staging-connector-v2",
            "staging-connecto",
            "projects/netra-staging/locations/us-central1/connectors/staging-connector-v2",
            "projects/netra-staging/locations/us-east1/connectors/staging-connector",
            "projects/netra-prod/locations/us-central1/connectors/staging-connector",
        ],
    )
    def test_another_connector_is_told_by_its_whole_name(self, other):
        found = list(check().judge_user(PLACE, user(serving(connector=other))))
        assert rules(found) == ["other-connector"]
        assert f"--vpc-connector={other}" in found[0].remediation.commands[-1].undo

    def test_a_project_by_its_number_may_be_the_same(self):
        numbered = "projects/1234/locations/us-central1/connectors/staging-connector"
        assert is_carried(numbered, PLACE.link, "us-central1")

    @pytest.mark.parametrize(
        ("expected", "now", "found"),
        [
            (None, "all-traffic", []),
            ("all-traffic", "all-traffic", []),
            ("all-traffic", "private-ranges-only", ["egress"]),
            ("private-ranges-only", "all-traffic", ["egress"]),
            ("private-ranges-only", "some-traffic", ["egress"]),
        ],
    )
    def test_egress_against_what_is_expected(self, expected, now, found):
        known = user(serving(connector=PLACE.link, egress=now))
        assert rules(check(egress=expected).judge_user(PLACE, known)) == found

    def test_another_region_is_a_mismatch(self):
        known = user(serving(connector=PLACE.link), region="us-east1")
        assert rules(check().judge_user(PLACE, known)) == ["region-mismatch"]

    def test_a_candidate_without_traffic_is_a_warning(self):
        known = user(serving(100, latest=False, connector=PLACE.link), serving(0, latest=True))
        (found,) = check().judge_user(PLACE, known)
        assert found.severity is Severity.WARNING
        assert "no traffic yet" in found.message
        assert found.identity == "backend/candidate"

    def test_a_candidate_whose_roll_out_failed_is_an_error(self):
        old = serving(100, latest=False, connector=PLACE.link)
        (found,) = check().judge_user(PLACE, user(old, serving(0, failed=True)))
        assert found.severity is Severity.ERROR
        assert found.bearing.only_in == found.condemns, "what serves has its way"

    def test_a_candidate_that_is_all_there_is_is_an_error(self):
        (found,) = check().judge_user(PLACE, user(serving(0)))
        assert found.severity is Severity.ERROR


class TestRevisions:
    @pytest.mark.parametrize(
        ("traffic", "tag", "kept"),
        [
            ([{"revision": "b-1", "percent": 100}], "next", {"b-2": "next"}),
            ([{"revision": "b-1", "percent": 100}], "", {"b-2": ""}),
            ([{"revision": "b-2", "percent": 100}], "next", {}),
            ([{"revision": "b-1", "percent": 60}, {"percent": 40}], "next", {}),
            ([], "next", {}),
        ],
    )
    def test_what_is_kept_without_traffic_where_it_goes_by_name(self, traffic, tag, kept):
        """Where some goes to the latest, the next one gets it, and is no candidate on purpose."""
        service = run_v2.Service(
            traffic=traffic,
            traffic_statuses=[*traffic, {"revision": "b-2", "tag": tag}],
            latest_ready_revision="b-2",
            latest_created_revision="b-2",
        )
        told = {each.name: each.rollout for each in targets(service)}
        assert {name: each.tag for name, each in told.items() if each.beside} == kept
        assert {each.latest for each in told.values()} == {"b-2"}

    def test_traffic_is_read_as_it_is(self):
        service = run_v2.Service(
            traffic_statuses=[
                {"revision": "b-1", "percent": 30},
                {"revision": "projects/p/locations/r/services/b/revisions/b-2", "percent": 70},
                {"revision": "b-0", "tag": "canary"},
            ],
            latest_ready_revision="b-2",
            latest_created_revision="projects/p/locations/r/services/b/revisions/b-3",
        )
        assert [(each.name, each.percent, each.latest) for each in targets(service)] == [
            ("b-2", 70, False), ("b-1", 30, False), ("b-3", 0, True),
        ]  # fmt: skip

    def test_a_candidate_is_judged_alone_once_it_is_known_which_that_is(self):
        service = run_v2.Service(latest_ready_revision="b-1", latest_created_revision="b-2")
        unknown = CandidateService(key="b", tag="next")
        assert judged(unknown, service) == targets(service)
        for name, latest in (("b-2", True), ("b-0", False)):
            (only,) = judged(CandidateService(key="b", tag="next", revision=name), service)
            assert (only.name, only.percent, only.latest) == (name, 0, latest)

    def test_a_share_of_the_latest_goes_to_the_one_that_is_ready(self):
        service = run_v2.Service(
            traffic_statuses=[{"type_": 1, "percent": 40}, {"revision": "b-1", "percent": 60}],
            latest_ready_revision="b-2",
            latest_created_revision="b-2",
        )
        assert [(each.name, each.percent) for each in targets(service)] == [
            ("b-1", 60),
            ("b-2", 40),
        ]

    def test_the_latest_ready_one_serves_where_no_traffic_is_told(self):
        service = run_v2.Service(
            latest_ready_revision="x/b-1",
            latest_created_revision="x/b-1",
            traffic_statuses=[{"type_": 1, "percent": 100}],
        )
        assert targets(service) == (Target("b-1", 100, latest=True),)
        service.traffic_statuses = []
        assert targets(service) == (Target("b-1", 100, latest=True),)

    def test_a_service_that_never_was_ready_has_its_latest(self):
        assert targets(run_v2.Service(latest_created_revision="b-1")) == (
            Target("b-1", 0, latest=True, failed=True),
        )

    def test_a_roll_out_has_failed_once_nobody_is_at_work_on_it(self):
        service = run_v2.Service(latest_ready_revision="b-1", latest_created_revision="b-2")
        assert [each.failed for each in targets(service)] == [False, True]
        service.reconciling = True
        assert not any(each.failed for each in targets(service))
        service = run_v2.Service(
            latest_ready_revision="b-2",
            latest_created_revision="b-2",
            traffic_statuses=[{"revision": "b-1", "percent": 100}],
        )
        assert not any(each.failed for each in targets(service))

    def test_what_a_revision_carries(self):
        revision = run_v2.Revision(
            vpc_access={"connector": PLACE.link, "egress": "ALL_TRAFFIC"},
            volumes=[{"name": "cloudsql", "cloud_sql_instance": {"instances": ["p:r:i"]}}],
            scaling={"max_instance_count": 7},
        )
        assert carried(revision) == Carried(
            PLACE.link, "all-traffic", cloud_sql=("p:r:i",), max_instances=7
        )
        assert carried(run_v2.Revision()) == Carried(max_instances=100)

    def test_direct_egress_is_carried(self):
        link = "projects/p/global/networks/vpc"
        revision = run_v2.Revision(vpc_access={"network_interfaces": [{"network": link}]})
        assert carried(revision).direct_network == Network("vpc", "p")
        assert carried(revision).path == "direct VPC egress to vpc"

    @pytest.mark.parametrize(
        ("scaling", "expected"),
        [
            ({}, 8),
            ({"max_instance_count": 6}, 6),
            ({"max_instance_count": 60}, 8),
            ({"scaling_mode": "MANUAL", "manual_instance_count": 2}, 2),
        ],
    )
    def test_instances_add_up_over_revisions_with_traffic(self, scaling, expected):
        revisions = [
            serving(60, max_instances=5), serving(40, max_instances=3), serving(0),
        ]  # fmt: skip
        assert highest_instances(run_v2.Service(scaling=scaling), revisions) == expected

    def test_an_enum_value_newer_than_the_library_is_read_without_a_warning(self):
        revision = run_v2.Revision.wrap(run_v2.Revision.pb(run_v2.Revision()))
        run_v2.Revision.pb(revision).vpc_access.egress = 9
        assert enum_name(revision.vpc_access, "egress") == "UNKNOWN_9"
        assert carried(revision).egress == "unknown-9"


@pytest.fixture(scope="module")
def healthy():
    with launch() as sandbox:
        yield sandbox


class TestProbe:
    CONNECTOR = Connector(key="main", name="sandbox-connector")
    RESOURCES = (
        Service(key="backend", cloud_run="netra-backend", connector="main", database="postgres"),
        Service(key="elsewhere", url="https://example.com", connector="main"),
        Database(key="postgres", instance="sandbox-postgres"),
    )

    @staticmethod
    def environment(sandbox):
        grpc = f"http://127.0.0.1:{sandbox.grpc_port}"
        rest = f"http://127.0.0.1:{sandbox.rest_port}"
        return Environment(
            project="netra-sandbox",
            region="us-central1",
            endpoints=Endpoints(run=grpc, vpcaccess=grpc, sqladmin=rest),
        )

    def test_a_healthy_one_passes_on_what_was_seen(self, healthy):
        result = run_check(
            VpcConnector,
            self.CONNECTOR,
            environment=self.environment(healthy),
            resources=self.RESOURCES,
        )
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        assert result.observations["state"] == "READY"
        assert result.observations["instances"] == "2-3"
        assert list(result.observations["services"]) == ["backend"]
        assert result.observations["services_not_in_cloud_run"] == ["elsewhere"]

    def test_a_missing_one_is_a_finding_and_its_users_are_judged_still(self, healthy):
        result = run_check(
            VpcConnector,
            Connector(key="main", name="sandbox-connector-old"),
            environment=self.environment(healthy),
            resources=self.RESOURCES,
        )
        assert rules(result.findings) == ["not-found", "other-connector"]

    def test_a_database_that_cannot_be_read_is_no_fault_of_the_connector(self, healthy):
        missing = Database(key="postgres", instance="nowhere")
        result = run_check(
            VpcConnector,
            self.CONNECTOR,
            environment=self.environment(healthy),
            resources=(*self.RESOURCES[:2], missing),
        )
        assert result.outcome is Outcome.PASS
        assert result.observations["networks_not_compared"] == {"postgres": "NotFound"}

    def test_a_service_that_is_nowhere_to_be_seen_is_not_verified(self, healthy):
        wrong = Service(key="auth", cloud_run="netra-auth-service", connector="main")
        nowhere = Service(key="api", cloud_run="netra-api", connector="main", region="us-east1")
        other = Connector(key="main", name="sandbox-connector-old")
        for named, findings in ((self.CONNECTOR, []), (other, ["not-found", "other-connector"])):
            result = run_check(
                VpcConnector,
                named,
                environment=self.environment(healthy),
                resources=(wrong, *self.RESOURCES, nowhere),
            )
            assert rules(result.findings) == [*findings, "region-mismatch"]
            assert "the Cloud Run service netra-auth-service does not exist" in result.reason
            assert list(result.observations["services"]) == ["backend"]
            assert list(result.observations["services_not_verified"]) == ["auth", "api"]

    def test_a_service_that_nobody_places_is_not_verified(self, healthy):
        grpc = self.environment(healthy).endpoints
        result = run_check(
            VpcConnector,
            Connector(key="main", name="sandbox-connector", region="us-central1"),
            environment=Environment(project="netra-sandbox", endpoints=grpc),
            resources=self.RESOURCES,
        )
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert result.reason == "service backend has no region; set region on the environment"

    def test_an_api_that_forbids_is_an_error_with_the_permission(self):
        with launch(["api-forbidden"]) as sandbox:
            result = run_check(VpcConnector, self.CONNECTOR, environment=self.environment(sandbox))
        assert result.outcome is Outcome.ERROR
        assert "vpcaccess.connectors.get" in result.reason

    @pytest.mark.parametrize(
        ("environment", "missing"),
        [(Environment(region="r"), "project"), (Environment(project="p"), "region")],
    )
    def test_without_a_place_it_is_skipped(self, environment, missing):
        result = run_check(VpcConnector, self.CONNECTOR, environment=environment)
        assert result.outcome is Outcome.SKIP
        assert f"connector main has no {missing}" in result.reason


class TestCommands:
    """The judge of commands itself."""

    @pytest.mark.parametrize(
        "line",
        [
            "gcloud run services describe x --region=r --project=p",
            "gcloud sql instances patch x --no-storage-auto-increase",
            "gcloud run services update x --vpc-egress=all-traffic",
        ],
    )
    def test_good(self, line):
        assert problem(line.split()) is None

    @pytest.mark.parametrize(
        "line",
        [
            "gcloud run services update x --revision=y",
            "gcloud run services rollback x",
            "gcloud run services describe",
            "gcloud sql instances patch x --activation-policy=sometimes",
            "gcloud sql instances patch x --clear-authorized-networks=1",
            "gcloud sql instances patch x --tier",
            "rm -rf x",
        ],
    )
    def test_bad(self, line):
        assert problem(line.split()) is not None
