"""The scenarios of what clients meet before any service: names, certificates, the redirect."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_FRONT: Final = "host/front"

EDGE_SCENARIOS: Final[tuple[Scenario, ...]] = (
    scenario(
        "certificate-expired",
        "the certificate of the backend's host expired yesterday",
        "host.expired",
        "health.unreachable",
        "websocket.unreachable",
        cause="host/backend",
    ),
    scenario(
        "certificate-expiring",
        "a host's certificate expires in 20 days: a warning",
        "host.expiring",
        exit_code=0,
    ),
    scenario(
        "certificate-ending",
        "a host's certificate expires in 3 days",
        "host.expiring",
        cause=_FRONT,
    ),
    scenario(
        "certificate-not-yet-valid",
        "a host's certificate is valid from the day after tomorrow on",
        "host.not-yet-valid",
        cause=_FRONT,
    ),
    scenario(
        "certificate-wrong-host",
        "a host presents a certificate for another name",
        "host.wrong-name",
        cause=_FRONT,
    ),
    scenario(
        "certificate-untrusted",
        "a host's certificate comes from an authority that nobody was told of",
        "host.untrusted",
        cause=_FRONT,
    ),
    scenario(
        "certificate-self-signed",
        "a host's certificate is signed by itself",
        "host.self-signed",
        cause=_FRONT,
    ),
    scenario(
        "tls-old",
        "a host offers nothing later than TLS 1.1",
        "host.old-tls",
        cause=_FRONT,
    ),
    scenario(
        "tls-broken",
        "a host has no certificate at all",
        "host.tls-failed",
        cause=_FRONT,
    ),
    scenario(
        "host-not-resolved",
        "the configuration names a host that does not resolve",
        "host.not-resolved",
        cause="host/gone",
    ),
    scenario(
        "host-closed",
        "the configuration names a host that takes no connection",
        "host.no-connection",
        cause="host/closed",
    ),
    scenario(
        "no-redirect",
        "plain http is answered and not redirected: a warning",
        "host.no-redirect",
        exit_code=0,
    ),
)
