import json
import os
import subprocess
import sys

import pytest
from command import netra_validate
from reports.report_samples import SAMPLES, healthy
from typer.testing import CliRunner

from netra_validate.cli import comparing
from netra_validate.cli.app import app
from netra_validate.comparisons import FORMATS as COMPARISONS
from netra_validate.reports import FORMATS

GOOD_TEST = "import pytest\n\n\n@pytest.mark.slow\ndef test_it():\n    pass\n"
REGISTERED = (
    '[tool.pytest.ini_options]\naddopts = "--strict-markers"\nmarkers = ["slow: takes long"]\n'
)


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """A folder with every sample as a JSON report, and we are in it."""
    for name, made in SAMPLES.items():
        what = made(8) if name == "crowded" else made()
        (tmp_path / f"{name}.json").write_text(FORMATS["json"].render(what))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def diff(*arguments, given=b""):
    """The command in this process, which is quicker."""
    return CliRunner().invoke(app, ["diff", *arguments], input=given)


@pytest.mark.parametrize(
    ("old", "new", "verdict", "code"),
    [
        ("healthy", "incident", "WORSE: 5 newly failing, 1 newly unverified", 1),
        ("incident", "healthy", "BETTER: 1 no longer seen, 4 mended", 0),
        ("incident", "incident", "NOTHING NEW: 5 still failing", 0),
        ("healthy", "unverified", "NOT VERIFIED: 2 newly unverified", 3),
        ("healthy", "empty", "NOT VERIFIED: the later run verified nothing", 3),
        ("unverified", "unverified", "NOTHING NEW: nothing fails, as before", 0),
    ],
)
def test_the_exit_code_is_the_verdict(reports, old, new, verdict, code):
    done = diff(f"{old}.json", f"{new}.json")
    assert done.stdout.splitlines()[0] == verdict
    assert (done.exit_code, done.stderr) == (code, "")


def test_every_format_at_once(reports):
    done = diff("healthy.json", "incident.json", "-o", "markdown=out.md", "-o", "json")
    assert done.exit_code == 1
    written = json.loads(done.stdout)
    assert (written["verdict"], written["exit_code"]) == ("worse", 1)
    assert (reports / "out.md").read_text(encoding="utf-8").startswith("## ❌ WORSE: staging\n")


def test_the_threshold_is_that_of_the_later_report_unless_said(reports):
    strict = json.loads((reports / "warned.json").read_text()) | {"fail_on": "warning"}
    (reports / "strict.json").write_text(json.dumps(strict))
    lenient = diff("healthy.json", "warned.json")
    assert (lenient.exit_code, lenient.stdout.splitlines()[0]) == (
        0, "NOTHING NEW: nothing fails, as before",
    )  # fmt: skip
    for arguments in (["strict.json"], ["warned.json", "--fail-on", "warning"]):
        done = diff("healthy.json", *arguments)
        assert (done.exit_code, done.stdout.splitlines()[0]) == (1, "WORSE: 1 newly failing")


def test_one_of_them_may_come_through_a_pipe(reports):
    for arguments in (["-", "incident.json"], ["healthy.json", "-"]):
        piped = "healthy" if arguments[0] == "-" else "incident"
        done = diff(*arguments, given=(reports / f"{piped}.json").read_bytes())
        assert done.exit_code == 1, done.stderr
        assert done.stdout.startswith("WORSE: 5 newly failing")


def test_as_a_process_of_its_own(reports):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "netra_validate", "diff", "-", "incident.json"],
        input=(reports / "healthy.json").read_bytes(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.startswith(b"WORSE: 5 newly failing")


def test_two_environments_are_compared_and_said_to_be_two(reports):
    other = json.loads((reports / "healthy.json").read_text()) | {"environment": "production"}
    (reports / "other.json").write_text(json.dumps(other))
    told = "The earlier report is of production, the later one of staging."
    text = diff("other.json", "healthy.json")
    assert (text.exit_code, text.stderr) == (0, "")
    assert told in text.stdout
    written = diff("other.json", "healthy.json", "-o", "json")
    assert written.stderr == f"netra-validate: {told}\n"
    quiet = diff("other.json", "healthy.json", "-o", "json", "-q")
    assert quiet.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "OLD"),
        (["healthy.json"], "NEW"),
        (["none.json", "healthy.json"], "none.json: there is no such file"),
        (["healthy.json", "folder"], "folder: cannot be read: Is a directory"),
        (["healthy.json", "empty-file"], "empty-file: is empty, expected a JSON report"),
        (["healthy.json", "latin"], "latin: is not UTF-8"),
        (["healthy.json", "text"], "text: is not JSON"),
        (["healthy.json", "deep"], "deep: holds tables within tables without end"),
        (["healthy.json", "large"], "large: is larger than 64 MiB"),
        (["healthy.json", "sarif"], "this is no JSON report of netra-validate"),
        (["newer", "healthy.json"], "found 2, expected 1: it was written by a newer"),
        (["-", "-"], "OLD and NEW are both -"),
        (["-", "healthy.json"], "standard input: is empty"),
        (["healthy.json", "healthy.json", "-o", "sarif"], "there is no format 'sarif'"),
        (["healthy.json", "healthy.json", "-o", "json", "-o", "text"], "two formats go to stdout"),
        (["healthy.json", "healthy.json", "--fail-on", "fatal"], "fatal"),
        (["a\x1b[31m.json", "healthy.json"], "there is no such file"),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_2(reports, arguments, told):
    (reports / "folder").mkdir()
    (reports / "empty-file").touch()
    (reports / "latin").write_bytes(b'{"environment": "caf\xe9"}')
    (reports / "text").write_text("FIT: 3 passed\n")
    (reports / "deep").write_text("[" * 1_000_000)
    with (reports / "large").open("wb") as large:
        large.truncate(100 * 2**20)
    (reports / "sarif").write_text('{"version": "2.1.0", "runs": []}')
    (reports / "newer").write_text('{"schema_version": 2}')
    done = diff(*arguments)
    assert done.exit_code == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert (done.stdout, "Traceback" in done.stderr, "\x1b" in done.stderr) == ("", False, False)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="whom nothing is forbidden"
)
def test_a_file_that_may_not_be_read_is_a_sentence(reports):
    (reports / "mine.json").touch(0o000)
    done = diff("mine.json", "healthy.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "mine.json: cannot be read: Permission denied" in done.stderr


def test_every_mistake_is_a_line(reports):
    broken = json.loads((reports / "healthy.json").read_text())
    broken |= {"status": "good", "duration_s": "long"}
    del broken["probes"][0]["outcome"]
    (reports / "broken.json").write_text(json.dumps(broken))
    done = diff("broken.json", "healthy.json")
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "netra-validate: broken.json: duration_s: found 'long', expected a number",
        (
            "netra-validate: broken.json: status: found 'good', expected one of 'passed', 'failed',"
            " 'unverified'"
        ),
        (
            "netra-validate: broken.json: probes.0.outcome: is missing, expected one of 'pass',"
            " 'warn', 'fail', 'error', 'skip'"
        ),
    ]


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """What a run finds in the repository as :func:`project` has it."""
    folder = tmp_path_factory.mktemp("before")
    write(folder)
    netra_validate("run", "-o", "json=old.json", "-q", cwd=folder)
    return (folder / "old.json").read_text()


@pytest.fixture
def project(tmp_path, before):
    """A repository with one marker that is registered nowhere, and its report."""
    write(tmp_path)
    (tmp_path / "old.json").write_text(before)
    return tmp_path


def write(folder):
    (folder / "pyproject.toml").write_text(REGISTERED)
    (folder / "test_it.py").write_text(GOOD_TEST)
    use(folder, "fast")


def use(folder, marker):
    """Have a test use this marker."""
    (folder / f"test_{marker}.py").write_text(GOOD_TEST.replace("slow", marker))


def run(folder, *arguments):
    """The exit code, the JSON report, and the text of a run."""
    done = netra_validate("run", "-o", "json=r.json", *arguments, cwd=folder)
    written = json.loads((folder / "r.json").read_text())
    assert written["exit_code"] == done.returncode, done.stderr
    return done.returncode, written, done.stdout


OLD = ("--baseline", "old.json")
NEW = (*OLD, "--fail-on-new")


def test_the_first_run_has_no_baseline_and_says_so(project):
    code, written, text = run(project, "--baseline", "none/yet.json", "--fail-on-new")
    assert (code, written["status"], written["comparison"]) == (1, "failed", None)
    said = "There is no baseline 'none/yet.json' yet: everything that fails counts as new."
    assert said in written["notes"]
    assert said in text


def test_a_baseline_alone_judges_nothing(project):
    code, written, _ = run(project, *OLD)
    assert (code, written["status"]) == (1, "failed")
    assert len(written["comparison"]["still_failing"]) == 1


def test_what_is_known_does_not_close_the_gate_and_is_not_hidden(project):
    code, written, text = run(project, *NEW)
    assert (code, written["status"]) == (0, "passed")
    (cause,) = written["root_causes"]
    assert (cause["probe"], cause["explains"]) == ("pytest-markers/repo", [])
    assert text.splitlines()[2].startswith(
        "FIT TO GO ON: nothing new, 1 finding fails as before (source only, 1 root cause"
    )
    code, _, _ = run(project, "--baseline", "r.json", "--fail-on-new")
    assert code == 0


def test_what_is_new_closes_it(project):
    use(project, "slwo")
    code, written, text = run(project, *NEW)
    assert (code, written["status"]) == (1, "failed")
    (new,) = written["comparison"]["newly_failing"]
    assert "slwo" in new["message"]
    assert new["location"]["path"] == "test_slwo.py"
    assert "Newly failing" in text


def test_what_was_mended_is_told(project):
    (project / "test_fast.py").unlink()
    code, written, text = run(project, *NEW)
    assert (code, written["status"]) == (0, "passed")
    assert len(written["comparison"]["mended"]) == 1
    assert text.splitlines()[2].startswith("FIT: ")


def test_a_waiver_mends_nothing_but_the_gate(project):
    waivers = project / "netra-validate.toml"
    waivers.write_text(
        '[[waivers]]\nrule = "pytest-markers.*"\nresource = "repo"\nreason = "known"\n'
        'owner = "me"\nexpires = 9999-12-31\n'
    )
    code, written, _ = run(project, *NEW)
    assert code == 0
    (mended,) = written["comparison"]["mended"]
    assert mended["message"].endswith("(waived: known (me, until 9999-12-31))")
    waivers.unlink()
    code, written, _ = run(project, "--baseline", "r.json", "--fail-on-new")
    assert code == 1
    (new,) = written["comparison"]["newly_failing"]
    assert new["message"].endswith("(waived before)")


def test_a_gate_that_looked_at_nothing_does_not_open(project):
    code, written, _ = run(project, *NEW, "--plane", "data")
    assert (code, written["status"]) == (3, "unverified")
    (gone,) = written["comparison"]["no_longer_seen"]
    assert gone["message"].endswith("(not looked at in the later run)")


def test_a_baseline_of_another_environment_excuses_nothing(reports):
    done = netra_validate(
        "demo", "pytest-markers", "--baseline", "healthy.json", "--fail-on-new", cwd=reports
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "--fail-on-new: healthy.json is of the environment 'staging', expected a report of the "
        "environment 'sandbox'" in done.stderr
    )


def test_what_could_not_be_verified_closes_the_gate_all_the_same(reports):
    baseline = json.loads((reports / "healthy.json").read_text())
    (reports / "healthy.json").write_text(json.dumps(baseline | {"environment": "sandbox"}))
    done = netra_validate(
        "demo", "vpc-connector", "--scenario", "api-forbidden", "--baseline", "healthy.json",
        "--fail-on-new", "--retries", "0", cwd=reports,
    )  # fmt: skip
    assert done.returncode == 3, done.stdout
    assert "NOT VERIFIED" in done.stdout
    assert "Since 2026-01-01 12:30 UTC: 1 newly unverified" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fail-on-new"], "--fail-on-new: needs --baseline FILE to know what is new"),
        (["--baseline", "text"], "text: is not JSON, expected a JSON report"),
        (["--baseline", "."], ".: cannot be read: Is a directory"),
        (["--baseline", "text/old.json"], "cannot be read: Not a directory"),
        (["--baseline", "-"], "standard input: is empty"),
    ],
)
def test_a_bad_baseline_ends_it_before_anything_runs(reports, arguments, told):
    (reports / "text").write_text("FIT: 3 passed\n")
    done = CliRunner().invoke(app, ["run", *arguments, "-o", "json=r.json"], input=b"")
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr
    assert not (reports / "r.json").exists()


def test_without_a_baseline_a_report_stays_as_it_is():
    assert comparing.baseline(None, fail_on_new=False) is None
    report = healthy()
    assert comparing.held_against(report, None, None, fail_on_new=False) is report


def test_the_shell_is_offered_the_formats_that_there_are():
    assert comparing._formats("") == list(COMPARISONS)
    assert comparing._formats("m") == ["markdown"]
