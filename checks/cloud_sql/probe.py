"""One probe: an instance asked after, with its users and its history, and judged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from checks.cloud_sql import connections, remedies
from checks.cloud_sql.facts import InstanceFacts, of_message, of_operations
from checks.cloud_sql.path_rules import Paths
from checks.cloud_sql.remedies import Place
from checks.cloud_sql.state_rules import not_understood
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
from netra_validate.clients.google.messages import segment, short
from netra_validate.clients.google.networks import Network, of_connector
from netra_validate.clients.google.revisions import User
from netra_validate.clients.google.users import AskedUser, ask_users, not_in_cloud_run, unplaced

if TYPE_CHECKING:
    from google.cloud import sqladmin_v1

    from checks.cloud_sql import CloudSql
    from netra_validate.clients.google import Answer

    _AskedOperations = Answer[tuple[sqladmin_v1.Operation, ...]]

_UPKEEP: Final = frozenset(
    {"EXPORT", "BACKUP", "BACKUP_VOLUME", "DELETE_BACKUP", "UPDATE_BACKUP", "ADVANCED_BACKUP",
     "MANAGE_BACKUP", "ENHANCED_BACKUP", "SNAPSHOT", "TRUNCATE_LOG", "LOG_CLEANUP",
     "DEFER_MAINTENANCE", "RESCHEDULE_MAINTENANCE", "PRE_CHECK_MAJOR_VERSION_UPGRADE"}
)  # fmt: skip
"""Operations that leave an instance as it is (``Operation.SqlOperationType``)."""

_BEGINNING: Final = "CREATE"
"""That there is an instance at all is no change of it."""


async def probe(check: CloudSql, resource: Database, ctx: Context) -> AsyncIterator[Finding]:
    """Ask everything at once; judge the instance alone, then its users, then its history.

    What one answer does not tell must not hide what another one does, so that it could not be
    verified comes last.
    """
    place = Place(resource.instance, ctx.environment.project_of(resource) or "")
    services = ctx.topology.users_of(resource)
    asked = ctx.google.instance(resource)
    operations = ctx.google.operations(resource)
    users = ask_users(ctx.google, services, ctx.environment)
    if elsewhere := not_in_cloud_run(services):
        ctx.observe(services_not_in_cloud_run=elsewhere)
    now = datetime.now(UTC)
    try:
        facts = of_message(await asked, place.project, now)
    except NotFound as error:
        yield check.not_found.finding(
            f"{place.name} does not exist in {place.project}",
            evidence={"project": place.project},
            missing=error.missing,
            remedy=remedies.declare(place),
        )
        ctx.observe(exists=False)
        return
    _observe(ctx, facts)
    for found in judge_alone(check, place, facts, now):
        yield found
    unanswered: list[ClientError] = [*_unclear_state(place, facts)]
    for part in (
        _judge_services(check, resource, place, facts, users, ctx),
        _judge_history(check, place, operations, now, ctx),
    ):
        try:
            async for found in part:
                yield found
        except ClientError as error:
            unanswered.append(error)
    if unanswered:
        raise unanswered[0]


def _unclear_state(place: Place, facts: InstanceFacts) -> Iterable[ClientError]:
    if missing := not_understood(facts):
        yield ProtocolError(
            f"sqladmin.googleapis.com tells no {' and no '.join(missing)} of {place.name} that is"
            " known here",
            hint=UPDATE,
        )


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
    for each in operations:
        if each.kind not in {*_UPKEEP, _BEGINNING}:
            how = "began" if each.running else "failed" if each.errors else "ended"
            ctx.happened(f"an operation {each.kind} on {place.name} {how}", each.at)
    for found in check.judge_operations(place, operations, now):
        yield found


async def _judge_services(
    check: CloudSql,
    database: Database,
    place: Place,
    facts: InstanceFacts,
    asked: Iterable[AskedUser],
    ctx: Context,
) -> AsyncIterator[Finding]:
    """Judge each service as far as it can be looked at, and raise what was in the way."""
    unseen = unplaced(ctx.topology.users_of(database), ctx.environment)
    users = await _answered(asked, unseen)
    seen = tuple(each for each in users if each.key not in unseen)
    unanswered = [*unseen.values(), *_unclear_limit(check, place, facts, seen)]
    paths = await _paths(seen, unanswered, ctx)
    ctx.observe(
        services=_reach(seen, facts),
        connections=_connections(check.options.max_connections, facts, seen),
    )
    if unseen:
        ctx.observe(services_not_verified={key: each.message for key, each in unseen.items()})
    for found in check.judge_region(place, facts, users, ctx.environment.region_of(database)):
        yield found
    for each in seen:
        for found in check.judge_user(place, facts, each, paths):
            yield found
    for found in check.judge_connections(place, facts, seen):
        yield found
    if unanswered:
        raise unanswered[0]


async def _answered(asked: Iterable[AskedUser], unseen: dict[str, ClientError]) -> tuple[User, ...]:
    """All users; those that cannot be looked at are remembered in ``unseen``."""
    users = []
    for each in asked:
        try:
            users.append(await each.answered())
        except ClientError as error:
            unseen[each.user.key] = error
            users.append(each.user)
    return tuple(users)


def _unclear_limit(
    check: CloudSql, place: Place, facts: InstanceFacts, users: tuple[User, ...]
) -> Iterable[ClientError]:
    configured = check.options.max_connections is not None
    if facts.max_connections_unreadable and not configured and any(each.pool for each in users):
        yield ProtocolError(
            f"the database flag max_connections of {place.name} is no number of connections",
            hint="say how many it has with max_connections of cloud-sql",
        )


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


async def _paths(users: Iterable[User], unanswered: list[ClientError], ctx: Context) -> Paths:
    """Where the connectors lead that revisions carry.

    One that does not exist leads nowhere; that is for the check of the connector to report. What
    cannot be read is remembered in ``unanswered``.
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
        except ClientError as error:
            networks[named] = None
            unanswered.append(error)
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
                "attached": facts.connection_name in serving.carried.databases,
                "path": serving.carried.path,
            }
            for serving in each.serving
        }
        for each in users
    }
