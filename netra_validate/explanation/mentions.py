"""The names in commands and addresses that whoever found something put there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from netra_validate.by_hand import Argv

ADDRESS: Final = re.compile(r"https?://[\w.:\[\]%~/?&=+,@!*;#-]+", re.ASCII)
"""An address as it may stand in a command."""

_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}

_PLACE: Final = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?", re.ASCII)
"""A host, and a port perhaps."""

_IN_TEXT: Final = re.compile(r"\b(?:https?|wss?)://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)]")
"""An address in a sentence, without the point or comma behind it."""

_PSQL: Final = {"host": "db_host", "port": "db_port", "dbname": "database", "user": "db_user"}
"""https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE."""

_SSLMODE: Final = re.compile(r"(?:^| )sslmode=([a-z-]+(?: sslrootcert=[^ ']+)?)(?: |$)")
"""With the authority that verifies, without which libpq looks for a file of its own."""

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
_FILTER: Final = re.compile(
    r'--log-filter=resource\.labels\.revision_name="([\w-]+)"(?: AND .*)?', re.ASCII
)
"""How remedies ask for the log of one revision."""


def asked_by_curl(websocket: str) -> str:
    """A WebSocket's address as curl takes it. Its query is left out: a ticket may travel there."""
    parts = urlsplit(websocket)
    scheme = {"wss": "https", "ws": "http"}.get(parts.scheme)
    if scheme is None:
        return ""
    return f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path or '/'}"


def of_url(address: str) -> Iterator[tuple[str, str]]:
    """Base, host and port of an address."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return
    if host:
        yield "url", f"{parts.scheme}://{parts.netloc}"
        yield from (("host", host), ("port", str(port or _PORTS.get(parts.scheme, 443))))


def origin(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None where one of them is missing or in doubt.

    One with a name before its host is in doubt: programmes disagree on where that ends.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    usual = _PORTS.get(parts.scheme)
    if usual is None or not host or not _PLACE.fullmatch(parts.netloc):
        return None
    return parts.scheme, host, usual if port is None else port


def of_commands(commands: Iterable[Argv]) -> Iterator[tuple[str, str]]:
    """The names in the commands of a remedy: those were put there by who found it."""
    for argv in commands:
        if argv[0] == "gcloud":
            yield from _of_gcloud(argv[1:])
        elif argv[0] == "curl":
            yield from _of_curl(argv)
        elif argv[0] == "psql":
            yield from _of_psql(argv)
        elif argv[0] == "nslookup":
            yield "host", argv[-1]


def _of_curl(argv: Argv) -> Iterator[tuple[str, str]]:
    for word in argv:
        header, _, value = word.partition(": ")
        if header == "Origin":
            yield "origin", value
    address = argv[-1]
    if not ADDRESS.fullmatch(address):
        return
    yield from (("endpoint", address), ("websocket", address))
    yield from of_url(address)


def _of_psql(argv: Argv) -> Iterator[tuple[str, str]]:
    for word in argv[1:]:
        for pair in word.split() if re.match(r"\w+=", word) else ():
            key, _, value = pair.partition("=")
            if key in _PSQL:
                yield _PSQL[key], value
        mode = _SSLMODE.search(word)
        if mode is not None:
            yield "sslmode", mode[1]


def of_beginning(text: str) -> Iterator[tuple[str, str]]:
    """The address that a sentence begins with: the real name comes first, and was asked."""
    found = _IN_TEXT.match(text)
    if found is not None:
        yield from of_text(found[0])


def of_text(text: str) -> Iterator[tuple[str, str]]:
    """The first address in a sentence."""
    found = _IN_TEXT.search(text)
    if found is None:
        return
    address = found[0]
    if address.startswith("ws"):
        address = asked_by_curl(address)
        yield "websocket", address
    else:
        yield "endpoint", address
    yield from of_url(address)


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
