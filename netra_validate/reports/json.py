"""The JSON report: everything that is known, for programs. ``report.schema.json`` describes it.

Two runs that saw the same give the same document but for times: every list has an order that does
not depend on who was first, and so have the facts that a probe observed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

import msgspec

from netra_validate.model import (
    SCHEMA_VERSION,
    Change,
    Command,
    Comparison,
    Difference,
    Event,
    Finding,
    Location,
    ProbeResult,
    Remediation,
    Report,
    RootCause,
)
from netra_validate.terminal import Display
from netra_validate.wording import instant

_UNPAIRED: Final = re.compile("[\ud800-\udfff]")
"""Surrogates, from file names that are not UTF-8. JSON that has them cannot be read everywhere."""


def render(report: Report, display: Display) -> str:
    """The document: ASCII, since nobody knows the encoding of the file that it is redirected to."""
    del display
    document = json.dumps(_clean(_report(report)), allow_nan=False)
    # Python's own indenting takes a second for ten thousand findings.
    return msgspec.json.format(document, indent=2) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the document."""
    text = resources.files(__package__).joinpath("report.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _report(report: Report) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "netra-validate", "version": report.version},
        "environment": report.environment,
        "project": report.project,
        "region": report.region,
        "started_at": instant(report.started_at),
        "duration_s": round(report.duration_s, 3),
        "rounds": report.rounds,
        "fail_on": report.fail_on.value,
        "status": report.status.value,
        "exit_code": report.exit_code,
        "summary": {outcome.value: count for outcome, count in report.summary.items()},
        "root_causes": [
            _cause(cause) for cause in sorted(report.root_causes, key=lambda cause: cause.probe)
        ],
        "comparison": _comparison(report.comparison),
        "notes": list(report.notes),
        # Most runs have none.
        **({"candidates": list(report.candidates)} if report.candidates else {}),
        "probes": [_probe(probe) for probe in sorted(report.probes, key=lambda probe: probe.id)],
    }


def _cause(cause: RootCause) -> dict[str, object]:
    return {
        "probe": cause.probe,
        "explains": sorted(cause.explains),
        "findings": sorted(cause.findings),
        "why": cause.why,
        "rests_on": {probe: _facts(cause.rests_on[probe]) for probe in sorted(cause.rests_on)},
        "ruled_out": sorted(cause.ruled_out),
        "not_ruled_out": sorted(cause.not_ruled_out),
        "leaves_unverified": sorted(cause.leaves_unverified),
        "changed": [_event(event) for event in cause.changed],
    }


def _event(event: Event) -> dict[str, object]:
    resource = {"kind": event.resource.kind, "name": event.resource.name}
    return {"at": instant(event.at), "what": event.what, "resource": resource}


def _probe(probe: ProbeResult) -> dict[str, object]:
    return {
        "id": probe.id,
        "check": probe.check,
        "plane": None if probe.plane is None else probe.plane.value,
        "resource": {"kind": probe.resource.kind, "name": probe.resource.name},
        "outcome": probe.outcome.value,
        "reason": probe.reason,
        "started_s": round(probe.started_s, 3),
        "duration_s": round(probe.duration_s, 3),
        "waited_s": round(probe.waited_s, 3),
        "attempts": probe.attempts,
        "explained_by": sorted(probe.explained_by),
        "observations": _facts(probe.observations),
        "findings": [_finding(found) for found in sorted(probe.findings, key=_place)],
    }


def _comparison(comparison: Comparison | None) -> dict[str, object] | None:
    if comparison is None:
        return None
    baseline = {
        "environment": comparison.environment,
        "started_at": instant(comparison.started_at),
    }
    return {"baseline": baseline} | {
        change.replace("-", "_"): [_difference(each) for each in comparison.of(change)]
        for change in Change
    }


def _difference(difference: Difference) -> dict[str, object]:
    severity = difference.severity
    return {
        "probe": difference.probe,
        "rule": difference.rule,
        "severity": None if severity is None else severity.value,
        "message": difference.message,
        "location": _location(difference.location),
        "fingerprint": difference.fingerprint,
    }


def _place(found: Finding) -> tuple[str, int, int, str, str, str]:
    where = found.location or Location("")
    return (
        where.path,
        where.line or 0,
        where.column or 0,
        found.rule,
        found.message,
        found.fingerprint,
    )


def _finding(found: Finding) -> dict[str, object]:
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "message": found.message,
        "location": _location(found.location),
        "evidence": _facts(found.evidence),
        "remediation": _remediation(found.remediation),
        "fingerprint": found.fingerprint,
        "waived": found.waived,
        "explained_by": sorted(found.explained_by),
        "explains": sorted(found.explains),
    }


def _location(where: Location | None) -> dict[str, object] | None:
    if where is None:
        return None
    return {"path": where.path, "line": where.line, "column": where.column}


def _remediation(remedy: Remediation | None) -> dict[str, object] | None:
    if remedy is None:
        return None
    return {
        "summary": remedy.summary,
        "commands": [_command(command) for command in remedy.commands],
        "docs": remedy.docs,
    }


def _command(command: Command) -> dict[str, object]:
    return {
        "argv": list(command.argv),
        "effect": command.effect.value,
        "undo": None if command.undo is None else list(command.undo),
        "no_undo": command.no_undo,
        "risk": command.risk,
        "roles": list(command.roles),
    }


def _facts(facts: Mapping[str, object]) -> dict[str, object]:
    """Facts in the order of their names: a check may come by them in any order."""
    return {str(key): _ordered(value) for key, value in sorted(facts.items(), key=_name)}


def _name(item: tuple[object, object]) -> str:
    return str(item[0])


def _ordered(value: object) -> object:
    if isinstance(value, Mapping):
        return _facts(value)
    if isinstance(value, list | tuple):
        return [_ordered(entry) for entry in value]
    return value


def _clean(value: object) -> object:
    """``value`` with nothing in it that JSON does not have."""
    if isinstance(value, dict):
        return {_text(key): _clean(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_clean(entry) for entry in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return _text(str(value))


def _text(text: str) -> str:
    return _UNPAIRED.sub("\ufffd", text)
