"""Every scenario of the sandbox, over real protocols: what was broken is said, and only that."""

import json
import os
import subprocess
import sys
from collections import defaultdict

import jsonschema
import pytest
import scenario_evidence
from rows import ROWS
from seen import seen

from netra_validate import registry, reports
from netra_validate.model import Outcome
from netra_validate.reports.json import schema
from netra_validate.sandbox import SCENARIOS

WANTED = defaultdict(list)
"""By scenario: what a row of the requirements wants to see in its report."""
for each_row in ROWS:
    for each_said in each_row.said:
        WANTED[each_said.scenario].append((each_row.id, each_said))

EVIDENCE = scenario_evidence.load()


def rules_of(report):
    return {found.rule for probe in report.probes for found in probe.findings}


def failing(report):
    return {probe.id for probe in report.probes if probe.outcome is Outcome.FAIL}


def unverified(report):
    """Why it is so: what came of it and, after a semicolon, what to do; or the option that cut it
    off, in brackets."""
    return [probe.reason for probe in report.probes if probe.outcome is Outcome.ERROR]


@pytest.mark.usefixtures("remedies_are_right")
@pytest.mark.parametrize("name", list(SCENARIOS))
def test_what_is_broken_is_said_and_nothing_else(name, scenario_runs):
    scenario = SCENARIOS[name]
    report = scenario_runs.report(name)

    assert rules_of(report) == scenario.expects
    assert {cause.probe for cause in report.root_causes} == scenario.root_causes
    assert report.exit_code == scenario.exit_code
    explained = {each for cause in report.root_causes for each in cause.explains}
    assert failing(report) == scenario.root_causes | explained
    assert [why for why in unverified(report) if "; " not in why and "(--" not in why] == []
    for row, said in WANTED.get(name, ()):
        assert seen(said, report) != "nothing", (row, said)
    assert scenario_evidence.of(report) == EVIDENCE[name], "python tests/diagnosing --record"
    document = json.loads(reports.FORMATS["json"].render(report))
    jsonschema.Draft202012Validator(schema()).validate(document)


def test_a_healthy_environment_passes_every_probe(scenario_runs):
    report = scenario_runs.report("healthy")
    assert {probe.outcome for probe in report.probes} == {Outcome.PASS, Outcome.SKIP}
    assert all(probe.reason for probe in report.probes if probe.outcome is Outcome.SKIP)
    assert {probe.check for probe in report.probes if probe.outcome is Outcome.PASS} == set(
        registry.load().checks
    )
    assert all(probe.observations for probe in report.probes if probe.outcome is Outcome.PASS)


def test_the_incident_has_one_cause_that_explains_the_rest(scenario_runs):
    report = scenario_runs.report("incident-1278")
    (cause,) = report.root_causes
    assert cause.probe == "vpc-connector/main"
    assert cause.explains == (
        "cloud-run/auth",
        "cloud-run/backend",
        "health/auth",
        "health/backend",
        "postgres/postgres",
        "startup-logs/auth",
        "startup-logs/backend",
        "websocket/backend",
    )


def test_a_cold_start_is_a_pass_that_says_so(scenario_runs):
    probe = scenario_runs.report("health-cold-start").probe("health/backend")
    assert (probe.outcome, probe.findings) == (Outcome.PASS, ())
    assert probe.attempts > 1
    assert any("cold_start" in name for name in probe.observations)


@pytest.mark.parametrize("name", ["api-forbidden", "api-unavailable", "api-hangs"])
def test_what_the_apis_do_not_tell_is_not_verified(name, scenario_runs):
    report = scenario_runs.report(name)
    unverified = {probe.id: probe.reason for probe in report.probes if probe.reason}
    for probe_id in ("cloud-sql/postgres", "vpc-connector/main"):
        assert report.probe(probe_id).outcome is Outcome.ERROR
        assert unverified[probe_id]
    if name == "api-forbidden":
        assert "vpcaccess.connectors.get" in unverified["vpc-connector/main"]
        assert "cloudsql.instances.get" in unverified["cloud-sql/postgres"]


@pytest.mark.parametrize(
    "name",
    [
        "missing-module", "memory-limit", "custom-signature", "redirect-mismatch",
        "placeholder-value", "bypass-flag-left-on", "other-account", "roll-out-stuck",
        "routes-not-ready", "job-failed", "blocked-session", "certificate-expired",
        "certificate-not-renewed",
    ],
)  # fmt: skip
def test_what_is_recorded_of_its_beginning_is_told(name, scenario_runs):
    report = scenario_runs.report(name)
    (cause,) = report.root_causes
    found = {each.fingerprint: each for each in report.probe(cause.probe).findings}
    began = {found[each].bearing.since for each in cause.findings}
    assert None not in began
    assert all(each.tzinfo is not None for each in began)


@pytest.mark.parametrize("name", ["missing-module", "memory-limit", "placeholder-value"])
def test_what_happened_elsewhere_long_before_is_no_news(name, scenario_runs):
    (cause,) = scenario_runs.report(name).root_causes
    assert [each.what for each in cause.changed] == ["revision netra-backend-00042-sbx was created"]


def test_scenarios_combine(scenario_runs):
    report = scenario_runs.report("database-stopped", "retired-domains", "websocket-403")
    assert {cause.probe for cause in report.root_causes} >= {"cloud-sql/postgres", "domains/repo"}
    assert rules_of(report) == {
        "cloud-sql.stopped",
        "domains.retired-host",
        "websocket.unauthorized",
    }


TIMES = {"started_at", "duration_s", "sessions_begun"}
"""What tells when it was seen; each run adds its session to those that have begun."""


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


def test_two_runs_that_saw_the_same_say_the_same(scenario_runs):
    report = scenario_runs.report("healthy")
    again = scenario_runs.again("healthy")
    first, second = (
        without_times(json.loads(reports.FORMATS["json"].render(each))) for each in (report, again)
    )
    assert first == second


def test_the_demo_is_one_command():
    done = demo("--scenario", "incident-1278", "--timeout", "8s")
    assert done.returncode == 1, done.stderr
    assert "NOT FIT: 1 root cause, 8 symptoms" in done.stdout
    assert "sandbox-connector is ERROR, expected READY" in done.stdout
    assert "gcloud compute networks vpc-access connectors describe sandbox-connector" in done.stdout
    assert "This sandbox is gone by now" in done.stdout
    assert done.stderr == ""
