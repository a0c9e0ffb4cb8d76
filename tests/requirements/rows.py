"""What is asked of the program, row by row, and the scenarios that show it. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Said:
    """A scenario breaks it, and a probe says so.

    Attributes:
        scenario: its name in the sandbox.
        rule: what is broken; None where the probe could not verify, or passes and says why.
        outcome: of the probe that has found it.
        probe: its id; any probe of the rule's check where left out.
        words: what a remedy's command, the reason or an observation holds, where that is the point.
        passes: ids of probes that are good meanwhile.
    """

    scenario: str
    rule: str | None
    outcome: str = "fail"
    probe: str | None = None
    words: str | None = None
    passes: tuple[str, ...] = ()


def warned(scenario: str, rule: str) -> Said:
    """The rule's probe ends in a warning."""
    return Said(scenario, rule, "warn")


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        id: as in the list of requirements.
        asked: what is asked.
        said: scenarios, and what is said of each.
        tests: tests that show the rest: file and name.
    """

    id: str
    asked: str
    said: tuple[Said, ...] = ()
    tests: tuple[str, ...] = ()


_INCIDENT: Final = (
    Row(
        "A1",
        "the Cloud SQL instance is healthy",
        (
            Said("database-missing", "cloud-sql.not-found"),
            Said("database-suspended", "cloud-sql.not-runnable"),
            Said("database-stopped", "cloud-sql.stopped"),
            warned("database-operation-failed", "cloud-sql.failing-operation"),
            Said("database-disk-full", "cloud-sql.disk-nearly-full"),
            warned("database-maintenance-due", "cloud-sql.maintenance-due"),
        ),
    ),
    Row(
        "A2",
        "the VPC connector is healthy and has capacity",
        (
            Said("connector-down", "vpc-connector.not-ready"),
            Said("connector-missing", "vpc-connector.not-found"),
            warned("connector-too-small", "vpc-connector.undersized"),
            warned("connector-cannot-grow", "vpc-connector.no-headroom"),
            Said("connector-saturated", "capacity.throughput-high"),
            warned("connector-instances-at-limit", "capacity.instances-at-limit"),
        ),
    ),
    Row(
        "A3",
        "the database is reachable from where the service runs",
        (
            Said("postgres-refused", "postgres.unreachable"),
            Said("no-tls", "postgres.no-tls"),
            Said("wrong-password", None, "error", "postgres/postgres"),
            Said("health-in-part", "health.bad-status"),
        ),
    ),
    Row(
        "A4",
        "start-up shows a database connection; container exit 0, not 3",
        (
            Said("database-timeout-in-logs", "startup-logs.database-timeout"),
            Said("database-validation-timeout", "startup-logs.validation-timeout"),
            Said("missing-module", "startup-logs.missing-module"),
            Said("container-exits", "startup-logs.exited"),
            Said("revision-not-ready", "cloud-run.revision-not-ready"),
        ),
    ),
    Row(
        "A5",
        "/health answers 200",
        (
            Said("health-503", "health.bad-status"),
            Said("health-hangs", "health.unreachable"),
        ),
    ),
    Row(
        "A6",
        "service settings as required (max instances 10, timeout 600 s)",
        (Said("settings-drift", "cloud-run.settings"),),
    ),
    Row(
        "A7",
        "the load balancer's health check is right",
        (
            Said("health-check-path", "load-balancer.health-check-path"),
            warned("unused-health-check", "load-balancer.unused-health-check"),
            Said("no-backends", "load-balancer.no-backends"),
            Said("timeout-too-short", "load-balancer.timeout-too-short"),
            Said("wrong-route", "load-balancer.wrong-route"),
            Said("certificate-provisioning", "load-balancer.certificate-provisioning"),
            Said("address-mismatch", "load-balancer.address-mismatch"),
        ),
    ),
    Row(
        "A8",
        "WebSocket upgrade succeeds rather than 503",
        (
            Said("websocket-503", "websocket.refused"),
            Said("websocket-closes-1011", "websocket.closed-early"),
        ),
    ),
    Row(
        "A9",
        "one domain scheme in the whole repository",
        (
            Said("retired-domains", "domains.retired-host"),
            warned("unknown-host", "domains.unknown-host"),
            warned("direct-address", "domains.direct-address"),
        ),
    ),
    Row(
        "A10",
        "the live configuration uses it too",
        (
            Said("retired-host-in-value", "runtime-config.retired-host"),
            Said("runtime-config-retired-host", "frontend.host"),
            Said("host-not-resolved", "host.not-resolved"),
            Said("certificate-wrong-host", "host.wrong-name"),
            Said("certificate-other-domains", "load-balancer.uncovered-host"),
        ),
    ),
    Row(
        "A11",
        "staging is not called unavailable when one endpoint is down",
        (
            Said("health-in-part", "health.partial"),
            Said("health-503", "health.bad-status"),
        ),
    ),
    Row(
        "A12",
        "event loops are not shared or closed while running",
        (
            Said("loop-entered-again", "async-usage.running-loop"),
            warned("loop-closed-in-tests", "async-usage.shared-loop"),
        ),
    ),
    Row(
        "A13",
        "degraded mode does not hide a real failure",
        (
            Said("health-degraded", "health.degraded"),
            Said("health-unhealthy-200", "health.unhealthy"),
        ),
    ),
    Row(
        "A14",
        "all dependencies watched as one",
        (Said("incident-1278", "vpc-connector.not-ready"),),
        ("test_scenarios.py::test_the_incident_has_one_cause_that_explains_the_rest",),
    ),
    Row(
        "A15",
        "every 15 minutes in CI",
        tests=(
            (
                "action/test_workflows.py"
                "::test_the_schedule_is_every_quarter_of_an_hour_and_one_at_a_time"
            ),
        ),
    ),
    Row(
        "A16",
        "no database connection takes 20 s",
        (
            warned("slow-connect", "postgres.slow-connect"),
            Said("database-timeout-in-logs", "startup-logs.database-timeout"),
        ),
    ),
    Row(
        "A17",
        "rollback steps at hand",
        (
            Said(
                "revision-not-ready",
                "cloud-run.revision-not-ready",
                words="netra-backend-00042-sbx has all the traffic, and users see nothing",
            ),
            Said(
                "missing-module",
                "startup-logs.missing-module",
                words="update-traffic netra-backend --to-revisions=netra-backend-00041-sbx=100",
            ),
        ),
    ),
)

_DATABASE_TESTS: Final = (
    Row(
        "B1",
        "staging is recognised from any of five signals",
        (
            Said("environment-production", "environment.conflict"),
            Said("environment-denied", "environment.conflict"),
            Said("environment-auth-elsewhere", "environment.conflict"),
            warned("environment-misspelt", "environment.unknown"),
            warned("environment-file-garbled", "environment.unread"),
        ),
    ),
    Row(
        "B2",
        "every marker is registered, markers are strict, required ones exist",
        (
            Said("unregistered-markers", "pytest-markers.unregistered"),
            warned("markers-not-strict", "pytest-markers.not-strict"),
            Said("required-marker-missing", "pytest-markers.missing-required"),
            Said("marker-expression-unknown", "pytest-markers.unknown-in-expression"),
        ),
    ),
    Row(
        "B3",
        "nothing awaits what is not awaitable, async context managers are used as such",
        (
            Said("awaits-plain-function", "async-usage.not-awaitable"),
            Said("never-awaited", "async-usage.never-awaited"),
            Said("wrong-context-manager", "async-usage.wrong-context-manager"),
            Said("wrong-iteration", "async-usage.wrong-iteration"),
        ),
    ),
    Row(
        "B4",
        "the auth service is found, with fallbacks",
        (
            warned("oidc-fall-back", "auth.fell-back"),
            Said("oidc-missing", "auth.not-discovered"),
        ),
    ),
    Row(
        "B5",
        "a connector serves the database",
        (
            Said("connector-wrong-network", "vpc-connector.network-mismatch"),
            Said("connector-detached", "vpc-connector.not-attached"),
            Said("connector-renamed", "vpc-connector.other-connector"),
            Said("connector-other-egress", "vpc-connector.egress"),
            Said("database-wrong-network", "cloud-sql.network-mismatch"),
            Said("database-detached", "cloud-sql.not-attached"),
            Said("database-without-private-address", "cloud-sql.no-private-address"),
            warned("database-other-region", "cloud-sql.region-mismatch"),
        ),
    ),
    Row(
        "B6",
        "the service account may use Cloud SQL",
        (
            Said("role-missing", "identity.cloud-sql-role"),
            Said("expired-grant", "identity.cloud-sql-role"),
            Said("secret-access-missing", "identity.secret-access"),
            Said("group-binding", None, "error", "identity/auth"),
        ),
    ),
    Row(
        "B7",
        "strict validation, no permissive mode",
        (
            Said("bypass-flag-left-on", "runtime-config.forbidden-flag"),
            Said("placeholder-value", "runtime-config.placeholder"),
        ),
    ),
    Row(
        "B8",
        "/health/database with an identity token on the private address",
        (Said("health-forbidden", "health.forbidden"),),
        ("checks/test_health_check.py::test_an_identity_token",),
    ),
    Row(
        "B10",
        "rollback of every change",
        tests=("requirements/test_requirement_rows.py::test_every_change_says_how_to_undo_it",),
    ),
)

_UNIT_TESTS: Final = (
    Row(
        "C1",
        "one definition of what must be single",
        (
            Said("defined-twice", "single-definition.duplicate"),
            warned("defined-elsewhere", "single-definition.misplaced"),
            Said("defined-nowhere", "single-definition.missing"),
        ),
    ),
    Row(
        "C2",
        "budgets on structure (factory classes below 20)",
        (Said("too-many-factories", "single-definition.over-budget"),),
    ),
    Row(
        "C3",
        "latency limits that know the environment and the concurrency",
        (
            warned("health-slow", "health.slow"),
            warned("websocket-slow", "websocket.slow"),
        ),
    ),
    Row(
        "C4",
        "resources isolated: one test's load does not fail another",
        tests=("cli/test_run_command.py::test_debug_tells_what_the_run_itself_took",),
    ),
    Row("C5", "--timeout", (Said("api-hangs", None, "error", "vpc-connector/main"),)),
)

_COLD_START: Final = (
    Row(
        "01",
        "pool survives a cold start",
        (
            Said("connection-budget", "cloud-sql.connection-budget"),
            warned("connections-nearly-used", "postgres.connections"),
            Said("connections-used-up", "postgres.connections"),
        ),
    ),
    Row(
        "02",
        "migrations do not block each other",
        (
            Said("advisory-lock-held", "postgres.advisory-lock"),
            Said("blocked-session", "postgres.blocked-session"),
            warned("long-transaction", "postgres.long-transaction"),
            Said("job-failed", "cloud-run.job-failed"),
        ),
    ),
    Row("03", "isolation conflicts", (warned("deadlocks", "postgres.contention"),)),
    Row(
        "04",
        "schema versions agree",
        (
            Said("schema-behind", "postgres.schema-version"),
            Said("schema-disagrees", "postgres.schema-disagrees"),
        ),
    ),
    Row(
        "05",
        "no connection storm",
        (
            warned("connection-storm", "postgres.connection-storm"),
            warned("lost-sessions", "postgres.lost-sessions"),
        ),
        ("test_footprint.py::test_connections_count_while_they_are_in_use",),
    ),
    Row(
        "06",
        "services wait for dependencies",
        (
            Said("incident-1278", "startup-logs.database-timeout"),
            Said("roll-out-stuck", "cloud-run.latest-not-ready"),
        ),
    ),
    Row(
        "07",
        "health does not lie while initialising",
        (
            Said("health-initializing", "health.not-ready"),
            Said("health-wrong-service", "health.wrong-service"),
            Said("health-html", "health.not-json"),
        ),
    ),
    Row(
        "08",
        "ports do not clash",
        (
            Said("port-mismatch", "cloud-run.probe-port"),
            Said("port-mismatch", "startup-logs.port-not-listened"),
        ),
    ),
    Row(
        "09",
        "services find each other",
        (
            Said("address-of-no-service", "runtime-config.unknown-address"),
            Said("localhost-value", "runtime-config.localhost"),
        ),
    ),
    Row(
        "10",
        "optional services may fail",
        tests=("test_runner.py::test_an_optional_resource_cannot_fail",),
    ),
    Row("11", "upgrade success rate", (Said("websocket-flaky", "websocket.failure-rate"),)),
    Row("12", "reconnect storms", (Said("websocket-flaky", "websocket.failure-rate"),)),
    Row(
        "13",
        "cross-origin authentication",
        (
            Said("websocket-any-origin", "websocket.foreign-origin-accepted"),
            Said("websocket-403", "websocket.unauthorized"),
        ),
    ),
    Row("14", "heartbeat", (Said("websocket-no-pong", "websocket.no-pong"),)),
    Row(
        "15",
        "restart is announced",
        (
            Said("websocket-restarts", None, "pass", "websocket/backend"),
            Said("websocket-keeps-restarting", "websocket.closed-early"),
        ),
    ),
    Row(
        "16",
        "OAuth provider ready",
        (
            Said("oidc-incomplete", "auth.incomplete"),
            Said("oidc-wrong-issuer", "auth.wrong-issuer"),
            Said("login-broken", "auth.login-failed"),
            Said("redirect-retired-host", "auth.redirect-host"),
            Said("redirect-mismatch", "startup-logs.redirect-mismatch"),
        ),
    ),
    Row(
        "17",
        "key rotation overlaps",
        (
            warned("jwks-single-key", "auth.no-overlap"),
            Said("jwks-duplicate-kid", "auth.key-ids"),
            Said("jwks-empty", "auth.no-usable-key"),
            warned("jwks-cached-for-ever", "auth.cached-too-long"),
        ),
    ),
    Row(
        "18",
        "session store",
        (
            Said("health-degraded", "health.degraded"),
            Said("required-name-missing", "runtime-config.required-missing"),
        ),
    ),
    Row("19", "token validation below 10 ms", (warned("token-slow", "auth.slow-validation"),)),
    Row(
        "20",
        "service-to-service authentication",
        (
            Said("invoker-missing", "identity.invoker"),
            Said("token-accepted", "auth.token-accepted"),
            Said("token-crashes", "auth.validation-failed"),
        ),
    ),
    Row(
        "21",
        "the gateway does not start before its backend",
        (
            Said("health-503", "health.bad-status", passes=("cloud-run/backend",)),
            Said("no-backends", "load-balancer.no-backends", passes=("cloud-run/backend",)),
            Said("wrong-neg-service", "load-balancer.missing-service"),
        ),
    ),
    Row(
        "22",
        "CORS agrees",
        (
            Said("cors-missing-origin", "cors.origin-refused"),
            Said("cors-disagree", "cors.disagrees"),
            Said("cors-reflects-any", "cors.foreign-origin"),
            Said("cors-wildcard-credentials", "cors.wildcard-credentials"),
        ),
    ),
    Row(
        "23",
        "static assets have a fallback",
        (
            Said("asset-missing", "frontend.asset-missing"),
            Said("asset-wrong-type", "frontend.asset-type"),
        ),
    ),
    Row("24", "GraphQL schema composes", (Said("graphql-errors", "frontend.graphql"),)),
    Row(
        "25",
        "server and client render the same build",
        (
            Said("build-mismatch", "frontend.build-mismatch"),
            warned("build-unknown", "frontend.build-unknown"),
        ),
    ),
    Row(
        "26",
        "file descriptors below 80 %",
        (
            warned("service-instances-at-limit", "capacity.instances-at-limit"),
            warned("database-connections-high", "capacity.connections-high"),
        ),
    ),
    Row(
        "27",
        "memory below 80 %",
        (
            warned("service-memory-high", "capacity.memory-high"),
            Said("database-memory-full", "capacity.memory-high"),
            Said("memory-limit", "startup-logs.memory-limit"),
        ),
    ),
    Row(
        "28",
        "CPU below 80 %",
        (
            warned("database-cpu-high", "capacity.cpu-high"),
            Said("service-cpu-full", "capacity.cpu-high"),
            warned("connector-cpu-high", "capacity.cpu-high"),
        ),
    ),
    Row(
        "29",
        "disk below 80 %",
        (
            Said("database-disk-unseen", "capacity.disk-high"),
            warned("database-disk-fills-up", "capacity.fills-up"),
            Said("database-unmeasured", None, "error", "capacity/postgres"),
        ),
    ),
    Row("30", "bandwidth below 80 %", (Said("connector-saturated", "capacity.throughput-high"),)),
    Row(
        "P1",
        "cold start below 10 s",
        (
            warned("service-starts-slowly", "capacity.slow-start"),
            Said("health-cold-start", None, "pass", "health/backend", words="cold_start"),
        ),
    ),
)

ROWS: Final = (*_INCIDENT, *_DATABASE_TESTS, *_UNIT_TESTS, *_COLD_START)
"""In the order of the list, but for B9, which needs a history of runs."""
