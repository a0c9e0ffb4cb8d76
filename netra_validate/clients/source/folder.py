"""The files of a folder, by the file system: what is regular, what is inside, what is worth it.

Nothing here follows a link. A link to a file inside the tree adds nothing, since its target is
listed itself; a link to a folder can lead out of the tree or in circles.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

_NEVER: Final = frozenset(
    {
        *(".git", ".hg", ".svn", ".bzr", "CVS"),
        *("node_modules", "bower_components", "__pycache__", "site-packages", ".terraform"),
        *(".tox", ".nox", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"),
    }
)
"""Folders that hold what a tool wrote, by their name."""

_MARKS: Final = ("pyvenv.cfg", "CACHEDIR.TAG")
"""Files that mark a folder as a virtual environment (PEP 405) or a cache
(bford.info/cachedir), by whatever name."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk over a folder met."""

    files: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    """Folders that could not be opened."""


def walk(root: str) -> Walk:
    """Every regular file under ``root`` that is not in a folder that a tool wrote."""
    found = Walk()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:  # noqa: PTH118 - a million times
                listed = list(entries)
        except OSError:
            found.unreadable.append(folder or ".")
            continue
        if folder and any(entry.name in _MARKS for entry in listed):
            continue
        for entry in listed:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_file(follow_symlinks=False):
                found.files.append(name)
            elif entry.name not in _NEVER and entry.is_dir(follow_symlinks=False):
                waiting.append(name)
    return found


def regular(root: str, names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Of ``names`` those that are regular files inside ``root``, with their size in bytes.

    What git lists may be gone since, or be a link, a pipe or a folder by now, or lie behind a link
    that took the place of a folder.
    """
    genuine = {"": True}
    start = os.path.join(root, "")  # noqa: PTH118 - joined once, for many thousand names
    for name in names:
        folder = name.rpartition("/")[0]
        if not (genuine[folder] if folder in genuine else _genuine(root, folder, genuine)):
            continue
        try:
            found = os.lstat(start + name)
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(found.st_mode):
            yield name, found.st_size


def _genuine(root: str, folder: str, known: dict[str, bool]) -> bool:
    """Whether neither ``folder`` nor any folder above it is a link."""
    if folder not in known:
        known[folder] = _genuine(root, folder.rpartition("/")[0], known) and _is_folder(
            os.path.join(root, folder)  # noqa: PTH118 - as above
        )
    return known[folder]


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False
