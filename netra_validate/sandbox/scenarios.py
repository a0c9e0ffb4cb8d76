"""The scenarios by name: what is broken in each, and what a validator must say about it.

Plain data, and nothing imported for it: the command line reads this for its help.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from netra_validate.sandbox.balancing_scenarios import BALANCING_SCENARIOS
from netra_validate.sandbox.core_scenarios import CORE_SCENARIOS
from netra_validate.sandbox.database_scenarios import DATABASE_SCENARIOS
from netra_validate.sandbox.edge_scenarios import EDGE_SCENARIOS
from netra_validate.sandbox.identity_scenarios import IDENTITY_SCENARIOS
from netra_validate.sandbox.load_scenarios import LOAD_SCENARIOS
from netra_validate.sandbox.run_scenarios import RUN_SCENARIOS
from netra_validate.sandbox.scenario import Scenario, scenario
from netra_validate.sandbox.source_scenarios import SOURCE_SCENARIOS
from netra_validate.sandbox.variable_scenarios import VARIABLE_SCENARIOS
from netra_validate.sandbox.web_scenarios import WEB_SCENARIOS

HEALTHY: Final = "healthy"
"""The scenario in which nothing is broken."""


class UnknownScenario(ValueError):
    """There is no scenario of this name.

    Attributes:
        name: what was asked for.
        suggestions: the names nearest to it, nearest first; may be empty.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.suggestions = tuple(difflib.get_close_matches(name, SCENARIOS, n=3))
        meant = f"did you mean {' or '.join(self.suggestions)}? " if self.suggestions else ""
        super().__init__(
            f"unknown scenario {name!r}: {meant}`netra-validate demo --list` shows them all"
        )


def find(names: Iterable[str]) -> tuple[Scenario, ...]:
    """The scenarios of these names, each once, in this order; ``healthy`` where there are none.

    Raises:
        UnknownScenario: for the first name that there is no scenario of.
    """
    wanted = tuple(dict.fromkeys(names)) or (HEALTHY,)
    for name in wanted:
        if name not in SCENARIOS:
            raise UnknownScenario(name)
    return tuple(SCENARIOS[name] for name in wanted)


def faults_of(names: Iterable[str]) -> tuple[str, ...]:
    """The union of the faults of several scenarios, each fault once.

    Raises:
        UnknownScenario: for the first name that there is no scenario of.
    """
    return tuple(dict.fromkeys(fault for each in find(names) for fault in each.faults))


_HEALTH: Final = "health/backend"
_WEBSOCKET: Final = "websocket/backend"
_DATABASE: Final = "cloud-sql/postgres"
_CONNECTOR: Final = "vpc-connector/main"

# What is expected of a candidate's scenario is of a run that does not ask for the candidate.

_ALL: Final = (
    scenario(HEALTHY, "nothing is broken", exit_code=0, faults=()),
    scenario(
        "health-503",
        "the backend's health endpoints answer 503",
        "health.bad-status",
        cause=_HEALTH,
    ),
    scenario(
        "health-hangs",
        "the backend accepts health requests and never answers",
        "health.unreachable",
        cause=_HEALTH,
    ),
    scenario(
        "health-initializing",
        "the backend answers 200 and says that it is initializing",
        "health.not-ready",
        cause=_HEALTH,
    ),
    scenario(
        "health-degraded",
        "the backend answers 200 and says that it is degraded",
        "health.degraded",
        cause=_HEALTH,
    ),
    scenario(
        "health-unhealthy-200",
        "the backend answers 200 and says that it is unhealthy",
        "health.unhealthy",
        cause=_HEALTH,
    ),
    scenario(
        "health-wrong-service",
        "the frontend answers for the backend",
        "health.wrong-service",
        cause=_HEALTH,
    ),
    scenario(
        "health-slow",
        "the backend's health endpoints take 2.5 s: a warning",
        "health.slow",
        exit_code=0,
    ),
    scenario(
        "health-html",
        "the backend's health endpoints answer 200 with a web page",
        "health.not-json",
        cause=_HEALTH,
    ),
    scenario(
        "health-cached",
        "a cache answers for the backend's health endpoints, with what was true 90 minutes ago",
        "health.stale",
        cause=_HEALTH,
    ),
    scenario(
        "health-cold-start",
        "the backend's first answer is a 503, the next ones are good: a pass",
        exit_code=0,
    ),
    scenario(
        "health-forbidden",
        "Cloud Run's own access control refuses every request to the backend",
        "health.forbidden",
        "websocket.unauthorized",
        cause=_HEALTH,
    ),
    scenario(
        "websocket-page",
        "a server of pages answers the upgrade in the backend's place",
        "websocket.refused",
        cause="websocket/backend",
    ),
    scenario(
        "websocket-503",
        "the WebSocket upgrade is refused with 503 and Retry-After",
        "websocket.refused",
        cause=_WEBSOCKET,
    ),
    scenario(
        "websocket-403",
        "the backend closes the WebSocket before it accepts it",
        "websocket.unauthorized",
        cause=_WEBSOCKET,
    ),
    scenario(
        "websocket-closes-1011",
        "the backend accepts the WebSocket and closes it with 1011",
        "websocket.closed-early",
        cause=_WEBSOCKET,
    ),
    scenario(
        "websocket-no-pong",
        "the backend never answers a WebSocket ping",
        "websocket.no-pong",
        cause=_WEBSOCKET,
    ),
    scenario(
        "websocket-flaky",
        "one WebSocket upgrade in five fails",
        "websocket.failure-rate",
        cause=_WEBSOCKET,
    ),
    scenario(
        "database-missing",
        "the Cloud SQL instance does not exist",
        "cloud-sql.not-found",
        cause=_DATABASE,
    ),
    scenario(
        "database-stopped",
        "the Cloud SQL instance is stopped by its activation policy",
        "cloud-sql.stopped",
        cause=_DATABASE,
    ),
    scenario(
        "database-suspended",
        "the Cloud SQL instance is suspended for its billing",
        "cloud-sql.not-runnable",
        cause=_DATABASE,
    ),
    scenario(
        "database-detached",
        "the services' revisions do not carry the Cloud SQL instance",
        "cloud-sql.not-attached",
        cause=_DATABASE,
    ),
    scenario(
        "database-wrong-network",
        "the Cloud SQL instance has its private address in another network",
        "cloud-sql.network-mismatch",
        cause=_DATABASE,
    ),
    scenario(
        "database-disk-full",
        "the Cloud SQL disk is 97 % full and does not grow",
        "cloud-sql.disk-nearly-full",
        "capacity.disk-high",
        cause=_DATABASE,
    ),
    scenario(
        "connector-missing",
        "the VPC connector does not exist",
        "vpc-connector.not-found",
        cause=_CONNECTOR,
    ),
    scenario(
        "connector-down",
        "the VPC connector is in state ERROR",
        "vpc-connector.not-ready",
        cause=_CONNECTOR,
    ),
    scenario(
        "connector-detached",
        "the services' revisions have no way into the VPC network",
        "vpc-connector.not-attached",
        "cloud-sql.network-mismatch",
        cause=_CONNECTOR,
    ),
    scenario(
        "connector-renamed",
        "the services' revisions carry another connector than the declared one",
        "vpc-connector.other-connector",
        cause=_CONNECTOR,
    ),
    scenario(
        "connector-wrong-network",
        "the VPC connector leads into another network",
        "vpc-connector.network-mismatch",
        "cloud-sql.network-mismatch",
        cause=_CONNECTOR,
    ),
    *CORE_SCENARIOS,
    *RUN_SCENARIOS,
    *DATABASE_SCENARIOS,
    *EDGE_SCENARIOS,
    *BALANCING_SCENARIOS,
    *IDENTITY_SCENARIOS,
    *VARIABLE_SCENARIOS,
    *WEB_SCENARIOS,
    *LOAD_SCENARIOS,
    scenario(
        "retired-domains",
        "the repository names retired hosts in six spellings",
        "domains.retired-host",
        cause="domains/repo",
    ),
    scenario(
        "unregistered-markers",
        "the repository's tests use markers that are not registered",
        "pytest-markers.unregistered",
        cause="pytest-markers/repo",
    ),
    *SOURCE_SCENARIOS,
    scenario(
        "candidate-healthy",
        "a revision of the backend waits for its traffic, with the tag candidate, and is well",
        exit_code=0,
        faults=("candidate",),
    ),
    scenario(
        "candidate-broken",
        "the backend is well, and its revision with the tag candidate answers 503",
        exit_code=0,
        faults=("candidate", "candidate-503"),
    ),
    scenario(
        "candidate-detached",
        "the backend is well, and its revision with the tag candidate has no way to the database",
        "vpc-connector.not-attached",
        "cloud-sql.network-mismatch",
        exit_code=0,
        faults=("candidate", "candidate-detached"),
    ),
    scenario(
        "candidate-mends",
        "the backend answers 503, and its revision with the tag candidate is well",
        "health.bad-status",
        cause=_HEALTH,
        faults=("candidate", "health-503"),
    ),
    scenario(
        "permission-missing",
        "whoever asks the Google APIs lacks cloudsql.instances.list",
        exit_code=3,
    ),
    scenario("api-forbidden", "every Google API answers 403", exit_code=3),
    scenario("api-unavailable", "every Google API answers 503", exit_code=3),
    scenario("api-hangs", "every Google API accepts requests and never answers", exit_code=3),
    scenario(
        "incident-1278",
        "the connector is down: no database, no ready revision, 503 on health and WebSocket",
        "vpc-connector.not-ready",
        "cloud-run.revision-not-ready",
        "startup-logs.database-timeout",
        "postgres.unreachable",
        "health.bad-status",
        "websocket.refused",
        cause=_CONNECTOR,
        faults=(
            "connector-down",
            "postgres-refused",
            "start-up-fails",
            "health-503-slow",
            "websocket-503",
        ),
    ),
    scenario(
        "incident-egress",
        "the egress was switched: the start gives up on its database, 503 on health and WebSocket",
        "vpc-connector.egress",
        "cloud-run.revision-not-ready",
        "startup-logs.validation-timeout",
        "health.bad-status",
        "websocket.refused",
        cause=_CONNECTOR,
        faults=(
            "connector-other-egress",
            "database-validation-timeout",
            "health-503",
            "websocket-503",
        ),
    ),
    scenario(
        "incident-spelling",
        "the route leads to the backend's other spelling, and the frontend answers in its place",
        "load-balancer.no-route",
        "health.wrong-service",
        "websocket.refused",
        cause="load-balancer/main",
        faults=("no-route", "health-wrong-service", "websocket-page"),
    ),
)

SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType({each.name: each for each in _ALL})
"""Every scenario by its name, in the order in which to list them."""
