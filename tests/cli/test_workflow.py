import json
import re
from pathlib import Path

import pytest
from command import netra_validate
from report_samples import incident
from workflow_runner import annotations, commands

from netra_validate.cli import output, workflow
from netra_validate.cli.failures import UsageProblem
from netra_validate.reports import Display
from netra_validate.reports.markdown import LIMIT

BAD_TEST = "import pytest\n\n\n@pytest.mark.slwo\ndef test_it():\n    pass\n"
STRICT = '[tool.pytest.ini_options]\naddopts = "--strict-markers"\nmarkers = ["slow: x"]\n'


@pytest.fixture
def project(tmp_path):
    """A repository with something to annotate, which is below the working copy."""
    root = tmp_path / "services" / "api"
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(STRICT)
    (root / "test_it.py").write_text(BAD_TEST)
    return root


@pytest.fixture
def job(tmp_path, monkeypatch):
    """The variables of a job; its summary has something in it already."""
    summary = tmp_path / "summary"
    summary.write_text("what the step said before")
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_WORKSPACE": str(tmp_path),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


def written(job, *words):
    return output.write(incident(), workflow.documents(words, job), Display())


def test_a_job_gets_the_text_the_annotations_and_the_summary(project, job):
    done = netra_validate("run", cwd=project)
    assert (done.returncode, done.stderr) == (1, "")
    assert re.match(r"::stop-commands::[0-9a-f]{32}\n", done.stdout)
    assert "NOT FIT: 1 root cause" in done.stdout
    first, second = annotations(done.stdout)
    assert first.properties["file"] == "services/api/test_it.py"
    assert second.properties["file"] == "services/api/pyproject.toml"
    assert "slwo" in first.data
    summary = Path(job["GITHUB_STEP_SUMMARY"]).read_text()
    assert summary.startswith("what the step said before\n\n## ❌ NOT FIT: ")


def test_a_demo_gets_the_same(tmp_path, job):
    done = netra_validate("demo", "--plane", "source", "-q", cwd=tmp_path)
    assert done.stdout.startswith("::stop-commands::")
    assert done.stdout.endswith("netra-validate: 0 annotations, nothing is left out\n")
    assert "FIT" in Path(job["GITHUB_STEP_SUMMARY"]).read_text()


def test_files_do_not_cost_the_annotations(tmp_path, job, capsys):
    assert written(job, f"json={tmp_path / 'r.json'}") == 1
    assert json.loads((tmp_path / "r.json").read_text())["exit_code"] == 1
    assert commands(capsys.readouterr().out)
    assert "NOT FIT" in Path(job["GITHUB_STEP_SUMMARY"]).read_text()


def test_who_says_what_goes_to_stdout_gets_that_and_no_more(job, capsys):
    before = Path(job["GITHUB_STEP_SUMMARY"]).read_text()
    assert written(job, "text") == 1
    assert commands(capsys.readouterr().out) == []
    assert Path(job["GITHUB_STEP_SUMMARY"]).read_text() == before


def test_elsewhere_it_is_the_text_alone(job, capsys):
    del job["GITHUB_ACTIONS"]
    (only,) = workflow.documents((), job)
    assert (only.format.name, only.file) == ("text", None)


def test_problems_are_told_as_ever(job):
    with pytest.raises(UsageProblem, match="no format"):
        workflow.documents(("jsn",), job)


def test_a_summary_by_its_name_is_appended_to_and_once_only(job, capsys):
    assert written(job, f"markdown={job['GITHUB_STEP_SUMMARY']}") == 1
    summary = Path(job["GITHUB_STEP_SUMMARY"]).read_text()
    assert summary.startswith("what the step said before\n\n## ")
    assert summary.count("NOT FIT") == 1
    other = Path(job["GITHUB_STEP_SUMMARY"]).with_name("other.md")
    assert written(job, f"markdown={other}", "text") == 1
    assert written(job, f"markdown={other}", "text") == 1
    assert other.read_text().count("NOT FIT") == 1


@pytest.mark.parametrize("before", ["", "x\n", "x"])
def test_the_summary_begins_on_a_line_of_its_own(job, capsys, before):
    file = Path(job["GITHUB_STEP_SUMMARY"])
    file.write_text(before)
    written(job)
    gap = {"": "", "x\n": "\n", "x": "\n\n"}[before]
    assert file.read_text().startswith(f"{before}{gap}## ❌")


def test_a_summary_that_is_not_there_yet_is_made(job, capsys):
    Path(job["GITHUB_STEP_SUMMARY"]).unlink()
    assert written(job) == 1
    assert Path(job["GITHUB_STEP_SUMMARY"]).read_text().startswith("## ❌")
    assert capsys.readouterr().err == ""


def test_what_a_step_has_said_and_the_summary_keep_within_1_mib(job, capsys):
    file = Path(job["GITHUB_STEP_SUMMARY"])
    for room in (2_500, 1_100):
        file.write_text("é" * ((LIMIT - room) // 2))
        written(job)
        assert LIMIT - room < file.stat().st_size <= LIMIT
        assert "This report was cut" in file.read_text()
        assert capsys.readouterr().err == ""


def test_a_summary_that_is_full_is_said(job, capsys):
    file = Path(job["GITHUB_STEP_SUMMARY"])
    file.write_text("x" * LIMIT)
    assert written(job) == 1
    assert file.stat().st_size == LIMIT
    assert (
        "cannot be written: GitHub shows 1 MiB of it, and that is full" in capsys.readouterr().err
    )


def test_a_missing_summary_is_said_and_fails_no_gate(project, job, tmp_path, monkeypatch):
    (project / "test_it.py").write_text(BAD_TEST.replace("slwo", "slow"))
    for value, told in {
        None: "netra-validate: GITHUB_STEP_SUMMARY is not set: the step gets no summary\n",
        str(tmp_path): f"netra-validate: {tmp_path}: cannot be written: Is a directory\n",
    }.items():
        if value is None:
            monkeypatch.delenv("GITHUB_STEP_SUMMARY")
        else:
            monkeypatch.setenv("GITHUB_STEP_SUMMARY", value)
        done = netra_validate("run", cwd=project)
        assert (done.returncode, done.stderr) == (0, told)
        assert "annotations, nothing is left out" in done.stdout


def test_a_summary_that_was_asked_for_does(job, capsys):
    job["GITHUB_STEP_SUMMARY"] = "/none/summary"
    done = workflow.documents(("markdown=/none/summary",), job)
    assert [each.missed for each in done] == [True, True, True]


@pytest.mark.parametrize(
    ("root", "file"),
    [(".", "netra-validate.toml"), ("a/b", "a/b/netra-validate.toml")],
)
def test_annotations_point_into_the_working_copy(job, capsys, root, file):
    workspace = Path(job["GITHUB_WORKSPACE"]).resolve()
    asked = workflow.located(
        workflow.documents(("github",), job), (workspace / root).resolve(), job
    )
    output.write(incident(), asked, Display())
    assert commands(capsys.readouterr().out)[0].properties["file"] == file


def test_annotations_outside_of_it_point_to_where_it_is(job, capsys):
    asked = workflow.located(workflow.documents(("github",), job), Path("/srv/x"), job)
    output.write(incident(), asked, Display())
    (first, *_) = commands(capsys.readouterr().out)
    assert first.properties["file"] == "/srv/x/netra-validate.toml"


def test_without_a_working_copy_paths_are_those_of_the_repository(job, capsys):
    del job["GITHUB_WORKSPACE"]
    asked = workflow.documents(("github",), job)
    assert workflow.located(asked, Path("/srv/x"), job) == asked
