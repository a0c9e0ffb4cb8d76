"""The formats of a report. Each is a pure function of a :class:`~netra_validate.model.Report`.

One module per format. It has a function ``render(report, display) -> str``; the table below names
the module, which is imported when its format is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Final

from netra_validate.model import Report
from netra_validate.second_lock import locked
from netra_validate.terminal import Display

__all__ = ["FORMATS", "Display", "Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a report down."""

    name: str
    """What ``--output`` calls it."""
    summary: str
    """One line about what it is for."""
    suffix: str
    """What the names of its files end in, with the dot."""
    module: str
    """Where its ``render`` is."""
    terminal: bool = False
    """Whether it is laid out for a terminal, and so depends on the display."""

    def render(self, report: Report, display: Display | None = None) -> str:
        """The whole document, with a line end after its last line.

        Args:
            report: what to write down.
            display: for a format that is laid out for a terminal; the others ignore it.
        """
        made = import_module(self.module)
        document: str = made.render(locked(report), display or Display())
        return document


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        made.name: made
        for made in (
            Format("text", "for people", ".txt", f"{__name__}.text", terminal=True),
            Format("json", "everything, for programs", ".json", f"{__name__}.json"),
            Format("junit", "for what shows test results", ".xml", f"{__name__}.junit"),
            Format("sarif", "for GitHub code scanning", ".sarif", f"{__name__}.sarif"),
            Format("markdown", "for the summary of a job", ".md", f"{__name__}.markdown"),
            Format("github", "for the annotations of a job", ".txt", f"{__name__}.github"),
            Format("html", "a page to look at, send and print", ".html", f"{__name__}.html"),
            Format("openmetrics", "for Prometheus", ".prom", f"{__name__}.openmetrics"),
        )
    }
)
"""Every format by its name."""
