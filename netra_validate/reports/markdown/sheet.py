"""The sheet that the Markdown report is written on: knows how much fits, and no report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from netra_validate.wording import number

_CUT: Final = (
    "\n<b>This report was cut: more does not fit here.</b> All of it is in what "
    "<code>-o json</code> writes.\n"
)


class Sheet:
    """Pieces of Markdown in the order in which they are added, each of them whole or not at all.

    After the first piece that does not fit nothing is added, and the end says so: what comes first
    is what matters most.

    Args:
        limit: bytes of UTF-8 that the whole may have.
    """

    def __init__(self, limit: int) -> None:
        self._left = limit - len(_CUT)
        self._pieces: list[str] = []
        self.full = False

    def paragraph(self, markdown: str) -> bool:
        """A block of its own. Whether it did fit."""
        return self._add(f"\n{markdown}\n" if self._pieces else f"{markdown}\n")

    def item(self, markdown: str, depth: int = 0) -> bool:
        """An item of a list."""
        return self._add(f"{'  ' * depth}- {markdown}\n")

    def items(self, lines: Iterable[str], most: int) -> None:
        """A list, with a line about what is over ``most``."""
        lines = tuple(lines)
        # Without an empty line before it, a list would go on with the HTML of a fold.
        if not self._add("\n"):
            return
        for line in lines[:most]:
            self.item(line)
        if len(lines) > most:
            self.item(f"… and {number(len(lines) - most)} more")

    def table(self, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """A table, as far as it fits."""
        titles = tuple(head)
        if self.paragraph(f"{_row(titles)}\n{_row(['---'] * len(titles))}"):
            for row in rows:
                if not self._add(f"{_row(row)}\n"):
                    break

    def folded(self, title: str) -> Fold:
        """A part that is folded until somebody opens it; to be used with ``with``."""
        return Fold(self, title)

    def render(self) -> str:
        """The document."""
        return "".join([*self._pieces, *([_CUT] if self.full else [])])

    def _add(self, piece: str) -> bool:
        size = len(piece.encode())
        if self.full or size > self._left:
            self.full = True
            return False
        self._left -= size
        self._pieces.append(piece)
        return True


class Fold:
    """What is between the two ends of a ``<details>``. The end is paid for when it is opened."""

    _END: Final = "\n</details>\n"

    def __init__(self, sheet: Sheet, title: str) -> None:
        self._sheet = sheet
        self._title = title
        self._open = False

    def __enter__(self) -> None:
        sheet = self._sheet
        start = f"\n<details><summary>{self._title}</summary>\n"
        if sheet._add(start + self._END):  # noqa: SLF001 - two halves of one thing
            sheet._pieces[-1] = start  # noqa: SLF001 - likewise
            self._open = True

    def __exit__(self, *_: object) -> None:
        if self._open:
            self._sheet._pieces.append(self._END)  # noqa: SLF001 - likewise


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
