"""``netra-validate diff``, and the baseline that ``run`` holds its report against."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netra_validate.cli import options, output, reading_reports
from netra_validate.cli.failures import UsageProblem, say
from netra_validate.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netra_validate.comparison import Diff
    from netra_validate.model import Report


def _formats(incomplete: str) -> list[str]:
    """What the shell offers after a Tab. Written down here, since the table costs imports."""
    return [name for name in ("text", "markdown", "json") if name.startswith(incomplete)]


Old = Annotated[
    Path, typer.Argument(metavar="OLD", help="JSON report of before; - reads standard input.")
]
New = Annotated[
    Path, typer.Argument(metavar="NEW", help="JSON report of after; - reads standard input.")
]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help="text, markdown or json; repeatable (default: text).",
        autocompletion=_formats,
    ),
]
FailOn = Annotated[
    Severity | None,
    typer.Option("--fail-on", help="Least severity that counts (default: NEW's own)."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Verdict and new problems only.")]


def diff(
    old: Old,
    new: New,
    *,
    outputs: Outputs = None,
    fail_on: FailOn = None,
    color: options.Color = "auto",
    quiet: Quiet = False,
) -> int:
    """Tell what is newly failing, still failing and mended between two JSON reports.

    Exits 1 only where something is newly failing; 3 where something could not be verified that
    could before, or NEW verified nothing.
    """
    from netra_validate import comparison
    from netra_validate.comparisons import FORMATS
    from netra_validate.terminal import Display

    documents = output.parse(outputs or (), FORMATS)
    if old == new == reading_reports.STDIN:
        raise UsageProblem("OLD and NEW are both -, expected a file for one of them")
    before, after = reading_reports.there(old), reading_reports.there(new)
    made = comparison.diff(before, after, fail_on or after.fail_on)
    _tell_notes(made, documents, quiet=quiet)
    display = Display.for_stream(sys.stdout, color=color, quiet=quiet)
    return output.write(made, documents, display)


def baseline(path: Path | None, *, fail_on_new: bool) -> Report | None:
    """The report that a run is held against, read before anything runs. None where there is none.

    A file that is not there yet is none: the first of the scheduled runs has nothing before it.

    Raises:
        UsageProblem: ``--fail-on-new`` without a file, or a file that is no report.
    """
    if path is None:
        if fail_on_new:
            raise UsageProblem("--fail-on-new: needs --baseline FILE to know what is new")
        return None
    try:
        return reading_reports.read(path)
    except FileNotFoundError:
        return None


def refuse_another_environment(
    old: Report | None, path: Path | None, environment: str | None, *, fail_on_new: bool
) -> None:
    """What failed elsewhere does not excuse what fails here, though it is called the same.

    Raises:
        UsageProblem: only what is new is to fail, and the baseline is of another environment.
    """
    if fail_on_new and old is not None and old.environment != environment:
        raise UsageProblem(
            f"--fail-on-new: {path} is of {_environment(old.environment)}, expected a report of "
            f"{_environment(environment)}"
        )


def _environment(name: str | None) -> str:
    return "no environment" if name is None else f"the environment {name!r}"


def held_against(
    report: Report, old: Report | None, path: Path | None, *, fail_on_new: bool
) -> Report:
    """The report with what is different from the baseline, and judged by it where that is wanted.

    Without a baseline everything that fails is new, and so the verdict stays what it is.
    """
    from netra_validate import comparison

    if path is None:
        return report
    if old is None:
        first = f"There is no baseline {str(path)!r} yet: everything that fails counts as new."
        return replace(report, notes=(*report.notes, first))
    return comparison.hold(report, old, only_news=fail_on_new)


def _tell_notes(made: Diff, documents: Sequence[output.Output[Diff]], *, quiet: bool) -> None:
    """Notes stand in the text; where stdout carries another document they go to stderr."""
    on_screen = any(each.file is None and each.format.terminal for each in documents)
    if not on_screen and not quiet:
        for note in made.notes:
            say(note)
