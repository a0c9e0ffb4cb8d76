"""What follows from what: the troubles of a run as a graph without circles. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from netra_validate.model import ResourceRef
from netra_validate.troubles import Trouble, concerns, possible, reaches, states, sure

_Near = dict[Trouble, frozenset[Trouble]]


@dataclass(frozen=True, slots=True)
class Ways:
    """How one thing can come to follow from another: by place and by order."""

    upstream: Callable[[ResourceRef], frozenset[ResourceRef]]
    """Everything that a resource needs."""
    order: Mapping[str, frozenset[str]]
    """For each check everything that it depends on, directly or not."""


class Graph:
    """Troubles, each with those that it follows from.

    What somebody answers for stands between others like anything else, and at the top of nothing:
    it explains what follows from it only where it follows from something itself.

    Args:
        troubles: all that there are.
        ways: how one can follow from another.
    """

    def __init__(self, troubles: Iterable[Trouble], ways: Ways) -> None:
        self._ways = ways
        found = tuple(troubles)
        self._link(found)
        kept = tuple(
            each
            for each in found
            if not each.waived or not all(root.waived for root in self.roots(each))
        )
        if len(kept) < len(found):
            self._link(kept)

    def __iter__(self) -> Iterator[Trouble]:
        """All of them."""
        return iter(self._nearest)

    @property
    def troubles(self) -> frozenset[Trouble]:
        """All of them."""
        return frozenset(self._nearest)

    def near(self, trouble: Trouble) -> frozenset[Trouble]:
        """What is next to it on the way up, and nobody answers for."""
        found: set[Trouble] = set()
        for each in self._nearest.get(trouble, ()):
            found |= self.near(each) if each.waived else {each}
        return frozenset(found)

    def roots(self, trouble: Trouble) -> frozenset[Trouble]:
        """What it follows from in the end; itself, where that is nothing."""
        if trouble not in self._roots:
            near = self._nearest[trouble]
            roots = {root for each in near for root in self.roots(each)} if near else {trouble}
            self._roots[trouble] = frozenset(roots)
        return self._roots[trouble]

    def is_possible(self, trouble: Trouble) -> bool:
        """Whether it may follow from what is next to it, and nobody can be sure."""
        return trouble in self._guessed

    def behind(self, trouble: Trouble) -> frozenset[Trouble]:
        """What one that is not in the graph follows from."""
        above = tuple(self._in_need(trouble))
        return sure(above, trouble) or possible(above, trouble)

    def probes_above(self, probe: str) -> frozenset[str]:
        """Ids of all probes that some finding of one follows from, however far off."""
        if probe not in self._probes_above:
            reached: set[Trouble] = set()
            waiting = [each for each in self._nearest if each.probe == probe]
            while waiting:
                for near in self._nearest[waiting.pop()] - reached:
                    reached.add(near)
                    waiting.append(near)
            self._probes_above[probe] = frozenset(each.probe for each in reached)
        return self._probes_above[probe]

    def _link(self, troubles: tuple[Trouble, ...]) -> None:
        self._at: defaultdict[ResourceRef, defaultdict[str, list[Trouble]]]
        self._at = defaultdict(lambda: defaultdict(list))
        for each in troubles:
            self._at[each.resource][each.check].append(each)
        self._guessed: set[Trouble] = set()
        everything: _Near = {each: self._chosen(each) for each in troubles}
        for cause in sorted(troubles, key=lambda each: each.probe):
            self._reach(cause, everything)
        self._nearest: _Near = {
            trouble: above - {each for one in above for each in everything[one]}
            for trouble, above in everything.items()
        }
        self._roots: dict[Trouble, frozenset[Trouble]] = {}
        self._probes_above: dict[str, frozenset[str]] = {}

    def _chosen(self, trouble: Trouble) -> frozenset[Trouble]:
        """What is sure to be behind it, or what can be where nothing is sure."""
        above = tuple(self._in_need(trouble))
        if found := sure(above, trouble):
            return found
        if guessed := possible(above, trouble):
            self._guessed.add(trouble)
        return guessed

    def _in_need(self, trouble: Trouble) -> Iterator[Trouble]:
        """What goes before it in the order of the checks, at its own place or at one it needs."""
        needed = self._ways.order.get(trouble.check, frozenset())
        for place in (trouble.resource, *self._ways.upstream(trouble.resource)):
            here: Mapping[str, list[Trouble]] = self._at.get(place, {})
            for check in needed & here.keys():
                yield from (each for each in here[check] if concerns(each, trouble))

    def _reach(self, cause: Trouble, everything: _Near) -> None:
        """Let a cause be behind what it reaches beside the way of need, where nothing else is."""
        for place in cause.bearing.reaches:
            for troubles in self._at.get(place, {}).values():
                for trouble in filter(partial(reaches, cause), troubles):
                    near = everything[trouble]
                    others = all(each.bearing.reaches for each in near)
                    if others and not _leads(trouble, cause, everything):
                        everything[trouble] = near | {cause}
                        if not states(cause, trouble):
                            self._guessed.add(trouble)


def _leads(one: Trouble, other: Trouble, everything: _Near) -> bool:
    """Whether ``other`` is ``one``, or follows from it."""
    seen, waiting = {other}, [other]
    while waiting:
        near = everything[waiting.pop()] - seen
        seen |= near
        waiting.extend(near)
    return one in seen
