"""``netra-validate explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from netra_validate.cli import completion


def explain(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[CHECK[.RULE]]",
            help="What to explain.",
            autocompletion=completion.checks_and_rules,
        ),
    ] = None,
) -> int:
    """Say why a check or a rule matters, what it can be told, what it needs, and how to mend."""
    import sys  # noqa: PLC0415 - all of these keep --help quick

    from netra_validate import explanation, registry  # noqa: PLC0415
    from netra_validate.cli.output import write_stdout  # noqa: PLC0415
    from netra_validate.terminal import Display  # noqa: PLC0415

    display = Display.for_stream(sys.stdout)
    write_stdout(explanation.explain(registry.load(), name, display))
    return 0
