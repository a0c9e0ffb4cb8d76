"""The last lines of a long report: a terminal shows its end first."""

from __future__ import annotations

from typing import Final

from netra_validate.causes import Causes
from netra_validate.model import ProbeResult, Report, Status
from netra_validate.reports.text.findings import headline
from netra_validate.reports.text.page import Page
from netra_validate.reports.text.verdict import write_verdict
from netra_validate.verdicts import verdict
from netra_validate.wording import number

_SCREEN: Final = 20
"""Lines that any terminal shows at once, beside the prompt: the usual one has 24."""

_MOST_CAUSES: Final = 3


def write(page: Page, report: Report, causes: Causes) -> None:
    """The verdict again and what is behind it, where both have left the screen."""
    if verdict(report) is Status.PASSED or page.length <= _SCREEN:
        return
    page.blank()
    write_verdict(page, report, causes)
    for root in causes.roots[:_MOST_CAUSES]:
        _write_cause(page, root)
    more = len(causes.roots) - _MOST_CAUSES
    if more > 0:
        page.wrapped((f"and {number(more)} more", "dim"), indent=2)


def _write_cause(page: Page, root: ProbeResult) -> None:
    """One line: the mark, the resource, and as much of the sentence as fits."""
    mark, message = headline(root)
    start = f"{root.resource}: "
    room = page.measure - page.width_of(start) - 2
    page.wrapped(mark, " ", (str(root.resource), "bold"), f": {page.fitting([message], room)}")
