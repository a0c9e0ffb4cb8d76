"""Configuration that somebody wrote and pytest does not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from checks.pytest_markers.configuration import (
    FIRST_WITH_TOML,
    BrokenConfigurationError,
    Section,
    marker_name,
    parse_ini,
    parse_toml,
)
from checks.pytest_markers.problems import Fault, Problem

if TYPE_CHECKING:
    from netra_validate.clients.source import Source


def hidden(section: Section, by: Section) -> Problem:
    """A file beside the one that decides."""
    winner = by.path.rpartition("/")[2]
    return Problem(
        Fault.IGNORED,
        section.path,
        _line_of(section),
        f"{section.table or 'the file'} is hidden by {winner} beside it, which is read instead",
        f"Move the options into {by.path}, or delete that file",
        tuple(marker.name for marker in section.markers),
    )


def _line_of(section: Section) -> int | None:
    if section.markers:
        return section.markers[0].line
    found = section.text.find(section.table) if section.table else -1
    return section.text.count("\n", 0, found) + 1 if found >= 0 else None


_HEADER: Final = "[tool:pytest]"


def ignored_sections(source: Source, paths: Iterable[str]) -> Iterator[Problem]:
    """``[tool:pytest]`` in an INI file: that header is for ``setup.cfg`` (and other ``.cfg``)."""
    for path in paths:
        if not path.endswith(".ini"):
            continue
        text = source.text(path)
        if _HEADER not in text.lower():
            continue
        try:
            parsed = parse_ini(path, text)
        except BrokenConfigurationError:
            continue
        if "tool:pytest" in parsed:
            entries = (parsed.get("tool:pytest", "markers") or "").splitlines()
            yield Problem(
                Fault.IGNORED,
                path,
                parsed.lineof("tool:pytest"),
                "[tool:pytest] is read in setup.cfg only; in an .ini file the section is [pytest]",
                "Rename the section to [pytest]",
                tuple(name for entry in entries if (name := marker_name(entry))),
            )


def passed_over(path: str, text: str, section: Section | None, version: int) -> Iterator[Problem]:
    """Tables under a name that pytest does not look for in this file, or not in this version."""
    name = path.rpartition("/")[2]
    if not name.endswith(".toml"):
        return
    try:
        document = parse_toml(path, text)
    except BrokenConfigurationError:
        return
    tool = _table(_table(document, "tool"), "pytest")
    if name == "pyproject.toml":
        native = {key: value for key, value in tool.items() if key != "ini_options"}
        if native and version < FIRST_WITH_TOML:
            reason = (
                f"[tool.pytest] is not read by pytest {version}, only [tool.pytest.ini_options]"
            )
            yield _lost(path, text, "[tool.pytest]", reason, native)
        if "pytest" in document:
            reason = "[pytest] is not read in pyproject.toml, only [tool.pytest.ini_options]"
            table = _table(document, "pytest")
            yield _lost(path, text, "[pytest", reason, _table(table, "ini_options") or table)
    elif version < FIRST_WITH_TOML:
        reason = f"pytest {version} does not read {name}, only pytest 9 and later do"
        yield _lost(path, text, "[pytest", reason, _table(document, "pytest"))
    elif tool and not (section and section.table):
        reason = f"[tool.pytest] is not read in {name}, only [pytest]"
        yield _lost(path, text, "[tool.pytest", reason, _table(tool, "ini_options") or tool)


def _lost(path: str, text: str, header: str, reason: str, table: dict[str, Any]) -> Problem:
    entries = table.get("markers", [])
    names = tuple(marker_name(entry) for entry in entries if isinstance(entry, str))
    found = text.find(header)
    line = text.count("\n", 0, found) + 1 if found >= 0 else None
    mend = "Move the options where pytest reads them"
    return Problem(Fault.IGNORED, path, line, reason, mend, names)


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}
