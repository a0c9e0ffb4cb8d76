"""Which files of the repository a module imports, as far as that stands in its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from checks.pytest_markers.evaluated import taken
from checks.pytest_markers.project import Project
from checks.pytest_markers.roots import joined
from checks.pytest_markers.scopes import Handed, Kind
from checks.pytest_markers.uses import handed_on

if TYPE_CHECKING:
    from netra_validate.clients.source import Source

_UNPARSABLE: Final = (SyntaxError, ValueError, RecursionError, MemoryError)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_CALLED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


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
            tree = self.source.tree(path, keep=False)
            lines = _LINE_END.split(self.source.text(path))
        except _UNPARSABLE:
            return None
        return handed_on(tree, lines, name, lambda further: self.hand(path, further))

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
            tree = self.source.tree(importer, keep=False)
        except _UNPARSABLE:
            return frozenset(found)
        for module, level in _imports(tree):
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


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Module and level of what may be a module in each import that importing comes to."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield alias.name, 0
            case ast.ImportFrom(module=module, names=names, level=level):
                yield module or "", level
                for alias in names:
                    yield f"{module}.{alias.name}" if module else alias.name, level
            case ast.If():
                waiting += taken(node)
            case ast.stmt() | ast.Module() | ast.ExceptHandler() | ast.match_case() if (
                not isinstance(node, _CALLED)
            ):
                waiting += ast.iter_child_nodes(node)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
