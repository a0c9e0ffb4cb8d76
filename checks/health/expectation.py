"""What a service's answers are held against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from checks.health.options import HealthOptions
from netra_validate import Environment, Service, Topology


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a service's answers are held against."""

    options: HealthOptions
    own_names: frozenset[str]
    known_names: frozenset[str]
    """Of every service, this one among them."""
    suffixes: tuple[str, ...]
    """What names differ by and still mean the same service: ``-service``, ``-staging``."""

    @classmethod
    def of(
        cls, service: Service, topology: Topology, environment: Environment, options: HealthOptions
    ) -> Expectation:
        """From the names that the configuration gives the services."""
        suffixes = ["-service"]
        if environment.name:
            suffixes.append(f"-{_spelled(environment.name)}")
        return cls(options, _names([service]), _known(topology), tuple(suffixes))

    def is_foreign(self, claimed: str) -> bool:
        """Whether ``claimed`` is the name of another service.

        A spelling that nothing in the configuration knows is no error: three of each are in use.
        """
        if self.options.expected_service is not None:
            return _spelled(claimed) != _spelled(self.options.expected_service)
        spellings = self._spellings(_spelled(claimed))
        return not spellings & self.own_names and bool(spellings & self.known_names)

    def _spellings(self, name: str) -> frozenset[str]:
        found = {name}
        for _ in self.suffixes:
            found |= {each.removesuffix(suffix) for each in found for suffix in self.suffixes}
        return frozenset(found)


@lru_cache(maxsize=1)
def _known(topology: Topology) -> frozenset[str]:
    """The names of all services: made once for all of them, they may be a thousand."""
    return _names(topology.of(Service))


def _names(services: Iterable[Service]) -> frozenset[str]:
    both = (name for service in services for name in (service.key, service.cloud_run))
    return frozenset(_spelled(name) for name in both if name)


def _spelled(name: str) -> str:
    return name.strip().casefold().replace("_", "-").replace(" ", "-")
