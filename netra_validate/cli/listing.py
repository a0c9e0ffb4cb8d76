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
    """List the checks: where they look, what they examine, and how many of that are here."""
    from netra_validate import registry  # noqa: PLC0415 - keeps --help quick

    file, folder = options.locate(config, root)
    known = registry.load()
    configuration = options.load(file, env, known)
    environment = options.environment_of(configuration, env)
    topology = configuration.topology(environment, folder)
    rows = [
        (check.id, check.plane.value, check.examines.kind, _number(check, topology), check.title())
        for check in known.checks.values()
    ]
    rows += [(one.id, "?", "?", "no", f"not loaded: {one.reason}") for one in known.broken]
    where = f"{environment} of {file}" if environment else "no environment configured"
    write_stdout(_table(("CHECK", "PLANE", "EXAMINES", "HERE", where), sorted(rows)))
    return 0


def _number(check: type[Check[Any]], topology: Topology) -> str:
    """How many resources it would examine."""
    number = len(topology.of(check.examines))
    return str(number) if number else "-"


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Columns, as wide as their widest cell; the last is wrapped within its own."""
    from textwrap import wrap  # noqa: PLC0415 - keeps --help quick

    from netra_validate import scrub  # noqa: PLC0415
    from netra_validate.terminal import Display  # noqa: PLC0415

    lines = [header, *(tuple(scrub.text(cell) for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in list(zip(*lines, strict=True))[:-1]]
    indent = sum(widths) + 2 * len(widths)
    room = max(24, Display.for_stream(sys.stdout).width - indent)
    document = []
    for *cells, last in lines:
        start = "".join(f"{cell:{width}}  " for cell, width in zip(cells, widths, strict=True))
        first, *others = wrap(last, room) or [""]
        document.append(f"{start}{first}\n")
        document.extend(f"{'':{indent}}{line}\n" for line in others)
    return "".join(document)
