"""What ran when, for how long, and how much of that it only waited."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate.model import Outcome, Plane, ProbeResult
from netra_validate.reports.html import states, texts
from netra_validate.reports.html.states import State
from netra_validate.reports.html.texts import cut
from netra_validate.wording import counted, duration

_MOST_BARS: Final = 250
_MOST_TICKS: Final = 5
_SHORTEST_AXIS: Final = 0.001
"""Seconds."""
_THINNEST: Final = 0.6
"""Percent of the axis: what is thinner cannot be seen."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the time axis."""

    at: str
    """In percent of the axis."""
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One probe. Places and widths in percent of the axis."""

    id: str
    href: str
    state: State
    x: str
    width: str
    waited: str | None
    """Width of the part that it waited."""
    took: str
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The probes of one plane."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture."""

    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    waited: bool
    """Whether anything waited, and the sign for it needs an explanation."""
    left_out: str | None


def timeline(probes: Iterable[ProbeResult], anchors: Mapping[str, str]) -> Timeline | None:
    """The picture, or None where nothing ran. What was skipped did not run."""
    ran = [probe for probe in probes if probe.outcome is not Outcome.SKIP]
    if not ran:
        return None
    shown = sorted(ran, key=lambda probe: (-_length(probe), probe.id))[:_MOST_BARS]
    whole = max(_SHORTEST_AXIS, *(_start(probe) + _length(probe) for probe in ran))
    more = len(ran) - len(shown)
    return Timeline(
        tuple(_ticks(whole)),
        tuple(_lanes(shown, whole, anchors)),
        any(_waited(probe) for probe in shown),
        f"{counted(more, 'shorter probe')} not shown" if more else None,
    )


def _lanes(
    probes: Sequence[ProbeResult], whole: float, anchors: Mapping[str, str]
) -> Iterator[Lane]:
    for plane in (*Plane, None):
        found = [probe for probe in probes if probe.plane is plane]
        found.sort(key=lambda probe: (_start(probe), probe.id))
        if found:
            title = f"{plane.value} plane" if plane else "could not be loaded"
            yield Lane(title, tuple(_bar(probe, whole, anchors) for probe in found))


def _bar(probe: ProbeResult, whole: float, anchors: Mapping[str, str]) -> Bar:
    state, start, length = states.of_probe(probe), _start(probe), _length(probe)
    width = max(length / whole * 100, _THINNEST)
    waited = _waited(probe) / length * width if length else 0
    waiting = f", {duration(_waited(probe))} of that waiting" if waited else ""
    return Bar(
        id=cut(probe.id, texts.NAME),
        href=f"#{anchors[probe.id]}",
        state=state,
        x=_percent(min(start / whole * 100, 100 - width)),
        width=_percent(width),
        waited=_percent(waited) if waited else None,
        took=duration(length),
        title=f"{cut(probe.id, texts.NAME)}: {state.label}, started after {duration(start)},"
        f" took {duration(length)}{waiting}",
    )


def _ticks(whole: float) -> Iterator[Tick]:
    """From 0 on, at round times: 1, 2 or 5 of a power of ten."""
    power = 10 ** math.floor(math.log10(whole / _MOST_TICKS))
    step = next(power * base for base in (1, 2, 5, 10) if whole / (power * base) <= _MOST_TICKS)
    for count in range(int(whole / step + 1e-9) + 1):
        yield Tick(_percent(count * step / whole * 100), duration(count * step) if count else "0")


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _start(probe: ProbeResult) -> float:
    return _sane(probe.started_s)


def _length(probe: ProbeResult) -> float:
    return _sane(probe.duration_s)


def _waited(probe: ProbeResult) -> float:
    return min(_sane(probe.waited_s), _length(probe))


def _sane(seconds: float) -> float:
    """A time that can be drawn: a report may be made by anybody."""
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
