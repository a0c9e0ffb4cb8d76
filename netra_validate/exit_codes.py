"""What the program exits with. Scripts and gates depend on it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final


class ExitCode(IntEnum):
    """Every code there is. A gate is open at 0 and at nothing else."""

    FIT = 0
    FOUND = 1
    USAGE = 2
    UNVERIFIED = 3
    BUG = 4
    INTERRUPTED = 130


MEANINGS: Final[Mapping[ExitCode, str]] = MappingProxyType(
    {
        ExitCode.FIT: (
            "everything selected was verified, and nothing at or above `--fail-on` was found"
        ),
        ExitCode.FOUND: "a finding at or above `--fail-on`",
        ExitCode.USAGE: "wrong usage or configuration",
        ExitCode.UNVERIFIED: (
            "not verified: a probe could not be completed, nothing was selected, or everything was "
            "skipped (1 wins over 3)"
        ),
        ExitCode.BUG: "a bug of netra-validate",
        ExitCode.INTERRUPTED: "interrupted; the report says what was known until then",
    }
)
"""One line for each."""
