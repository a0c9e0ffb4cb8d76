"""The configuration: TOML in, typed environments out, every problem at once.

``netra-validate.toml`` at the repository's root, or ``[tool.netra-validate]`` in its
``pyproject.toml``; the first wins where a folder has both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta

from netra_validate import durations, scrub
from netra_validate.model import Location, ResourceRef, Severity
from netra_validate.reading import Keys, Problem, Problems, convert, key_lines, read_toml, shown
from netra_validate.topology import (
    DECLARED,
    Connector,
    Database,
    Domains,
    Endpoints,
    Environment,
    Host,
    LoadBalancer,
    ProjectId,
    Region,
    Repository,
    Resource,
    Service,
    Table,
    Topology,
    WholeEnvironment,
)
from netra_validate.waivers import Waiver

FILE_NAME: Final = "netra-validate.toml"
_PYPROJECT: Final = "pyproject.toml"
_PYPROJECT_TABLE: Final = ("tool", "netra-validate")

_VARIABLE: Final = re.compile(r"(\$?)\$\{([^}]*)\}")
_VARIABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_HOST: Final = re.compile(r"\w(?:[\w-]*\w)?(?:\.[\w-]+)*\.?")
_PATTERN: Final = re.compile(r"[\w*](?:[\w*-]*[\w*])?(?:\.[\w*-]+)*\.?")
"""Letters of any language: internationalised names are compared in their ASCII form."""


class ConfigurationError(Exception):
    """A configuration that cannot be used, with every problem that it has."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


Duration = str | int | float
"""Read by :func:`netra_validate.durations.seconds`; a bare number is told that it has no unit."""


class RunTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to run, where the command line does not say it."""

    timeout: Annotated[Duration | None, Meta(description="For one probe, such as 30s")] = None
    deadline: Annotated[Duration | None, Meta(description="For the whole run, such as 2m")] = None
    wait: Annotated[
        Duration | None, Meta(description="Run again what has not passed, for so long")
    ] = None
    retries: Annotated[int, Meta(ge=0, le=10, description="For one request")] | None = None
    concurrency: Annotated[int, Meta(ge=1, le=1000, description="Probes at once")] | None = None
    per_host: Annotated[int, Meta(ge=1, le=1000, description="Requests to one host")] | None = None
    fail_on: Annotated[Severity | None, Meta(description="The severity that exits 1")] = None


class EnvironmentTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One environment as the file declares it."""

    project: Annotated[ProjectId | None, Meta(description="Google Cloud project id")] = None
    region: Annotated[Region | None, Meta(description="Google Cloud region")] = None
    ca_file: Annotated[
        str | None, Meta(description="PEM file of a private authority, relative to this file")
    ] = None
    endpoints: Annotated[
        Endpoints, Meta(description="Addresses of the Google APIs, if not the usual")
    ] = Endpoints()
    domains: Annotated[Domains, Meta(description="Which hosts the repository may name")] = Domains()
    services: Annotated[dict[str, Service], Meta(description="HTTP services, by name")] = {}
    databases: Annotated[dict[str, Database], Meta(description="Cloud SQL instances, by name")] = {}
    connectors: Annotated[dict[str, Connector], Meta(description="VPC connectors, by name")] = {}
    load_balancers: Annotated[
        dict[str, LoadBalancer], Meta(description="External load balancers, by name")
    ] = {}
    hosts: Annotated[
        dict[str, Host],
        Meta(description="Hosts, by name; those of the services' addresses are known without it"),
    ] = {}
    checks: Annotated[dict[str, Table], Meta(description="Options of checks, by check")] = {}


class ConfigurationTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    default_environment: Annotated[
        str | None, Meta(description="The environment that is meant where none is named")
    ] = None
    run: Annotated[RunTable, Meta(description="Limits of a run")] = RunTable()
    environments: Annotated[
        dict[str, EnvironmentTable], Meta(description="Environments, by name")
    ] = {}
    checks: Annotated[dict[str, Table], Meta(description="Options of checks, by check")] = {}
    waivers: Annotated[
        tuple[Waiver, ...], Meta(description="Findings that somebody answers for, until a date")
    ] = ()


@dataclass(frozen=True, slots=True)
class OptionTable:
    """A table of options for one check, and where it stands."""

    check: str
    keys: Keys
    values: Mapping[str, Any]
    environment: str | None = None
    resource: ResourceRef | None = None


@dataclass(frozen=True)
class Configuration:
    """Everything that a file says."""

    path: Path | None = None
    """None where there is no file."""
    table: ConfigurationTable = field(default_factory=ConfigurationTable)
    lines: Mapping[Keys, int] = field(default_factory=dict)
    prefix: Keys = ()
    """Where the tables stand in the file: under ``tool.netra-validate`` in pyproject.toml."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What ``${NAME}`` was read as, by name."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values of variables whose names say that they are secret, such as ``${WS_TOKEN}``."""
        return tuple(value for name, value in self.variables.items() if scrub.is_telling(name))

    @property
    def name(self) -> str:
        """The file as messages call it."""
        return str(self.path) if self.path else "(no configuration)"

    @property
    def environments(self) -> tuple[str, ...]:
        """Their names, in the order of the file."""
        return tuple(self.table.environments)

    def environment(self, name: str | None) -> Environment:
        """One environment; an empty one for None.

        Raises:
            KeyError: it is not declared.
        """
        if name is None:
            return Environment()
        table = self.table.environments[name]
        ca_file = None
        if table.ca_file is not None and self.path is not None:
            ca_file = (self.path.parent / table.ca_file).resolve()
        return Environment(
            name,
            table.project,
            table.region,
            table.domains,
            table.endpoints,
            ca_file,
            declared=self.environments,
        )

    def topology(self, name: str | None, root: Path) -> Topology:
        """The resources of one environment, the repository first."""
        resources: list[Resource] = [Repository(root=root)]
        places: dict[ResourceRef, Location] = {}
        if name is not None:
            table = self.table.environments[name]
            whole = WholeEnvironment(key=name)
            resources.append(whole)
            declared_at = self.lines.get((*self.prefix, "environments", name))
            places[whole.ref] = Location(self._relative(root), declared_at)
            for kind in DECLARED:
                for key, resource in getattr(table, kind.section).items():
                    resources.append(resource)
                    keys = (*self.prefix, "environments", name, kind.section, key)
                    places[resource.ref] = Location(self._relative(root), self.lines.get(keys))
            for host, keys in _hosts_named_in(table):
                at = (*self.prefix, "environments", name, *keys)
                places[host.ref] = Location(self._relative(root), self.lines.get(at))
                resources.append(host)
        return Topology(tuple(resources), places, dict(self._options_set(name, root)))

    def _options_set(
        self, environment: str | None, root: Path
    ) -> Iterator[tuple[tuple[str, ...], Location]]:
        """Where each option of a check is set for an environment; the last place counts."""
        file = self._relative(root)
        for table in self.option_tables(environment or ""):
            if table.resource is not None:
                continue
            for option, value in table.values.items():
                inner = [(option, each) for each in value] if isinstance(value, Mapping) else []
                for keys in ((option,), *inner):
                    line = self.lines.get((*table.keys, *keys))
                    yield (table.check, *keys), Location(file, line)

    def option_tables(self, environment: str | None = None) -> Iterator[OptionTable]:
        """Every table of check options: the general ones, then the environment's, then resources'.

        With an environment, only what counts for it.
        """
        for check, values in self.table.checks.items():
            yield OptionTable(check, (*self.prefix, "checks", check), values)
        for name, table in self.table.environments.items():
            if environment not in {None, name}:
                continue
            at = (*self.prefix, "environments", name)
            for check, values in table.checks.items():
                yield OptionTable(check, (*at, "checks", check), values, name)
            for kind in DECLARED:
                for key, resource in getattr(table, kind.section).items():
                    for check, values in resource.checks.items():
                        keys = (*at, kind.section, key, "checks", check)
                        yield OptionTable(check, keys, values, name, resource.ref)

    def _relative(self, root: Path) -> str:
        if self.path is None:
            return ""
        try:
            return self.path.resolve().relative_to(root.resolve()).as_posix()
        except ValueError:
            return self.path.as_posix()


def _hosts_named_in(table: EnvironmentTable) -> Iterator[tuple[Host, Keys]]:
    """The hosts that clients come by without being declared, and the keys that name them."""
    known = {(host.name.lower(), host.port) for host in table.hosts.values()}
    for door, keys in _doors(table):
        name, port, tls = door
        if (name, port) not in known and not _is_this_machine_or_number(name):
            known.add((name, port))
            key = name if port == (443 if tls else 80) else f"{name}:{port}"
            yield Host(key=key, name=name, port=port, tls=tls), keys


def _doors(table: EnvironmentTable) -> Iterator[tuple[tuple[str, int, bool], Keys]]:
    for name, service in table.services.items():
        yield from ((door, ("services", name)) for door in service.doors)
    for host in table.domains.canonical:
        yield (host.lower().rstrip("."), 443, True), ("domains", "canonical")


def _is_this_machine_or_number(host: str) -> bool:
    """Whether there is no name to look up, and nobody else who comes by it."""
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return True


def find(start: Path) -> Path | None:
    """The configuration that counts in ``start``: in it or in the nearest folder above."""
    for folder in (start, *start.parents):
        if os.path.lexists(folder / FILE_NAME):  # a folder or a dead link of that name is told of
            return folder / FILE_NAME
        if _has_table(folder / _PYPROJECT):
            return folder / _PYPROJECT
    return None


def _has_table(path: Path) -> bool:
    """Whether a pyproject.toml holds our table. A file that somebody else broke has none."""
    try:
        document, _ = read_toml(path)
    except (OSError, ValueError, RecursionError):
        return False
    tool = document.get("tool")
    return isinstance(tool, dict) and "netra-validate" in tool


def load(
    path: Path,
    *,
    environment: str | None = None,
    every: bool = False,
    variables: Mapping[str, str] | None = None,
    also: Callable[[Configuration, Problems], None] | None = None,
) -> Configuration:
    """Read and check a configuration.

    Args:
        path: the file.
        environment: the one that will be used; the file's default where left out. A variable that
            only another environment needs may be unset.
        every: no environment's variables may be unset.
        variables: what ``${NAME}`` reads; the process's environment where left out.
        also: notes what else is wrong, such as options that no check has. It is shown as much of
            the configuration as is sound, so that all problems are told together.

    Raises:
        ConfigurationError: with every problem of the file.
    """
    variables = os.environ if variables is None else variables
    try:
        return _load(path, environment, every, variables, also)
    except RecursionError:
        raise _alone(path, "is nested too deeply") from None


def _load(
    path: Path,
    environment: str | None,
    every: bool,
    variables: Mapping[str, str],
    also: Callable[[Configuration, Problems], None] | None,
) -> Configuration:
    document, text = _read(path)
    prefix: Keys = _PYPROJECT_TABLE if path.name == _PYPROJECT else ()
    lines = key_lines(text, document)
    tables = _under(document, prefix, path)
    if environment is None and not every:
        default = tables.get("default_environment")
        environment = default if isinstance(default, str) else variables.get("NETRA_ENV")
    problems = Problems(str(path), lines)
    reader = _Variables(variables, environment, problems)
    problems.variables = reader.used
    expanded = {key: reader.expand(value, (*prefix, key)) for key, value in tables.items()}
    table: ConfigurationTable = convert(expanded, ConfigurationTable, prefix, problems)
    _refuse_contradictions(table, prefix, path, problems)
    configuration = Configuration(path, table, lines, prefix, reader.used)
    if also is not None:
        also(configuration, problems)
    if problems.found:
        raise ConfigurationError(tuple(sorted(problems.found, key=lambda one: one.line or 0)))
    return configuration


def _under(document: dict[str, Any], prefix: Keys, path: Path) -> dict[str, Any]:
    """The tables that are ours."""
    for key in prefix:
        document = document.get(key, {})
        if not isinstance(document, dict):
            raise _alone(path, f"[{'.'.join(prefix)}] is not a table")
    if prefix and not document:
        raise _alone(path, f"has no table [{'.'.join(prefix)}]")
    return document


def _read(path: Path) -> tuple[dict[str, Any], str]:
    try:
        document, text = read_toml(path)
    except IsADirectoryError:
        raise _alone(path, "is a folder, expected a file") from None
    except FileNotFoundError:
        raise _alone(path, "no such file; `netra-validate init` writes one") from None
    except OSError as error:
        raise _alone(path, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise _alone(path, f"is not UTF-8, which TOML has to be: byte {error.start}") from None
    except ValueError as error:  # TOMLDecodeError is one, a number of 5000 digits another
        raise _alone(path, f"is not TOML: {error}") from None
    if not document and path.name == FILE_NAME:
        raise _alone(path, "is empty, expected [environments.NAME]; `netra-validate init` helps")
    return document, text


def _alone(path: Path, message: str) -> ConfigurationError:
    return ConfigurationError((Problem(str(path), (), message),))


class _Variables:
    """Puts the values of variables in the place of ``${NAME}``; ``$${NAME}`` stays ``${NAME}``."""

    def __init__(
        self, variables: Mapping[str, str], environment: str | None, problems: Problems
    ) -> None:
        self._variables = variables
        self._environment = environment
        self._problems = problems
        self.used: dict[str, str] = {}
        """What was read, by name."""

    def expand(self, value: object, keys: Keys) -> object:
        """``value`` with every text in it expanded."""
        if isinstance(value, str):
            return _VARIABLE.sub(lambda match: self._value(match, keys), value)
        if isinstance(value, dict):
            return {key: self.expand(entry, (*keys, key)) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.expand(entry, (*keys, str(at))) for at, entry in enumerate(value)]
        return value

    def _value(self, match: re.Match[str], keys: Keys) -> str:
        escaped, name = match.groups()
        if escaped:
            return match[0][1:]
        if not _VARIABLE_NAME.fullmatch(name):
            self._problems.add(keys, f"found {match[0]!r}, expected ${{NAME}}")
        elif name not in self._variables:
            if self._counts(keys):
                self._problems.add(
                    keys, f"found {match[0]!r}, but the environment variable {name} is not set"
                )
            else:
                self._problems.unread.add(keys)
        else:
            self.used[name] = self._variables[name]
            return self._variables[name]
        return match[0]

    def _counts(self, keys: Keys) -> bool:
        """Whether what stands here is used with the environment that was asked for."""
        if self._environment is None or "environments" not in keys:
            return True
        at = keys.index("environments") + 1
        return at >= len(keys) or keys[at] == self._environment


def _refuse_contradictions(
    table: ConfigurationTable, prefix: Keys, path: Path, problems: Problems
) -> None:
    """What types cannot say: names that lead nowhere, addresses that are none."""
    default = table.default_environment
    if default is not None and default not in table.environments:
        at = (*prefix, "default_environment")
        problems.unknown(at, table.environments, noun="environment", name=default)
    for key in ("timeout", "deadline"):
        value = getattr(table.run, key)
        if value is not None:
            try:
                durations.seconds(str(value))
            except ValueError as error:
                problems.add((*prefix, "run", key), str(error))
    for name, environment in table.environments.items():
        _check_environment(environment, (*prefix, "environments", name), path, problems)


def _check_environment(table: EnvironmentTable, at: Keys, path: Path, problems: Problems) -> None:
    for key in msgspec.structs.fields(Endpoints):
        address = getattr(table.endpoints, key.name)
        if address is not None and not is_google_or_loopback(address):
            problems.add(
                (*at, "endpoints", key.name),
                f"found {address!r}, expected https://*.googleapis.com or an address on this "
                "machine: credentials go nowhere else",
            )
    _check_domains(table.domains, (*at, "domains"), problems)
    if table.ca_file is not None and not (path.parent / table.ca_file).is_file():
        problems.add((*at, "ca_file"), f"found {table.ca_file!r}, which is no file")
    for name, service in table.services.items():
        _check_service(service, table, (*at, "services", name), problems)
    for name, balancer in table.load_balancers.items():
        for number, named in enumerate(balancer.services):
            where = (*at, "load_balancers", name, "services", str(number))
            _check_name(named, table.services, "service", where, problems)
    for name, host in table.hosts.items():
        where = (*at, "hosts", name, "load_balancer")
        _check_name(host.load_balancer, table.load_balancers, "load balancer", where, problems)


def _check_name(
    name: str | None, declared: Collection[str], noun: str, at: Keys, problems: Problems
) -> None:
    """A name that leads nowhere."""
    if name is not None and name not in declared:
        problems.unknown(at, declared, noun=noun, name=name)


def _check_domains(domains: Domains, at: Keys, problems: Problems) -> None:
    """Hosts are names, patterns have a ``*``: an address would match nothing, and never fail."""
    lists = {
        "managed": (domains.managed, False),
        "canonical": (domains.canonical, False),
        "allowed": (domains.allowed, True),
        "retired": (tuple(domains.retired), True),
    }
    for key, (names, may_be_pattern) in lists.items():
        for number, name in enumerate(names):
            if not (_PATTERN if may_be_pattern else _HOST).fullmatch(name):
                where = name if key == "retired" else str(number)
                form = "a host or a pattern such as *.example.com" if may_be_pattern else "a host"
                problems.add((*at, key, where), f"found {name!r}, expected {form}")
    for name, successor in domains.retired.items():
        if not _HOST.fullmatch(successor):
            problems.add((*at, "retired", name), f"found {successor!r}, expected a host")


def _check_service(service: Service, table: EnvironmentTable, at: Keys, problems: Problems) -> None:
    _check_name(service.database, table.databases, "database", (*at, "database"), problems)
    _check_name(service.connector, table.connectors, "connector", (*at, "connector"), problems)
    if service.url is not None and not _is_address(service.url, {"http", "https"}):
        problems.add((*at, "url"), f"found {shown(service.url, ())}, expected https://HOST")
    if service.websocket is not None and not _is_address(service.websocket, {"ws", "wss"}):
        problems.add((*at, "websocket"), f"found {service.websocket!r}, expected wss://HOST/PATH")
    for number, path in enumerate(service.health):
        if not path.startswith("/") and not _is_address(path, {"http", "https"}):
            problems.add(
                (*at, "health", str(number)), f"found {path!r}, expected /PATH or https://HOST/PATH"
            )
        elif path.startswith("/") and service.url is None:
            problems.add((*at, "url"), f"is missing, expected the address that {path} belongs to")
    if service.auth == "bearer" and service.token_env is None:
        problems.add(
            (*at, "token_env"), 'is missing, expected the variable that holds the token of "bearer"'
        )


def _is_address(text: str, schemes: set[str]) -> bool:
    parts = _split(text)
    return (
        parts is not None
        and parts.scheme in schemes
        and bool(parts.hostname)
        and "@" not in parts.netloc  # a password has no place in a file
    )


def _split(text: str) -> SplitResult | None:
    """The parts of an address, or None where it is none: urlsplit raises on a bad port."""
    if text != text.strip() or any(char.isspace() for char in text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_google_or_loopback(address: str) -> bool:
    """Whether a Google API may be looked for there."""
    parts = _split(address)
    if parts is None or not parts.hostname:
        return False
    host = parts.hostname
    if parts.scheme in {"http", "https"} and (
        host in {"localhost", "::1"} or re.fullmatch(r"127(\.\d{1,3}){3}", host)
    ):
        return True
    return parts.scheme == "https" and host.endswith(".googleapis.com")
