"""A comparison for people: the verdict, then the differences, newest problems first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netra_validate.comparison import Diff, Verdict
from netra_validate.differences import TITLES, WORDS, headline
from netra_validate.model import Change, Severity
from netra_validate.reports.text import changes
from netra_validate.reports.text.page import Page
from netra_validate.terminal import Display
from netra_validate.wording import minute

_STYLES: Final = {
    Verdict.WORSE: "bold red",
    Verdict.UNVERIFIED: "bold yellow",
    Verdict.BETTER: "bold green",
    Verdict.SAME: "bold green",
}

_URGENT: Final = frozenset({Change.NEWLY_FAILING, Change.NEWLY_UNVERIFIED})
"""What is left to say where only the verdict and its causes are wanted."""


def render(diff: Diff, display: Display) -> str:
    """The whole comparison, laid out for ``display``."""
    page = Page(display)
    page.wrapped((WORDS[diff.verdict], _STYLES[diff.verdict]), f": {headline(diff)}")
    page.wrapped((" · ".join(_what(diff)), "dim"))
    changes.write_groups(page, diff.comparison, _URGENT if display.quiet else frozenset(TITLES))
    if diff.notes:
        page.blank()
        for note in diff.notes:
            page.wrapped(("• ", "dim"), note, hang=2)
    return page.render()


def _what(diff: Diff) -> Iterator[str]:
    """Which two runs these are, and from which severity on a finding counts."""
    old, new = diff.comparison, diff.report
    yield new.environment or "no environment"
    yield minute(new.started_at)
    where = "" if old.environment == new.environment else f"{old.environment or 'no environment'}, "
    yield f"since {where}{minute(old.started_at)}"
    if diff.fail_on is not Severity.ERROR:
        yield f"failing from {diff.fail_on} on"
