"""Two things in turns, and how they compare."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    ours: float
    beside: float
    aim: str
    unit: str = "s"

    def __str__(self) -> str:
        ratio = self.ours / self.beside
        return (
            f"{self.what:64} {self.ours:8.3f} {self.unit} {self.beside:8.3f} {self.unit}"
            f" {ratio:6.2f}×  {self.aim}"
        )


def timed(work: Callable[[], object]) -> float:
    """Seconds that ``work`` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turns(
    ours: Callable[[], object], beside: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """The median seconds of both, after one round that does not count."""
    timed(ours), timed(beside)
    taken = [(timed(ours), timed(beside)) for _ in range(rounds)]
    return statistics.median(one for one, _ in taken), statistics.median(two for _, two in taken)


def command(*argv: str, cwd: object = None, expect: Sequence[int] = (0,), **given: object) -> None:
    """Run a command to its end, silently."""
    done = subprocess.run(
        argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, **given
    )
    if done.returncode not in expect:
        raise RuntimeError(f"{argv} exited {done.returncode}: {done.stderr.decode()[-2000:]}")
