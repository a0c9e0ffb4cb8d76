"""What a name may mean, once it is certain."""

from __future__ import annotations

from dataclasses import dataclass

from checks.async_usage.facts import Class, Facts, Function
from checks.async_usage.modules import Place


@dataclass(frozen=True)
class Foreign:
    """Something that is not the repository's, by its full name: ``asyncio.run``."""

    name: str


@dataclass(frozen=True)
class Module:
    """A module of the repository."""

    place: Place


@dataclass(frozen=True)
class KnownFunction:
    """A function of the repository."""

    function: Function
    facts: Facts
    owner: KnownClass | None = None
    """The class that it was looked up on."""
    exact: bool = True
    """Whether it was looked up on an object of this very class, or on no object."""


@dataclass(frozen=True)
class KnownClass:
    """A class of the repository."""

    it: Class
    facts: Facts


@dataclass(frozen=True)
class Instance:
    """An object of a class of the repository, or of one that inherits from it."""

    of: KnownClass
    exact: bool


Meaning = Foreign | Module | KnownFunction | KnownClass | Instance
