"""Options that several commands share, and how their words become values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from netra_validate import durations
from netra_validate.cli import completion
from netra_validate.cli.failures import UsageProblem
from netra_validate.model import Plane, Severity
from netra_validate.reports import FORMATS

if TYPE_CHECKING:
    from netra_validate.config import Configuration, RunTable
    from netra_validate.plan import Limits
    from netra_validate.registry import Registry

PhaseName = Literal["pre-deploy", "post-deploy"]
ColorName = Literal["auto", "always", "never"]

Env = Annotated[
    str | None,
    typer.Option(
        "--env",
        "-e",
        metavar="NAME",
        help="Environment (default: the configuration's).",
        autocompletion=completion.environments,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration (default: found upward)."),
]
Root = Annotated[
    Path | None,
    typer.Option("--root", metavar="DIR", help="Repository (default: the configuration's folder)."),
]
Checks = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CHECK]...", help="Checks to run (default: all).", autocompletion=completion.checks
    ),
]
Skip = Annotated[
    list[str] | None,
    typer.Option(
        "--skip",
        metavar="CHECK",
        help="Leave a check out. Repeatable.",
        autocompletion=completion.checks,
    ),
]
Planes = Annotated[list[Plane] | None, typer.Option("--plane", help="Only this plane. Repeatable.")]
Phase = Annotated[
    PhaseName | None,
    typer.Option("--phase", help="pre-deploy: source and control planes; post-deploy: all."),
]
Candidates = Annotated[
    list[str] | None,
    typer.Option(
        "--candidate",
        metavar="SERVICE=TAG",
        help="Judge the revision with this traffic tag, not what serves. Repeatable.",
    ),
]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help=(
            f"{', '.join(FORMATS)}; repeatable (default: text; in GitHub Actions annotations and"
            " the summary of the step, too)."
        ),
        autocompletion=completion.formats,
    ),
]
ListFormat = Annotated[
    Literal["text", "json"], typer.Option("--output", "-o", help="For people, or for programs.")
]
FailOn = Annotated[
    Severity | None,
    typer.Option("--fail-on", help="Least severity that exits 1 (default: error)."),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline", metavar="FILE", help="JSON report of before: tell what is different."
    ),
]
FailOnNew = Annotated[
    bool, typer.Option("--fail-on-new", help="Exit 1 only for what --baseline does not have.")
]
Timeout = Annotated[
    str | None, typer.Option("--timeout", metavar="DUR", help="For one probe (default: 30s).")
]
Deadline = Annotated[
    str | None, typer.Option("--deadline", metavar="DUR", help="For the run (default: 2m).")
]
Wait = Annotated[
    str | None,
    typer.Option(
        "--wait",
        metavar="DUR",
        help="Run again what has not passed, until all has or DUR is over.",
    ),
]
Retries = Annotated[
    int | None,
    typer.Option(
        "--retries", metavar="N", min=0, max=10, help="Of one request, if transient (default: 2)."
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        "--concurrency", metavar="N", min=1, max=1000, help="Probes at once (default: 32)."
    ),
]
Color = Annotated[ColorName, typer.Option("--color", help="Colour of the text report.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Verdict, causes, and what is unverified, only.")
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug", help="Show tracebacks of crashed checks, and what the run itself took."
    ),
]
Scenarios = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario",
        metavar="NAME",
        help="What to break; repeatable (default: healthy).",
        autocompletion=completion.scenarios,
    ),
]

HealAfter = Annotated[
    str | None,
    typer.Option("--heal-after", metavar="DUR", help="Mend all that is broken after so long."),
]


def locate(config: Path | None, root: Path | None) -> tuple[Path | None, Path]:
    """The configuration file, or None, and the repository.

    Raises:
        UsageProblem: ``root`` is no folder.
    """
    from netra_validate import config as configuration

    if root is not None and not root.is_dir():
        raise UsageProblem(f"--root: found {str(root)!r}, which is no folder")
    start = (root or Path.cwd()).resolve()
    file = config or configuration.find(start)
    if root is None:
        root = file.resolve().parent if file is not None else _top_of_repository(start)
    return file, root.resolve()


def _top_of_repository(start: Path) -> Path:
    """The nearest folder with a ``.git``, or ``start``."""
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)


def load(
    file: Path | None, environment: str | None, registry: Registry, *, every: bool = False
) -> Configuration:
    """The configuration, with the options of checks held against the checks."""
    from netra_validate import config, option_tables

    if file is None:
        return config.Configuration()
    return config.load(
        file,
        environment=environment,
        every=every,
        also=lambda found, problems: option_tables.note_bad_options(registry, found, problems),
    )


def environment_of(configuration: Configuration, wanted: str | None) -> str | None:
    """The environment that is meant."""
    import os

    from netra_validate import plan

    return plan.choose_environment(configuration, wanted, os.environ)


def chooser_of(configuration: Configuration, wanted: str | None) -> str | None:
    """What said which environment is meant."""
    import os

    from netra_validate import plan

    return plan.chooser(configuration, wanted, os.environ)


def limits_of(
    table: RunTable,
    *,
    timeout: str | None,
    deadline: str | None,
    retries: int | None,
    concurrency: int | None,
) -> Limits:
    """The limits of a run: the command line's, then the configuration's, then ours.

    Raises:
        UsageProblem: a duration that is none.
    """
    from netra_validate.plan import Limits

    usual = Limits()
    return Limits(
        concurrency=concurrency or table.concurrency or usual.concurrency,
        per_host=table.per_host or usual.per_host,
        timeout_s=_seconds("--timeout", timeout or table.timeout) or usual.timeout_s,
        deadline_s=_seconds("--deadline", deadline or table.deadline) or usual.deadline_s,
        retries=next(
            value for value in (retries, table.retries, usual.retries) if value is not None
        ),
    )


def wait_of(table: RunTable, wait: str | None) -> float:
    """How long to run again what has not passed, in seconds: not at all where nobody says so.

    Raises:
        UsageProblem: a duration that is none.
    """
    return _seconds("--wait", wait or table.wait) or 0.0


def healing_of(heal_after: str | None) -> float | None:
    """After how many seconds a sandbox heals, if ever.

    Raises:
        UsageProblem: a duration that is none.
    """
    return _seconds("--heal-after", heal_after)


def _seconds(option: str, text: str | float | None) -> float | None:
    try:
        return None if text is None else durations.seconds(str(text))
    except ValueError as error:
        raise UsageProblem(f"{option}: {error}") from None
