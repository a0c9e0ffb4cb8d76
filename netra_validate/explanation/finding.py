"""A finding of a report in full, for people. Pure.

What it rests on, why it is a cause or not, how to see it by hand, how to mend it, what it hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from netra_validate.by_hand import MEANINGS, Argv, ByHand, filled, placeholders
from netra_validate.check import Check
from netra_validate.explanation import asking, prose
from netra_validate.explanation.choosing import Chosen
from netra_validate.explanation.headings import BY_HAND, HIDES
from netra_validate.explanation.naming import Known, names
from netra_validate.grouping import place
from netra_validate.model import Finding, Outcome, ProbeResult, Report, RootCause
from netra_validate.registry import Registry
from netra_validate.reports.text.findings import Remedies, write_remedy
from netra_validate.reports.text.marks import OUTCOMES, SEVERITIES, WAIVED
from netra_validate.reports.text.page import Page
from netra_validate.shell import quoted
from netra_validate.terminal import Display
from netra_validate.wording import counted, facts, instant, minute

_BODY: Final = 2
_MOST: Final = 20
"""Findings that are explained at once: a probe may have thousands."""

_DAY_S: Final = 86_400.0
"""No probe starts later than this after its run; a file may say anything."""

_DIM: Final = "dim"


def explain(
    registry: Registry,
    report: Report,
    chosen: tuple[Chosen, ...],
    known: Known | None,
    display: Display,
) -> str:
    """The text about findings of a report.

    Args:
        registry: the installed checks, for what their rules mean.
        report: that the findings are from.
        chosen: what to explain.
        known: the configuration of the report's environment, where there is one.
        display: how wide it may be, and in which characters.
    """
    page = Page(display)
    for number, each in enumerate(chosen[:_MOST]):
        if number:
            page.blank()
        _write(page, registry, report, each, known)
    if len(chosen) > _MOST:
        page.blank()
        left = counted(len(chosen) - _MOST, "more finding", "more findings")
        page.wrapped(f"… and {left} of {chosen[0].probe.id}; name one by its fingerprint")
    return page.render()


def listing(report: Report, display: Display) -> str:
    """Every finding of a report in a line, by what `explain` knows it."""
    page = Page(display)
    every = [(probe, found) for probe in report.probes for found in probe.findings]
    for probe, found in every:
        page.wrapped(
            _mark(found), f" {found.fingerprint[:12] or '(none)'}  ", (probe.id, "bold"),
            f": {found.message}", hang=2,
        )  # fmt: skip
    if not every:
        page.wrapped("The report has no findings.")
    return page.render()


def _write(
    page: Page, registry: Registry, report: Report, chosen: Chosen, known: Known | None
) -> None:
    probe, found = chosen.probe, chosen.finding
    _write_head(page, report, probe, found)
    if found is not None:
        _write_facts(page, "Evidence", found.evidence)
    _write_facts(page, "What the probe saw", probe.observations)
    _write_standing(page, report, probe, found)
    if found is None:
        return
    check = registry.checks.get(probe.check)
    told = _told(check, found)
    if told is not None:
        _write_by_hand(page, told.commands, names(report, probe, found, known), known, probe)
    _write_remedy(page, found)
    _write_rule(page, check, found)
    if told is not None:
        _write_hides(page, told)


def _told(check: type[Check[Any]] | None, found: Finding) -> ByHand | None:
    return None if check is None else check.by_hand().get(found.rule.partition(".")[2])


def _mark(found: Finding) -> tuple[str, str]:
    return WAIVED if found.waived is not None else SEVERITIES[found.severity]


def _write_head(page: Page, report: Report, probe: ProbeResult, found: Finding | None) -> None:
    mark = OUTCOMES[probe.outcome] if found is None else _mark(found)
    message = (probe.reason or "nothing was found") if found is None else found.message
    page.wrapped(mark, " ", (str(probe.resource), "bold"), f": {message}", hang=2)
    when = report.started_at + timedelta(seconds=min(probe.started_s, _DAY_S))
    plane = [] if probe.plane is None else [f"plane {probe.plane}"]
    rows = [
        ("Found by", ", ".join([f"the probe {probe.id}", *plane])),
        ("Seen", f"{instant(when)}{_where(report)}"),
        ("Outcome", _outcome(probe)),
    ]
    if found is not None:
        rows.insert(0, ("Rule", f"{found.rule}, {found.severity}"))
        if found.location is not None:
            rows.append(("Place", place(found.location)))
        if found.waived is not None:
            rows.append(("Waived", found.waived))
        if found.fingerprint:
            rows.append(("Fingerprint", found.fingerprint))
    for label, text in rows:
        page.wrapped((f"{label:<13}", _DIM), text, indent=_BODY, hang=13)


def _where(report: Report) -> str:
    place_of = "/".join(filter(None, (report.project, report.region)))
    words = [each for each in (report.environment, place_of) if each]
    return f", in {' · '.join(words)}" if words else ""


def _outcome(probe: ProbeResult) -> str:
    tries = f", after {probe.attempts} attempts" if probe.attempts > 1 else ""
    return f"{probe.outcome}{tries}"


def _write_facts(page: Page, title: str, table: Mapping[str, object]) -> None:
    told = list(facts(table))
    if not told:
        return
    _title(page, title)
    for fact in told:
        page.wrapped(fact, indent=_BODY, hang=2)


def _write_standing(page: Page, report: Report, probe: ProbeResult, found: Finding | None) -> None:
    """Whether it is a root cause, and why; or what it follows from."""
    own = [cause for cause in report.root_causes if _is_cause(cause, probe, found)]
    behind = _behind(report, probe, found)
    if own:
        _title(page, "Why it is a root cause")
        for cause in own:
            _write_cause(page, cause)
    elif behind:
        _title(page, "Why it is no root cause")
        _write_behind(page, report, behind)
    else:
        _title(page, "Cause or symptom")
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


def _write_cause(page: Page, cause: RootCause) -> None:
    if cause.why:
        page.wrapped(cause.why, indent=_BODY)
    for probe, table in cause.rests_on.items():
        told = " · ".join(facts(table))
        page.wrapped(("It rests on ", _DIM), f"{probe}: {told}", indent=_BODY, hang=2)
    for label, ids in (
        ("It explains ", cause.explains),
        ("Ruled out, for it is well: ", cause.ruled_out),
        ("Not ruled out, for it could not be verified: ", cause.not_ruled_out),
    ):
        if ids:
            page.wrapped((label, _DIM), ", ".join(ids), indent=_BODY, hang=2)
    for event in cause.changed:
        told = f"{minute(event.at)}, {event.resource}: {event.what}"
        page.wrapped(("Changed before: ", _DIM), told, indent=_BODY, hang=2)


def _write_behind(page: Page, report: Report, behind: Iterable[str]) -> None:
    probes = {probe.id: probe for probe in report.probes}
    causes = {cause.probe: cause for cause in report.root_causes}
    for name in behind:
        probe = probes.get(name)
        first = next(iter(probe.findings), None) if probe is not None else None
        said = f": {first.message}" if first is not None else ""
        page.wrapped(("It follows from ", _DIM), (name, "bold"), said, indent=_BODY, hang=2)
        if name in causes and causes[name].why:
            page.wrapped(causes[name].why, indent=_BODY + 2)


def _write_by_hand(
    page: Page,
    commands: tuple[Argv, ...],
    known_names: Mapping[str, str],
    known: Known | None,
    probe: ProbeResult,
) -> None:
    """The commands with what is known in their braces, and what the others stand for."""
    if not commands:
        return
    _title(page, BY_HAND)
    made = tuple(filled(commands, known_names))
    for argv in asking.trusting(made, known):
        page.verbatim(_pasted(page, argv), indent=_BODY, style="cyan")
    for note in asking.notes(made, known, probe, page.display.shell):
        page.wrapped(note, indent=_BODY, hang=2)
    _write_unknown(page, made)


def _write_unknown(page: Page, commands: Iterable[Argv]) -> None:
    left = sorted(placeholders(commands))
    if not left:
        return
    nobody = "Neither the report nor a configuration says what stands in braces:"
    page.wrapped((nobody, _DIM), indent=_BODY)
    for name in left:
        page.wrapped((f"{{{name}}}  ", _DIM), MEANINGS[name], indent=_BODY + 2, hang=2)


def _pasted(page: Page, argv: Argv) -> str:
    return quoted(argv, unicode=page.display.unicode, shell=page.display.shell)


def _write_remedy(page: Page, found: Finding) -> None:
    if found.remediation is not None:
        _title(page, "How to mend it")
        write_remedy(page, found.remediation, Remedies(), _BODY)


def _write_rule(page: Page, check: type[Check[Any]] | None, found: Finding) -> None:
    rule = None if check is None else check.rules.get(found.rule.partition(".")[2])
    if rule is None:
        _title(page, "What it means")
        page.wrapped(f"No installed check has the rule {found.rule}.", indent=_BODY)
        return
    _title(page, f"What it means: {rule.summary}")
    _write_paragraphs(page, rule.help)


def _write_paragraphs(page: Page, text: str) -> None:
    for line in prose.paragraphs(text, page.measure - _BODY):
        page.verbatim(line, indent=_BODY if line else 0)


def _write_hides(page: Page, told: ByHand) -> None:
    _title(page, HIDES)
    _write_paragraphs(page, told.hides)


def _title(page: Page, text: str) -> None:
    page.blank()
    page.wrapped((text, "bold"))
