"""What action.yml and the issue's action.yml promise, held without running them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from action_runner import EXPRESSION, ROOT, read_yaml
from typer import main

from netra_validate.cli.app import app
from netra_validate.reports import FORMATS

ACTIONS = [ROOT / "action.yml", ROOT / ".github" / "actions" / "issue" / "action.yml"]
NAMED = pytest.mark.parametrize("path", ACTIONS, ids=lambda path: path.parent.name)
ISSUE_3 = {"environment", "configuration", "checks", "phase", "wait", "fail-on", "formats"}


def steps_of(path):
    return read_yaml(path)["runs"]["steps"]


@NAMED
def test_it_follows_githubs_schema(path):
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [program, "--builtin-schema", "vendor.github-actions", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@NAMED
def test_every_input_and_output_is_described(path):
    action = read_yaml(path)
    for name, spec in (action["inputs"] | action.get("outputs", {})).items():
        assert spec["description"], name
    for name, spec in action["inputs"].items():
        assert spec.get("required") or isinstance(spec["default"], str), name


def test_it_has_what_was_asked_for():
    action = read_yaml(ROOT / "action.yml")
    assert action["inputs"].keys() >= ISSUE_3 | {"baseline"}
    assert list(action["outputs"]) == ["status", "exit-code", "ready", "root-causes", "report"]


@NAMED
def test_no_expression_stands_in_a_script(path):
    scripts = [step["run"] for step in steps_of(path) if "run" in step]
    assert scripts
    assert not any(EXPRESSION.search(script) for script in scripts)


@NAMED
def test_what_others_made_is_pinned(path):
    used = re.findall(r"uses: (.*)", path.read_text())
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", line) for line in used)


@NAMED
def test_every_script_exists(path):
    scripts = " ".join(step.get("run", "") for step in steps_of(path))
    files = re.findall(r"\$GITHUB_ACTION_PATH/(\S+?)\"", scripts)
    assert files
    assert all((path.parent / file).is_file() for file in files)


def test_every_format_for_a_file_is_named():
    words = read_yaml(ROOT / "action.yml")["inputs"]["formats"]["description"]
    for name in FORMATS.keys() - {"text", "github"}:
        assert re.search(rf"\b{name}\b", words), name


def test_every_option_is_one_of_the_command(scripts):
    known = {
        option for each in main.get_command(app).commands["run"].params for option in each.opts
    }
    given = {*scripts["run"].OPTIONS.values(), "--candidate", "--fail-on-new", "--output"}
    assert given <= known


def test_uv_is_pinned_by_its_hashes():
    text = (ROOT / ".github" / "action" / "uv.txt").read_text()
    assert re.match(r"uv==[\d.]+ \\\n    --hash=sha256:[0-9a-f]{64}", text)
    assert "://" not in text
