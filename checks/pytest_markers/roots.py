"""Where pytest is run from, and what it would do with each file there.

A *root* is a folder in which ``pytest`` without arguments takes its own configuration: the
repository's, and each folder below with a configuration file of its own. A file belongs to the
nearest root, unless the ``testpaths`` of one further up name it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import translate
from functools import cached_property
from typing import Final

from checks.pytest_markers.configuration import Section

NOT_ENTERED: Final = (
    "*.egg",
    ".*",
    "_darcs",
    "build",
    "CVS",
    "dist",
    "node_modules",
    "venv",
    "{arch}",
)
"""pytest's default of ``norecursedirs`` (``_pytest/main.py``, 8.0 to 9.2)."""

TEST_FILES: Final = ("test_*.py", "*_test.py")
"""pytest's default of ``python_files`` (``_pytest/python.py``)."""

TEST_FOLDERS: Final = frozenset({"test", "tests", "testing"})
"""Folders whose modules serve tests, though pytest may not collect them."""


Position = tuple[int, tuple[tuple[bool, str], ...]]
"""Index of the argument that leads there, and the path in the order of a walk."""


class Standing(Enum):
    """What a file is to a root."""

    COLLECTED = "collected"
    """Imported by ``pytest`` in that root: a test file, or a conftest found on the way to one."""
    INITIAL = "initial conftest"
    """Imported before pytest is configured: a marker that is looked up by then is not judged."""
    NAMED = "outside testpaths"
    """A test file that is collected only if its path is given."""
    HELPER = "helper"
    """A module beside tests: judged when a test imports it."""


@dataclass(frozen=True)
class Root:
    """One folder with one configuration."""

    folder: str
    """Relative to the repository's root; empty for that itself."""
    section: Section | None = None
    testpaths: tuple[str, ...] = ()
    """Files and folders that exist, relative to the repository's root; as in the configuration."""
    not_entered: tuple[str, ...] = NOT_ENTERED
    test_files: tuple[str, ...] = TEST_FILES
    ignored: frozenset[str] = frozenset()
    """``--ignore`` and ``collect_ignore``, relative to the repository's root."""
    ignored_globs: tuple[str, ...] = ()
    _entered: dict[tuple[str, str], bool] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def names(self, path: str) -> bool:
        """Whether its ``testpaths`` lead to the file."""
        return self._argument_of(path) is not None and bool(self.testpaths)

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """What pytest starts from."""
        return self.testpaths or (self.folder,)

    def position(self, path: str) -> Position | None:
        """When pytest comes by a file or folder, to be compared; None where it does not.

        Folders are read in the order of their entries' names, ``__init__.py`` first.
        """
        argument = self._argument_of(path)
        if argument is None:
            return None
        parts = path.split("/") if path else []
        order = tuple((part != "__init__.py", part) for part in parts)
        return (self.arguments.index(argument), order)

    def standing(self, path: str, initial: frozenset[str]) -> Standing | None:
        """What the file is to pytest; None for one that has nothing to do with tests.

        Args:
            path: of a Python file that belongs to this root.
            initial: the conftest files that are loaded at once.
        """
        if path in initial:
            return Standing.INITIAL
        folder, _, name = path.rpartition("/")
        argument = self._argument_of(path)
        reached = argument is not None and self._is_reached(path, folder, argument)
        matches = self._is_test_file(path)
        if reached and (matches or name == "conftest.py" or path == argument):
            return Standing.COLLECTED
        if argument is None and self._is_entered(folder, self.folder):
            return Standing.NAMED if matches else None
        beside_tests = bool(self.testpaths) or not TEST_FOLDERS.isdisjoint(folder.split("/"))
        return Standing.HELPER if reached and beside_tests else None

    def _is_reached(self, path: str, folder: str, argument: str) -> bool:
        return path == argument or (
            self._is_entered(folder, argument) and not self._is_ignored(path)
        )

    def _argument_of(self, path: str) -> str | None:
        for argument in self.arguments:
            if _within(path, argument):
                return argument
        return None

    def _is_entered(self, folder: str, argument: str) -> bool:
        """Whether every folder on the way from ``argument`` down to ``folder`` is entered."""
        key = (folder, argument)
        if key not in self._entered:
            parent = folder.rpartition("/")[0]
            self._entered[key] = len(folder) <= len(argument) or (
                not self._not_entered.meet(folder)
                and not self._is_ignored(folder)
                and folder.rpartition("/")[2] != "__pycache__"
                and self._is_entered(parent, argument)
            )
        return self._entered[key]

    def _is_ignored(self, path: str) -> bool:
        return path in self.ignored or self._ignored_globs.match(f"/{path}") is not None

    def _is_test_file(self, path: str) -> bool:
        return path.endswith(".py") and self._test_files.meet(path)

    @cached_property
    def _not_entered(self) -> _Patterns:
        return _Patterns(self.not_entered)

    @cached_property
    def _test_files(self) -> _Patterns:
        return _Patterns(self.test_files)

    @cached_property
    def _ignored_globs(self) -> re.Pattern[str]:
        return _any_of(f"/{pattern}" for pattern in self.ignored_globs)


class _Patterns:
    """``_pytest.pathlib.fnmatch_ex``: with a slash in it, a pattern meets the end of a path."""

    def __init__(self, patterns: Iterable[str]) -> None:
        listed = tuple(patterns)
        self._names = _any_of(pattern for pattern in listed if "/" not in pattern)
        self._paths = _any_of(f"*/{pattern}" for pattern in listed if "/" in pattern)

    def meet(self, path: str) -> bool:
        """Whether one of them matches."""
        name = path.rpartition("/")[2]
        return self._names.match(name) is not None or self._paths.match(f"/{path}") is not None


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """One expression for many globs; for none of them one that never matches."""
    return re.compile("|".join(map(translate, patterns)) or r"(?!)")


def _within(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def joined(folder: str, path: str) -> str:
    """A path of a configuration in ``folder``, relative to the repository's root."""
    parts: list[str] = []
    for part in f"{folder}/{path}".split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def expanded(
    folder: str, patterns: Sequence[str], folders: frozenset[str], files: frozenset[str]
) -> tuple[str, ...]:
    """What ``testpaths`` lead to, each pattern's finds sorted (``Config._decide_args``)."""
    found: list[str] = []
    for pattern in patterns:
        path = joined(folder, pattern)
        if re.search(r"[*?\[]", path):
            glob = re.compile(_glob(path))
            found += sorted(name for name in folders | files if glob.fullmatch(name))
        elif not path or path in folders or path in files:
            found.append(path)
    return tuple(dict.fromkeys(found))


def _glob(pattern: str) -> str:
    """A pattern of :mod:`glob` with ``**`` as a regular expression."""
    parts = []
    for part in pattern.split("/"):
        inside = translate(part)[4:-3] if part != "**" else ""
        parts.append("(?:[^/]+/)*" if part == "**" else inside.replace(".*", "[^/]*") + "/")
    return "".join(parts).removesuffix("/")


class Roots:
    """All roots of a repository."""

    def __init__(self, roots: Sequence[Root]) -> None:
        """Take the roots in any order; that of the repository is among them."""
        self.all = tuple(sorted(roots, key=lambda root: root.folder))
        self._by_folder: Mapping[str, Root] = {root.folder: root for root in self.all}
        self._naming = tuple(root for root in self.all if root.testpaths)

    def __iter__(self) -> Iterator[Root]:
        return iter(self.all)

    def of(self, path: str) -> Root:
        """The root that a file belongs to."""
        for root in self._naming:
            if root.names(path):
                return root
        folder = path.rpartition("/")[0]
        while folder not in self._by_folder:
            folder = folder.rpartition("/")[0]
        return self._by_folder[folder]
