"""Every scenario of the sandbox, over real protocols: what was broken is said, and only that."""

import json
import os
import subprocess
import sys

import jsonschema
import pytest

from netra_validate import config, registry, reports
from netra_validate.model import Outcome
from netra_validate.plan import Limits, plan
from netra_validate.reports.json import schema
from netra_validate.sandbox import SCENARIOS, launch
from netra_validate.threads import run_to_end
from netra_validate.validation import validate

# Enough for health-slow, which answers twice after 2.5 s; the scenarios that hang use all of it.
LIMITS = Limits(timeout_s=8.0)


def report_of(*scenarios, limits=LIMITS):
    with launch(scenarios) as sandbox:
        configuration = config.load(sandbox.config_path)
        planned = plan(registry.load(), configuration, "sandbox", sandbox.config_path.parent)
        return run_to_end(validate(planned, limits))


def rules_of(report):
    return {found.rule for probe in report.probes for found in probe.findings}


def failing(report):
    return {probe.id for probe in report.probes if probe.outcome is Outcome.FAIL}


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_what_is_broken_is_said_and_nothing_else(name):
    scenario = SCENARIOS[name]
    report = report_of(name)

    assert rules_of(report) == scenario.expects
    assert {cause.probe for cause in report.root_causes} == scenario.root_causes
    assert report.exit_code == scenario.exit_code
    explained = {each for cause in report.root_causes for each in cause.explains}
    assert failing(report) == scenario.root_causes | explained
    document = json.loads(reports.FORMATS["json"].render(report))
    jsonschema.Draft202012Validator(schema()).validate(document)


def test_a_healthy_environment_passes_every_probe():
    report = report_of("healthy")
    assert {probe.outcome for probe in report.probes} == {Outcome.PASS, Outcome.SKIP}
    assert all(probe.reason for probe in report.probes if probe.outcome is Outcome.SKIP)
    assert {probe.check for probe in report.probes if probe.outcome is Outcome.PASS} == set(
        registry.load().checks
    )
    assert all(probe.observations for probe in report.probes if probe.outcome is Outcome.PASS)


def test_the_incident_has_one_cause_that_explains_the_rest():
    report = report_of("incident-1278")
    (cause,) = report.root_causes
    assert cause.probe == "vpc-connector/main"
    assert cause.explains == (
        "cloud-run/auth",
        "cloud-run/backend",
        "health/auth",
        "health/backend",
        "startup-logs/auth",
        "startup-logs/backend",
        "websocket/backend",
    )


def test_a_cold_start_is_a_pass_that_says_so():
    probe = report_of("health-cold-start").probe("health/backend")
    assert (probe.outcome, probe.findings) == (Outcome.PASS, ())
    assert probe.attempts > 1
    assert any("cold_start" in name for name in probe.observations)


@pytest.mark.parametrize("name", ["api-forbidden", "api-unavailable", "api-hangs"])
def test_what_the_apis_do_not_tell_is_not_verified(name):
    report = report_of(name)
    unverified = {probe.id: probe.reason for probe in report.probes if probe.reason}
    for probe_id in ("cloud-sql/postgres", "vpc-connector/main"):
        assert report.probe(probe_id).outcome is Outcome.ERROR
        assert unverified[probe_id]
    if name == "api-forbidden":
        assert "vpcaccess.connectors.get" in unverified["vpc-connector/main"]
        assert "cloudsql.instances.get" in unverified["cloud-sql/postgres"]


def test_scenarios_combine():
    report = report_of("database-stopped", "retired-domains", "websocket-403")
    assert {cause.probe for cause in report.root_causes} >= {"cloud-sql/postgres", "domains/repo"}
    assert rules_of(report) == {
        "cloud-sql.stopped",
        "domains.retired-host",
        "websocket.unauthorized",
    }


TIMED = {("auth", "POST", "/auth/validate")}
"""Asked several times, with and without a forged token: one sample is no measurement."""

QUERIES = {("frontend", "POST", "/graphql")}
"""GraphQL asks over POST."""


def test_no_question_is_asked_twice_and_none_could_change_anything():
    with launch(["healthy"]) as sandbox:
        planned = plan(
            registry.load(),
            config.load(sandbox.config_path),
            "sandbox",
            sandbox.config_path.parent,
        )
        run_to_end(validate(planned, LIMITS))
        lines = (sandbox.folder / "requests.jsonl").read_text().splitlines()
    asked = [
        (request["server"], request["method"], request["target"])
        for request in map(json.loads, lines)
    ]
    assert len(asked) > 10
    once = [each for each in asked if each not in TIMED]
    assert len(once) == len(set(once))
    for server, method, target in asked:
        if (server, method, target) in TIMED | QUERIES:
            continue
        assert method in {"GET", "OPTIONS", "RPC", "WEBSOCKET"}, (method, target)
        if method == "RPC":
            call = target.split()[0].rpartition("/")[2]
            assert call.startswith(("Get", "List")), target


TIMES = {"started_at", "duration_s"}


def without_times(value):
    if isinstance(value, dict):
        return {
            key: "…" if key in TIMES or key.endswith(("_ms", "_s")) else without_times(inner)
            for key, inner in value.items()
        }
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def demo(*arguments):
    return subprocess.run(
        [sys.executable, "-P", "-m", "netra_validate", "demo", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100"},
        timeout=120,
    )


def test_two_runs_that_saw_the_same_say_the_same():
    with launch(["healthy"]) as sandbox:
        planned = plan(
            registry.load(),
            config.load(sandbox.config_path),
            "sandbox",
            sandbox.config_path.parent,
        )
        documents = [
            json.loads(reports.FORMATS["json"].render(run_to_end(validate(planned, LIMITS))))
            for _ in range(2)
        ]
    first, second = map(without_times, documents)
    assert first == second


def test_the_demo_is_one_command():
    done = demo("--scenario", "incident-1278", "--timeout", "8s")
    assert done.returncode == 1, done.stderr
    assert "NOT FIT: 1 root cause, 7 symptoms" in done.stdout
    assert "sandbox-connector is ERROR, expected READY" in done.stdout
    assert "gcloud compute networks vpc-access connectors describe sandbox-connector" in done.stdout
    assert done.stderr == ""
