"""Which distributions a repository declares, and which pytest it holds to.

Read from ``pyproject.toml``, ``setup.cfg``, ``setup.py``, ``tox.ini``, ``requirements*.txt``,
``Pipfile``, conda's ``environment*.yml`` and the lock files of uv, Poetry, PDM and pip. A name is
enough: whatever is declared for any purpose may be installed where the tests run.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from checks.pytest_markers.configuration import FIRST_WITH_TOML
from checks.pytest_markers.known_plugins import normalised

_TOML: Final = (
    "pyproject.toml",
    "Pipfile",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "pylock*.toml",
    "tox.toml",
)
_LINES: Final = (
    "*requirements*.txt",
    "*requirements*.in",
    "*constraints*.txt",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    "noxfile.py",
    "environment*.yml",
    "environment*.yaml",
)
_FOLDERS: Final = ("requirements/",)
_REQUIREMENT: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?P<version>(?:(?:===?|~=|[<>!]=?)\s*[^\s;#\"',]+[\s,]*)*)"
)
_TABLES_OF_NAMES: Final = frozenset(
    {"dependencies", "dev-dependencies", "packages", "dev-packages"}
)
"""Tables whose keys are distributions: Poetry's and Pipenv's."""
_LISTS_OF_WORDS: Final = frozenset({"keywords", "classifiers", "markers"})


@dataclass(frozen=True, slots=True)
class Requirements:
    """What is declared."""

    names: frozenset[str] = frozenset()
    """Normalised."""
    pytest: int | None = None
    """The major version that pytest is held to, where something holds it."""

    @property
    def pytest_version(self) -> int:
        """The major version to judge by: the newest that is allowed."""
        return self.pytest if self.pytest is not None else FIRST_WITH_TOML

    def __or__(self, other: Requirements) -> Requirements:
        held = [version for version in (self.pytest, other.pytest) if version is not None]
        return Requirements(self.names | other.names, max(held, default=None))


def declares(path: str) -> bool:
    """Whether requirements are looked for in a file of this name."""
    name = path.rpartition("/")[2]
    if name.endswith(".py"):
        return name in _LINES
    if any(fnmatchcase(name, pattern) for pattern in (*_TOML, *_LINES)):
        return True
    return name.endswith((".txt", ".in")) and any(f"/{part}" in f"/{path}" for part in _FOLDERS)


def declared_in(path: str, text: str) -> Requirements:
    """The requirements of one file; none where it does not parse."""
    name = path.rpartition("/")[2]
    if any(fnmatchcase(name, pattern) for pattern in _TOML):
        try:
            document = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError):
            return Requirements()
        found = list(_in_table(document))
    else:
        found = list(_in_lines(text))
    names = frozenset(normalised(name) for name, _ in found)
    specs = [spec for name, spec in found if normalised(name) == "pytest"]
    held = [major for spec in specs if (major := _major(spec)) is not None]
    return Requirements(names, max(held, default=None))


def _in_lines(text: str) -> Iterator[tuple[str, str]]:
    """Each line of a list, and each string of a Python file."""
    for line in text.splitlines():
        bare = line.strip().lstrip("- ")
        for piece in (bare, *re.findall(r"[\"']([^\"']+)[\"']", bare)):
            yield from _requirement(piece)


def _in_table(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every string of a list that reads as a requirement, every key of a table of names."""
    waiting: list[tuple[str, object]] = list(document.items())
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            if key in _TABLES_OF_NAMES:
                yield from ((name, _spec(entry)) for name, entry in value.items())
            if isinstance(value.get("name"), str):
                version = value.get("version")
                yield value["name"], f"=={version}" if isinstance(version, str) else ""
            waiting.extend(value.items())
        elif isinstance(value, list):
            waiting.extend((key, entry) for entry in value if isinstance(entry, dict))
            for entry in value:
                if isinstance(entry, str) and key not in _LISTS_OF_WORDS:
                    yield from _requirement(entry)


def _requirement(text: str) -> Iterator[tuple[str, str]]:
    match = _REQUIREMENT.match(text)
    if match:
        # With an environment marker the version holds for some interpreters only.
        yield match["name"], "" if ";" in text else match["version"] or ""


def _spec(entry: object) -> str:
    """Poetry's and Pipenv's notations: ``"^8"``, ``{version = "^8"}``, ``"*"``."""
    if isinstance(entry, dict):
        entry = entry.get("version", "")
    text = str(entry).strip()
    if re.match(r"[\^~]?\d", text):
        return "~=" + text.lstrip("^~")
    return text


def _major(spec: str) -> int | None:
    """The newest major version that is allowed: of ``==8.3``, ``~=8.1`` and ``<9`` it is 8."""
    held = []
    for operator, major, rest in re.findall(r"(===?|~=|<=|<)\s*v?(\d+)((?:\.\d+)*)", spec):
        below = operator == "<" and not re.search(r"[1-9]", rest)
        held.append(int(major) - below)
    return min(held, default=None)
