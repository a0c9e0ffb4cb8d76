"""The JSON reports that commands are given, from a file or from standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netra_validate.cli.failures import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netra_validate.model import Report
    from netra_validate.reading import Problem

STDIN: Final = Path("-")
"""What stands for standard input."""


class BadReport(UsageProblem):
    """A file that is no report. Everything that is wrong with it is told."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, problems)))


def there(path: Path) -> Report:
    """The report in a file that has to be there.

    Raises:
        BadReport: there is no such file, or it is no report.
    """
    from netra_validate.reading import Problem

    try:
        return read(path)
    except FileNotFoundError:
        missing = Problem(str(path), (), "there is no such file, expected a JSON report")
        raise BadReport([missing]) from None


def read(path: Path) -> Report:
    """The report in a file, or in what comes from standard input.

    Raises:
        FileNotFoundError: there is no such file.
        BadReport: it is no report.
    """
    from netra_validate import recorded

    try:
        if path != STDIN:
            return recorded.read(path)
        if sys.stdin is None:  # closed by whoever started us
            raise UsageProblem("standard input is closed, expected a JSON report")
        return recorded.read_from(sys.stdin.buffer, "standard input")
    except recorded.UnreadableReport as error:
        raise BadReport(error.problems) from None
