"""More scenarios of what the six core checks look at."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_DATABASE: Final = "cloud-sql/postgres"
_CONNECTOR: Final = "vpc-connector/main"
_HEALTH: Final = "health/backend"
_WEBSOCKET: Final = "websocket/backend"
_MARKERS: Final = "pytest-markers/repo"

CORE_SCENARIOS: Final[tuple[Scenario, ...]] = (
    scenario(
        "connection-budget",
        "the services' pools need 30 connections, and the database accepts 25",
        "cloud-sql.connection-budget",
        cause=_DATABASE,
    ),
    scenario(
        "database-operation-failed",
        "the latest update of the Cloud SQL instance failed: a warning",
        "cloud-sql.failing-operation",
        exit_code=0,
    ),
    scenario(
        "database-maintenance-due",
        "the Cloud SQL instance is maintained in two days: a warning",
        "cloud-sql.maintenance-due",
        exit_code=0,
    ),
    scenario(
        "database-other-region",
        "the Cloud SQL instance is in another region than its services: a warning",
        "cloud-sql.region-mismatch",
        exit_code=0,
    ),
    scenario(
        "database-without-private-address",
        "the Cloud SQL instance has a public address alone, and the services' way is the network",
        "cloud-sql.no-private-address",
        cause=_DATABASE,
        faults=("database-without-private-address", "all-through-the-network"),
    ),
    scenario(
        "database-open-to-the-world",
        "the Cloud SQL instance lets the whole internet connect",
        "cloud-sql.open-to-the-world",
        cause=_DATABASE,
    ),
    scenario(
        "database-in-the-clear",
        "the Cloud SQL instance accepts connections without TLS: a warning",
        "cloud-sql.unencrypted-allowed",
        exit_code=0,
    ),
    scenario(
        "database-without-backups",
        "the Cloud SQL instance makes no backups: a warning",
        "cloud-sql.no-backups",
        exit_code=0,
    ),
    scenario(
        "database-authority-ends",
        "the authority of the Cloud SQL instance's certificate ends in 10 days: a warning",
        "cloud-sql.ca-expiring",
        exit_code=0,
    ),
    scenario(
        "connector-cannot-grow",
        "the VPC connector is as large as it may become: a warning",
        "vpc-connector.no-headroom",
        exit_code=0,
    ),
    scenario(
        "connector-too-small",
        "the VPC connector can reach 300 Mbps where 1000 are required: a warning",
        "vpc-connector.undersized",
        exit_code=0,
    ),
    scenario(
        "connector-other-egress",
        "the services send private traffic alone through the connector where all is expected",
        "vpc-connector.egress",
        cause=_CONNECTOR,
    ),
    scenario(
        "health-in-part",
        "one of the backend's two health endpoints answers 503",
        "health.bad-status",
        "health.partial",
        cause=_HEALTH,
    ),
    scenario(
        "health-unclear",
        "the backend says of its health a word that nobody knows: not verified",
        "health.no-verdict",
        exit_code=3,
    ),
    scenario(
        "health-rate-limited",
        "the backend answers 429",
        "health.rate-limited",
        cause=_HEALTH,
    ),
    scenario(
        "health-redirected",
        "the backend's health endpoint leads to a page to log in at",
        "health.redirected",
        "health.partial",
        cause=_HEALTH,
    ),
    scenario(
        "websocket-restarts",
        "the backend closes the first WebSocket with 1012 and is back for the next: a pass",
        exit_code=0,
    ),
    scenario(
        "websocket-keeps-restarting",
        "the backend closes every WebSocket with 1012",
        "websocket.closed-early",
        cause=_WEBSOCKET,
    ),
    scenario(
        "websocket-slow",
        "the backend takes 2.2 s to accept a WebSocket: a warning",
        "websocket.slow",
        exit_code=0,
    ),
    scenario(
        "websocket-any-origin",
        "the backend accepts a WebSocket that a foreign page opens",
        "websocket.foreign-origin-accepted",
        cause=_WEBSOCKET,
    ),
    scenario(
        "websocket-other-subprotocol",
        "the backend chooses none of the subprotocols that are offered",
        "websocket.wrong-subprotocol",
        cause=_WEBSOCKET,
    ),
    scenario(
        "unknown-host",
        "the repository names a host under a managed domain that nobody configured: a warning",
        "domains.unknown-host",
        exit_code=0,
    ),
    scenario(
        "direct-address",
        "the repository names the backend's run.app address: a warning",
        "domains.direct-address",
        exit_code=0,
    ),
    scenario(
        "insecure-scheme",
        "the repository addresses a canonical host without TLS: a warning",
        "domains.insecure-scheme",
        exit_code=0,
    ),
    scenario(
        "required-marker-missing",
        "a marker that must exist is not registered",
        "pytest-markers.missing-required",
        cause=_MARKERS,
    ),
    scenario(
        "markers-not-strict",
        "pytest accepts markers that nobody registered: a warning",
        "pytest-markers.not-strict",
        exit_code=0,
    ),
    scenario(
        "marker-expression-unknown",
        "a workflow selects tests by a marker that does not exist",
        "pytest-markers.unknown-in-expression",
        cause=_MARKERS,
    ),
    scenario(
        "test-file-unparsable",
        "a test file is no valid Python",
        "pytest-markers.unparsable-file",
        cause=_MARKERS,
    ),
)
"""In the order in which to list them."""
