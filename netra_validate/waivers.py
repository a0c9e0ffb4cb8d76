"""Findings that somebody answers for, until a date. Pure.

A waived finding stays in the report, marked with its reason; it does not fail the run. The date is
one of UTC and counts to its end. After it the finding counts again and says that its waiver has run
out: a mute that nobody renews must not hide the truth for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from netra_validate.model import Finding, Outcome, ProbeResult, Severity

WARNED_DAYS: Final = 14
"""Days before its end from which on a waiver is mentioned: enough to mend or to renew."""

_LOOKED: Final = frozenset({Outcome.PASS, Outcome.WARN, Outcome.FAIL})

_Filled = Annotated[str, Meta(pattern=r"\S", title="a text that is not blank")]


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of ``[[waivers]]``."""

    rule: Annotated[_Filled, Meta(description="Rule, or a pattern such as cloud-sql.*")]
    resource: Annotated[_Filled, Meta(description="Name of the resource, or a pattern")]
    reason: Annotated[_Filled, Meta(description="Why it is accepted")]
    owner: Annotated[_Filled, Meta(description="Who answers for it")]
    expires: Annotated[date, Meta(description="Last day, in UTC")]

    def covers(self, rule: str, resource: str) -> bool:
        """Whether it is about a finding of this rule on this resource."""
        return fnmatchcase(rule, self.rule) and fnmatchcase(resource, self.resource)

    def may_cover(self, check: str) -> bool:
        """Whether it may be about a rule of this check."""
        return fnmatchcase(check, self.rule.partition(".")[0])

    @property
    def title(self) -> str:
        """What notes call it."""
        return f"The waiver of {self.rule} on {self.resource} ({self.owner})"


@dataclass(frozen=True, slots=True)
class Waived:
    """Results with their waivers, and what is to be said about the waivers themselves."""

    results: tuple[ProbeResult, ...]
    notes: tuple[str, ...]


def apply(
    results: Sequence[ProbeResult],
    waivers: Sequence[Waiver],
    today: date,
    checks: Collection[str] = (),
) -> Waived:
    """Mark the findings that are waived.

    Args:
        results: of all probes.
        waivers: in the order of the configuration; the first that covers a finding and has not run
            out counts.
        today: the date in UTC.
        checks: all that are installed. Of a waiver for one that verified nothing this time nobody
            can say that it matches nothing.
    """
    if not waivers:
        return Waived(tuple(results), ())
    used: set[Waiver] = set()
    marked = []
    for result in results:
        findings = []
        for found in result.findings:
            covering = [one for one in waivers if one.covers(found.rule, result.resource.name)]
            used.update(covering)
            findings.append(_marked(found, covering, today))
        marked.append(_judged_again(replace(result, findings=tuple(findings))))
    looked = {result.check for result in results if result.outcome in _LOOKED}
    unknown = {one for one in waivers if any(map(one.may_cover, set(checks) - looked))}
    return Waived(tuple(marked), tuple(_notes(waivers, used, unknown, today)))


def _judged_again(result: ProbeResult) -> ProbeResult:
    """A probe that did not come to its end, and whose findings are answered for, verified nothing.

    Nobody answers for what it would have found later.
    """
    cut_off = result.outcome is Outcome.FAIL and result.reason is not None
    answered_for = all(
        found.waived for found in result.findings if found.severity is Severity.ERROR
    )
    return replace(result, outcome=Outcome.ERROR) if cut_off and answered_for else result


def _marked(found: Finding, covering: Sequence[Waiver], today: date) -> Finding:
    valid = next((one for one in covering if one.expires >= today), None)
    if valid is not None:
        return replace(found, waived=f"{valid.reason} ({valid.owner}, until {valid.expires})")
    if covering:
        ended = covering[0]
        over = f"its waiver has run out on {ended.expires} ({ended.owner})"
        return replace(found, message=f"{found.message}; {over}")
    return found


def _notes(
    waivers: Sequence[Waiver], used: set[Waiver], unknown: set[Waiver], today: date
) -> Iterator[str]:
    for waiver in waivers:
        left = (waiver.expires - today).days
        if waiver not in used | unknown:
            yield f"{waiver.title} matches nothing that was found."
        elif waiver in used and 0 <= left <= WARNED_DAYS:
            when = "today" if left == 0 else f"in {left} day{'s' if left > 1 else ''}"
            yield f"{waiver.title} runs out {when}, after {waiver.expires}."
