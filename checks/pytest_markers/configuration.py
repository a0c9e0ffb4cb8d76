"""The configuration that pytest reads, by ``_pytest/config/findpaths.py`` of pytest 8.4 and 9.2.

The first file of :data:`NAMES` that holds pytest's section decides; nothing is merged. Options are
then coerced as ``Config._getini`` does it.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from iniconfig import IniConfig, ParseError

NAMES: Final = (
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)
"""In order of precedence (``CONFIG_LOADERS_BY_NAME``); the two first since pytest 9."""

FIRST_WITH_TOML: Final = 9
"""The first pytest with ``pytest.toml``, ``[tool.pytest]`` and strictness as an option."""


class BrokenConfigurationError(ValueError):
    """A file that makes pytest stop before it collects anything."""

    def __init__(self, path: str, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason
        self.line = line


class UnsupportedSectionError(BrokenConfigurationError):
    """``[pytest]`` in ``setup.cfg``: pytest refuses to start (its issue 3086)."""


@dataclass(frozen=True, slots=True)
class Marker:
    """One entry of the option ``markers``."""

    name: str
    line: int | None
    """Line of the file, from 1."""


@dataclass(frozen=True)
class Section:
    """The section of one file that pytest takes its options from."""

    path: str
    table: str
    """As it stands in the file: ``[tool.pytest.ini_options]``; empty where there is none."""
    mode: Literal["ini", "toml"] = "ini"
    options: Mapping[str, Any] = field(default_factory=dict)
    text: str = field(default="", repr=False)
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line of an option, where the parser says it."""

    def words(self, option: str) -> list[str]:
        """An option of the type ``args``.

        Raises:
            BrokenConfigurationError: pytest cannot read it.
        """
        value = self.options.get(option, [])
        if isinstance(value, str) and self.mode == "ini":
            try:
                return shlex.split(value)
            except ValueError as error:
                raise self._broken(option, str(error)) from error
        return self._texts(option, value)

    def entries(self, option: str) -> list[str]:
        """An option of the type ``linelist``.

        Raises:
            BrokenConfigurationError: pytest cannot read it.
        """
        value = self.options.get(option, [])
        if isinstance(value, str) and self.mode == "ini":
            return [entry for line in value.split("\n") if (entry := line.strip())]
        return self._texts(option, value)

    def flag(self, option: str) -> bool | None:
        """An option of the type ``bool``; None where it is not set."""
        value = self.options.get(option)
        if value is None or isinstance(value, bool):
            return value
        return str(value).strip().lower() in {"y", "yes", "t", "true", "on", "1"}

    @cached_property
    def markers(self) -> tuple[Marker, ...]:
        """What it registers, in its order, repeated names too."""
        finder = _LineFinder(self.text, self.lines.get("markers"))
        return tuple(
            Marker(name, finder.line_of(entry))
            for entry in self.entries("markers")
            if (name := marker_name(entry))
        )

    def _texts(self, option: str, value: object) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self._broken(option, f"{type(value).__name__}, expected a list of strings")
        return value

    def _broken(self, option: str, reason: str) -> BrokenConfigurationError:
        return BrokenConfigurationError(
            self.path, f"{option} of {self.table}: {reason}", line=self.lines.get(option)
        )


class _LineFinder:
    """Finds the lines of a list's entries, which parsers do not tell."""

    def __init__(self, text: str, start: int | None) -> None:
        self._text = text
        offset = text.find("markers")
        if start is not None:
            offset = sum(map(len, text.splitlines(keepends=True)[: start - 1]))
        self._offset = max(offset, 0)
        self._line = text.count("\n", 0, self._offset) + 1

    def line_of(self, entry: str) -> int | None:
        """The line of the next place where ``entry`` stands, or its name if it stands escaped."""
        for text in (entry, marker_name(entry)):
            found = self._text.find(text, self._offset)
            if found >= 0:
                self._line += self._text.count("\n", self._offset, found)
                self._offset = found + len(text)
                return self._line
        return None


def marker_name(entry: str) -> str:
    """``slow`` of ``slow(reason): takes long``, as ``Config._iter_registered_markers`` cuts it."""
    return entry.split(":", 1)[0].split("(", maxsplit=1)[0].strip()


def read(path: str, text: str, *, version: int = FIRST_WITH_TOML) -> Section | None:
    """The section of a file that pytest would take, or None where pytest passes the file over.

    Args:
        path: its name decides how it is read.
        text: its content.
        version: pytest's major version.

    Raises:
        BrokenConfigurationError: pytest would stop here.
    """
    name = path.rpartition("/")[2]
    if name in {"pytest.toml", ".pytest.toml"}:
        return _pytest_toml(path, text) if version >= FIRST_WITH_TOML else None
    if name == "pyproject.toml":
        return _pyproject(path, text, version)
    if name == "setup.cfg":
        return _setup_cfg(path, text)
    found = _ini_section(path, text, "pytest")
    if found is None and _always_decides(name, version):
        return Section(path, "", text=text)
    return found


def _always_decides(name: str, version: int) -> bool:
    """These files decide even without a section (``.pytest.ini`` since pytest 9)."""
    return name == "pytest.ini" or (name == ".pytest.ini" and version >= FIRST_WITH_TOML)


def parse_ini(path: str, text: str) -> IniConfig:
    """An INI file as pytest's own parser reads it.

    Raises:
        BrokenConfigurationError: it does not parse.
    """
    try:
        return IniConfig(path, data=text)
    except ParseError as error:
        raise BrokenConfigurationError(path, error.msg, line=error.lineno + 1) from error


def _ini_section(path: str, text: str, name: str) -> Section | None:
    parsed = parse_ini(path, text)
    if name not in parsed:
        return None
    options = dict(parsed[name].items())
    lines = {key: line for key in options if (line := parsed.lineof(name, key)) is not None}
    return Section(path, f"[{name}]", "ini", options, text, lines)


def _setup_cfg(path: str, text: str) -> Section | None:
    found = _ini_section(path, text, "tool:pytest")
    if found is None and "pytest" in (parsed := parse_ini(path, text)).sections:
        raise UnsupportedSectionError(
            path,
            "pytest refuses a [pytest] section in setup.cfg; there it is called [tool:pytest]",
            line=parsed.lineof("pytest"),
        )
    return found


def parse_toml(path: str, text: str) -> dict[str, Any]:
    """A TOML document.

    Raises:
        BrokenConfigurationError: it does not parse.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BrokenConfigurationError(path, f"no valid TOML: {error}") from error


def _pytest_toml(path: str, text: str) -> Section:
    document = parse_toml(path, text)
    if "pytest" in document:
        return Section(path, "[pytest]", "toml", _table(path, "pytest", document["pytest"]), text)
    loose = [key for key, value in document.items() if not isinstance(value, dict)]
    if loose:
        raise BrokenConfigurationError(
            path, f"options outside the table [pytest]: {', '.join(loose)}"
        )
    return Section(path, "", "toml", {}, text)


def _pyproject(path: str, text: str, version: int) -> Section | None:
    tool = _table(path, "tool", parse_toml(path, text).get("tool", {}))
    pytest = _table(path, "tool.pytest", tool.get("pytest", {}))
    native = {key: value for key, value in pytest.items() if key != "ini_options"}
    legacy = pytest.get("ini_options")
    if native and version >= FIRST_WITH_TOML:
        if legacy:
            raise BrokenConfigurationError(
                path, "both [tool.pytest] and [tool.pytest.ini_options] hold options"
            )
        return Section(path, "[tool.pytest]", "toml", native, text)
    if legacy is None:
        return None
    table = _table(path, "tool.pytest.ini_options", legacy)
    scalars = {
        key: value if isinstance(value, list) else str(value) for key, value in table.items()
    }
    return Section(path, "[tool.pytest.ini_options]", "ini", scalars, text)


def _table(path: str, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BrokenConfigurationError(path, f"{name} is no table")
    return value
