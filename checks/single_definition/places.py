"""Where everything is defined, and what is to be said about it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from checks.single_definition.definitions import Definition
from netra_validate import path_patterns


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One definition in one file."""

    path: str
    definition: Definition
    is_parsed: bool = True
    """Whether that is known from the file's syntax, not from its lines."""
    is_allowed: bool = False
    """Whether a comment allows it beside another."""
    complaint: str | None = field(default=None, compare=False)
    """Why a comment that means to allow it does not."""

    def __str__(self) -> str:
        return f"{self.path}:{self.definition.line}"

    @property
    def is_stub(self) -> bool:
        """Whether it only says what another file defines."""
        return self.path.endswith(".pyi")


Kind = Literal["duplicate", "misplaced", "missing"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one name, at one place."""

    kind: Kind
    name: str
    place: Place | None = None
    """None where there is none."""
    others: tuple[Place, ...] = ()
    home: str | None = None
    """Where it belongs."""
    kept: Place | None = None
    """The definition at home, where there is exactly one."""
    perhaps: tuple[Place, ...] = ()
    """Where it may be defined, in files that do not parse."""


def by_name(places: Iterable[Place]) -> dict[str, list[Place]]:
    """The places of each name, without stubs of what is defined in earnest."""
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for place in sorted(places):
        found[place.definition.name].append(place)
    return {
        name: [each for each in these if not each.is_stub] or these for name, these in found.items()
    }


def faults(
    names: Sequence[str],
    homes: Mapping[str, str],
    places: Iterable[Place],
    *,
    everything: bool,
) -> Iterator[Fault]:
    """What is wrong with where these names are defined.

    Args:
        names: that are single.
        homes: the pattern of the file that each belongs into, where that is known.
        places: all definitions, also those that are not certain.
        everything: whether all files were looked at; else nothing is known to be missing.
    """
    certain = by_name(each for each in places if each.definition.is_certain)
    perhaps = by_name(each for each in places if not each.definition.is_certain)
    for name in names:
        found, home = certain.get(name, []), homes.get(name)
        if not found and everything:
            yield Fault("missing", name, home=home, perhaps=tuple(perhaps.get(name, ())))
        yield from _of(name, found, home)


def _of(name: str, found: Sequence[Place], home: str | None) -> Iterator[Fault]:
    at_home = [each for each in found if home and path_patterns.matches(each.path, (home,))]
    kept = at_home[0] if len(at_home) == 1 else None
    told = [each for each in found if not each.is_allowed]
    if len(told) == 1 and home is not None and not at_home:
        yield Fault("misplaced", name, told[0], home=home)
    counted = {*told, kept} - {None}
    if len(counted) == 1:
        return
    for place in told:
        if place is not kept:
            others = tuple(each for each in told if each is not place)
            yield Fault("duplicate", name, place, others, home, kept)
