"""What a report says of an environment in which nothing is wrong, and should not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from staged import Environment, Stage

from netra_validate.model import Outcome, Severity


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is said."""

    kind: str
    """The rule, or the check that could not be verified."""
    text: str


def alarms(report: Any, noted: frozenset[str] = frozenset()) -> Iterator[Alarm]:
    """Every finding but the notes that are ``noted``, and what could not be verified."""
    for probe in report.probes:
        for found in probe.findings:
            if found.severity is Severity.NOTE and found.rule in noted:
                continue
            yield Alarm(found.rule, f"{probe.id}: {found.message}")
        if probe.outcome is Outcome.ERROR:
            yield Alarm(f"{probe.check} not verified", f"{probe.id}: {probe.reason}")


class Judging:
    """A stage and the loop that it runs in; it must be closed."""

    def __init__(self, folder: Path) -> None:
        self._runner = asyncio.Runner()
        self._folder = folder

    def __enter__(self) -> Self:
        self._stage = self._runner.run(Stage(self._folder).open())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._runner.run(self._stage.close())
        self._runner.close()

    def report(self, environment: Environment) -> Any:
        """What a run over all checks says of it."""
        return self._runner.run(self._stage.judge(environment))
