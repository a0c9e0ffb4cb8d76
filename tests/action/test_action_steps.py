"""The steps of action.yml, executed as GitHub's runner does, against the sandbox."""

import json
import os
from pathlib import Path

import pytest
from action_runner import ROOT, read_yaml

OUTPUTS = {"status", "exit-code", "ready", "root-causes", "report"}


def verdict(ended):
    return {name: value for name, value in ended.outputs.items() if name != "report"}


def test_healthy_is_ready(job, sandbox):
    ended = job.use(ROOT, configuration=sandbox("healthy"))
    assert verdict(ended) == {
        "status": "passed",
        "exit-code": "0",
        "ready": "true",
        "root-causes": "[]",
    }
    assert ended.outcome == "success", ended.log
    report = json.loads(Path(ended.outputs["report"]).read_text("utf-8"))
    assert report["status"] == "passed"
    assert "\nFIT: " in ended.log
    assert "FIT" in ended.summary
    assert not any(line.startswith("::error") for line in ended.commands)


def test_a_failure_fails_the_step_and_sets_the_outputs(job, sandbox):
    ended = job.use(ROOT, configuration=sandbox("health-503"))
    assert (ended.outcome, ended.exit_code) == ("failure", 1)
    assert verdict(ended) == {
        "status": "failed",
        "exit-code": "1",
        "ready": "false",
        "root-causes": '["health/backend"]',
    }
    report = json.loads(Path(ended.outputs["report"]).read_text("utf-8"))
    assert [cause["probe"] for cause in report["root_causes"]] == ["health/backend"]
    assert "\nNOT FIT: " in ended.log
    assert "health.bad-status" in ended.summary
    assert any(line.startswith("::error ") for line in ended.commands)


def test_what_could_not_be_verified_is_not_ready(job, sandbox):
    ended = job.use(ROOT, configuration=sandbox("api-forbidden"))
    assert (ended.outcome, ended.exit_code) == ("failure", 3)
    assert verdict(ended) == {
        "status": "unverified",
        "exit-code": "3",
        "ready": "false",
        "root-causes": "[]",
    }
    assert Path(ended.outputs["report"]).exists()


def test_a_bad_configuration_is_an_error_without_a_report(job):
    (job.workspace / "netra-validate.toml").write_text("[environments.staging]\nprojekt = 1\n")
    ended = job.use(ROOT)
    assert (ended.outcome, ended.exit_code) == ("failure", 2)
    assert ended.outputs == {
        "status": "error",
        "exit-code": "2",
        "ready": "false",
        "root-causes": "[]",
        "report": "",
    }
    assert "projekt" in ended.log


def test_a_gate_before_the_deploy_leaves_the_running_system_out(job, sandbox):
    ended = job.use(ROOT, configuration=sandbox("health-503"), phase="pre-deploy")
    assert ended.outputs["ready"] == "true", ended.log


def test_a_candidate_is_validated_before_it_gets_traffic(job, sandbox):
    broken = sandbox("candidate-broken")
    assert job.use(ROOT, configuration=broken, checks="health").outputs["ready"] == "true"
    ended = job.use(ROOT, configuration=broken, checks="health", candidate="backend=candidate")
    assert ended.outputs["root-causes"] == '["health/backend"]', ended.log


def test_checks_and_formats_are_lists(job, sandbox):
    ended = job.use(
        ROOT,
        configuration=sandbox("healthy"),
        checks="cloud-sql\n  vpc-connector\n",
        formats="json=second.json\njson",
    )
    assert ended.outcome == "success", ended.log
    report = Path(ended.outputs["report"])
    assert {probe["check"] for probe in json.loads(report.read_text())["probes"]} == {
        "cloud-sql",
        "vpc-connector",
    }
    assert (job.workspace / "second.json").read_text() == report.read_text()
    assert report.with_name("report-json.json").read_text() == report.read_text()


def test_files_are_relative_to_the_working_directory(job, sandbox):
    inner = job.workspace / "inner"
    inner.mkdir()
    there = os.path.relpath(sandbox("healthy"), inner)
    ended = job.use(ROOT, configuration=there, working_directory="inner", formats="json=here.json")
    assert ended.outputs["ready"] == "true", ended.log
    assert (inner / "here.json").exists()


def test_two_uses_in_one_job_keep_both_reports(job, sandbox):
    first = job.use(ROOT, configuration=sandbox("healthy"), checks="cloud-sql")
    second = job.use(ROOT, configuration=sandbox("health-503"), checks="health")
    assert first.outputs["report"] != second.outputs["report"]
    assert json.loads(Path(first.outputs["report"]).read_text())["status"] == "passed"


def test_modules_of_the_callers_repository_are_not_imported(job, sandbox):
    for name in ("json", "netra_validate", "checks", "typer", "sitecustomize"):
        (job.workspace / f"{name}.py").write_text("raise SystemExit(99)\n")
    job.variables |= {"PYTHONPATH": str(job.workspace), "PYTHONSTARTUP": "json.py"}
    ended = job.use(ROOT, configuration=sandbox("healthy"), checks="vpc-connector")
    assert ended.outputs["ready"] == "true", ended.log


HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "x\ntouch pwned",
    "--help",
    "-e production --config=/etc/passwd",
    "::set-output name=ready::true",
    "x\n::set-output name=ready::true\n::error::forged",
    "x\nready<<EOF\ntrue\nEOF",
    "${{ github.token }}",
    "x\r::error::forged",
    "--output=json=pwned",
    "%0A::error::forged",
]


FORGED = "x\n::error::forged\r::set-output name=ready::true\n##[set-output name=ready;]true"


@pytest.mark.parametrize(
    ("name", "text"),
    [("environment", "$(touch pwned)`touch pwned`'; touch pwned; '\"; touch pwned; \"")]
    + [("checks", "--help"), ("formats", "x\nready<<EOF\ntrue\nEOF")]
    + [
        (name, FORGED)
        for name in read_yaml(ROOT / "action.yml")["inputs"]
        if name not in {"baseline", "working-directory", "python-version"}
    ],
)
def test_hostile_inputs_are_plain_text(job, sandbox, name, text):
    ended = job.use(ROOT, **{"configuration": sandbox("healthy"), name: text})
    assert (ended.outcome, ended.exit_code) == ("failure", 2), ended.log
    assert ended.log
    assert ended.outputs.keys() == OUTPUTS
    assert ended.outputs["ready"] == "false"
    assert ended.outputs["status"] == "error"
    assert ended.steps["run"].keys() == OUTPUTS
    assert not list(job.workspace.rglob("pwned"))
    assert ended.commands == []


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x\udcff"])
@pytest.mark.parametrize("name", ["environment", "checks", "formats", "wait"])
def test_an_input_that_no_command_can_be_given_is_named(
    scripts, tmp_path, monkeypatch, capfd, name, text
):
    run = scripts["run"]
    inputs = dict.fromkeys([*run.OPTIONS, "candidate", "formats", "checks", "fail-on-new"], "")
    monkeypatch.setenv("INPUTS", json.dumps(inputs | {name: text}))
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "outputs"))
    assert run.main() == 2
    said = capfd.readouterr().err
    assert said == f"netra-validate: the input {name} holds a character that is none\n"
    outputs = (tmp_path / "outputs").read_text("utf-8")
    assert outputs.splitlines()[1] == "error"
    assert outputs.count("<<") == len(OUTPUTS)


def test_a_hostile_baseline_is_no_baseline(job, sandbox):
    ended = job.use(ROOT, configuration=sandbox("healthy"), checks="cloud-sql", baseline=FORGED)
    assert "There is no baseline" in ended.log
    assert ended.steps["run"].keys() == OUTPUTS
    assert ended.commands == []


def test_a_baseline_tells_what_is_new(job, sandbox):
    first = job.use(ROOT, configuration=sandbox("health-503"), checks="health")
    second = job.use(
        ROOT,
        configuration=sandbox("health-503"),
        checks="health",
        baseline=first.outputs["report"],
        fail_on_new="true",
    )
    assert first.exit_code == 1
    assert second.exit_code == 0, second.log
    report = json.loads(Path(second.outputs["report"]).read_text("utf-8"))
    assert report["comparison"]["still_failing"]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_input_becomes_values_of_its_own_option(scripts, text):
    run = scripts["run"]
    names = [*run.OPTIONS, "candidate", "formats", "checks"]
    inputs = dict.fromkeys(names, text) | {"fail-on-new": ""}
    arguments = list(run.arguments(inputs, Path("report.json")))
    before, checks = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    allowed = (*run.OPTIONS.values(), "--candidate", "--output")
    assert all(argument.partition("=")[0] in allowed for argument in before)
    assert checks == text.split()
    assert f"--env={text}" in before


def test_inputs_that_are_left_empty_are_not_given(scripts):
    run = scripts["run"]
    inputs = dict.fromkeys([*run.OPTIONS, "candidate", "formats", "checks"], "")
    arguments = run.arguments(inputs | {"fail-on-new": "false"}, Path("report.json"))
    assert list(arguments) == ["--output=json=report.json", "--"]


@pytest.mark.parametrize(("word", "option"), [("true", "--fail-on-new"), ("1", "--fail-on-new=1")])
def test_only_true_judges_by_the_baseline(scripts, word, option):
    run = scripts["run"]
    inputs = dict.fromkeys([*run.OPTIONS, "candidate", "formats", "checks"], "")
    assert option in run.arguments(inputs | {"fail-on-new": word}, Path("report.json"))
