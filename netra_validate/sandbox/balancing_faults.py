"""What can be wrong with the load balancer, each as a change of the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from google.cloud import run_v2

from netra_validate.sandbox import balancing
from netra_validate.sandbox.balancing import CERTIFICATE, GLOBAL
from netra_validate.sandbox.behaviour import balancer_fails, balancer_fails_upgrade
from netra_validate.sandbox.edge import FRONT
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


_GROUP: Final = f"projects/{PROJECT}/zones/{REGION}-a/instanceGroups/machines"


def _machines(*states: str) -> Fault:
    """The backend is served by machines as well, which their health check found so."""
    health = [
        {"instance": f"https://c/v1/projects/x/instances/machine-{number}", "healthState": state}
        for number, state in enumerate(states, 1)
    ]
    check = _added(_HEALTH_CHECK, type="HTTPS", httpsHealthCheck={"requestPath": "/health"})
    group = _added(_GROUP, healthStatus=health)
    led = _balancing(
        f"{GLOBAL}/backendServices/backend-backend",
        lambda it: it.update(
            backends=[*it["backends"], {"group": f"https://c/v1/{_GROUP}"}],
            healthChecks=[f"https://c/v1/{_HEALTH_CHECK}"],
            timeoutSec=balancing.HOUR_S,
        ),
    )
    return _all(check, group, led)


_MAPS: Final = f"projects/{PROJECT}/locations/global"


def _mapped(hostname: str, **managed: Any) -> Fault:  # noqa: ANN401 - any JSON
    """Certificates come out of a certificate map, which has one entry."""
    certificate = f"{_MAPS}/certificates/mapped"
    link = f"//certificatemanager.googleapis.com/{_MAPS}/certificateMaps/sandbox-map"
    entry = f"{_MAPS}/certificateMaps/sandbox-map/certificateMapEntries/one"

    def fault(staging: Staging) -> Staging:
        made: dict[str, Mapping[str, Any]] = {
            entry: {
                "name": entry,
                "hostname": hostname,
                "certificates": [certificate],
                "state": "ACTIVE",
            },
            certificate: {
                "name": certificate,
                "sanDnsnames": ["localhost"],
                "managed": {"domains": ["localhost"], "state": "ACTIVE", **managed},
            },
        }
        compute = {**staging.world.compute, **made}
        return replace(staging, world=replace(staging.world, compute=compute))

    proxy = f"{GLOBAL}/targetHttpsProxies/sandbox-https"
    return _all(fault, _balancing(proxy, lambda it: it.update(certificateMap=link)))


_UNPROVED: Final = {"domain": "localhost", "state": "FAILED", "failureReason": "CONFIG"}


def _not_passed_on(staging: Staging) -> Staging:
    """The load balancer does not reach the backend, which answers at its own address."""
    name = f"{PARENT}/services/{SERVICES['backend']}"
    services = dict(staging.world.services)
    if name in services:
        services[name] = run_v2.Service(services[name])
        services[name].uri = f"https://localhost:{FRONT}"
    backend = staging.deployments["backend"]
    paths = {*backend.answers, "/"}
    unreached = replace(
        backend,
        answers=dict.fromkeys(paths, balancer_fails),
        conversation=balancer_fails_upgrade,
        preflight=balancer_fails,
    )
    return replace(
        staging,
        world=replace(staging.world, services=services),
        deployments={**staging.deployments, "backend": unreached},
    )


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
    "backends-unhealthy": _machines("UNHEALTHY", "UNHEALTHY"),
    "backend-partly-healthy": _machines("HEALTHY", "UNHEALTHY"),
    "gateway-before-backend": _not_passed_on,
    "certificate-map": _mapped("localhost"),
    "certificate-map-failed": _mapped(
        "localhost", state="FAILED", authorizationAttemptInfo=[_UNPROVED]
    ),
    "certificate-map-without-entry": _mapped("old.netra.example"),
}
"""What can be wrong with the load balancer."""
