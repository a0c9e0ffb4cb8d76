"""The forms in which ``diff`` tells of two reports. Each is a pure function of a Diff.

As with reports there is one module per format, with a function ``render(diff, display) -> str``,
which is imported when its format is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Final

from netra_validate.comparison import Diff
from netra_validate.terminal import Display

__all__ = ["FORMATS", "Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a comparison down."""

    name: str
    """What ``--output`` calls it."""
    module: str
    """Where its ``render`` is."""
    terminal: bool = False
    """Whether it is laid out for a terminal, and so depends on the display."""

    def render(self, diff: Diff, display: Display | None = None) -> str:
        """The whole document, with a line end after its last line.

        Args:
            diff: what to write down.
            display: for a format that is laid out for a terminal; the others ignore it.
        """
        document: str = import_module(self.module).render(diff, display or Display())
        return document


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        made.name: made
        for made in (
            Format("text", f"{__name__}.text", terminal=True),
            Format("markdown", f"{__name__}.markdown"),
            Format("json", f"{__name__}.json"),
        )
    }
)
"""Every format by its name."""
