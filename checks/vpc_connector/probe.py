"""One probe: a connector asked after, with who carries it and what is behind it, and judged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from checks.vpc_connector import remedies
from checks.vpc_connector.facts import ConnectorFacts, Need, of_message
from checks.vpc_connector.remedies import Place
from netra_validate import (
    ClientError,
    Connector,
    Context,
    Database,
    Finding,
    NotFound,
    ProtocolError,
)
from netra_validate.clients.errors import UPDATE
from netra_validate.clients.google.networks import of_instance
from netra_validate.clients.google.revisions import User
from netra_validate.clients.google.users import AskedUser, ask_users, not_in_cloud_run, unplaced

if TYPE_CHECKING:
    from google.cloud import sqladmin_v1, vpcaccess_v1

    from checks.vpc_connector import VpcConnector
    from netra_validate.clients.google import Answer

    _AskedConnector = Answer[vpcaccess_v1.Connector]
    _Asked = tuple[Database, Answer[sqladmin_v1.DatabaseInstance]]


async def probe(check: VpcConnector, resource: Connector, ctx: Context) -> AsyncIterator[Finding]:
    """Ask everything at once; judge the connector first, then who carries it.

    What one answer does not tell must not hide what another one does, so that it could not be
    verified comes last.
    """
    place = _place(resource, ctx)
    services = ctx.topology.users_of(resource)
    asked = ctx.google.connector(resource)
    users = ask_users(ctx.google, services, ctx.environment)
    # Where no network is configured, those of the databases decide.
    needs = _ask_databases(resource, ctx) if check.options.network is None else []
    if elsewhere := not_in_cloud_run(services):
        ctx.observe(services_not_in_cloud_run=elsewhere)
    unanswered: list[ClientError] = []
    try:
        async for found in _judge_connector(check, place, asked, needs, ctx):
            yield ctx.topology.felt_through(resource, found)
    except ClientError as error:
        unanswered.append(error)
    unseen = unplaced(services, ctx.environment)
    async for found in _judge_users(check, place, users, unseen, ctx):
        yield found
    unanswered += unseen.values()
    if unanswered:
        raise unanswered[0]


async def _judge_connector(
    check: VpcConnector,
    place: Place,
    asked: _AskedConnector,
    needs: Iterable[_Asked],
    ctx: Context,
) -> AsyncIterator[Finding]:
    try:
        facts = of_message(await asked, place.project)
    except NotFound as error:
        yield check.not_found.finding(
            f"{place.name} does not exist in {place.project}/{place.region}",
            evidence={"project": place.project, "region": place.region},
            missing=error.missing,
            remedy=remedies.declare(place),
        )
        return
    _observe(ctx, facts)
    for found in check.judge_connector(place, facts):
        yield found
    for found in check.judge_network(place, facts, await _needs(needs, ctx)):
        yield found
    if not facts.state_is_understood:
        raise ProtocolError(
            f"vpcaccess.googleapis.com tells no state of {place.name} that is known here",
            hint=UPDATE,
        )


async def _judge_users(
    check: VpcConnector,
    place: Place,
    users: Iterable[AskedUser],
    unseen: dict[str, ClientError],
    ctx: Context,
) -> AsyncIterator[Finding]:
    """Judge those whose revisions can be looked at, and remember the others in ``unseen``."""
    seen: dict[str, object] = {}
    for each in users:
        known = each.user
        try:
            known = await each.answered()
        except ClientError as error:
            unseen[known.key] = error
        else:
            seen[known.key] = _attachments(known)
            ctx.observe(services=seen)
        for found in check.judge_user(place, known):
            yield found
    if unseen:
        ctx.observe(services_not_verified={key: each.message for key, each in unseen.items()})


def _ask_databases(connector: Connector, ctx: Context) -> list[_Asked]:
    """Ask for the databases behind the connector."""
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
