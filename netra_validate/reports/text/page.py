"""The sheet that the text report is written on: knows widths, wrapping and colour, no report.

Every text goes through :meth:`Display.printable` on its way to the sheet. Styles are rich's, and
texts are rich ``Text``, never markup: ``[/etc/app]`` in a message is four words of a stranger.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from netra_validate.reports.text.wrapping import breaks
from netra_validate.terminal import NARROWEST, Display

MEASURE: Final = 120
"""Columns that are used at most: a longer line is hard to follow back to its start."""

_LEAST_ROOM: Final = 12
"""Columns that text keeps however deep it is indented."""

_ROOMY: Final = 40
"""Columns from which on there is room for every step of indentation."""

_GAP: Final = 2
"""Columns between a line's left part and its right part."""

Span = str | tuple[str, str]
"""A piece of text, or a piece and its style."""


class Page:
    """Lines, in the order in which they are added."""

    def __init__(self, display: Display) -> None:
        self.display = display
        self.measure = min(max(display.width, NARROWEST), MEASURE)
        self._lines: list[Text] = []

    @property
    def length(self) -> int:
        """Lines so far."""
        return len(self._lines)

    def blank(self) -> None:
        """An empty line, unless there is one already."""
        if self._lines and self._lines[-1].plain:
            self._lines.append(Text())

    def wrapped(self, *spans: Span, indent: int = 0, hang: int = 0) -> None:
        """A paragraph.

        Args:
            spans: its text.
            indent: columns before the first line.
            hang: further columns before the lines that follow.
        """
        first, further = self._columns(indent), self._columns(indent + hang)
        lines = self._wrap(self._text(spans), self._room(further))
        for count, line in enumerate(lines):
            self._add(line, further if count else first)

    def at_right(self, text: str) -> bool:
        """``text`` at the right end of the last line. Whether there was room for it."""
        shown = self.display.printable(text)
        last = self._lines[-1]
        space = self.measure - last.cell_len - cell_len(shown)
        if space < _GAP:
            return False
        last.append(" " * space).append(shown, "dim")
        return True

    def verbatim(self, text: str, *, indent: int = 0, style: str = "") -> None:
        """A line that is never broken, since it is to be copied."""
        self._add(Text(self.display.printable(text), style), self._columns(indent))

    def listed(self, parts: Iterable[str], *, indent: int = 0, whole: str = "") -> None:
        """As many of ``parts`` as fit on one line, the first of them at any rate.

        ``whole`` stands before them and is never cut: where it takes a line or more, they follow.
        """
        columns = self._columns(indent)
        room = self._room(columns)
        if cell_len(self.display.printable(whole)) > room:
            self.wrapped((whole, "dim"), indent=indent, hang=_GAP)
            whole = ""
        line = self.fitting(filter(None, (whole, *parts)), room)
        if line:
            self._add(Text(line, "dim"), columns)

    def row(
        self,
        mark: tuple[str, str],
        label: str,
        column: int,
        parts: Iterable[str],
        *,
        whole: str = "",
    ) -> None:
        """One row of a table: a mark, a label as wide as ``column``, and as many parts as fit.

        ``whole`` stands before them and is never cut: it goes on below itself.
        """
        name = self.display.printable(label)
        if cell_len(name) + _GAP > self.measure:
            self.wrapped(mark, " ", name, hang=_GAP)
            self.listed(parts, indent=2 * _GAP, whole=whole)
            return
        name += " " * (column - cell_len(name))
        start = self._text([mark, " ", name])
        room = self.measure - start.cell_len - _GAP
        if cell_len(self.display.printable(whole)) > max(room, 0):
            self._row_of_many(start, whole, room)
            return
        rest = self.fitting(filter(None, (whole, *parts)), room) if room >= _LEAST_ROOM else ""
        self._add(start.append(f"{' ' * _GAP}{rest}", "dim") if rest else start, 0)

    def _row_of_many(self, start: Text, whole: str, room: int) -> None:
        """A row whose text is longer than its line; below the label where that leaves no room."""
        if room < _LEAST_ROOM:
            self._add(start, 0)
            self.wrapped((whole, "dim"), indent=2 * _GAP)
            return
        indent = start.cell_len + _GAP
        first, *others = self._wrap(self._text([(whole, "dim")]), room)
        self._add(start.append(" " * _GAP).append_text(first), 0)
        for line in others:
            self._add(line, indent)

    def fitting(self, parts: Iterable[str], room: int) -> str:
        """Those of ``parts`` that there is room for; the first at any rate, cut if need be."""
        separator = self.display.printable(" · ")
        line = ""
        for part in map(self.display.printable, parts):
            longer = f"{line}{separator}{part}" if line else self._cut(part, room)
            line = longer if cell_len(longer) <= room else line
        return line

    def width_of(self, label: str) -> int:
        """Columns that ``label`` takes."""
        return cell_len(self.display.printable(label))

    def render(self) -> str:
        """The sheet as text, with colour where the display has it."""
        lines = self._lines
        for line in lines:
            line.rstrip()
        if not self.display.color:
            return "".join(f"{line.plain}\n" for line in lines)
        written = io.StringIO()
        _console(written).print(Text("\n").join(lines), soft_wrap=True)
        return written.getvalue()

    def _text(self, spans: Iterable[Span]) -> Text:
        pairs = ((span, "") if isinstance(span, str) else span for span in spans)
        return Text.assemble(*((self.display.printable(text), style) for text, style in pairs))

    def _columns(self, indent: int) -> int:
        """How far something is indented: less where there are few columns, and never not at all."""
        if self.measure >= _ROOMY:
            return indent
        return max(indent * self.measure // _ROOMY, min(indent, 1))

    def _room(self, columns: int) -> int:
        return max(self.measure - columns, _LEAST_ROOM)

    def _wrap(self, text: Text, room: int) -> Sequence[Text]:
        if text.cell_len <= room:
            return [text]
        return list(text.divide(breaks(text.plain, room)))

    def _add(self, line: Text, indent: int) -> None:
        line.rstrip()
        self._lines.append(Text(" " * indent).append_text(line))

    def _cut(self, text: str, room: int) -> str:
        if cell_len(text) <= room:
            return text
        mark = self.display.printable("…")
        return set_cell_size(text, max(room - len(mark), 0)).rstrip() + mark


def _console(file: io.StringIO) -> Console:
    """A console that asks nothing of its surroundings, so that the same report is the same text."""
    return Console(
        file=file,
        color_system="standard",
        force_terminal=True,
        force_jupyter=False,
        force_interactive=False,
        legacy_windows=False,
        no_color=False,
        width=MEASURE,
        height=1,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
