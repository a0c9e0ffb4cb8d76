"""What is in front of healthy services: load balancers, in any of the ways to set one up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from front_ends import Manner
from hypothesis import strategies as st

from netra_validate.sandbox.names import PROJECT, REGION

_API = "https://www.googleapis.com/compute/v1"
_GLOBAL = f"projects/{PROJECT}/global"


@st.composite
def manners(draw: Any, *, slow: bool) -> Manner:
    """How a front end speaks."""
    return Manner(
        chunked=draw(st.booleans()),
        gzips=draw(st.booleans()),
        closes=draw(st.integers(0, 7)) == 5,
        clock_s=draw(st.sampled_from((None, 0, 5, -5, 70))),
        takes_s=0.4 if slow else 0.0,
    )


class _Made(dict[str, dict[str, Any]]):
    """Resources by their names."""

    def add(self, name: str, kind: str, **fields: Any) -> str:
        link = f"{_API}/{name}"
        short = name.rpartition("/")[2]
        self[name] = {"kind": f"compute#{kind}", "name": short, "selfLink": link, **fields}
        return link


@st.composite
def balancer(
    draw: Any,
    url_map: str,
    routes: Mapping[str, Mapping[str, str]],
    addresses: tuple[str, ...],
    names: tuple[str, ...],
    websocket: bool,
) -> dict[str, dict[str, Any]]:
    """Compute Engine's resources.

    Args:
        draw: Hypothesis'.
        url_map: its name.
        routes: by host and beginning of the path: the Cloud Run service.
        addresses: of the forwarding rules.
        names: that the certificates are for.
        websocket: whether ``/ws`` is a long conversation.
    """
    made = _Made()
    services = sorted({each for paths in routes.values() for each in paths.values()})
    backends = {each: draw(_backend(made, number, each)) for number, each in enumerate(services)}
    hosts = draw(st.permutations(sorted(routes)))
    matchers, rules = [], []
    for number, host in enumerate(hosts):
        paths = routes[host]
        matcher: dict[str, Any] = {"name": f"m{number}", "defaultService": backends[paths[""]]}
        below = [
            {"paths": [prefix, f"{prefix}/*"], "service": backends[service]}
            for prefix, service in paths.items()
            if prefix
        ]
        if websocket and draw(st.booleans()):
            seconds = str(draw(st.sampled_from((600, 3600, 86400))))
            below.append({
                "paths": ["/ws", "/ws/*"], "service": backends[paths[""]],
                "routeAction": {"timeout": {"seconds": seconds}},
            })  # fmt: skip
        if draw(st.booleans()):
            matcher["pathRules"] = draw(st.permutations(below))
        else:
            matcher["routeRules"] = [
                {
                    "priority": draw(st.integers(0, 50)) * 10 + place,
                    "matchRules": [
                        {"fullPathMatch": each["paths"][0]},
                        {"prefixMatch": f"{each['paths'][0]}/"},
                    ],
                    "service": each["service"],
                    **({"routeAction": each["routeAction"]} if "routeAction" in each else {}),
                }
                for place, each in enumerate(below)
            ]
        matchers.append(matcher)
        rules.append({"hosts": [host], "pathMatcher": f"m{number}"})
    spare = draw(st.sampled_from((None, "*", "old.elsewhere.example")))
    if spare:
        rules.append({"hosts": [spare], "pathMatcher": "spare"})
        matchers.append({"name": "spare", "defaultUrlRedirect": {"hostRedirect": "x.example"}})
    link = made.add(
        f"{_GLOBAL}/urlMaps/{url_map}",
        "urlMap",
        defaultService=backends[services[0]],
        hostRules=draw(st.permutations(rules)),
        pathMatchers=draw(st.permutations(matchers)),
        fingerprint="x",
        tests=[],
    )
    certificates = draw(_certificates(made, names))
    mapped: dict[str, Any] = {}
    if draw(st.integers(0, 3)) == 0:
        mapped["certificateMap"] = draw(_certificate_map(made, names))
    proxy = made.add(
        f"{_GLOBAL}/targetHttpsProxies/https",
        "targetHttpsProxy",
        urlMap=link,
        sslCertificates=certificates if not mapped else [],
        quicOverride="NONE",
        **mapped,
    )
    made.add(f"{_GLOBAL}/targetHttpsProxies/other", "targetHttpsProxy", urlMap=f"{link}-2",
             sslCertificates=[])  # fmt: skip
    for number, address in enumerate(addresses):
        made.add(
            f"{_GLOBAL}/forwardingRules/r{number}",
            "forwardingRule",
            IPAddress=f"{address}/64" if ":" in address and draw(st.booleans()) else address,
            IPProtocol="TCP",
            portRange="443-443",
            target=proxy,
            loadBalancingScheme=draw(st.sampled_from(("EXTERNAL_MANAGED", "EXTERNAL", "OF_2030"))),
        )
    if draw(st.booleans()):
        check = made.add(f"{_GLOBAL}/healthChecks/used", "healthCheck", type="TCP")
        made.add(f"{_GLOBAL}/backendServices/elsewhere", "backendService", healthChecks=[check],
                 backends=[])  # fmt: skip
    return dict(made)


@st.composite
def _backend(draw: Any, made: _Made, number: int, service: str) -> str:
    group = made.add(
        f"projects/{PROJECT}/regions/{REGION}/networkEndpointGroups/neg{number}",
        "networkEndpointGroup",
        networkEndpointType="SERVERLESS",
        cloudRun={"service": service},
        size=0,
    )
    return made.add(
        f"{_GLOBAL}/backendServices/be{number}",
        "backendService",
        backends=[{"group": group, "capacityScaler": 1.0}],
        protocol=draw(st.sampled_from(("HTTPS", "HTTP2", "H3C"))),
        timeoutSec=draw(st.sampled_from((30, 86400))),
        securityPolicy=f"{_API}/{_GLOBAL}/securityPolicies/armor",
        logConfig={"enable": True},
    )


@st.composite
def _certificates(draw: Any, made: _Made, names: tuple[str, ...]) -> list[str]:
    """One for all, one for each, managed or not, in any order."""
    groups = draw(st.sampled_from(([names], [(each,) for each in names])))
    found = []
    for number, group in enumerate(groups):
        managed = {
            "type": "MANAGED",
            "managed": {
                "status": "ACTIVE",
                "domains": list(group),
                "domainStatus": dict.fromkeys(group, "ACTIVE"),
            },
        }
        wide = sorted({f"*.{each.partition('.')[2]}" for each in group} | set(group))
        own = {
            "type": "SELF_MANAGED",
            "selfManaged": {"certificate": "-"},
            "subjectAlternativeNames": wide,
            "expireTime": draw(st.sampled_from(
                ("2999-12-31T23:59:59.000-08:00", "2031-01-01T00:00:00Z")
            )),
        }  # fmt: skip
        fields = own if draw(st.booleans()) else managed
        found.append(made.add(f"{_GLOBAL}/sslCertificates/c{number}", "sslCertificate", **fields))
    return draw(st.permutations(found))


@st.composite
def _certificate_map(draw: Any, made: _Made, names: tuple[str, ...]) -> str:
    """Certificate Manager's: an entry for each host, for all of a domain, or one for the rest."""
    place = f"projects/{PROJECT}/locations/global"
    link = f"{place}/certificateMaps/map"
    certificate = f"{place}/certificates/all"
    made[certificate] = {
        "name": certificate,
        "managed": {"state": "ACTIVE", "domains": list(names)},
        "sanDnsnames": list(names),
        "expireTime": "2999-01-01T00:00:00Z",
        "scope": "DEFAULT",
    }
    own = [{"hostname": each} for each in names]
    rest = [{"matcher": "PRIMARY"}]
    for number, entry in enumerate(draw(st.sampled_from((own, rest, own + rest)))):
        name = f"{link}/certificateMapEntries/e{number}"
        made[name] = {"name": name, "certificates": [certificate], "state": "ACTIVE", **entry}
    return f"//certificatemanager.googleapis.com/{link}"
