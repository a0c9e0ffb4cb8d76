"""What is different from the baseline."""

from __future__ import annotations

from typing import Final

from netra_validate.grouping import place
from netra_validate.model import Change, Comparison, Difference
from netra_validate.reports.markdown.escaping import code, name, prose
from netra_validate.reports.markdown.sheet import Sheet
from netra_validate.wording import minute, number

_MOST: Final = 50
"""Lines for one change: whoever reads more of them reads the JSON report."""

_TITLES: Final = {
    Change.NEWLY_FAILING: "Newly failing",
    Change.STILL_FAILING: "Still failing",
    Change.MENDED: "Mended",
    Change.NEWLY_UNVERIFIED: "Newly unverified",
    Change.NO_LONGER_SEEN: "No longer seen: it failed, and this time nobody could look",
}

_FOLDED: Final = frozenset({Change.STILL_FAILING, Change.MENDED})
"""What is no news that anybody has to act on."""


def write(sheet: Sheet, comparison: Comparison) -> None:
    """Every change with what changed."""
    whose = f" of {name(comparison.environment)}" if comparison.environment else ""
    sheet.paragraph(f"### Since the report{whose} of {minute(comparison.started_at)}")
    if not comparison.differences:
        sheet.paragraph("Nothing has changed.")
    for change, title in _TITLES.items():
        found = comparison.of(change)
        if found:
            _write_change(sheet, f"{title} ({number(len(found))})", found, change in _FOLDED)


def _write_change(sheet: Sheet, title: str, found: tuple[Difference, ...], folded: bool) -> None:
    lines = list(map(_line, found))
    if folded:
        with sheet.folded(title):
            sheet.items(lines, _MOST)
    else:
        sheet.paragraph(f"<b>{title}</b>")
        sheet.items(lines, _MOST)


def _line(difference: Difference) -> str:
    where = f" at {code(place(difference.location))}" if difference.location else ""
    rule = f" ({code(difference.rule)})" if difference.rule else ""
    return f"{code(difference.probe)}: {prose(difference.message)}{where}{rule}"
