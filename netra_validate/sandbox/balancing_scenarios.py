"""The scenarios of the load balancer: its routes, its times, its certificates, its addresses."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_MAIN: Final = "load-balancer/main"

BALANCING_SCENARIOS: Final[tuple[Scenario, ...]] = (
    scenario(
        "load-balancer-missing",
        "there is no URL map of the configured name",
        "load-balancer.not-found",
        cause=_MAIN,
    ),
    scenario(
        "no-route",
        "the load balancer leads to a service of the backend's other spelling",
        "load-balancer.no-route",
        cause=_MAIN,
    ),
    scenario(
        "wrong-neg-service",
        "a serverless group names a service that does not exist",
        "load-balancer.no-route",
        "load-balancer.missing-service",
        cause=_MAIN,
    ),
    scenario(
        "wrong-route",
        "a path rule leads one of the backend's health endpoints to the frontend",
        "load-balancer.wrong-route",
        cause=_MAIN,
    ),
    scenario(
        "no-backends",
        "a backend service has no backend",
        "load-balancer.no-backends",
        cause=_MAIN,
    ),
    scenario(
        "timeout-too-short",
        "the route of the WebSocket ends after 30 s",
        "load-balancer.timeout-too-short",
        cause=_MAIN,
    ),
    scenario(
        "certificate-provisioning",
        "the managed certificate has not been issued yet",
        "load-balancer.certificate-provisioning",
        cause=_MAIN,
    ),
    scenario(
        "certificate-failed",
        "the managed certificate cannot be issued: the name does not lead to the load balancer",
        "load-balancer.certificate-failed",
        cause=_MAIN,
    ),
    scenario(
        "certificate-other-domains",
        "the managed certificate is for another host",
        "load-balancer.uncovered-host",
        cause=_MAIN,
    ),
    scenario(
        "certificate-not-renewed",
        "the certificate was uploaded, and nobody has renewed it",
        "load-balancer.certificate-expiring",
        cause=_MAIN,
    ),
    scenario(
        "no-frontend",
        "no forwarding rule leads to the load balancer",
        "load-balancer.no-frontend",
        cause=_MAIN,
    ),
    scenario(
        "address-mismatch",
        "a host's record leads to another address than the load balancer's",
        "load-balancer.address-mismatch",
        cause=_MAIN,
    ),
    scenario(
        "unused-health-check",
        "there is a health check that nothing uses: a warning",
        "load-balancer.unused-health-check",
        exit_code=0,
    ),
    scenario(
        "health-check-path",
        "a health check in use asks for a path that no service answers",
        "load-balancer.health-check-path",
        cause=_MAIN,
    ),
    scenario(
        "backends-unhealthy",
        "no machine behind a backend service answers the health check",
        "load-balancer.unhealthy-backends",
        cause=_MAIN,
    ),
    scenario(
        "backend-partly-healthy",
        "one of two machines behind a backend service answers the health check: a warning",
        "load-balancer.unhealthy-backends",
        exit_code=0,
    ),
    scenario(
        "gateway-before-backend",
        "the load balancer answers 502 itself, and the backend is well at its own address",
        "load-balancer.not-passed-on",
        "cors.preflight-fails",
        "health.bad-status",
        "websocket.refused",
        cause=_MAIN,
    ),
    scenario(
        "certificate-map",
        "all is well, and certificates come out of a certificate map",
        exit_code=0,
    ),
    scenario(
        "certificate-map-failed",
        "a certificate in the certificate map cannot be issued",
        "load-balancer.certificate-failed",
        cause=_MAIN,
    ),
    scenario(
        "certificate-map-without-entry",
        "the certificate map has no entry for the host that clients come by",
        "load-balancer.unmapped-host",
        cause=_MAIN,
    ),
)
