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
        from importlib.metadata import version  # noqa: PLC0415 - costs 30 ms

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


app.command("run")(guarded(running.run))
app.command("diff")(guarded(comparing.diff))
app.command("list")(guarded(listing.list_checks))
app.command("explain")(guarded(explaining.explain))
app.command("init")(guarded(initialize.init))
app.add_typer(configuration.app, name="config")
app.command("demo")(guarded(sandboxing.demo))
app.command("sandbox")(guarded(sandboxing.sandbox))
app.command("fix")(guarded(fixing.fix))
