"""Why a root cause was chosen: what it rests on, what was ruled out, what changed before. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from netra_validate.model import (
    Bearing,
    Event,
    Finding,
    Outcome,
    ProbeResult,
    ResourceRef,
    RootCause,
    Severity,
)
from netra_validate.signs import NOT_OF_NEED, Sign
from netra_validate.wording import counted, enumerated, utc

LeadsTo = Mapping[Bearing, Sequence[str]]
"""For each kind of finding of one probe the probes that follow from it, sorted."""

_LATELY: Final = timedelta(hours=24)
"""How long before a run a change may lie, where nobody knows when the failure began."""

_BEFORE: Final = timedelta(hours=1)
"""How long before the beginning of a failure a change may lie."""

_AFTER: Final = timedelta(minutes=5)
"""How long after the first sign of a failure its cause may be dated: clocks differ, and what is
logged while a revision is made comes before the moment at which it is there."""

BY_ITSELF: Final = "it is a fault by itself, whatever else fails"
"""Why a cause by its nature is one, where nothing is known to follow from it."""

_MOST_CHANGES: Final = 3
_MOST_NAMED: Final = 4
_MOST_SYMPTOMS: Final = 3
_MOST_FACTS: Final = 4
_MOST_SIGNS: Final = 3


class Reasons:
    """Argues for the root causes of one run.

    Args:
        results: of all probes, explained.
        upstream: everything that a resource needs.
        order: for each check everything it depends on, directly or not.
        fail_on: the severity from which on a finding fails its probe.
        now: when the results were had; None where what happened before does not matter.
        left_out: the checks that were not made, by the wish of whoever asked for the run.
    """

    def __init__(
        self,
        results: Sequence[ProbeResult],
        upstream: Callable[[ResourceRef], frozenset[ResourceRef]],
        order: Mapping[str, frozenset[str]],
        fail_on: Severity,
        now: datetime | None,
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        self._upstream = upstream
        self._order = order
        self._fail_on = fail_on
        self._now = now
        self._left_out = left_out
        self._probes = {result.id: result for result in results}
        self._at: defaultdict[ResourceRef, list[ProbeResult]] = defaultdict(list)
        for result in results:
            self._at[result.resource].append(result)

    def argued(self, cause: RootCause, leads_to: LeadsTo) -> RootCause:
        """``cause`` with everything that speaks for it.

        Args:
            cause: as it was found.
            leads_to: what follows from each kind of finding that makes it one.
        """
        own = self._probes[cause.probe]
        places = {own.resource, *self._upstream(own.resource)}
        above = tuple(self._above(own, places))
        seen = _Seen(
            own,
            tuple(found for found in self._failing(own) if not found.explained_by),
            above,
            failing=frozenset(each.id for each in above if any(self._failing(each))),
            left_out=self._left_out & self._order.get(own.check, frozenset()),
            is_first=not self._order.get(own.check),
        )
        affected = {ref for found in seen.findings for ref in found.bearing.affects}
        events = [
            event
            for place in places | affected
            for result in self._at.get(place, ())
            for event in result.events
        ]
        return replace(
            cause,
            why=_why(seen, leads_to, self._probes),
            rests_on=dict(_rests_on(seen, cause, self._probes)),
            ruled_out=seen.ids(Outcome.PASS),
            not_ruled_out=seen.ids(Outcome.ERROR),
            changed=() if self._now is None else _shortly_before(seen, events, self._now),
        )

    def _above(self, own: ProbeResult, places: Iterable[ResourceRef]) -> Iterator[ProbeResult]:
        """The probes that could be behind it, by order and place."""
        needed = self._order.get(own.check, frozenset())
        for place in places:
            yield from (each for each in self._at.get(place, ()) if each.check in needed)

    def _failing(self, result: ProbeResult) -> Iterator[Finding]:
        """Its findings that count."""
        for found in result.findings:
            if found.waived is None and found.severity.rank >= self._fail_on.rank:
                yield found


@dataclass(frozen=True, slots=True)
class _Seen:
    """A root cause, and what there is to say about what is above it."""

    probe: ProbeResult
    findings: tuple[Finding, ...]
    """Those that follow from nothing."""
    above: tuple[ProbeResult, ...]
    """The probes that could be behind it, by order and place."""
    failing: frozenset[str]
    """Ids of those of them that fail."""
    left_out: frozenset[str]
    """The checks that could have found something behind it, and were not made on request."""
    is_first: bool
    """Whether its check depends on no other."""

    @property
    def shows(self) -> frozenset[Sign]:
        """What is seen to fail; empty where it is a cause by its nature, or nobody said."""
        return frozenset(sign for each in self.findings for sign in each.bearing.shows or ())

    @property
    def by_nature(self) -> tuple[Finding, ...]:
        """Those that nothing can be behind that their resource needs."""
        return tuple(
            found
            for found in self.findings
            if found.bearing.shows is not None and found.bearing.shows <= NOT_OF_NEED
        )

    @property
    def is_cause_by_nature(self) -> bool:
        """Whether nothing can be behind any of it."""
        return len(self.by_nature) == len(self.findings)

    def ids(self, outcome: Outcome) -> tuple[str, ...]:
        """Those above that ended so, where something above can be behind it."""
        if self.is_cause_by_nature:
            return ()
        return self._named(outcome, but=frozenset())

    def harmless(self, outcome: Outcome) -> tuple[str, ...]:
        """Those above that ended so, and do not count as failing."""
        return self._named(outcome, but=self.failing)

    def _named(self, outcome: Outcome, but: frozenset[str]) -> tuple[str, ...]:
        ended = {each.id for each in self.above if each.outcome is outcome}
        return tuple(sorted(ended - but))


def worth_telling(cause: RootCause) -> str:
    """Why it was chosen, where that is more than that it is a fault by itself."""
    return "" if cause.why.lower() == BY_ITSELF else cause.why


def _why(seen: _Seen, leads_to: LeadsTo, probes: Mapping[str, ProbeResult]) -> str:
    parts = [*_follows(seen, leads_to, probes), *_nothing_above(seen)]
    sentence = "; ".join(parts)
    # Where it begins with the id of a probe or of a rule, that is spelled as it is.
    begins_with_id = not sentence.partition(" ")[0].isalpha()
    return sentence if begins_with_id else sentence[:1].upper() + sentence[1:]


def _follows(seen: _Seen, leads_to: LeadsTo, probes: Mapping[str, ProbeResult]) -> Iterator[str]:
    """What it is taken to be behind, finding by finding where it has several."""
    led_to: defaultdict[str, set[str]] = defaultdict(set)
    for found in seen.findings:
        led_to[found.rule].update(leads_to.get(found.bearing, ()))
    together: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    for rule in sorted(led_to):
        together[frozenset(led_to[rule])].append(rule)
    for below, rules in together.items():
        if below:
            alone = len(rules) == len(led_to)
            who = "it leads" if alone else f"{_named(rules)} {_verb(rules, 'leads', 'lead')}"
            yield f"{who} to what {_shown([probes[each] for each in below])}"


def _shown(follow: Sequence[ProbeResult]) -> str:
    """What is wrong with those that follow, in a few words."""
    signs = sorted(
        {
            str(sign)
            for each in follow
            for found in each.findings
            if found.explained_by
            for sign in found.bearing.shows or ()
        }
    )
    others = counted(len(follow), "other probe")
    if not signs:
        return f"is wrong with {others}"
    return f"{others} {'shows' if len(follow) == 1 else 'show'}: {_some(signs)}"


def _some(signs: Sequence[str]) -> str:
    """The first few, and that there are more."""
    more = len(signs) - _MOST_SIGNS
    return enumerated([*signs[:_MOST_SIGNS], *([f"{more} more"] if more > 0 else [])])


def _nothing_above(seen: _Seen) -> Iterator[str]:
    """Why nothing else is taken to be behind it."""
    if seen.is_cause_by_nature:
        yield BY_ITSELF
        return
    if seen.by_nature:
        rules = sorted({found.rule for found in seen.by_nature})
        yield f"{_named(rules)} {_verb(rules, 'is a fault by itself', 'are faults by themselves')}"
    parts = [*_bad_above(seen), *_other_above(seen)]
    yield from parts
    if not parts:
        is_first = "it depends on nothing that is checked"
        yield is_first if seen.is_first else "nothing that it depends on was looked at"


def _bad_above(seen: _Seen) -> Iterator[str]:
    """What is above it and is not well, and why it is not taken to be behind it."""
    failing = sorted(seen.failing)
    if failing:
        shows = enumerated(sorted(map(str, seen.shows)), last="or")
        leads = f"but not in a way that is known to lead to this{f' ({shows})' if shows else ''}"
        yield f"{_named(failing)} {_verb(failing, 'fails', 'fail')} too, {leads}"
    waived = seen.harmless(Outcome.FAIL)
    if waived:
        yield f"{_named(waived)} {_verb(waived, 'fails', 'fail')} too, and that is waived"
    warned = seen.harmless(Outcome.WARN)
    if warned:
        yield f"{_named(warned)} {_verb(warned, 'has', 'have')} warnings only"


def _other_above(seen: _Seen) -> Iterator[str]:
    well = seen.harmless(Outcome.PASS)
    if well:
        yield f"ruled out: {_named(well)}, which {_verb(well, 'is', 'are')} well"
    unknown = seen.harmless(Outcome.ERROR)
    if unknown:
        yield f"not ruled out: {_named(unknown)}, which could not be verified"
    if seen.left_out:
        yield f"not looked at on request: {_named(sorted(seen.left_out))}"


def _named(ids: Sequence[str]) -> str:
    more = len(ids) - _MOST_NAMED
    shown = [*ids[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
    return enumerated(shown)


def _verb(ids: Sequence[str], one: str, many: str) -> str:
    return one if len(ids) == 1 else many


def _rests_on(
    seen: _Seen, cause: RootCause, probes: Mapping[str, ProbeResult]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The evidence of the cause, and of the first few that follow from it."""
    for probe in (seen.probe, *(probes[each] for each in cause.explains[:_MOST_SYMPTOMS])):
        own = probe is seen.probe
        findings = seen.findings if own else [each for each in probe.findings if each.explained_by]
        facts = _first_facts(findings) or dict(list(probe.observations.items())[:_MOST_FACTS])
        if facts:
            yield probe.id, facts


def _first_facts(findings: Iterable[Finding]) -> dict[str, object]:
    """The first facts of each rule in turn, until there are enough."""
    tables: dict[str, list[tuple[str, object]]] = {}
    for found in findings:
        tables.setdefault(found.rule, list(found.evidence.items()))
    each = max(1, _MOST_FACTS // max(1, len(tables)))
    facts: dict[str, object] = {}
    for key, value in (item for table in tables.values() for item in table[:each]):
        facts.setdefault(key, value)
    return dict(list(facts.items())[:_MOST_FACTS])


def _shortly_before(seen: _Seen, events: Iterable[Event], now: datetime) -> tuple[Event, ...]:
    """What happened shortly before it began, or before the run.

    What happened to the cause's own resource comes first, the latest of each first.
    """
    now = utc(now)
    began = {utc(found.bearing.since) for found in seen.findings if found.bearing.since is not None}
    times = [(each - _BEFORE, each + _AFTER) for each in began] or [(now - _LATELY, now + _AFTER)]
    dated = {(utc(event.at), event.what, event.resource) for event in events}
    near = sorted(
        (each for each in dated if any(first <= each[0] <= last for first, last in times)),
        reverse=True,
    )
    near.sort(key=lambda each: each[2] != seen.probe.resource)
    return tuple(Event(*each) for each in near[:_MOST_CHANGES])
