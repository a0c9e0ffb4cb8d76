import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hostile_reports import reports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_samples import SAMPLES, healthy, incident, probe, report, unverified

from netra_validate import (
    Check,
    Command,
    Connector,
    Database,
    Environment,
    Finding,
    Host,
    LoadBalancer,
    Location,
    Outcome,
    Plane,
    Remediation,
    Repository,
    Rule,
    Service,
    Severity,
    Topology,
    recorded,
)
from netra_validate.by_hand import MEANINGS, see
from netra_validate.explanation.choosing import Chosen, choose, is_of_a_report
from netra_validate.explanation.finding import explain, listing
from netra_validate.explanation.naming import Known, names
from netra_validate.model import RootCause, Status
from netra_validate.plan import UnknownName
from netra_validate.registry import Registry, load
from netra_validate.reports import FORMATS
from netra_validate.terminal import Display

BUILT_IN = load()


def printed(made, name, registry=BUILT_IN, known=None, width=100, **display):
    return explain(registry, made, choose(made, name), known, Display(width=width, **display))


def with_fingerprints(made):
    """A report whose findings are numbered: 000000aa, 000001aa and so on."""
    number = iter(range(100))
    return replace(
        made,
        probes=tuple(
            replace(
                each,
                findings=tuple(
                    replace(found, fingerprint=f"{next(number):06x}aa") for found in each.findings
                ),
            )
            for each in made.probes
        ),
    )


class TestText:
    @pytest.mark.parametrize("name", ["vpc-connector/main", "health/backend"])
    @pytest.mark.parametrize(
        ("look", "display"),
        [
            ("100", Display(100)),
            ("60-ascii", Display(60, unicode=False)),
            ("100-color", Display(100, color=True)),
        ],
    )
    def test_two_findings_are_as_recorded(self, name, look, display, golden):
        made = with_fingerprints(incident())
        text = explain(BUILT_IN, made, choose(made, name), KNOWN, display)
        golden(f"explained-{name.partition('/')[0]}-{look}.txt", text)

    def test_a_pipe_gets_no_escape_and_ascii_gets_ascii(self):
        made = with_fingerprints(incident())
        assert "\x1b" not in printed(made, "vpc-connector/main")
        assert "\x1b[" in printed(made, "vpc-connector/main", color=True)
        assert printed(made, "vpc-connector/main", unicode=False).isascii()

    def test_a_root_cause_tells_why_and_on_what_it_rests(self):
        text = printed(incident(), "vpc-connector/main")
        for told in (
            "Why it is a root cause",
            "4 failing probes need what it breaks",
            "It rests on vpc-connector/main: state ERROR",
            "It explains cloud-sql/postgres, health/auth",
            "Changed before: 2025-12-31 23:41 UTC, service backend: revision",
            "undo:",
            "needs: roles/run.developer",
            "risk: What only the other network has",
        ):
            assert told in text

    def test_what_was_ruled_out_and_what_was_not_are_told_apart(self):
        made = incident()
        cause = RootCause("vpc-connector/main", ruled_out=("a/b",), not_ruled_out=("c/d",))
        text = printed(replace(made, root_causes=(cause,)), "vpc-connector/main")
        assert "Ruled out, for it is well: a/b\n" in text
        assert "Not ruled out, for it could not be verified: c/d\n" in text

    def test_a_symptom_tells_what_it_follows_from_and_the_cause_behind_that(self):
        text = printed(incident(), "health/backend")
        assert "Why it is no root cause" in text
        assert "It follows from cloud-sql/postgres: staging-shared-postgres is SUSPENDED" in text
        assert "Behind that stands vpc-connector/main: staging-connector is ERROR" in text
        assert "4 failing probes need what it breaks" in text

    def test_a_finding_beside_a_root_cause_may_be_a_symptom(self):
        made = with_fingerprints(incident())
        first, second = made.probe("health/backend").findings
        second = replace(second, explained_by=("vpc-connector/main",))
        health = replace(made.probe("health/backend"), findings=(first, second), explained_by=())
        made = replace(
            made,
            probes=tuple(health if each.id == health.id else each for each in made.probes),
            root_causes=(RootCause("health/backend", findings=(first.fingerprint,), why="So."),),
        )
        assert "Why it is a root cause\n  So.\n" in printed(made, first.fingerprint)
        assert "It follows from vpc-connector/main" in printed(made, second.fingerprint)

    def test_a_warning_and_what_is_waived_have_no_cause_to_look_for(self):
        warned = finding("health.slow", severity=Severity.WARNING)
        made = report(
            (
                probe(
                    "health/backend",
                    Plane.DATA,
                    "service",
                    outcome=Outcome.WARN,
                    findings=(warned,),
                ),
            ),
            Status.PASSED,
            0,
        )
        assert "Its probe does not fail" in printed(made, "health/backend")
        waived = replace(warned, waived="until the move")
        made = report(
            (
                probe(
                    "health/backend",
                    Plane.DATA,
                    "service",
                    outcome=Outcome.FAIL,
                    findings=(waived,),
                ),
            ),
            Status.PASSED,
            0,
        )
        text = printed(made, "health/backend")
        assert "Waived       until the move" in text
        assert "Somebody answers for it" in text

    def test_a_probe_without_findings_is_told_as_it_is(self):
        text = printed(unverified(), "cloud-sql/postgres")
        assert text.startswith("? database postgres: sqladmin.googleapis.com answers 403")
        text = printed(healthy(), "cloud-sql/postgres")
        assert text.startswith("✓ database postgres: nothing was found")
        assert "  version POSTGRES_17\n" in text

    def test_a_rule_that_is_not_installed_is_said_to_be_none(self):
        made = of_one(finding("bridges.down", remediation=Remediation("Put it up again")))
        text = printed(made, "health/backend")
        assert "No installed check has the rule bridges.down." in text
        assert "→ Put it up again" in text

    def test_the_rule_of_another_check_is_not_looked_up_by_its_short_name(self):
        text = printed(of_one(finding("bridges.bad-status")), "health/backend")
        assert "No installed check has the rule bridges.bad-status." in text

    def test_facts_are_told_in_full(self):
        evidence = {
            "line": "x" * 300,
            "paths": {"/health": {"status": 503}},
            "sessions": [{"pid": 1}, {"pid": 2}, {"pid": 3}, {"pid": 4}],
            "nothing": None,
            "empty": [],
        }
        text = printed(of_one(finding("health.slow", evidence=evidence)), "health/backend")
        assert "x" * 300 in re.sub(r"\n +", "", text)
        assert "  paths:\n    /health:\n      status 503\n" in text
        assert "  sessions:\n    - pid 1\n    - pid 2\n    - pid 3\n    - pid 4\n" in text
        assert "nothing" not in text.partition("What it means")[0]

    def test_of_many_findings_some_are_explained_and_the_others_counted(self):
        made = of_one(*(finding("health.slow", message=f"slow {n}") for n in range(25)))
        text = printed(made, "health/backend")
        assert text.count("Found by") == 20
        assert text.count("What it usually hides") == 1
        assert "… and 5 more findings of health/backend; name one by its fingerprint\n" in text

    def test_a_time_that_no_calendar_has_is_left_as_it_is(self):
        late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
        made = replace(of_one(finding("health.slow")), started_at=late)
        made = replace(made, probes=(replace(made.probes[0], started_s=1e300),))
        assert "Seen         9999-12-31T23:59:59Z" in printed(made, "health/backend")


def finding(rule, *, message="it is slow", severity=Severity.ERROR, **named):
    return Finding(rule, severity, message, **named)


def of_one(*findings, kind="service", name="backend", check="health"):
    """A report of one failing probe."""
    one = probe(f"{check}/{name}", Plane.DATA, kind, outcome=Outcome.FAIL, findings=findings)
    return report((one,), Status.FAILED, 1)


class TestChoosing:
    @pytest.mark.parametrize("name", ["000002aa", "000002", "000002a"])
    def test_a_fingerprint_or_its_beginning(self, name):
        made = with_fingerprints(incident())
        (chosen,) = choose(made, name)
        assert chosen.finding.fingerprint == "000002aa"
        assert chosen.finding in chosen.probe.findings

    def test_a_probe_stands_for_all_of_its_findings(self):
        made = incident()
        assert [each.finding for each in choose(made, "health/backend")] == list(
            made.probe("health/backend").findings
        )
        assert choose(made, "health/auth") == (Chosen(made.probe("health/auth"), None),)

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("00000", "'00000' is too short for a fingerprint, expected 6 characters or more"),
            ("ffffff", "there is no finding 'ffffff' in the report; expected a fingerprint"),
            ("health/backnd", "did you mean 'health/backend'?"),
            ("000002ab", "did you mean '000002aa'?"),
            ("", "there is no finding ''"),
            ("health.bad-status", "expected a fingerprint"),
        ],
    )
    def test_what_is_not_there_is_answered_with_what_is(self, name, told):
        with pytest.raises(UnknownName) as caught:
            choose(with_fingerprints(incident()), name)
        assert told in str(caught.value)

    def test_a_beginning_of_two_is_none(self):
        alike = (finding("health.slow", fingerprint=f"abcdef{n:02}") for n in range(7))
        with pytest.raises(UnknownName) as caught:
            choose(of_one(*alike), "abcdef")
        assert str(caught.value) == (
            "7 findings of the report begin with 'abcdef', expected more of the fingerprint:"
            " abcdef00, abcdef01, abcdef02, abcdef03, abcdef04 and 2 more"
        )

    def test_the_whole_of_one_is_not_the_beginning_of_another(self):
        two = (
            finding("health.slow", fingerprint="abcdef"),
            finding("health.slow", fingerprint="abcdef01"),
        )
        (chosen,) = choose(of_one(*two), "abcdef")
        assert chosen.finding is two[0]

    def test_a_report_without_findings_says_so(self):
        with pytest.raises(UnknownName, match="the report has none at all"):
            choose(healthy(), "abcdef")

    @pytest.mark.parametrize(
        ("name", "wanted"),
        [("health/backend", True), ("0a1b2c", True), ("health", False), ("facade", True),
         ("0a1b2", False), ("health.slow", False)],
    )  # fmt: skip
    def test_what_can_only_be_of_a_report_is_known(self, name, wanted):
        assert is_of_a_report(name) is wanted

    def test_a_listing_has_a_line_for_each(self):
        text = listing(with_fingerprints(incident()), Display(width=200))
        assert "✗ 000000aa  cloud-sql/postgres: staging-shared-postgres is SUSPENDED" in text
        assert len(text.splitlines()) == 5
        assert listing(healthy(), Display()) == "The report has no findings.\n"


SERVICE = Service(
    key="backend",
    url="https://staging.example.com/",
    cloud_run="netra-backend",
    health=("/health",),
    websocket="wss://api.example.com/ws?ticket=abc",
    database="postgres",
    connector="main",
)
DATABASE = Database(
    key="postgres", instance="staging-postgres", host="10.0.0.3", name="netra", user="reader"
)
CONNECTOR = Connector(key="main", name="staging-connector")
BALANCER = LoadBalancer(key="front", url_map="staging-map", services=("backend",))
HOST = Host(key="staging.example.com", name="staging.example.com", load_balancer="front")
KNOWN = Known(
    Environment("staging", "netra-staging", "us-central1"),
    Topology((SERVICE, DATABASE, CONNECTOR, BALANCER, HOST)),
)


def named(found, known=None, kind="service", name="backend", **changed):
    made = replace(of_one(found, kind=kind, name=name), **changed)
    return names(made, made.probes[0], found, known)


class TestNames:
    def test_the_configuration_has_those_of_a_service_and_of_what_it_needs(self):
        told = named(finding("health.slow"), KNOWN)
        assert (
            told.items()
            >= {
                "service": "netra-backend",
                "url": "https://staging.example.com",
                "endpoint": "https://staging.example.com/health",
                "websocket": "https://api.example.com/ws",
                "host": "staging.example.com",
                "port": "443",
                "connector": "staging-connector",
                "instance": "staging-postgres",
                "url_map": "staging-map",
                "project": "netra-staging",
                "region": "us-central1",
            }.items()
        )

    @pytest.mark.parametrize(
        ("resource", "wanted"),
        [
            (DATABASE, {"instance": "staging-postgres", "db_host": "10.0.0.3", "db_port": "5432",
                        "database": "netra", "db_user": "reader", "service": "netra-backend"}),
            (CONNECTOR, {"connector": "staging-connector", "service": "netra-backend"}),
            (BALANCER, {"url_map": "staging-map"}),
            (HOST, {"host": "staging.example.com", "port": "443", "url_map": "staging-map"}),
        ],
        ids=lambda value: getattr(value, "kind", ""),
    )  # fmt: skip
    def test_each_kind_has_its_own(self, resource, wanted):
        told = named(finding("a.b"), KNOWN, resource.kind, resource.key)
        assert told.items() >= wanted.items()

    def test_a_dsn_gives_nothing_away(self):
        known = replace(KNOWN, topology=Topology((Database(key="d", instance="i", dsn_env="DSN"),)))
        told = named(finding("postgres.slow"), known, "database", "d")
        assert told.keys() == {"instance", "project", "region"}

    def test_evidence_comes_first(self):
        evidence = {"revision": "r-2", "connector": "projects/p/locations/r/connectors/other",
                    "region": "europe-west1", "paths": {"/ready": {}}}  # fmt: skip
        told = named(finding("a.b", evidence=evidence), KNOWN)
        assert told["revision"] == "r-2"
        assert told["connector"] == "other"
        assert told["region"] == "europe-west1"
        assert told["endpoint"] == "https://staging.example.com/ready"

    def test_without_a_configuration_the_remedy_has_names(self):
        where = ("--region=us-east1", "--project=p-1")
        remedy = Remediation("Look", tuple(map(Command, [
            ("curl", "-H", "Origin: https://app.example.com", "https://a.example:8443/health"),
            ("openssl", "s_client", "-connect", "10.0.0.1:993", "-servername", "b.example"),
            ("gcloud", "run", "services", "logs", "read", "backend", *where,
             '--log-filter=resource.labels.revision_name="backend-7"'),
            ("gcloud", "sql", "operations", "list", "--instance=pg", *where),
            ("gcloud", "secrets", "versions", "list", "jwt", *where),
            ("gcloud", "run", "jobs", "describe", "migrate", *where),
            ("gcloud", "run", "jobs", "executions", "describe", "migrate-1", *where),
            ("gcloud", "compute", "url-maps", "describe", "map", "--global"),
            ("gcloud", "compute", "networks", "vpc-access", "connectors", "describe", "c", *where),
        ])))  # fmt: skip
        assert named(finding("a.b", remediation=remedy)) == {
            "endpoint": "https://a.example:8443/health",
            "websocket": "https://a.example:8443/health",
            "url": "https://a.example:8443",
            "host": "a.example",
            "port": "8443",
            "origin": "https://app.example.com",
            "service": "backend",
            "revision": "backend-7",
            "instance": "pg",
            "secret": "jwt",
            "job": "migrate",
            "execution": "migrate-1",
            "url_map": "map",
            "connector": "c",
            "region": "us-east1",
            "project": "p-1",
        }

    def test_a_host_is_its_own_name(self):
        assert named(finding("a.b"), None, "host", "a.example")["host"] == "a.example"
        told = named(finding("a.b"), None, "host", "a.example:8443")
        assert (told["host"], told["port"]) == ("a.example", "8443")
        assert named(finding("a.b"), None, "host", "::1")["host"] == "::1"
        assert "host" not in named(finding("a.b"), None, "host", "front")

    def test_the_place_is_the_file(self):
        assert named(finding("a.b", location=Location("a b/c.py", 3)))["file"] == "a b/c.py"

    @pytest.mark.parametrize(
        "value",
        ["--impersonate-service-account=me", "-x", "a b", 'a"; rm', "a\nb", "", "x" * 400, True,
         ["a"], "[redacted]", "$(id)", "`id`", "a'b"],
    )  # fmt: skip
    def test_what_is_no_name_stands_for_none(self, value):
        evidence = dict.fromkeys(("revision", "host", "url", "origin", "job"), value)
        assert named(finding("a.b", evidence=evidence)).keys() <= {"project", "region"}

    def test_a_secret_of_the_configuration_stands_for_none(self):
        known = replace(KNOWN, secrets=("netra-backend",))
        assert "service" not in named(finding("a.b"), known)

    def test_an_address_with_a_password_stands_for_none(self):
        address = "https://user:hunter22@a.example/"
        assert "endpoint" not in named(finding("a.b", evidence={"url": address}))


class TestTokens:
    def test_a_note_names_the_variable_and_never_its_value(self, monkeypatch):
        monkeypatch.setenv("STAGING_TOKEN", "hunter2hunter2")
        service = Service(
            key="backend", url="https://a.example", auth="bearer", token_env="STAGING_TOKEN"
        )
        known = replace(KNOWN, topology=Topology((service,)))
        made = of_one(finding("health.slow"))
        text = printed(made, "health/backend", known=known, width=200)
        assert '-H "Authorization: Bearer $STAGING_TOKEN"' in text
        text = printed(made, "health/backend", known=known, width=200, shell="powershell")
        assert '-H "Authorization: Bearer $env:STAGING_TOKEN"' in text
        assert "hunter2" not in text

    def test_an_identity_token_is_minted_by_whoever_asks(self):
        service = Service(
            key="backend", url="https://a.example", auth="google-id-token", audience="https://b"
        )
        known = replace(KNOWN, topology=Topology((service,)))
        text = printed(of_one(finding("health.slow")), "health/backend", known=known, width=200)
        assert "$(gcloud auth print-identity-token --audiences=https://b)" in text

    @pytest.mark.parametrize(
        ("given", "told"),
        [({"dsn_env": "THE_DSN"}, '"$THE_DSN"'),
         ({"name": "n", "user": "u", "password_env": "WORD"}, "the variable WORD holds it")],
    )  # fmt: skip
    def test_psql_is_told_where_the_password_is(self, given, told):
        known = replace(KNOWN, topology=Topology((Database(key="d", instance="i", **given),)))
        made = of_one(finding("postgres.unreachable"), kind="database", name="d", check="postgres")
        assert told in printed(made, "postgres/d", known=known, width=200)

    def test_a_private_authority_is_trusted(self):
        known = replace(KNOWN, environment=Environment(ca_file=Path("/etc/my ca.pem")))
        text = printed(of_one(finding("health.unreachable")), "health/backend", known=known)
        assert "curl --cacert '/etc/my ca.pem' -sS" in text.replace("\\", "/")
        assert "openssl s_client -CAfile '/etc/my ca.pem' -connect" in text.replace("\\", "/")

    def test_the_remedy_knows_it_too(self):
        remedy = Remediation("Ask", (Command(("curl", "--cacert", "/ca.pem", "https://a/")),))
        made = of_one(finding("health.slow", remediation=remedy))
        assert "curl --cacert /ca.pem -sS -o /dev/null" in printed(made, "health/backend")


class Everything(Check[Repository]):
    """Takes every name there is."""

    id = "check"
    plane = Plane.SOURCE
    template = see(" ".join(["curl", *(f"{{{name}}}" for name in MEANINGS)]), hides="All of it.")

    one = Rule(Severity.ERROR, "One", help="Help.", by_hand=template)
    two = Rule(Severity.NOTE, "Two", help="Help.", by_hand=template)

    async def run(self, resource, ctx):
        yield


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(reports(), st.sampled_from([20, 80]), st.booleans(), st.booleans())
def test_a_hostile_report_is_explained_all_the_same(made, width, unicode, color):
    read = recorded.parse(FORMATS["json"].render(made).encode(), "theirs.json")
    display = Display(width=width, unicode=unicode, color=color)
    registry = Registry({"check": Everything}, ())
    text = listing(read, display)
    for each in read.probes:
        text += explain(registry, read, choose(read, each.id), KNOWN, display)
        for found in each.findings:
            for name, value in names(read, each, found, KNOWN).items():
                assert re.fullmatch(r"[\w.@+:].*", value), name
                assert not re.search(r"[\s'\"$`\\;|<>]", value) or name == "file"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text) if color else text
    assert all(char.isprintable() or char == "\n" for char in plain)
    assert unicode or plain.isascii()
    text.encode()


def test_every_sample_is_explained():
    for make in SAMPLES.values():
        made = make()
        for each in made.probes:
            assert printed(made, each.id)
