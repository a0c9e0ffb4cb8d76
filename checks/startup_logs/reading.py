"""From entries of a log to starts and what went wrong in them. Pure.

The sentences of Cloud Run are those of its troubleshooting page
(https://cloud.google.com/run/docs/troubleshooting).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from checks.startup_logs.levels import Level, level, level_of_entry
from checks.startup_logs.patterns import MAX_LINE
from checks.startup_logs.starts import Hit, Start
from netra_validate import ClientError

if TYPE_CHECKING:
    from netra_validate.clients.google.log_entries import Entry

_TIMED_OUT: Final = r"(?:timed[ -]?out|timeout ?(?:after|exceeded|expired|error|reached))"
_DATABASE: Final = r"(?:database|postgres|cloud ?sql|asyncpg|psycopg|connection to server)"

SAID_BY_PROGRAM: Final[Mapping[str, re.Pattern[str]]] = {
    "missing-module": re.compile(
        r"ModuleNotFoundError: No module named ['\"](?P<what>[^'\"]{1,200})['\"]"
        r"|Error(?: \[ERR_MODULE_NOT_FOUND\])?: Cannot find (?:module|package)"
        r" '(?P<other>[^']{1,200})'"
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
}
"""What a program says that tells why it fails, the most telling first. It may also be what a user
writes to it: that an instance came to a bad end is what makes a cause of it."""

_REFUSED: Final = re.compile(r"redirect_uri_mismatch(?=['\"):,.\]}]|\s*$)")
"""The provider's answer (RFC 6749, section 4.1.2.1), said as it is and not told about."""
_ANSWER: Final = re.compile(r"\s{0,20}\{?\s{0,20}['\"]?[\w.]{0,100}error\b", re.IGNORECASE)
"""How the answer itself begins, and a line that raises it: ``{"error": …``, ``OAuthError: …``."""

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

_MENTIONED: Final = frozenset({"missing-module", "secret-whitespace"})
"""What a program mentions by the way unless it raises it or calls it an error: a module that it can
do without, white space that it takes away."""

_BEGUN: Final = re.compile(r"Starting new instance\b")
_STARTED: Final = re.compile(r"STARTUP \w+ probe succeeded")
_EXIT: Final = re.compile(r"Container called exit\((?P<code>\d{1,3})\)")
_SIGNAL: Final = re.compile(r"(?:Container terminated on|Uncaught) signal:? (?P<number>\d{1,2})")
_LISTENS: Final = re.compile(
    r"\b(?:running|listening|serving|started)\b.{0,60}?"
    r"(?P<where>\bport:? ?\d{2,5}|(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::1?\]|\*):\d{2,5})\b",
    re.IGNORECASE,
)

_TRACEBACK: Final = "Traceback (most recent call last):"
_CHAINED: Final = ("During handling of the above", "The above exception was")
_RAISED: Final = re.compile(
    r"[\s|+]{0,20}(?:[A-Za-z_]\w{0,60}\.){0,8}"
    r"(?:[A-Z]\w{0,60})?(?:Error|Exception|Timeout|TimedOut|Expired)\b(?: \[\w+\])?(?=:|\s|$)"
)
"""How the last line of a traceback begins, that of a group and of Node.js too."""

_ENDED_BY_REQUEST: Final = frozenset({0, 143})
"""143 is 128 + SIGTERM, with which Cloud Run asks an instance to end that it needs no more."""
_CRASHES: Final = frozenset({4, 6, 7, 8, 11})
"""SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV. Others are Cloud Run's own way to end an instance."""


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


@dataclass(slots=True)
class _Instance:
    """What one instance has written so far."""

    starts: list[Start]
    tracing: bool = False
    """Whether a traceback is being written."""
    excused: bool = False
    """Whether a warning announces it."""
    before: str = ""
    """The line before it."""

    @property
    def now(self) -> Start:
        """Its latest start."""
        return self.starts[-1]

    def begin(self) -> None:
        """It starts: again, where the start before is over."""
        told = self.now.succeeded_at or self.now.hits or self.now.later or self.now.ends
        if self.now.started and not told:
            self.now.started = False
        elif self.now.started or self.now.has_ended:
            self.starts.append(Start(gave_up=self.now.gave_up))


def read(
    entries: Iterable[Entry],
    signatures: Mapping[str, Searching],
    *,
    from_the_start: bool = True,
    gave_up: bool = False,
) -> Told:
    """What entries tell, oldest first.

    Args:
        entries: of one revision.
        signatures: patterns of the configuration by name.
        from_the_start: whether they are all there are since the revision was created. Where they
            are not, an instance whose start is not among them is taken to have started.
        gave_up: whether Cloud Run has given the revision up, which never became ready: no start of
            it succeeded in the end, whether its end is among the entries or not.
    """
    instances: dict[str, _Instance] = {}
    silent: list[datetime] = []
    redirects: list[Hit] = []
    own: dict[str, list[Hit]] = {name: [] for name in signatures}
    unmatched: dict[str, ClientError] = {}
    listens_on = None
    for entry in sorted(entries, key=lambda each: each.at):
        instance = instances.setdefault(
            entry.instance or "",
            _Instance([Start(started=not from_the_start and not gave_up, gave_up=gave_up)]),
        )
        if entry.says_nothing:
            silent.append(entry.at)
        whole = level_of_entry(entry)
        for line in _lines(entry):
            for name, pattern in signatures.items():
                try:
                    if name not in unmatched and pattern.search(line):
                        own[name].append(Hit(entry.at, line))
                except ClientError as error:
                    unmatched[name] = error
            if entry.is_system:
                _hear_cloud_run(instance, entry.at, line)
                continue
            redirects += _hear_program(instance, entry.at, whole, line)
            if (port := _LISTENS.search(line)) is not None:
                listens_on = port["where"]
                instance.now.listen()
    return Told(
        tuple(start for instance in instances.values() for start in instance.starts),
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


def _hear_cloud_run(instance: _Instance, at: datetime, line: str) -> None:
    if _BEGUN.search(line):
        instance.begin()
    if _STARTED.search(line):
        if instance.now.has_ended:
            instance.starts.append(Start())
        instance.now.succeed(at)
    start = instance.now
    for kind, pattern in SAID_BY_CLOUD_RUN.items():
        if (match := pattern.search(line)) is not None:
            start.hits.setdefault(kind, Hit(at, line, match.groupdict().get("what") or ""))
    ended = _bad_end(line)
    if ended is not None:
        start.ends.append((at, ended))
        start.hits.setdefault("exited", Hit(at, line, ended))


def _bad_end(line: str) -> str | None:
    if (match := _EXIT.search(line)) is not None:
        return None if int(match["code"]) in _ENDED_BY_REQUEST else f"exit({match['code']})"
    if (match := _SIGNAL.search(line)) is not None and int(match["number"]) in _CRASHES:
        return f"signal {match['number']}"
    return None


def _hear_program(
    instance: _Instance, at: datetime, whole: Level | None, line: str
) -> Iterator[Hit]:
    """Notes what a line tells of the start; gives what tells of something else.

    Args:
        instance: that wrote it.
        at: when.
        whole: the level of its entry.
        line: of the entry.
    """
    start = instance.now
    start.said_last = [*start.said_last[-2:], line]
    traced = _ends_traceback(instance, whole, line)
    refuses = _REFUSED.search(line) is not None
    kind, what = _told_by(line)
    raised = _RAISED.match(line) is not None
    if not (kind or raised or refuses) or (told := level(whole, line)) is Level.CALM:
        return
    if refuses and _is_answer(line, told):
        yield Hit(at, line)
    elif kind:
        by_the_way = kind in _MENTIONED and not raised and told is not Level.BAD
        mild = told is Level.MILD or by_the_way
        start.note(kind, Hit(at, line, what, mild, raised, traced))
    elif raised:
        start.fail_otherwise()


def _told_by(line: str) -> tuple[str, str]:
    """Which kind a line of the program is of, and what it names; empty where it is of none."""
    for kind, pattern in SAID_BY_PROGRAM.items():
        if (match := pattern.search(line)) is not None:
            named = match.groupdict()
            return kind, named.get("what") or named.get("other") or ""
    return "", ""


def _is_answer(line: str, told: Level | None) -> bool:
    """Whether a refusal is the OAuth provider's: called an error, or nothing but its answer."""
    return told is Level.BAD or (told is None and _ANSWER.match(line) is not None)


def _ends_traceback(instance: _Instance, whole: Level | None, line: str) -> bool:
    """Whether a line names the exception of a traceback that no warning announces.

    A warning with a traceback is how a program tells what it goes on without.
    """
    if line.endswith(_TRACEBACK):
        own = level(whole, line)
        told = level(None, instance.before) if own is None else own
        instance.tracing = True
        instance.excused = told in {Level.CALM, Level.MILD}
        return False
    if not instance.tracing:
        instance.before = instance.before if line.startswith(_CHAINED) else line
        return False
    instance.tracing = line[:1].isspace()
    return not instance.tracing and not instance.excused
