"""A comparison for programs: everything, with what it comes to. ``diff.schema.json`` describes it.

The differences are written by the report's own writer, and so are the very same under the same key.
"""

from __future__ import annotations

import json
from importlib import resources
from importlib.metadata import version
from typing import Any, Final

from netra_validate.comparison import Diff
from netra_validate.model import Change, Report
from netra_validate.reports.json import render as render_report
from netra_validate.terminal import Display

SCHEMA_VERSION: Final = 1
"""Raised when a reader of the old form would misread the new one."""


def render(diff: Diff, display: Display) -> str:
    """The document, in ASCII."""
    told = _report_of(diff, display)
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "netra-validate", "version": version("netra-validate")},
        "verdict": diff.verdict.value,
        "exit_code": diff.exit_code,
        "fail_on": diff.fail_on.value,
        "report": {key: told[key] for key in ("environment", "started_at", "status")},
        "summary": {_key(change): len(diff.comparison.of(change)) for change in Change},
        "notes": told["notes"],
        "comparison": told["comparison"],
    }
    return json.dumps(document, indent=2) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the document."""
    text = resources.files(__package__).joinpath("diff.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _report_of(diff: Diff, display: Display) -> dict[str, Any]:
    """What the JSON report makes of the comparison, of the notes, and of the later run."""
    new = diff.report
    shell = Report(
        environment=new.environment,
        started_at=new.started_at,
        duration_s=new.duration_s,
        status=new.status,
        exit_code=new.exit_code,
        notes=diff.notes,
        comparison=diff.comparison,
    )
    loaded: dict[str, Any] = json.loads(render_report(shell, display))
    return loaded


def _key(change: Change) -> str:
    return change.replace("-", "_")
