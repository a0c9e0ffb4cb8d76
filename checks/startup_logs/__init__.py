"""The check ``startup-logs``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.startup_logs.options import LogOptions
from checks.startup_logs.rules import LogRules
from netra_validate import Check, Context, Finding, Plane, Service
from netra_validate.by_hand import ByHand

__all__ = ["StartupLogs"]


class StartupLogs(LogRules, Check[Service]):
    """Revisions start, and their logs name nothing that keeps them from it.

    A container that fails to start shows as a timeout and a 503, and is blamed on the network for
    days, while its log names the module that is missing. This reads the logs of each revision that
    serves, and of the one that was created last, since it was created: how its instances ended,
    and the sentences that are known to tell why. Of more than two thousand entries the first and
    the latest thousand are read. What is over is over: a failed start after which one succeeded is
    a warning for a day, and no finding after that; what ends instances at their work, or comes with
    requests, is a warning once it is older than a day and one has started well since.
    """

    id = "startup-logs"
    plane = Plane.CONTROL
    depends_on = frozenset(
        {"capacity", "cloud-sql", "identity", "postgres", "runtime-config", "vpc-connector"}
    )
    permissions = (
        "run.services.get",
        "run.revisions.get",
        "run.revisions.list",
        "logging.logEntries.list",
    )

    class Options(LogOptions, frozen=True, kw_only=True):
        """What counts, and what else to look for."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.startup_logs.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """Skipped where nothing says which service it is, or where."""
        return ctx.environment.why_not_looked_up(resource)

    async def run(self, resource: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Read the logs of one revision after the other."""
        from checks.startup_logs.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
