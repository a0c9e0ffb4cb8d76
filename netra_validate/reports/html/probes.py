"""The probes one by one, and the tables of those that passed or were skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import escape

from netra_validate import scrub
from netra_validate.causes import Causes, is_waived
from netra_validate.grouping import bounded, groups, others, place
from netra_validate.model import Outcome, Plane, ProbeResult, Remediation
from netra_validate.reports.html import states, texts
from netra_validate.reports.html.findings import GroupView, group_view
from netra_validate.reports.html.states import State
from netra_validate.reports.html.texts import cut
from netra_validate.wording import counted, duration, facts, number

_ROOM: Final = 700_000
"""Characters that what was found may take: a page that is larger takes long to open on a phone."""

_ROOM_OF_TABLE: Final = 250_000

_HEADLINE: Final = 300
"""Characters of a headline."""
_SAID: Final = 280
"""Characters of a reason that a headline says."""

_MOST_SECTIONS: Final = 400
_MOST_ROWS: Final = 500
"""Rows of one table."""

NO_PLANE: Final = "none"
"""Of a check that could not even be loaded."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the views of probes are made with."""

    anchors: Mapping[str, str]
    """Where each probe stands on the page."""
    rules: Mapping[str, str]
    """What each rule says, in a line."""
    debug: bool = False
    """Whether tracebacks are shown."""


@dataclass(frozen=True, slots=True)
class ProbeView:
    """One probe that has something to say."""

    id: str
    anchor: str
    plane: str
    state: State
    resource: str
    headline: str
    note: str | None
    """Why it could not be verified, or did not come to its end."""
    meta: tuple[str, ...]
    groups: tuple[GroupView, ...]
    left_out: tuple[str, ...]
    """Findings that are not shown, in words."""
    trace: tuple[str, ...]
    root: bool
    explained_by: tuple[tuple[str, str], ...]
    """Ids and anchors of the probes that explain this one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    id: str
    anchor: str
    plane: str
    state: State
    facts: tuple[str, ...]
    took: str
    here: bool
    """Whether the anchor is this row's: the probe has no section of its own."""


@dataclass(frozen=True, slots=True)
class Table:
    """Probes of one outcome."""

    title: str
    rows: tuple[Row, ...]
    unlisted: str | None


def plane_of(probe: ProbeResult) -> str:
    """The word for the plane, for attributes."""
    return probe.plane.value if isinstance(probe.plane, Plane) else NO_PLANE


def sections(
    probes: Iterable[ProbeResult], trees: Causes, sources: Sources
) -> tuple[tuple[ProbeView, ...], str | None]:
    """Everything but what simply passed or was skipped, the root causes first.

    Returns:
        The views, and how many more there are where they would not fit.
    """
    rank = {root.id: at for at, root in enumerate(trees.roots)}
    telling = sorted(
        (probe for probe in probes if _tells(probe)),
        key=lambda probe: (
            states.PROBES.index(states.of_probe(probe)),
            rank.get(probe.id, len(rank)),
            probe.id,
        ),
    )
    views = tuple(_bounded(telling[:_MOST_SECTIONS], trees, sources))
    more = len(telling) - len(views)
    return views, number(more) if more else None


def _tells(probe: ProbeResult) -> bool:
    return bool(probe.findings) or probe.outcome in {Outcome.FAIL, Outcome.ERROR, Outcome.WARN}


def _bounded(probes: Iterable[ProbeResult], trees: Causes, sources: Sources) -> Iterator[ProbeView]:
    """The views, and from where the page is full on only their headlines."""
    told: dict[Remediation, tuple[str, str]] = {}
    taken = 0
    for probe in probes:
        view = _view(probe, trees, sources, told)
        taken += _size(view)
        if taken > _ROOM:
            yield replace(view, note=None, meta=(), groups=(), left_out=_left_out(probe), trace=())
            continue
        yield view
        where = (view.anchor, view.id)
        for found in probe.findings:
            if found.remediation is not None and found.waived is None:
                told.setdefault(found.remediation, where)


def _size(view: object) -> int:
    """About how many characters a view takes on the page."""
    return len(escape(repr(view)))


def _left_out(probe: ProbeResult) -> tuple[str, ...]:
    counts = Counter(found.rule for found in probe.findings)
    return tuple(
        f"{counted(count, 'finding')} of {cut(rule, texts.NAME)} left out to keep this page usable"
        " (all in -o json)"
        for rule, count in sorted(counts.items())[:10]
    )


def _view(
    probe: ProbeResult,
    trees: Causes,
    sources: Sources,
    told: Mapping[Remediation, tuple[str, str]],
) -> ProbeView:
    shown, left_out = bounded(groups(probe))
    here: dict[Remediation, tuple[str, str]] = dict(told)
    views = []
    for group in shown:
        views.append(group_view(probe, group, sources.rules, here, sources.anchors))
        if group.first.remediation is not None and group.first.waived is None:
            here.setdefault(group.first.remediation, (sources.anchors[probe.id], ""))
    return ProbeView(
        id=cut(probe.id, texts.NAME),
        anchor=sources.anchors[probe.id],
        plane=plane_of(probe),
        state=states.of_probe(probe),
        resource=cut(str(probe.resource), texts.NAME),
        headline=headline(probe),
        note=_note(probe),
        meta=tuple(_meta(probe)),
        groups=tuple(views),
        left_out=tuple(cut(line) for line in left_out),
        trace=_trace(probe) if sources.debug else (),
        root=any(root.id == probe.id for root in trees.roots),
        explained_by=tuple(
            (cut(each, texts.NAME), sources.anchors[each])
            for each in trees.behind(probe)
            if each in sources.anchors
        ),
    )


def headline(probe: ProbeResult) -> str:
    """What a probe has to say, in one sentence."""
    if probe.outcome is Outcome.ERROR:
        return cut(f"could not verify: {probe.reason or 'no reason was given'}", _HEADLINE)
    found = groups(probe)
    if found:
        more = others(probe, found)
        return cut(found[0].first.message, _HEADLINE) + (f", and {more}" if more else "")
    return cut(probe.reason or "nothing was found", _HEADLINE)


def _note(probe: ProbeResult) -> str | None:
    if probe.outcome is Outcome.ERROR:  # the headline has said why, if it had room
        return cut(probe.reason) if probe.reason and len(probe.reason) > _SAID else None
    if probe.reason and probe.outcome is not Outcome.SKIP:
        return cut(f"It did not come to its end: {probe.reason}")
    return None


def _meta(probe: ProbeResult) -> Iterator[str]:
    if is_waived(probe):
        yield "failed, and that is waived"
    yield f"took {duration(probe.duration_s)}"
    if probe.waited_s:
        yield f"waited {duration(probe.waited_s)} of it"
    if probe.attempts > 1:
        yield f"{probe.attempts} attempts"
    if probe.declared_at is not None and not probe.findings:
        yield f"declared at {cut(place(probe.declared_at), 2 * texts.NAME)}"
    yield from facts(probe.observations)


def _trace(probe: ProbeResult) -> tuple[str, ...]:
    """The traceback line by line, indented as it was."""
    lines = (probe.trace or "").splitlines()[-60:]
    return tuple(" " * (len(line) - len(line.lstrip())) + scrub.text(line) for line in lines)


def tables(probes: Iterable[ProbeResult], sources: Sources) -> tuple[Table, ...]:
    """What passed and on what observation, and what was skipped and why."""
    passed, skipped = [], []
    for probe in probes:
        if probe.outcome is Outcome.PASS:
            passed.append(probe)
        elif probe.outcome is Outcome.SKIP:
            skipped.append(probe)
    found = (
        _table("Passed, and what was seen", passed, sources),
        _table("Skipped, and why", skipped, sources),
    )
    return tuple(table for table in found if table.rows)


def _table(title: str, probes: Sequence[ProbeResult], sources: Sources) -> Table:
    more = len(probes) - _MOST_ROWS
    return Table(
        title,
        tuple(_rows(probes[:_MOST_ROWS], sources)),
        number(more) if more > 0 else None,
    )


def _rows(probes: Iterable[ProbeResult], sources: Sources) -> Iterator[Row]:
    """The rows, and from where the table is full on without what was seen."""
    taken = 0
    for probe in probes:
        row = _row(probe, sources)
        taken += _size(row)
        full = taken > _ROOM_OF_TABLE
        yield replace(row, facts=("left out to keep this page usable",)) if full else row


def _row(probe: ProbeResult, sources: Sources) -> Row:
    return Row(
        id=cut(probe.id, texts.NAME),
        anchor=sources.anchors[probe.id],
        plane=plane_of(probe),
        state=states.of_probe(probe),
        facts=tuple(cut(said, _HEADLINE) for said in _seen(probe)),
        took=duration(probe.duration_s),
        here=not _tells(probe),
    )


def _seen(probe: ProbeResult) -> Iterator[str]:
    if probe.reason:
        yield probe.reason
    if probe.attempts > 1:
        yield f"{probe.attempts} attempts"
    if probe.findings:
        yield counted(len(probe.findings), "finding")
    yield from facts(probe.observations)
