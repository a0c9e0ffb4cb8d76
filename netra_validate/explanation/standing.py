"""Whether a finding is a root cause, on what that rests, or what it follows from. Pure."""

from __future__ import annotations

from typing import Final

from netra_validate.model import Finding, Outcome, ProbeResult, Report, RootCause
from netra_validate.reports.text.page import Page
from netra_validate.wording import counted, facts, minute

_BODY: Final = 2
_DIM: Final = "dim"


def write(page: Page, report: Report, probe: ProbeResult, found: Finding | None) -> None:
    """Whether it is a root cause, and why; or what it follows from."""
    own = [cause for cause in report.root_causes if _is_cause(cause, probe, found)]
    behind = _behind(report, probe, found)
    keeping = [cause for cause in report.root_causes if probe.id in cause.leaves_unverified]
    if own:
        write_title(page, "Why it is a root cause")
        for cause in own:
            _write_cause(page, cause, found)
    elif behind:
        write_title(page, "Why it is no root cause")
        _write_behind(page, report, probe, behind)
    elif keeping:
        write_title(page, "What kept it from being verified")
        for cause in keeping:
            _write_other(page, report, "The root cause ", cause.probe)
    else:
        write_title(page, "Cause or symptom")
        page.wrapped(_neither(probe, found), indent=_BODY)


def _is_cause(cause: RootCause, probe: ProbeResult, found: Finding | None) -> bool:
    if cause.probe != probe.id:
        return False
    return found is None or not cause.findings or found.fingerprint in cause.findings


def _behind(report: Report, probe: ProbeResult, found: Finding | None) -> tuple[str, ...]:
    """The probes that it follows from."""
    named = found.explained_by if found is not None and found.explained_by else probe.explained_by
    return named or tuple(cause.probe for cause in report.root_causes if probe.id in cause.explains)


def _neither(probe: ProbeResult, found: Finding | None) -> str:
    if found is not None and found.waived is not None:
        return "Somebody answers for it, so that it counts for nothing and no cause is looked for."
    if probe.outcome is Outcome.FAIL:
        return "Its probe fails, and the report names it neither as a cause nor as a symptom."
    return "Its probe does not fail, so that the report looks for no cause."


def _write_cause(page: Page, cause: RootCause, found: Finding | None) -> None:
    others = len(cause.findings) - 1
    if found is not None and others > 0:
        told = f"Together with {counted(others, 'other finding')} of {cause.probe}."
        page.wrapped((told, _DIM), indent=_BODY)
    if cause.why:
        page.wrapped(cause.why, indent=_BODY)
    for probe, table in cause.rests_on.items():
        told = " · ".join(facts(table))
        page.wrapped(("It rests on ", _DIM), f"{probe}: {told}", indent=_BODY, hang=2)
    for label, ids in (
        ("It explains ", cause.explains),
        ("It keeps from being verified ", cause.leaves_unverified),
        ("Ruled out, for it is well: ", cause.ruled_out),
        ("Not ruled out, for it could not be verified: ", cause.not_ruled_out),
    ):
        if ids:
            page.wrapped((label, _DIM), ", ".join(ids), indent=_BODY, hang=2)
    for event in cause.changed:
        told = f"{minute(event.at)}, {event.resource}: {event.what}"
        page.wrapped(("Changed before: ", _DIM), told, indent=_BODY, hang=2)


def _write_behind(page: Page, report: Report, probe: ProbeResult, behind: tuple[str, ...]) -> None:
    """What it follows from, and the root causes behind that."""
    roots = [cause for cause in report.root_causes if probe.id in cause.explains]
    for name in behind:
        _write_other(page, report, "It follows from ", name, probe.id)
    for cause in roots:
        if cause.probe not in behind:
            _write_other(page, report, "Behind that stands ", cause.probe, probe.id)
        if cause.why:
            page.wrapped(cause.why, indent=_BODY + 2)


def _write_other(page: Page, report: Report, label: str, name: str, below: str = "") -> None:
    """Another probe by its id, and what it found first, or what leads to the one below."""
    findings = next((each.findings for each in report.probes if each.id == name), ())
    telling = [found for found in findings if below in found.explains]
    first = next(iter((*telling, *findings)), None)
    said = f": {first.message}" if first is not None else ""
    page.wrapped((label, _DIM), (name, "bold"), said, indent=_BODY, hang=2)


def write_title(page: Page, text: str) -> None:
    """What stands above a part of the explanation."""
    page.blank()
    page.wrapped((text, "bold"))
