"""One start of an instance: how it went, and why it failed where it did. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

TELLING: Final = (
    "missing-module",
    "secret-whitespace",
    "memory-limit",
    "validation-timeout",
    "database-timeout",
)
"""Why a start fails, the most telling first."""

BARE: Final = ("exited", "port-not-listened")
"""That it fails, and no more: a program that exits listens on no port, and it is for the module
that is missing that it exits."""

_OPTIONAL: Final = frozenset({"missing-module", "secret-whitespace"})
"""What a program can go on without or take away, and tell of all the same."""

_SOON: Final = timedelta(seconds=30)
"""How long before its end an instance that had started says why: gunicorn listens, so that the
start has succeeded, before its workers import the program. A start that does not last for longer
was no good one."""

_BY_LOAD: Final = "memory-limit"
_NEVER_OPEN: Final = "port-not-listened"


@dataclass(frozen=True, slots=True)
class Hit:
    """One line that tells something."""

    at: datetime
    line: str
    """Bounded, **not scrubbed**."""
    what: str = ""
    """What it names: a module, a port, an amount of memory."""
    mild: bool = False
    """Whether the program may well go on after it: it is a warning, or mentioned by the way."""
    raised: bool = False
    """Whether the line begins with an exception's name, as the last one of a traceback does."""
    traced: bool = False
    """Whether it ends a traceback that no warning announces."""


@dataclass(slots=True)
class Start:
    """One instance, from its start on."""

    hits: dict[str, Hit] = field(default_factory=dict)
    """The first line of each kind before it had started, and what Cloud Run says of it later; what
    may stop a program comes before what it goes on after."""
    later: list[tuple[str, Hit]] = field(default_factory=list)
    """Exceptions after it had started, by kind."""
    ends: list[tuple[datetime, str]] = field(default_factory=list)
    """When and how it ended where it ended badly: ``exit(3)``, ``signal 11``."""
    started: bool = False
    succeeded_at: datetime | None = None
    """When Cloud Run said so, where that was read."""
    gave_up: bool = False
    """Whether Cloud Run has given its revision up, which never became ready."""
    said_last: list[str] = field(default_factory=list)
    """The latest lines of the program."""

    @property
    def ended(self) -> tuple[str, ...]:
        """How it ended, each time that it ended badly."""
        return tuple(how for _, how in self.ends)

    @property
    def failed(self) -> bool:
        """Whether Cloud Run tells of a bad end."""
        return self.failed_at is not None

    @property
    def failed_at(self) -> datetime | None:
        """When Cloud Run last told of a bad end."""
        refused = (self.hits[kind].at for kind in (_BY_LOAD, _NEVER_OPEN) if kind in self.hits)
        return max((*refused, *(at for at, _ in self.ends)), default=None)

    @property
    def has_ended(self) -> bool:
        """Whether Cloud Run tells that it ended: what comes next is another start."""
        return bool(self.ends) or _BY_LOAD in self.hits

    @property
    def came_with_load(self) -> bool:
        """Whether it failed at its work, which a good start shows nothing about."""
        if self.failed_at is None or _BY_LOAD in self.hits:
            return self.failed
        # An instance whose start was not read is one that had started.
        return self.started and (self.succeeded_at is None or self.lasted(self.failed_at))

    def lasted(self, now: datetime) -> bool:
        """Whether its start was a good one: it succeeded, and no bad end came soon."""
        if self.succeeded_at is None or _NEVER_OPEN in self.hits:
            return False
        return (self.failed_at or now) - self.succeeded_at > _SOON

    @property
    def cause(self) -> tuple[str, Hit] | None:
        """Why it failed, if it did: what stops a program rather than what it can go on after.

        Without a bad end no line is a cause; of a revision that was given up whose end is not told,
        only what is not mild.
        """
        if not self.failed and not self.gave_up:
            return None
        hits = {**{kind: hit for kind, hit in self.later if self._ends_soon(hit)}, **self.hits}
        told = [
            (kind, hits[kind])
            for kind in (*TELLING, *BARE)
            if kind in hits and (self.failed or not hits[kind].mild)
        ]
        return min(told, key=lambda each: (each[0] in BARE, each[1].mild), default=None)

    @property
    def survived(self) -> Iterator[Hit]:
        """Modules that were missing later, in tracebacks, and did not end it."""
        for kind, hit in self.later:
            if kind == "missing-module" and hit.traced and not self._ends_soon(hit):
                yield hit

    def _ends_soon(self, hit: Hit) -> bool:
        # Cloud Run's clock and the program's differ, so that the end may seem to come first.
        return any(abs(at - hit.at) <= _SOON for at, _ in self.ends)

    def note(self, kind: str, hit: Hit) -> None:
        """Take down a line; of each kind the first counts, a mild one until there is a worse."""
        if self.started:
            if hit.raised:
                self.later.append((kind, hit))
            return
        known = self.hits.get(kind)
        if known is None or (known.mild and not hit.mild):
            self.hits[kind] = hit

    def fail_otherwise(self) -> None:
        """Something else is raised: what it only mentioned, and can do without, is not why."""
        self._forget(
            kind for kind, hit in self.hits.items() if kind in _OPTIONAL and not hit.raised
        )

    def listen(self) -> None:
        """The program says that it listens: it went on after what it mentioned."""
        if not self.ends:
            self._forget(kind for kind, hit in self.hits.items() if hit.mild)

    def succeed(self, at: datetime) -> None:
        """The start succeeds: whatever was in its way is overcome."""
        self.hits.clear()
        self.started = True
        self.succeeded_at = at

    def _forget(self, kinds: Iterator[str]) -> None:
        for kind in list(kinds):
            del self.hits[kind]
