"""A comparison in words: what each change is called, how many there are, what says the same. Pure.

Known to everything that tells people of a comparison, be it on its own or within a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from netra_validate.comparison import Diff, Verdict
from netra_validate.grouping import Group, bounded
from netra_validate.model import Change, Comparison, Difference, Finding, Outcome, Severity
from netra_validate.wording import number

WORDS: Final[Mapping[Verdict, str]] = {
    Verdict.WORSE: "WORSE",
    Verdict.UNVERIFIED: "NOT VERIFIED",
    Verdict.BETTER: "BETTER",
    Verdict.SAME: "NOTHING NEW",
}
"""What each verdict is called."""

TITLES: Final[Mapping[Change, str]] = {
    Change.NEWLY_FAILING: "Newly failing",
    Change.NEWLY_UNVERIFIED: "Newly unverified",
    Change.NO_LONGER_SEEN: "No longer seen",
    Change.STILL_FAILING: "Still failing",
    Change.MENDED: "Mended",
}
"""What each change is called, in the order in which people want to know."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Differences of one kind and one probe that say the same."""

    probe: str
    rule: str | None
    severity: Severity | None
    message: str
    group: Group
    """For their places."""


def headline(diff: Diff) -> str:
    """The numbers behind the verdict, in one line."""
    said = ", ".join(counts(diff.comparison))
    if all(probe.outcome in {Outcome.ERROR, Outcome.SKIP} for probe in diff.report.probes):
        nothing = "the later run verified nothing"
        return f"{said}; {nothing}" if said else nothing
    return said or "nothing fails, as before"


def counts(comparison: Comparison) -> Iterator[str]:
    """``1 newly failing``, ``2 still failing``: how many of each change there are."""
    for change, title in TITLES.items():
        found = len(comparison.of(change))
        if found:
            yield f"{number(found)} {title.lower()}"


def alike(differences: Iterable[Difference]) -> tuple[tuple[Alike, ...], tuple[str, ...]]:
    """What says the same together, gravest first, and a line about those that are left out.

    Args:
        differences: of one change.
    """
    together: dict[tuple[object, ...], list[Difference]] = {}
    for each in differences:
        key = (-_rank(each), each.probe, each.rule or "", each.message)
        together.setdefault(key, []).append(each)
    firsts = {}
    groups = []
    for _, listed in sorted(together.items(), key=lambda item: item[0]):
        group = Group(tuple(map(_finding, listed)))
        firsts[id(group)] = listed[0]
        groups.append(group)
    shown, left_out = bounded(groups)
    return tuple(_alike(firsts[id(group)], group) for group in shown), left_out


def _alike(first: Difference, group: Group) -> Alike:
    return Alike(first.probe, first.rule, first.severity, first.message, group)


def _rank(difference: Difference) -> int:
    return -1 if difference.severity is None else difference.severity.rank


def _finding(difference: Difference) -> Finding:
    """The difference as a finding; where it is about a probe as a whole, its check is the rule."""
    return Finding(
        rule=difference.rule or difference.probe.partition("/")[0],
        severity=difference.severity or Severity.ERROR,
        message=difference.message,
        location=difference.location,
    )
