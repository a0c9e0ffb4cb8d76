"""A finding of a report in full, for people. Pure.

What it rests on, why it is a cause or not, how to see it by hand, how to mend it, what it hides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from netra_validate.by_hand import MEANINGS, ByHand, filled, placeholders
from netra_validate.explanation import asking, prose, standing
from netra_validate.explanation.choosing import Chosen
from netra_validate.explanation.headings import BY_HAND, HIDES, MEND, MEND_OTHERWISE
from netra_validate.explanation.naming import Known, names
from netra_validate.explanation.pasting import to_paste
from netra_validate.explanation.standing import write_title
from netra_validate.grouping import place
from netra_validate.model import Finding, ProbeResult, Report
from netra_validate.registry import Registry
from netra_validate.reports.text.findings import Remedies, write_remedy
from netra_validate.reports.text.marks import OUTCOMES, SEVERITIES, WAIVED
from netra_validate.reports.text.page import Page
from netra_validate.terminal import Display
from netra_validate.wording import counted, facts, instant, is_told

_BODY: Final = 2
_MOST: Final = 20
"""Findings that are explained at once: a probe may have thousands."""

_DEEPEST: Final = 12
"""Columns of indentation; what is deeper goes on there."""

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
    meant: set[str] = set()
    for number, each in enumerate(chosen[:_MOST]):
        if number:
            page.blank()
        _write(page, registry, report, each, known)
        if each.finding is not None and each.finding.rule not in meant:
            meant.add(each.finding.rule)
            _write_rule(page, registry, each.finding)
    if len(chosen) > _MOST:
        page.blank()
        left = counted(len(chosen) - _MOST, "more finding", "more findings")
        page.wrapped(f"… and {left}; name one by its fingerprint")
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
    standing.write(page, report, probe, found)
    if found is None:
        return
    told = _told(registry, found)
    if told is not None:
        _write_by_hand(page, told, report, chosen, known)
    if found.remediation is not None:
        write_title(page, MEND)
        write_remedy(page, found.remediation, Remedies(), _BODY)


def _told(registry: Registry, found: Finding) -> ByHand | None:
    check, _, rule = found.rule.partition(".")
    return registry.checks[check].by_hand().get(rule) if check in registry.checks else None


def _mark(found: Finding) -> tuple[str, str]:
    return WAIVED if found.waived is not None else SEVERITIES[found.severity]


def _write_head(page: Page, report: Report, probe: ProbeResult, found: Finding | None) -> None:
    mark = OUTCOMES[probe.outcome] if found is None else _mark(found)
    message = (probe.reason or "nothing was found") if found is None else found.message
    page.wrapped(mark, " ", (str(probe.resource), "bold"), f": {message}", hang=2)
    plane = [] if probe.plane is None else [f"plane {probe.plane}"]
    rows = [
        ("Found by", ", ".join([f"the probe {probe.id}", *plane])),
        ("Seen", f"{instant(_seen_at(report, probe))}{_where(report)}"),
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


def _seen_at(report: Report, probe: ProbeResult) -> datetime:
    """When the probe began. A file may say anything, also what no calendar has."""
    try:
        return report.started_at + timedelta(seconds=probe.started_s)
    except OverflowError:
        return report.started_at


def _where(report: Report) -> str:
    place_of = "/".join(filter(None, (report.project, report.region)))
    words = [each for each in (report.environment, place_of) if each]
    return f", in {' · '.join(words)}" if words else ""


def _outcome(probe: ProbeResult) -> str:
    tries = f", after {probe.attempts} attempts" if probe.attempts > 1 else ""
    return f"{probe.outcome}{tries}"


def _write_facts(page: Page, title: str, table: Mapping[str, object]) -> None:
    if any(map(is_told, table.values())):
        write_title(page, title)
        _write_table(page, table, _BODY)


def _write_table(page: Page, table: Mapping[str, object], indent: int) -> None:
    """Each fact on a line of its own and in full, tables and lists within tables below."""
    for key, value in table.items():
        name = key.replace("_", " ") if key.isidentifier() else key
        if isinstance(value, Mapping) and value:
            page.wrapped(f"{name}:", indent=indent, hang=2)
            _write_table(page, value, min(indent + 2, _DEEPEST))
        elif isinstance(value, list | tuple) and value:
            page.wrapped(f"{name}:", indent=indent, hang=2)
            for entry in value:
                told = " · ".join(facts(entry)) if isinstance(entry, Mapping) else str(entry)
                page.wrapped(f"- {told}", indent=min(indent + 2, _DEEPEST), hang=2)
        elif isinstance(value, str) and is_told(value):
            page.wrapped(f"{name} {value}", indent=indent, hang=2)
        else:
            for fact in facts({key: value}):
                page.wrapped(fact, indent=indent, hang=2)


def _write_by_hand(
    page: Page, told: ByHand, report: Report, chosen: Chosen, known: Known | None
) -> None:
    """The commands with what is known in their braces, and what the others stand for."""
    commands = told.looking_at(chosen.probe.resource.kind)
    if not commands:
        return
    write_title(page, BY_HAND)
    made = tuple(filled(commands, names(report, chosen.probe, chosen.finding, known)))
    # First what can be pasted as it is.
    ready = sorted(made, key=lambda argv: bool(placeholders([argv])))
    for argv in asking.trusting(ready, asking.authority(chosen.finding, known)):
        shown = to_paste(argv, unicode=page.display.unicode, shell=page.display.shell)
        page.verbatim(shown, indent=_BODY, style="cyan")
    for note, words in asking.notes(made, known, chosen.probe, page.display.shell):
        page.wrapped(note, indent=_BODY, hang=2)
        if words:
            page.verbatim(words, indent=_BODY + 2, style="cyan")
    left = sorted(placeholders(made))
    if left:
        nobody = "What stands in braces is not known here:"
        page.wrapped((nobody, _DIM), indent=_BODY)
    for name in left:
        page.wrapped((f"{{{name}}}  ", _DIM), MEANINGS[name], indent=_BODY + 2, hang=2)


def _write_rule(page: Page, registry: Registry, found: Finding) -> None:
    """What a rule means, and what it usually hides. Once for all of its findings."""
    check, _, name = found.rule.partition(".")
    rule = registry.checks[check].rules.get(name) if check in registry.checks else None
    if rule is None:
        write_title(page, "What it means")
        page.wrapped(f"No installed check has the rule {found.rule}.", indent=_BODY)
        return
    means, mending = prose.parted(rule.help)
    write_title(page, f"What it means: {rule.summary}")
    _write_paragraphs(page, means)
    if mending:
        write_title(page, MEND if found.remediation is None else MEND_OTHERWISE)
        _write_paragraphs(page, mending)
    told = _told(registry, found)
    if told is not None:
        write_title(page, HIDES)
        _write_paragraphs(page, told.hides)


def _write_paragraphs(page: Page, text: str) -> None:
    for line in prose.paragraphs(text, page.measure - _BODY):
        page.verbatim(line, indent=_BODY if line else 0)
