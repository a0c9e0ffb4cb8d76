"""Run netra-validate with the inputs of the action, and hand its verdict to the steps that follow.

It runs in the environment that ``install.py`` made. Whatever an input says, it is one argument, or
a list of them at white space: no shell reads it, it cannot become another option, and what is
written to ``GITHUB_OUTPUT`` cannot become another output.
"""

# ruff: noqa: INP001 - a script, of no package
from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from netra_validate.reports import FORMATS
from netra_validate.workflow_commands import disarmed

OPTIONS = {
    "environment": "--env",
    "configuration": "--config",
    "root": "--root",
    "phase": "--phase",
    "wait": "--wait",
    "fail-on": "--fail-on",
    "baseline": "--baseline",
}
"""Inputs that hold one value, and the options that they stand for."""

USAGE = 2
"""Exit code where what was asked for cannot be understood."""


def main() -> int:
    """Run, write the outputs whatever came of it, and give the command's exit code."""
    inputs = json.loads(os.environ["INPUTS"])
    folder = Path(tempfile.mkdtemp(prefix="netra-validate-", dir=os.environ["RUNNER_TEMP"]))
    report = folder / "report.json"
    command = (sys.executable, "-I", "-X", "utf8", "-m", "netra_validate", "run")
    code = call(*command, *arguments(inputs, report)) if passable(inputs) else USAGE
    write_outputs(outputs_of(code, report))
    return code


def passable(inputs: Mapping[str, str]) -> bool:
    """Whether a command can be given every input; the first that it cannot is named.

    No argument of any system holds a NUL, and none in UTF-8 half a character (a lone surrogate).
    """
    for name, value in inputs.items():
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            sys.stderr.write(f"netra-validate: the input {name} holds a character that is none\n")
            return False
    return True


def call(*command: str) -> int:
    """Run a command and give its exit code, as a shell does.

    Its annotations go to stdout. On stderr it repeats what it was given, in its own words and in
    those of the library that reads options: nothing there is a command of the workflow.
    """
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603 - no shell
        for line in process.stderr or ():
            sys.stderr.write(disarmed(line))
            sys.stderr.flush()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def arguments(inputs: Mapping[str, str], report: Path) -> Iterator[str]:
    """What the command line says after ``run``. The JSON report goes to ``report``."""
    given = {name: value.strip() for name, value in inputs.items()}
    for name, option in OPTIONS.items():
        if given[name]:
            yield f"{option}={given[name]}"
    if given["fail-on-new"] not in {"", "false"}:
        yield f"--fail-on-new{flag_value(given['fail-on-new'])}"
    for candidate in given["candidate"].split():
        yield f"--candidate={candidate}"
    yield f"--output=json={report}"
    for word in given["formats"].split():
        yield f"--output={with_file(word, report)}"
    yield "--"
    yield from given["checks"].split()


def flag_value(word: str) -> str:
    """Nothing for true; for anything else a value, which the command refuses by name."""
    return "" if word == "true" else f"={word}"


def with_file(word: str, report: Path) -> str:
    """The format with the file that it goes to, since stdout is the log's."""
    if "=" in word or word not in FORMATS:
        return word
    return f"{word}={report.with_name(f'report-{word}{FORMATS[word].suffix}')}"


def outputs_of(exit_code: int, report: Path) -> dict[str, str]:
    """The action's outputs. Without a report the status is ``error``."""
    outputs = {"status": "error", "root-causes": "[]", "report": ""}
    if report.exists():
        document = json.loads(report.read_text(encoding="utf-8"))
        causes = [cause["probe"] for cause in document["root_causes"]]
        outputs = {
            "status": document["status"],
            "root-causes": json.dumps(causes),
            "report": str(report),
        }
    return outputs | {"exit-code": str(exit_code), "ready": json.dumps(exit_code == 0)}


def write_outputs(outputs: Mapping[str, str]) -> None:
    """Append to ``GITHUB_OUTPUT``, each value between delimiters that nobody can foresee.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
    """
    delimiter = f"end-{secrets.token_hex(16)}"
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.writelines(
            f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in outputs.items()
        )


if __name__ == "__main__":
    sys.exit(main())
