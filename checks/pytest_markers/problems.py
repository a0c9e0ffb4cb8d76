"""What is wrong with the configuration itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """How a configuration goes wrong."""

    IGNORED = "ignored"
    """pytest does not read it."""
    BROKEN = "broken"
    """pytest stops at it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one file."""

    fault: Fault
    path: str
    line: int | None
    reason: str
    """The rest of a sentence that starts with the path."""
    mend: str
    """What to do, one sentence."""
    markers: tuple[str, ...] = ()
    """The names that are lost by it."""
