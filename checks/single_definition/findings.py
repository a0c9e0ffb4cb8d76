"""What is said of a fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from checks.single_definition import remedies
from checks.single_definition.places import Fault, Place
from netra_validate import Finding, Location, Severity, Topology
from netra_validate.wording import some

if TYPE_CHECKING:
    from checks.single_definition import SingleDefinition

_MOST_NAMED: Final = 3
"""Places that a sentence names; the evidence has more."""


class Sayings:
    """Builds the findings of one probe.

    Args:
        check: whose rules are broken.
        topology: tells where the configuration asks for it.
        git: whether git knows the tree.
    """

    def __init__(self, check: SingleDefinition, topology: Topology, *, git: bool) -> None:
        self._check = check
        self._topology = topology
        self._git = git
        self._seen: Counter[tuple[str, str]] = Counter()

    def of(self, fault: Fault) -> Finding:
        """The finding for a fault."""
        if fault.place is None:
            return self._missing(fault)
        return (self._duplicate if fault.kind == "duplicate" else self._misplaced)(
            fault, fault.place
        )

    def _duplicate(self, fault: Fault, place: Place) -> Finding:
        name = fault.name
        if fault.kept is not None:
            message = f"{name} is defined again, and its home is {fault.kept}"
        else:
            message = f"{name} is defined here and at {_listed(fault.others)}"
        home = fault.kept.path if fault.kept is not None else fault.home
        return self._check.duplicate.finding(
            message,
            evidence=self._evidence(fault, place),
            remedy=remedies.keep_one(name, home, git=self._git),
            location=_location(place),
            identity=self._identity(fault, place),
        )

    def _misplaced(self, fault: Fault, place: Place) -> Finding:
        home = fault.home or ""
        return self._check.misplaced.finding(
            f"{fault.name} is defined in {place.path}, expected {home}",
            evidence=self._evidence(fault, place),
            remedy=remedies.move(fault.name, home, place.path, git=self._git),
            location=_location(place),
            identity=self._identity(fault, place),
        )

    def _missing(self, fault: Fault) -> Finding:
        perhaps = [str(each) for each in fault.perhaps]
        rest = f", but perhaps at {_listed(fault.perhaps)}" if perhaps else ""
        evidence: dict[str, object] = {"name": fault.name}
        if fault.home is not None:
            evidence["home"] = fault.home
        if perhaps:
            evidence["may_be_defined_at"] = perhaps
        return self._check.missing.finding(
            f"{fault.name} is defined nowhere{rest}",
            evidence=evidence,
            remedy=remedies.name_it(fault.name, git=self._git),
            location=asked_at(self._topology, "homes", fault.name)
            if fault.home is not None
            else asked_at(self._topology, "single"),
            severity=Severity.WARNING if perhaps else None,
            identity=fault.name,
        )

    def _evidence(self, fault: Fault, place: Place) -> dict[str, object]:
        evidence: dict[str, object] = {"name": fault.name}
        if fault.others:
            evidence["defined_too_at"] = [str(each) for each in fault.others]
        if fault.home is not None:
            evidence["home"] = fault.home
        if not place.is_parsed:
            evidence["read_by"] = "lines"
        if place.complaint:
            evidence["comment"] = place.complaint
        return evidence

    def _identity(self, fault: Fault, place: Place) -> str:
        """Path and name, and which one of the file's own it is."""
        self._seen[fault.name, place.path] += 1
        number = self._seen[fault.name, place.path]
        return f"{place.path}:{fault.name}" + (f":{number}" if number > 1 else "")


def asked_at(topology: Topology, *keys: str) -> Location | None:
    """Where the configuration asks for something; the keys are those of the option."""
    return topology.option_at("single-definition", *keys)


def over_budget(
    check: SingleDefinition,
    pattern: str,
    places: Sequence[Place],
    highest: int,
    location: Location | None,
) -> Finding:
    """The finding for a pattern that more classes have than they may."""
    classes = "1 class is" if len(places) == 1 else f"{len(places)} classes are"
    return check.over_budget.finding(
        f"{classes} called {pattern}, expected at most {highest}",
        evidence={
            "pattern": pattern,
            "count": len(places),
            "highest": highest,
            "classes": [f"{each.definition.name} {each}" for each in places],
        },
        remedy=remedies.thin_out(pattern),
        location=location,
        identity=pattern,
    )


def unread(check: SingleDefinition, paths: Sequence[str]) -> Finding:
    """The finding for files that could not be read whole."""
    count = "1 Python file" if len(paths) == 1 else f"{len(paths)} Python files"
    return check.unread.finding(
        f"{count} could not be examined whole ({', '.join(paths[:5])})",
        evidence={"count": len(paths), "files": list(paths)},
        remedy=remedies.leave_out(),
        identity="unread",
    )


def late(check: SingleDefinition, paths: Sequence[str], of: int) -> Finding:
    """The finding for files that there was no time for."""
    return check.unread.finding(
        f"{len(paths)} of {of} Python files that may define what is single were not looked at: the"
        " probe's time was nearly over",
        evidence={"count": len(paths), "of": of, "files": list(paths[:5])},
        remedy=remedies.wait_longer(),
        identity="late",
    )


def _location(place: Place) -> Location:
    return Location(place.path, place.definition.line, 1)


def _listed(places: Iterable[Place]) -> str:
    return some([str(each) for each in places], _MOST_NAMED)
