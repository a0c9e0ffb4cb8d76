"""Whether one trouble follows from another, by what the two say of themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netra_validate.model import Bearing, ResourceRef
from netra_validate.signs import NOT_OF_NEED, Sign, closure, consequences


@dataclass(frozen=True, slots=True)
class Trouble:
    """Failing findings of one probe that mean the same to the others."""

    probe: str
    check: str
    resource: ResourceRef
    bearing: Bearing

    @property
    def takes_away(self) -> frozenset[Sign] | None:
        """What is sure to follow from it; None for anything."""
        return None if self.breaks is None else closure(self.breaks)

    @property
    def breaks(self) -> frozenset[Sign] | None:
        """What its finding states to follow, or shows and passes on; None where it says neither."""
        stated = self.bearing.explains
        return self.bearing.shows if stated is None else stated


def chosen(above: Iterable[Trouble], trouble: Trouble) -> frozenset[Trouble]:
    """What is sure to be behind it, or what can be where nothing is sure."""
    above = tuple(above)
    sure = {cause: steps(cause, trouble) for cause in above if explains(cause, trouble)}
    if sure:
        # The shorter the way from one to the other, the less has to be taken on trust.
        nearest = min(sure.values())
        return frozenset(cause for cause, far in sure.items() if far == nearest)
    return frozenset(cause for cause in above if may_explain(cause, trouble))


def explains(cause: Trouble, trouble: Trouble) -> bool:
    """Whether what ``trouble`` shows is something that ``cause`` takes away."""
    shows, taken = trouble.bearing.shows, cause.takes_away
    if shows is None:
        return taken is None or bool(taken)
    shows = shows - NOT_OF_NEED
    return bool(shows) and (taken is None or not shows.isdisjoint(taken))


def reaches(cause: Trouble, trouble: Trouble) -> bool:
    """Whether ``cause`` says by name that what ``trouble`` shows follows, or can, where it is."""
    said = (cause.bearing.explains or frozenset()) | cause.bearing.may_explain
    return trouble.resource in cause.bearing.reaches and not said.isdisjoint(
        trouble.bearing.shows or ()
    )


def steps(cause: Trouble, trouble: Trouble) -> int:
    """How many steps lead from what ``cause`` takes away to what ``trouble`` shows."""
    known = consequences(cause.breaks or ())
    return min((known[sign] for sign in trouble.bearing.shows or () if sign in known), default=0)


def may_explain(cause: Trouble, trouble: Trouble) -> bool:
    """Whether it can be behind it, without being sure to. A possibility is not passed on."""
    possible = cause.bearing.may_explain
    shows = trouble.bearing.shows
    return bool(possible) if shows is None else not shows.isdisjoint(possible)


def concerns(cause: Trouble, trouble: Trouble) -> bool:
    """Whether a cause that is about some of the resources or revisions only is about this one."""
    felt_in, affected = cause.bearing.only_in, cause.bearing.affects
    if felt_in and felt_in.isdisjoint(trouble.bearing.only_in):
        return False
    return not affected or not affected.isdisjoint({trouble.resource, *trouble.bearing.affects})
