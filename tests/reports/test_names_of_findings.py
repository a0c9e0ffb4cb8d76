from dataclasses import replace
from pathlib import Path

import pytest
from explained_samples import BALANCER, CONNECTOR, DATABASE, HOST, KNOWN, finding, of_one, printed

from netra_validate import (
    Command,
    Database,
    Environment,
    LoadBalancer,
    Location,
    Remediation,
    Service,
    Topology,
)
from netra_validate.explanation.mentions import asked_by_curl
from netra_validate.explanation.naming import names


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

    def test_a_load_balancer_that_leads_elsewhere_is_none_of_a_service(self):
        other = LoadBalancer(key="other", url_map="other-map", services=("auth",))
        known = replace(KNOWN, topology=Topology((Service(key="backend"), other)))
        assert "url_map" not in named(finding("health.slow"), known)

    def test_a_websocket_is_asked_without_what_may_be_secret_in_its_address(self):
        assert asked_by_curl("wss://u:p@h.example/ws?ticket=1") == "https://h.example/ws"
        assert asked_by_curl("ws://h.example:8080") == "http://h.example:8080/"

    @pytest.mark.parametrize(
        ("resource", "wanted"),
        [
            (DATABASE, {"instance": "staging-postgres", "db_host": "10.0.0.3", "db_port": "5432",
                        "database": "netra", "db_user": "reader", "sslmode": "require",
                        "service": "netra-backend"}),
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

    def test_a_remedy_for_psql_names_the_database(self):
        where = "host=10.0.0.3 port=6543 dbname=netra user=reader"
        where += " sslmode=verify-full sslrootcert=system"
        remedy = Remediation("Look", (Command(("psql", where, "-c", "select 1 as host=x")),))
        told = named(finding("postgres.slow", remediation=remedy), None, "database", "d")
        assert told == {
            "db_host": "10.0.0.3", "db_port": "6543", "database": "netra", "db_user": "reader",
            "sslmode": "verify-full sslrootcert=system",
            "project": "netra-staging", "region": "us-central1",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("message", "known", "told"),
        [
            ("https://a.example:8443/x, says", None, {"endpoint": "https://a.example:8443/x"}),
            ("https://a.example:8443/x, says", KNOWN,
             {"endpoint": "https://staging.example.com/health"}),
            ("https://staging.example.com/x, says", KNOWN,
             {"endpoint": "https://staging.example.com/x"}),
            ("map ends at https://a.example/y.", None, {"endpoint": "https://a.example/y"}),
            ("map ends at https://a.example/y.", KNOWN,
             {"endpoint": "https://staging.example.com/health"}),
            ("wss://a.example/ws?t=1 closes", None, {"websocket": "https://a.example/ws"}),
            ("wss://a.example/ws?t=1 closes", KNOWN, {"websocket": "https://api.example.com/ws"}),
            ("wss://api.example.com/w closes", KNOWN, {"websocket": "https://api.example.com/w"}),
            ("it is 'https://a.example/z' (so)", None, {"endpoint": "https://a.example/z"}),
            ("https://[half and no more", None, {"endpoint": "https://[half"}),
            ("nothing is there", None, {}),
        ],
    )  # fmt: skip
    def test_the_sentence_has_the_address(self, message, known, told):
        names_of = named(finding("a.b", message=message), known)
        assert told.items() <= names_of.items()
        assert known or told or names_of.keys() == {"project", "region"}

    def test_of_several_the_first_is_named(self):
        evidence = {
            "names": ["*.example.com", "b.example.com"],
            "domains": {"c.example.com": "FAILED"},
            "classes": ["SessionFactory app/a.py:3", "Other app/b.py:4"],
            "addresses": ["https://a.example/", "https://b.example/"],
        }
        told = named(finding("a.b", evidence=evidence))
        assert (told["host"], told["endpoint"]) == ("c.example.com", "https://a.example/")
        assert named(finding("a.b", evidence={"classes": ["A b.py:1"]}))["name"] == "A"

    def test_without_a_configuration_the_remedy_has_names(self):
        where = ("--region=us-east1", "--project=p-1")
        remedy = Remediation("Look", tuple(map(Command, [
            ("curl", "-H", "Origin: https://app.example.com", "https://a.example:8443/health"),
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

    @pytest.mark.parametrize(
        ("url", "ours"),
        [
            ("https://a.example/x", True),
            ("https://A.example:443/x", True),
            ("https://elsewhere.example/x", False),
            ("http://a.example/x", False),
            ("https://a.example:8443/x", False),
            ("https://a.example@elsewhere.example/x", False),
            ("https://user@a.example/x", False),
            ("https://a.example:99999/x", False),
        ],
    )
    def test_no_token_is_advised_for_an_address_that_only_the_report_names(self, url, ours):
        service = Service(
            key="backend", url="https://a.example", auth="bearer", token_env="STAGING_TOKEN"
        )
        known = replace(KNOWN, topology=Topology((service,)))
        made = of_one(finding("health.slow", evidence={"url": url}))
        text = printed(made, "health/backend", known=known, width=200)
        assert url in text
        assert ("$STAGING_TOKEN" in text) == ours

    def test_it_is_advised_where_whoever_asks_fills_the_address_in(self):
        service = Service(key="backend", auth="bearer", token_env="STAGING_TOKEN")
        known = replace(KNOWN, topology=Topology((service,)))
        text = printed(of_one(finding("health.slow")), "health/backend", known=known, width=200)
        assert "{endpoint}" in text
        assert "$STAGING_TOKEN" in text

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_an_address_at_the_beginning_of_a_message_is_ours_or_not_meant(self, scheme):
        service = Service(
            key="backend", url="https://a.example", auth="bearer", token_env="STAGING_TOKEN"
        )
        known = replace(KNOWN, topology=Topology((service,)))
        made = of_one(finding("health.slow", message=f"{scheme}://a.example/x is slow"))
        text = printed(made, "health/backend", known=known, width=200)
        assert (f"{scheme}://a.example/x\n" in text) == (scheme == "https")
        assert "$STAGING_TOKEN" in text

    def test_an_identity_token_is_minted_by_whoever_asks(self):
        service = Service(
            key="backend", url="https://a.example", auth="google-id-token", audience="https://b"
        )
        known = replace(KNOWN, topology=Topology((service,)))
        text = printed(of_one(finding("health.slow")), "health/backend", known=known, width=200)
        assert '-H "Authorization: Bearer $(gcloud auth print-identity-token)"' in text
        assert "only a service account gets a token for one" in text
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
        assert "curl --cacert '/etc/my ca.pem' -sS -v -I" in text.replace("\\", "/")

    def test_the_remedy_knows_it_too(self):
        remedy = Remediation("Ask", (Command(("curl", "--cacert", "/ca.pem", "https://a/")),))
        made = of_one(finding("health.slow", remediation=remedy))
        assert "curl --cacert /ca.pem -sS -o /dev/null" in printed(made, "health/backend")
        # The environment is known and has none: the report's is not trusted in its place.
        assert "curl --cacert /ca.pem -sS" not in printed(made, "health/backend", known=KNOWN)
