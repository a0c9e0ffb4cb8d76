"""Which file an import means, where there is no doubt about it.

Python looks along ``sys.path``, which a repository sets in many ways: by where pytest finds its
tests, an installation, ``PYTHONPATH``. So a module counts as found only if every way that is likely
leads to the same file.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_SOURCES: Final = ("src", "lib", "python")
"""Folders from which projects install their packages."""

_FOREIGN: Final = frozenset(
    {
        "vendor", "_vendor", "vendored", "third_party", "thirdparty", "site-packages", "stubs",
        "typings", "node_modules", "fakes", "mocks", "fixtures", "backup", "backups", "archive",
    }
)  # fmt: skip
"""Folders whose modules are copies or doubles of others."""


@dataclass(frozen=True, slots=True)
class Place:
    """A module or a package of the repository."""

    folder: str
    """In which its submodules are; that of a plain module does not exist."""
    path: str | None
    """Its file; None for a folder without ``__init__.py``."""


class Modules:
    """The Python files of a repository as modules."""

    def __init__(self, files: Collection[str]) -> None:
        self._files = frozenset(path for path in files if path.endswith(".py"))
        self._known: dict[tuple[str, str], Place | None] = {}

    @cached_property
    def _folders(self) -> frozenset[str]:
        """Every folder with a Python file somewhere in it."""
        found: set[str] = set()
        for path in self._files:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def _packages(self) -> dict[str, list[str]]:
        """For each name the folders that hold a package of it and are no package themselves."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in self._files:
            package, _, name = path.rpartition("/")
            root, _, top = package.rpartition("/")
            is_top = package and name == "__init__.py" and not self.is_package(root)
            if is_top and _FOREIGN.isdisjoint(root.split("/")):
                found[top].append(root)
        return dict(found)

    def is_package(self, folder: str) -> bool:
        """Whether a folder has an ``__init__.py``."""
        return bool(folder) and f"{folder}/__init__.py" in self._files

    def of(self, path: str) -> Place:
        """The module that a file is."""
        if path.endswith("/__init__.py"):
            return Place(path.rpartition("/")[0], path)
        return Place(path.removesuffix(".py"), path)

    def child(self, place: Place, name: str) -> Place | None:
        """The submodule of this name; None where there is none, or where two could be meant."""
        return self._at(f"{place.folder}/{name}" if place.folder else name)

    def relative(self, path: str, level: int, module: str) -> Place | None:
        """What ``from ..module`` means in a file: by where the file is, and so without doubt."""
        folder = path
        for _ in range(level):
            if not folder:
                return None
            folder = folder.rpartition("/")[0]
        place: Place | None = self._at(folder) if folder else Place("", None)
        for name in module.split(".") if module else ():
            place = self.child(place, name) if place is not None else None
        return place

    def absolute(self, path: str, module: str) -> Place | None:
        """What ``import module`` means in a file; None for what is foreign or in doubt."""
        key = (path.rpartition("/")[0], module)
        if key not in self._known:
            self._known[key] = self._absolute(path, module)
        return self._known[key]

    def is_foreign(self, path: str, module: str) -> bool:
        """Whether an absolute import can mean nothing of the repository."""
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names:
            return True
        return top not in self._packages and not any(
            self._exists(f"{root}/{top}" if root else top) for root in self._roots_above(path)
        )

    def _exists(self, place: str) -> bool:
        return f"{place}.py" in self._files or place in self._folders

    def _absolute(self, path: str, module: str) -> Place | None:
        top, *rest = module.split(".")
        if top in sys.stdlib_module_names:
            return None
        place = self._top(path, top)
        for name in rest:
            place = self.child(place, name) if place is not None else None
        return place

    def _top(self, path: str, top: str) -> Place | None:
        own = self._root_of(path)
        if self._is_in(path, own, top):
            return self._at(f"{own}/{top}" if own else top)
        found = {
            place
            for root in {*self._roots_above(path), *self._packages.get(top, ())}
            if (place := self._at(f"{root}/{top}" if root else top)) is not None
        }
        return found.pop() if len(found) == 1 else None

    def _root_of(self, path: str) -> str:
        """The folder above the package that a file is in."""
        folder = path.rpartition("/")[0]
        while self.is_package(folder):
            folder = folder.rpartition("/")[0]
        return folder

    def _is_in(self, path: str, root: str, top: str) -> bool:
        """Whether a file is in the package ``top`` of that folder itself."""
        inside = f"{root}/{top}/" if root else f"{top}/"
        return path.startswith(inside) and self.is_package(inside[:-1])

    def _roots_above(self, path: str) -> list[str]:
        """The folders above a file that are no package, and those for sources in them."""
        folder = path.rpartition("/")[0]
        roots = []
        while True:
            if not self.is_package(folder):
                beside = (f"{folder}/{name}" if folder else name for name in _SOURCES)
                roots += [folder, *(each for each in beside if each in self._folders)]
            if not folder:
                return roots
            folder = folder.rpartition("/")[0]

    def _at(self, place: str) -> Place | None:
        """The module or package at a path without its end."""
        module, package = f"{place}.py", f"{place}/__init__.py"
        if module in self._files:
            return None if package in self._files else Place(place, module)
        if package in self._files:
            return Place(place, package)
        return Place(place, None) if place in self._folders else None
