"""The command line: names and help texts. What the commands do is elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from netra_validate.cli import (
    comparing,
    configuration,
    explaining,
    fixing,
    initialize,
    listing,
    optional_value,
    running,
    sandboxing,
)
from netra_validate.cli.failures import guarded

app = typer.Typer(
    name="netra-validate",
    help=(
        "Tells whether an environment on Google Cloud Run is fit to deploy to or to use, "
        "and what to mend first."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Boxes in colour would double the time that help takes, and say no more.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"netra-validate {version('netra-validate')}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and leave.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    del version


# The short help fits into the list of commands on a terminal of 80 columns.
app.command("run", short_help="Run the checks and report what is wrong.")(guarded(running.run))
app.command("fix", short_help="Mend what an edit can mend: shown, or written.")(guarded(fixing.fix))
app.command("diff", short_help="Tell what changed between two JSON reports.")(
    guarded(comparing.diff)
)
app.command("list", short_help="List the checks, and what there is for them here.")(
    guarded(listing.list_checks)
)
app.command("explain", short_help="Say why a check or a rule matters, and how to mend.")(
    guarded(explaining.explain)
)
app.command(
    "init",
    short_help="Write a configuration from what there is to find.",
    cls=optional_value.command_class("--template", initialize.EXAMPLE),
)(guarded(initialize.init))
app.add_typer(configuration.app, name="config")
app.command("demo", short_help="Validate a staging environment on this machine.")(
    guarded(sandboxing.demo)
)
app.command("sandbox", short_help="Serve that environment until Ctrl-C.")(
    guarded(sandboxing.sandbox)
)
