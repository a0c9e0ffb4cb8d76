"""What is different from an earlier report: within the report, and for a page of its own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from netra_validate.differences import TITLES, Alike, alike, counts
from netra_validate.grouping import place, places
from netra_validate.model import Change, Comparison, Outcome, Report
from netra_validate.reports.text.marks import OUTCOMES, SEVERITIES
from netra_validate.reports.text.page import Page
from netra_validate.wording import minute

_BODY: Final = 4
"""Columns that what belongs to a headline is indented by."""

_NEWS: Final = frozenset(TITLES) - {Change.STILL_FAILING}
"""What a report does not say elsewhere: what fails is in it already."""


def write_line(page: Page, report: Report) -> None:
    """Right under the verdict how much is different from an earlier report, where there is one."""
    comparison = report.comparison
    if comparison is None:
        return
    since = f"Since {minute(comparison.started_at)}"
    if comparison.environment != report.environment:
        since += f", {comparison.environment or 'no environment'}"
    page.wrapped(f"{since}: {', '.join(counts(comparison)) or 'nothing fails, as before'}")


def write(page: Page, report: Report) -> None:
    """The sections of a report that say what is different."""
    if report.comparison is not None:
        write_groups(page, report.comparison, _NEWS)


def write_groups(page: Page, comparison: Comparison, changes: Collection[Change]) -> None:
    """The differences of some kinds, what people want to know first first."""
    for change, title in TITLES.items():
        differences = comparison.of(change) if change in changes else ()
        if not differences:
            continue
        page.blank()
        page.wrapped((title, "bold"))
        shown, left_out = alike(differences)
        for each in shown:
            _write(page, change, each)
        for line in left_out:
            page.wrapped((line, "dim"), hang=2)


def _write(page: Page, change: Change, each: Alike) -> None:
    page.wrapped(_mark(change, each), " ", (each.probe, "bold"), f": {each.message}", hang=2)
    group = each.group
    here = [place(where) for where in group.locations] if len(group.findings) == 1 else []
    rule = [] if each.rule is None or page.at_right(each.rule) else [each.rule]
    page.listed([*here, *rule], indent=_BODY)
    if len(group.findings) > 1:
        for line in places(group):
            page.wrapped((line, "dim"), indent=_BODY, hang=2)


def _mark(change: Change, each: Alike) -> tuple[str, str]:
    if change is Change.MENDED:
        return OUTCOMES[Outcome.PASS]
    if each.severity is None or change is Change.NO_LONGER_SEEN:
        return OUTCOMES[Outcome.ERROR]
    return SEVERITIES[each.severity]
