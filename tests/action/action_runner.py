"""Runs the steps of a composite action as GitHub's runner does, as far as ours needs it.

What it follows: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
for the files and commands, and .../workflow-syntax#jobsjob_idstepsshell for how bash is called.
"""

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
COMMAND = re.compile(r"^\s*::[\w-]+( .*)?::|##\[")


def read_yaml(path):
    """A YAML file, in the plain types of Python."""
    return YAML(typ="safe").load(path)


@dataclass
class Ended:
    """What came of an action."""

    outcome: str = "success"
    exit_code: int = 0
    outputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    log: str = ""
    summary: str = ""

    @property
    def commands(self):
        """The lines of the log that the runner takes for workflow commands.

        As https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs finds
        them; none from `::stop-commands::TOKEN` to `::TOKEN::`.
        """
        found, token = [], None
        for line in re.split(r"\r\n|\r|\n", self.log):
            if token is not None:
                token = None if line.strip() == f"::{token}::" else token
            elif line.startswith("::stop-commands::"):
                token = line.removeprefix("::stop-commands::")
            elif COMMAND.search(line):
                found.append(line)
        assert token is None
        return found


@dataclass
class ActionRunner:
    """A job with one use of the action.

    Args:
        workspace: where the job's repository is checked out.
        temp: the runner's folder for temporary files.
        foreign: outputs of the actions that others made, by name, given what stands under `with`.
        variables: of the job's environment.
        contexts: more that expressions can speak of, such as `github`.
    """

    workspace: Path
    temp: Path
    foreign: dict = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, dict] = field(default_factory=dict)

    def use(self, folder, /, **given):
        """Use the action in a folder with inputs, of which `_` stands for `-`."""
        action = read_yaml(folder / "action.yml")
        inputs = {
            name: evaluate(spec.get("default", ""), self.contexts)
            for name, spec in action["inputs"].items()
        }
        inputs |= {name.replace("_", "-"): str(value) for name, value in given.items()}
        assert inputs.keys() == action["inputs"].keys()
        ended = Ended()
        for step in action["runs"]["steps"]:
            if ended.outcome == "success":
                self._step(step, folder, inputs, ended)
        context = context_of(inputs, ended)
        for name, spec in action.get("outputs", {}).items():
            ended.outputs[name] = evaluate(spec["value"], context)
        return ended

    def _step(self, step, folder, inputs, ended):
        context = context_of(inputs, ended)
        outputs = ended.steps.setdefault(step.get("id", f"step-{len(ended.steps)}"), {})
        if "uses" in step:
            settings = {key: evaluate(value, context) for key, value in step["with"].items()}
            outputs |= self.foreign[step["uses"].partition("@")[0]](settings)
            return
        assert step["shell"] == "bash"
        assert "if" not in step
        files = {name: self._file(name) for name in ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY")}
        done = self._bash(step, folder, context, files)
        ended.log += done.stdout
        ended.summary += files["STEP_SUMMARY"].read_text("utf-8")
        outputs |= parse_outputs(files["OUTPUT"].read_text("utf-8"))
        assert not files["ENV"].read_text()
        assert not files["PATH"].read_text()
        if done.returncode:
            ended.outcome, ended.exit_code = "failure", done.returncode

    def _bash(self, step, folder, context, files):
        script = self._file("script.sh")
        script.write_text(evaluate(step["run"], context), "utf-8")
        variables = {key: evaluate(value, context) for key, value in step.get("env", {}).items()}
        place = evaluate(step.get("working-directory", "."), context)
        return subprocess.run(
            [*BASH, script],
            cwd=self.workspace / place,
            env=os.environ
            | {f"GITHUB_{name}": str(path) for name, path in files.items()}
            | {
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(folder),
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self.temp),
            }
            | self.variables
            | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )

    def _file(self, name):
        folder = self.temp / "_runner_file_commands"
        folder.mkdir(exist_ok=True)
        path = folder / f"{len(list(folder.iterdir()))}-{name}"
        path.touch()
        return path


def context_of(inputs, ended):
    """What expressions can speak of."""
    steps = {name: {"outputs": outputs} for name, outputs in ended.steps.items()}
    return {"inputs": inputs, "steps": steps}


def evaluate(text, context):
    """A string with its expressions replaced; of these it knows what our action uses."""
    return EXPRESSION.sub(lambda found: _value(found[1], context), str(text))


def _value(expression, context):
    if found := re.fullmatch(r"toJSON\((\w+)\)", expression):
        return json.dumps(context[found[1]], indent=2)
    value = context
    for key in expression.split("."):
        value = value.get(key, {})
    return value or ""


def parse_outputs(text):
    """The values in a file of outputs: `name=value`, or `name<<end` and lines up to `end`."""
    found = {}
    lines = iter(text.splitlines())
    for line in lines:
        if not line:
            continue
        name, value, end = (*re.split("=|<<", line, maxsplit=1), None)
        if line[len(name) : len(name) + 1] == "<":
            end, taken = value, []
            while (inner := next(lines)) != end:
                taken.append(inner)
            value = "\n".join(taken)
        found[name] = value
    return found
