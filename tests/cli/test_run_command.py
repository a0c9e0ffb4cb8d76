import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command import netra_validate
from plug_ins import install

GOOD_TEST = "import pytest\n\n\n@pytest.mark.slow\ndef test_it():\n    pass\n"
REGISTERED = (
    '[tool.pytest.ini_options]\naddopts = "--strict-markers"\nmarkers = ["slow: takes long"]\n'
)


@pytest.fixture
def project(tmp_path):
    """A plain Python repository without any configuration of ours."""
    (tmp_path / "pyproject.toml").write_text(REGISTERED)
    (tmp_path / "test_it.py").write_text(GOOD_TEST)
    return tmp_path


def test_an_empty_folder_is_not_verified(tmp_path):
    done = netra_validate("run", cwd=tmp_path)
    assert done.returncode == 3, done.stdout
    assert "NOT VERIFIED" in done.stdout
    for needed in ("services", "databases", "connectors", "netra-validate init"):
        assert needed in done.stdout
    assert done.stderr == ""


def test_a_plain_repository_runs_the_source_plane(project):
    done = netra_validate("run", cwd=project)
    assert done.returncode == 0, done.stdout
    assert "FIT" in done.stdout
    assert "pytest-markers/repo" in done.stdout


def test_debug_tells_what_the_run_itself_took(project):
    told = re.compile(
        r"this run took \d+ MB of memory at its peak and 0 connections at once, 0 of them to one"
    )
    done = netra_validate("run", "--debug", cwd=project)
    assert told.search(" ".join(done.stdout.split())), done.stdout
    done = netra_validate("run", "--debug", "-o", "json", cwd=project)
    assert any(told.search(note) for note in json.loads(done.stdout)["notes"])
    assert "this run took" not in netra_validate("run", cwd=project).stdout


def test_an_unregistered_marker_fails_it(project):
    (project / "test_it.py").write_text(GOOD_TEST.replace("slow", "slwo"))
    done = netra_validate("run", "-o", "json", cwd=project)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["status"] == "failed"
    (cause,) = report["root_causes"]
    assert (cause["probe"], cause["explains"]) == ("pytest-markers/repo", [])


def test_documents_go_where_they_are_sent(project):
    done = netra_validate("run", "-o", "text", "-o", "json=report.json", cwd=project)
    assert done.returncode == 0
    assert done.stdout.splitlines()[2].startswith("FIT")
    assert json.loads((project / "report.json").read_text())["exit_code"] == 0
    assert [path.name for path in project.iterdir() if path.name.startswith(".report")] == []


def test_a_document_that_cannot_be_written_does_not_cost_the_others(project):
    done = netra_validate(
        "run", "-o", "json=none/r.json", "-o", "json=there.json", "-o", "text", cwd=project
    )
    assert done.returncode == 2
    assert "none/r.json: cannot be written: No such file or directory" in done.stderr
    assert "FIT" in done.stdout
    assert (project / "there.json").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "helth"], "there is no check 'helth'; did you mean 'health'?"),
        (["run", "--skip", "domain"], "did you mean 'domains'?"),
        (["run", "-o", "jsn"], "there is no format 'jsn'; did you mean 'json'?"),
        (["run", "-o", "json="], "expected json or json=FILE"),
        (["run", "-o", "json", "-o", "text"], "two formats go to stdout"),
        (["run", "-e", "staging"], "'staging' needs a configuration"),
        (["run", "--config", "none.toml"], "none.toml: no such file"),
        (["run", "--root", "none"], "--root: found 'none', which is no folder"),
        (["run", "--timeout", "5"], "--timeout: found '5', expected a duration"),
        (["run", "--deadline", "0s"], "--deadline: found '0s'"),
        (["run", "--plane", "cloud"], "cloud"),
        (["run", "--retries", "-1"], "--retries"),
        (["demo", "--scenario", "health-504"], "did you mean"),
        (["explain", "helth"], "health"),
        (["config", "check"], "no configuration"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_2(tmp_path, arguments, told):
    done = netra_validate(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_five_mistakes_are_five_messages(tmp_path):
    (tmp_path / "netra-validate.toml").write_text(
        'default_environment = "stagin"\n'
        "[environments.staging]\nproject = 5\n"
        '[environments.staging.services.backend]\nurl = "nowhere"\ndatabase = "none"\n'
        "[checks.health]\nmax_latncy_s = 1\n"
    )
    done = netra_validate("run", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 5, done.stderr
    assert done.stdout == ""


def test_the_configuration_is_found_from_below(project):
    (project / "netra-validate.toml").write_text('[environments.s]\nproject = "p"\n')
    below = project / "src" / "deep"
    below.mkdir(parents=True)
    done = netra_validate("run", "-o", "json", cwd=below)
    report = json.loads(done.stdout)
    assert report["environment"] == "s"
    assert "pytest-markers/repo" in [probe["id"] for probe in report["probes"]]


def test_files_do_not_cost_the_report_for_people(project):
    done = netra_validate("run", "-o", "json=report.json", cwd=project)
    assert "FIT" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
@pytest.mark.parametrize(
    "words",
    [["run"], ["list"], ["explain", "cors"], ["config", "schema"], ["sandbox", "--list"],
     ["--version"], ["run", "--help"]],
    ids=" ".join,
)  # fmt: skip
def test_a_full_disk_is_a_sentence(project, words):
    (project / "test_it.py").write_text(GOOD_TEST.replace("slow", "slwo"))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "netra_validate", *words],
            cwd=project,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == (1 if words == ["run"] else 2)
    told = done.stderr.splitlines()
    assert told[-1] == b"netra-validate: stdout: cannot be written: No space left on device"
    assert b"this is a bug" not in done.stderr


def test_the_verdict_stays_where_nobody_reads_it(project):
    (project / "test_it.py").write_text(GOOD_TEST.replace("slow", "slwo"))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "netra_validate", "run"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    told = process.stderr.read()
    process.stderr.close()
    assert told == b""


def test_what_was_left_out_is_said(project):
    done = netra_validate("run", "--skip", "domains", "--phase", "pre-deploy", cwd=project)
    assert "Left out on request: domains." in done.stdout
    assert "Only these planes were looked at: source, control (--phase pre-deploy)." in done.stdout


def test_a_reader_that_leaves_is_not_an_error_message(project):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "netra_validate", "config", "schema"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.wait(timeout=60) != 0
    told = process.stderr.read()
    process.stderr.close()
    assert told == b""


def test_ascii_terminals_get_ascii(project):
    done = netra_validate(
        "run", cwd=project, text=False, environ={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert done.returncode == 0, done.stderr
    done.stdout.decode("ascii")


def test_nothing_is_written_into_the_repository(project):
    before = sorted(str(path) for path in project.rglob("*"))
    netra_validate("run", cwd=project)
    assert sorted(str(path) for path in project.rglob("*")) == before


def test_a_terminal_without_a_home_still_works(project):
    done = netra_validate("run", cwd=project, environ={"HOME": os.devnull})
    assert done.returncode == 0, done.stderr


STUBBORN = """
import asyncio, time
from netra_validate import Check, Plane, Repository

class Stubborn(Check[Repository]):
    \"\"\"Never ends.\"\"\"

    id = "stubborn"
    plane = Plane.SOURCE

    async def run(self, repository, ctx):
        print("a stray word")
        while True:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                pass
        yield
"""


def test_a_check_that_never_ends_holds_neither_the_report_nor_the_program(project, tmp_path):
    site = tmp_path / "site"
    install(site, "netra-stubborn", STUBBORN, "stubborn = netra_stubborn:Stubborn")
    done = netra_validate(
        "run", "-o", "json", "--timeout", "1s", "--deadline", "2s",
        cwd=project, environ={"PYTHONPATH": str(site)},
    )  # fmt: skip
    report = json.loads(done.stdout)
    outcomes = {probe["check"]: probe["outcome"] for probe in report["probes"]}
    assert outcomes["stubborn"] == "error"
    assert outcomes["pytest-markers"] == "pass"
    assert done.returncode == 3
    assert "a stray word" in done.stderr


def test_a_plug_in_cannot_end_the_run(project, tmp_path):
    site = tmp_path / "site"
    install(site, "netra-quits", "import sys\nsys.exit(0)\n", "quits = netra_quits:Quits")
    done = netra_validate("run", cwd=project, environ={"PYTHONPATH": str(site)})
    assert done.returncode == 3
    assert "could not be loaded: SystemExit: 0" in done.stdout


def test_the_configuration_is_shown_without_what_variables_hold(project):
    (project / "netra-validate.toml").write_text(
        '[environments.e.services.s]\nwebsocket = "wss://h.example/ws/${PW}?t=${PW}"\n'
    )
    done = netra_validate("config", "show", cwd=project, environ={"PW": "hunter2-hunter2"})
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in done.stdout
    assert "wss://h.example/ws/${PW}" in done.stdout


def test_closed_streams_do_not_change_the_verdict(project):
    line = f"{sys.executable} -P -m netra_validate run"
    for redirection, code in ((">&-", 0), (" nonesuch 2>&-", 2), (" >/dev/null 2>&-", 0)):
        done = subprocess.run(["sh", "-c", f"{line}{redirection}"], cwd=project, check=False)
        assert done.returncode == code, redirection
