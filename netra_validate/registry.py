"""Finds the checks that are installed, and refuses bad ones before anything runs.

Built-in checks and those of others come through the same door: the entry-point group
``netra_validate.checks``. A plug-in of somebody else that cannot be imported costs its own checks,
not the run; anything that makes the set of checks ambiguous is an error that names both sides.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netra_validate.check import Check

if TYPE_CHECKING:
    from netra_validate.diagnosis import Dependencies

GROUP: Final = "netra_validate.checks"
"""The entry-point group: ``id = "module:Class"``."""

_OURS: Final = "checks"
"""The top-level package of the built-in checks."""


class RegistryError(Exception):
    """The installed checks cannot be used together. The message says which and why."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A plug-in's check that could not be loaded."""

    id: str
    """The name of its entry point."""
    distribution: str
    reason: str


@dataclass(frozen=True, slots=True)
class Registry:
    """The checks of this installation."""

    checks: Mapping[str, type[Check[Any]]]
    """By id, sorted."""
    broken: tuple[Broken, ...] = ()

    @property
    def dependencies(self) -> Dependencies:
        """What each check depends on."""
        return {name: check.depends_on for name, check in self.checks.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Every id, those that could not be loaded among them."""
        return tuple(sorted({*self.checks, *(one.id for one in self.broken)}))

    def nearest(self, name: str) -> str | None:
        """The id that somebody who wrote ``name`` most likely meant."""
        return next(iter(get_close_matches(name, self.names, n=1)), None)


def load() -> Registry:
    """Every installed check.

    Raises:
        RegistryError: a foreign ``checks`` package hides ours, two checks have one id, a check
            depends on one that is not installed, or checks depend on each other in a circle.
    """
    refuse_foreign_package()
    # What a module prints while it is imported is not part of any document of ours.
    with redirect_stdout(sys.stderr):
        return _load_all()


def _load_all() -> Registry:
    found: dict[str, tuple[type[Check[Any]], EntryPoint]] = {}
    broken: list[Broken] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        try:
            check = _load_one(entry)
        except (Exception, SystemExit) as error:
            if _origin(entry) == _OUR_DISTRIBUTION:
                raise
            broken.append(Broken(entry.name, _origin(entry), _reason(error)))
            continue
        if check.id in found and found[check.id][0] is not check:
            raise RegistryError(
                f"two checks are called {check.id!r}: {_name(found[check.id][0])} of "
                f"{_origin(found[check.id][1])} and {_name(check)} of {_origin(entry)}; "
                "uninstall one of them"
            )
        found[check.id] = (check, entry)
    checks = {name: found[name][0] for name in sorted(found)}
    refuse_bad_order(checks, {one.id for one in broken})
    return Registry(checks, tuple(broken))


_OUR_DISTRIBUTION: Final = "netra-validate"


def _origin(entry: EntryPoint) -> str:
    """Who ships it. Asked for only where something is wrong: it reads the whole metadata."""
    return entry.dist.name if entry.dist else "an unknown distribution"


def _load_one(entry: EntryPoint) -> type[Check[Any]]:
    loaded = entry.load()
    if not (isinstance(loaded, type) and issubclass(loaded, Check) and hasattr(loaded, "id")):
        raise TypeError(f"{entry.value} is no check: expected a subclass of Check with an id")
    if loaded.id != entry.name:
        raise TypeError(
            f"{entry.value} has the id {loaded.id!r}, but is registered as {entry.name!r}"
        )
    return loaded


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _name(check: type[Check[Any]]) -> str:
    return f"{check.__module__}.{check.__qualname__}"


def refuse_foreign_package() -> None:
    """Refuse to import somebody else's ``checks``: the user's own repository may well have one.

    ``checks`` is a common name, and ``python -m`` puts the current folder before everything
    installed. Ours lies beside the package that is running now.

    Raises:
        RegistryError: another folder of that name comes first.
    """
    ours = Path(__file__).resolve().parent.parent / _OURS
    module = sys.modules.get(_OURS)
    if module is not None:
        places = list(getattr(module, "__path__", [getattr(module, "__file__", None) or "?"]))
    else:
        spec = importlib.util.find_spec(_OURS)
        if spec is None:
            raise RegistryError(
                f"the package {_OURS!r} of netra-validate is missing; "
                "install netra-validate again: pip install --force-reinstall netra-validate"
            )
        places = list(spec.submodule_search_locations or [spec.origin or "?"])
    if not any(Path(place).resolve() == ours for place in places[:1]):
        raise RegistryError(
            f"{places[0]} hides the checks of netra-validate; run the command `netra-validate`, "
            "or `python -P -m netra_validate`, and keep that folder's parent out of PYTHONPATH"
        )


def refuse_bad_order(checks: Mapping[str, type[Check[Any]]], broken: Iterable[str] = ()) -> None:
    """Refuse dependencies that nobody can follow.

    Raises:
        RegistryError: an id that is not installed, or a circle.
    """
    known = {*checks, *broken}
    for name, check in checks.items():
        for needed in sorted(check.depends_on - known):
            meant = next(iter(get_close_matches(needed, known, n=1)), None)
            hint = f"; did it mean {meant!r}?" if meant else ""
            raise RegistryError(
                f"the check {name!r} ({_name(check)}) depends on {needed!r}, "
                f"which is not installed{hint}"
            )
    try:
        TopologicalSorter({name: check.depends_on for name, check in checks.items()}).prepare()
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise RegistryError(f"checks depend on each other in a circle: {circle}") from error
