"""What can be wrong with the load balancer, each as a change of the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from google.cloud import run_v2

from netra_validate.sandbox import balancing
from netra_validate.sandbox.balancing import CERTIFICATE, GLOBAL
from netra_validate.sandbox.names import PARENT, PROJECT, REGION, SERVICES, URL_MAP
from netra_validate.sandbox.staging import Fault, Staging

_MISSPELT: Final = f"{SERVICES['backend']}-staging"
_URL_MAP: Final = f"{GLOBAL}/urlMaps/{URL_MAP}"
_HEALTH_CHECK: Final = f"{GLOBAL}/healthChecks/old-health-check"


def _balancing(name: str, change: Callable[[dict[str, Any]], None]) -> Fault:
    """Changes one resource of the load balancer, where it is still there."""

    def fault(staging: Staging) -> Staging:
        if name not in staging.world.compute:
            return staging
        changed = balancing.changed(staging.world.compute, name, change)
        return replace(staging, world=replace(staging.world, compute=changed))

    return fault


def _group(key: str, service: str) -> Fault:
    name = f"projects/{PROJECT}/regions/{REGION}/networkEndpointGroups/{key}-neg"
    return _balancing(name, lambda group: group.update(cloudRun={"service": service}))


def _added(name: str, **fields: Any) -> Fault:  # noqa: ANN401 - any JSON
    def fault(staging: Staging) -> Staging:
        made = {"name": name.rpartition("/")[2], "selfLink": f"https://c/v1/{name}", **fields}
        compute = {**staging.world.compute, name: made}
        return replace(staging, world=replace(staging.world, compute=compute))

    return fault


def _without(part: str) -> Fault:
    def fault(staging: Staging) -> Staging:
        left = {name: each for name, each in staging.world.compute.items() if part not in name}
        return replace(staging, world=replace(staging.world, compute=left))

    return fault


def _misspelt_service(staging: Staging) -> Staging:
    """There is a second service, of the backend's other spelling, and it is well."""
    services = staging.world.services
    backend = services.get(f"{PARENT}/services/{SERVICES['backend']}")
    if backend is None:
        return staging
    other = run_v2.Service(backend)
    other.name = f"{PARENT}/services/{_MISSPELT}"
    return replace(staging, world=replace(staging.world, services={**services, other.name: other}))


def _all(*faults: Fault) -> Fault:
    def fault(staging: Staging) -> Staging:
        for each in faults:
            staging = each(staging)
        return staging

    return fault


def _hurry(url_map: dict[str, Any]) -> None:
    """The WebSocket's route ends after the time that backend services have by default."""
    for matcher in url_map["pathMatchers"]:
        for rule in matcher.get("pathRules", ()):
            rule["routeAction"]["timeout"]["seconds"] = "30"


def _swap(url_map: dict[str, Any]) -> None:
    """The backend's health endpoints are the frontend's."""
    matcher = next(each for each in url_map["pathMatchers"] if each["name"] == "backend-paths")
    matcher["pathRules"].append({"paths": ["/health/*"], "service": url_map["defaultService"]})


def _state(status: str, domain: str) -> Fault:
    def change(certificate: dict[str, Any]) -> None:
        certificate["managed"] |= {"status": status, "domainStatus": {"localhost": domain}}

    return _balancing(f"{GLOBAL}/sslCertificates/{CERTIFICATE}", change)


def _renamed(certificate: dict[str, Any]) -> None:
    certificate["managed"] |= {"domains": ["old.netra.example"], "domainStatus": {}}
    certificate["subjectAlternativeNames"] = ["old.netra.example"]


def _own(certificate: dict[str, Any]) -> None:
    """Somebody's own, which nobody renews."""
    del certificate["managed"]
    certificate |= {"type": "SELF_MANAGED", "expireTime": "2025-09-30T00:00:00.000-00:00"}


def _used_health_check(staging: Staging) -> Staging:
    """The backend is served by machines that are asked for a path that is not there."""
    check = _added(_HEALTH_CHECK, type="HTTPS", httpsHealthCheck={"requestPath": "/healthz-of-old"})
    group = "https://c/v1/projects/x/zones/z/instanceGroups/machines"
    machines = _balancing(
        f"{GLOBAL}/backendServices/backend-backend",
        lambda it: it.update(
            backends=[*it["backends"], {"group": group}],
            healthChecks=[f"https://c/v1/{_HEALTH_CHECK}"],
            timeoutSec=balancing.HOUR_S,
        ),
    )
    return machines(check(staging))


BALANCING_FAULTS: Final[Mapping[str, Fault]] = {
    "load-balancer-missing": _without("/urlMaps/"),
    "no-route": _all(_misspelt_service, _group("backend", _MISSPELT)),
    "wrong-neg-service": _group("backend", _MISSPELT),
    "wrong-route": _balancing(_URL_MAP, _swap),
    "no-backends": _balancing(
        f"{GLOBAL}/backendServices/auth-backend", lambda it: it.update(backends=[])
    ),
    "timeout-too-short": _balancing(_URL_MAP, _hurry),
    "certificate-provisioning": _state("PROVISIONING", "PROVISIONING"),
    "certificate-failed": _state("PROVISIONING_FAILED", "FAILED_NOT_VISIBLE"),
    "certificate-other-domains": _balancing(f"{GLOBAL}/sslCertificates/{CERTIFICATE}", _renamed),
    "certificate-not-renewed": _balancing(f"{GLOBAL}/sslCertificates/{CERTIFICATE}", _own),
    "no-frontend": _without("/forwardingRules/"),
    "address-mismatch": _balancing(
        f"{GLOBAL}/forwardingRules/sandbox-ipv4", lambda it: it.update(IPAddress="203.0.113.7")
    ),
    "unused-health-check": _added(
        _HEALTH_CHECK, type="HTTP", httpHealthCheck={"requestPath": "/health"}
    ),
    "health-check-path": _used_health_check,
}
"""What can be wrong with the load balancer."""
