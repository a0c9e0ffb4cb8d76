"""How to see by hand what a rule is about, and what that usually hides. Pure data.

The commands only read. They are lists of arguments with placeholders in braces, which ``explain``
fills with what a report and a configuration know; what neither knows stays in braces.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from netra_validate import projections
from netra_validate.scrub import REDACTED
from netra_validate.web_addresses import unglobbed

Argv = tuple[str, ...]

# %{http_code} is curl's own.
PLACEHOLDER: Final = re.compile(r"(?<!%)\{([a-z][a-z_]*)\}")
"""A name in braces."""

MEANINGS: Final[Mapping[str, str]] = {
    "account": "the service account that the revision runs as",
    "address": "one address of the host",
    "backend_service": "the backend service that the URL map names",
    "certificate": "the certificate's name at the load balancer",
    "connector": "the VPC connector's name",
    "database": "the database in the instance",
    "db_host": "where the database listens; 127.0.0.1 where cloud-sql-proxy runs beside you",
    "db_port": "the port that the database listens on, mostly 5432",
    "db_user": "the role that enters the database",
    "endpoint": "the whole address that was asked",
    "execution": "the execution of the job",
    "file": "the file, from the top of the repository",
    "group": "the network endpoint group's name",
    "health_check": "the health check's name",
    "host": "the host's name",
    "instance": "the Cloud SQL instance's name",
    "job": "the Cloud Run job's name",
    "name": "the name that the finding is about",
    "network": "the VPC network's name",
    "operation": "the operation's id, as the list of operations shows it",
    "origin": "the origin of a page, such as https://app.example.com",
    "port": "the host's port, mostly 443",
    "project": "the project's id",
    "region": "the region",
    "revision": "the revision's name",
    "secret": "the secret's name",
    "service": "the Cloud Run service's name",
    "sslmode": "require; verify-full with sslrootcert=FILE; prefer where cloud-sql-proxy runs",
    "url": "the base address of the service",
    "url_map": "the URL map's name",
    "version": "the secret's version",
    "websocket": "the WebSocket's address, with https:// instead of wss://",
}
"""Every placeholder, and what stands in its place."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """How to see what a rule is about without this program."""

    commands: tuple[Argv, ...]
    """What looks, with placeholders in braces (:data:`MEANINGS`)."""
    hides: str
    """What it is usually mistaken for, or what is really behind it: one or two sentences."""
    of_kind: Mapping[str, tuple[Argv, ...]] = field(default_factory=dict)
    """What looks at a resource of one kind only, where the rule is of several: ``service``."""

    @property
    def every(self) -> tuple[Argv, ...]:
        """The commands for all kinds, and those for each."""
        return self.commands + tuple(chain.from_iterable(self.of_kind.values()))

    def looking_at(self, kind: str) -> tuple[Argv, ...]:
        """The commands that fit a resource of this kind, the nearest first."""
        return tuple(self.of_kind.get(kind, ())) + self.commands


def see(*lines: str, hides: str, of_kind: Mapping[str, Sequence[str]] | None = None) -> ByHand:
    """The commands as a POSIX shell reads them, and what the rule usually hides.

    One of ``gcloud`` is told to show no value that may be a secret, unless it says itself what to
    show (:mod:`netra_validate.projections`).

    Args:
        lines: what looks, whatever kind of resource it is.
        hides: one or two sentences.
        of_kind: what looks at one kind of resource only.

    Raises:
        ValueError: a line with a quote that is not closed, or a placeholder that is none.
    """
    kinds = {kind: _read(several) for kind, several in (of_kind or {}).items()}
    made = ByHand(_read(lines), hides, kinds)
    unknown = placeholders(made.every) - MEANINGS.keys()
    if unknown:
        raise ValueError(f"unknown placeholders: {', '.join(sorted(unknown))}")
    return made


def _read(lines: Iterable[str]) -> tuple[Argv, ...]:
    argvs = (tuple(shlex.split(line)) for line in lines)
    return tuple((argv[0], *projections.bounded(argv[1:])) for argv in argvs)


def placeholders(commands: Iterable[Argv]) -> set[str]:
    """The names in braces."""
    return {name for argv in commands for word in argv for name in PLACEHOLDER.findall(word)}


def filled(commands: Iterable[Argv], names: Mapping[str, str]) -> Iterator[Argv]:
    """The commands with what is known in place of the braces, each of them once.

    What asks for the address of a name is left out where the name is an address. An address out of
    which a report took a secret is none that could be asked.
    """
    names = {name: value for name, value in names.items() if REDACTED not in value}

    def put(match: re.Match[str]) -> str:
        value = names.get(match[1], match[0])
        # RFC 3986, section 3.2.2: an IPv6 address stands in brackets where a port may follow.
        is_host = match[1] in {"host", "address"} and match.string[: match.start()].endswith("://")
        return f"[{value}]" if is_host and ":" in value else value

    told = (
        _as_it_is(argv, tuple(PLACEHOLDER.sub(put, word) for word in argv), names)
        for argv in commands
    )
    yield from dict.fromkeys(argv for argv in told if not _asks_what_is_known(argv))


def _asks_what_is_known(argv: Argv) -> bool:
    """Whether a command asks a resolver for the address that an address has."""
    if argv[0] != "nslookup":
        return False
    try:
        ipaddress.ip_address(argv[-1])
    except ValueError:
        return False
    return True


def _as_it_is(made: Argv, told: Argv, names: Mapping[str, str]) -> Argv:
    """A command that takes the addresses that were put into it as they are."""
    put = [names[name] for word in made for name in PLACEHOLDER.findall(word) if name in names]
    flags = tuple(dict.fromkeys(flag for value in put for flag in unglobbed(value)))
    if made[0] != "curl" or set(flags) <= set(told):
        return told
    return (told[0], *flags, *told[1:])


PLACE: Final = "--region={region} --project={project}"
SERVICE: Final = f"gcloud run services describe {{service}} {PLACE}"
"""Conditions and traffic of a Cloud Run service."""
REVISIONS: Final = f"gcloud run revisions list --service={{service}} {PLACE}"
REVISION: Final = f"gcloud run revisions describe {{revision}} {PLACE}"
"""What a revision is given and how it is."""
LOGS: Final = f"gcloud run services logs read {{service}} {PLACE} --limit=100"
INSTANCE: Final = "gcloud sql instances describe {instance} --project={project}"
CONNECTOR: Final = f"gcloud compute networks vpc-access connectors describe {{connector}} {PLACE}"
CURL: Final = "curl -sS -i --max-time 30"
"""Status, headers and body; nothing is followed and nothing is sent."""
SHAKE: Final = "curl -sS -v -I --max-time 30"
"""The handshake, what is said about the certificate, and the headers. Not by ``openssl s_client``,
which waits for what is typed: no option of it ends it, only a shell that takes its input away."""
HANDSHAKE: Final = f"{SHAKE} https://{{host}}:{{port}}/"
"""With what is asked in TLS in any case; a service is asked as it is configured."""
READABLE: Final = "python -X utf8 -c 'import sys; open(sys.argv[1]).read()' {file}"
"""Says nothing where a file is text in UTF-8, and else where it stops being that."""
LISTENS: Final = "pg_isready --host={db_host} --port={db_port} --timeout=10"
"""Whether a PostgreSQL server answers there, without entering it."""
