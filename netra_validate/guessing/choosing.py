"""From what was found to what a configuration should say. Pure.

Documents contradict each other. Of several values the one that is about staging counts, then the
one that is named most often, then the one that was found first; the others are told. The order of
places is gcloud's own: what a command says, then the variables, then gcloud's configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

from netra_validate.guessing import environments
from netra_validate.guessing.facts import CloudName, Deployment, Facts, Found
from netra_validate.guessing.scripts import says_staging

T = TypeVar("T")

MOST_RESOURCES: Final = 50
"""Resources of one kind that are taken: whoever has more will not guess them."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One value, where it stands, and what else is said elsewhere."""

    value: str
    origin: str
    others: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceGuess:
    """A database or a connector."""

    name: Guess
    project: str | None = None
    """Where it is not the environment's."""
    region: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceGuess(ResourceGuess):
    """A service, and what it needs."""

    database: Guess | None = None
    connector: Guess | None = None
    url: Guess | None = None
    health: tuple[str, ...] = ()
    websocket: Guess | None = None


@dataclass(frozen=True, slots=True)
class Guesses:
    """What a configuration should say."""

    environment: str
    project: Guess | None = None
    region: Guess | None = None
    services: tuple[ServiceGuess, ...] = ()
    databases: tuple[ResourceGuess, ...] = ()
    connectors: tuple[ResourceGuess, ...] = ()
    markers: tuple[Found, ...] = ()
    """That pytest knows here."""
    addresses: tuple[Found, ...] = ()
    """Of endpoints of which nothing says to which service they belong."""
    unresolved: tuple[Found, ...] = ()
    left_out: tuple[Found, ...] = ()
    """What is about production, where the configuration is about staging."""


def guess(repository: Facts, surroundings: Facts) -> Guesses:
    """The most likely reading of what was found."""
    staging = environments.is_staging(repository) or environments.is_staging(surroundings)
    facts, left_out = (
        environments.without_production(repository) if staging else (repository, Facts())
    )
    names = environments.names(facts)
    projects = [Found(name.project, name.origin) for name in names if name.project]
    regions = [Found(name.region, name.origin) for name in names if name.region]
    project = _first(_best((*projects, *facts.projects)), _ordered(surroundings.projects))
    region = _first(_best((*regions, *facts.regions)), _ordered(surroundings.regions))
    home = (project.value if project else None, region.value if region else None)
    services = _services(facts, home)
    placed = {found for service in services for found in _placed(service, facts.addresses)}
    return Guesses(
        environment="staging" if staging else _environment(facts, project),
        project=project,
        region=region,
        services=services,
        databases=_resources(
            [*(one for each in facts.deployments for one in each.databases), *facts.databases],
            [service.database for service in services],
            home,
        ),
        connectors=_resources(
            [*(each.connector for each in facts.deployments if each.connector), *facts.connectors],
            [service.connector for service in services],
            home,
        ),
        markers=tuple({one.value: one for one in reversed(facts.markers)}.values())[::-1],
        addresses=tuple(dict.fromkeys(one for one in facts.addresses if one not in placed)),
        unresolved=tuple(dict.fromkeys(facts.unresolved)),
        left_out=tuple(dict.fromkeys(environments.listed(left_out))),
    )


def _environment(facts: Facts, project: Guess | None) -> str:
    """What to call an environment that nothing calls staging."""
    return environments.name_of(facts, Found(project.value, project.origin) if project else None)


def _best(found: Sequence[Found]) -> Guess | None:
    """Of several values that of staging, then the most frequent, then the first."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one.value] = counts.get(one.value, 0) + 1
    ranked = sorted(counts, key=lambda value: (not says_staging(value), -counts[value]))
    return _ordered([next(one for one in found if one.value == value) for value in ranked])


def _ordered(found: Sequence[Found]) -> Guess | None:
    """The first value, and the others."""
    distinct = {one.value: one for one in reversed(found)}
    if not found:
        return None
    first = distinct.pop(found[0].value)
    others = sorted(
        distinct.values(), key=lambda one: [each.value for each in found].index(one.value)
    )
    return Guess(first.value, first.origin, tuple(others))


def _first(guess_: Guess | None, fallback: Guess | None) -> Guess | None:
    """The first guess there is; what the fallback says otherwise is told with it."""
    if guess_ is None or fallback is None:
        return guess_ or fallback
    known = {guess_.value, *(other.value for other in guess_.others)}
    told = (Found(fallback.value, fallback.origin), *fallback.others)
    others = (*guess_.others, *(other for other in told if other.value not in known))
    return Guess(guess_.value, guess_.origin, others)


def _grouped(items: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return dict(list(groups.items())[:MOST_RESOURCES])


def _resources(
    names: Iterable[CloudName], used: Iterable[Guess | None], home: tuple[str | None, str | None]
) -> tuple[ResourceGuess, ...]:
    """Databases or connectors, those first that a service names: none of them may be missing."""
    needed = {guess_.value for guess_ in used if guess_}
    groups = _grouped(sorted(names, key=lambda one: one.name not in needed), lambda one: one.name)
    return tuple(
        ResourceGuess(Guess(key, same[0].origin), *_elsewhere(same, home))
        for key, same in groups.items()
    )


def _elsewhere(
    names: Sequence[CloudName], home: tuple[str | None, str | None]
) -> tuple[str | None, str | None]:
    """The project and the region of a resource, where they are not the environment's."""
    project = _best([Found(name.project, name.origin) for name in names if name.project])
    region = _best([Found(name.region, name.origin) for name in names if name.region])
    return (
        project.value if project and project.value != home[0] else None,
        region.value if region and region.value != home[1] else None,
    )


def _services(facts: Facts, home: tuple[str | None, str | None]) -> tuple[ServiceGuess, ...]:
    groups = _grouped(facts.deployments, lambda each: each.service.name)
    return tuple(
        _service(name, same, _addresses_of(name, tuple(groups), facts.addresses), home)
        for name, same in groups.items()
    )


def _service(
    name: str,
    same: Sequence[Deployment],
    addresses: Sequence[Found],
    home: tuple[str | None, str | None],
) -> ServiceGuess:
    project, region = _elsewhere([each.service for each in same], home)
    connectors = [each.connector for each in same if each.connector]
    databases = [database for each in same for database in each.databases]
    health = [one for one in addresses if one.value.startswith("https:")]
    known = [each.url for each in same if each.url]
    url = _best([Found(_base(one.value), one.origin) for one in health]) or _ordered(known)
    return ServiceGuess(
        Guess(name, same[0].service.origin),
        project,
        region,
        database=_best([Found(one.name, one.origin) for one in databases]),
        connector=_best([Found(one.name, one.origin) for one in connectors]),
        url=url,
        health=_paths(url, health),
        websocket=_best([one for one in addresses if one.value.startswith("wss:")]),
    )


def _paths(url: Guess | None, health: Sequence[Found]) -> tuple[str, ...]:
    if url is None:
        return ()
    own = [urlsplit(one.value).path for one in health if _base(one.value) == url.value]
    return tuple(dict.fromkeys(own))


def _base(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _addresses_of(name: str, names: Sequence[str], addresses: Sequence[Found]) -> list[Found]:
    """The addresses that belong to a service: all, if it is the only one, or those that name it.

    ``netra-backend`` is named by ``netra-backend-abc-uc.a.run.app``, unless ``netra-backend-abc``
    is a service too.
    """
    if len(names) == 1:
        return list(addresses)
    return [one for one in addresses if _named_by(one.value, names) == name]


def _named_by(address: str, names: Sequence[str]) -> str | None:
    label = (urlsplit(address).hostname or "").partition(".")[0]
    fitting = [name for name in names if label == name or label.startswith(f"{name}-")]
    return max(fitting, key=len, default=None)


def _placed(service: ServiceGuess, addresses: Sequence[Found]) -> list[Found]:
    """The addresses that a service took."""
    taken = {service.websocket.value} if service.websocket else set()
    if service.url:
        taken |= {f"{service.url.value}{path}" for path in service.health}
    return [one for one in addresses if one.value in taken]
