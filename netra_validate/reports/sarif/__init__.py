"""The SARIF report, for GitHub code scanning and every other program that reads findings.

SARIF 2.1.0 is described at https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
(sections are named where they decide something), and what GitHub makes of it at
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning.

A finding is a result. A probe that could not be verified is no result, since it broke no rule: it
is a notification, and makes the run an unsuccessful one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from netra_validate.model import Event, Report, RootCause
from netra_validate.reports.sarif.invocations import invocation, notification_kinds
from netra_validate.reports.sarif.limits import Cut, fitted
from netra_validate.reports.sarif.places import ROOT, Places
from netra_validate.reports.sarif.results import Entry, Results, by_importance
from netra_validate.reports.sarif.rules import Rules
from netra_validate.reports.sarif.texts import (
    Table,
    bounded,
    facts,
    label,
    labels,
    message,
    paragraph,
)
from netra_validate.terminal import Display
from netra_validate.wording import instant

SCHEMA_URI = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
"""Where OASIS publishes the schema."""


def render(report: Report, display: Display) -> str:
    """The document: ASCII, with at most as many results as GitHub takes."""
    del display

    def written(entries: Sequence[Entry], cut: Cut) -> str:
        document = json.dumps(_log(report, entries, cut), allow_nan=False)
        return msgspec.json.format(document, indent=2) + "\n"

    return fitted(by_importance(report), written)


def _log(report: Report, entries: Sequence[Entry], cut: Cut) -> Table:
    return {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [_run(report, entries, cut)]}


def _run(report: Report, entries: Sequence[Entry], cut: Cut) -> Table:
    rules, places = Rules(report, [entry.finding for entry in entries]), Places(report)
    results = Results(report, rules, places)
    return {
        "tool": {
            "driver": {
                "name": "netra-validate",
                **_version(report),
                "rules": rules.descriptors,
                "notifications": notification_kinds(),
            }
        },
        "automationDetails": _automation(report),
        "invocations": [invocation(report, places, cut)],
        "originalUriBaseIds": {
            ROOT: {"description": message([paragraph("The root of the repository.")])}
        },
        "columnKind": "unicodeCodePoints",
        "results": [results.made(entry) for entry in entries],
        "properties": _properties(report, cut),
    }


def _version(report: Report) -> Table:
    return {"version": label(report.version)} if label(report.version) else {}


def _automation(report: Report) -> Table:
    """What tells the uploads for several environments apart.

    GitHub takes everything before the last slash for the category, and an upload replaces the
    earlier one of its category and tool. The upload action's input ``category`` fills in a missing
    id only (codeql-action, ``populateRunAutomationDetails``).
    """
    name = quote(label(report.environment or ""), safe="")
    category = f"netra-validate/{name}" if name else "netra-validate"
    return {"id": f"{category}/{instant(report.started_at)}"}


def _properties(report: Report, cut: Cut) -> Table:
    return {
        "environment": None if report.environment is None else label(report.environment),
        "project": None if report.project is None else label(report.project),
        "region": None if report.region is None else label(report.region),
        "status": report.status.value,
        "failOn": report.fail_on.value,
        "rounds": report.rounds,
        "durationSeconds": round(report.duration_s, 3),
        "summary": {outcome.value: count for outcome, count in report.summary.items()},
        "rootCauses": [
            _cause(cause) for cause in sorted(report.root_causes, key=lambda cause: cause.probe)
        ],
        "results": cut.found,
        "resultsLeftOut": {
            **{severity.value: count for severity, count in cut.counts.items()},
            "waived": cut.waived,
        },
    }


def _cause(cause: RootCause) -> Table:
    return {
        "probe": label(cause.probe),
        "explains": [label(probe) for probe in sorted(cause.explains)],
        "leavesUnverified": labels(cause.leaves_unverified),
        "why": bounded(cause.why),
        "restsOn": {label(probe): facts(seen) for probe, seen in sorted(cause.rests_on.items())},
        "ruledOut": labels(cause.ruled_out),
        "notRuledOut": labels(cause.not_ruled_out),
        "changed": [_event(event) for event in cause.changed],
    }


def _event(event: Event) -> Table:
    return {
        "at": instant(event.at),
        "what": bounded(event.what),
        "resource": {"kind": label(event.resource.kind), "name": label(event.resource.name)},
    }
