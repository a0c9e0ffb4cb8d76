"""What a run will do: which checks on which resources, with which options. Nothing has run yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netra_validate import scrub
from netra_validate.check import Check
from netra_validate.config import Configuration
from netra_validate.model import Outcome, Plane, ProbeResult, ResourceRef
from netra_validate.option_tables import OptionTables
from netra_validate.reading import Problems, listed
from netra_validate.reasons import Catalogue
from netra_validate.registry import Broken, Registry
from netra_validate.signs import Sign, closure, supposed
from netra_validate.topology import Environment, Resource, Topology
from netra_validate.waivers import Waiver

if TYPE_CHECKING:
    from netra_validate.diagnosis import Dependencies

Phase = Literal["pre-deploy", "post-deploy"]
"""Before a deploy the running system is not judged: the deploy may be what mends it."""

_PHASES: Mapping[Phase, frozenset[Plane]] = {
    "pre-deploy": frozenset({Plane.SOURCE, Plane.CONTROL}),
    "post-deploy": frozenset(Plane),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once, and for how long."""

    concurrency: int = 32
    """Probes under way at once."""
    per_host: int = 4
    """Exchanges under way with one host: the first users' load balancer bans eager addresses."""
    timeout_s: float = 30.0
    """For one probe, its retries included."""
    deadline_s: float = 120.0
    """For the whole run."""
    retries: int = 2
    """For one request, after its first attempt."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One check on one resource."""

    check: Check[Any]
    resource: Resource

    @property
    def id(self) -> str:
        """``check/resource``."""
        return f"{self.check.id}/{self.resource.key}"


class UnknownName(Exception):
    """A name on the command line that means nothing."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the command line asks for. Empty means everything."""

    checks: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    planes: tuple[Plane, ...] = ()
    phase: Phase | None = None

    def takes(self, check: str, plane: Plane | None) -> bool:
        """Whether a check is wanted. A check whose plane nobody knows is not left out for it."""
        if check in self.skip or (self.checks and check not in self.checks):
            return False
        if plane is None:
            return True
        in_phase = self.phase is None or plane in _PHASES[self.phase]
        return in_phase and (not self.planes or plane in self.planes)

    def notes(self) -> Iterator[str]:
        """What was left out on purpose: a verdict says what it is a verdict on."""
        if self.checks:
            yield f"Only these checks were asked for: {listed(self.checks)}."
        if self.skip:
            yield f"Left out on request: {listed(self.skip)}."
        planes = [
            plane
            for plane in Plane
            if (self.phase is None or plane in _PHASES[self.phase])
            and (not self.planes or plane in self.planes)
        ]
        if not planes:
            both = f"--phase {self.phase} and --plane {listed(self.planes)}"
            yield f"{both} leave nothing to look at."
        elif len(planes) < len(Plane):
            why = f" (--phase {self.phase})" if self.phase and not self.planes else ""
            yield f"Only these planes were looked at: {listed(planes)}{why}."


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run needs to know."""

    environment: Environment
    topology: Topology
    root: Path
    probes: tuple[Probe, ...]
    dependencies: Dependencies
    """Of every installed check: one that was left out still stands between two that were not."""
    settled: tuple[ProbeResult, ...] = ()
    """Results that are known without running: checks that could not be loaded."""
    notes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    """Values that no report may show."""
    waivers: tuple[Waiver, ...] = ()
    catalogue: Catalogue = field(default_factory=Catalogue)
    """What there is to know of the checks: which were not asked for, and what they bring about."""


def plan(
    registry: Registry,
    configuration: Configuration,
    environment: str | None,
    root: Path,
    selection: Selection | None = None,
    *,
    chosen_by: str | None = None,
) -> Plan:
    """Decide what to run.

    Args:
        registry: the checks.
        configuration: what is declared.
        environment: the one to examine.
        root: the repository.
        selection: what the command line asks for.
        chosen_by: what said that it is this environment, as :func:`chooser` tells.

    Raises:
        UnknownName: a check that is not installed.
    """
    selection = selection or Selection()
    refuse_unknown_checks(registry, (*selection.checks, *selection.skip))
    topology = configuration.topology(environment, root)
    chosen = [check for check in registry.checks.values() if selection.takes(check.id, check.plane)]
    tables = OptionTables(configuration, environment)
    probes = tuple(
        Probe(check(tables.of(check, resource)), resource)
        for check in chosen
        for resource in _examined(check, topology)
    )
    broken = [one for one in registry.broken if selection.takes(one.id, None)]
    busy = {probe.check.id for probe in probes}
    idle = [
        _result_of_idle(check, selection)
        for check in registry.checks.values()
        if check.id in selection.checks and check.id not in busy
    ]
    return Plan(
        replace(configuration.environment(environment), chosen_by=chosen_by),
        topology,
        root,
        probes,
        registry.dependencies,
        (*(_result_of_broken(one) for one in broken), *idle),
        (*selection.notes(), *_notes(chosen, topology, configuration)),
        configuration.secrets,
        configuration.table.waivers,
        Catalogue(
            frozenset(
                check.id
                for check in registry.checks.values()
                if check not in chosen and any(_examined(check, topology))
            ),
            {check.id: _brings(check) for check in registry.checks.values()},
        ),
    )


def _brings(check: type[Check[Any]]) -> frozenset[Sign] | None:
    """What can follow from the findings of a check by its rules; None for anything."""
    found: set[Sign] = set()
    for rule in check.rules.values():
        bearing = rule.bearing
        breaks = bearing.shows if bearing.explains is None else bearing.explains
        if breaks is None:
            return None
        found |= supposed(closure(breaks) | bearing.may_explain)
    return frozenset(found)


def choose_environment(
    configuration: Configuration, wanted: str | None, variables: Mapping[str, str]
) -> str | None:
    """The environment that is meant: the wanted one, the configuration's, then ``NETRA_ENV``.

    A configuration with a single environment needs no default. None where there is none at all.

    Raises:
        UnknownName: it is not declared, or there are several and none is chosen.
    """
    declared = configuration.environments
    name = wanted or configuration.table.default_environment or variables.get("NETRA_ENV") or None
    if name is None and len(declared) == 1:
        return declared[0]
    if name is None and declared:
        raise UnknownName(
            f"{configuration.name} declares several environments: choose one of "
            f"{listed(declared)} with --env, default_environment or NETRA_ENV"
        )
    if name is None or name in declared:
        return name
    if configuration.path is None:
        if wanted is None:
            return None
        raise UnknownName(
            f"the environment {wanted!r} needs a configuration, and none was found here or above; "
            "`netra-validate init` writes one"
        )
    problems = Problems(configuration.name)
    problems.unknown((), declared, noun="environment", name=name)
    raise UnknownName(str(problems.found[0]))


def chooser(
    configuration: Configuration, wanted: str | None, variables: Mapping[str, str]
) -> str | None:
    """What :func:`choose_environment` goes by; None where there is nothing to choose from."""
    ways = {
        "--env": wanted,
        "default_environment": configuration.table.default_environment,
        "NETRA_ENV": variables.get("NETRA_ENV"),
    }
    return next((way for way, name in ways.items() if name), None)


def refuse_unknown_checks(registry: Registry, names: Collection[str]) -> None:
    """Refuse a check that is not installed.

    Raises:
        UnknownName: the first such name, with the nearest one that is.
    """
    for name in names:
        if name not in registry.names:
            meant = registry.nearest(name)
            hint = f"did you mean {meant!r}?" if meant else f"expected {listed(registry.names)}"
            raise UnknownName(f"there is no check {name!r}; {hint}")


def _examined(check: type[Check[Any]], topology: Topology) -> Iterator[Resource]:
    """What a check would examine here."""
    for kind in check.kinds():
        yield from topology.of(kind)


def _result_of_idle(check: type[Check[Any]], selection: Selection) -> ProbeResult:
    """What comes of a check that was asked for by name and has nothing to do: no pass."""
    kinds = check.kinds()
    if selection.takes(check.id, check.plane):
        sections = " or ".join(_called(kind) for kind in kinds)
        why = f"there are no {sections} in the configuration: declare one there"
    elif check.id in selection.skip:
        why = "it was left out with --skip as well: leave out one of the two"
    else:
        why = f"it looks at the {check.plane} plane, which was left out: see --plane and --phase"
    return ProbeResult(
        id=f"{check.id}/(none)",
        check=check.id,
        plane=check.plane,
        resource=ResourceRef(kinds[0].kind, "(none)"),
        outcome=Outcome.ERROR,
        reason=f"the check was asked for by name, and {why}",
    )


def _called(kind: type[Resource]) -> str:
    """What the configuration would have to declare."""
    return kind.section or f"{kind.kind}s"


def _result_of_broken(one: Broken) -> ProbeResult:
    return ProbeResult(
        id=f"{one.id}/{one.distribution}",
        check=one.id,
        plane=None,
        resource=ResourceRef("plug-in", one.distribution),
        outcome=Outcome.ERROR,
        reason=scrub.text(f"the check of {one.distribution} could not be loaded: {one.reason}")
        + f"; update or uninstall {one.distribution}",
    )


def _notes(
    chosen: Collection[type[Check[Any]]], topology: Topology, configuration: Configuration
) -> Iterator[str]:
    """What was not looked at because nothing of its kind is configured."""
    idle: dict[str, list[str]] = {}
    for check in chosen:
        if not any(_examined(check, topology)):
            sections = [_called(kind) for kind in check.kinds()]
            idle.setdefault(" or ".join(sections), []).append(check.id)
    if not idle:
        return
    needs = "; ".join(
        f"{listed(checks)} need{'s' if len(checks) == 1 else ''} {section}"
        for section, checks in sorted(idle.items())
    )
    where = "the configuration" if configuration.path else "a configuration"
    how = "" if configuration.path else " (`netra-validate init` writes one)"
    yield f"Not looked at: {needs}, to be declared in {where}{how}."
