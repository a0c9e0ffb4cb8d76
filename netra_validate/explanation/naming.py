"""The names that stand in place of the braces of commands. Pure.

They are the finding's, its report's, and those of the configuration where there is one. What a
report says was written by strangers: a value stands for a name only where it looks like one, so
that none becomes an option, a second word, or a part of a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import urljoin, urlsplit

from netra_validate import scrub
from netra_validate.by_hand import Argv
from netra_validate.model import Finding, ProbeResult, Report
from netra_validate.topology import (
    CloudResource,
    Connector,
    Database,
    Environment,
    Host,
    LoadBalancer,
    Resource,
    Service,
    Topology,
)

_NAME: Final = re.compile(r"[A-Za-z0-9_][\w.:@+-]*", re.ASCII)
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
_ADDRESS: Final = re.compile(r"https?://[\w.:\[\]%~/?&=+,@!*;#-]+", re.ASCII)
_FILE: Final = re.compile(r"[\w.@+][\w ./@+-]*")
_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    "address": _HOST,
    "db_host": _HOST,
    "endpoint": _ADDRESS,
    "file": _FILE,
    "host": _HOST,
    "origin": _ADDRESS,
    "url": _ADDRESS,
    "websocket": _ADDRESS,
}
"""What a value has to look like; any other placeholder is a name."""

_LONGEST: Final = 300

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account", "runs_as", "service_account"),
    "address": ("address",),
    "backend_service": ("backend_service", "backend"),
    "certificate": ("certificate",),
    "connector": ("connector",),
    "endpoint": ("endpoint", "url", "address", "asked"),
    "execution": ("execution",),
    "file": ("file",),
    "group": ("group",),
    "health_check": ("health_check",),
    "host": ("host",),
    "job": ("job",),
    "name": ("name", "variable", "marker", "host", "class", "function"),
    "network": ("network",),
    "operation": ("operation",),
    "origin": ("origin",),
    "port": ("port",),
    "project": ("project",),
    "region": ("region",),
    "revision": ("revision",),
    "secret": ("secret",),
    "version": ("version",),
}
"""Where evidence has it: the first key whose value looks like it."""

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "backend_service": ("compute", "backend-services"),
    "certificate": ("compute", "ssl-certificates"),
    "connector": ("compute", "networks", "vpc-access", "connectors"),
    "execution": ("run", "jobs", "executions"),
    "group": ("compute", "network-endpoint-groups"),
    "health_check": ("compute", "health-checks"),
    "instance": ("sql", "instances"),
    "job": ("run", "jobs"),
    "operation": ("sql", "operations"),
    "revision": ("run", "revisions"),
    "secret": ("secrets",),
    "service": ("run", "services"),
    "url_map": ("compute", "url-maps"),
}
"""The groups of ``gcloud`` whose commands take it: ``gcloud`` group, verb, name."""

_LONGER: Final = frozenset({("logs", "read"), ("versions", "list")})
"""Verbs of two words."""

_FLAGS: Final = frozenset(
    {"--instance", "--network", "--project", "--region", "--secret", "--service"}
)
_FILTER: Final = re.compile(r'--log-filter=resource\.labels\.revision_name="([\w-]+)"', re.ASCII)
"""How remedies ask for the log of one revision."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a configuration says of the environment of a report."""

    environment: Environment
    topology: Topology
    secrets: tuple[str, ...] = ()
    """Values that are never to be shown."""

    def resource(self, probe: ProbeResult) -> Resource | None:
        """What a probe examined."""
        found = (each for each in self.topology.resources if each.ref == probe.resource)
        return next(found, None)


def names(
    report: Report, probe: ProbeResult, found: Finding | None, known: Known | None
) -> dict[str, str]:
    """What stands in place of each placeholder that is known.

    Args:
        report: that the finding is from.
        probe: that has it.
        found: the finding; None where the probe has none.
        known: the configuration of its environment, where there is one.
    """
    told: dict[str, str] = {}
    secrets = known.secrets if known is not None else ()
    for name, value in _candidates(report, probe, found, known):
        if name not in told and _looks_right(name, value, secrets):
            told[name] = value
    return told


def _looks_right(name: str, value: str, secrets: tuple[str, ...]) -> bool:
    shape = _SHAPES.get(name, _NAME)
    if len(value) > _LONGEST or scrub.text(value, secrets=secrets) != value:
        return False
    return shape.fullmatch(value) is not None


def _candidates(
    report: Report, probe: ProbeResult, found: Finding | None, known: Known | None
) -> Iterator[tuple[str, str]]:
    """Every value that may be meant, that which is nearest to the finding first."""
    if found is not None:
        if found.location is not None:
            yield "file", found.location.path
        yield from _of_evidence(found.evidence)
    if known is not None:
        yield from _of_configuration(probe, found, known)
    if found is not None and found.remediation is not None:
        yield from _of_commands(each.argv for each in found.remediation.commands)
    yield from _of_evidence(probe.observations, but=("version",))
    if probe.resource.kind == Host.kind:
        yield from _of_place(probe.resource.name)
    yield from (("project", report.project or ""), ("region", report.region or ""))


def _of_evidence(
    evidence: Mapping[str, object], but: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    for name, keys in _KEYS.items():
        for key in keys:
            value = evidence.get(key)
            if isinstance(value, str | int) and not isinstance(value, bool) and name not in but:
                # The API's long form: projects/P/locations/R/connectors/NAME.
                short = str(value).rpartition("/")[2] if name == "connector" else str(value)
                yield name, short


def _of_place(place: str) -> Iterator[tuple[str, str]]:
    """A host and its port, as hosts are called that no configuration gives another name."""
    host, colon, port = place.rpartition(":")
    numbered = bool(colon) and port.isdecimal() and ":" not in host
    if "." in place or ":" in place:
        yield "host", host if numbered else place
        yield "port", port if numbered else "443"


def _of_configuration(
    probe: ProbeResult, found: Finding | None, known: Known
) -> Iterator[tuple[str, str]]:
    resource = known.resource(probe)
    if isinstance(resource, CloudResource):
        yield "project", known.environment.project_of(resource) or ""
        yield "region", known.environment.region_of(resource) or ""
    match resource:
        case Service():
            yield from _of_service(resource, found, known.topology)
        case Database():
            yield from _of_database(resource)
            for service in known.topology.users_of(resource):
                yield "service", service.cloud_run or ""
        case Connector(name=name):
            yield "connector", name
            for service in known.topology.users_of(resource):
                yield "service", service.cloud_run or ""
        case LoadBalancer(url_map=url_map):
            yield "url_map", url_map
        case Host(name=name, port=port, load_balancer=behind):
            yield from (("host", name), ("port", str(port)))
            balancer = known.topology.get(LoadBalancer, behind)
            if balancer is not None:
                yield "url_map", balancer.url_map
                yield "project", known.environment.project_of(balancer) or ""


def _of_service(
    service: Service, found: Finding | None, topology: Topology
) -> Iterator[tuple[str, str]]:
    yield "service", service.cloud_run or ""
    base = service.url or ""
    yield "url", base.rstrip("/")
    paths = found.evidence.get("paths") if found is not None else None
    first = next(iter(paths), None) if isinstance(paths, Mapping) else None
    path = first or next(iter(service.health), "")
    yield "endpoint", urljoin(base, str(path))
    yield "websocket", asked_by_curl(service.websocket or "")
    yield from _of_url(base)
    connector = topology.get(Connector, service.connector)
    if connector is not None:
        yield "connector", connector.name
    database = topology.get(Database, service.database)
    if database is not None:
        yield from _of_database(database)
    for balancer in topology.of(LoadBalancer):
        if service.key in balancer.services:
            yield "url_map", balancer.url_map


def _of_database(database: Database) -> Iterator[tuple[str, str]]:
    yield "instance", database.instance
    if database.dsn_env is None:
        yield from (("db_host", database.host or ""), ("db_port", str(database.port)))
        yield from (("database", database.name or ""), ("db_user", database.user or ""))


def asked_by_curl(websocket: str) -> str:
    """A WebSocket's address as curl takes it. Its query is left out: a ticket may travel there."""
    parts = urlsplit(websocket)
    scheme = {"wss": "https", "ws": "http"}.get(parts.scheme)
    if scheme is None:
        return ""
    return f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path or '/'}"


def _of_url(address: str) -> Iterator[tuple[str, str]]:
    """Base, host and port of an address."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return
    if host:
        yield "url", f"{parts.scheme}://{parts.netloc}"
        yield from (("host", host), ("port", str(port or 443)))


def _of_commands(commands: Iterable[Argv]) -> Iterator[tuple[str, str]]:
    """The names in the commands of a remedy: those were put there by who found it."""
    for argv in commands:
        if argv[0] == "gcloud":
            yield from _of_gcloud(argv[1:])
        elif argv[0] == "curl":
            yield from _of_curl(argv)
        elif argv[0] == "nslookup":
            yield "host", argv[-1]
        elif argv[0] == "openssl":
            yield from _of_openssl(argv)


def _of_curl(argv: Argv) -> Iterator[tuple[str, str]]:
    for word in argv:
        header, _, value = word.partition(": ")
        if header == "Origin":
            yield "origin", value
    address = argv[-1]
    if not _ADDRESS.fullmatch(address):
        return
    yield from (("endpoint", address), ("websocket", address))
    yield from _of_url(address)


def _of_openssl(argv: Argv) -> Iterator[tuple[str, str]]:
    for flag, word in pairwise(argv):
        if flag == "-connect":
            yield "port", word.rpartition(":")[2]
        elif flag == "-servername":
            yield "host", word


def _of_gcloud(words: Argv) -> Iterator[tuple[str, str]]:
    given = [word for word in words if not word.startswith("-")]
    for name, group in _WORDS.items():
        at = len(group)
        if group == ("run", "jobs") and given[at : at + 1] == ["executions"]:
            continue
        # After the group stand a verb and the name; some verbs have two words.
        verb = 2 if tuple(given[at : at + 2]) in _LONGER else 1
        if tuple(given[:at]) == group and len(given) > at + verb:
            yield name, given[at + verb]
    for word in words:
        flag, _, value = word.partition("=")
        if flag in _FLAGS:
            yield flag.removeprefix("--"), value
        elif revision := _FILTER.fullmatch(word):
            yield "revision", revision[1]
