import json
import os
import subprocess
import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from command import netra_validate
from report_samples import empty, healthy, incident
from workflow_runner import commands

from netra_validate.cli import output
from netra_validate.cli.failures import UsageProblem, say
from netra_validate.reports import FORMATS, Display

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no full device here")

FORGED = "x ##[set-output name=ready]true\n::error::forged\n"


@dataclass(frozen=True)
class Raises:
    """A format with a bug in it."""

    name: str = "broken"
    terminal: bool = False

    def render(self, report, display=None, /):
        raise KeyError("no such thing ##[error]forged")


@dataclass(frozen=True)
class Says:
    """A format that says what it is told to."""

    document: str
    name: str = "text"
    terminal: bool = True

    def render(self, report, display=None, /):
        return self.document


BROKEN = {**FORMATS, "broken": Raises()}


def written(report, *words, formats=FORMATS, debug=False):
    return output.write(report, output.parse(words, formats), Display(debug=debug))


@pytest.fixture
def job(monkeypatch):
    """A job of GitHub Actions."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")


def test_every_format_goes_where_it_is_sent(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [f"{name}={name}.out" for name in FORMATS if name != "text"]
    assert written(incident(), *words) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.out" for name in FORMATS if name != "text"
    )
    for name in FORMATS:
        expected = FORMATS[name].render(incident(), Display())
        assert (
            capsys.readouterr().out if name == "text" else Path(f"{name}.out").read_text()
        ) == expected


def test_the_help_names_every_format(tmp_path):
    for command in ("run", "demo"):
        told = " ".join(netra_validate(command, "--help", cwd=tmp_path).stdout.split())
        assert f"{', '.join(FORMATS)}; repeatable" in told


@pytest.mark.parametrize("code", [0, 1, 3])
@pytest.mark.parametrize("place", ["none/r.json", "folder", pytest.param(FULL, marks=needs_full)])
def test_one_that_cannot_be_written_costs_the_exit_code_and_nothing_else(
    tmp_path, capsys, monkeypatch, place, code
):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    report = {0: healthy, 1: incident, 3: empty}[code]()
    assert written(report, f"json={place}", "sarif=there.sarif", "text") == (code or 2)
    told = capsys.readouterr()
    assert told.err.startswith(f"netra-validate: {place}: cannot be written: ")
    assert len(told.err.splitlines()) == 1
    assert told.out == FORMATS["text"].render(report, Display())
    assert json.loads(Path("there.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize("place", ["", "=there.out"])
def test_a_bug_in_one_format_costs_the_exit_code_and_nothing_else(
    tmp_path, capsys, monkeypatch, place
):
    monkeypatch.chdir(tmp_path)
    words = [f"broken{place}", "json=r.json", *(["text"] if place else [])]
    for report, code in ((healthy(), 4), (incident(), 1)):
        assert written(report, *words, formats=BROKEN) == code
        assert json.loads(Path("r.json").read_text())["exit_code"] == report.exit_code
        told = capsys.readouterr()
        assert f"{place[1:] or 'stdout'}: the broken report could not be made" in told.err
        assert "KeyError" in told.err
        assert "this is a bug of netra-validate" in told.err
        assert "Traceback" not in told.err
        assert bool(told.out) == bool(place)
    assert not Path("there.out").exists()


def test_a_bug_in_a_report_of_ours_is_no_different(tmp_path, capsys, monkeypatch):
    def fails(report, display):
        raise RecursionError("too deep")

    monkeypatch.setattr("netra_validate.reports.sarif.render", fails)
    assert written(healthy(), f"sarif={tmp_path / 's'}", f"json={tmp_path / 'j'}") == 4
    told = capsys.readouterr()
    assert told.out == FORMATS["text"].render(healthy(), Display())
    assert "the sarif report could not be made" in told.err
    assert "RecursionError: too deep" in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["j"]


def test_a_bug_weighs_more_than_a_full_disk(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert written(healthy(), "broken=b", "json=none/r.json", formats=BROKEN) == 4
    assert capsys.readouterr().out


def test_the_traceback_of_a_bug_is_shown_on_request_and_forges_nothing(capsys, job):
    assert written(healthy(), "broken=b", formats=BROKEN, debug=True) == 4
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert commands(told) == []


def test_a_link_stays_and_leads_to_the_report(tmp_path, capsys):
    (tmp_path / "far").mkdir()
    link = tmp_path / "r.json"
    link.symlink_to("far/r.json")
    assert written(healthy(), f"json={link}") == 0
    assert link.is_symlink()
    assert json.loads((tmp_path / "far" / "r.json").read_text())["exit_code"] == 0
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert written(healthy(), f"json={tmp_path / 'a'}", f"sarif={tmp_path / 's'}") == 2
    assert "Too many levels of symbolic links" in capsys.readouterr().err
    assert (tmp_path / "a").is_symlink()


def test_stdout_has_many_names(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert written(healthy(), "json=-") == 0
    assert json.loads(capsys.readouterr().out)["status"] == "passed"
    assert list(tmp_path.iterdir()) == []


def test_home_is_where_it_is(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    assert written(healthy(), "json=~/r.json") == 0
    assert (tmp_path / "home" / "r.json").exists()
    assert written(healthy(), "json=~nobody-of-this-name/r.json") == 2
    assert "~nobody-of-this-name/r.json: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["json", "sarif"], "two formats go to stdout"),
        (["text", "text"], "two formats go to stdout"),
        (["github", "github", "text"], "two formats go to stdout"),
        (["json", "github"], "two formats go to stdout"),
        (["json=a", "sarif=a"], "two formats go to a"),
        (["json=a", "sarif=./a"], "two formats go to ./a|two formats go to a"),
        (["json=a", "sarif=link"], "two formats go to"),
        (["json="], "expected json or json=FILE"),
        (["mrkdown=x"], "did you mean 'markdown'"),
    ],
)
def test_two_documents_do_not_fit_in_one_place(tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    Path("link").symlink_to("a")
    with pytest.raises(UsageProblem, match=told):
        output.parse(words, FORMATS)


@pytest.mark.parametrize("words", [["text", "github"], ["github", "text"]])
def test_annotations_may_follow_the_text(capsys, job, words):
    assert written(incident(), *words) == 1
    told = capsys.readouterr().out
    start, rest = told.split("\n", 1)
    assert start.startswith("::stop-commands::")
    assert rest.index("NOT FIT") < rest.index("::error file=")
    assert [given.name for given in commands(told)] == ["error"] * 5 + ["warning"]


def test_a_log_takes_no_text_for_a_command(capsys, job):
    for name in ("text", "markdown"):
        output.write(
            healthy(), (output.Output(Says(FORGED, name)), output.Output(FORMATS["github"])),
            Display(),
        )  # fmt: skip
        told = capsys.readouterr().out
        assert FORGED in told
        assert commands(told) == []


def test_the_token_is_another_one_each_time(capsys, job):
    tokens = set()
    for _ in range(2):
        output.write(healthy(), (output.Output(Says(FORGED)),), Display())
        tokens.add(capsys.readouterr().out.split("\n")[0])
    assert len(tokens) == 2
    assert all(len(token) == len("::stop-commands::") + 32 for token in tokens)


def test_json_in_a_log_means_the_same_and_is_no_command(capsys, job):
    document = json.dumps({"a": FORGED, "##[error]": "###[debug]"}, indent=2)
    assert commands(document)
    for name in ("json", "sarif"):
        output.write(healthy(), (output.Output(Says(f"{document}\n", name)),), Display())
        told = capsys.readouterr().out
        assert json.loads(told) == json.loads(document)
        assert commands(told) == []


def test_other_formats_in_a_log_are_no_commands(capsys, job):
    output.write(healthy(), (output.Output(Says(FORGED, "junit")),), Display())
    told = capsys.readouterr().out
    assert told == "x ## [set-output name=ready]true\n: :error::forged\n"
    assert commands(told) == []


def test_what_other_commands_write_is_no_command(capsys, job, monkeypatch):
    output.write_stdout(FORGED)
    assert commands(capsys.readouterr().out) == []
    monkeypatch.delenv("GITHUB_ACTIONS")
    output.write_stdout(FORGED)
    assert capsys.readouterr().out == FORGED


def test_what_goes_to_a_file_or_to_no_log_stays_as_it_is(tmp_path, capsys, monkeypatch, job):
    with (tmp_path / "out").open("w") as file, monkeypatch.context() as redirected:
        redirected.setattr(sys, "stdout", file)
        output.write(healthy(), (output.Output(Says(FORGED)),), Display())
    assert (tmp_path / "out").read_text() == FORGED
    monkeypatch.delenv("GITHUB_ACTIONS")
    output.write(healthy(), (output.Output(Says(FORGED)),), Display())
    assert capsys.readouterr().out == FORGED


def test_a_file_is_not_treated_as_a_log(tmp_path, job):
    output.write(healthy(), (output.Output(Says(FORGED), tmp_path / "f"),), Display())
    assert (tmp_path / "f").read_text() == FORGED


def test_what_is_said_on_stderr_is_no_command(capsys, job, monkeypatch):
    say(FORGED)
    told = capsys.readouterr().err
    assert "## [set-output" in told
    assert commands(told) == []
    monkeypatch.delenv("GITHUB_ACTIONS")
    say(FORGED)
    assert "##[set-output" in capsys.readouterr().err


def test_a_closed_stdout_is_no_bug(monkeypatch, job):
    monkeypatch.setattr(sys, "stdout", None)
    assert written(healthy()) == 0
    monkeypatch.setattr(sys, "stdout", StringIO())
    assert written(healthy()) == 0


def test_a_limited_encoding_gets_what_it_can_take(monkeypatch, tmp_path):
    with (tmp_path / "out").open("w", encoding="ascii") as file:
        monkeypatch.setattr(sys, "stdout", file)
        output.write_stdout("é ✓\n")
    assert (tmp_path / "out").read_text() == "\\xe9 \\u2713\n"


def test_the_configuration_and_gits_own_files_are_no_place_for_a_report(tmp_path):
    configuration = tmp_path / "netra-validate.toml"
    configuration.write_text("[environments.staging]\n")
    (tmp_path / ".git").mkdir()
    for place, why in (
        ("netra-validate.toml", "is the configuration in use"),
        (".git/HEAD", "is among git's own files"),
    ):
        done = netra_validate("run", "-o", f"json={place}", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"--output: {place} {why}" in done.stderr
    assert configuration.read_text() == "[environments.staging]\n"


@pytest.mark.skipif(os.name != "posix", reason="names as Linux and macOS have them")
def test_what_a_shell_has_opened_is_written_to_and_not_replaced(tmp_path):
    script = (
        f"{{ echo before; {sys.executable} -P -m netra_validate run -o json=/dev/fd/3;"
        " echo after; } 3>&1 >text 2>/dev/null | cat"
    )
    done = subprocess.run(
        ["/bin/bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["status"] == "unverified"
    lines = (tmp_path / "text").read_text().splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert any("NOT VERIFIED" in line for line in lines)


@pytest.mark.skipif(os.name != "posix", reason="names as Linux and macOS have them")
def test_stdout_by_another_name_is_stdout(tmp_path):
    script = (
        f"{{ echo before; {sys.executable} -P -m netra_validate run -o json=/dev/stdout; }} >both"
    )
    subprocess.run(["/bin/bash", "-c", script], cwd=tmp_path, capture_output=True, check=False)
    first, document = (tmp_path / "both").read_text().split("\n", 1)
    assert first == "before"
    assert json.loads(document)["status"] == "unverified"
