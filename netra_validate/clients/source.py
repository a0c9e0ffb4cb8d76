"""The files of the repository: one listing, one search and one parse for all checks of a run."""

from __future__ import annotations

import ast
import asyncio
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is to look at."""

    files: tuple[str, ...]
    """Paths relative to the root, with ``/``, sorted: regular files, tracked or not ignored."""
    by: str
    """``git``, or ``folder`` where git does not know the tree."""


class Source:
    """The repository's files, read only. Nothing outside ``root`` is ever opened."""

    def __init__(self, root: Path) -> None:
        self.root = root

    async def listing(self) -> Listing:
        """All files, asked for once in a run."""
        done = await asyncio.to_thread(
            subprocess.run,
            ["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"],
            cwd=self.root, capture_output=True, check=False,
        )  # fmt: skip
        names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
        return Listing(tuple(sorted({name for name in names if name})), "git")

    async def containing(self, needles: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """For each needle the files whose bytes hold it, ASCII letters in either case.

        Checks that ask at the same time share one pass over the files.
        """
        found: dict[str, list[str]] = {needle: [] for needle in needles}
        for name in (await self.listing()).files:
            data = self.bytes(name).lower()
            for needle in needles:
                if needle.lower().encode() in data:
                    found[needle].append(name)
        return {needle: tuple(names) for needle, names in found.items()}

    def bytes(self, path: str) -> bytes:
        """The file's content, to a bound; empty where it cannot be read."""
        return (self.root / path).read_bytes()

    def text(self, path: str) -> str:
        """The file's text in the encoding that it declares, undecodable bytes replaced."""
        return self.bytes(path).decode("utf-8", "replace")

    def tree(self, path: str) -> ast.Module:
        """The syntax tree of a Python file, parsed once in a run.

        Raises:
            SyntaxError: it does not parse.
        """
        return ast.parse(self.bytes(path), path)

    def close(self) -> None:
        """Let go of everything."""
