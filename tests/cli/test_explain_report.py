"""``netra-validate explain FINGERPRINT --report FILE``."""

import json
import subprocess
import sys

import pytest
from command import netra_validate
from reports.report_samples import incident
from typer.testing import CliRunner

from netra_validate.cli.app import app
from netra_validate.reports import FORMATS

FINGERPRINT = "0a" * 16

CONFIGURATION = """
[environments.staging]
project = "netra-staging"
region = "us-central1"

[environments.staging.services.backend]
url = "https://configured.example.com"
health = ["/health"]
"""


def document():
    made = json.loads(FORMATS["json"].render(incident()))
    found = next(each for each in made["probes"] if each["id"] == "health/backend")["findings"]
    for number, each in enumerate(found):
        each["fingerprint"] = f"{number}a" * 16
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "old.json").write_text(json.dumps(document()))
    return tmp_path


def explain(*arguments, given=""):
    return CliRunner().invoke(app, ["explain", *map(str, arguments)], input=given)


def test_a_fingerprint_of_a_report(folder):
    done = explain(FINGERPRINT[:6], "--report", "old.json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("✗ service backend: https://staging.netrasystems.ai/health ")
    assert done.stdout.count("Fingerprint") == 1
    assert "curl -sS -i --max-time 30 https://staging.netrasystems.ai/health\n" in done.stdout
    assert "{service}" not in done.stdout


def test_a_probe_and_all_of_it(folder):
    done = explain("health/backend", "--report", "old.json")
    assert done.stdout.count("Fingerprint") == 2


def test_the_report_may_come_by_standard_input(folder):
    done = explain(FINGERPRINT, "--report", "-", given=json.dumps(document()))
    assert (done.exit_code, done.stdout) == (0, explain(FINGERPRINT, "--report", "old.json").stdout)


def test_without_a_name_there_is_a_list(folder):
    done = explain("--report", "old.json")
    assert done.exit_code == 0
    assert "✗ 0a0a0a0a0a0a  health/backend: https://staging" in done.stdout


def test_a_configuration_has_further_names(folder):
    (folder / "netra-validate.toml").write_text(CONFIGURATION)
    done = explain(FINGERPRINT, "--report", "old.json")
    assert done.stderr == ""
    assert "curl -sS -i --max-time 30 https://configured.example.com/health\n" in done.stdout
    elsewhere = folder / "elsewhere.toml"
    elsewhere.write_text(CONFIGURATION.replace("configured", "elsewhere"))
    done = explain(FINGERPRINT, "--report", "old.json", "--config", elsewhere)
    assert "https://elsewhere.example.com/health\n" in done.stdout


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("us-central1", "${GONE}"), "is left out, for it cannot be used: "),
        (("environments.staging", "environments.live"), "it has no environment 'staging'"),
        (("netra-staging", "other"), "the report is of the project netra-staging"),
    ],
)
def test_a_configuration_that_does_not_fit_is_left_out_and_that_is_said(folder, change, told):
    (folder / "netra-validate.toml").write_text(CONFIGURATION.replace(*change))
    done = explain(FINGERPRINT, "--report", "old.json")
    assert done.exit_code == 0
    assert told in done.stderr
    assert "configured.example.com" not in done.stdout


def test_one_that_was_asked_for_has_to_be_right(folder):
    (folder / "mine.toml").write_text(CONFIGURATION.replace("us-central1", "${GONE}"))
    done = explain(FINGERPRINT, "--report", "old.json", "--config", "mine.toml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "GONE" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((FINGERPRINT,), f"'{FINGERPRINT}' is of a report: needs --report FILE"),
        (("health/backend",), "'health/backend' is of a report: needs --report FILE"),
        ((FINGERPRINT, "--report", "gone.json"), "gone.json: there is no such file"),
        ((FINGERPRINT, "--report", "."), "cannot be read: "),
        ((FINGERPRINT, "--report", "text"), "text: is not JSON, expected a JSON report"),
        ((FINGERPRINT, "--report", "-"), "standard input: is empty"),
        (("ffffff", "--report", "old.json"), "there is no finding 'ffffff' in the report"),
        (("0a0", "--report", "old.json"), "too short for a fingerprint"),
        (("health.slow", "--report", "old.json"), "no finding of the rule 'health.slow'"),
        (("", "--report", "old.json"), "the name is empty, expected a check, a rule or a"),
        (("",), "the name is empty, expected a check, a rule or a fingerprint"),
        ((FINGERPRINT.upper(),), "is of a report: needs --report FILE"),
        (("/etc/passwd",), "'/etc/passwd' looks like a file, expected a check, a rule or a"),
        (("old.json",), "looks like a file, expected a check, a rule or a fingerprint; a JSON"),
        ((".\\old.txt",), "looks like a file"),
        (("health", "--report", "passwd"), "passwd: there is no such file, expected a JSON"),
        (("helth",), "there is no check 'helth'; did you mean 'health'?"),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_2(folder, arguments, told):
    (folder / "text").write_text("FIT: 3 passed\n")
    done = explain(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_beginning_of_two_is_told_with_both(folder):
    made = document()
    other = next(each for each in made["probes"] if each["id"] == "vpc-connector/main")
    other["findings"][0]["fingerprint"] = "0a0a0a" + "0b" * 13
    both = sorted({each["fingerprint"] for one in made["probes"] for each in one["findings"]})
    wanted = [each for each in both if each.startswith("0a0a0a")]
    (folder / "two.json").write_text(json.dumps(made))
    done = explain("0a0a0a", "--report", "two.json")
    assert done.exit_code == 2
    assert f"expected more of the fingerprint: {', '.join(wanted)}" in done.stderr


def test_a_secret_in_the_report_is_not_shown(folder):
    made = document()
    for one in made["probes"]:
        for each in one["findings"]:
            each["message"] = "token=hunter2hunter2hunter2"
            each["evidence"] = {"password": "hunter2", "url": "https://me:hunter2@a.example/"}
    (folder / "loud.json").write_text(json.dumps(made))
    done = explain("health/backend", "--report", "loud.json")
    assert done.exit_code == 0
    assert "hunter2" not in done.stdout


def test_a_command_that_no_remedy_has_is_left_out_and_that_is_said(folder):
    made = document()
    for one in made["probes"]:
        for each in one["findings"]:
            each["remediation"] = {
                "summary": "Look",
                "commands": [
                    {"argv": ["rm", "-rf", "/"], "effect": "reads"},
                    {"argv": ["nslookup", "a.example"], "effect": "restarts"},
                ],
                "docs": "javascript:alert(1)",
            }
    (folder / "foreign.json").write_text(json.dumps(made))
    done = explain("health/backend", "--report", "foreign.json")
    assert done.exit_code == 0
    told = " ".join(done.stdout.split())
    assert "Look; the report holds a command that this program does not make, left out here" in told
    assert "Look: nslookup a.example" in told
    assert "rm -rf" not in told
    assert "javascript" not in told


def test_colour_is_asked_for(folder):
    assert "\x1b[" in explain(FINGERPRINT, "--report", "old.json", "--color", "always").stdout
    assert "\x1b[" not in explain(FINGERPRINT, "--report", "old.json").stdout


def test_what_a_run_reports_is_explained(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["fast: x"]\n')
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n@pytest.mark.fsat\ndef test_it():\n    pass\n"
    )
    netra_validate("run", "pytest-markers", "-o", "json=report.json", "-q", cwd=tmp_path)
    done = netra_validate("explain", "pytest-markers/repo", "--report", "report.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "python -m pytest --collect-only -q --strict-markers test_it.py" in done.stdout


@pytest.mark.parametrize("line", ["explain --help", "list", "explain health"])
def test_nobody_else_loads_these_texts(line, tmp_path):
    program = (
        "import sys\n"
        "from netra_validate.__main__ import main\n"
        f"sys.argv = ['netra-validate', *{line.split()!r}]\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "loaded = [name for name in sys.modules if name.startswith('checks.') and"
        " name.endswith('.by_hand')]\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
