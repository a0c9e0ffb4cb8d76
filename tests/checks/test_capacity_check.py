"""The capacity check: levels and growth by themselves, whole probes against the sandbox's APIs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from gcloud_commands import problems_of
from hypothesis import given
from hypothesis import strategies as st
from permission_worlds import examine

from checks.capacity import Capacity, levels, remedies
from checks.capacity.databases import of_message
from checks.capacity.remedies import ConnectorPlace, InstancePlace, RevisionPlace
from netra_validate import Connector, Database, Environment, Outcome, Service, Severity, Sign
from netra_validate.clients.google.time_series import Point, Series
from netra_validate.model import Effect
from netra_validate.sandbox import measures
from netra_validate.sandbox.cloud_faults import backend, instances, stop, suspend
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.load_faults import measured
from netra_validate.sandbox.measures import DATABASE, Measure
from netra_validate.sandbox.staging import healthy_staging
from netra_validate.sandbox.world import placed
from netra_validate.testing import run_check
from netra_validate.topology import CandidateService

AT = datetime(2026, 1, 1, tzinfo=UTC)
POSTGRES = Database(key="postgres", instance="sandbox-postgres")
BACKEND = Service(key="backend", cloud_run="netra-backend", database="postgres")
MAIN = Connector(key="main", name="sandbox-connector")
FIVE = timedelta(minutes=5)


def row(*values, every=FIVE):
    """Values, the last of which is now; None is a gap."""
    return Series(
        {},
        tuple(
            Point(AT + every * number, value)
            for number, value in enumerate(values)
            if value is not None
        ),
    )


def look(resource, *faults, options=None, world=None, **more):
    staging = healthy_staging()
    for fault in faults:
        staging = fault(staging)
    chosen = Capacity.Options(**options) if options else None
    result, asked = examine(Capacity, resource, world or staging.world, options=chosen, **more)
    for found in result.findings:
        assert problems_of(found.remediation) == []
        reads = [command.effect is Effect.READS for command in found.remediation.commands]
        assert reads == sorted(reads, reverse=True), "those that look come first"
        assert reads[0], "look before you change"
    return result, asked


def found_in(resource, *faults, **more):
    """Rules and severities."""
    result, _ = look(resource, *faults, **more)
    return [(each.rule.removeprefix("capacity."), each.severity) for each in result.findings]


def database_uses(metric, value, **more):
    return measured(Measure(metric, DATABASE, value, **more))


def backend_uses(metric, value, **more):
    return measured(Measure(metric, "netra-backend", value, **more))


def connector_uses(metric, value):
    return measured(Measure(metric, "sandbox-connector", value))


class TestLevels:
    def test_a_peak_is_not_held(self):
        found = levels.level(row(0.2, 0.95, 0.3, 0.2), None, 15)
        assert (found.held, found.peak, found.latest) == (0.2, 0.95, 0.2)

    def test_what_was_held_counts_when_it_is_over(self):
        assert levels.held(row(0.9, 0.95, 0.92, 0.1, 0.1).points, 15) == 0.9

    def test_values_on_both_sides_of_a_gap_do_not_stand_together(self):
        assert levels.held(row(0.9, 0.9, None, 0.9).points, 15) is None
        assert levels.held(row(0.9, 0.9, None, 0.9).points, 10) == 0.9

    def test_what_is_too_old_is_left_out(self):
        found = levels.level(row(0.9, 0.9, 0.9, 0.1), AT + FIVE * 2, 5)
        assert found.peak == 0.1

    def test_nothing_is_no_level(self):
        assert levels.level(row(), None, 5) is None

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.integers(5, 60))
    def test_what_is_held_is_never_above_the_peak(self, values, minutes):
        found = levels.level(row(*values), None, minutes)
        if found.held is not None:
            assert min(values) <= found.held <= found.peak


class TestGrowth:
    HOUR = timedelta(hours=1)

    def grown(self, *values, hours=24, every=HOUR):
        return levels.trend(row(*values, every=every), hours)

    def test_even_growth_has_an_end(self):
        found = self.grown(*(0.5 + 0.01 * hour for hour in range(25)))
        assert found.per_hour == pytest.approx(0.01)
        assert found.full_in_h == pytest.approx(26)

    def test_what_is_full_already_is_full_now(self):
        assert self.grown(*(0.8 + 0.01 * hour for hour in range(25))).full_in_h == 0

    def test_small_unevenness_does_not_matter(self):
        values = [0.5 + 0.01 * hour + (0.002 if hour % 2 else 0) for hour in range(25)]
        assert self.grown(*values).per_hour == pytest.approx(0.01, rel=0.05)

    @pytest.mark.parametrize(
        "values",
        [
            [0.5] * 25,
            [0.9 - 0.01 * hour for hour in range(25)],
            [0.5 + 0.0005 * hour for hour in range(25)],
            [0.5] * 12 + [0.9] * 13,
            [0.5 + 0.02 * (hour % 6) for hour in range(25)],
            [0.5 + 0.02 * min(hour, 24 - hour) for hour in range(25)],
            [0.5, 0.6],
            [],
        ],
        ids=["flat", "falls", "noise", "step", "saw", "up-and-down", "few", "none"],
    )
    def test_what_is_no_even_growth(self, values):
        assert self.grown(*values) is None

    def test_an_hour_says_nothing_of_a_day(self):
        values = [0.1 + 0.01 * number for number in range(13)]
        assert self.grown(*values, every=FIVE) is None

    @given(st.lists(st.floats(0, 10), max_size=60))
    def test_whatever_was_measured_growth_is_upwards(self, values):
        found = self.grown(*values)
        assert found is None or (found.per_hour > 0 and found.full_in_h >= 0)


class TestDatabases:
    def test_a_healthy_one_passes_with_what_was_seen(self):
        result, asked = look(POSTGRES)
        assert result.outcome is Outcome.PASS
        assert dict(result.observations) == {
            "cpu_ratio": 0.18,
            "memory_ratio": 0.52,
            "disk_ratio": 0.41,
            "disk_grows": True,
            "connections": 14,
            "max_connections": 100,
            "window_min": 60,
        }
        assert sum("timeSeries" in each for each in asked) == 4

    @pytest.mark.parametrize(
        ("metric", "rule"),
        [(measures.DATABASE_CPU, "cpu-high"), (measures.DATABASE_MEMORY, "memory-high")],
    )
    @pytest.mark.parametrize(
        ("value", "severity"),
        [(0.79, None), (0.8, Severity.WARNING), (0.95, Severity.ERROR), (1.2, Severity.ERROR)],
    )
    def test_cpu_and_memory(self, metric, rule, value, severity):
        expected = [(rule, severity)] if severity else []
        assert found_in(POSTGRES, database_uses(metric, value)) == expected

    def test_an_option_for_one_of_them(self):
        fault = database_uses(measures.DATABASE_CPU, 0.85)
        assert found_in(POSTGRES, fault, options={"max_cpu_ratio": 0.9}) == []
        assert found_in(POSTGRES, options={"max_memory_ratio": 0.5}) == [
            ("memory-high", Severity.WARNING)
        ]
        assert found_in(POSTGRES, fault, options={"full_ratio": 0.84}) == [
            ("cpu-high", Severity.ERROR)
        ]

    def test_the_sentence_names_what_and_how_long(self):
        result, _ = look(POSTGRES, database_uses(measures.DATABASE_CPU, 0.88))
        (found,) = result.findings
        assert found.message == (
            "sandbox-postgres uses 88% of its CPU for 15 min, expected less than 80%"
        )
        assert found.evidence == {"cpu_ratio": 0.88, "limit_ratio": 0.8}

    def test_a_disk_that_grows_without_an_end_is_never_full(self):
        fault = database_uses(measures.DATABASE_DISK, 0.99, per_hour=0.01)
        assert found_in(POSTGRES, fault) == []

    def test_a_disk_that_grows_is_measured_against_its_limit(self):
        def limited(instance):
            instance.settings.storage_auto_resize_limit = 20

        fault = database_uses(measures.DATABASE_DISK, 0.9)
        assert found_in(POSTGRES, fault, instances(limited)) == []
        result, _ = look(POSTGRES, fault, instances(limited), options={"max_disk_ratio": 0.4})
        assert result.findings[0].evidence["disk_ratio"] == 0.45

    def test_what_another_check_tells_of_is_a_warning(self):
        world = broken(["database-disk-full"]).world
        assert found_in(POSTGRES, world=world) == [("disk-high", Severity.WARNING)]
        world = broken(["database-disk-unseen"]).world
        assert found_in(POSTGRES, world=world) == [("disk-high", Severity.ERROR)]

    def test_what_fills_up_is_said_in_time(self):
        world = broken(["database-disk-fills-up"]).world
        result, _ = look(POSTGRES, world=world)
        (found,) = result.findings
        assert found.rule == "capacity.fills-up"
        assert found.message == (
            "the disk of sandbox-postgres is full in 29 h if it goes on growing by 1.0% an hour,"
            " as for 24 h"
        )
        assert result.observations["disk_full_in_h"] == 29
        assert found_in(POSTGRES, world=world, options={"horizon_h": 28}) == []
        assert found_in(POSTGRES, world=world, options={"horizon_h": 0}) == []

    def test_memory_that_grows(self):
        fault = database_uses(measures.DATABASE_MEMORY, 0.7, per_hour=0.02)
        assert found_in(POSTGRES, fault) == [("fills-up", Severity.WARNING)]

    def test_connections_of_all_databases_are_counted_against_the_flag(self):
        world = broken(["database-connections-high"]).world
        result, _ = look(POSTGRES, world=world, resources=(BACKEND,))
        (found,) = result.findings
        assert "uses 87% of its 100 connections at its peak" in found.message
        assert any("netra-backend" in command.argv for command in found.remediation.commands)
        assert found_in(POSTGRES, world=world, options={"max_connections": 200}) == []

    def test_connections_without_a_known_limit_are_observed(self):
        def unset(instance):
            instance.settings.database_flags = []

        result, _ = look(
            POSTGRES,
            instances(unset),
            measured(Measure(measures.DATABASE_CONNECTIONS, DATABASE, 500)),
        )
        assert result.findings == ()
        assert result.observations["connections"] == 500
        assert result.observations["max_connections"] == "not known"

    def test_other_engines_have_another_metric(self):
        def mysql(instance):
            instance.database_version = "MYSQL_8_0"

        result, _ = look(POSTGRES, instances(mysql))
        assert result.observations["connections"] == "no data"

    @pytest.mark.parametrize("fault", [instances(stop), instances(suspend)])
    def test_one_that_does_not_run_is_skipped(self, fault):
        result, _ = look(POSTGRES, fault)
        assert result.outcome is Outcome.SKIP
        assert "it does not run" in result.reason

    def test_one_that_runs_and_has_no_values_is_not_verified(self):
        result, _ = look(POSTGRES, world=broken(["database-unmeasured"]).world)
        assert result.outcome is Outcome.ERROR
        assert result.reason.startswith(
            "monitoring.googleapis.com has no value of sandbox-postgres in the last 60 min"
        )

    def test_one_that_does_not_exist_is_skipped(self):
        result, _ = look(POSTGRES, world=broken(["database-missing"]).world)
        assert result.outcome is Outcome.SKIP
        assert "sandbox-postgres does not exist" in result.reason

    def test_some_metrics_without_values_are_observed(self):
        def without_cpu(staging):
            kept = [each for each in staging.world.measures if each.metric != measures.DATABASE_CPU]
            return replace(staging, world=replace(staging.world, measures=tuple(kept)))

        result, _ = look(POSTGRES, without_cpu)
        assert result.outcome is Outcome.PASS
        assert result.observations["cpu_ratio"] == "no data"

    def test_what_the_admin_api_does_not_tell_hides_nothing_else(self):
        result, _ = look(
            POSTGRES,
            database_uses(measures.DATABASE_CPU, 0.99),
            forbidden={"cloudsql.instances.get"},
        )
        assert [each.rule for each in result.findings] == ["capacity.cpu-high"]
        assert "cloudsql.instances.get" in result.reason

    def test_what_was_not_read_is_not_called_no_data(self):
        result, _ = look(POSTGRES, forbidden={"cloudsql.instances.get"})
        assert result.outcome is Outcome.ERROR
        assert result.observations["cpu_ratio"] == 0.18
        assert "connections" not in result.observations

    def test_a_limit_that_is_no_number_is_not_known(self):
        (instance,) = healthy_staging().world.instances.values()
        changed = type(instance)(instance)
        changed.settings.database_flags[0].value = "many"
        changed.settings.storage_auto_resize_limit = 40
        facts = of_message(changed)
        assert facts.max_connections is None
        assert facts.disk_part == 0.25


class TestServices:
    def test_a_healthy_one_passes_with_what_was_seen(self):
        result, asked = look(BACKEND)
        assert result.outcome is Outcome.PASS
        assert dict(result.observations) == {
            "cpu_ratio": 0.22,
            "memory_ratio": 0.41,
            "busy_instances": 1.0,
            "startup_p95_s": 3.4,
            "revision": "netra-backend-00042-sbx",
            "window_min": 60,
        }
        assert sum("timeSeries" in each for each in asked) == 4

    @pytest.mark.parametrize(
        ("metric", "value", "rule", "severity", "flag"),
        [
            (measures.SERVICE_CPU, 0.9, "cpu-high", Severity.WARNING, "--cpu=2"),
            (measures.SERVICE_CPU, 0.99, "cpu-high", Severity.ERROR, "--cpu=2"),
            (measures.SERVICE_MEMORY, 0.9, "memory-high", Severity.WARNING, "--memory=2Gi"),
            (measures.SERVICE_STARTS, 10_100, "slow-start", Severity.WARNING, "--cpu-boost"),
        ],
    )
    def test_what_is_used_up(self, metric, value, rule, severity, flag):
        result, _ = look(BACKEND, backend_uses(metric, value))
        (found,) = result.findings
        assert (found.rule, found.severity) == (f"capacity.{rule}", severity)
        assert found.message.startswith("netra-backend-00042-sbx ")
        (step,) = [each for each in found.remediation.commands if each.effect is not Effect.READS]
        assert flag in step.argv
        assert step.undo is not None

    def test_starts_may_take_as_long_as_configured(self):
        fault = backend_uses(measures.SERVICE_STARTS, 10_000)
        assert found_in(BACKEND, fault) == []
        assert found_in(BACKEND, fault, options={"max_startup_s": 9}) == [
            ("slow-start", Severity.WARNING)
        ]

    def test_busy_instances_at_their_limit_are_a_warning(self):
        busy = backend_uses(measures.SERVICE_INSTANCES, 3, labels=(("state", "active"),))
        result, _ = look(BACKEND, busy)
        (found,) = result.findings
        assert (found.rule, found.severity) == ("capacity.instances-at-limit", Severity.WARNING)
        assert "uses 100% of its 3 instances" in found.message
        assert found.bearing.explains == {Sign.NO_INSTANCE_LEFT}
        assert found.bearing.may_explain == {Sign.SLOW, Sign.FAILING, Sign.SILENT}

    def test_idle_instances_are_room(self):
        idle = backend_uses(measures.SERVICE_INSTANCES, 3, labels=(("state", "idle"),))
        assert found_in(BACKEND, idle) == []

    def test_a_single_instance_cannot_be_more(self):
        def alone(service):
            service.template.scaling.max_instance_count = 1

        busy = backend_uses(measures.SERVICE_INSTANCES, 1, labels=(("state", "active"),))
        assert found_in(BACKEND, busy, backend(alone)) == []

    def test_a_limit_of_the_whole_service_counts_too(self):
        def limited(service):
            service.scaling.max_instance_count = 2

        busy = backend_uses(measures.SERVICE_INSTANCES, 2, labels=(("state", "active"),))
        result, _ = look(BACKEND, busy, backend(limited))
        (found,) = result.findings
        assert "2 instances" in found.message
        assert [each.effect for each in found.remediation.commands] == [Effect.READS]

    def test_the_container_that_uses_most_counts(self):
        def container(name, value):
            labels = (("container_name", name),)
            return Measure(measures.SERVICE_CPU, "netra-backend", value, labels=labels)

        result, _ = look(BACKEND, measured(container("app", 0.2), container("proxy", 0.9)))
        assert [each.rule for each in result.findings] == ["capacity.cpu-high"]
        assert result.observations["cpu_ratio"] == 0.9

    def test_one_that_nobody_asked_is_skipped(self):
        result, _ = look(BACKEND, world=broken(["service-idle"]).world)
        assert result.outcome is Outcome.SKIP
        assert result.reason == (
            "nothing was measured of netra-backend in the last 60 min: no instance of it ran, or"
            " none that Cloud Monitoring knows of yet"
        )

    def test_one_that_does_not_exist_is_not_verified_and_names_it(self):
        result, _ = look(Service(key="lost", cloud_run="netra-lost"))
        assert result.outcome is Outcome.ERROR
        assert result.kept_by.missing.endswith("/services/netra-lost"), "its cause explains it"
        assert result.reason.count("does not exist") == 1

    def test_a_revision_that_serves_no_more_is_not_judged(self):
        def renamed(service):
            service.traffic_statuses[0].revision = "netra-backend-00041-sbx"

        world = backend(renamed)(healthy_staging()).world
        result, _ = look(BACKEND, world=world)
        assert set(result.observations["revisions"]) == {
            "netra-backend-00041-sbx",
            "netra-backend-00042-sbx",
        }
        assert result.observations["revisions"]["netra-backend-00042-sbx"]["cpu_ratio"] == "no data"

    def test_a_candidate_without_traffic_is_skipped(self):
        candidate = CandidateService(
            key="backend",
            cloud_run="netra-backend",
            url="https://localhost:1",
            tag="candidate",
        )
        world = placed(broken(["candidate"]).world, {"backend": "https://localhost:1"})
        result, _ = look(candidate, world=world)
        assert result.outcome is Outcome.SKIP

    @pytest.mark.parametrize("permission", ["run.services.get", "monitoring.timeSeries.list"])
    def test_who_may_not_look_is_told_what_is_missing(self, permission):
        result, _ = look(BACKEND, forbidden={permission})
        assert result.outcome is Outcome.ERROR
        assert permission in result.reason


class TestConnectors:
    def test_a_healthy_one_passes_with_what_was_seen(self):
        result, asked = look(MAIN)
        assert result.outcome is Outcome.PASS
        assert dict(result.observations) == {
            "cpu_ratio": 0.12,
            "instances": 2,
            "max_instances": 3,
            "throughput_mbps": 24.0,
            "max_throughput_mbps": 300,
            "window_min": 60,
        }
        assert sum("timeSeries" in each for each in asked) == 4

    @pytest.mark.parametrize(
        ("metric", "value", "rule", "severity"),
        [
            (measures.CONNECTOR_CPU, 0.9, "cpu-high", Severity.WARNING),
            (measures.CONNECTOR_INSTANCES, 3, "instances-at-limit", Severity.WARNING),
            (measures.CONNECTOR_SENT, 31_000_000, "throughput-high", Severity.WARNING),
            (measures.CONNECTOR_RECEIVED, 37_000_000, "throughput-high", Severity.ERROR),
        ],
    )
    def test_what_is_used_up(self, metric, value, rule, severity):
        assert found_in(MAIN, connector_uses(metric, value)) == [(rule, severity)]

    def test_limits_that_are_not_told_are_not_judged(self):
        staging = healthy_staging()
        (connector,) = staging.world.connectors.values()
        changed = type(connector)(connector)
        changed.max_instances = changed.max_throughput = 0
        world = replace(staging.world, connectors={changed.name: changed})
        fault = connector_uses(measures.CONNECTOR_SENT, 10**9)
        assert found_in(MAIN, world=fault(replace(staging, world=world)).world) == []

    @pytest.mark.parametrize("fault", ["connector-down", "connector-missing"])
    def test_one_that_another_check_reports_is_skipped(self, fault):
        assert look(MAIN, world=broken([fault]).world)[0].outcome is Outcome.SKIP

    def test_one_that_is_ready_and_has_no_values_is_not_verified(self):
        world = replace(healthy_staging().world, measures=())
        result, _ = look(MAIN, world=world)
        assert result.outcome is Outcome.ERROR
        assert "has no value of sandbox-connector" in result.reason

    def test_who_may_not_look_at_it_still_sees_its_load(self):
        result, _ = look(
            MAIN,
            connector_uses(measures.CONNECTOR_CPU, 0.99),
            forbidden={"vpcaccess.connectors.get"},
        )
        assert [each.rule for each in result.findings] == ["capacity.cpu-high"]
        assert "vpcaccess.connectors.get" in result.reason


class TestRemedies:
    def flags(self, remedy):
        assert problems_of(remedy) == []
        steps = [each for each in remedy.commands if each.effect is not Effect.READS]
        return [word for each in steps for word in each.argv if word.startswith("--")][:1]

    @pytest.mark.parametrize(
        ("tier", "flag"),
        [
            ("db-f1-micro", ["--tier=db-g1-small"]),
            ("db-g1-small", ["--tier=db-custom-1-3840"]),
            ("db-custom-2-7680", ["--tier=db-custom-4-15360"]),
            ("db-custom-96-368640", []),
            ("db-perf-optimized-N-4", []),
            ("", []),
        ],
    )
    def test_twice_the_machine(self, tier, flag):
        assert self.flags(remedies.bigger_instance(InstancePlace("db", "p", tier), "CPU")) == flag

    @pytest.mark.parametrize(
        ("memory", "flag"),
        [
            ("512Mi", ["--memory=1024Mi"]),
            ("2Gi", ["--memory=4Gi"]),
            ("4Gi", []),
            ("1G", []),
            ("", []),
        ],
    )
    def test_twice_the_memory(self, memory, flag):
        place = RevisionPlace("s", "s-1", "p", "us-central1", memory=memory)
        assert self.flags(remedies.more_memory(place)) == flag

    def test_starts(self):
        place = RevisionPlace("s", "s-1", "p", "us-central1", boost=True, min_instances=0)
        assert self.flags(remedies.start_faster(place)) == ["--min-instances=1"]
        place = replace(place, min_instances=1)
        assert self.flags(remedies.start_faster(place)) == []

    def test_a_disk(self):
        place = InstancePlace("db", "p")
        assert self.flags(remedies.more_disk(place, grows=True)) == []
        assert self.flags(remedies.more_disk(place, grows=False)) == ["--storage-auto-increase"]

    @pytest.mark.parametrize(
        ("instances", "machine", "flag"),
        [
            (3, "e2-micro", ["--max-instances=10"]),
            (10, "e2-micro", ["--machine-type=e2-standard-4"]),
            (10, "e2-standard-4", []),
            (0, "", []),
        ],
    )
    def test_a_connector_grows(self, instances, machine, flag):
        place = ConnectorPlace("c", "p", "us-central1", instances, machine)
        assert self.flags(remedies.grow(place)) == flag


def test_a_level_cannot_be_held_for_longer_than_is_looked_at():
    with pytest.raises(msgspec.ValidationError, match="sustained_min is longer than window_min"):
        msgspec.convert({"window_min": 30, "sustained_min": 60}, Capacity.Options)


@pytest.mark.parametrize(
    ("resource", "environment", "reason"),
    [
        (Service(key="s"), {"project": "p", "region": "us-central1"}, "names no cloud_run service"),
        (BACKEND, {"region": "us-central1"}, "has no project"),
        (BACKEND, {"project": "p"}, "has no region"),
        (MAIN, {"project": "p"}, "has no region"),
        (POSTGRES, {}, "has no project"),
    ],
)
def test_what_is_not_placed_is_skipped(resource, environment, reason):
    result = run_check(Capacity, resource, environment=Environment(**environment))
    assert result.outcome is Outcome.SKIP
    assert reason in result.reason
