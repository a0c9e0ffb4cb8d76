"""The health check against services that are well, ill, absent, hostile or somebody else."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trustme
from http_servers import Reply, heads, page, raw, says, serving
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from checks.health import Health
from checks.health.asking import questions
from checks.health.bodies import read
from checks.health.options import HealthOptions
from checks.health.remedies import Remedies
from checks.health.words import Verdict
from netra_validate import Environment, LoadBalancer, Outcome, Service, Severity, Sign
from netra_validate.check import Context
from netra_validate.testing import run_check

WORDS = HealthOptions().words

HEALTHY = says(
    {
        "status": "healthy",
        "service": "netra-backend",
        "version": "2025.9.1",
        "environment": "staging",
        "database_status": "connected",
        "dependencies": {"postgres": {"status": "healthy"}, "redis": {"status": "up"}},
    }
)
DOWN = says({"status": "unhealthy", "reason": "Database connectivity failed"}, status=503)
FRONTEND = Service(key="frontend", cloud_run="netra-frontend")
STAGING = Environment(name="staging", project="netra-staging", region="us-central1")

INVALID_TOKEN = 'Bearer error="invalid_token"'
GOOGLE_401 = f'{INVALID_TOKEN} error_description="The access token could not be verified"'
GOOGLE_403 = page(
    "<html><head><title>403 Forbidden</title></head><body><h1>Error: Forbidden</h1>"
    "<h2>Your client does not have permission to get URL <code>/health</code>"
    " from this server.</h2></body></html>",
    status=403,
)


def backend(url=None, *paths, **more):
    return Service(
        key="backend", url=url, cloud_run="netra-backend", health=paths or ("/health",), **more
    )


def probe(service, *, options=None, resources=(), **more):
    chosen = Health.Options(**(options or {}))
    more.setdefault("environment", STAGING)
    return run_check(Health, service, options=chosen, resources=[FRONTEND, *resources], **more)


def examine(*replies, options=None, retries=0, service=None, **more):
    """The result for a service whose endpoints give these replies, one path each."""
    paths = ["/health", "/health/database", "/health/auth"][: len(replies)]
    with serving(dict(zip(paths, replies, strict=True))) as site:
        found = backend(site.url, *paths, **(service or {}))
        return probe(found, options=options, retries=retries, **more)


def rules(result):
    return [finding.rule.removeprefix("health.") for finding in result.findings]


def only(result):
    assert len(result.findings) == 1, result
    return result.findings[0]


class TestGood:
    def test_passes_on_what_it_saw(self):
        result = examine(HEALTHY, HEALTHY)
        assert result.outcome is Outcome.PASS, result
        seen = result.observations
        assert seen["availability"] == "available"
        assert (seen["status"], seen["says"], seen["service"]) == (
            "200", "healthy", "netra-backend",
        )  # fmt: skip
        assert (seen["version"], seen["environment"]) == ("2025.9.1", "staging")
        assert seen["dependencies"] == {
            "postgres": "healthy",
            "redis": "up",
            "database": "connected",
        }
        assert set(seen["paths"]) == {"/health", "/health/database"}
        assert seen["paths"]["/health"]["status"] == 200
        assert isinstance(seen["latency_ms"], int)

    @pytest.mark.parametrize(
        "document",
        [
            {"status": "ok"}, {"status": "UP"}, {"status": "pass"}, {"state": "Ready"},
            {"status": True}, {"healthy": True}, {"ok": True}, "ok", True,
            {"status": "healthy", "checks": {"db": {"status": "up"}}},
            {"dependencies": {"db": "connected"}}, {"detail": {"status": "ok"}},
            {"status": "ok", "service": "netra-backend-staging"},
            {"status": "ok", "service": "some-other-spelling"},
            {"status": "ok", "service": {"name": "backend"}},
            {"status": "ok", "service": 7, "version": None, "dependencies": None},
        ],
    )  # fmt: skip
    def test_words_and_shapes(self, document):
        assert examine(says(document)).outcome is Outcome.PASS

    def test_plain_text_where_anything_will_do(self):
        assert examine(Reply(body=b"OK"), options={"expect": "any"}).outcome is Outcome.PASS
        assert examine(page("<html>"), options={"expect": "any"}).outcome is Outcome.PASS

    def test_json_without_saying_so(self):
        plain = Reply(body=b'{"status": "ok"}', headers={"content-type": "text/plain"})
        assert examine(plain).outcome is Outcome.PASS

    def test_what_people_look_for_comes_first(self):
        seen = examine(says({"status": "healthy", "version": "1"})).observations
        assert list(seen)[:3] == ["status", "says", "latency_ms"]
        assert seen["latency_ms"] >= 1

    def test_compressed(self):
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        reply = Reply(body=gzip.compress(HEALTHY.body), headers=headers)
        assert examine(reply).outcome is Outcome.PASS


class TestColdStart:
    def test_a_first_503_is_forgiven(self):
        result = examine([DOWN, HEALTHY], retries=2)
        assert result.outcome is Outcome.PASS
        assert result.attempts == 2
        assert result.observations["attempts"] == 2
        assert result.observations["cold_start_s"] >= 0

    def test_a_first_slow_answer_is_forgiven(self):
        cold = Reply(HEALTHY.status, HEALTHY.body, HEALTHY.headers, delay_s=0.4)
        result = examine([cold, HEALTHY], options={"max_latency_s": 0.3})
        assert result.outcome is Outcome.PASS
        assert result.attempts == 2
        assert result.observations["cold_start_s"] >= 0.4
        assert result.observations["latency_ms"] < 300

    def test_always_slow_is_not(self):
        slow = says({"status": "ok"}, delay_s=0.3)
        finding = only(examine(slow, options={"max_latency_s": 0.2}))
        assert (finding.rule, finding.severity) == ("health.slow", Severity.WARNING)
        assert "(limit 0.2 s)" in finding.message
        assert finding.evidence["latency_s"] >= 0.3

    def test_slow_and_then_down_is_down(self):
        slow = says({"status": "ok"}, delay_s=0.3)
        assert rules(examine([slow, DOWN], options={"max_latency_s": 0.2})) == ["bad-status"]


def kept(reply, age):
    return Reply(reply.status, reply.body, {**reply.headers, "age": age, "x-cache": "HIT"})


class TestCached:
    @pytest.mark.parametrize("reply", [HEALTHY, DOWN])
    def test_what_a_cache_kept_says_nothing_about_now(self, reply):
        found = only(examine(kept(reply, "5400")))
        assert (found.rule, found.severity) == ("health.stale", Severity.ERROR)
        assert "90 min, says nothing about now" in found.message
        assert found.evidence["age_s"] == 5400
        assert (found.bearing.shows, found.bearing.explains) == (frozenset(), None)

    @pytest.mark.parametrize(
        "fields", [b"Age: 5400, 3\r\n", b"age:5400\r\nAge: 3\r\n", b"Age: 5400,\r\n"]
    )
    def test_the_first_of_several_ages_counts(self, fields):
        async def wire(reader, writer):
            await anext(heads(reader))
            writer.write(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 2\r\n\r\nok")

        with raw(wire) as site:
            found = only(probe(backend(site.url, "/health")))
        assert (found.rule, found.evidence["age_s"]) == ("health.stale", 5400)

    @pytest.mark.parametrize("age", ["0", "10", "-1", "soon", "", "3, 5400", "9" * 40, "1e9"])
    def test_what_is_fresh_or_no_age_is_believed(self, age):
        assert examine(kept(HEALTHY, age)).outcome is Outcome.PASS

    def test_how_old_is_too_old_is_up_to_the_configuration(self):
        options = {"max_age_s": 6000}
        assert examine(kept(HEALTHY, "5400"), options=options).outcome is Outcome.PASS


class TestBadStatus:
    def test_all_down_is_unavailable_and_told_once(self):
        result = examine(DOWN, DOWN)
        finding = only(result)
        assert finding.rule == "health.bad-status"
        assert finding.severity is Severity.ERROR
        assert finding.message.startswith(
            "netra-backend is unavailable: it answers 503 from /health and /health/database after "
        )
        assert finding.message.endswith(": Database connectivity failed")
        assert finding.evidence["status"] == 503
        assert set(finding.evidence["paths"]) == {"/health", "/health/database"}
        assert result.observations["availability"] == "unavailable"

    def test_some_down_is_partial(self):
        result = examine(HEALTHY, DOWN, HEALTHY)
        assert rules(result) == ["bad-status", "partial"]
        failing, partial = result.findings
        assert failing.message.startswith("netra-backend answers 503 from /health/database after ")
        assert partial.severity is Severity.NOTE
        assert partial.message == (
            "netra-backend is partly available: /health and /health/auth are good,"
            " /health/database is not"
        )
        assert result.observations["availability"] == "partial"

    def test_different_statuses_are_told_apart(self):
        result = examine(Reply(500), Reply(404))
        assert sorted(finding.message[:50] for finding in result.findings) == [
            "netra-backend is unavailable: it answers 404 from ",
            "netra-backend is unavailable: it answers 500 from ",
        ]
        assert len({finding.fingerprint for finding in result.findings}) == 2

    def test_is_asked_again_before_it_counts(self):
        assert examine(DOWN, retries=1).attempts == 2

    def test_says_when_the_load_balancer_answers(self):
        finding = only(examine(Reply(503, b"no healthy upstream")))
        assert finding.evidence["answered_by"] == "Google's front end"
        assert finding.bearing.shows == {Sign.FAILING}
        assert "its logs have nothing of them" in finding.remediation.summary
        assert "not the application" in finding.message

    def test_says_when_it_may_be_the_load_balancer(self):
        finding = only(examine(Reply(503, b"Service Unavailable")))
        assert finding.evidence["answered_by"] == "Google's front end or the application"
        assert finding.bearing.shows == {Sign.FAILING, Sign.UNWELL}
        assert finding.message.endswith(": Google's front end or the application answers")
        assert "whether it answered so itself" in finding.remediation.summary
        used = [command.argv[:4] for command in finding.remediation.commands]
        assert ("gcloud", "run", "services", "describe") in used
        assert ("gcloud", "run", "services", "logs") in used

    @pytest.mark.parametrize(
        ("document", "shows"),
        [
            ({"status": "unhealthy"}, Sign.UNWELL),
            ({"reason": "Database connectivity failed"}, Sign.NO_DATABASE),
            ({"reason": "pg: too many clients"}, Sign.NO_DATABASE),
            ({"reason": "JWT signing key is missing"}, Sign.OWN_TROUBLE),
            ({"reason": "JWT signing key is missing (database connected)"}, Sign.OWN_TROUBLE),
            ({"reason": "NoSQL injection filter misconfigured"}, Sign.OWN_TROUBLE),
            ({"checks": {"pg": "down"}}, Sign.NO_DATABASE),
            ({"checks": {"redis": "down"}}, Sign.NO_NETWORK),
            ({"checks": {"redis": "down", "db": "ok"}}, Sign.OWN_TROUBLE),
            ({"checks": {"stripe": "down"}}, Sign.OWN_TROUBLE),
            ({"checks": {"diskSpace": "down", "db": "up"}}, Sign.OWN_TROUBLE),
        ],
        ids=str,
    )
    def test_what_it_says_is_what_it_shows(self, document, shows):
        document = {"status": "unhealthy"} | document
        for status in (503, 200):
            found = examine(says(document, status))
            assert {each.bearing.shows for each in found.findings} == {frozenset({shows})}

    def test_two_parts_that_fail_in_two_ways_are_two_findings(self):
        document = {"status": "unhealthy", "checks": {"stripe": "down", "database": "down"}}
        first, second = examine(says(document, 503)).findings
        assert (first.bearing.shows, second.bearing.shows) == (
            {Sign.NO_DATABASE}, {Sign.OWN_TROUBLE},
        )  # fmt: skip
        assert first.message.endswith(": database is 'down'")
        assert second.message.endswith(": stripe is 'down'")
        assert first.fingerprint != second.fingerprint
        assert first.evidence["parts"] == ["database is 'down'"]

    def test_two_endpoints_that_say_different_things_are_two_findings(self):
        result = examine(
            says({"status": "unhealthy", "reason": "JWT signing key is missing"}, 503), DOWN
        )
        assert [each.bearing.shows for each in result.findings] == [
            {Sign.OWN_TROUBLE}, {Sign.NO_DATABASE},
        ]  # fmt: skip

    def test_an_optional_service_only_warns(self):
        result = examine(DOWN, service={"required": False})
        assert result.outcome is Outcome.WARN

    def test_the_remedy_is_in_the_users_names(self):
        remedy = only(examine(DOWN)).remediation
        curl, logs = (command.argv for command in remedy.commands)
        assert curl[0] == "curl"
        assert curl[-1].endswith("/health")
        assert logs == (
            "gcloud", "run", "services", "logs", "read", "netra-backend",
            "--limit=50", "--region=us-central1", "--project=netra-staging",
            "--log-filter=logName:(stderr OR stdout OR system)",
        )  # fmt: skip

    def test_a_redirect_on_the_same_host(self):
        with serving({"/health": Reply(308, headers={"location": "/health/?token=abc"})}) as site:
            finding = only(probe(backend(site.url)))
        assert finding.rule == "health.bad-status"
        assert f"redirected to http://localhost:{site.port}/health/)" in finding.message
        assert "abc" not in repr(finding)


class TestBodies:
    @pytest.mark.parametrize(
        ("document", "rule"),
        [
            ({"status": "unhealthy"}, "unhealthy"),
            ({"status": "critical"}, "unhealthy"),
            ({"status": "error"}, "unhealthy"),
            ({"status": "DOWN"}, "unhealthy"),
            ({"status": "not healthy"}, "unhealthy"),
            ({"healthy": False}, "unhealthy"),
            ({"dependencies": {"db": "down"}}, "unhealthy"),
            ({"status": "initializing"}, "not-ready"),
            ({"status": "starting"}, "not-ready"),
            ({"status": "not_ready"}, "not-ready"),
            ({"status": "NotReady"}, "not-ready"),
            ({"status": "not-ready"}, "not-ready"),
            ({"status": "ok", "ready": False}, "not-ready"),
            ({"status": "degraded"}, "degraded"),
            ({"status": "warning"}, "degraded"),
            ({}, "no-verdict"),
            ({"status": "purple"}, "no-verdict"),
            ({"status": None}, "no-verdict"),
            ([1, 2], "no-verdict"),
            (7, "no-verdict"),
            ({"status": "ok", "service": "netra-frontend"}, "wrong-service"),
            ({"status": "ok", "service": "frontend"}, "wrong-service"),
            ({"status": "ok", "service": "Netra_Frontend-staging"}, "wrong-service"),
            ({"status": "unhealthy", "service": "frontend-service"}, "wrong-service"),
        ],
    )
    def test_a_success_that_is_none(self, document, rule):
        assert only(examine(says(document))).rule == f"health.{rule}"

    def test_who_answers_for_another_is_told_with_where_to_look_for_its_spelling(self):
        balancers = (
            LoadBalancer(key="main", url_map="staging-map", services=("backend", "frontend")),
            LoadBalancer(
                key="inner", url_map="inner-map", region="us-east1", services=("backend",)
            ),
            LoadBalancer(key="other", url_map="other-map", services=("auth",)),
        )
        found = only(
            examine(says({"status": "ok", "service": "netra-frontend"}), resources=balancers)
        )
        assert "whether netra-backend was deployed under another spelling" in (
            found.remediation.summary
        )
        asked = [" ".join(each.argv[:5]) for each in found.remediation.commands[1:]]
        assert asked[0].startswith("gcloud run services list")
        assert asked[1:] == [
            "gcloud compute url-maps describe staging-map",
            "gcloud compute url-maps describe inner-map",
        ]
        scopes = [each.argv[5] for each in found.remediation.commands[2:]]
        assert scopes == ["--global", "--region=us-east1"]

    def test_a_reason_is_passed_on_without_its_secrets(self):
        document = {
            "status": "unhealthy",
            "reason": "no postgres://app:hunter2@10.0.0.3/app \x1b[31m",
        }
        finding = only(examine(says(document)))
        assert "10.0.0.3" in finding.message
        assert "hunter2" not in repr(finding)
        assert "\x1b" not in repr(finding)

    @pytest.mark.parametrize(
        ("more", "named"),
        [
            ({"dependencies": {"redis": {"status": "down"}}}, "redis is 'down'"),
            ({"dependencies": {"redis": "down"}}, "redis is 'down'"),
            ({"dependencies": {"redis": False}}, "redis is 'false'"),
            ({"checks": {"redis": {"healthy": False}}}, "redis is 'healthy: false'"),
            ({"services": [{"name": "redis", "status": "starting"}]}, "redis is 'starting'"),
            ({"components": {"store": {"redis": {"status": "down"}}}}, "store.redis is 'down'"),
            ({"checks": {"redis:time": [{"status": "fail"}]}}, "redis:time is 'fail'"),
            ({"database_status": "disconnected"}, "database is 'disconnected'"),
            (
                {"components": {"db": {"status": "up", "components": {"pool": "down"}}}},
                "db.pool is 'down'",
            ),
        ],
    )
    def test_an_ailing_dependency_is_named(self, more, named):
        finding = only(examine(says({"status": "healthy", **more})))
        assert (finding.rule, finding.severity) == ("health.degraded", Severity.ERROR)
        assert named in finding.message

    def test_degraded_on_an_optional_service_only_warns(self):
        assert examine(says({"status": "degraded"}), service={"required": False}).outcome is (
            Outcome.WARN
        )

    def test_207_is_degraded(self):
        assert only(examine(says({"status": "ok"}, status=207))).rule == "health.degraded"

    def test_the_worst_that_is_said_of_a_dependency_is_shown(self):
        good = says({"status": "ok", "dependencies": {"redis": "up"}})
        bad = says({"status": "ok", "dependencies": {"redis": "down"}})
        assert examine(good, bad, good).observations["dependencies"] == {"redis": "down"}

    def test_degraded_is_still_available(self):
        result = examine(HEALTHY, says({"status": "degraded"}))
        assert rules(result) == ["degraded"]
        assert result.observations["availability"] == "available"

    def test_an_expected_service_is_held_to_its_name(self):
        options = {"expected_service": "backend-v2"}
        assert only(examine(HEALTHY, options=options)).rule == "health.wrong-service"
        right = says({"status": "ok", "service": "Backend_V2"})
        assert examine(right, options=options).outcome is Outcome.PASS

    def test_words_are_options(self):
        assert examine(says({"status": "purple"}), options={"good_words": ("purple",)}).outcome is (
            Outcome.PASS
        )


class TestNoVerdict:
    @pytest.mark.parametrize(
        "document",
        [{}, [], None, {"status": 200}, {"code": 0}, {"status": "weird"}, {"uptime": 5}],
    )
    def test_could_not_be_verified(self, document):
        result = examine(says(document))
        assert result.outcome is Outcome.ERROR
        assert result.reason.startswith(
            "netra-backend answers 200 from /health without a word that the check knows; "
        )
        finding = only(result)
        assert (finding.rule, finding.severity) == ("health.no-verdict", Severity.WARNING)
        assert "[environments.staging.services.backend.checks.health]" in (
            finding.remediation.summary
        )
        assert result.observations["availability"] == "unknown"

    def test_the_word_is_told(self):
        assert "the status 'weird' is no word" in only(examine(says({"status": "weird"}))).message
        parts = says({"checks": {"db": {"status": "limping"}, "redis": "up"}})
        assert "db is 'limping'" in only(examine(parts)).message

    def test_one_silent_endpoint_is_enough(self):
        result = examine(HEALTHY, says({}), says({}, status=202))
        assert result.outcome is Outcome.ERROR
        assert "answers 200 and 202 from /health/database and /health/auth" in result.reason
        assert rules(result) == ["no-verdict"]

    def test_a_fault_weighs_more(self):
        result = examine(DOWN, says({}))
        assert (result.outcome, rules(result)) == (Outcome.FAIL, ["bad-status", "no-verdict"])

    @pytest.mark.parametrize("document", [{}, [], None, {"status": "weird"}, {"uptime": 5}])
    def test_the_status_is_enough_where_anything_will_do(self, document):
        assert examine(says(document), options={"expect": "any"}).outcome is Outcome.PASS

    def test_a_bad_word_counts_even_then(self):
        ill = says({"status": "ok", "database": "down"})
        assert only(examine(ill, options={"expect": "any"})).rule == "health.degraded"


class TestNotJson:
    @pytest.mark.parametrize("text", ["ok", "OK\n", "healthy", "DOWN"])
    def test_a_single_word_is_told_as_one(self, text):
        reply = Reply(body=text.encode(), headers={"content-type": "text/plain"})
        finding = only(examine(reply))
        assert finding.rule == "health.not-json"
        assert finding.message == (
            "netra-backend answers in plain text instead of JSON at /health:"
            f" {text.strip()!r} (text/plain)"
        )
        assert finding.remediation.summary.endswith(
            'set expect = "any" in [environments.staging.services.backend.checks.health]'
        )
        assert "route" not in finding.remediation.summary

    def test_different_words_have_one_remedy(self):
        finding = only(examine(Reply(body=b"ok"), Reply(body=b"healthy")))
        assert 'expect = "any"' in finding.remediation.summary
        assert all(word in finding.message for word in ("'ok'", "'healthy'"))

    def test_the_table_to_write_is_toml(self):
        service = Service(key="my backend", health=("/health",))
        with serving({"/health": Reply(body=b"ok")}) as site:
            named = structs.replace(service, url=site.url)
            quoted = only(probe(named)).remediation.summary
            nowhere = only(probe(named, environment=Environment())).remediation.summary
        assert '[environments.staging.services."my backend".checks.health]' in quoted
        assert nowhere.endswith("[checks.health]")

    def test_a_page_is_still_a_matter_of_routes(self):
        finding = only(examine(page("<html>ok</html>")))
        assert "gives no JSON" in finding.message
        assert "route" in finding.remediation.summary

    @pytest.mark.parametrize(
        ("reply", "part"),
        [
            (page("<!doctype html><div id=root>"), "text/html"),
            (Reply(body=b"OK"), "no content type"),
            (Reply(body=b""), "the body is empty"),
            (Reply(204), "the body is empty"),
            (says({"status": "ok", "padding": "x" * 70_000}), "goes on after 65536 bytes"),
            (
                Reply(body=b'{"status": "ok"', headers={"content-type": "application/json"}),
                "no JSON",
            ),
            (Reply(body=b"[" * 60_000), "nested too deeply"),
            (Reply(body=b'{"status": NaN}'), "NaN"),
            (Reply(body=b"\xff\xfe\xfd"), "no JSON"),
        ],
        ids=str,
    )
    def test_is_said(self, reply, part):
        finding = only(examine(reply))
        assert finding.rule == "health.not-json"
        assert part in finding.message

    def test_a_broken_promise_counts_even_where_anything_will_do(self):
        broken = Reply(body=b"{", headers={"content-type": "application/problem+json"})
        assert only(examine(broken, options={"expect": "any"})).rule == "health.not-json"

    def test_plain_words_count_where_anything_will_do(self):
        assert only(examine(Reply(body=b"DOWN"), options={"expect": "any"})).rule == (
            "health.unhealthy"
        )

    @pytest.mark.parametrize(
        "body",
        [
            b'\xef\xbb\xbf{"status": "ok"}',
            '{"status": "ok"}'.encode("utf-16"),
            b'{"status": "down", "status": "ok"}',
            b'{"status": "ok", "n": ' + b"9" * 4000 + b"}",
            b'{"status": "ok", "x": "\\ud800"}',
            b'{"status": "ok", "x": 1e999}',
        ],
    )
    def test_odd_json_is_still_json(self, body):
        assert examine(Reply(body=body)).outcome is Outcome.PASS


class TestElsewhere:
    def test_redirected_to_another_host(self):
        reply = Reply(302, headers={"location": "https://accounts.example/login?token=abc"})
        finding = only(examine(reply))
        assert finding.rule == "health.redirected"
        assert finding.message == "netra-backend redirects to accounts.example from /health (302)"
        assert "abc" not in repr(finding)

    @pytest.mark.parametrize(
        "location", ["https://[", "https://h:x/", "javascript:alert(1)", "http:", "\xff"]
    )
    def test_redirected_to_nowhere(self, location):
        assert only(examine(Reply(302, headers={"location": location}))).rule == "health.bad-status"

    def test_rate_limited(self):
        finding = only(examine(Reply(429, headers={"retry-after": "600"}), retries=2))
        assert finding.rule == "health.rate-limited"
        assert "600 s" in finding.message
        assert finding.evidence["retry_after_s"] == 600

    def test_whose_requests_are_limited_and_by_whom_is_advised_on_apart(self):
        ours = only(examine(Reply(429, body=b"Too many requests. Rate exceeded.")))
        assert ours.bearing.shows == frozenset()
        assert "rate limit" in ours.remediation.summary
        assert "security-policies" in ours.remediation.commands[0].argv

    def test_cloud_run_without_a_free_instance_turns_everybody_away(self):
        finding = only(examine(Reply(429, body=b"Rate exceeded.\n")))
        assert finding.rule == "health.rate-limited"
        assert "has no instance free for a request to /health" in finding.message
        assert finding.bearing.shows == {Sign.NO_INSTANCE_LEFT}
        assert finding.remediation.summary.startswith("Let more instances run")
        assert finding.remediation.docs.endswith("/max-instances")
        assert "security-policies" not in repr(finding.remediation)

    def test_rate_limited_for_a_moment(self):
        reply = [Reply(429, headers={"retry-after": "0"}), HEALTHY]
        assert examine(reply, retries=1).outcome is Outcome.PASS


class TestForbidden:
    @pytest.mark.parametrize(
        "reply", [GOOGLE_403, Reply(401, headers={"www-authenticate": GOOGLE_401})]
    )
    def test_by_google(self, reply):
        finding = only(examine(reply))
        assert finding.rule == "health.forbidden"
        assert "Google's access control" in finding.message
        assert "roles/run.invoker" in finding.remediation.summary
        look, invite = finding.remediation.commands
        assert "get-iam-policy" in look.argv
        assert "add-iam-policy-binding" in invite.argv
        assert "remove-iam-policy-binding" in invite.undo
        assert "which a person has to decide on" in finding.remediation.summary
        assert "allUsers" not in repr(finding)

    @pytest.mark.parametrize(
        ("reply", "by"),
        [
            (says({"detail": "Not authenticated"}, status=401), "the application"),
            (page("<h1>403 Forbidden</h1>", status=403), "the application"),
            (
                Reply(401, b"Invalid IAP credentials: empty token"),
                "Identity-Aware Proxy",
            ),
            (Reply(403, headers={"x-goog-iap-generated-response": "true"}), "Identity-Aware Proxy"),
            (Reply(401, headers={"www-authenticate": INVALID_TOKEN}), "the application"),
            (
                page('<!doctype html><meta charset="utf-8"><title>403</title>403 Forbidden', 403),
                "Google Cloud Armor",
            ),
        ],
    )
    def test_by_others(self, reply, by):
        finding = only(examine(reply))
        assert finding.rule == "health.forbidden"
        assert by in finding.message
        assert "run.invoker" not in finding.remediation.summary

    def test_each_status_has_its_own_name(self):
        assert "401 (unauthorized)" in only(examine(Reply(401))).message
        assert "403 (forbidden)" in only(examine(Reply(403))).message

    def test_nothing_is_known_then(self):
        assert examine(GOOGLE_403).observations["availability"] == "unknown"

    def test_is_not_asked_twice(self):
        assert examine(GOOGLE_403, retries=2).attempts == 1


class TestUnreachable:
    def test_refused(self):
        with raw(lambda *_: asyncio.sleep(0)) as site:
            url = site.url
        result = probe(backend(url, "/health", "/health/database"), retries=0)
        finding = only(result)
        assert finding.rule == "health.unreachable"
        assert finding.evidence["phase"] == "connection"
        assert finding.message.startswith(
            "netra-backend is unreachable (connection) at /health and /health/database: localhost:"
        )
        assert "the connection is refused" in finding.message
        assert result.outcome is Outcome.FAIL

    def test_no_such_name(self):
        finding = only(probe(backend("https://nothing.invalid"), retries=0))
        assert finding.evidence["phase"] == "name resolution"
        assert finding.remediation.commands[0].argv == ("nslookup", "nothing.invalid")

    def test_a_certificate_of_another_name(self, tmp_path):
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("other.example").configure_cert(context)
        where = Environment(name="staging", ca_file=tmp_path / "ca.pem")
        with serving({"/health": HEALTHY}, tls=context) as site:
            finding = only(probe(backend(site.url), environment=where, retries=0))
        assert finding.evidence["phase"] == "TLS"
        assert "does not cover this name" in finding.message

    @pytest.mark.parametrize(
        ("host", "gcloud"), [("localhost", False), ("127.0.0.1", False), ("h.run.app", False),
                             ("staging.example", True)],
    )  # fmt: skip
    def test_certificates_of_a_load_balancer_are_looked_at_where_there_may_be_one(
        self, host, gcloud
    ):
        remedies = Remedies(backend(f"https://{host}"), STAGING)
        evidence = {"phase": "TLS", "at_fault": "certificate"}
        remedy = remedies.for_rule("unreachable", f"https://{host}/health", evidence)
        assert ("ssl-certificates" in repr(remedy.commands)) is gcloud
        assert ("ca_file" in remedy.summary) is not gcloud

    def test_tls_spoken_to_a_port_without(self):
        async def plain(reader, writer):
            await reader.read(1)
            writer.write(Reply(400).encoded())
            await writer.drain()

        with raw(plain) as site:
            finding = only(probe(backend(site.url.replace("http:", "https:")), retries=0))
        assert finding.rule == "health.unreachable"
        assert finding.message.startswith("netra-backend speaks no TLS at /health: ")
        assert "begin with http://" in finding.remediation.summary
        assert "certificate" not in repr(finding)

    def test_a_handshake_that_does_not_end_is_no_matter_of_certificates(self):
        with raw(lambda *_: asyncio.sleep(60)) as site:
            service = backend(site.url.replace("http:", "https:"))
            finding = only(probe(service, options={"timeout_s": 0.3}, retries=0))
        assert finding.evidence["phase"] == "TLS"
        assert "certificate" not in repr(finding)

    @pytest.mark.parametrize(
        ("answer", "rule", "said"),
        [
            (b"\x15\x03\x01\x00\x02\x02\x46", "malformed", "as a port that speaks TLS does"),
            (
                Reply(400, b"The plain HTTP request was sent to HTTPS port").encoded(),
                "bad-status",
                "the port speaks TLS, the address says http",
            ),
            (
                Reply(400, b"Client sent an HTTP request to an HTTPS server.\n").encoded(),
                "bad-status",
                "the port speaks TLS, the address says http",
            ),
        ],
        ids=["alert", "nginx", "go"],
    )
    def test_http_spoken_to_a_port_with_tls(self, answer, rule, said):
        async def refuse(reader, writer):
            await anext(heads(reader))
            writer.write(answer)
            await writer.drain()

        with raw(refuse) as site:
            finding = only(probe(backend(site.url), retries=0))
        assert finding.rule == f"health.{rule}"
        assert said in finding.message
        assert "begin with https://" in finding.remediation.summary

    def test_http_spoken_to_a_port_with_tls_that_hangs_up(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("localhost").configure_cert(context)
        with serving({"/health": HEALTHY}, tls=context) as site:
            service = backend(site.url.replace("https:", "http:"))
            finding = only(probe(service, retries=0))
        assert finding.rule == "health.unreachable"
        assert "as a port that speaks TLS does" in finding.message
        assert "begin with https://" in finding.remediation.summary

    def test_hangs(self):
        started = time.monotonic()
        result = examine(says({}, delay_s=60), HEALTHY, options={"timeout_s": 0.3}, retries=1)
        assert time.monotonic() - started < 5
        assert rules(result) == ["unreachable", "partial"]
        assert result.findings[0].evidence["phase"] == "timeout"
        assert result.findings[0].bearing.shows == {Sign.SILENT, Sign.UNWELL}
        assert result.attempts == 2

    def test_many_hanging_endpoints_are_all_told_in_time(self):
        paths = [f"/health/{number}" for number in range(9)]
        with raw(lambda *_: asyncio.sleep(60)) as site:
            result = probe(backend(site.url, *paths), timeout_s=1.5, retries=2)
        assert result.outcome is Outcome.FAIL, result
        assert len(result.findings) == 1
        assert all(finding.rule == "health.unreachable" for finding in result.findings)
        told = " ".join(finding.message for finding in result.findings)
        assert all(path in told for path in paths)

    def test_half_an_answer(self):
        async def half(reader, writer):
            await anext(heads(reader))
            writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"status":')
            await writer.drain()

        with raw(half) as site:
            finding = only(probe(backend(site.url), retries=0))
        assert finding.rule == "health.malformed"
        assert "breaks off" in finding.message

    def test_a_bomb(self):
        body = gzip.compress(bytes(50 * 2**20))
        headers = {"content-encoding": "gzip", "content-type": "application/json"}
        assert only(examine(Reply(body=body, headers=headers))).rule == "health.not-json"


class TestAuthentication:
    @pytest.fixture
    def token(self, monkeypatch):
        monkeypatch.setenv("STAGING_TOKEN", "s3cret-token\n")
        return {"auth": "bearer", "token_env": "STAGING_TOKEN"}

    def test_a_bearer_token(self, token):
        with serving({"/health": says({"status": "ok", "version": "s3cret-token"})}) as site:
            result = probe(backend(site.url, **token))
        assert result.outcome is Outcome.PASS
        assert "Authorization: Bearer s3cret-token\r\n" in site.asked[0]
        assert "s3cret" not in repr(result)

    def test_an_unset_variable(self, monkeypatch):
        monkeypatch.delenv("STAGING_TOKEN", raising=False)
        service = {"auth": "bearer", "token_env": "STAGING_TOKEN"}
        result = probe(backend("https://service.invalid", **service))
        assert result.outcome is Outcome.ERROR
        assert "STAGING_TOKEN" in result.reason

    def test_no_variable(self):
        result = probe(backend("https://service.invalid", auth="bearer"))
        assert result.outcome is Outcome.ERROR
        assert "token_env" in result.reason

    def test_the_token_stays_with_its_service(self, token):
        with serving({"/health": HEALTHY}) as own, serving({"/health": HEALTHY}) as other:
            service = backend(own.url, "/health", f"{other.url}/health", **token)
            assert probe(service).outcome is Outcome.PASS
        assert "Authorization" in own.asked[0]
        assert "Authorization" not in other.asked[0]

    def test_no_token_over_plain_http(self, token):
        result = probe(backend("http://service.invalid", **token))
        assert result.outcome is Outcome.ERROR
        assert "plain http" in result.reason

    @pytest.mark.parametrize("audience", [None, "https://private.example"])
    def test_an_identity_token(self, monkeypatch, audience):
        asked = []

        class Google:
            async def identity_token(self, audience):
                asked.append(audience)
                return "identity"

        monkeypatch.setattr(Context, "google", Google())
        with serving({"/base/health": HEALTHY}) as site:
            service = backend(f"{site.url}/base", auth="google-id-token", audience=audience)
            assert probe(service).outcome is Outcome.PASS
        assert asked == [audience or site.url]
        assert "Bearer identity" in site.asked[0]

    def test_no_command_by_hand_where_it_takes_a_token(self, token):
        remedy = only(examine(DOWN, service=token)).remediation
        assert [command.argv[0] for command in remedy.commands] == ["gcloud"]


class TestConfiguration:
    def test_nothing_to_ask(self):
        service = Service(key="backend", url="https://service.invalid")
        result = probe(service)
        assert (result.outcome, result.reason) == (
            Outcome.SKIP, "no health paths are configured for backend",
        )  # fmt: skip

    def test_nowhere_to_ask(self):
        assert probe(backend(None)).outcome is Outcome.SKIP

    @pytest.mark.parametrize(
        "url", ["nope", "https://ho st", "https://[", "ftp://host", "https://host:99999"]
    )
    @pytest.mark.parametrize("auth", ["none", "google-id-token"])
    def test_a_bad_address_is_an_error_not_a_crash(self, monkeypatch, url, auth):
        class Google:
            async def identity_token(self, audience):
                return "identity"

        monkeypatch.setattr(Context, "google", Google())
        result = probe(backend(url, auth=auth))
        assert result.outcome is Outcome.ERROR
        assert result.trace is None, result.trace

    def test_a_bad_address_does_not_hide_the_others(self):
        with serving({"/health": DOWN}) as site:
            result = probe(backend(site.url, "/health", "https://[/health"), retries=0)
        assert (result.outcome, rules(result)) == (Outcome.FAIL, ["bad-status"])

    def test_labels(self):
        service = backend(
            "https://h.example/base/", "/health", "health", "https://h.example/other?x=1",
            "https://run.example/health",
        )  # fmt: skip
        assert [(found.label, found.url) for found in questions(service)] == [
            ("/health", "https://h.example/base/health"),
            ("/other?x=1", "https://h.example/other?x=1"),
            ("https://run.example/health", "https://run.example/health"),
        ]

    def test_every_endpoint_is_asked_once(self):
        with serving({"/health": HEALTHY, "/health/database": HEALTHY}) as site:
            probe(backend(site.url, "/health", "/health/database", "/health"))
        assert sorted(site.paths()) == ["/health", "/health/database"]


class TestWords:
    @pytest.mark.parametrize(
        ("text", "verdict"),
        [
            ("healthy", Verdict.GOOD), ("unhealthy", Verdict.BAD), ("Healthy!", Verdict.GOOD),
            ("all systems operational", Verdict.GOOD), ("not ok", Verdict.BAD),
            ("no error, ok", Verdict.GOOD), ("startup", None), ("upstream", None),
            ("okay", None), ("ok but degraded", Verdict.DEGRADED), ("notReady", Verdict.NOT_READY),
            ("not  ready", Verdict.NOT_READY), ("NOT_READY", Verdict.NOT_READY), ("", None),
            ("out of service", Verdict.BAD), ("errors", None), ("x" * 500 + " down", None),
            ("UnHealthy", Verdict.BAD), ("DisConnected", Verdict.BAD),
            ("isn't healthy", Verdict.BAD),
            ("not all systems are up", None), ("unable to say it is up", None),
            ("2/3 healthy", Verdict.DEGRADED), ("0 of 3 up", Verdict.BAD), ("3/3 up", Verdict.GOOD),
        ],
    )  # fmt: skip
    def test_whole_words(self, text, verdict):
        assert WORDS.judge(text) is verdict

    def test_no_words_match_nothing(self):
        empty = HealthOptions(
            good_words=(), bad_words=("", " "), degraded_words=(), not_ready_words=()
        )
        assert empty.words.judge("ok down") is None

    @given(st.text())
    def test_any_text(self, text):
        assert WORDS.judge(text) in {None, *Verdict}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["status", "dependencies", "checks", "x_status", "detail", "name", "a"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


class TestReading:
    @given(JSON)
    def test_any_document(self, document):
        reading = read(document, WORDS)
        assert reading.verdict in {None, *Verdict}
        assert set(reading.ailing) <= set(reading.parts)

    def test_deep_nesting_ends(self):
        document = {"status": "ok"}
        for _ in range(500):
            document = {"status": "ok", "dependencies": {"x": document}}
        reading = read(document, WORDS)
        assert 1 < len(reading.parts) <= 20
        assert reading.verdict is None  # nobody knows what the rest says

    def test_wide_documents_end(self):
        document = {"checks": {str(number): "up" for number in range(10_000)} | {"db": "down"}}
        reading = read(document, WORDS)
        assert len(reading.parts) == 100
        assert [part.name for part in reading.ailing] == ["db"]


def test_loads_no_library_of_the_network():
    heavy = ["httpx", "httpcore", "grpc", "google.auth", "websockets", "starlette", "tenacity"]
    code = f"import sys, checks.health; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "[]"


@pytest.mark.parametrize("rule", Health.rules.values(), ids=repr)
def test_every_help_ends_with_how_to_mend_it(rule):
    assert "\nTo mend: " in rule.help


def test_every_rule_is_met_by_these_tests():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in Health.rules if f'{name}"' not in source] == []


def test_two_runs_say_the_same():
    def without_times(result):
        seen = dict(result.observations)
        seen.pop("latency_ms")
        for row in seen["paths"].values():
            row.pop("latency_ms", None)
        return json.dumps(seen)

    assert without_times(examine(HEALTHY, HEALTHY)) == without_times(examine(HEALTHY, HEALTHY))
