"""The names that stand in place of the braces of commands. Pure.

They are the finding's, its report's, and those of the configuration where there is one. What a
report says was written by strangers: a value stands for a name only where it looks like one, so
that none becomes an option, a second word, or a part of a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from netra_validate import scrub
from netra_validate.explanation.mentions import (
    ADDRESS,
    asked_by_curl,
    of_beginning,
    of_commands,
    of_text,
    of_url,
    origin,
)
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
_FILE: Final = re.compile(r"[\w.@+][\w ./@+-]*")
_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    "address": _HOST,
    "db_host": _HOST,
    "endpoint": ADDRESS,
    "file": _FILE,
    "host": _HOST,
    "origin": ADDRESS,
    "sslmode": re.compile(r"[a-z-]+( sslrootcert=[\w./@+-]+)?"),
    "url": ADDRESS,
    "websocket": ADDRESS,
}
"""What a value has to look like; any other placeholder is a name."""

_LONGEST: Final = 300

_SEVERAL: Final = frozenset({"addresses", "classes", "domains", "names"})
"""Keys of evidence that hold several: the first of them stands for all."""

_LONG_FORM: Final = frozenset({"connector", "secret"})

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account", "runs_as", "service_account"),
    "address": ("address",),
    "backend_service": ("backend_service", "backend"),
    "certificate": ("certificate",),
    "connector": ("connector",),
    "endpoint": ("endpoint", "url", "address", "asked", "addresses"),
    "execution": ("execution",),
    "file": ("file",),
    "group": ("group",),
    "health_check": ("health_check",),
    "host": ("host", "names", "domains"),
    "job": ("job",),
    "name": ("name", "variable", "marker", "host", "class", "function", "classes"),
    "network": ("network",),
    "operation": ("operation",),
    "origin": ("origin",),
    "port": ("port",),
    "project": ("project",),
    "region": ("region",),
    "revision": ("revision",),
    # A key that ends in the word alone announces a value that is none to show.
    "secret": ("secret_name",),
    "version": ("version",),
}
"""Where evidence has it: the first key whose value looks like it."""


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
        asked = dict(of_beginning(found.message))
        if known is None or is_ours(asked.get("url"), known.resource(probe)):
            yield from asked.items()
    if known is not None:
        yield from _of_configuration(probe, found, known)
    if found is not None:
        remedy = found.remediation
        yield from of_commands(each.argv for each in (remedy.commands if remedy else ()))
        yield from of_text(found.message)
    yield from _of_evidence(probe.observations, but=("version",))
    if probe.resource.kind == Host.kind:
        yield from _of_place(probe.resource.name)
    yield from (("project", report.project or ""), ("region", report.region or ""))


def is_ours(address: str | None, resource: Resource | None) -> bool:
    """Whether a token for a service may be sent there: a report may say anything.

    It may where scheme, host and port are those of an address that the configuration has.
    """
    if not isinstance(resource, Service):
        return True
    ours = (resource.url, asked_by_curl(resource.websocket or ""))
    return origin(address or "") in {origin(each) for each in ours if each} - {None}


def _of_evidence(
    evidence: Mapping[str, object], but: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    for name, keys in _KEYS.items():
        for key in keys:
            value = evidence.get(key)
            if key in _SEVERAL:
                value = _first(value)
            if isinstance(value, str | int) and not isinstance(value, bool) and name not in but:
                # The API's long form: projects/P/locations/R/connectors/NAME.
                short = str(value).rpartition("/")[2] if name in _LONG_FORM else str(value)
                yield name, short


def _first(value: object) -> object:
    """Of several, the first: names of a certificate, classes with the files that define them."""
    if isinstance(value, Mapping | list | tuple):
        entry = next(iter(value), None)
        return entry.split(" ")[0] if isinstance(entry, str) else None
    return value


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
            yield from _of_service(resource, found, known)
        case Database():
            yield from _of_database(resource, known)
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


def _of_service(service: Service, found: Finding | None, known: Known) -> Iterator[tuple[str, str]]:
    topology = known.topology
    yield "service", service.cloud_run or ""
    base = service.url or ""
    yield "url", base.rstrip("/")
    paths = found.evidence.get("paths") if found is not None else None
    first = next(iter(paths), None) if isinstance(paths, Mapping) else None
    path = first or next(iter(service.health), "")
    yield "endpoint", urljoin(base, str(path))
    yield "websocket", asked_by_curl(service.websocket or "")
    yield from of_url(base)
    connector = topology.get(Connector, service.connector)
    if connector is not None:
        yield "connector", connector.name
    database = topology.get(Database, service.database)
    if database is not None:
        yield from _of_database(database, known)
    for balancer in topology.of(LoadBalancer):
        if service.key in balancer.services:
            yield "url_map", balancer.url_map


def _of_database(database: Database, known: Known) -> Iterator[tuple[str, str]]:
    yield "instance", database.instance
    if database.dsn_env is None:
        yield from (("db_host", database.host or ""), ("db_port", str(database.port)))
        yield from (("database", database.name or ""), ("db_user", database.user or ""))
        yield "sslmode", _sslmode(database, known.environment.ca_file)


def _sslmode(database: Database, ca_file: Path | None) -> str:
    """As remedies have it: cloud-sql-proxy takes connections on this machine in the clear."""
    if database.host is None:
        return "prefer"
    if not database.sslmode.startswith("verify"):
        return str(database.sslmode)
    return f"{database.sslmode} sslrootcert={ca_file or 'system'}"
