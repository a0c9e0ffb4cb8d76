"""The check ``vpc-connector``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.vpc_connector.connector_rules import ConnectorRules
from checks.vpc_connector.options import Expectations
from checks.vpc_connector.user_rules import UserRules
from netra_validate import Check, Connector, Context, Finding, Plane, Rule, Severity, Sign
from netra_validate.by_hand import ByHand

__all__ = ["VpcConnector"]


class VpcConnector(ConnectorRules, UserRules, Check[Connector]):
    """VPC connectors are ready, sized, and carried by the services that name them.

    A Cloud Run service reaches private addresses, such as those of Cloud SQL and Redis, through a
    connector or through direct VPC egress. When that path is broken, the service starts, waits for
    its database until a timeout, and looks like a problem of the database or of the application.
    The settings that count are those of the revisions that serve, not those of the service's
    template: after a failed deploy the two differ.
    """

    id = "vpc-connector"
    plane = Plane.CONTROL
    permissions = (
        "vpcaccess.connectors.get",
        "run.services.get",
        "run.revisions.get",
        "cloudsql.instances.get",
    )

    not_found = Rule(
        Severity.ERROR,
        "The connector does not exist",
        help="""
        There is no connector of the configured name in the configured project and region. Services
        that carry it cannot deploy, and those that run have no way into the network. Either the
        configuration names it wrongly, or it was deleted.
        To mend: correct its name, project or region in the configuration, or create it.
        """,
        shows=(),
        explains=(Sign.NO_NETWORK_PATH,),
    )

    class Options(Expectations, frozen=True, kw_only=True):
        """What is expected of a connector."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.vpc_connector.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Connector, ctx: Context) -> str | None:
        """Skipped where nothing says in which project or region the connector is."""
        if ctx.environment.project_of(resource) is None:
            return f"connector {resource.key} has no project: set project on the environment"
        if ctx.environment.region_of(resource) is None:
            return f"connector {resource.key} has no region: set region on the environment"
        return None

    async def run(self, resource: Connector, ctx: Context) -> AsyncIterator[Finding]:
        """Ask everything at once; judge the connector first, then who carries it."""
        from checks.vpc_connector.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
