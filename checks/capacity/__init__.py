"""The check ``capacity``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.capacity.options import Limits
from checks.capacity.rules import CapacityRules
from netra_validate import Check, Connector, Context, Database, Finding, Plane, Service
from netra_validate.by_hand import ByHand

__all__ = ["Capacity"]


class Capacity(CapacityRules, Check[Service | Database | Connector]):
    """Services, databases and connectors have room: nothing is nearly used up.

    What runs out shows as something else: a full connector as a database that times out, a database
    without connections as a 503. This reads the last hour from Cloud Monitoring, and a day of what
    can only grow. A metric without values is observed as such: a service that nobody asked for an
    hour has none, and is skipped.
    """

    id = "capacity"
    plane = Plane.CONTROL
    permissions = (
        "monitoring.timeSeries.list",
        "run.services.get",
        "run.revisions.get",
        "cloudsql.instances.get",
        "vpcaccess.connectors.get",
    )

    class Options(Limits, frozen=True, kw_only=True):
        """How much may be used, and over how long a time that is looked at."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.capacity.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service | Database | Connector, ctx: Context) -> str | None:
        """Skipped where nothing says which one it is, or where."""
        if isinstance(resource, Service):
            return ctx.environment.why_not_looked_up(resource)
        if ctx.environment.project_of(resource) is None:
            return f"{resource.kind} {resource.key} has no project: set project on the environment"
        if not isinstance(resource, Database) and ctx.environment.region_of(resource) is None:
            return f"{resource.kind} {resource.key} has no region: set region on the environment"
        return None

    async def run(
        self, resource: Service | Database | Connector, ctx: Context
    ) -> AsyncIterator[Finding]:
        """Ask for everything at once; judge metric by metric."""
        from checks.capacity.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
