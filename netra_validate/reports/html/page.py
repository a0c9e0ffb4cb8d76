"""The page as plain data: what the templates write, and nothing that they must decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from netra_validate.causes import Causes, trace
from netra_validate.model import Plane, ProbeResult, Report
from netra_validate.reports.html import cards, probes, states, texts
from netra_validate.reports.html.cards import Card, Unverified
from netra_validate.reports.html.changes import ComparisonView, compared
from netra_validate.reports.html.findings import RemedyView, remedy_view
from netra_validate.reports.html.probes import ProbeView, Sources, Table
from netra_validate.reports.html.states import VERDICTS, State
from netra_validate.reports.html.texts import cut
from netra_validate.reports.html.timeline import Timeline, timeline
from netra_validate.reports.html.topology import Topology, topology
from netra_validate.unverified import PERMISSIONS, lacks_permission
from netra_validate.verdicts import grounds, verdict
from netra_validate.wording import duration, number, utc

"""The exit code after Ctrl-C."""

_MOST_NOTES: Final = 50
_MOST_UNVERIFIED: Final = 20


@dataclass(frozen=True, slots=True)
class Share:
    """How many probes are in one state, as a part of the bar under the verdict."""

    state: State
    x: str
    width: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The top of the page."""

    state: State
    environment: str
    where: str | None
    why: str
    shares: tuple[Share, ...]
    started_at: datetime
    facts: tuple[tuple[str, str], ...]
    """Names and values, such as how long it took."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of the filter."""

    value: str
    label: str
    sign: str | None
    count: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page, in its order."""

    title: str
    verdict: Verdict
    cards: tuple[Card, ...]
    more_causes: str | None
    unverified: tuple[Unverified, ...]
    more_unverified: str | None
    permissions: RemedyView | None
    """How to find out which are missing, where some are."""
    comparison: ComparisonView | None
    topology: Topology | None
    timeline: Timeline | None
    outcomes: tuple[Choice, ...]
    planes: tuple[Choice, ...]
    total: str
    probes: tuple[ProbeView, ...]
    more_probes: str | None
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    version: str


def page(report: Report, *, debug: bool = False) -> Page:
    """The page of a report.

    Args:
        report: what to show.
        debug: with the tracebacks of crashed checks.
    """
    results = sorted(report.probes, key=lambda probe: probe.id)
    trees = trace(report)
    anchors = texts.anchors("probe", (probe.id for probe in results))
    sources = Sources(anchors, {rule.id: cut(rule.summary) for rule in report.rules}, debug)
    shown, more = probes.sections(results, trees, sources)
    rest = [probe for probe in results if probe.id not in trees.shown]
    unknown = cards.unverified(rest, anchors)
    top = _verdict(report, trees)
    return Page(
        title=f"{top.state.label}: {top.environment}",
        verdict=top,
        cards=cards.cards(trees, sources, {rule.id: rule for rule in report.rules}),
        more_causes=cards.more_causes(trees),
        unverified=unknown[:_MOST_UNVERIFIED],
        more_unverified=_more(len(unknown) - _MOST_UNVERIFIED),
        permissions=remedy_view(PERMISSIONS) if lacks_permission(rest) else None,
        comparison=_comparison(report, anchors),
        topology=topology(report.resources, results, trees, anchors),
        timeline=timeline(results, anchors),
        outcomes=tuple(_outcomes(report)),
        planes=tuple(_planes(results)),
        total=number(len(results)),
        probes=shown,
        more_probes=more,
        tables=probes.tables(results, sources),
        notes=tuple(cut(note) for note in report.notes[:_MOST_NOTES]),
        version=cut(report.version, texts.NAME),
    )


def _verdict(report: Report, trees: Causes) -> Verdict:
    where = " / ".join(cut(part, texts.NAME) for part in (report.project, report.region) if part)
    return Verdict(
        state=VERDICTS[verdict(report)],
        environment=cut(report.environment or "no environment", texts.NAME),
        where=where or None,
        why=grounds(report, trees),
        shares=tuple(_shares(report)),
        started_at=utc(report.started_at).replace(microsecond=0),
        facts=tuple(_facts(report)),
    )


def _comparison(report: Report, anchors: Mapping[str, str]) -> ComparisonView | None:
    if report.comparison is None:
        return None
    return compared(report.comparison, report.environment, anchors)


def _more(count: int) -> str | None:
    return number(count) if count > 0 else None


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    interrupted = report.interrupted
    yield ("Interrupted after" if interrupted else "Took"), duration(report.duration_s)
    yield "Probes", number(len(report.probes))
    if report.rounds > 1:
        yield "Rounds", number(report.rounds)
    yield "Fails on", report.fail_on.value
    yield "Exit code", str(report.exit_code)


def _shares(report: Report) -> Iterator[Share]:
    total, done = len(report.probes), 0
    counts = Counter(map(states.of_probe, report.probes))
    for state in states.PROBES:
        count = counts[state]
        if count:
            yield Share(
                state,
                f"{done / total * 100:.2f}%",
                f"{count / total * 100:.2f}%",
                f"{number(count)} {state.label}",
            )
        done += count


def _outcomes(report: Report) -> Iterator[Choice]:
    found = Counter(map(states.of_probe, report.probes))
    for state in states.PROBES:
        if found[state]:
            yield Choice(state.name, state.label, state.sign, number(found[state]))


def _planes(results: Sequence[ProbeResult]) -> Iterator[Choice]:
    found = Counter(probes.plane_of(probe) for probe in results)
    for plane in (*(plane.value for plane in Plane), probes.NO_PLANE):
        if found[plane]:
            label = "not loaded" if plane == probes.NO_PLANE else plane
            yield Choice(plane, label, None, number(found[plane]))
