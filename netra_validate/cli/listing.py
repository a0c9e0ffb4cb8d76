"""``netra-validate list``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from netra_validate.cli import options
from netra_validate.cli.output import write_stdout

if TYPE_CHECKING:
    from netra_validate.check import Check
    from netra_validate.topology import Topology


def list_checks(
    *,
    env: options.Env = None,
    config: options.ConfigFile = None,
    root: options.Root = None,
) -> int:
    """List the checks: where they look, what they examine, whether they apply here."""
    from netra_validate import registry  # noqa: PLC0415 - keeps --help quick

    file, folder = options.locate(config, root)
    known = registry.load()
    configuration = options.load(file, env, known)
    environment = options.environment_of(configuration, env)
    topology = configuration.topology(environment, folder)
    rows = [
        (check.id, check.plane.value, check.examines.kind, _applies(check, topology), check.title())
        for check in known.checks.values()
    ]
    rows += [(one.id, "?", "?", "no", f"not loaded: {one.reason}") for one in known.broken]
    where = f"{environment} of {file}" if environment else "no environment configured"
    write_stdout(_table(("CHECK", "PLANE", "EXAMINES", "HERE", where), sorted(rows)))
    return 0


def _applies(check: type[Check[Any]], topology: Topology) -> str:
    """How many resources it would examine."""
    number = len(topology.of(check.examines))
    return str(number) if number else "–"  # noqa: RUF001 - as the report writes it


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Columns, as wide as their widest cell; the last is left as it is."""
    from netra_validate import scrub  # noqa: PLC0415
    from netra_validate.terminal import Display  # noqa: PLC0415

    lines = [header, *(tuple(scrub.text(cell) for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in list(zip(*lines, strict=True))[:-1]]
    document = "".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]
        )
        + "\n"
        for line in lines
    )
    return document if Display.for_stream(sys.stdout).unicode else document.replace("–", "-")  # noqa: RUF001
