"""Steps of GitHub workflows that deploy: ``uses: google-github-actions/deploy-cloudrun``.

Its inputs are those of the action's own ``action.yml``: service, project_id, region (us-central1
where it is not given), flags. The environment of a job is its key ``environment``, a name or a
mapping with one: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from netra_validate.guessing.commands import deployed, flags_of, tokens_of
from netra_validate.guessing.facts import Facts, Found
from netra_validate.guessing.scripts import Script

_USES: Final = re.compile(
    r"^(?P<lead>[ \t]*(?:-[ \t]+)?)uses:[ \t]*[\"']?google-github-actions/deploy-cloudrun@",
    re.MULTILINE,
)
_INPUT: Final = re.compile(r"[ \t]*(?P<name>[a-z_]+):[ \t]*(?P<value>[^\n]*)")

_ENVIRONMENT: Final = re.compile(
    r"""^[ \t]+environment:[ \t]*(?:\r?\n[ \t]+name:[ \t]*)?
        ["']?(?P<name>[A-Za-z][\w-]{0,60})["']?[ \t]*(?:\#.*)?\r?$""",
    re.MULTILINE | re.VERBOSE,
)

_LONGEST: Final = 8000
"""Characters of one step that are looked at."""

_MOST: Final = 200
"""Steps of one file that are looked at."""

_USUAL_REGION: Final = "us-central1"


def facts(script: Script) -> Facts:
    """What the deploying steps of a workflow say."""
    found = Facts()
    for match in islice(_USES.finditer(script.text), _MOST):
        inputs = _inputs(_rest_of_step(script.text, match))
        _, flags = flags_of(tokens_of(inputs.get("flags", "")))
        flags["--region"] = inputs.get("region") or flags.get("--region") or _USUAL_REGION
        if project := inputs.get("project_id") or flags.get("--project"):
            flags["--project"] = project
        if service := inputs.get("service"):
            found += deployed(script, match.start(), service, flags)
    return found + Facts(environments=tuple(_environments(script)))


def _environments(script: Script) -> Iterator[Found]:
    for match in islice(_ENVIRONMENT.finditer(script.text), _MOST):
        yield Found(match["name"], script.origin(match.start()))


def _rest_of_step(text: str, match: re.Match[str]) -> Iterator[str]:
    """The lines after ``uses`` that belong to its step."""
    indent = len(match["lead"])
    for line in text[match.end() : match.end() + _LONGEST].split("\n")[1:]:
        stripped = line.lstrip()
        if stripped and not stripped.startswith("#") and len(line) - len(stripped) < indent:
            return
        if not stripped.startswith("#"):
            yield line


def _inputs(lines: Iterator[str]) -> dict[str, str]:
    """The keys of a step with their values; what is folded over lines is joined."""
    found: dict[str, str] = {}
    name, indent = "", 0
    for line in lines:
        depth = len(line) - len(line.lstrip())
        match = _INPUT.fullmatch(line.rstrip("\r"))
        if name and depth > indent:
            found[name] = f"{found[name]} {line.strip()}".strip()
        elif match:
            value = match["value"].strip()
            folded = value[:1] in {"|", ">"}
            name, indent = (match["name"], depth) if folded else ("", depth)
            found[match["name"]] = "" if folded else _plain(value)
    return found


def _plain(value: str) -> str:
    """A scalar without its quotes or its comment."""
    if value[:1] in {'"', "'"}:
        return value[1:].partition(value[0])[0]
    return value.partition(" #")[0].strip()
