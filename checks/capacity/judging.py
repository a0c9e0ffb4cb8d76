"""From what was used to findings, for all kinds of resources. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from checks.capacity.levels import Level, Trend
from checks.capacity.options import Limits
from netra_validate import Finding, Rule, Severity, Sign
from netra_validate.model import Remediation

NO_DATA: Final = "no data"
TOO_FEW: Final = "too few values"


@dataclass(frozen=True, slots=True)
class Used:
    """How much of something one resource used."""

    name: str
    """The real name of the resource."""
    of: str
    """What the option is called by: ``cpu``."""
    words: str
    """What messages call it: ``CPU``, ``connections (88 of 100)``."""
    ratio: float
    how: str
    """When: ``for 15 min``, ``at its peak``, ``now``."""
    role: str = ""
    """What tells it from others of the resource, from deployment to deployment."""


def over(
    rule: Rule,
    options: Limits,
    used: Used,
    remedy: Remediation,
    *,
    at_worst: Severity = Severity.ERROR,
    explains: Iterable[Sign] | None = None,
) -> Iterator[Finding]:
    """A finding where more is used than may be.

    Args:
        rule: that is broken then.
        options: of the check.
        used: how much.
        remedy: what to do then.
        at_worst: the severity where it is full.
        explains: what is sure to follow, where the rule does not say.
    """
    limit = options.limit(used.of)
    if used.ratio < limit:
        return
    full = used.ratio >= options.full_ratio
    yield rule.finding(
        f"{used.name} uses {used.ratio:.0%} of its {used.words} {used.how},"
        f" expected less than {limit:.0%}",
        evidence={f"{used.of}_ratio": rounded(used.ratio), "limit_ratio": limit},
        remedy=remedy,
        severity=at_worst if full else None,
        identity=used.role,
        explains=explains,
        may_explain=rule.bearing.may_explain,
    )


def fills(
    rule: Rule, options: Limits, name: str, words: str, found: Trend | None, remedy: Remediation
) -> Iterator[Finding]:
    """A finding where something will be full before long."""
    if found is None or not 0 < options.horizon_h >= found.full_in_h:
        return
    yield rule.finding(
        f"the {words} of {name} is full in {found.full_in_h:.0f} h if it goes on growing by"
        f" {found.per_hour:.1%} an hour, as for {options.trend_h} h",
        evidence={"full_in_h": round(found.full_in_h, 1), "per_hour": rounded(found.per_hour)},
        remedy=remedy,
        identity=words,
    )


def rounded(ratio: float) -> float:
    """To a tenth of a percent: more than the measurement is worth."""
    return round(ratio, 3)


def shown(level: Level | None) -> object:
    """The level that was held, for people to see."""
    if level is None:
        return NO_DATA
    return TOO_FEW if level.held is None else rounded(level.held)
