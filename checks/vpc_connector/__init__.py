"""The check ``vpc-connector``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.vpc_connector import remedies
from checks.vpc_connector.connector_rules import ConnectorRules
from checks.vpc_connector.facts import ConnectorFacts, Need, of_message
from checks.vpc_connector.options import Expectations
from checks.vpc_connector.remedies import Place
from checks.vpc_connector.user_rules import UserRules
from netra_validate import (
    Check,
    ClientError,
    Connector,
    Context,
    Database,
    Finding,
    NotFound,
    Plane,
    Rule,
    Severity,
)
from netra_validate.clients.google.networks import of_instance
from netra_validate.clients.google.revisions import User, unlocated, user

if TYPE_CHECKING:
    from google.cloud import sqladmin_v1

    from netra_validate.clients.google import Answer

    _Asked = tuple[Database, Answer[sqladmin_v1.DatabaseInstance]]


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
        """,
    )

    class Options(Expectations, frozen=True, kw_only=True):
        """What is expected of a connector."""

    def skip_reason(self, resource: Connector, ctx: Context) -> str | None:
        """Skipped where nothing says in which project or region the connector is."""
        if ctx.environment.project_of(resource) is None:
            return f"connector {resource.key} has no project: set project on the environment"
        if ctx.environment.region_of(resource) is None:
            return f"connector {resource.key} has no region: set region on the environment"
        return None

    async def run(self, resource: Connector, ctx: Context) -> AsyncIterator[Finding]:
        """Ask everything at once; judge the connector first, then who carries it."""
        place = _place(resource, ctx)
        asked = ctx.google.connector(resource)
        users = [
            (located, ctx.google.serving_revisions(service))
            for service in ctx.topology.users_of(resource)
            if (located := user(service, ctx.environment)) is not None
        ]
        needs = self._ask_databases(resource, ctx)
        if unknown := unlocated(ctx.topology.users_of(resource), ctx.environment):
            ctx.observe(services_not_in_cloud_run=unknown)
        try:
            facts = of_message(await asked, place.project)
        except NotFound:
            yield self.not_found.finding(
                f"{place.name} does not exist in {place.project}/{place.region}",
                evidence={"project": place.project, "region": place.region},
                remedy=remedies.declare(place),
            )
        else:
            _observe(ctx, facts)
            for found in self.judge_connector(place, facts):
                yield found
            for found in self.judge_network(place, facts, await _needs(needs, ctx)):
                yield found
        seen: dict[str, object] = {}
        for each, answer in users:
            known = replace(each, serving=await answer)
            seen[known.key] = _attachments(known)
            ctx.observe(services=seen)
            for found in self.judge_user(place, known):
                yield found

    def _ask_databases(self, connector: Connector, ctx: Context) -> list[_Asked]:
        """Ask for the databases behind the connector, where they decide about its network."""
        if self.options.network is not None:
            return []
        keys = dict.fromkeys(user.database for user in ctx.topology.users_of(connector))
        databases = [ctx.topology.get(Database, key) for key in keys]
        return [
            (database, ctx.google.instance(database))
            for database in databases
            if database is not None and ctx.environment.project_of(database) is not None
        ]


async def _needs(asked: Iterable[_Asked], ctx: Context) -> list[Need]:
    """The networks of the databases that could be read.

    A database that cannot be read says nothing of the connector: the check of the database reports
    it, and makes the same comparison from its side. It is observed that none was made here.
    """
    needs, unread = [], {}
    for database, answer in asked:
        try:
            found = of_instance(await answer)
        except ClientError as error:
            unread[database.key] = type(error).__name__
            continue
        if found is not None:
            needs.append(Need(database.key, database.instance, found))
    if unread:
        ctx.observe(networks_not_compared=unread)
    return needs


def _place(connector: Connector, ctx: Context) -> Place:
    environment = ctx.environment
    return Place(
        connector.name,
        environment.project_of(connector) or "",
        environment.region_of(connector) or "",
    )


def _observe(ctx: Context, facts: ConnectorFacts) -> None:
    ctx.observe(
        state=facts.state,
        machine_type=facts.machine_type,
        instances=facts.instances,
        throughput=facts.throughput,
        network=str(facts.network) if facts.network else None,
        headroom_ratio=facts.headroom,
    )


def _attachments(user: User) -> dict[str, object]:
    """What each revision carries, for people to see."""
    return {
        serving.target.name: {
            "traffic_percent": serving.target.percent,
            "path": serving.carried.path,
            "egress": serving.carried.egress if serving.carried.has_path else None,
            "judged_by": serving.judged_by,
        }
        for serving in user.serving
    }
