"""The first two lines: what was looked at, and whether it is fit."""

from __future__ import annotations

from collections.abc import Iterator

from netra_validate.causes import Causes
from netra_validate.model import Report
from netra_validate.reports.text.marks import VERDICTS
from netra_validate.reports.text.page import Page
from netra_validate.verdicts import grounds, known, verdict, word
from netra_validate.wording import counted, duration, number

"""The exit code after Ctrl-C."""


def write(page: Page, report: Report, causes: Causes) -> None:
    """Header and verdict."""
    page.wrapped((" · ".join(_header(report)), "bold"))
    page.blank()
    write_verdict(page, report, causes)


def write_verdict(page: Page, report: Report, causes: Causes) -> None:
    """Whether it is fit, and the numbers that say why."""
    status = verdict(report)
    found = grounds(report, causes)
    said = f"{known(report)} ({found})" if known(report) else found
    page.wrapped((word(report), VERDICTS[status]), f": {said}")


def _header(report: Report) -> Iterator[str]:
    yield report.environment or "no environment"
    where = "/".join(part for part in (report.project, report.region) if part)
    if where:
        yield where
    took = duration(report.duration_s)
    ending = f", interrupted after {took}" if report.interrupted else f" in {took}"
    rounds = f" and {number(report.rounds)} rounds" if report.rounds > 1 else ""
    yield f"{counted(len(report.probes), 'probe')}{ending}{rounds}"
