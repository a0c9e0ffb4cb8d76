"""The load balancer in front of the services, as Compute Engine's JSON tells of it.

Keyed by the full resource name. A host of the URL map is followed by the name of a service in place
of a port, until the ports are known: :func:`placed`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from netra_validate.sandbox.names import PROJECT, REGION, SERVICES, URL_MAP

Resources = Mapping[str, Mapping[str, Any]]

_API: Final = "https://www.googleapis.com/compute/v1"
GLOBAL: Final = f"projects/{PROJECT}/global"
CERTIFICATE: Final = "sandbox-certificate"
HOUR_S: Final = 3600


def healthy() -> dict[str, dict[str, Any]]:
    """A URL map with a host for each service, a serverless group for each, and one certificate."""
    found: dict[str, dict[str, Any]] = {}

    def add(name: str, kind: str, **fields: Any) -> str:  # noqa: ANN401 - any JSON
        link = f"{_API}/{name}"
        short = name.rpartition("/")[2]
        found[name] = {"kind": f"compute#{kind}", "name": short, "selfLink": link, **fields}
        return link

    backends = {key: _backend(add, key, service) for key, service in SERVICES.items()}
    url_map = add(f"{GLOBAL}/urlMaps/{URL_MAP}", "urlMap", **_routes(backends))
    certificate = add(f"{GLOBAL}/sslCertificates/{CERTIFICATE}", "sslCertificate", **_managed())
    https = add(
        f"{GLOBAL}/targetHttpsProxies/sandbox-https",
        "targetHttpsProxy",
        urlMap=url_map,
        sslCertificates=[certificate],
    )
    for family, address in {"ipv4": "127.0.0.1", "ipv6": "::1"}.items():
        add(
            f"{GLOBAL}/forwardingRules/sandbox-{family}",
            "forwardingRule",
            IPAddress=address,
            IPProtocol="TCP",
            portRange="443-443",
            target=https,
            loadBalancingScheme="EXTERNAL_MANAGED",
        )
    return found


def _backend(add: Callable[..., str], key: str, service: str) -> str:
    group = add(
        f"projects/{PROJECT}/regions/{REGION}/networkEndpointGroups/{key}-neg",
        "networkEndpointGroup",
        networkEndpointType="SERVERLESS",
        cloudRun={"service": service},
        size=0,
    )
    return add(
        f"{GLOBAL}/backendServices/{key}-backend",
        "backendService",
        backends=[{"group": group, "balancingMode": "UTILIZATION"}],
        protocol="HTTPS",
        timeoutSec=30,  # the API's default, which means nothing for a serverless group
        loadBalancingScheme="EXTERNAL_MANAGED",
    )


def _routes(backends: Mapping[str, str]) -> dict[str, Any]:
    return {
        "defaultService": backends["frontend"],
        "hostRules": [
            {"hosts": [f"localhost:{key}"], "pathMatcher": f"{key}-paths"} for key in backends
        ],
        "pathMatchers": [_paths(key, backend) for key, backend in backends.items()],
    }


def _paths(key: str, backend: str) -> dict[str, Any]:
    """The paths of one host; of the backend's the WebSocket's with a time of its own."""
    matcher: dict[str, Any] = {"name": f"{key}-paths", "defaultService": backend}
    if key == "backend":
        action = {"timeout": {"seconds": str(HOUR_S)}}
        matcher["pathRules"] = [
            {"paths": ["/ws", "/ws/*"], "service": backend, "routeAction": action}
        ]
    return matcher


def _managed() -> dict[str, Any]:
    return {
        "type": "MANAGED",
        "managed": {
            "status": "ACTIVE",
            "domains": ["localhost"],
            "domainStatus": {"localhost": "ACTIVE"},
        },
        "subjectAlternativeNames": ["localhost"],
        "expireTime": "2999-12-31T23:59:59.000-00:00",
    }


def placed(resources: Resources, ports: Mapping[str, int]) -> Resources:
    """The same with the ports that the services listen on."""
    text = json.dumps(resources)
    for key, port in ports.items():
        text = text.replace(f'"localhost:{key}"', f'"localhost:{port}"')
    found: Resources = json.loads(text)
    return found


def changed(
    resources: Resources, name: str, change: Callable[[dict[str, Any]], None]
) -> dict[str, Mapping[str, Any]]:
    """The resources with one of them changed."""
    one: dict[str, Any] = copy.deepcopy(dict(resources[name]))
    change(one)
    return {**resources, name: one}
