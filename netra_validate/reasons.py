"""Why a root cause was chosen: what it rests on, what was ruled out, what changed before. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from netra_validate import grounds
from netra_validate.grounds import Seen
from netra_validate.model import (
    Event,
    Finding,
    Outcome,
    ProbeResult,
    ResourceRef,
    RootCause,
    Severity,
)
from netra_validate.signs import Sign
from netra_validate.troubles import failing_findings
from netra_validate.wording import utc

_LATELY: Final = timedelta(hours=24)
"""How long before a run a change may lie, where nobody knows when the failure began."""

_BEFORE: Final = timedelta(hours=1)
"""How long before the beginning of a failure a change may lie."""

_AFTER: Final = timedelta(minutes=5)
"""How long after the first sign of a failure its cause may be dated: clocks differ, and what is
logged while a revision is made comes before the moment at which it is there."""

_MOST_CHANGES: Final = 3
_MOST_SYMPTOMS: Final = 3
_MOST_FACTS: Final = 4


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known of the checks beside their order."""

    left_out: frozenset[str] = frozenset()
    """Those that were not made, by the wish of whoever asked for the run."""
    brings: Mapping[str, frozenset[Sign] | None] = field(default_factory=dict)
    """For each what can follow from its findings; None, or nothing said: anything."""

    def can_bring(self, check: str, signs: frozenset[Sign]) -> bool:
        """Whether a finding of a check can be behind any of these; they are none: behind all."""
        brings = self.brings.get(check)
        return brings is None or not signs or not signs.isdisjoint(brings)


class Reasons:
    """Argues for the root causes of one run.

    Args:
        results: of all probes, explained.
        upstream: everything that a resource needs.
        order: for each check everything it depends on, directly or not.
        fail_on: the severity from which on a finding fails its probe.
        now: when the results were had; None where what happened before does not matter.
        catalogue: what is known of the checks.
    """

    def __init__(
        self,
        results: Sequence[ProbeResult],
        upstream: Callable[[ResourceRef], frozenset[ResourceRef]],
        order: Mapping[str, frozenset[str]],
        fail_on: Severity,
        now: datetime | None,
        catalogue: Catalogue,
    ) -> None:
        self._upstream = upstream
        self._order = order
        self._fail_on = fail_on
        self._now = now
        self._catalogue = catalogue
        self._probes = {result.id: result for result in results}
        self._at: defaultdict[ResourceRef, list[ProbeResult]] = defaultdict(list)
        self._partly: defaultdict[str, set[str]] = defaultdict(set)
        for result in results:
            self._at[result.resource].append(result)
            if self._is_cause(result):
                for found in self._failing(result):
                    for above in found.explained_by:
                        self._partly[above].add(result.id)

    def argued(self, cause: RootCause) -> RootCause:
        """``cause`` with everything that speaks for it."""
        own = self._probes[cause.probe]
        places = {own.resource, *self._upstream(own.resource)}
        findings = tuple(found for found in self._failing(own) if not found.explained_by)
        above, left_out = self._above(own, places, findings)
        above = tuple(each for each in above if each.id not in cause.leaves_unverified)
        rivals = [each for each in above if any(self._failing(each))]
        seen = Seen(
            own,
            findings,
            above,
            failing=frozenset(each.id for each in rivals),
            elsewhere={each.id: refs for each in rivals if (refs := self._elsewhere(each, own))},
            left_out=left_out,
            partly=tuple(sorted(self._partly[own.id] - {own.id})),
            is_first=not self._order.get(own.check),
            is_alone=not any(
                each.check in self._order.get(own.check, ()) and each.outcome is not Outcome.SKIP
                for place in places
                for each in self._at.get(place, ())
            ),
        )
        affected = {ref for found in seen.telling for ref in found.bearing.affects}
        events = [
            event
            for place in places | affected
            for result in self._at.get(place, ())
            for event in result.events
        ]
        return replace(
            cause,
            why=grounds.sentence(seen, self._probes),
            rests_on=dict(_rests_on(seen, cause, self._probes)),
            ruled_out=seen.ids(Outcome.PASS),
            not_ruled_out=seen.ids(Outcome.ERROR),
            changed=() if self._now is None else _shortly_before(seen, events, self._now),
        )

    def _above(
        self, own: ProbeResult, places: Iterable[ResourceRef], findings: Sequence[Finding]
    ) -> tuple[tuple[ProbeResult, ...], frozenset[str]]:
        """The probes that could be behind it, and the checks that would have been, if made.

        By order and place, and by what their checks can bring about; what fails too is among them
        in any case, unless it only follows from something else.
        """
        unclear = any(found.bearing.shows is None for found in findings)
        shows = frozenset() if unclear else grounds.shown(findings)
        needed = self._order.get(own.check, frozenset())
        able = {check for check in needed if self._catalogue.can_bring(check, shows)}
        above = (
            each
            for place in places
            for each in self._at.get(place, ())
            if each.check in needed
            and (self._is_cause(each) if any(self._failing(each)) else each.check in able)
        )
        return tuple(above), self._catalogue.left_out & able

    def _is_cause(self, result: ProbeResult) -> bool:
        """Whether one of its failures follows from nothing."""
        return any(not found.explained_by for found in self._failing(result))

    def _elsewhere(self, rival: ProbeResult, own: ProbeResult) -> tuple[ResourceRef, ...]:
        """What a rival is about, where that is others than the resource of the cause alone."""
        affected = [found.bearing.affects for found in self._failing(rival)]
        if not all(affected) or any(own.resource in each for each in affected):
            return ()
        return tuple(sorted({ref for each in affected for ref in each}))

    def _failing(self, result: ProbeResult) -> Iterator[Finding]:
        """Its findings that count."""
        return failing_findings(result, self._fail_on)


def _rests_on(
    seen: Seen, cause: RootCause, probes: Mapping[str, ProbeResult]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The evidence of the cause, and of the first few that follow from it."""
    for probe in (seen.probe, *(probes[each] for each in cause.explains[:_MOST_SYMPTOMS])):
        own = probe is seen.probe
        findings = seen.telling if own else [each for each in probe.findings if each.explained_by]
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


def _shortly_before(seen: Seen, events: Iterable[Event], now: datetime) -> tuple[Event, ...]:
    """What happened shortly before it began, or before the run.

    What happened to the cause's own resource comes first, the latest of each first.
    """
    now = utc(now)
    began = {utc(found.bearing.since) for found in seen.telling if found.bearing.since is not None}
    times = [(_moved(each, -_BEFORE), _moved(each, _AFTER)) for each in began] or [
        (_moved(now, -_LATELY), _moved(now, _AFTER))
    ]
    dated = {(utc(event.at), event.what, event.resource) for event in events}
    near = sorted(
        (each for each in dated if any(first <= each[0] <= last for first, last in times)),
        reverse=True,
    )
    near.sort(key=lambda each: each[2] != seen.probe.resource)
    return tuple(Event(*each) for each in near[:_MOST_CHANGES])


def _moved(moment: datetime, by: timedelta) -> datetime:
    """A moment later or earlier, within what can be written."""
    try:
        return moment + by
    except OverflowError:
        return moment
