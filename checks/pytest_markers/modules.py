"""Which files of the repository a module imports, as far as that stands in its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks.pytest_markers.project import Project
from checks.pytest_markers.reader import READER
from checks.pytest_markers.roots import joined
from checks.pytest_markers.scopes import Handed, Kind

if TYPE_CHECKING:
    from netra_validate.clients.source import Source


@dataclass
class Modules:
    """Finds modules as a test finds them. Blocking: to be called from a thread.

    ``sys.path`` holds what pytest inserts (``rootdir/conftest``: the first folder upward without
    ``__init__.py``), ``pythonpath``, and what an installation or ``python -m pytest`` adds.
    """

    source: Source
    project: Project
    files: frozenset[str]
    _handed: dict[tuple[str, str], Kind | None] = field(default_factory=dict, repr=False)

    def hand(self, importer: str, handed: Handed) -> Kind | None:
        """What a name is that ``importer`` takes from a module of the repository."""
        path = self.find(importer, handed.module, handed.level)
        if path is None:
            return None
        key = (path, handed.name)
        if key not in self._handed:
            self._handed[key] = None  # Modules may import each other.
            self._handed[key] = self._kind(path, handed.name)
        return self._handed[key]

    def _kind(self, path: str, name: str) -> Kind | None:
        try:
            walked = self.source.parsed(path, READER).own_walk()
        except SyntaxError:
            return None
        return walked.kind_of(name, lambda further: self.hand(path, further))

    def find(self, importer: str, module: str, level: int = 0) -> str | None:
        """The file of a module, or None where it is none of the repository's."""
        stem = module.replace(".", "/")
        for base in self._relative(importer, level) if level else self._bases(importer):
            for end in (f"{stem}/__init__.py", f"{stem}.py"):
                path = joined(base, end)
                if path in self.files:
                    return path
        return None

    def imports(self, importer: str) -> frozenset[str]:
        """The files that are run when a file is imported, by itself alone."""
        found = set(self.packages_of(importer))
        try:
            imports = self.source.parsed(importer, READER).imports
        except SyntaxError:
            return frozenset(found)
        for module, level in imports:
            path = self.find(importer, module, level)
            if path is not None:
                found |= {path, *self.packages_of(path)}
        return frozenset(found)

    def packages_of(self, path: str) -> Iterator[str]:
        """The ``__init__.py`` of each package that holds a file; they are run before it."""
        folder = _folder(path)
        while f"{folder}/__init__.py".lstrip("/") in self.files:
            yield f"{folder}/__init__.py".lstrip("/")
            if not folder:
                return
            folder = _folder(folder)

    def _relative(self, importer: str, level: int) -> Iterator[str]:
        """Where the dots lead; nowhere outside of a package."""
        packages = list(self.packages_of(importer))
        if level <= len(packages):
            yield _folder(packages[level - 1])

    def _bases(self, importer: str) -> Iterator[str]:
        folder = _folder(importer)
        yield self._base(folder)
        above = folder
        while above:
            above = _folder(above)
            if f"{above}/conftest.py".lstrip("/") in self.files:
                yield self._base(above)
        root = self.project.roots.of(importer)
        if root.section is not None:
            yield from (joined(root.folder, entry) for entry in root.section.words("pythonpath"))
        for top in dict.fromkeys((root.folder, "")):
            yield from (top, joined(top, "src"))

    def _base(self, folder: str) -> str:
        while folder and f"{folder}/__init__.py" in self.files:
            folder = _folder(folder)
        return folder


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
