from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from gcloud_commands import problems_of
from google.cloud import run_v2
from google_worlds import run_in_world

from checks.cloud_run import CloudRun
from checks.cloud_run.facts import of_revision, of_service, quantity
from checks.cloud_run.job_rules import of_job
from checks.cloud_run.remedies import Place
from netra_validate import Environment, Outcome, Service, Severity
from netra_validate.clients.google.revisions import Target
from netra_validate.model import Effect
from netra_validate.sandbox.faults import FAULTS, broken
from netra_validate.sandbox.world import healthy_world, placed
from netra_validate.testing import run_check
from netra_validate.topology import CandidateService

PLACE = Place("netra-backend", "netra-staging", "us-central1")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
READY = {"type_": "Ready", "state": "CONDITION_SUCCEEDED"}
FAILED = {
    "type_": "Ready",
    "state": "CONDITION_FAILED",
    "message": "It did not listen.",
    "revision_reason": "HEALTH_CHECK_CONTAINER_ERROR",
}
PENDING = {"type_": "Ready", "state": "CONDITION_PENDING", "message": "Starting."}
LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
NAMED = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"


def check(**options):
    return CloudRun(CloudRun.Options(**options))


def rules(findings):
    findings = list(findings)
    for finding in findings:
        assert problems_of(finding.remediation) == []
        effects = [command.effect is Effect.READS for command in finding.remediation.commands]
        assert effects == sorted(effects, reverse=True), "those that look come first"
        assert effects[0], "look before you change"
    return [finding.rule.removeprefix("cloud-run.") for finding in findings]


def service(*traffic, created="r-3", ready="r-3", condition=READY, **more):
    """``traffic`` are pairs of a revision (None for the latest) and its percentage."""
    shares = [
        {"type_": NAMED if name else LATEST, "revision": name or "", "percent": percent}
        for name, percent in traffic or [(None, 100)]
    ]
    return of_service(
        run_v2.Service(
            name="projects/p/locations/r/services/netra-backend",
            latest_created_revision=created,
            latest_ready_revision=ready,
            terminal_condition=condition,
            traffic=shares,
            traffic_statuses=[*shares, *more.pop("tags", [])],
            **more,
        )
    )


def container(**more):
    return {
        "name": "app",
        "image": "eu.pkg.dev/p/app:1",
        "ports": [{"container_port": 8080}],
        "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
    } | more


def revision(name="r-3", percent=100, latest=True, conditions=(READY,), **more):
    values = {
        "name": f"projects/p/locations/r/services/s/revisions/{name}",
        "create_time": NOW - timedelta(minutes=5),
        "conditions": list(conditions),
        "containers": [container()],
        "timeout": timedelta(seconds=600),
        "scaling": {"min_instance_count": 1, "max_instance_count": 10},
        "service_account": "backend@p.iam.gserviceaccount.com",
    }
    return of_revision(run_v2.Revision(**values | more), Target(name, percent, latest))


class TestState:
    def test_what_is_ready_has_no_finding(self):
        judged = check().judge_revision(PLACE, service(), revision(), None, NOW)
        assert rules(judged) == []
        assert rules(check().judge_service(PLACE, service(), (revision(),))) == []

    def test_a_new_revision_that_failed_names_why_and_what_serves(self):
        told = service(("r-2", 100), created="r-3", ready="r-2", condition=FAILED)
        new = revision(percent=0, conditions=[FAILED])
        (found,) = check().judge_revision(PLACE, told, new, "r-2", NOW)
        assert rules([found]) == ["revision-not-ready"]
        assert found.severity is Severity.ERROR
        assert found.message == (
            "r-3 is not ready: HEALTH_CHECK_CONTAINER_ERROR: It did not listen; r-2 serves instead"
        )

    @pytest.mark.parametrize(
        ("traffic", "serves"),
        [
            ([("r-1", 100)], "r-1 serves"),
            ([("r-1", 30), ("r-0", 70)], "r-0 and r-1 serve"),
        ],
    )
    @pytest.mark.parametrize("alone", [False, True])
    def test_who_serves_is_who_has_the_traffic_and_not_who_is_ready(self, traffic, serves, alone):
        told = service(*traffic, created="r-3", ready="r-2")
        told = replace(told, targets=told.targets[-1:]) if alone else told
        failed = revision(percent=0, conditions=[FAILED])
        (found,) = check().judge_revision(PLACE, told, failed, None, NOW)
        assert found.message.endswith(f"It did not listen; {serves} instead")
        assert "users see nothing of this one" in found.remediation.summary
        waits = revision(percent=0, conditions=[PENDING])
        (found,) = check().judge_revision(PLACE, told, waits, None, NOW)
        assert found.message.endswith(f"not ready yet: Starting; {serves}")

    def test_where_nothing_has_traffic_nothing_serves(self):
        told = replace(service(created="r-3", ready=""), serving=())
        waits = revision(percent=0, conditions=[PENDING])
        (found,) = check().judge_revision(PLACE, told, waits, None, NOW)
        assert found.message.endswith("; nothing serves")

    def test_traffic_that_does_not_go_to_what_is_broken_is_left_where_it_is(self):
        told = service(created="r-3", ready="r-2")
        new = revision(percent=0, conditions=[FAILED])
        (found,) = check().judge_revision(PLACE, told, new, "r-2", NOW)
        assert all(each.effect is Effect.READS for each in found.remediation.commands)
        assert found.remediation.summary.endswith(
            "; r-2 has all the traffic, and users see nothing of this one"
        )

    def test_what_serves_and_is_broken_gives_its_traffic_back(self):
        told = service(("r-3", 100), created="r-3", ready="r-2")
        bad = revision(percent=100, conditions=[FAILED])
        (found,) = check().judge_revision(PLACE, told, bad, "r-2", NOW)
        back = found.remediation.commands[-1]
        assert back.argv[:5] == ("gcloud", "run", "services", "update-traffic", "netra-backend")
        assert "--to-revisions=r-2=100" in back.argv
        assert "--to-revisions=r-3=100" in back.undo
        assert found.remediation.summary.endswith("; meanwhile r-2 can take the traffic")

    def test_the_way_back_from_a_rollback_is_the_traffic_of_before(self):
        for traffic, flag in {
            ((None, 100),): "--to-latest",
            ((None, 30), ("r-1", 70)): "--to-revisions=LATEST=30,r-1=70",
        }.items():
            told = service(*traffic, created="r-3", ready="r-2")
            bad = revision(percent=30, conditions=[FAILED])
            (found,) = check().judge_revision(PLACE, told, bad, "r-2", NOW)
            assert flag in found.remediation.commands[-1].undo

    def test_without_a_revision_to_go_back_to_nothing_is_changed(self):
        bad = revision(conditions=[FAILED])
        (found,) = check().judge_revision(PLACE, service(), bad, None, NOW)
        assert {each.effect for each in found.remediation.commands} == {Effect.READS}
        assert "instead" not in found.message

    def test_the_most_telling_condition_leads(self):
        why = FAILED | {"type_": "ContainerHealthy", "message": "Exit 3."}
        bad = revision(conditions=[FAILED, why])
        (found,) = check().judge_revision(PLACE, service(), bad, None, NOW)
        assert "ContainerHealthy, HEALTH_CHECK_CONTAINER_ERROR: Exit 3" in found.message
        assert set(found.evidence["conditions"]) == {"Ready", "ContainerHealthy"}

    def test_a_condition_beside_ready_is_a_warning(self):
        few = {
            "type_": "MinInstancesProvisioned",
            "state": "CONDITION_FAILED",
            "severity": "WARNING",
            "revision_reason": "MIN_INSTANCES_NOT_PROVISIONED",
        }
        (found,) = check().judge_revision(
            PLACE, service(), revision(conditions=[READY, few]), None, NOW
        )
        assert (rules([found]), found.severity) == (["revision-not-ready"], Severity.WARNING)
        assert "is ready and has a condition that is not true" in found.message

    @pytest.mark.parametrize(
        "change", [{"type_": "Active"}, {"type_": "Retry", "severity": "INFO"}]
    )
    def test_what_only_says_that_nobody_needs_it_is_no_finding(self, change):
        resting = {"state": "CONDITION_FAILED", "revision_reason": "RETIRED"} | change
        judged = check().judge_revision(
            PLACE, service(), revision(conditions=[READY, resting]), None, NOW
        )
        assert rules(judged) == []

    @pytest.mark.parametrize(("age_s", "severity"), [(60, Severity.WARNING), (901, Severity.ERROR)])
    def test_a_roll_out_is_a_warning_until_it_takes_too_long(self, age_s, severity):
        new = revision(percent=0, conditions=[PENDING], create_time=NOW - timedelta(seconds=age_s))
        told = service(("r-2", 100), created="r-3", ready="r-2")
        (found,) = check().judge_revision(PLACE, told, new, None, NOW)
        assert (rules([found]), found.severity) == (["latest-not-ready"], severity)
        assert "not ready yet: Starting; r-2 serves" in found.message
        waits = found.remediation.summary.startswith("Wait until")
        assert waits == (severity is Severity.WARNING), "nobody is told to wait for what is stuck"

    def test_the_service_is_judged_where_no_revision_says_why(self):
        told = service(condition=FAILED)
        assert rules(check().judge_service(PLACE, told, (revision(),))) == ["not-ready"]
        broken_too = (revision(conditions=[FAILED]),)
        assert rules(check().judge_service(PLACE, told, broken_too)) == []

    def test_a_service_without_a_revision_is_not_ready(self):
        told = service(created="", ready="", condition=PENDING)
        (found,) = check().judge_service(PLACE, told, ())
        assert found.message == "netra-backend has no revision: Starting"


class TestTraffic:
    @pytest.mark.parametrize(
        ("traffic", "expected"),
        [
            ([(None, 100)], []),
            ([("r-2", 100)], ["traffic-pinned"]),
            ([("r-3", 100)], ["traffic-pinned"]),
            ([("r-3", 60), ("r-2", 40)], ["traffic-split"]),
            ([("r-1", 60), ("r-2", 40)], ["traffic-split", "traffic-pinned"]),
        ],
    )
    def test_who_serves(self, traffic, expected):
        found = list(check().judge_traffic(PLACE, service(*traffic)))
        assert rules(found) == expected

    def test_pinned_to_an_old_one_is_a_warning_and_to_the_latest_a_note(self):
        (old,) = check().judge_traffic(PLACE, service(("r-2", 100)))
        assert old.severity is Severity.WARNING
        assert old.message == "netra-backend serves r-2, and r-3 is ready without traffic"
        assert "--to-latest" in old.remediation.commands[-1].argv
        assert "--to-revisions=r-2=100" in old.remediation.commands[-1].undo
        (latest,) = check().judge_traffic(PLACE, service(("r-3", 100)))
        assert latest.severity is Severity.NOTE
        assert latest.message.endswith("the next deploy will get no traffic")
        assert "or a rollback on purpose: then first mend" in old.remediation.summary
        assert "unless whatever deploys it moves" in latest.remediation.summary

    @pytest.mark.parametrize("key", ["managed-by", "app.kubernetes.io/managed-by"])
    def test_cloud_deploy_pins_by_name(self, key):
        labels = {"labels": {key: "google-cloud-deploy"}}
        assert list(check().judge_traffic(PLACE, service(("r-3", 100), **labels))) == []
        behind = check().judge_traffic(PLACE, service(("r-2", 100), **labels))
        assert rules(behind) == ["traffic-pinned"]
        (other,) = check().judge_traffic(PLACE, service(("r-3", 100), labels={key: "terraform"}))
        assert other.severity is Severity.NOTE

    def test_a_candidate_with_a_tag_is_meant_to_wait(self):
        told = service(("r-2", 100), tags=[{"type_": NAMED, "revision": "r-3", "tag": "next"}])
        assert rules(check().judge_traffic(PLACE, told)) == []

    def test_a_split_says_who_gets_what(self):
        (found,) = check().judge_traffic(PLACE, service(("r-3", 60), ("r-2", 40)))
        assert found.message == "netra-backend splits its traffic: 60 % to r-3, 40 % to r-2"
        assert "--to-revisions=r-3=100" in found.remediation.commands[-1].argv
        assert "--to-revisions=r-3=60,r-2=40" in found.remediation.commands[-1].undo


EXPECTED = {
    "min_instances": 1,
    "max_instances": 10,
    "timeout_s": 600,
    "concurrency": 80,
    "memory": "1024Mi",
    "cpu": "1000m",
    "port": 8080,
    "egress": "private-ranges-only",
    "service_account": "backend@p.iam.gserviceaccount.com",
}


class TestSettings:
    def judged(self, options, told=None, it=None, severity=None):
        found = check(**options).judge_settings(
            PLACE, told or service(), it or revision(), severity
        )
        return list(found)

    def test_what_is_as_expected_has_no_finding_however_it_is_spelled(self):
        assert self.judged(EXPECTED) == []
        assert self.judged({}) == []

    @pytest.mark.parametrize(
        ("options", "words", "flag", "undo"),
        [
            ({"min_instances": 2}, "min_instances 1, expected 2", "--min-instances=2", "1"),
            ({"max_instances": 3}, "max_instances 10, expected 3", "--max-instances=3", "10"),
            ({"timeout_s": 900}, "timeout_s 600, expected 900", "--timeout=900", "600"),
            ({"concurrency": 10}, "concurrency 80, expected 10", "--concurrency=10", "80"),
            ({"memory": "2Gi"}, "memory 1Gi, expected 2Gi", "--memory=2Gi", "1Gi"),
            ({"cpu": "2"}, "cpu 1, expected 2", "--cpu=2", "1"),
            ({"port": 8000}, "port 8080, expected 8000", "--port=8000", "8080"),
            (
                {"egress": "all-traffic"},
                "egress private-ranges-only, expected all-traffic",
                "--vpc-egress=all-traffic",
                "private-ranges-only",
            ),
        ],
    )
    def test_each_setting_that_differs(self, options, words, flag, undo):
        (found,) = self.judged(options)
        assert rules([found]) == ["settings"]
        assert found.message == f"netra-backend (r-3) has {words}"
        change = found.remediation.commands[-1]
        assert flag in change.argv
        assert f"{flag.partition('=')[0]}={undo}" in change.undo

    def test_all_that_differ_are_one_finding_and_one_deploy(self):
        (found,) = self.judged({"timeout_s": 900, "max_instances": 3})
        assert "max_instances 10, expected 3; timeout_s 600, expected 900" in found.message
        change = found.remediation.commands[-1]
        assert {"--timeout=900", "--max-instances=3"} <= set(change.argv)

    def test_what_cloud_run_chooses_cannot_be_set_again(self):
        (found,) = self.judged({"execution_environment": "gen2"})
        assert "execution_environment chosen by Cloud Run, expected gen2" in found.message
        assert found.remediation.commands[-1].undo is None

    def test_no_account_is_the_default_one(self):
        (found,) = self.judged(
            {"service_account": "backend@p.iam.gserviceaccount.com"},
            it=revision(service_account=""),
        )
        assert "service_account the default compute account, expected backend@" in found.message

    def test_limits_of_the_service_count_for_the_revision(self):
        told = service(scaling={"min_instance_count": 4, "max_instance_count": 5})
        assert self.judged({"min_instances": 4, "max_instances": 5}, told) == []

    def test_what_the_api_does_not_tell_is_no_finding(self):
        bare = revision(containers=[container(resources={}, ports=[])])
        assert self.judged({"memory": "1Gi", "cpu": "1", "port": 1}, it=bare) == []

    def test_defaults_are_those_of_cloud_run(self):
        small = revision(
            timeout=None, containers=[container(resources={"limits": {"cpu": "500m"}})]
        )
        assert (small.timeout_s, small.concurrency) == (300, 1)
        assert revision().concurrency == 80

    def test_a_candidate_is_a_warning(self):
        (found,) = self.judged({"timeout_s": 1}, it=revision(percent=0), severity=Severity.WARNING)
        assert (found.severity, found.identity) == (Severity.WARNING, "candidate")

    @pytest.mark.parametrize(
        ("wanted", "changing"),
        [("internal", 1), ("internal-and-cloud-load-balancing", 1), ("all", 0)],
    )
    def test_ingress_is_closed_by_a_command_and_opened_by_people(self, wanted, changing):
        now = "INGRESS_TRAFFIC_ALL" if wanted != "all" else "INGRESS_TRAFFIC_INTERNAL_ONLY"
        told = service(ingress=now)
        (found,) = check(ingress=wanted).judge_ingress(PLACE, told)
        assert rules([found]) == ["settings"]
        commands = found.remediation.commands
        assert sum(each.effect is not Effect.READS for each in commands) == changing
        assert all(each.undo is None for each in commands)

    def test_ingress_as_expected(self):
        told = service(ingress="INGRESS_TRAFFIC_ALL")
        assert list(check(ingress="all").judge_ingress(PLACE, told)) == []
        assert list(check().judge_ingress(PLACE, told)) == []


class TestShape:
    def judged(self, it, **options):
        return list(check(**options).judge_shape(PLACE, it, None))

    @pytest.mark.parametrize(
        "probes",
        [
            {},
            {"startup_probe": {"tcp_socket": {"port": 8080}}},
            {"liveness_probe": {"http_get": {"path": "/health"}}},
        ],
    )
    def test_probes_of_the_containers_port(self, probes):
        assert self.judged(revision(containers=[container(**probes)])) == []

    def test_a_ready_one_is_managed_on_a_port_of_its_own(self):
        probes = {"liveness_probe": {"http_get": {"path": "/actuator/health", "port": 9090}}}
        assert self.judged(revision(containers=[container(**probes)])) == []

    @pytest.mark.parametrize(
        ("conditions", "severity"), [([PENDING], Severity.WARNING), ([FAILED], Severity.ERROR)]
    )
    def test_a_probe_of_another_port(self, conditions, severity):
        probes = {
            "startup_probe": {"http_get": {"port": 3000}},
            "liveness_probe": {"grpc": {"port": 3001}},
        }
        (found,) = self.judged(revision(containers=[container(**probes)], conditions=conditions))
        assert (rules([found]), found.severity) == (["probe-port"], severity)
        assert found.message == (
            "netra-backend (r-3) takes requests on port 8080, and its startup probe 3000,"
            " its liveness probe 3001"
        )

    def test_of_several_containers_the_one_with_a_port_takes_the_requests(self):
        beside = container(name="proxy", ports=[], startup_probe={"tcp_socket": {"port": 9000}})
        both = revision(containers=[beside, container()])
        assert both.ingress_container.name == "app"
        assert self.judged(both) == []

    def test_a_port_without_a_number_is_the_usual_one(self):
        assert (
            revision(containers=[container(ports=[{"name": "h2c"}])]).ingress_container.port == 8080
        )

    @pytest.mark.parametrize(
        ("access", "words"),
        [
            ({"connector": "c", "egress": "ALL_TRAFFIC"}, None),
            ({"network_interfaces": [{"network": "n"}]}, None),
            ({"connector": "c", "network_interfaces": [{"network": "n"}]}, "at once"),
            ({"egress": "ALL_TRAFFIC"}, "has no way into one"),
        ],
    )
    def test_the_way_into_the_network(self, access, words):
        found = self.judged(revision(vpc_access=access))
        assert rules(found) == (["network-path"] if words else [])
        assert all(words in each.message for each in found)

    def test_images_by_digest_where_that_is_asked_for(self):
        assert self.judged(revision()) == []
        (found,) = self.judged(revision(), require_digest=True)
        assert rules([found]) == ["image-tag"]
        fixed = container(image=f"eu.pkg.dev/p/app@sha256:{'0' * 64}")
        assert self.judged(revision(containers=[fixed]), require_digest=True) == []

    @pytest.mark.parametrize(
        ("text", "amount"),
        [("1Gi", 2**30), ("512Mi", 2**29), ("1000m", 1), ("2", 2), ("1M", 1e6), ("", None),
         ("much", None), ("1Xi", None), (None, None)],
    )  # fmt: skip
    def test_quantities(self, text, amount):
        assert quantity(text) == amount


class TestJobs:
    def judged(self, status, age=timedelta(hours=2), **options):
        job = of_job(
            "migrate",
            run_v2.Job(
                latest_created_execution={
                    "name": "migrate-x1",
                    "create_time": NOW - age,
                    "completion_status": status,
                }
            ),
        )
        return list(check(**options).judge_job(PLACE, job, NOW))

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ("EXECUTION_SUCCEEDED", []),
            ("EXECUTION_FAILED", ["job-failed"]),
            ("EXECUTION_CANCELLED", ["job-failed"]),
            ("EXECUTION_RUNNING", ["job-slow"]),
            ("EXECUTION_PENDING", ["job-slow"]),
        ],
    )
    def test_how_it_ended(self, status, expected):
        assert rules(self.judged(status)) == expected

    def test_what_failed_is_read_before_it_is_run_again(self):
        (found,) = self.judged("EXECUTION_FAILED")
        *looks, again = found.remediation.commands
        assert looks[0].argv[1:6] == ("run", "jobs", "logs", "read", "migrate")
        assert again.argv[1:5] == ("run", "jobs", "execute", "migrate")
        assert again.no_undo
        (slow,) = self.judged("EXECUTION_RUNNING")
        assert all(each.effect is Effect.READS for each in slow.remediation.commands)

    def test_what_was_cancelled_is_a_warning(self):
        (found,) = self.judged("EXECUTION_CANCELLED")
        assert found.severity is Severity.WARNING
        (found,) = self.judged("EXECUTION_FAILED")
        assert found.message == "migrate-x1, the latest execution of migrate, failed"

    def test_it_may_take_its_time(self):
        assert self.judged("EXECUTION_RUNNING", timedelta(minutes=59)) == []
        (found,) = self.judged("EXECUTION_RUNNING", max_job_s=60)
        assert "runs for 2 hours, expected 60 s at most" in found.message

    def test_one_that_never_ran_says_so(self):
        job = of_job("migrate", run_v2.Job())
        assert job.words == "never ran"
        assert list(check().judge_job(PLACE, job, NOW)) == []


BACKEND = Service(key="backend", cloud_run="netra-backend")


def world_of(*faults):
    return broken(faults).world if faults else healthy_world()


def tagged(world):
    """The world in which candidates have an address."""
    return placed(world, {"backend": "https://localhost:1"})


class TestProbe:
    def test_a_healthy_one_passes_on_what_was_seen(self):
        result, asked = run_in_world(CloudRun, BACKEND, world_of())
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        assert result.observations["latest_ready"] == "netra-backend-00042-sbx"
        assert result.observations["traffic"] == {"netra-backend-00042-sbx": "100 %"}
        shown = result.observations["revisions"]["netra-backend-00042-sbx"]
        assert (shown["instances"], shown["memory"], shown["readiness"]) == ("1-3", "1Gi", "ready")
        assert len(asked) == len(set(asked)) == 2

    def test_a_missing_one_is_a_finding(self):
        wrong = Service(key="backend", cloud_run="netra-backend-staging")
        result, _ = run_in_world(CloudRun, wrong, world_of())
        assert rules(result.findings) == ["not-found"]
        assert result.observations == {"exists": False}

    def test_a_revision_that_serves_and_fails_names_one_to_go_back_to(self):
        world = world_of()
        (name,) = (name for name in world.services if name.endswith("/netra-backend"))
        ill = run_v2.Service(world.services[name])
        ill.latest_created_revision = ill.latest_ready_revision.replace("00042", "00043")
        ill.latest_ready_revision = ""
        ill.terminal_condition = FAILED
        ill.traffic_statuses = [{"type_": NAMED, "revision": "netra-backend-00043-sbx",
                                 "percent": 100}]  # fmt: skip
        world = replace(world, services={**world.services, name: ill})
        result, _ = run_in_world(CloudRun, BACKEND, world)
        (found,) = result.findings
        assert rules([found]) == ["revision-not-ready"]
        back = "--to-revisions=netra-backend-00041-sbx=100"
        assert back in found.remediation.commands[-1].argv
        without, _ = run_in_world(CloudRun, BACKEND, world, forbidden={"revisions"})
        assert (without.outcome, rules(without.findings)) == (result.outcome, rules([found]))
        assert all(each.effect is Effect.READS for each in without.findings[0].remediation.commands)

    def test_of_a_candidate_its_revision_alone_is_judged(self):
        asked = CandidateService(key="backend", cloud_run="netra-backend", tag="candidate")
        world = tagged(world_of("candidate"))
        options = CloudRun.Options(timeout_s=1, ingress="internal")
        result, _ = run_in_world(CloudRun, asked, world, options=options)
        (found,) = result.findings
        assert (rules([found]), found.severity) == (["settings"], Severity.ERROR)
        assert "netra-backend-00043-new" in found.message
        assert list(result.observations["revisions"]) == ["netra-backend-00043-new"]

    @pytest.mark.parametrize(
        ("method", "permission"),
        [
            ("service", "run.services.get"),
            ("revision", "run.revisions.get"),
            ("job", "run.jobs.get"),
        ],
    )
    def test_what_is_forbidden_is_an_error_with_the_permission(self, method, permission):
        options = CloudRun.Options(jobs=("sandbox-migration",))
        result, _ = run_in_world(CloudRun, BACKEND, world_of(), options=options, forbidden={method})
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert permission in result.reason
        assert permission in CloudRun.permissions

    def test_what_cannot_be_read_hides_nothing(self):
        options = CloudRun.Options(jobs=("sandbox-migration",))
        result, _ = run_in_world(
            CloudRun, BACKEND, world_of("traffic-split"), options=options, forbidden={"job"}
        )
        assert rules(result.findings) == ["traffic-split"]
        assert "run.jobs.get" in result.reason

    def test_jobs_are_seen(self):
        options = CloudRun.Options(jobs=("sandbox-migration",))
        result, _ = run_in_world(CloudRun, BACKEND, world_of(), options=options)
        assert result.observations["jobs"] == {"sandbox-migration": "succeeded"}
        options = CloudRun.Options(jobs=("sandbox-migration", "nowhere"))
        result, _ = run_in_world(CloudRun, BACKEND, world_of(), options=options)
        assert rules(result.findings) == ["job-not-found"]

    @pytest.mark.parametrize(
        ("template", "options", "words"),
        [
            ({"resources": {}}, {"memory": "1Gi"}, "tells no memory of netra-backend-00042-sbx"),
            ({"ports": []}, {"port": 8080}, "tells no port of netra-backend-00042-sbx"),
        ],
    )
    def test_what_is_expected_and_not_told_is_not_verified(self, template, options, words):
        world = world_of()
        changed = {name: run_v2.Service(each) for name, each in world.services.items()}
        for each in changed.values():
            for field, value in template.items():
                setattr(each.template.containers[0], field, value)
        result, _ = run_in_world(
            CloudRun,
            BACKEND,
            replace(world, services=changed),
            options=CloudRun.Options(**options),
        )
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert words in result.reason

    @pytest.mark.parametrize(
        ("resource", "environment", "reason"),
        [
            (Service(key="backend"), Environment(), "names no cloud_run service"),
            (BACKEND, Environment(region="us-central1"), "has no project"),
            (BACKEND, Environment(project="netra"), "has no region"),
        ],
    )
    def test_without_a_place_it_is_skipped(self, resource, environment, reason):
        result = run_check(CloudRun, resource, environment=environment)
        assert result.outcome is Outcome.SKIP
        assert reason in result.reason


def test_every_rule_that_fails_is_broken_by_a_scenario():
    from netra_validate.sandbox import SCENARIOS  # noqa: PLC0415 - for this test alone

    told = {rule for each in SCENARIOS.values() for rule in each.expects}
    assert {rule.id for rule in CloudRun.rules.values()} <= told
    assert "revision-not-ready" in FAULTS
