"""The check ``cloud-sql``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.cloud_sql.access_rules import AccessRules
from checks.cloud_sql.capacity_rules import CapacityRules
from checks.cloud_sql.options import Expectations
from checks.cloud_sql.path_rules import PathRules
from checks.cloud_sql.state_rules import StateRules
from checks.cloud_sql.upkeep_rules import UpkeepRules
from netra_validate import Check, Context, Database, Finding, Plane, Rule, Severity, Sign
from netra_validate.by_hand import ByHand

__all__ = ["CloudSql"]


class CloudSql(StateRules, PathRules, AccessRules, CapacityRules, UpkeepRules, Check[Database]):
    """Cloud SQL instances run, have room, and can be reached by the services that need them.

    A database that is stopped, out of reach or out of connections takes every service down that
    waits for it at start-up, and shows there as a timeout and a 503. This looks at the instance
    through the Cloud SQL Admin API and at the services through the revisions that serve.
    """

    id = "cloud-sql"
    plane = Plane.CONTROL
    depends_on = frozenset({"vpc-connector"})
    permissions = (
        "cloudsql.instances.get",
        "cloudsql.instances.list",
        "run.services.get",
        "run.revisions.get",
        "vpcaccess.connectors.get",
    )

    not_found = Rule(
        Severity.ERROR,
        "The instance does not exist",
        help="""
        There is no Cloud SQL instance of the configured name in the configured project. Either the
        configuration names it wrongly, or it was deleted; the name of a deleted instance cannot be
        used again for a week.
        To mend: correct the name or the project in the configuration, or create the instance under
        a new name.
        """,
        shows=(),
        explains=(Sign.NO_DATABASE,),
    )

    class Options(Expectations, frozen=True, kw_only=True):
        """What is expected of an instance."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.cloud_sql.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Database, ctx: Context) -> str | None:
        """Skipped where nothing says in which project the instance is."""
        if ctx.environment.project_of(resource) is None:
            return f"database {resource.key} has no project: set project on the environment"
        return None

    async def run(self, resource: Database, ctx: Context) -> AsyncIterator[Finding]:
        """Ask everything at once; judge the instance alone, then its users, then its history."""
        from checks.cloud_sql.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
