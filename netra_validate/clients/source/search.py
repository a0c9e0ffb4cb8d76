"""Which files hold which needles: one pass over the tree for everyone who asks at the same time.

``git grep`` does it where it can: it is written in C, uses every core and stays out of this
process, whose data-plane probes measure latencies meanwhile. Only what it leaves in doubt is read
here.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from netra_validate.clients.source.contents import Wanted, held
from netra_validate.clients.source.deduction import Deduced


@dataclass(frozen=True, slots=True)
class Hits:
    """What one pass found."""

    files: dict[str, tuple[str, ...]]
    """For each needle the files that hold it, in the order of the listing."""
    unreadable: tuple[str, ...]


Ask = Callable[[Collection[str]], Awaitable[Deduced]]
"""Tells without opening files which of them hold which needles, and which have to be opened."""

_GATHER_S: Final = 0.02
"""Seconds in which further needles may join a pass: little beside the second that it takes."""


class Search:
    """The passes over one tree.

    Args:
        root: the tree.
        executor: where files are read.
        ask: tells what can be known without reading.
    """

    def __init__(self, root: str, executor: Executor, ask: Ask) -> None:
        self._root = root
        self._executor = executor
        self._ask = ask
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
        known = await self._ask(needles)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._settle, known, Wanted(needles))

    def _settle(self, known: Deduced, wanted: Wanted) -> Hits:
        """Read the files that are in doubt, in a thread."""
        files = {needle: set(known.held.get(needle, ())) for needle in wanted.needles}
        unreadable: list[str] = []
        for name in known.doubtful:
            if self._stopped.is_set():
                break
            try:
                there = held(os.path.join(self._root, name), wanted)  # noqa: PTH118 - twice as fast
            except OSError:
                unreadable.append(name)
                continue
            for needle in there:
                files[needle].add(name)
        found = {needle: tuple(sorted(names)) for needle, names in files.items()}
        return Hits(found, tuple(unreadable))
