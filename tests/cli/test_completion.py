"""Completion in the shells themselves, where they are installed; CI has all three."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reports.report_samples import incident

from netra_validate.cli import completion
from netra_validate.reports import FORMATS

HERE = str(Path(sys.executable).parent)

CONFIGURATION = """
[environments.staging]
[environments.production]
[environments."$(touch pwned)"]
"""


def shell(name: str, *words: str, cwd: Path) -> str:
    program = shutil.which(name)
    if program is None:
        assert not os.environ.get("CI"), f"{name} has to be installed for the tests"
        pytest.skip(f"{name} is not installed")
    environ = os.environ | {"PATH": f"{HERE}{os.pathsep}{os.environ['PATH']}", "HOME": str(cwd)}
    done = subprocess.run(
        [program, *words], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr
    return done.stdout


BASH = """
eval "$(netra-validate --show-completion)"
COMP_WORDS=({line}) COMP_CWORD={count}
_netra_validate_completion netra-validate
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def bash(line: str, cwd: Path) -> list[str]:
    script = BASH.format(line=line, count=len(line.split()) - 1)
    return shell("bash", "-c", script, cwd=cwd).split()


def fish(line: str, cwd: Path) -> list[str]:
    script = f"source (netra-validate --show-completion | psub); complete -C '{line}'"
    offered = shell("fish", "--no-config", "-c", script, cwd=cwd)
    return [each.partition("\t")[0] for each in offered.splitlines()]


@pytest.mark.parametrize("ask", [bash, fish])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("netra-validate expl", "explain"),
        ("netra-validate run hea", "health"),
        ("netra-validate run --skip hea", "health"),
        ("netra-validate fix dom", "domains"),
        ("netra-validate explain health.bad-s", "health.bad-status"),
        ("netra-validate demo --scenario connector-de", "connector-detached"),
        ("netra-validate run --env prod", "production"),
        ("netra-validate run --output js", "json"),
    ],
)
def test_the_shell_offers_the_word_that_is_meant(ask, line, expected, tmp_path):
    (tmp_path / "netra-validate.toml").write_text(CONFIGURATION)
    assert ask(line, tmp_path) == [expected]


def test_zsh_is_offered_words_with_their_meaning(tmp_path):
    script = (
        "script=$(netra-validate --show-completion); print -r -- $script;"
        "_TYPER_COMPLETE_ARGS='netra-validate explain health.bad-s' "
        "_NETRA_VALIDATE_COMPLETE=complete_zsh netra-validate; print"
    )
    offered = shell("zsh", "-fc", script, cwd=tmp_path)
    assert "#compdef netra-validate" in offered
    assert '"health.bad-status":"A health endpoint answers with an error"' in offered


def test_a_name_that_a_shell_would_run_is_not_offered(tmp_path, monkeypatch):
    (tmp_path / "netra-validate.toml").write_text(CONFIGURATION)
    monkeypatch.chdir(tmp_path)
    assert [word for word, _ in completion.environments("")] == ["staging", "production"]


def test_findings_are_offered_where_the_report_is_known(tmp_path):
    report = json.loads(FORMATS["json"].render(incident()))
    found = next(each for each in report["probes"] if each["id"] == "vpc-connector/main")
    found["findings"][0]["fingerprint"] = "ab" * 16
    (tmp_path / "report.json").write_text(json.dumps(report))
    for typed, expected in (("ab", "ab" * 16), ("vpc", "vpc-connector/main")):
        line = f"netra-validate explain --report report.json {typed}"
        assert bash(line, tmp_path) == [expected]
    assert bash("netra-validate explain --report gone.json ab", tmp_path) == []


def test_a_fingerprint_that_a_shell_would_run_is_not_offered(tmp_path):
    report = json.loads(FORMATS["json"].render(incident()))
    for each in report["probes"]:
        each["id"] = f"{each['id']}$(touch pwned)"
        for found in each["findings"]:
            found["fingerprint"] = "$(touch pwned)"
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert bash("netra-validate explain --report report.json ''", tmp_path) == []
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("text", ["[broken", "environments = 3", "\0"])
def test_a_broken_configuration_offers_nothing_and_says_nothing(text, tmp_path, monkeypatch):
    (tmp_path / "netra-validate.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert completion.environments("") == []
