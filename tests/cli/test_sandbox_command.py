import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

import netra_validate.sandbox
from netra_validate.cli import running, sandboxing
from netra_validate.model import Report, Status


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_says_what_to_run_and_ends_well_when_told(tmp_path, ending):
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "netra_validate", "sandbox", "--scenario", "health-503"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    ) as server:
        hint = server.stderr.readline()
        server.send_signal(ending)
        said, complained = server.communicate(timeout=20)
    assert hint.startswith("netra-validate: the sandbox is up;")
    assert "but for logging, logs, jobs, iam and projects, which it does not answer" in hint
    assert said.startswith(f"netra-validate run --config {tmp_path}")
    first, *variables = said.splitlines()
    assert first.endswith("netra-validate.toml")
    assert variables, "what leads gcloud to it can be pasted"
    assert all(re.fullmatch(r"export CLOUDSDK_[A-Z_]+=[^ ]+", line) for line in variables)
    assert (complained, server.returncode) == ("", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_ctrl_c_before_there_is_anything_to_stop_is_fine_too(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(netra_validate.sandbox, "serve", interrupted)
    assert sandboxing.sandbox() == 0


@pytest.mark.parametrize(("code", "told"), [(1, 1), (0, 0)])
def test_a_demo_says_that_its_commands_are_dead_after_it(monkeypatch, code, told):
    class Started:
        config_path = None

    ended = Report("sandbox", datetime(2026, 1, 1, tzinfo=UTC), 1.0, Status.FAILED, code)
    seen = []

    def run(*_, **__):
        seen.append(running.with_aside(ended))
        return code

    monkeypatch.setattr(netra_validate.sandbox, "launch", lambda *_, **__: nullcontext(Started))
    monkeypatch.setattr(running, "run", run)
    assert sandboxing.demo() == code
    (report,) = seen
    assert sum("This sandbox is gone" in note for note in report.notes) == told
    # A run of a real environment afterwards says nothing of it.
    assert running.with_aside(replace(ended, exit_code=1)).notes == ()


def test_the_list_says_what_a_scenario_breaks(capsys):
    assert sandboxing.demo(list_scenarios=True) == 0
    said = capsys.readouterr()
    assert "each scenario breaks only what its line says" in said.err
    assert "incident-1278" in said.out


@pytest.mark.parametrize(
    ("candidates", "told"), [(None, True), (["backend=candidate"], False)], ids=["none", "asked"]
)
def test_a_demo_of_a_candidate_says_how_it_shows(monkeypatch, capsys, candidates, told):
    monkeypatch.setattr(
        netra_validate.sandbox,
        "launch",
        lambda *_, **__: nullcontext(SimpleNamespace(config_path=None)),
    )
    monkeypatch.setattr(running, "run", lambda *_, **__: 0)
    sandboxing.demo(scenario=["candidate-broken", "health-503"], candidate=candidates)
    said = "candidate-broken is about a revision without traffic: `--candidate backend=candidate`"
    assert (said in capsys.readouterr().err) == told
