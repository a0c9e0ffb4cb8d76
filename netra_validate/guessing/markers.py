"""The markers that pytest's configuration registers.

https://docs.pytest.org/en/stable/reference/customize.html says which files and tables count.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from netra_validate.guessing.facts import Facts, Found

_INI: Final = {"pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_LARGEST: Final = 2**20
"""Bytes of a file that is read."""


def facts(root: Path) -> Facts:
    """What the files at the root register; nothing where they cannot be read."""
    return Facts(markers=tuple(_markers(root)))


def _markers(root: Path) -> Iterator[Found]:
    for file, entries in _entries(root):
        for entry in entries:
            name = _NAME.match(entry.strip())
            if name is not None:
                yield Found(name[0], file)


def _entries(root: Path) -> Iterator[tuple[str, list[str]]]:
    yield "pyproject.toml", _of_pyproject(_read(root / "pyproject.toml"))
    for file, section in _INI.items():
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(_read(root / file))
        except configparser.Error:
            continue
        yield file, parser.get(section, "markers", fallback="").splitlines()


def _of_pyproject(text: str) -> list[str]:
    try:
        found = tomllib.loads(text)["tool"]["pytest"]["ini_options"]["markers"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, RecursionError):
        return []
    if isinstance(found, str):
        return found.splitlines()
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _read(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
