"""Which findings of a report are meant: by fingerprint, its beginning, or their probe. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from netra_validate.model import Finding, ProbeResult, Report
from netra_validate.plan import UnknownName
from netra_validate.wording import counted

LEAST: Final = 6
"""Characters of a fingerprint that suffice, where no other one begins so."""

_FINGERPRINT: Final = re.compile(rf"[0-9a-f]{{{LEAST},64}}")
_MOST: Final = 5
"""Names that a message has at most."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is meant: a finding of a probe, or a probe that found nothing."""

    probe: ProbeResult
    finding: Finding | None


def is_of_a_report(name: str) -> bool:
    """Whether this can only be the name of something in a report: a fingerprint or a probe."""
    return "/" in name or _FINGERPRINT.fullmatch(name) is not None


def choose(report: Report, name: str) -> tuple[Chosen, ...]:
    """What is called so; the findings of a probe in the order of the report.

    Args:
        report: to look in.
        name: a fingerprint, its beginning, or the id of a probe.

    Raises:
        UnknownName: nothing is called so, or more than one finding begins so.
    """
    named = [probe for probe in report.probes if probe.id == name]
    if named:
        found = tuple(Chosen(probe, found) for probe in named for found in probe.findings)
        return found or (Chosen(named[0], None),)
    every = [Chosen(probe, found) for probe in report.probes for found in probe.findings]
    lower = name.lower()
    chosen = _exactly(every, name) or _exactly(every, lower) or _beginning(every, lower)
    if not chosen:
        raise UnknownName(_unknown(report, every, name))
    return chosen


def _exactly(every: list[Chosen], name: str) -> tuple[Chosen, ...]:
    return tuple(each for each in every if name and _fingerprint(each) == name)


def _beginning(every: list[Chosen], name: str) -> tuple[Chosen, ...]:
    if len(name) < LEAST:
        return ()
    alike = [each for each in every if _fingerprint(each).startswith(name)]
    others = list(dict.fromkeys(map(_fingerprint, alike)))
    if len(others) > 1:
        shown = ", ".join(others[:_MOST])
        more = f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
        raise UnknownName(
            f"{counted(len(others), 'finding')} of the report begin with {name!r}, expected more of"
            f" the fingerprint: {shown}{more}"
        )
    return tuple(alike)


def _fingerprint(chosen: Chosen) -> str:
    return "" if chosen.finding is None else chosen.finding.fingerprint


def _unknown(report: Report, every: list[Chosen], name: str) -> str:
    if not every:
        return f"there is no finding {name!r}: the report has none at all"
    if 0 < len(name) < LEAST and any(_fingerprint(each).startswith(name) for each in every):
        return f"{name!r} is too short for a fingerprint, expected {LEAST} characters or more"
    known = [probe.id for probe in report.probes if probe.findings]
    meant = get_close_matches(name, [*known, *map(_fingerprint, every)], n=1)
    if meant:
        return f"there is no finding {name!r} in the report; did you mean {meant[0]!r}?"
    shown = ", ".join(known[:_MOST])
    return (
        f"there is no finding {name!r} in the report; expected a fingerprint ({LEAST} characters of"
        f" it or more) or a probe with findings, such as {shown}"
    )
