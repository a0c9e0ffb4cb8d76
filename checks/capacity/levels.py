"""What a row of values says: the level that it held, its peak, where it is going. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import StatisticsError, correlation, fmean, linear_regression
from typing import Final

from netra_validate.clients.google.time_series import PERIOD, Point, Series

_GAP: Final = 1.5
"""Periods between two values from which on what lies between is not known."""

_SPAN: Final = 0.5
"""Share of the time over which growth is measured that must have values."""

_EVEN: Final = 0.9
"""Share of the variation that a straight line explains at least: its squared correlation. A daily
rise and fall, and a step, are below that."""

_RISE: Final = 0.02
"""Share of the whole by which it grows at least while it is measured: less is noise."""

_STRETCHES: Final = 6
"""Parts of the time of which none may be lower than the one before."""


@dataclass(frozen=True, slots=True)
class Level:
    """How much of something was used."""

    held: float | None
    """The most that was never left for as long as it takes to count; None where no values stand
    together for so long."""
    peak: float
    latest: float


def level(series: Series, since: datetime | None, sustained_min: int) -> Level | None:
    """What the values since a moment say; None where there are none.

    Args:
        series: the values.
        since: leaves out what is older.
        sustained_min: minutes for which a level must be held.
    """
    points = [each for each in series.points if since is None or each.at > since]
    if not points:
        return None
    values = [each.value for each in points]
    return Level(held(points, sustained_min), max(values), values[-1])


def highest(found: Iterable[Level | None]) -> Level | None:
    """Of several series of one thing, such as the containers of an instance: what says most.

    None where there are none.
    """
    levels = [each for each in found if each is not None]
    return max(levels, key=lambda each: (each.held or 0.0, each.peak), default=None)


def held(points: Sequence[Point], minutes: int) -> float | None:
    """The highest level below which no value fell for so many minutes on end."""
    count = math.ceil(timedelta(minutes=minutes) / PERIOD)
    runs = _runs(points)
    lowest = (
        min(each.value for each in run[start : start + count])
        for run in runs
        for start in range(len(run) - count + 1)
    )
    return max(lowest, default=None)


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """The points without a gap between them, together."""
    runs: list[list[Point]] = [list(points[:1])]
    for one, next_one in pairwise(points):
        if next_one.at - one.at > PERIOD * _GAP:
            runs.append([])
        runs[-1].append(next_one)
    return runs


@dataclass(frozen=True, slots=True)
class Trend:
    """Even growth."""

    per_hour: float
    """Share of the whole."""
    full_in_h: float
    """Hours from the latest value until all of it is used."""


def trend(series: Series, hours: int) -> Trend | None:
    """The growth of a share, where it is even enough to say when all will be used.

    Values must cover half of the time or more, lie on a line, and rise from each sixth of the time
    to the next.

    Args:
        series: a share of the whole.
        hours: over which it was asked for.
    """
    points = series.points
    if len(points) < _STRETCHES or points[-1].at - points[0].at < timedelta(hours=hours) * _SPAN:
        return None
    at = [(each.at - points[0].at) / timedelta(hours=1) for each in points]
    values = [each.value for each in points]
    if not _rises(at, values):
        return None
    per_hour, start = linear_regression(at, values)
    grown = per_hour * at[-1]
    if grown < _RISE:
        return None
    return Trend(per_hour, max(0.0, (1.0 - start - grown) / per_hour))


def _rises(at: Sequence[float], values: Sequence[float]) -> bool:
    stretches: list[list[float]] = [[] for _ in range(_STRETCHES)]
    for when, value in zip(at, values, strict=True):
        stretches[min(int(when / at[-1] * _STRETCHES), _STRETCHES - 1)].append(value)
    means = [fmean(each) for each in stretches if each]
    if any(after < before for before, after in pairwise(means)):
        return False
    try:
        return correlation(at, values) ** 2 >= _EVEN
    except StatisticsError:  # all of one value
        return False
