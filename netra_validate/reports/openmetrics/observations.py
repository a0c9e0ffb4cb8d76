"""Numbers among the observations of a probe, in the base units of Prometheus.

A metric has one unit (https://prometheus.io/docs/practices/naming/#base-units), and the names of
metrics are not for checks to invent: so there is one metric per unit, and the observation's name
without its unit is a label. ``latency_ms=142`` is ``0.142`` of the metric in seconds with
``name="latency"``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

MOST: Final = 100
"""Numbers of one probe: more than any check has names for."""

PLAIN: Final = ""
"""The unit of what has none: counts, statuses, yes and no."""

UNITS: Final[Mapping[str, str]] = {
    PLAIN: "A number that the check observed, without a unit; 1 for yes and 0 for no.",
    "bytes": "A number of bytes that the check observed.",
    "ratio": "A share that the check observed, 1 for all of it.",
    "seconds": "A time that the check observed.",
}
"""Every unit there is, and what its metric is."""

_SUFFIXES: Final[Mapping[str, tuple[str, float]]] = {
    "_ms": ("seconds", 0.001),
    "_s": ("seconds", 1),
    "_minutes": ("seconds", 60),
    "_hours": ("seconds", 3600),
    "_days": ("seconds", 86400),
    "_ratio": ("ratio", 1),
    "_percent": ("ratio", 0.01),
    "_bytes": ("bytes", 1),
    "_kb": ("bytes", 10**3),
    "_mb": ("bytes", 10**6),
    "_gb": ("bytes", 10**9),
    "_kib": ("bytes", 2**10),
    "_mib": ("bytes", 2**20),
    "_gib": ("bytes", 2**30),
}
"""What a name may end in: the unit, and how much of it one is. Other units stay in the name."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,99}")
"""The name of a fact, as the author of a check writes it."""

_DIGITS: Final = 12
"""Significant ones: 2100.4 ms are 2.1004 s, whatever binary fractions make of it."""


def numbers(observations: Mapping[str, object]) -> dict[tuple[str, str], float]:
    """The numbers, by unit and name, sorted by name, and no more than :data:`MOST`.

    Numbers of a table inside have its name before theirs: ``connections.max``. Left out is what
    would make series without end or without meaning: texts, lists, tables further inside, and
    names that are pieces of data, such as the hosts in a table of hosts. NaN and infinity too.
    """
    found: dict[tuple[str, str], float] = {}
    for name, value in _named(observations):
        if not isinstance(value, bool | int | float):
            continue
        unit, shown, factor = (PLAIN, name, 1.0) if isinstance(value, bool) else _unit(name)
        quantity = _scaled(value, factor)
        if math.isfinite(quantity):
            found.setdefault((unit, shown), quantity)
        if len(found) == MOST:
            break
    return found


def _scaled(value: float, factor: float) -> float:
    """A number in its base unit; infinite where it is none that can be drawn."""
    try:
        quantity = float(value)
    except OverflowError:
        return math.inf
    return quantity if factor == 1 else float(f"{quantity * factor:.{_DIGITS}g}")


def _named(observations: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Facts with names, and those of the tables among them."""
    for name, value in sorted(observations.items(), key=lambda item: str(item[0])):
        if not _is_name(name):
            continue
        if isinstance(value, Mapping):
            inner = sorted(value.items(), key=lambda item: str(item[0]))
            yield from ((f"{name}.{key}", fact) for key, fact in inner if _is_name(key))
        else:
            yield name, value


def _is_name(key: object) -> bool:
    return isinstance(key, str) and _NAME.fullmatch(key) is not None


def _unit(name: str) -> tuple[str, str, float]:
    """The unit, the name without it, and the factor."""
    for suffix, (unit, factor) in _SUFFIXES.items():
        if name.endswith(suffix):
            return unit, name.removesuffix(suffix), factor
    return PLAIN, name, 1.0
