"""Which environment the facts are about, and which of them are about another one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields

from netra_validate.guessing.facts import CloudName, Deployment, Facts, Found
from netra_validate.guessing.scripts import says_production, says_staging

Fact = Deployment | CloudName | Found


def names(facts: Facts) -> list[CloudName]:
    """Everything in the cloud that has a name."""
    found = [*facts.connectors, *facts.databases]
    for each in facts.deployments:
        found += [each.service, *each.databases, *([each.connector] if each.connector else [])]
    return found


def is_staging(facts: Facts) -> bool:
    """Whether there is a staging among the facts."""
    told: tuple[Fact, ...] = (*names(facts), *facts.projects, *facts.addresses)
    return any(says_staging(_words(one)) for one in told)


def without_production(facts: Facts) -> tuple[Facts, Facts]:
    """The facts that do not say that they are about production, and those that do."""
    kept = _those(facts, lambda one: not says_production(_words(one)))
    return kept, _those(facts, lambda one: says_production(_words(one)))


def _those(facts: Facts, wanted: Callable[[Fact], bool]) -> Facts:
    return Facts(
        **{each.name: tuple(filter(wanted, getattr(facts, each.name))) for each in fields(facts)}
    )


def _words(fact: Fact) -> str:
    """What may say which environment a fact is about."""
    if isinstance(fact, Deployment):
        return _words(fact.service)
    if isinstance(fact, CloudName):
        return f"{fact.name} {fact.project} {fact.origin}"
    return f"{fact.value} {fact.origin}"


def name_of(facts: Facts, project: Found | None) -> str:
    """What to call the environment: production where everything that is deployed says so.

    The names that workflows give to their environments count where nothing else tells.

    Args:
        facts: in which no resource and no address says that it is about staging.
        project: of what names none.
    """
    home = _words(project) if project else ""
    told = [
        _words(one) if one.service.project else f"{_words(one)} {home}" for one in facts.deployments
    ]
    called = [one.value for one in facts.environments]
    if all(map(says_production, told or [home])):
        return "production"
    if called and all(map(says_production, called)):
        return "production"
    return "staging" if called and all(map(says_staging, called)) else "default"


def listed(facts: Facts) -> Iterator[Found]:
    """Each resource, project and address, with a word on what it is."""
    told: list[tuple[str, CloudName]] = []
    for each in facts.deployments:
        told.append(("service", each.service))
        told += [("connector", each.connector)] if each.connector else []
        told += [("database", one) for one in each.databases]
    told += [("connector", one) for one in facts.connectors]
    told += [("database", one) for one in facts.databases]
    for noun, one in told:
        where = f" in {one.project}" if one.project else ""
        yield Found(f"{noun} {one.name}{where}", one.origin)
    yield from (Found(f"project {one.value}", one.origin) for one in facts.projects)
    yield from (*facts.addresses, *facts.unresolved)
