"""``netra-validate explain``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from netra_validate.cli import completion, options, reading_reports
from netra_validate.cli.failures import UsageProblem, say

if TYPE_CHECKING:
    from netra_validate.explanation.naming import Known
    from netra_validate.model import Report
    from netra_validate.registry import Registry
    from netra_validate.terminal import Display

_FILE: Final = re.compile(r"[~./\\]|[A-Za-z]:[/\\]|.*\.(?:json|toml)$", re.IGNORECASE)
"""How paths begin, and how reports and configurations end. No name of ours does."""

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[CHECK[.RULE]|FINGERPRINT]",
        help="What to explain: a check, a rule, or a finding of --report.",
        autocompletion=completion.explainable,
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="JSON report that the finding is in; - reads standard input.",
    ),
]


def explain(
    name: Name = None,
    *,
    report: ReportFile = None,
    config: options.ConfigFile = None,
    color: options.Color = "auto",
) -> int:
    """Say why a check or a rule matters, what it can be told, what it needs, and how to mend.

    With --report: what a finding rests on, how to see it by hand, how to mend it, what it hides.
    It is named by six characters of its fingerprint or more, by its probe, such as health/backend,
    or with others by a rule or a check; without a name all findings are listed.
    """
    from netra_validate import explanation, registry
    from netra_validate.cli.output import write_stdout
    from netra_validate.terminal import Display

    display = Display.for_stream(sys.stdout, color=color)
    _refuse_no_name(name)
    known = registry.load()
    if report is not None:
        write_stdout(_of_report(known, reading_reports.there(report), name, config, display))
        return 0
    _refuse_without_report(known, name)
    write_stdout(explanation.explain(known, name, display))
    return 0


def _refuse_no_name(name: str | None) -> None:
    """An empty word, and what is the name of a file, are told apart from a name that is unknown."""
    if name == "":
        raise UsageProblem("the name is empty, expected a check, a rule or a fingerprint")
    if name is not None and _FILE.match(name):
        raise UsageProblem(
            f"{name!r} looks like a file, expected a check, a rule or a fingerprint; "
            "a JSON report is given with --report FILE"
        )


def _refuse_without_report(known: Registry, name: str | None) -> None:
    from netra_validate.explanation import choosing

    if name is not None and name not in known.names and choosing.is_of_a_report(name):
        raise UsageProblem(f"{name!r} is of a report: needs --report FILE, the JSON report of it")


def _of_report(
    known: Registry, report: Report, name: str | None, config: Path | None, display: Display
) -> str:
    from netra_validate.explanation import choosing, finding

    if name is None:
        return finding.listing(report, display)
    chosen = choosing.choose(report, name)
    return finding.explain(known, report, chosen, _configured(report, config), display)


def _configured(report: Report, config: Path | None) -> Known | None:
    """What the configuration says of the report's environment; None where it says nothing.

    One that was not asked for and cannot be used is told of, and stops nothing.
    """
    from netra_validate import config as configuration
    from netra_validate.explanation.naming import Known

    file, root = options.locate(config, None)
    if file is None or report.environment is None:
        return None
    try:
        read = configuration.load(file, environment=report.environment)
    except configuration.ConfigurationError as error:
        if config is not None:
            raise
        say(f"{file} is left out, for it cannot be used: {error.problems[0]}")
        return None
    if report.environment not in read.environments:
        say(f"{file} is left out, for it has no environment {report.environment!r}")
        return None
    environment = read.environment(report.environment)
    if None not in {environment.project, report.project} and environment.project != report.project:
        say(f"{file} is left out, for the report is of the project {report.project}")
        return None
    return Known(environment, read.topology(report.environment, root), read.secrets)
