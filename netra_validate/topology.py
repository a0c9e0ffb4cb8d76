"""The resources of an environment and which depends on which.

Resources are declared once in the configuration and refer to each other by name. An edge says *is
needed by*: a service needs its database and its connector, and a database is reached through the
connectors of the services that use it, each service through its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from netra_validate.hostnames import DIRECT, under
from netra_validate.model import Finding, Location, ResourceRef

Auth = Literal["none", "bearer", "google-id-token"]
"""How a request to a service is authenticated."""

SslMode = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]
"""How a connection to PostgreSQL is secured; the words of libpq."""

ProjectId = Annotated[
    str,
    Meta(pattern=r"^([a-z0-9.-]+:)?[a-z][a-z0-9-]*$", title="a project id such as my-project-123"),
]
"""https://cloud.google.com/resource-manager/docs/creating-managing-projects"""

Region = Annotated[
    str, Meta(pattern=r"^[a-z]+(-[a-z]+)+[0-9]+$", title="a region such as us-central1")
]

CloudName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9-]*$",
        title="a name of lower-case letters, digits and hyphens, without path or project",
    ),
]
"""What Cloud Run services, Cloud SQL instances and connectors may be called."""

HostName = Annotated[
    str, Meta(pattern=r"^[^\s/:@]+$", title="a host such as staging.example.com, without a port")
]

VariableName = Annotated[
    str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", title="the name of an environment variable")
]
"""Never the secret itself."""

TableName = Annotated[str, Meta(extra={"is": "the name of the table"})]
"""A field that the configuration does not set: it is the name of the table that holds the rest."""

Table = dict[str, Any]
"""A table of the configuration that only its check can read."""


class Resource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is examined."""

    kind: ClassVar[str]
    """What reports call it."""
    section: ClassVar[str] = ""
    """The table of the environment that declares it, such as ``services``."""

    key: TableName
    """The name under which the configuration declares it; unique among its kind."""
    required: Annotated[
        bool, Meta(description="False turns the errors found on this resource into warnings")
    ] = True
    checks: Annotated[
        dict[str, Table], Meta(description="Options of checks, for this resource alone")
    ] = {}

    @property
    def ref(self) -> ResourceRef:
        """Kind and name, as reports show it."""
        return ResourceRef(self.kind, self.key)

    @property
    def needs(self) -> Iterator[ResourceRef]:
        """The resources that this one names as its own upstream."""
        yield from ()


R = TypeVar("R", bound=Resource)


class Repository(Resource, frozen=True, kw_only=True):
    """The source tree."""

    kind: ClassVar[str] = "repository"

    key: str = "repo"
    root: Path = Path()
    """Absolute path of the folder that is examined."""


class WholeEnvironment(Resource, frozen=True, kw_only=True):
    """The environment that is examined, for what concerns it as a whole: its name is its key.

    Nobody declares it beside its table, and nothing needs it.
    """

    kind: ClassVar[str] = "environment"


class CloudResource(Resource, frozen=True, kw_only=True):
    """Something that a Google Cloud API knows."""

    project: Annotated[
        ProjectId | None, Meta(description="Project id, where it is not the environment's")
    ] = None
    region: Annotated[
        Region | None, Meta(description="Region, where it is not the environment's")
    ] = None


class Service(CloudResource, frozen=True, kw_only=True):
    """One HTTP service, usually on Cloud Run."""

    kind: ClassVar[str] = "service"
    section: ClassVar[str] = "services"

    url: Annotated[str | None, Meta(description="Base address that users reach it by")] = None
    cloud_run: Annotated[CloudName | None, Meta(description="Name of the Cloud Run service")] = None
    health: Annotated[
        tuple[str, ...], Meta(description="Health endpoints: paths under url, or whole addresses")
    ] = ()
    websocket: Annotated[
        str | None, Meta(description="Address of the WebSocket endpoint, wss:// and path")
    ] = None
    database: Annotated[
        str | None, Meta(description="The database it needs: a name under databases")
    ] = None
    connector: Annotated[
        str | None, Meta(description="The VPC connector it uses: a name under connectors")
    ] = None
    database_pool: (
        Annotated[int, Meta(ge=0, description="Most database connections of one instance")] | None
    ) = None
    auth: Annotated[Auth, Meta(description="How requests to it are authenticated")] = "none"
    token_env: Annotated[
        VariableName | None,
        Meta(description='Environment variable that holds the token of auth = "bearer"'),
    ] = None
    audience: Annotated[
        str | None, Meta(description="Audience of the identity token, where it is not url")
    ] = None

    @property
    def places(self) -> frozenset[tuple[str, int]]:
        """Hosts, in small letters, and ports of all its addresses."""
        return frozenset((name, port) for name, port, _ in self.doors)

    @property
    def doors(self) -> Iterator[tuple[str, int, bool]]:
        """Host, port, and whether over TLS, of each of its addresses."""
        for address in (self.url, self.websocket, *self.health):
            parts = urlsplit(address or "")
            if parts.hostname:
                tls = parts.scheme in {"https", "wss"}
                yield parts.hostname, parts.port or (443 if tls else 80), tls

    @property
    def asked_at(self) -> frozenset[tuple[str, int]]:
        """Hosts and ports by which it is examined."""
        return self.places

    @property
    def needs(self) -> Iterator[ResourceRef]:
        """Its database and its connector."""
        if self.database is not None:
            yield ResourceRef(Database.kind, self.database)
        if self.connector is not None:
            yield ResourceRef(Connector.kind, self.connector)


class CandidateService(Service, frozen=True, kw_only=True):
    """A service that is judged at its revision with a traffic tag, not at what serves.

    No configuration declares it; the command line asks for it.
    """

    tag: str
    revision: str | None = None
    """Which one that is. A check that examines the service is told, with the addresses of that
    revision; in the topology it is not known yet, and the addresses are the service's."""

    @property
    def asked_at(self) -> frozenset[tuple[str, int]]:
        """Hosts and ports of the health endpoints that are on other hosts than the service's own.

        They stay where they are. Everything else is asked for at the tag's own address.
        """
        whole = tuple(self._whole_addresses)
        return frozenset(whole) - frozenset(whole[:1])

    @property
    def _whole_addresses(self) -> Iterator[tuple[str, int]]:
        """Host and port of its url, and of health endpoints with an address of their own."""
        for address in (self.url, *self.health):
            parts = urlsplit(address or "")
            if parts.hostname:
                yield parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


class Database(CloudResource, frozen=True, kw_only=True):
    """One Cloud SQL instance."""

    kind: ClassVar[str] = "database"
    section: ClassVar[str] = "databases"

    instance: Annotated[CloudName, Meta(description="Name of the Cloud SQL instance")]
    dsn_env: Annotated[
        VariableName | None,
        Meta(description="Environment variable that holds the DSN to connect by, postgresql://…"),
    ] = None
    host: Annotated[
        HostName | None,
        Meta(description="Where to connect to, without a DSN; the Cloud SQL connector without it"),
    ] = None
    port: Annotated[int, Meta(ge=1, le=65535, description="Of host")] = 5432
    name: (
        Annotated[str, Meta(min_length=1, description="The database to enter, without a DSN")]
        | None
    ) = None
    user: (
        Annotated[str, Meta(min_length=1, description="The role to enter it as, without a DSN")]
        | None
    ) = None
    password_env: Annotated[
        VariableName | None,
        Meta(description="Environment variable that holds the password; IAM signs in without it"),
    ] = None
    sslmode: Annotated[
        SslMode,
        Meta(
            description="How the connection to host is secured, in libpq's words; with prefer no"
            " password goes over a network in the clear"
        ),
    ] = "require"

    @property
    def way(self) -> Literal["dsn", "host", "connector"] | None:
        """How it is connected to; None where the configuration does not say."""
        if self.dsn_env is not None:
            return "dsn"
        if self.name is None or self.user is None:
            return None
        return "connector" if self.host is None else "host"


class Connector(CloudResource, frozen=True, kw_only=True):
    """One Serverless VPC Access connector."""

    kind: ClassVar[str] = "connector"
    section: ClassVar[str] = "connectors"

    name: Annotated[CloudName, Meta(description="Name of the connector")]


class LoadBalancer(CloudResource, frozen=True, kw_only=True):
    """One external application load balancer: a URL map and what it leads to."""

    kind: ClassVar[str] = "load_balancer"
    section: ClassVar[str] = "load_balancers"

    url_map: Annotated[CloudName, Meta(description="Name of the URL map")]
    services: Annotated[
        tuple[str, ...], Meta(description="What it leads to: names under services")
    ] = ()

    @property
    def needs(self) -> Iterator[ResourceRef]:
        """The services behind it."""
        for name in self.services:
            yield ResourceRef(Service.kind, name)


class Host(Resource, frozen=True, kw_only=True):
    """One host that clients reach the environment by.

    The hosts of all addresses of services are examined without being declared.
    """

    kind: ClassVar[str] = "host"
    section: ClassVar[str] = "hosts"

    name: Annotated[HostName, Meta(description="The host's name")]
    port: Annotated[int, Meta(ge=1, le=65535, description="Where it is spoken to")] = 443
    tls: Annotated[bool, Meta(description="Whether it is spoken to over TLS")] = True
    load_balancer: Annotated[
        str | None, Meta(description="What serves it: a name under load_balancers")
    ] = None

    @property
    def needs(self) -> Iterator[ResourceRef]:
        """The load balancer that serves it."""
        if self.load_balancer is not None:
            yield ResourceRef(LoadBalancer.kind, self.load_balancer)


DECLARED: Final[tuple[type[Resource], ...]] = (Service, Database, Connector, LoadBalancer, Host)
"""The kinds that an environment's tables declare."""


class Domains(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which hosts the repository may name."""

    managed: Annotated[
        tuple[str, ...], Meta(description="Domains whose every host is looked at")
    ] = ()
    canonical: Annotated[tuple[str, ...], Meta(description="Hosts that are right")] = ()
    retired: Annotated[
        dict[str, str],
        Meta(description="Host or *.pattern that is retired, and the host that replaces it"),
    ] = {}
    allowed: Annotated[
        tuple[str, ...], Meta(description="Hosts or *.patterns that are neither, and are fine")
    ] = ()


class Endpoints(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the Google APIs are, if not at their usual address.

    An address on this machine is spoken to without credentials; any other must be a
    ``googleapis.com`` host over https. So a token never leaves for a host that is not Google's.
    """

    run: str | None = None
    vpcaccess: str | None = None
    sqladmin: str | None = None
    logging: str | None = None
    compute: str | None = None
    certificatemanager: str | None = None
    cloudresourcemanager: str | None = None
    secretmanager: str | None = None
    iam: str | None = None
    monitoring: str | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment of the configuration, with what is not a resource of its own."""

    name: str | None = None
    project: str | None = None
    region: str | None = None
    domains: Domains = field(default_factory=Domains)
    endpoints: Endpoints = field(default_factory=Endpoints)
    ca_file: Path | None = None
    """PEM file of a private certificate authority, trusted beside the usual ones."""
    chosen_by: str | None = None
    """What said that this one is examined: ``--env``, ``default_environment``, ``NETRA_ENV``. None
    where nobody had to, or nobody knows."""
    declared: tuple[str, ...] = ()
    """The names of all environments that the configuration declares."""

    def project_of(self, resource: CloudResource) -> str | None:
        """The project that ``resource`` is in."""
        return resource.project or self.project

    def region_of(self, resource: CloudResource) -> str | None:
        """The region that ``resource`` is in."""
        return resource.region or self.region

    def why_not_looked_up(self, service: Service) -> str | None:
        """Why nobody can look a service up in Cloud Run; None where that can be done."""
        if service.cloud_run is None:
            return f"service {service.key} names no cloud_run service"
        for what, found in (
            ("project", self.project_of(service)),
            ("region", self.region_of(service)),
        ):
            if found is None:
                return f"service {service.key} has no {what}: set {what} on the environment"
        return None


@dataclass(frozen=True, eq=False)
class Topology:
    """Every resource of one environment, and the edges between them."""

    resources: tuple[Resource, ...] = ()
    declared_at: Mapping[ResourceRef, Location] = field(default_factory=dict)
    """Where the configuration declares each resource."""
    set_at: Mapping[tuple[str, ...], Location] = field(default_factory=dict)
    """Where it sets options of checks: by check, option and, in a table, what the table is about.
    Those for one resource alone are not among them."""

    def option_at(self, *keys: str) -> Location | None:
        """Where an option is set, or the nearest table around it; None where it is not set.

        Args:
            keys: of the check, the option and, in a table, what it is about.
        """
        ends = range(len(keys), 1, -1)
        return next((self.set_at[keys[:end]] for end in ends if keys[:end] in self.set_at), None)

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """All resources of one kind, in the order of the configuration."""
        return tuple(found for found in self.resources if isinstance(found, kind))

    def get(self, kind: type[R], key: str | None) -> R | None:
        """The resource of this kind and name, or None."""
        return next((found for found in self.of(kind) if found.key == key), None)

    def users_of(self, resource: Resource) -> tuple[Service, ...]:
        """The services that need ``resource`` directly."""
        return tuple(found for found in self.of(Service) if resource.ref in found.needs)

    def entrances_of(self, service: Service) -> frozenset[ResourceRef]:
        """The hosts and load balancers through which clients reach a service.

        It does not need them to run, and what else they lead to means nothing to it.

        A host that names its load balancer is behind that one and no other, whichever others list
        the service: what no client comes through breaks nothing. A host that names none may be
        behind any that lists the service; so may all, where the service has no address. Addresses
        that Cloud Run gives, to services and to candidates, are behind none.
        """
        places = service.asked_at
        hosts = [host for host in self.of(Host) if (host.name.lower(), host.port) in places]
        doors = {need for host in hosts for need in host.needs}
        named = {(host.name.lower(), host.port) for host in hosts if host.load_balancer is not None}
        silent = [name for name, port in places - named if not under(name, {DIRECT})]
        if silent or not any(service.doors):
            doors |= {each.ref for each in self.of(LoadBalancer) if service.key in each.services}
        return frozenset(doors | {host.ref for host in hosts})

    def connectors_to(self, database: ResourceRef) -> frozenset[ResourceRef]:
        """Those that the users of a database go through to it."""
        users = (each for each in self.of(Service) if database in each.needs)
        return frozenset(
            ResourceRef(Connector.kind, each.connector)
            for each in users
            if each.connector is not None
        )

    def felt_through(self, connector: Connector, found: Finding) -> Finding:
        """A fault of a whole connector, told to be about nobody who goes another way.

        Where all who use its databases go through it, it is about everybody who needs it, and is
        left as it is. Else it is about those who go through it, and about such databases only as
        are reached through nothing else: a database that others reach through another connector
        is not out of reach because of this one, whoever asks it.
        """
        users = self.users_of(connector)
        databases = {need for each in users for need in each.needs if need.kind == Database.kind}
        alone = {each for each in databases if self.connectors_to(each) == {connector.ref}}
        if found.bearing.affects or alone == databases:
            return found
        affects = frozenset(alone).union(each.ref for each in users)
        return replace(found, bearing=replace(found.bearing, affects=affects))

    def upstream(self, ref: ResourceRef) -> frozenset[ResourceRef]:
        """Everything without which ``ref`` does not work, directly or not, without itself.

        Nothing reaches a database on a private address but through its users' connectors: so it
        needs them all where it is looked at itself. What needs the database does not: a service
        goes through its own connector, if it has one, and the others' mean nothing to it.
        """
        found = self._needed(ref)
        if ref.kind == Database.kind:
            return found | self.connectors_to(ref)
        service = self.get(Service, ref.name) if ref.kind == Service.kind else None
        return found | self.entrances_of(service) if service is not None else found

    def _needed(self, ref: ResourceRef) -> frozenset[ResourceRef]:
        found: set[ResourceRef] = set()
        waiting = [ref]
        while waiting:
            needed = self._edges.get(waiting.pop(), frozenset())
            waiting.extend(needed - found)
            found |= needed
        return frozenset(found - {ref})

    @cached_property
    def _edges(self) -> dict[ResourceRef, frozenset[ResourceRef]]:
        """What each resource needs directly."""
        edges: defaultdict[ResourceRef, set[ResourceRef]] = defaultdict(set)
        for resource in self.resources:
            edges[resource.ref].update(resource.needs)
        return {ref: frozenset(needed) for ref, needed in edges.items()}
