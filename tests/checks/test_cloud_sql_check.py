import json
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from gcloud_commands import problems_of
from google.cloud import sqladmin_v1
from hypothesis import given
from hypothesis import strategies as st
from remedy_rules import faults

from checks.cloud_sql import CloudSql, connections
from checks.cloud_sql.access_rules import is_world, narrow, wide
from checks.cloud_sql.facts import of_message, of_operations
from checks.cloud_sql.path_rules import Paths
from checks.cloud_sql.probe import judge_alone
from checks.cloud_sql.remedies import Place, add_private_address, fewer_instances
from checks.cloud_sql.state_rules import not_understood
from netra_validate import Connector, Environment, Outcome, Service, Severity
from netra_validate.clients.google.auth_proxy import Proxied
from netra_validate.clients.google.networks import Network
from netra_validate.clients.google.revisions import Carried, Serving, Target, User
from netra_validate.model import Effect, Rollout
from netra_validate.sandbox import launch
from netra_validate.testing import run_check
from netra_validate.topology import Database, Endpoints

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
PLACE = Place("staging-postgres", "netra-staging")
NAME = "netra-staging:us-central1:staging-postgres"
CONNECTOR = "projects/netra-staging/locations/us-central1/connectors/staging-connector"
HOME = Network("staging-vpc", "netra-staging")
PATHS = Paths({CONNECTOR: HOME})

HEALTHY = {
    "name": "staging-postgres",
    "project": "netra-staging",
    "region": "us-central1",
    "connectionName": NAME,
    "state": "RUNNABLE",
    "databaseVersion": "POSTGRES_17",
    "ipAddresses": [{"type": "PRIVATE", "ipAddress": "10.1.2.3"}],
    "currentDiskSize": str(4 * 1024**3),
    "serverCaCert": {"expirationTime": "2035-01-01T00:00:00Z"},
    "settings": {
        "activationPolicy": "ALWAYS",
        "tier": "db-g1-small",
        "dataDiskSizeGb": "10",
        "storageAutoResize": True,
        "databaseFlags": [{"name": "max_connections", "value": "100"}],
        "backupConfiguration": {"enabled": True, "pointInTimeRecoveryEnabled": True},
        "ipConfiguration": {
            "ipv4Enabled": False,
            "privateNetwork": "projects/netra-staging/global/networks/staging-vpc",
            "sslMode": "ENCRYPTED_ONLY",
        },
    },
}


def merged(base, changes):
    result = dict(base)
    for key, value in changes.items():
        nested = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if nested else value
    return result


def instance(**changes):
    """The facts of a healthy instance with these fields of the API's JSON changed."""
    message = sqladmin_v1.DatabaseInstance.pb(sqladmin_v1.DatabaseInstance())
    from google.protobuf.json_format import ParseDict  # noqa: PLC0415 - beside its one use

    ParseDict(merged(HEALTHY, changes), message, ignore_unknown_fields=True)
    return of_message(sqladmin_v1.DatabaseInstance.wrap(message), "netra-staging", NOW)


def settings(**changes):
    return instance(settings=changes)


def ip(**changes):
    return settings(ipConfiguration=changes)


PUBLIC_ONLY = {"ipv4Enabled": True, "privateNetwork": ""}


def public(**changes):
    """An instance with a public address alone."""
    addresses = [{"type": "PRIMARY", "ipAddress": "203.0.113.9"}]
    return instance(ipAddresses=addresses, settings={"ipConfiguration": PUBLIC_ONLY | changes})


def user(*carried, key="backend", pool=5, instances=3, region="us-central1"):
    serving = tuple(
        Serving(Target(f"netra-{key}-{number}", 100, latest=True), each)
        for number, each in enumerate(carried)
    )
    return User(key, f"netra-{key}", "netra-staging", region, serving, pool, instances)


ATTACHED = Carried(connector=CONNECTOR, cloud_sql=(NAME,))


def check(**options):
    return CloudSql(CloudSql.Options(**options))


def rules(findings):
    findings = list(findings)
    for finding in findings:
        commands = finding.remediation.commands
        assert problems_of(finding.remediation) == []
        looking = [command.effect is Effect.READS for command in commands]
        assert looking == sorted(looking, reverse=True), "those that look come first"
        assert looking[0], "look before you change"
        written = [" ".join(argv) for each in commands for argv in (each.argv, each.undo or ())]
        for line in written:
            assert not re.search(r"[=,]\s*(0\.0\.0\.0|::)/", line)
            assert "ALLOW_UNENCRYPTED" not in line
            assert "password" not in line
        assert finding.message.startswith(("staging-postgres", "netra-", "sandbox-"))
    return [finding.rule.removeprefix("cloud-sql.") for finding in findings]


def judged_alone(facts, **options):
    return list(judge_alone(check(**options), PLACE, facts, NOW))


class TestHealthy:
    def test_nothing_is_found(self):
        facts = instance()
        assert rules(judged_alone(facts)) == []
        assert rules(check().judge_user(PLACE, facts, user(ATTACHED), PATHS)) == []
        assert rules(check().judge_connections(PLACE, facts, (user(ATTACHED),))) == []
        assert rules(check().judge_region(PLACE, facts, (user(ATTACHED),), "us-central1")) == []

    def test_an_almost_empty_answer_is_read(self):
        facts = of_message(sqladmin_v1.DatabaseInstance(name="x"), "p", NOW)
        assert facts.state == "SQL_INSTANCE_STATE_UNSPECIFIED"
        assert not_understood(facts) == ("state", "activation policy")
        assert judged_alone(facts) == [], "what is not told is no finding"
        assert facts.disk_ratio is None
        assert facts.ssl_mode is None
        assert facts.disk_can_grow


class TestState:
    @pytest.mark.parametrize(
        "state",
        [
            "SUSPENDED",
            "PENDING_DELETE",
            "PENDING_CREATE",
            "MAINTENANCE",
            "ONLINE_MAINTENANCE",
            "FAILED",
            "REPAIRING",
        ],
    )
    def test_any_state_but_runnable(self, state):
        found = list(check().judge_state(PLACE, instance(state=state)))
        assert rules(found) == ["not-runnable"]
        assert found[0].message.endswith(", expected RUNNABLE")

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({}, ()),
            ({"state": "SQL_INSTANCE_STATE_UNSPECIFIED"}, ("state",)),
            ({"state": 77}, ("state",)),
            ({"state": "FAILED", "settings": {"activationPolicy": 0}}, ()),
            ({"settings": {"activationPolicy": 77}}, ("activation policy",)),
            ({"settings": {"activationPolicy": "ON_DEMAND"}}, ()),
            ({"state": 77, "settings": {"activationPolicy": 77}}, ("state", "activation policy")),
        ],
    )
    def test_what_is_not_understood_is_no_verdict(self, change, expected):
        facts = instance(**change)
        assert not_understood(facts) == expected
        if expected:
            assert rules(check().judge_state(PLACE, facts)) == []

    @pytest.mark.parametrize(
        ("reasons", "expected"),
        [
            (["BILLING_ISSUE"], ["not-runnable"]),
            (["SQL_SUSPENSION_REASON_UNSPECIFIED"], []),
            ([], []),
        ],
    )
    def test_a_reason_for_a_suspension_beside_runnable(self, reasons, expected):
        found = list(check().judge_state(PLACE, instance(suspensionReason=reasons)))
        assert rules(found) == expected
        assert all(
            "(BILLING_ISSUE), though its state is RUNNABLE" in each.message for each in found
        )

    def test_each_state_has_its_own_sentence(self):
        states = ["SUSPENDED", "PENDING_DELETE", "PENDING_CREATE", "MAINTENANCE", "FAILED"]
        sentences = set()
        for state in states:
            (found,) = check().judge_state(PLACE, instance(state=state))
            sentences.add(found.message.partition(":")[0])
        assert len(sentences) == len(states)

    def test_a_suspension_tells_its_reason(self):
        facts = instance(state="SUSPENDED", suspensionReason=["BILLING_ISSUE", "KMS_KEY_ISSUE"])
        (found,) = check().judge_state(PLACE, facts)
        assert "(BILLING_ISSUE, KMS_KEY_ISSUE)" in found.message

    @pytest.mark.parametrize("state", ["RUNNABLE", "SUSPENDED", "FAILED"])
    def test_what_is_stopped_is_only_stopped(self, state):
        facts = instance(state=state, settings={"activationPolicy": "NEVER"})
        (found,) = check().judge_state(PLACE, facts)
        assert rules([found]) == ["stopped"]
        start = found.remediation.commands[-1]
        assert "--activation-policy=always" in start.argv
        assert "--activation-policy=never" in start.undo


class TestOperations:
    @staticmethod
    def judge(*operations, **options):
        messages = tuple(
            sqladmin_v1.Operation(
                name=f"op-{number}",
                operation_type=kind,
                status="DONE" if ended else "RUNNING",
                end_time=NOW - timedelta(days=days),
                error={"errors": [{"code": "ERR", "message": error}]} if error else None,
            )
            for number, (kind, days, error, ended) in enumerate(operations)
        )
        return list(check(**options).judge_operations(PLACE, of_operations(messages), NOW))

    def test_a_failed_one_is_named_with_its_error(self):
        (found,) = self.judge(("UPDATE", 1, "disk quota", True))
        assert rules([found]) == ["failing-operation"]
        assert found.message == (
            "staging-postgres had its latest UPDATE fail on 2026-06-14: ERR: disk quota"
        )
        assert found.remediation.commands[0].argv[:5] == (
            "gcloud", "sql", "operations", "describe", "op-0",
        )  # fmt: skip

    def test_only_the_latest_of_each_kind_counts(self):
        assert self.judge(("UPDATE", 1, None, True), ("UPDATE", 2, "x", True)) == []
        found = self.judge(("UPDATE", 1, None, True), ("RESTART", 2, "x", True))
        assert [each.identity for each in found] == ["RESTART"]

    def test_one_under_way_says_nothing_yet(self):
        assert len(self.judge(("UPDATE", 0, None, False), ("UPDATE", 1, "x", True))) == 1

    @pytest.mark.parametrize("kind", ["EXPORT", "IMPORT"])
    @pytest.mark.parametrize(
        "error", ["User cancelled", "The operation was cancelled by the user.", "CANCELED"]
    )
    def test_what_somebody_cancelled_has_not_failed(self, kind, error):
        assert self.judge((kind, 1, error, True)) == []
        assert len(self.judge((kind, 1, error, True), (kind, 2, "x", True))) == 1

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("UPDATE", "User cancelled"),
            ("EXPORT", "canceling statement due to statement timeout"),
            ("EXPORT", "the export was cancelled since the bucket is gone"),
        ],
    )
    def test_what_ended_otherwise_has(self, kind, error):
        assert len(self.judge((kind, 1, error, True))) == 1

    def test_old_failures_are_forgotten(self):
        assert self.judge(("UPDATE", 8, "x", True)) == []
        assert len(self.judge(("UPDATE", 8, "x", True), operations_days=10)) == 1

    def test_secrets_in_an_error_are_taken_out(self):
        (found,) = self.judge(("UPDATE", 1, "password=hunter2hunter2 \x1b[31m", True))
        assert "hunter2" not in str(found)
        assert "\x1b" not in str(found)


class TestPath:
    @staticmethod
    def judge(facts, carried, paths=PATHS, **options):
        return list(check(**options).judge_user(PLACE, facts, user(carried), paths))

    def test_a_revision_without_the_name_is_not_attached(self):
        (found,) = self.judge(instance(), Carried(connector=CONNECTOR))
        assert rules([found]) == ["not-attached"]
        change = found.remediation.commands[-1]
        assert f"--add-cloudsql-instances={NAME}" in change.argv
        assert f"--remove-cloudsql-instances={NAME}" in change.undo

    @pytest.mark.parametrize("other", [f"{NAME}-2", NAME[:-1], f"x{NAME}"])
    def test_names_are_compared_whole(self, other):
        (found,) = self.judge(instance(), Carried(connector=CONNECTOR, cloud_sql=(other,)))
        assert rules([found]) == ["not-attached"]
        assert f"carries {other} instead" in found.message

    def test_attachment_can_be_optional(self):
        assert self.judge(instance(), Carried(connector=CONNECTOR), attachment="optional") == []

    def test_a_path_into_another_network_is_a_mismatch(self):
        elsewhere = Paths({CONNECTOR: Network("other-vpc", "netra-staging")})
        (found,) = self.judge(instance(), ATTACHED, elsewhere)
        assert rules([found]) == ["network-mismatch"]
        assert "other-vpc" in found.message
        assert "staging-vpc" in found.message

    @pytest.mark.parametrize(
        ("carried", "options", "expected"),
        [
            (ATTACHED, {}, []),
            (Carried(connector=CONNECTOR, proxied=Proxied((NAME,))), {}, []),
            (Carried(connector=CONNECTOR, proxied=Proxied((NAME,), privately=True)), {}, True),
            (Carried(connector=CONNECTOR, cloud_sql=(NAME,), egress="all-traffic"), {}, True),
            (ATTACHED, {"attachment": "optional"}, True),
            (Carried(connector=CONNECTOR), {"attachment": "optional"}, True),
        ],
    )
    def test_a_path_for_something_else_is_gone_past(self, carried, options, expected):
        elsewhere = Paths({CONNECTOR: Network("redis-vpc", "netra-staging")})
        found = rules(self.judge(ip(ipv4Enabled=True), carried, elsewhere, **options))
        assert found == (["network-mismatch"] if expected else [])
        private_only = rules(self.judge(instance(), carried, elsewhere, **options))
        assert private_only == ["network-mismatch"]

    def test_a_proxy_beside_the_program_is_an_attachment(self):
        beside = Carried(connector=CONNECTOR, proxied=Proxied((NAME,), privately=True))
        assert self.judge(instance(), beside) == []
        other = Carried(connector=CONNECTOR, proxied=Proxied((f"{NAME}-2",), privately=True))
        (found,) = self.judge(instance(), other)
        assert rules([found]) == ["not-attached"]

    def test_direct_egress_is_compared_as_well(self):
        good = Carried(direct=True, direct_network=HOME, cloud_sql=(NAME,))
        bad = Carried(direct=True, direct_network=Network("other-vpc"), cloud_sql=(NAME,))
        assert self.judge(instance(), good) == []
        assert rules(self.judge(instance(), bad)) == ["network-mismatch"]

    def test_no_path_to_a_private_instance_is_a_mismatch(self):
        (found,) = self.judge(instance(), Carried(cloud_sql=(NAME,)))
        assert rules([found]) == ["network-mismatch"]
        assert "has no path into it" in found.message

    def test_no_path_is_fine_where_there_is_a_public_address(self):
        assert self.judge(ip(ipv4Enabled=True), Carried(cloud_sql=(NAME,))) == []

    def test_an_unknown_network_is_not_judged(self):
        assert self.judge(instance(), ATTACHED, Paths({CONNECTOR: None})) == []

    @pytest.mark.parametrize(
        ("carried", "expected"),
        [
            (ATTACHED, []),
            (Carried(connector=CONNECTOR, egress="all-traffic", cloud_sql=(NAME,)), True),
            (Carried(connector=CONNECTOR), True),
            (Carried(connector=CONNECTOR, proxied=Proxied((NAME,))), []),
            (Carried(connector=CONNECTOR, proxied=Proxied((NAME,), privately=True)), True),
            (Carried(), []),
        ],
    )
    def test_a_public_address_alone_against_the_path(self, carried, expected):
        found = rules(self.judge(public(), carried, attachment="optional"))
        assert found == (["no-private-address"] if expected else [])

    def test_private_service_connect_is_an_address_too(self):
        facts = public(pscConfig={"pscEnabled": True})
        assert self.judge(facts, Carried(connector=CONNECTOR), attachment="optional") == []

    @pytest.mark.parametrize(
        ("failed", "severity"), [(False, Severity.WARNING), (True, Severity.ERROR)]
    )
    def test_without_traffic_it_is_a_warning_unless_its_roll_out_failed(self, failed, severity):
        known = User(
            "backend",
            "netra-backend",
            "netra-staging",
            "us-central1",
            (
                Serving(Target("b-1", 100, latest=False), ATTACHED),
                Serving(Target("b-2", 0, latest=True, failed=failed), Carried(connector=CONNECTOR)),
            ),
        )
        (found,) = check().judge_user(PLACE, instance(), known, PATHS)
        assert (found.severity, found.identity) == (severity, "backend/candidate")
        assert {each.name for each in found.bearing.only_in} == {"b-2"}, "what serves has it"

    def test_what_is_kept_without_traffic_is_mended_without(self):
        kept = Rollout("b-2", (("b-1", 100),), beside=True, tag="next")
        served = Serving(Target("b-1", 100, latest=False), ATTACHED)
        waits = Serving(Target("b-2", 0, latest=True, rollout=kept), Carried(connector=CONNECTOR))
        known = User("backend", "b", "netra-staging", "us-central1", (served, waits))
        (found,) = check().judge_user(PLACE, instance(), known, PATHS)
        change = found.remediation.commands[-1]
        assert {"--no-traffic", "--tag=next"} <= set(change.argv) & set(change.undo)

    def test_another_region_is_a_warning(self):
        facts = instance(region="us-east1")
        (found,) = check().judge_region(PLACE, facts, (user(ATTACHED),), "us-central1")
        assert rules([found]) == ["region-mismatch"]
        assert found.severity is Severity.WARNING

    def test_without_users_the_configured_region_counts(self):
        facts = instance()
        assert rules(check().judge_region(PLACE, facts, (), "us-east1")) == ["region-mismatch"]
        assert rules(check().judge_region(PLACE, facts, (), None)) == []


class TestAccess:
    @pytest.mark.parametrize(
        "entries",
        [
            ["0.0.0.0/0"],
            ["::/0"],
            ["0:0::0/0"],
            [" 0.0.0.0/0 "],
            ["1.2.3.4/0"],
            ["0.0.0.0/1", "128.0.0.0/1"],
            ["0.0.0.0/1"],
            ["128.0.0.0/2", "192.0.0.0/2"],
            ["10.0.0.0/8", "0.0.0.0/0"],
            ["0.0.0.0/0.0.0.0"],
        ],
    )
    def test_open_to_the_world_in_any_spelling(self, entries):
        networks = [{"value": entry} for entry in entries]
        facts = ip(ipv4Enabled=True, authorizedNetworks=networks)
        (found,) = check().judge_access(PLACE, facts)
        assert rules([found]) == ["open-to-the-world"]
        assert found.severity is Severity.ERROR
        assert found.remediation.commands[-1].undo is None

    @pytest.mark.parametrize(
        "entries", [[], ["0.0.0.0"], ["0.0.0.0/32"], ["10.0.0.0/8"], ["nonsense"], ["2600::/12"]]
    )
    def test_not_the_world(self, entries):
        networks = [{"value": entry} for entry in entries]
        facts = ip(ipv4Enabled=True, authorizedNetworks=networks)
        assert rules(check().judge_access(PLACE, facts)) == []

    def test_what_has_expired_lets_nobody_in(self):
        entry = {"value": "0.0.0.0/0", "expirationTime": "2026-06-01T00:00:00Z"}
        facts = ip(ipv4Enabled=True, authorizedNetworks=[entry])
        assert rules(check().judge_access(PLACE, facts)) == []

    def test_without_a_public_address_the_list_says_nothing(self):
        facts = ip(authorizedNetworks=[{"value": "0.0.0.0/0"}])
        assert rules(check().judge_access(PLACE, facts)) == []

    def test_closing_it_keeps_the_narrow_entries(self):
        networks = [{"value": "0.0.0.0/0"}, {"value": "203.0.113.0/24"}]
        facts = ip(ipv4Enabled=True, authorizedNetworks=networks)
        (found,) = check().judge_access(PLACE, facts)
        assert "--authorized-networks=203.0.113.0/24" in found.remediation.commands[-1].argv

    def closing(self, *kept):
        networks = [{"value": "0.0.0.0/0", "name": "oops"}, *kept]
        (found,) = check().judge_access(PLACE, ip(ipv4Enabled=True, authorizedNetworks=networks))
        assert list(faults(found.remediation)) == []
        return found.remediation

    def test_closing_it_by_command_costs_the_names_of_the_rest(self):
        assert "names" in self.closing({"value": "203.0.113.9/32", "name": "a"}).commands[-1].risk
        assert "names" not in self.closing({"value": "203.0.113.9/32"}).commands[-1].risk

    def test_no_command_lets_in_for_good_what_is_to_expire(self):
        expires = {"value": "203.0.113.9/32", "expirationTime": "2126-06-01T00:00:00Z"}
        remedy = self.closing({"value": "198.51.100.7/32"}, expires)
        assert all(each.effect is Effect.READS for each in remedy.commands)
        assert "203.0.113.9/32 expires, and gcloud would let that in for good" in remedy.summary
        assert "in the console" in remedy.summary

    @given(st.lists(st.ip_addresses(v=4).map(lambda address: f"{address}/0")))
    def test_any_entry_without_prefix_is_the_world(self, entries):
        assert is_world(entries) is bool(entries)
        assert wide(entries) == tuple(entries)
        assert narrow(entries) == ()

    @pytest.mark.parametrize(
        ("configuration", "expected"),
        [
            ({"sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"}, ["unencrypted-allowed"]),
            ({"sslMode": "ENCRYPTED_ONLY", "requireSsl": False}, []),
            ({"sslMode": "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}, []),
            ({"sslMode": "SSL_MODE_UNSPECIFIED", "requireSsl": False}, ["unencrypted-allowed"]),
            ({"sslMode": "SSL_MODE_UNSPECIFIED", "requireSsl": True}, []),
            ({"sslMode": "SSL_MODE_UNSPECIFIED"}, []),
        ],
    )
    def test_unencrypted_connections(self, configuration, expected):
        assert rules(check().judge_access(PLACE, ip(**configuration))) == expected


class TestDisk:
    FULL = str(97 * 1024**3 // 10)

    @pytest.mark.parametrize(
        ("used", "change", "expected"),
        [
            (FULL, {"storageAutoResize": True}, False),
            (FULL, {"storageAutoResize": False}, True),
            (FULL, {"storageAutoResizeLimit": "10"}, True),
            (FULL, {"storageAutoResizeLimit": "11"}, False),
            (FULL, {"storageAutoResizeLimit": "0"}, False),
            ("1024", {"storageAutoResize": False}, False),
            (str(85 * 1024**3 // 10), {"storageAutoResize": False}, True),
        ],
    )
    def test_full_and_without_growth(self, used, change, expected):
        facts = instance(currentDiskSize=used, settings=change)
        found = rules(check().judge_disk(PLACE, facts))
        assert found == (["disk-nearly-full"] if expected else [])

    def test_what_the_api_does_not_tell_is_not_judged(self):
        facts = instance(currentDiskSize="0", settings={"storageAutoResize": False})
        assert rules(check().judge_disk(PLACE, facts)) == []

    def test_a_disk_that_stopped_the_database_is_told_though_it_may_grow(self):
        facts = instance(outOfDiskReport={"sqlOutOfDiskState": "SOFT_SHUTDOWN"})
        (found,) = check().judge_disk(PLACE, facts)
        assert "shut it down" in found.message
        assert rules([found]) == ["disk-nearly-full"]

    def test_at_the_limit_the_disk_is_made_larger(self):
        facts = instance(currentDiskSize=self.FULL, settings={"storageAutoResizeLimit": "10"})
        (found,) = check().judge_disk(PLACE, facts)
        assert "--storage-size=20GB" in found.remediation.commands[-1].argv


class TestConnections:
    @staticmethod
    def judge(*users, facts=None, **options):
        return list(check(**options).judge_connections(PLACE, facts or instance(), users))

    @pytest.mark.parametrize(
        ("pool", "instances", "severity"),
        [
            (5, 3, None),
            (9, 10, None),
            (91, 1, Severity.WARNING),
            (10, 10, Severity.WARNING),
            (101, 1, Severity.ERROR),
            (50, 20, Severity.ERROR),
        ],
    )
    def test_demand_against_the_limit(self, pool, instances, severity):
        found = self.judge(user(ATTACHED, pool=pool, instances=instances))
        assert [each.severity for each in found] == ([severity] if severity else [])
        rules(found)

    def test_services_add_up(self):
        (found,) = self.judge(
            user(ATTACHED, pool=10, instances=6), user(ATTACHED, key="auth", pool=10, instances=6)
        )
        assert "may open 120, 120% of them" in found.message
        changes = found.remediation.commands[-2:]
        assert [change.argv[4:6] for change in changes] == [
            ("netra-backend", "--max-instances=4"), ("netra-auth", "--max-instances=4"),
        ]  # fmt: skip
        assert "--max-instances=6" in changes[0].undo

    def test_the_option_goes_before_the_flag(self):
        assert self.judge(user(ATTACHED), max_connections=16) != []
        assert self.judge(user(ATTACHED), max_connections=500) == []

    def test_a_service_without_a_pool_is_not_guessed(self):
        assert self.judge(user(ATTACHED, pool=None, instances=1000)) == []

    def test_an_assumed_limit_is_no_more_than_a_warning(self):
        facts = settings(databaseFlags=[])
        (found,) = self.judge(user(ATTACHED, pool=50, instances=20), facts=facts)
        assert found.severity is Severity.WARNING
        assert "50 connections (the default of db-g1-small)" in found.message

    def test_no_pool_is_no_connection(self):
        assert self.judge(user(ATTACHED, pool=0, instances=1000)) == []

    def test_an_unknown_limit_is_not_judged(self):
        facts = settings(tier="db-quantum-1", databaseFlags=[])
        assert self.judge(user(ATTACHED, pool=999), facts=facts) == []

    @pytest.mark.parametrize("value", ["0", "", "-1", "1e3", "many", "9" * 5000, "²"])
    def test_a_flag_that_is_no_number_is_no_limit(self, value):
        facts = settings(databaseFlags=[{"name": "max_connections", "value": value}])
        assert facts.max_connections_unreadable
        assert connections.limit(facts, None)[0] is None
        assert connections.limit(facts, 9) == (9, "the option max_connections")
        assert self.judge(user(ATTACHED), facts=facts) == []

    @pytest.mark.parametrize(
        "tier",
        [
            "db-custom-1-" + "9" * 5000,
            "db-custom-1-" + "9" * 400,
            "db-custom-" + "9" * 5000 + "-x",
            "db-n1-standard-" + "9" * 5000,
        ],
    )
    def test_a_tier_beyond_all_numbers_is_not_known(self, tier):
        assert connections.memory_gb(tier) is None

    @pytest.mark.parametrize(
        ("tier", "version", "limit"),
        [
            ("db-f1-micro", "POSTGRES_17", 25),
            ("db-g1-small", "POSTGRES_17", 50),
            ("db-custom-1-3840", "POSTGRES_17", 100),
            ("db-custom-2-6144", "POSTGRES_17", 200),
            ("db-custom-2-7680", "POSTGRES_17", 400),
            ("db-custom-4-15360", "POSTGRES_17", 500),
            ("db-custom-8-30720", "POSTGRES_17", 600),
            ("db-custom-16-61440", "POSTGRES_17", 800),
            ("db-custom-32-122880", "POSTGRES_17", 1000),
            ("db-custom-N4-2-7680", "POSTGRES_17", 400),
            ("db-n1-standard-1", "POSTGRES_13", 100),
            ("db-n1-highmem-2", "POSTGRES_13", 400),
            ("db-perf-optimized-N-8", "POSTGRES_17", 800),
            ("db-f1-micro", "MYSQL_8_0", 250),
            ("db-custom-1-3840", "MYSQL_8_0", 4000),
            ("db-custom-1-3840", "SQLSERVER_2019_WEB", None),
            ("db-new-9", "POSTGRES_17", None),
        ],
    )
    def test_defaults_by_memory(self, tier, version, limit):
        facts = instance(databaseVersion=version, settings={"tier": tier, "databaseFlags": []})
        assert connections.limit(facts, None)[0] == limit

    def test_the_network_is_looked_at_where_it_is(self):
        remedy = add_private_address(PLACE, Network("vpc", "host-project"))
        (peerings,) = (each for each in remedy.commands if "peerings" in each.argv)
        assert {"--network=vpc", "--project=host-project"} <= set(peerings.argv)

    def test_only_a_service_that_may_have_more_is_told_to_have_fewer(self):
        users = (user(key="a", instances=3), user(key="b", instances=9), user(key="c"))
        remedy = fewer_instances(PLACE, users, {"netra-a": 3, "netra-b": 4})
        (lower,) = (each for each in remedy.commands if each.effect is not Effect.READS)
        assert {"netra-b", "--max-instances=4"} <= set(lower.argv)
        assert "--max-instances=9" in lower.undo

    @given(
        st.lists(st.tuples(st.integers(1, 60), st.integers(1, 100)), min_size=1, max_size=5),
        st.integers(1, 1000),
    )
    def test_what_is_offered_fits(self, services, allowed):
        users = [
            user(key=f"s{number}", pool=pool, instances=instances)
            for number, (pool, instances) in enumerate(services)
        ]
        fitting = connections.fitting_instances(users, allowed)
        if fitting:
            assert sum(fitting[each.cloud_run] * each.pool for each in users) <= allowed
            assert min(fitting.values()) >= 1


class TestUpkeep:
    @staticmethod
    def judge(facts, **options):
        return list(check(**options).judge_upkeep(PLACE, facts, NOW))

    def test_no_backups(self):
        facts = settings(backupConfiguration={"enabled": False})
        assert rules(self.judge(facts)) == ["no-backups"]

    def test_a_replica_needs_none(self):
        facts = instance(
            masterInstanceName="p:primary",
            settings={"backupConfiguration": {"enabled": False}},
        )
        assert self.judge(facts) == []

    @pytest.mark.parametrize(
        ("expires", "severity"),
        [
            ("2026-07-16T12:00:00Z", None),
            ("2026-07-15T12:00:00Z", Severity.WARNING),
            ("2026-06-15T11:59:00Z", Severity.ERROR),
        ],
    )
    def test_the_authority_expires(self, expires, severity):
        found = self.judge(instance(serverCaCert={"expirationTime": expires}))
        assert [each.severity for each in found] == ([severity] if severity else [])
        rules(found)

    @pytest.mark.parametrize(
        ("starts", "expected"),
        [
            ("2026-06-15T11:00:00Z", []),
            ("2026-06-20T12:00:00Z", ["maintenance-due"]),
            ("2026-06-23T12:00:00Z", []),
        ],
    )
    def test_a_maintenance_is_due(self, starts, expected):
        facts = instance(scheduledMaintenance={"startTime": starts})
        assert rules(self.judge(facts)) == expected


@pytest.fixture(scope="module")
def healthy():
    with launch() as sandbox:
        yield sandbox


@contextmanager
def google_rest(instance):
    """An address that tells of this instance, and of no operations."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            told = {} if "/operations" in self.path else instance
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


class TestProbe:
    DATABASE = Database(key="postgres", instance="sandbox-postgres")
    RESOURCES = (
        Service(
            key="backend",
            cloud_run="netra-backend",
            database="postgres",
            connector="main",
            database_pool=5,
        ),
        Connector(key="main", name="sandbox-connector"),
    )

    @staticmethod
    def environment(sandbox, **endpoints):
        grpc = f"http://127.0.0.1:{sandbox.grpc_port}"
        rest = f"http://127.0.0.1:{sandbox.rest_port}"
        where = {"run": grpc, "vpcaccess": grpc, "sqladmin": rest} | endpoints
        return Environment(
            project="netra-sandbox", region="us-central1", endpoints=Endpoints(**where)
        )

    def run(self, sandbox, database=DATABASE, options=None, **endpoints):
        return run_check(
            CloudSql,
            database,
            options=options,
            environment=self.environment(sandbox, **endpoints),
            resources=self.RESOURCES,
            retries=0,
        )

    def test_a_healthy_one_passes_on_what_was_seen_and_each_question_is_asked_once(self, healthy):
        before = len(healthy.requests)
        result = self.run(healthy)
        asked = [(each["method"], each["target"]) for each in healthy.requests[before:]]
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        assert result.observations["state"] == "RUNNABLE"
        assert result.observations["connections"] == {
            "max": 100,
            "known_from": "the database flag",
            "services_may_open": 15,
            "pool_not_configured": [],
        }
        assert len(asked) == len(set(asked)) == 5

    def test_a_missing_one_is_a_finding(self, healthy):
        result = self.run(healthy, Database(key="postgres", instance="sandbox-postgre"))
        assert rules(result.findings) == ["not-found"]
        assert result.outcome is Outcome.FAIL

    def test_what_one_api_does_not_tell_hides_nothing_of_another(self, healthy):
        strict = CloudSql.Options(ca_expiry_days=36_500)
        result = self.run(healthy, options=strict, run="http://127.0.0.1:1")
        assert rules(result.findings) == ["ca-expiring"]
        assert result.outcome is Outcome.ERROR
        assert "run.googleapis.com" in result.reason

    def test_a_service_that_cloud_run_does_not_know_is_not_verified(self, healthy):
        wrong = Service(
            key="auth", cloud_run="netra-auth-service", database="postgres", database_pool=50
        )
        result = run_check(
            CloudSql,
            Database(key="postgres", instance="sandbox-postgres"),
            options=CloudSql.Options(max_connections=16),
            environment=self.environment(healthy),
            resources=(wrong, *self.RESOURCES),
        )
        assert result.outcome is Outcome.ERROR
        assert "the Cloud Run service netra-auth-service does not exist" in result.reason
        assert list(result.observations["services_not_verified"]) == ["auth"]
        assert list(result.observations["services"]) == ["backend"]
        assert rules(result.findings) == ["connection-budget"], "and the others are judged still"
        assert "may open 15" in result.findings[0].message

    def test_a_path_that_cannot_be_read_hides_no_attachment(self):
        with launch(["database-detached"]) as sandbox:
            result = self.run(sandbox, vpcaccess="http://127.0.0.1:1")
        assert "not-attached" in rules(result.findings)
        assert "vpcaccess.googleapis.com" in result.reason

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"state": None}, "tells no state of sandbox-postgres"),
            ({"state": "NOVEL"}, "tells no state of sandbox-postgres"),
            ({"settings": None}, "tells no activation policy of sandbox-postgres"),
            (
                {"settings": {"databaseFlags": [{"name": "max_connections", "value": "9" * 5000}]}},
                "the database flag max_connections of sandbox-postgres is no number",
            ),
        ],
    )
    def test_what_the_verdict_rests_on_and_is_not_understood(self, healthy, change, reason):
        document = merged(
            HEALTHY,
            {"name": "sandbox-postgres", "project": "netra-sandbox"}
            | {"connectionName": "netra-sandbox:us-central1:sandbox-postgres"}
            | {"settings": {"ipConfiguration": {"privateNetwork": ""}, "novel": ["x"]}}
            | {"novel": {"of": "later"}, "databaseVersion": "POSTGRES_99"},
        )
        with google_rest(merged(document, change)) as where:
            result = self.run(healthy, sqladmin=where)
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert reason in result.reason

    def test_an_api_that_forbids_is_an_error_with_the_permission(self):
        with launch(["api-forbidden"]) as sandbox:
            result = self.run(sandbox)
        assert result.outcome is Outcome.ERROR
        assert "cloudsql.instances.get" in result.reason

    def test_without_a_project_it_is_skipped(self):
        result = run_check(CloudSql, self.DATABASE, environment=Environment(region="r"))
        assert result.outcome is Outcome.SKIP
        assert "no project" in result.reason
