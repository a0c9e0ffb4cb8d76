"""The plug-ins that the distributions of a repository install: their group ``pytest11``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from checks.pytest_markers.configuration import BrokenConfigurationError, parse_ini, parse_toml
from netra_validate.clients.source.syntax import refuse_large

if TYPE_CHECKING:
    from netra_validate.clients.source import Source


def entry_points(source: Source, files: Iterable[str]) -> tuple[str, ...]:
    """The modules that ``pyproject.toml``, ``setup.cfg`` and ``setup.py`` register, each once."""
    found: list[str] = []
    for path in sorted(files):
        name = path.rpartition("/")[2]
        if name == "pyproject.toml":
            found += _in_pyproject(source.text(path))
        elif name == "setup.cfg":
            found += _in_setup_cfg(path, source.text(path))
        elif name == "setup.py":
            found += _in_setup_py(source.text(path))
    return tuple(dict.fromkeys(found))


def _in_pyproject(text: str) -> Iterator[str]:
    try:
        document = parse_toml("", text)
    except BrokenConfigurationError:
        return
    yield from _targets(_at(document, "project", "entry-points", "pytest11"))
    yield from _targets(_at(document, "tool", "poetry", "plugins", "pytest11"))


def _at(table: object, *keys: str) -> object:
    for key in keys:
        table = table.get(key, {}) if isinstance(table, dict) else {}
    return table


def _targets(table: object) -> Iterator[str]:
    if isinstance(table, dict):
        yield from (str(target).partition(":")[0].strip() for target in table.values())


def _in_setup_cfg(path: str, text: str) -> Iterator[str]:
    try:
        points = parse_ini(path, text).get("options.entry_points", "pytest11", "") or ""
    except BrokenConfigurationError:
        return
    for line in points.splitlines():
        if "=" in line:
            yield line.partition("=")[2].partition(":")[0].strip()


def _in_setup_py(text: str) -> Iterator[str]:
    """Modules of ``entry_points={"pytest11": ["name = module"]}`` in a ``setup.py``."""
    if "pytest11" not in text:
        return
    try:
        refuse_large(text.encode(errors="surrogatepass"))
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "pytest11":
                    yield from _strings(value)


def _strings(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            for line in part.value.splitlines():
                yield line.partition("=")[2].partition(":")[0].strip()
