"""Which files git could bring back as they are: tracked, and without a change of their own.

git itself decides, with every setting overridden that would start a program: hooks, monitors, and
the filters that a repository's configuration may name (``gitattributes(5)``). A file that needs one
of those filters counts as changed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate.clients.source.git import environment

_LIMIT_S: Final = 60.0
"""Seconds for one command; a status of 46 000 files takes 0.3 s with a warm cache."""

_NOTHING_FOREIGN: Final = (
    *("-c", "core.fsmonitor=", "-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.quotePath=false", "-c", "submodule.recurse=false"),
    *("-c", "core.untrackedCache=false"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What git knows of a tree."""

    clean: frozenset[str] = frozenset()
    """Files that are committed as they are, relative to the tree."""
    problem: str | None = None
    """Why git cannot tell."""

    def complaint(self, path: str) -> str | None:
        """Why a file is not safe with git: the end of a sentence. None where it is."""
        if path in self.clean:
            return None
        return self.problem or "has uncommitted changes (--allow-dirty edits it all the same)"


def kept(root: str) -> Kept:
    """Ask git about a tree."""
    try:
        filters = _without_filters(root)
        prefix = _git(root, filters, "rev-parse", "--show-prefix").removesuffix("\n")
        tracked = _git(root, filters, "ls-files", "-z", "-v").split("\0")[:-1]
        status = _git(
            root, filters,
            *("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=no"),
            *("--ignore-submodules=all", "--", "."),
        ).split("\0")[:-1]  # fmt: skip
    except _Failed as error:
        return Kept(problem=str(error))
    # `H` is tracked as usual; others are marked so that git does not look at the file.
    usual = {entry[2:] for entry in tracked if entry.startswith("H ")}
    changed = {entry[3:].removeprefix(prefix) for entry in status}
    return Kept(frozenset(usual - changed))


class _Failed(Exception):
    """git did not do it, and why."""


def _without_filters(root: str) -> tuple[str, ...]:
    """Settings that take the programs from every filter."""
    try:
        listed = _git(root, (), "config", "-z", "--name-only", "--get-regexp", r"^filter\.")
    except _Failed:
        return ()
    drivers = sorted({key.rpartition(".")[0] for key in listed.split("\0")[:-1]})
    return tuple(
        part
        for driver in drivers
        for setting in ("clean=", "smudge=", "process=", "required=false")
        for part in ("-c", f"{driver}.{setting}")
    )


def _git(root: str, settings: Sequence[str], *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - arguments of ours
            ("git", "--no-pager", *_NOTHING_FOREIGN, *settings, *arguments),  # noqa: S607 - the user's
            cwd=root,
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _Failed(f"git did not answer within {_LIMIT_S:g} s") from None
    except (OSError, ValueError) as error:
        raise _Failed(f"git cannot be run: {error}") from None
    if done.returncode != 0:
        complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _Failed(_reason(complaint[0] if complaint else "git refused without a reason"))
    return os.fsdecode(done.stdout)


def _reason(complaint: str) -> str:
    if "not a git repository" in complaint:
        return "is in no git repository, so there is no way back"
    return f"may have uncommitted changes: {complaint}"
