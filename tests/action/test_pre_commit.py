"""The hooks for pre-commit, run as it runs them: https://pre-commit.com/#creating-new-hooks."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from action_runner import ROOT, read_yaml

HOOKS = {hook["id"]: hook for hook in read_yaml(ROOT / ".pre-commit-hooks.yaml")}


def run(hook, folder):
    """What pre-commit does with a hook that takes no file names."""
    assert hook["pass_filenames"] is False
    assert hook["language"] == "python"
    name, *arguments = shlex.split(hook["entry"])
    return subprocess.run(
        [Path(sys.executable).with_name(name), *arguments],
        cwd=folder,
        env={**os.environ, "NETRA_ENV": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_both_source_checks_have_one():
    assert list(HOOKS) == ["netra-validate-domains", "netra-validate-pytest-markers"]
    assert all(hook["name"] and hook["description"] for hook in HOOKS.values())


@pytest.mark.parametrize(
    ("hook", "scenario"),
    [
        ("netra-validate-domains", "retired-domains"),
        ("netra-validate-pytest-markers", "unregistered-markers"),
    ],
)
def test_it_stops_the_commit_that_breaks_and_only_that(sandbox, hook, scenario):
    broken = run(HOOKS[hook], sandbox(scenario).parent)
    assert broken.returncode == 1, broken.stderr
    healthy = run(HOOKS[hook], sandbox("healthy").parent)
    assert healthy.returncode == 0, healthy.stdout


@pytest.mark.parametrize(
    ("file", "runs"),
    [
        ("tests/test_a.py", True),
        ("pyproject.toml", True),
        ("services/auth/pytest.ini", True),
        (".pytest.ini", True),
        ("setup.cfg", True),
        ("tox.ini", True),
        ("README.md", False),
        ("mypyproject.toml", False),
        ("a.pyc", False),
    ],
)
def test_markers_are_looked_at_where_they_can_have_changed(file, runs):
    pattern = HOOKS["netra-validate-pytest-markers"]["files"]
    assert bool(re.search(pattern, file)) is runs
