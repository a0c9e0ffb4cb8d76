"""One probe: an instance asked after, with its users and its history, and judged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from checks.cloud_sql import connections, remedies
from checks.cloud_sql.facts import InstanceFacts, of_message, of_operations
from checks.cloud_sql.path_rules import Paths
from checks.cloud_sql.remedies import Place
from netra_validate import ClientError, Connector, Context, Database, Finding, NotFound
from netra_validate.clients.google.messages import segment, short
from netra_validate.clients.google.networks import Network, of_connector
from netra_validate.clients.google.revisions import (
    Serving,
    User,
    highest_instances,
    unlocated,
    user,
)

if TYPE_CHECKING:
    from google.cloud import run_v2, sqladmin_v1

    from checks.cloud_sql import CloudSql
    from netra_validate.clients.google import Answer

    _AskedUser = tuple[User, Answer[run_v2.Service], Answer[tuple[Serving, ...]]]
    _AskedOperations = Answer[tuple[sqladmin_v1.Operation, ...]]


async def probe(check: CloudSql, resource: Database, ctx: Context) -> AsyncIterator[Finding]:
    """Ask everything at once; judge the instance alone, then its users, then its history."""
    place = Place(resource.instance, ctx.environment.project_of(resource) or "")
    asked = ctx.google.instance(resource)
    operations = ctx.google.operations(resource)
    users = _ask_users(resource, ctx)
    if unknown := unlocated(ctx.topology.users_of(resource), ctx.environment):
        ctx.observe(services_not_in_cloud_run=unknown)
    now = datetime.now(UTC)
    try:
        facts = of_message(await asked, place.project, now)
    except NotFound:
        yield check.not_found.finding(
            f"{place.name} does not exist in {place.project}",
            evidence={"project": place.project},
            remedy=remedies.declare(place),
        )
        ctx.observe(exists=False)
        return
    _observe(ctx, facts)
    for found in judge_alone(check, place, facts, now):
        yield found
    unanswered = []
    for part in (
        _judge_services(check, resource, place, facts, users, ctx),
        _judge_history(check, place, operations, now, ctx),
    ):
        try:
            async for found in part:
                yield found
        except ClientError as error:
            # What one API does not tell must not hide what another one does.
            unanswered.append(error)
    if unanswered:
        raise unanswered[0]


def judge_alone(
    check: CloudSql, place: Place, facts: InstanceFacts, now: datetime
) -> Iterable[Finding]:
    """What the instance's own facts say."""
    yield from check.judge_state(place, facts)
    yield from check.judge_access(place, facts)
    yield from check.judge_disk(place, facts)
    yield from check.judge_upkeep(place, facts, now)


async def _judge_history(
    check: CloudSql, place: Place, asked: _AskedOperations, now: datetime, ctx: Context
) -> AsyncIterator[Finding]:
    operations = of_operations(await asked)
    running = [each.kind for each in operations if each.running]
    if running:
        ctx.observe(operations_running=running)
    for found in check.judge_operations(place, operations, now):
        yield found


async def _judge_services(
    check: CloudSql,
    database: Database,
    place: Place,
    facts: InstanceFacts,
    asked: Iterable[_AskedUser],
    ctx: Context,
) -> AsyncIterator[Finding]:
    users = tuple([await _answered(each) for each in asked])
    paths = await _paths(users, ctx)
    ctx.observe(
        services=_reach(users, facts),
        connections=_connections(check.options.max_connections, facts, users),
    )
    for found in check.judge_region(place, facts, users, ctx.environment.region_of(database)):
        yield found
    for each in users:
        for found in check.judge_user(place, facts, each, paths):
            yield found
    for found in check.judge_connections(place, facts, users):
        yield found


def _connections(
    override: int | None, facts: InstanceFacts, users: tuple[User, ...]
) -> dict[str, object]:
    limit, source = connections.limit(facts, override)
    return {
        "max": limit,
        "known_from": source,
        "services_may_open": sum(connections.demand(users).values()),
        "pool_not_configured": [each.key for each in users if each.pool is None],
    }


def _ask_users(database: Database, ctx: Context) -> list[_AskedUser]:
    return [
        (found, ctx.google.service(service), ctx.google.serving_revisions(service))
        for service in ctx.topology.users_of(database)
        if (found := user(service, ctx.environment)) is not None
    ]


async def _answered(asked: _AskedUser) -> User:
    known, service, serving = asked
    revisions = await serving
    return replace(
        known, serving=revisions, max_instances=highest_instances(await service, revisions)
    )


async def _paths(users: Iterable[User], ctx: Context) -> Paths:
    """Where the connectors lead that revisions carry.

    One that does not exist leads nowhere; that is for the check of the connector to report.
    """
    asked = {
        named: ctx.google.connector(_connector(named, each))
        for each in users
        for serving in each.serving
        if (named := serving.carried.connector) is not None
    }
    networks: dict[str, Network | None] = {}
    for named, answer in asked.items():
        try:
            networks[named] = of_connector(await answer, segment(named, "projects"))
        except NotFound:
            networks[named] = None
    missing = sorted(short(named) for named, network in networks.items() if network is None)
    if missing:
        ctx.observe(network_not_compared=missing)
    return Paths(networks)


def _connector(named: str, carrier: User) -> Connector:
    """The connector that a revision names, wherever that is."""
    return Connector(
        key=short(named),
        name=short(named),
        project=segment(named, "projects") or carrier.project,
        region=segment(named, "locations") or carrier.region,
    )


def _observe(ctx: Context, facts: InstanceFacts) -> None:
    ctx.observe(
        state=facts.state,
        activation_policy=facts.activation_policy,
        version=facts.version,
        tier=facts.tier,
        region=facts.region,
        connection_name=facts.connection_name,
        network=str(facts.private_network) if facts.private_network else None,
        private_address=facts.private_address,
        public_address=facts.public_address,
        ssl_mode=facts.ssl_mode or "not told by the API",
        disk_used_ratio="not told by the API" if facts.disk_ratio is None else facts.disk_ratio,
        disk_grows=facts.disk_can_grow,
        backups=facts.backups,
        point_in_time_recovery=facts.point_in_time,
        ca_expires=facts.ca_expires.date().isoformat() if facts.ca_expires else None,
        maintenance=facts.maintenance_at.isoformat() if facts.maintenance_at else None,
    )


def _reach(users: Iterable[User], facts: InstanceFacts) -> dict[str, object]:
    """What each revision carries, for people to see."""
    return {
        each.key: {
            serving.target.name: {
                "traffic_percent": serving.target.percent,
                "attached": facts.connection_name in serving.carried.cloud_sql,
                "path": serving.carried.path,
            }
            for serving in each.serving
        }
        for each in users
    }
