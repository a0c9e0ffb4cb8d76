"""Our workflows and the examples that people copy."""

import os
import re
import subprocess
import sys
from pathlib import Path

import gcloud_commands
import pytest
from action_runner import EXPRESSION, ROOT, read_yaml

OWN = "netra-systems/netra-validate"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / ".github" / "examples").glob("*.yml"))
EVERY = pytest.mark.parametrize("path", WORKFLOWS + EXAMPLES, ids=lambda path: path.stem)
USES = re.compile(r"^ *(?:- )?uses: (.*)", re.MULTILINE)
SCHEDULED = ROOT / ".github" / "examples" / "scheduled.yml"
GATE = ROOT / ".github" / "workflows" / "gate.yml"


def program(name):
    return Path(sys.executable).with_name(name)


def jobs_of(path):
    return read_yaml(path)["jobs"]


def steps_of(path):
    return [step for job in jobs_of(path).values() for step in job.get("steps", [])]


def contract(used):
    """Names of the inputs and outputs of what `uses` names, where it is ours."""
    place, _, _ = used.partition("@")
    if place not in {".", "./"} and not place.startswith(OWN):
        return None
    folder = ROOT / place.removeprefix("./").removeprefix(OWN).strip("/")
    if folder.suffix == ".yml":
        found = read_yaml(folder)["on"]["workflow_call"]
    else:
        found = read_yaml(folder / "action.yml")
    return found["inputs"], found.get("outputs", {})


def test_they_follow_githubs_schema():
    done = subprocess.run(
        [
            program("check-jsonschema"),
            "--builtin-schema",
            "vendor.github-workflows",
            *WORKFLOWS,
            *EXAMPLES,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing():
    variables = {key: value for key, value in os.environ.items() if "TOKEN" not in key}
    asked = [program("zizmor"), "--offline", "--no-progress", "--persona=auditor", "--format=plain"]
    done = subprocess.run(
        [*asked, ROOT / "action.yml", ROOT / ".github" / "actions", *WORKFLOWS, *EXAMPLES],
        capture_output=True,
        text=True,
        check=False,
        env=variables,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.count("completed") >= len(WORKFLOWS) + len(EXAMPLES) + 2


@EVERY
def test_nothing_is_permitted_but_what_a_job_asks_for(path):
    assert read_yaml(path)["permissions"] == {}
    assert all(job["permissions"] for job in jobs_of(path).values())


@EVERY
def test_what_others_made_is_pinned(path):
    for used in USES.findall(path.read_text()):
        ours = used.startswith((f"{OWN}/", f"{OWN}@")) and used.endswith("@v1")
        assert ours or used == "./" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", used)


def test_one_repository_has_one_version_everywhere():
    files = [*WORKFLOWS, *EXAMPLES, ROOT / "action.yml", *ROOT.glob(".github/actions/*/action.yml")]
    used = [line.partition("@") for path in files for line in USES.findall(path.read_text())]
    versions = {("/".join(place.split("/")[:2]), version) for place, _, version in used}
    assert len(versions) == len({place for place, _ in versions}), sorted(versions)


@EVERY
def test_our_actions_are_given_inputs_that_they_have(path):
    for used in [*jobs_of(path).values(), *steps_of(path)]:
        if found := contract(used.get("uses", "")):
            inputs, _ = found
            assert used["with"].keys() <= inputs.keys()
            required = {name for name, spec in inputs.items() if spec.get("required")}
            assert required <= used["with"].keys()


@EVERY
def test_every_output_that_is_read_is_written(path):
    jobs = jobs_of(path)
    outputs = {step["id"]: contract(step["uses"]) for step in steps_of(path) if "id" in step}
    text = path.read_text()
    for step, name in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", text):
        found = outputs[step]
        assert found is None or name in found[1], (step, name)
    for job, name in re.findall(r"(?:needs|jobs)\.([\w-]+)\.outputs\.([\w-]+)", text):
        assert name in jobs[job]["outputs"], (job, name)
    declared = (read_yaml(path)["on"].get("workflow_call") or {}).get("inputs", {}) | (
        read_yaml(path)["on"].get("workflow_dispatch") or {}
    ).get("inputs", {})
    for name in re.findall(r"\binputs\.([\w-]+)", text):
        assert name in declared, name


@EVERY
def test_no_expression_stands_in_a_script(path):
    assert not any(EXPRESSION.search(step.get("run", "")) for step in steps_of(path))


@EVERY
def test_every_job_ends(path):
    assert all("uses" in job or job["timeout-minutes"] <= 30 for job in jobs_of(path).values())


def test_the_schedule_is_every_quarter_of_an_hour_and_one_at_a_time():
    workflow = read_yaml(SCHEDULED)
    assert workflow["on"]["schedule"] == [{"cron": "*/15 * * * *"}]
    assert "workflow_dispatch" in workflow["on"]
    assert workflow["concurrency"] == {"group": "validate-staging", "cancel-in-progress": False}


def test_each_job_of_the_schedule_has_the_least():
    permissions = {name: job["permissions"] for name, job in jobs_of(SCHEDULED).items()}
    assert permissions == {
        "validate": {"contents": "read", "id-token": "write"},
        "code-scanning": {"actions": "read", "contents": "read", "security-events": "write"},
        "issue": {"issues": "write"},
    }


def test_what_follows_a_validation_runs_where_it_failed():
    jobs = jobs_of(SCHEDULED)
    follow = jobs["validate"]["steps"]
    follow = follow[[step.get("id") for step in follow].index("validate") + 1 :]
    conditions = [step["if"] for step in follow] + [
        jobs[name]["if"] for name in ("code-scanning", "issue")
    ]
    assert len(follow) == 3
    assert all("!cancelled()" in condition for condition in conditions)


def test_the_baseline_is_saved_where_it_is_looked_for():
    restore, save = (step for step in steps_of(SCHEDULED) if "/cache/" in step.get("uses", ""))
    assert restore["with"]["path"] == save["with"]["path"]
    assert restore["with"]["key"] == save["with"]["key"]
    assert restore["with"]["key"].startswith(restore["with"]["restore-keys"])
    assert "github.run_id" in save["with"]["key"]


def test_the_gate_hands_on_all_outputs_of_the_action_that_outlive_the_job():
    _, outputs = contract(OWN)
    gate = read_yaml(GATE)
    assert gate["on"]["workflow_call"]["outputs"].keys() == outputs.keys() - {"report"}
    assert gate["jobs"]["gate"]["outputs"].keys() == outputs.keys() - {"report"}
    assert gate["on"]["workflow_call"]["inputs"]["phase"]["default"] == "pre-deploy"


def test_nothing_is_deployed_or_released_before_its_gate():
    jobs = jobs_of(ROOT / ".github" / "examples" / "deploy.yml")
    assert [jobs[name].get("needs") for name in jobs] == [None, "before", "deploy", "candidate"]
    assert "if" not in jobs["deploy"]
    assert "if" not in jobs["release"]


def test_the_command_that_sends_the_traffic_exists():
    (script,) = (
        step["run"]
        for step in steps_of(ROOT / ".github" / "examples" / "deploy.yml")
        if "update-traffic" in step.get("run", "")
    )
    assert gcloud_commands.problem(script.replace('"', "").split()) is None
