"""``--wait``, ``--candidate`` and ``--heal-after`` as a user gives them."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest
from command import netra_validate


def scenarios(*names):
    return [f"--scenario={name}" for name in names]


def test_a_gate_passes_when_the_environment_has_healed(tmp_path):
    done = netra_validate(
        "demo", *scenarios("health-503", "websocket-503", "api-unavailable"),
        "--heal-after=6s", "--wait=40s", "--retries=0", "-o", "json=r.json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["rounds"] > 1
    assert report["duration_s"] < 35
    assert f"s and {report['rounds']} rounds" in done.stdout.splitlines()[0]
    first, *_ = done.stderr.splitlines()
    assert re.match(r"netra-validate: waiting for \S+/\S+.*; round 2 in ", first)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_ctrl_c_in_a_pause_shows_what_is_known(tmp_path):
    with subprocess.Popen(
        [
            sys.executable, "-P", "-m", "netra_validate", "demo", "health", "--wait=60s",
            "--retries=0", *scenarios("health-503"),
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    ) as run:  # fmt: skip
        assert run.stderr.readline().startswith("netra-validate: waiting for health/backend; ")
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate(timeout=20)
    assert run.returncode == 130
    assert "interrupted after" in said.splitlines()[0]
    assert "netra-backend is unavailable: it answers 503" in said


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_the_configuration_may_ask_for_patience(tmp_path, quiet):
    (tmp_path / "test_it.py").write_text("import pytest\n\n@pytest.mark.nobody\ndef test(): ...\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts="--strict-markers"'
    )
    (tmp_path / "netra-validate.toml").write_text('[run]\nwait = "3s"\n')
    done = netra_validate("run", "pytest-markers", "-o", "json", *quiet, cwd=tmp_path)
    report = json.loads(done.stdout)
    assert (report["exit_code"], report["rounds"] > 1) == (1, True)
    assert ("waiting for pytest-markers/repo; " in done.stderr) is not bool(quiet)


def test_a_candidate_is_judged_in_the_place_of_what_serves(tmp_path):
    done = netra_validate(
        "demo", *scenarios("candidate-broken"), "--candidate", "backend=candidate", cwd=tmp_path
    )
    assert done.returncode == 1
    assert "netra-backend is unavailable: it answers 503" in done.stdout
    assert "Service backend is judged at its candidate with the tag candidate: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--wait", "5"], "--wait: found '5', expected a duration"),
        (["run", "--wait", "0s"], "--wait: found '0s'"),
        (["demo", "--heal-after", "soon"], "--heal-after: found 'soon', expected a duration"),
        (["sandbox", "--heal-after", "soon"], "--heal-after: found 'soon', expected a duration"),
        (["run", "--candidate", "backend"], "--candidate: found 'backend', expected SERVICE=TAG"),
        (["run", "--candidate", "backand=next"], "no service 'backand'; did you mean 'backend'?"),
        (["run", "--candidate", "backend=a", "--candidate", "backend=b"], "is named twice"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_runs(tmp_path, arguments, told):
    (tmp_path / "netra-validate.toml").write_text(
        '[environments.staging.services.backend]\nurl = "https://staging.example.com"\n'
    )
    done = netra_validate(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.startswith("netra-validate: ")
