"""Which files hold which needles: one pass over the tree for everyone who asks at the same time.

``git grep`` narrows the tree down where it can: it is written in C, uses every core and stays out
of this process, whose data-plane probes measure latencies meanwhile. What it names is then read
here, file by file, to tell the needles apart.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from netra_validate.clients.source.contents import WIDE_MARKS, Wanted, held


@dataclass(frozen=True, slots=True)
class Hits:
    """What one pass found."""

    files: dict[str, tuple[str, ...]]
    """For each needle the files that hold it, in the order of the listing."""
    unreadable: tuple[str, ...]


Needle = bytes
"""What a search looks for, as git is told."""

Narrow = Callable[[Collection[Needle]], Awaitable[Iterable[str]]]
"""Names the files that may hold one of the needles, in the order of the listing."""

_GATHER_S: Final = 0.02
"""Seconds in which further needles may join a pass: little beside the second that it takes."""


class Search:
    """The passes over one tree.

    Args:
        root: the tree.
        executor: where files are read.
        narrow: names the files worth reading.
    """

    def __init__(self, root: str, executor: Executor, narrow: Narrow) -> None:
        self._root = root
        self._executor = executor
        self._narrow = narrow
        self._stopped = threading.Event()
        self._passes: dict[str, asyncio.Task[Hits]] = {}
        self._gathering: tuple[set[str], asyncio.Task[Hits]] | None = None

    async def find(self, needles: Collection[str]) -> Hits:
        """The files of each needle. A needle is looked for once in a run.

        Who asks while a pass is being prepared joins it; the pass outlives one who loses interest.
        """
        for needle in needles:
            if needle not in self._passes:
                self._passes[needle] = self._join(needle)
        passes = {self._passes[needle] for needle in needles}
        hits = [await asyncio.shield(task) for task in passes]
        found = {needle: names for hit in hits for needle, names in hit.files.items()}
        return Hits(
            {needle: found[needle] for needle in needles},
            tuple(sorted({name for hit in hits for name in hit.unreadable})),
        )

    def stop(self) -> None:
        """End what is under way."""
        self._stopped.set()
        for task in set(self._passes.values()):
            if not task.done():
                task.cancel()

    def _join(self, needle: str) -> asyncio.Task[Hits]:
        """The pass that is being prepared, or a new one, with one needle more."""
        if self._gathering is None:
            needles: set[str] = set()
            task = asyncio.get_running_loop().create_task(self._pass(needles))
            self._gathering = (needles, task)
        self._gathering[0].add(needle)
        return self._gathering[1]

    async def _pass(self, needles: set[str]) -> Hits:
        # Checks start together, but each has its own steps before it asks.
        await asyncio.sleep(_GATHER_S)
        self._gathering = None
        encoded = {needle.encode("utf-8", "surrogateescape") for needle in needles}
        names = await self._narrow((*sorted(encoded), *WIDE_MARKS))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._sort_out, names, Wanted(needles))

    def _sort_out(self, names: Iterable[str], wanted: Wanted) -> Hits:
        """Read every named file and note the needles that it holds."""
        files: dict[str, list[str]] = {needle: [] for needle in wanted.needles}
        unreadable: list[str] = []
        for name in names:
            if self._stopped.is_set():
                break
            try:
                there = held(os.path.join(self._root, name), wanted)  # noqa: PTH118 - twice as fast
            except OSError:
                unreadable.append(name)
                continue
            for needle in there:
                files[needle].append(name)
        return Hits({needle: tuple(found) for needle, found in files.items()}, tuple(unreadable))
