"""``netra-validate list``."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from netra_validate.cli import options
from netra_validate.cli.failures import say
from netra_validate.cli.output import write_stdout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from netra_validate.check import Check
    from netra_validate.registry import Broken, Registry
    from netra_validate.topology import Topology


@dataclass(frozen=True, slots=True)
class Row:
    """One check, as scripts read it: the keys of ``--output json`` are the fields."""

    id: str
    title: str
    plane: str | None
    """None where the check could not be loaded, and nothing else is known of it."""
    examines: tuple[str, ...]
    """Kinds of resources."""
    resources: tuple[str, ...]
    """Names of what it would examine here."""
    depends_on: tuple[str, ...]
    permissions: tuple[str, ...]
    rules: tuple[dict[str, str], ...]
    """``id``, ``severity`` and ``summary`` of each."""
    not_loaded: str | None = None
    """Why it could not be loaded."""


def list_checks(
    *,
    env: options.Env = None,
    config: options.ConfigFile = None,
    root: options.Root = None,
    output: options.ListFormat = "text",
) -> int:
    """List the checks: where they look, what they examine, and how many of that are here."""
    from netra_validate import registry

    file, folder = options.locate(config, root)
    known = registry.load()
    configuration = options.load(file, env, known)
    environment = options.environment_of(configuration, env)
    rows = list(_rows(known, configuration.topology(environment, folder)))
    if output == "json":
        write_stdout(_document(rows, environment, file))
    else:
        where = f"{environment} of {file}" if environment else "no environment configured"
        say(where)
        write_stdout(_table(("CHECK", "PLANE", "EXAMINES", "HERE", "TITLE"), map(_cells, rows)))
    return 0


def _rows(known: Registry, topology: Topology) -> Iterator[Row]:
    """Sorted by id."""
    found = [_row(check, topology) for check in known.checks.values()]
    found += [_row_of_broken(one) for one in known.broken]
    yield from sorted(found, key=lambda row: row.id)


def _row(check: type[Check[Any]], topology: Topology) -> Row:
    rules = sorted(check.rules.values(), key=lambda rule: rule.id)
    return Row(
        id=check.id,
        title=check.title(),
        plane=check.plane.value,
        examines=tuple(kind.kind for kind in check.kinds()),
        resources=tuple(each.key for kind in check.kinds() for each in topology.of(kind)),
        depends_on=tuple(sorted(check.depends_on)),
        permissions=check.permissions,
        rules=tuple(
            {"id": rule.id, "severity": rule.severity.value, "summary": rule.summary}
            for rule in rules
        ),
    )


def _row_of_broken(one: Broken) -> Row:
    from netra_validate import scrub

    reason = scrub.text(one.reason)
    return Row(one.id, one.distribution, None, (), (), (), (), (), not_loaded=reason)


def _document(rows: Sequence[Row], environment: str | None, file: Path | None) -> str:
    import json

    document = {
        "schema_version": 1,
        "environment": environment,
        "configuration": None if file is None else str(file),
        "checks": [asdict(row) for row in rows],
    }
    return json.dumps(document, indent=2) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    if row.not_loaded is not None:
        return (row.id, "?", "?", "no", f"not loaded: {row.not_loaded}")
    here = str(len(row.resources) or "-")
    return (row.id, row.plane or "?", ", ".join(row.examines), here, row.title)


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """Columns, as wide as their widest cell; the last is wrapped within its own."""
    from textwrap import wrap

    from netra_validate import scrub
    from netra_validate.terminal import Display

    lines = [tuple(scrub.text(cell) for cell in row) for row in (header, *rows)]
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
