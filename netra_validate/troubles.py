"""Whether one trouble follows from another, by what the two say of themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from netra_validate.model import Bearing, Finding, ProbeResult, ResourceRef, RevisionRef, Severity
from netra_validate.signs import NOT_OF_NEED, Sign, closure, consequences, supposed


@dataclass(frozen=True, slots=True)
class Trouble:
    """Failing findings of one probe that mean the same to the others."""

    probe: str
    check: str
    resource: ResourceRef
    bearing: Bearing
    rank: int = Severity.ERROR.rank
    """How grave it is."""
    waived: bool = False
    """Whether somebody answers for it."""
    revisions: frozenset[RevisionRef] = frozenset()
    """Those that it is about, where it is about revisions."""

    @property
    def takes_away(self) -> frozenset[Sign] | None:
        """What is sure to follow from it; None for anything."""
        return None if self.breaks is None else closure(self.breaks)

    @property
    def breaks(self) -> frozenset[Sign] | None:
        """What its finding states to follow, or shows and passes on; None where it says neither."""
        stated = self.bearing.explains
        return self.bearing.shows if stated is None else stated


def failing_findings(result: ProbeResult, fail_on: Severity) -> Iterator[Finding]:
    """Those at or above ``fail_on`` that nobody answers for."""
    return (found for found in result.findings if counts(found, fail_on))


def counts(found: Finding, fail_on: Severity) -> bool:
    """Whether a finding by itself fails its probe."""
    return found.waived is None and found.severity.rank >= fail_on.rank


def of_finding(result: ProbeResult, found: Finding) -> Trouble:
    """The trouble that a finding is one of."""
    bearing = found.bearing
    if bearing.since is not None or bearing.missing is not None:
        # When it began, and the name of what is missing, change nothing for the others.
        bearing = replace(bearing, since=None, missing=None)
    waived = found.waived is not None
    rank, revisions = found.severity.rank, found.condemns
    return Trouble(result.id, result.check, result.resource, bearing, rank, waived, revisions)


def unverified(result: ProbeResult) -> Trouble:
    """What kept a probe from being verified, as a trouble."""
    rank = Severity.ERROR.rank
    return Trouble(result.id, result.check, result.resource, result.kept_by, rank)


def sure(above: Iterable[Trouble], trouble: Trouble) -> frozenset[Trouble]:
    """Of what can be behind it by order and place, what is sure to be."""
    found = {cause: steps(cause, trouble) for cause in above if explains(cause, trouble)}
    # The shorter the way from one to the other, the less has to be taken on trust.
    nearest = min(found.values(), default=0)
    return frozenset(cause for cause, far in found.items() if far == nearest)


def possible(above: Iterable[Trouble], trouble: Trouble) -> frozenset[Trouble]:
    """Of what can be behind it by order and place, what may be.

    What is less grave is no more than a guess, and does not take the place of what is graver.
    """
    return frozenset(
        cause for cause in above if cause.rank >= trouble.rank and may_explain(cause, trouble)
    )


def explains(cause: Trouble, trouble: Trouble) -> bool:
    """Whether what ``trouble`` shows is something that ``cause`` takes away."""
    shows, taken = trouble.bearing.shows, cause.takes_away
    if shows is None:
        return taken is None or bool(taken)
    shows = shows - NOT_OF_NEED
    return bool(shows) and (taken is None or not shows.isdisjoint(taken))


def reaches(cause: Trouble, trouble: Trouble) -> bool:
    """Whether ``cause`` says by name that what ``trouble`` shows follows, or can, where it is."""
    can = not cause.bearing.may_explain.isdisjoint(trouble.bearing.shows or ())
    there = trouble.resource in cause.bearing.reaches and concerns(cause, trouble)
    return there and (can or states(cause, trouble))


def states(cause: Trouble, trouble: Trouble) -> bool:
    """Whether ``cause`` says in so many words that what ``trouble`` shows follows from it."""
    said = cause.bearing.explains or frozenset()
    return not said.isdisjoint(trouble.bearing.shows or ())


def steps(cause: Trouble, trouble: Trouble) -> int:
    """How many steps lead from what ``cause`` takes away to what ``trouble`` shows.

    More than any way has, where the cause does not say what follows from it.
    """
    known = consequences(cause.breaks or ())
    shows = trouble.bearing.shows or ()
    return min((known[sign] for sign in shows if sign in known), default=len(Sign))


def may_explain(cause: Trouble, trouble: Trouble) -> bool:
    """Whether it can be behind it, without being sure to. A possibility is not passed on."""
    shows = trouble.bearing.shows
    if shows is None:
        return bool(cause.bearing.may_explain)
    return not shows.isdisjoint(supposed(cause.bearing.may_explain | (cause.takes_away or set())))


def concerns(cause: Trouble, trouble: Trouble) -> bool:
    """Whether a cause that is about some of the resources or revisions only is about this one."""
    felt_in, affected, here = cause.bearing.only_in, cause.bearing.affects, trouble.bearing.only_in
    if felt_in and felt_in.isdisjoint(here):
        return False
    if here and cause.revisions and cause.revisions.isdisjoint(here):
        return False
    return not affected or not affected.isdisjoint({trouble.resource, *trouble.bearing.affects})
