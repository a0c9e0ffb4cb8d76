"""From entries of a log to starts and what went wrong in them. Pure.

The sentences of Cloud Run are those of its troubleshooting page
(https://cloud.google.com/run/docs/troubleshooting).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from checks.startup_logs.patterns import MAX_LINE
from netra_validate import ClientError

if TYPE_CHECKING:
    from netra_validate.clients.google.log_entries import Entry

_TIMED_OUT: Final = r"(?:timed[ -]?out|timeout ?(?:after|exceeded|expired|error|reached))"
_DATABASE: Final = r"(?:database|postgres|cloud ?sql|asyncpg|psycopg|connection to server)"

SAID_BY_PROGRAM: Final[Mapping[str, re.Pattern[str]]] = {
    "missing-module": re.compile(
        r"ModuleNotFoundError: No module named ['\"](?P<what>[^'\"]{1,200})['\"]"
        r"|Error: Cannot find (?:module|package) '(?P<other>[^']{1,200})'"
    ),
    "secret-whitespace": re.compile(
        r"contain(?:s|ed) (?:leading |trailing )?whitespace", re.IGNORECASE
    ),
    "validation-timeout": re.compile(
        rf"(?:database|postgres).{{0,40}}?validation {_TIMED_OUT}", re.IGNORECASE
    ),
    "database-timeout": re.compile(
        rf"{_DATABASE}.{{0,200}}?{_TIMED_OUT}|{_TIMED_OUT}.{{0,80}}?{_DATABASE}", re.IGNORECASE
    ),
    "redirect-mismatch": re.compile(r"redirect_uri_mismatch"),
}
"""What a program says that tells why it fails, the most telling first."""

SAID_BY_CLOUD_RUN: Final[Mapping[str, re.Pattern[str]]] = {
    "memory-limit": re.compile(
        r"Memory limit of (?P<what>[\d.]+ \w+) exceeded|using too much memory and was terminated"
    ),
    "port-not-listened": re.compile(
        r"STARTUP \w+ probe failed .{0,200}?on port (?P<what>\d+)"
        r"|failed to start and listen on the port"
    ),
}
"""What Cloud Run says of an instance."""

LEADING: Final = (
    "missing-module",
    "secret-whitespace",
    "memory-limit",
    "validation-timeout",
    "database-timeout",
    "exited",
    "port-not-listened",
)
"""Why a start fails, the most telling first: a program that exits listens on no port, and it is
for the module that is missing that it exits. One start has one cause."""

_PASSING: Final = frozenset({"validation-timeout", "database-timeout"})
"""What is a matter of the start only before that has succeeded: later, one query was slow."""

_OPTIONAL: Final = frozenset({"missing-module", "secret-whitespace"})
"""What a program that calls it a warning goes on without: a module that it can do without, white
space that it takes away."""

_BEGUN: Final = re.compile(r"Starting new instance\b")
_STARTED: Final = re.compile(r"STARTUP \w+ probe succeeded")
_EXIT: Final = re.compile(r"Container called exit\((?P<code>\d{1,3})\)")
_SIGNAL: Final = re.compile(r"(?:Container terminated on|Uncaught) signal:? (?P<number>\d{1,2})")
_LISTENS: Final = re.compile(
    r"\b(?:running|listening|serving|started)\b.{0,60}?"
    r"(?P<where>\bport:? ?\d{2,5}|(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::1?\]|\*):\d{2,5})\b",
    re.IGNORECASE,
)

_ENDED_BY_REQUEST: Final = frozenset({0, 143})
"""143 is 128 + SIGTERM, with which Cloud Run asks an instance to end that it needs no more."""
_CRASHES: Final = frozenset({4, 6, 7, 8, 11})
"""SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV. Others are Cloud Run's own way to end an instance."""

_CALM: Final = re.compile(r"\s*\[?(?:DEBUG|INFO|NOTICE)\b")
_MILD: Final = re.compile(r"\s*\[?WARN(?:ING)?\b")
_CALM_SEVERITIES: Final = frozenset({"DEBUG", "INFO", "NOTICE"})


@dataclass(frozen=True, slots=True)
class Hit:
    """One line that tells something."""

    at: datetime
    line: str
    """Bounded, **not scrubbed**."""
    what: str = ""
    """What it names: a module, a port, an amount of memory."""
    mild: bool = False
    """Whether the program calls it a warning."""


@dataclass(slots=True)
class Start:
    """One instance, from its start on."""

    hits: dict[str, Hit] = field(default_factory=dict)
    """The first line of each kind."""
    ended: list[str] = field(default_factory=list)
    """How it ended where it ended badly: ``exit(3)``, ``signal 11``."""
    started: bool = False
    said_last: list[str] = field(default_factory=list)
    """The latest lines of the program."""

    @property
    def cause(self) -> tuple[str, Hit] | None:
        """Why it failed, if it did."""
        failed = not SAID_BY_CLOUD_RUN.keys().isdisjoint(self.hits) or bool(self.ended)
        for kind in LEADING:
            hit = self.hits.get(kind)
            if hit is not None and (failed or not hit.mild):
                return kind, hit
        return None


@dataclass(frozen=True, slots=True)
class Told:
    """What the logs of a revision tell."""

    starts: tuple[Start, ...]
    redirects: tuple[Hit, ...]
    silent: tuple[datetime, ...]
    """When a warning or an error without a word was written."""
    listens_on: str | None
    """Where the program says that it listens: ``0.0.0.0:8000``."""
    own: Mapping[str, tuple[Hit, ...]]
    """Lines that match the signatures of the configuration, by their names."""
    unmatched: tuple[ClientError, ...] = ()
    """Why it is not known whether some of them match."""


class Searching(Protocol):
    """A pattern, such as a :class:`~netra_validate.bounded_patterns.BoundedPattern`."""

    def search(self, text: str, /) -> object:
        """Something where it matches."""


def read(
    entries: Iterable[Entry],
    signatures: Mapping[str, Searching],
    *,
    from_the_start: bool = True,
) -> Told:
    """What entries tell, oldest first.

    Args:
        entries: of one revision.
        signatures: patterns of the configuration by name.
        from_the_start: whether they are all there are since the revision was created. Where they
            are not, an instance whose start is not among them is taken to have started.
    """
    starts: dict[str, Start] = {}
    silent: list[datetime] = []
    redirects: list[Hit] = []
    own: dict[str, list[Hit]] = {name: [] for name in signatures}
    unmatched: dict[str, ClientError] = {}
    listens_on = None
    for entry in entries:
        start = starts.setdefault(entry.instance or "", Start(started=not from_the_start))
        if entry.says_nothing:
            silent.append(entry.at)
        for line in _lines(entry):
            for name, pattern in signatures.items():
                try:
                    if name not in unmatched and pattern.search(line):
                        own[name].append(Hit(entry.at, line))
                except ClientError as error:
                    unmatched[name] = error
            if entry.is_system:
                _hear_cloud_run(start, entry.at, line)
                continue
            redirects += _hear_program(start, entry, line)
            if (port := _LISTENS.search(line)) is not None:
                listens_on = port["where"]
    return Told(
        tuple(starts.values()),
        tuple(redirects),
        tuple(silent),
        listens_on,
        {name: tuple(hits) for name, hits in own.items()},
        tuple(unmatched.values()),
    )


def _lines(entry: Entry) -> Iterator[str]:
    for line in entry.text.splitlines():
        if line.strip():
            yield line[:MAX_LINE]


def _hear_cloud_run(start: Start, at: datetime, line: str) -> None:
    for kind, pattern in SAID_BY_CLOUD_RUN.items():
        if (match := pattern.search(line)) is not None:
            start.hits.setdefault(kind, Hit(at, line, match.groupdict().get("what") or ""))
    if _BEGUN.search(line):
        start.started = False
    if _STARTED.search(line):
        start.started = True
    ended = _bad_end(line)
    if ended is not None:
        start.ended.append(ended)
        start.hits.setdefault("exited", Hit(at, line, ended))


def _bad_end(line: str) -> str | None:
    if (match := _EXIT.search(line)) is not None:
        return None if int(match["code"]) in _ENDED_BY_REQUEST else f"exit({match['code']})"
    if (match := _SIGNAL.search(line)) is not None and int(match["number"]) in _CRASHES:
        return f"signal {match['number']}"
    return None


def _hear_program(start: Start, entry: Entry, line: str) -> Iterator[Hit]:
    """Notes what a line tells of the start; gives what tells of something else."""
    start.said_last = [*start.said_last[-2:], line]
    if entry.severity in _CALM_SEVERITIES or _CALM.match(line):
        return
    for kind, pattern in SAID_BY_PROGRAM.items():
        if (match := pattern.search(line)) is None:
            continue
        named = match.groupdict()
        mild = kind in _OPTIONAL and (entry.severity == "WARNING" or bool(_MILD.match(line)))
        hit = Hit(entry.at, line, named.get("what") or named.get("other") or "", mild)
        if kind == "redirect-mismatch":
            yield hit
        elif kind not in _PASSING or not start.started:
            start.hits.setdefault(kind, hit)
        return
