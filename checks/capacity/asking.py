"""Asks for the metrics of a resource, and keeps what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from checks.capacity.options import Limits
from netra_validate import ClientError, Context, NotFound, NothingToExamine, ProtocolError
from netra_validate.clients.google.time_series import Measured, Metric, Series

if TYPE_CHECKING:
    from netra_validate.clients.google import Answer


@dataclass(slots=True)
class Asking:
    """The questions of one probe.

    Args:
        resource: what is asked about.
        ctx: of the probe.
        options: of the check.
    """

    resource: Measured
    ctx: Context
    options: Limits
    asked: dict[str, Answer[tuple[Series, ...]]] = field(default_factory=dict)
    unanswered: list[ClientError] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """The metrics that could not be read."""
    any_value: bool = False

    def about(self, name: str, metric: Metric, minutes: int | None = None) -> None:
        """Ask for a metric: of the window, where nothing else is said."""
        minutes = minutes or self.options.window_min
        self.asked[name] = self.ctx.google.measured(self.resource, metric, minutes)

    async def answers(self) -> Mapping[str, tuple[Series, ...]]:
        """What was answered; what was not is missing from it, and remembered."""
        found = {}
        for name, answer in self.asked.items():
            try:
                found[name] = await answer
            except ClientError as error:
                self.unanswered.append(error)
                self.unread.add(name)
        self.any_value = any(each.points for series in found.values() for each in series)
        return found

    def read(self, seen: Mapping[str, object], of: Mapping[str, str]) -> dict[str, object]:
        """Observations without those whose metric could not be read: they are not "no data".

        Args:
            seen: the observations.
            of: the metric of each, by its name here; of those left out it is none alone.
        """
        return {name: value for name, value in seen.items() if of.get(name, "") not in self.unread}

    @property
    def since(self) -> datetime:
        """When the window begins."""
        return datetime.now(UTC) - timedelta(minutes=self.options.window_min)

    def finish(self, name: str, why_not: str | None) -> None:
        """End a probe after everything that could be judged was.

        Args:
            name: of the resource.
            why_not: it may have no values; None where it must have some.

        Raises:
            ClientError: something could not be read, or there was nothing to read.
            NothingToExamine: there were no values, and none were to be expected.
        """
        if self.unanswered:
            raise self.unanswered[0]
        if self.any_value:
            return
        window = f"the last {self.options.window_min} min"
        if why_not is not None:
            raise NothingToExamine(f"nothing was measured of {name} in {window}: {why_not}")
        raise ProtocolError(
            f"monitoring.googleapis.com has no value of {name} in {window}",
            hint="see in Metrics Explorer whether it is measured, or set a longer window_min",
        )


def gone(name: str, error: NotFound) -> NothingToExamine:
    """What does not exist has no load; the check of its own says that it is missing."""
    return NothingToExamine(f"{name} does not exist: {error.message}")
