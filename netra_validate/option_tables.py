"""The options of checks as configured: in general, for an environment, for a resource."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from netra_validate.check import Check, CheckOptions
from netra_validate.config import Configuration
from netra_validate.model import ResourceRef
from netra_validate.reading import Problems, convert
from netra_validate.registry import Registry
from netra_validate.topology import Resource


def note_bad_options(registry: Registry, configuration: Configuration, problems: Problems) -> None:
    """Note options of checks that do not exist, and options that a check does not have.

    Every environment is looked at, not only the chosen one.
    """
    broken = {one.id for one in registry.broken}
    for table in configuration.option_tables():
        if table.check in broken:
            continue
        check = registry.checks.get(table.check)
        if check is None:
            problems.unknown(table.keys, registry.names, noun="check")
            continue
        kinds = [kind.kind for kind in check.kinds()]
        if table.resource is not None and table.resource.kind not in kinds:
            examined = f"the check {check.id!r} examines a {' or '.join(kinds)}"
            problems.add(table.keys, f"{examined}, not a {table.resource.kind}")
        convert(table.values, check.Options, table.keys, problems)


class OptionTables:
    """The options of checks that count for one environment, ready to be asked for each probe."""

    def __init__(self, configuration: Configuration, environment: str | None) -> None:
        self._name = configuration.name
        self._tables: defaultdict[tuple[str, ResourceRef | None], dict[str, Any]]
        self._tables = defaultdict(dict)
        for table in configuration.option_tables(environment or ""):
            self._tables[table.check, table.resource].update(table.values)

    def of(self, check: type[Check[Any]], resource: Resource) -> CheckOptions:
        """The options of a check for one resource: general, then environment, then resource."""
        merged = self._tables.get((check.id, None), {}) | self._tables.get(
            (check.id, resource.ref), {}
        )
        options: CheckOptions = convert(merged, check.Options, (), Problems(self._name))
        return options
