"""The installing step, where there is an index to install from."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from action_runner import ROOT, ActionRunner


def test_where_nothing_can_be_installed_the_step_fails_and_says_so(setup_python, tmp_path):
    variables = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path),
        "PIP_CONFIG_FILE": os.devnull,
    }
    ended = ActionRunner(tmp_path, tmp_path, setup_python, variables).use(ROOT)
    assert ended.outcome == "failure"
    assert "netra-validate: installing failed" in ended.log
    assert "Traceback" not in ended.log
    assert set(ended.outputs.values()) == {""}
    assert not list(tmp_path.rglob("netra-validate-is-installed"))


def index_is_reachable():
    """Whether there is a package index, as `.ci/run` needs it too."""
    uv = shutil.which("uv")
    if uv is None:
        return False
    asked = [uv, "pip", "compile", "--quiet", "--no-cache", "-"]
    try:
        done = subprocess.run(
            asked, input=b"iniconfig", capture_output=True, timeout=10, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def test_what_is_installed_is_this_version(setup_python, sandbox, tmp_path):
    if not index_is_reachable():
        pytest.skip("there is no package index to install from")
    for name in ("workspace", "temp"):
        (tmp_path / name).mkdir()
    variables = {"PYTHONPATH": str(ROOT / "tests"), "UV_SYSTEM_PYTHON": "1", "NETRA_ENV": ""}
    job = ActionRunner(tmp_path / "workspace", tmp_path / "temp", setup_python, variables)
    ended = job.use(ROOT, configuration=sandbox("healthy"))
    assert ended.outputs["ready"] == "true", ended.log
    python = Path(ended.steps["install"]["python"])
    assert python.is_relative_to(tmp_path / "temp")
    asked = "import checks, netra_validate; print(checks.__file__, netra_validate.__file__)"
    done = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.count(str(tmp_path / "temp")) == 2
    again = job.use(ROOT, configuration=sandbox("healthy"), checks="vpc-connector")
    assert again.steps["install"] == ended.steps["install"]
