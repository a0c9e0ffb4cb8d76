"""Which findings of a report are meant: by fingerprint, probe, rule or check. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from netra_validate.model import Finding, ProbeResult, Report
from netra_validate.plan import UnknownName
from netra_validate.wording import counted, listed

LEAST: Final = 6
"""Characters of a fingerprint that suffice, where no other one begins so."""

_FINGERPRINT: Final = re.compile(rf"[0-9a-f]{{{LEAST},64}}", re.IGNORECASE)
_PROBE: Final = re.compile(r"[a-z0-9-]+/.+")
_RULE: Final = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+")
_ALIKE: Final = 0.85
"""How near the name of a rule has to be to another one, since many look alike."""
_MOST: Final = 5
"""Names that a message has at most."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is meant: a finding of a probe, or a probe that found nothing."""

    probe: ProbeResult
    finding: Finding | None


def is_of_a_report(name: str) -> bool:
    """Whether this can only be the name of something in a report: a fingerprint or a probe."""
    return any(shape.fullmatch(name) for shape in (_PROBE, _FINGERPRINT))


def choose(report: Report, name: str) -> tuple[Chosen, ...]:
    """What is called so, in the order of the report.

    Args:
        report: to look in.
        name: a fingerprint, its beginning, the id of a probe, a rule, or a check. Of a check, its
            probes where they have found nothing.

    Raises:
        UnknownName: nothing is called so, or more than one finding begins so.
    """
    every = [Chosen(probe, found) for probe in report.probes for found in probe.findings]
    chosen = (
        _of_probes(report, lambda probe: probe.id == name)
        or tuple(each for each in every if each.finding and each.finding.rule == name)
        or _of_probes(report, lambda probe: probe.check == name)
        or _exactly(every, name)
        or _beginning(every, name.lower())
    )
    if not chosen:
        raise UnknownName(_unknown(report, every, name))
    return chosen


def _of_probes(report: Report, is_meant: Callable[[ProbeResult], bool]) -> tuple[Chosen, ...]:
    """The findings of some probes, or the probes where they have none."""
    meant = [probe for probe in report.probes if is_meant(probe)]
    found = tuple(Chosen(probe, found) for probe in meant for found in probe.findings)
    return found or tuple(Chosen(probe, None) for probe in meant)


def _exactly(every: list[Chosen], name: str) -> tuple[Chosen, ...]:
    wanted = {name, name.lower()} - {""}
    return tuple(each for each in every if _fingerprint(each) in wanted)


def _beginning(every: list[Chosen], name: str) -> tuple[Chosen, ...]:
    if len(name) < LEAST:
        return ()
    alike = [each for each in every if _fingerprint(each).startswith(name)]
    others = list(dict.fromkeys(map(_fingerprint, alike)))
    if len(others) > 1:
        raise UnknownName(
            f"{counted(len(others), 'finding')} of the report begin with {name!r}, expected more of"
            f" the fingerprint: {listed(others, _MOST)}"
        )
    return tuple(alike)


def _fingerprint(chosen: Chosen) -> str:
    return "" if chosen.finding is None else chosen.finding.fingerprint


def _unknown(report: Report, every: list[Chosen], name: str) -> str:
    if not every:
        return f"there is no finding {name!r}: the report has none at all"
    if 0 < len(name) < LEAST and any(_fingerprint(each).startswith(name) for each in every):
        return f"{name!r} is too short for a fingerprint, expected {LEAST} characters or more"
    if _RULE.fullmatch(name):
        return _unknown_rule(every, name)
    known = [probe.id for probe in report.probes if probe.findings]
    meant = get_close_matches(name, [*known, *map(_fingerprint, every)], n=1)
    if meant:
        return f"there is no finding {name!r} in the report; did you mean {meant[0]!r}?"
    shown = ", ".join(known[:_MOST])
    return (
        f"there is no finding {name!r} in the report; expected a fingerprint ({LEAST} characters of"
        f" it or more), a check, a rule, or a probe with findings, such as {shown}"
    )


def _unknown_rule(every: list[Chosen], name: str) -> str:
    rules = {each.finding.rule for each in every if each.finding is not None}
    meant = get_close_matches(name, sorted(rules), n=1, cutoff=_ALIKE)
    hint = f"did you mean {meant[0]!r}?" if meant else "without --report it is explained by itself"
    return f"there is no finding of the rule {name!r} in the report; {hint}"
