"""What a session tells of its server, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """How the way in was."""

    connect_s: float
    """Name resolution, TCP, TLS, authentication and start-up of the session."""
    round_trip_s: float
    """Of ``select 1`` afterwards."""
    tls: str | None
    """Version of TLS on our side; None where it is in the clear."""
    local: bool
    """Nothing travels over a network: a Unix socket or this machine."""
    verified: bool
    """The server's certificate was looked at."""
    server_tls: bool | None
    """What the server says of it (``pg_stat_ssl``): a proxy before it may have ended TLS."""
    read_only: bool
    """The default of transactions, before ours were made read-only."""


@dataclass(frozen=True, slots=True)
class Server:
    """What it is, and how full."""

    version: int
    """``170005`` for 17.5."""
    asked_at: datetime
    """By its own clock."""
    in_recovery: bool
    max_connections: int
    reserved: int
    """Of those, kept for superusers and for holders of ``pg_use_reserved_connections``."""
    used: int
    """Sessions in databases, ours included."""
    sees_all: bool
    """Whether the role may look into other roles' sessions."""

    @property
    def slots(self) -> int:
        """Connections that are for everybody."""
        return max(1, self.max_connections - self.reserved)


@dataclass(frozen=True, slots=True)
class Sessions:
    """The other sessions, counted."""

    hidden: int
    """That the role may not look into."""
    active: int
    idle_in_transaction: int
    young: int
    """That began within the window that was asked for."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One open transaction of somebody else."""

    pid: int
    role: str
    application: str
    state: str
    age_s: float
    state_s: float
    """Seconds in its state: how long it has been idle."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """One session that waits for a lock."""

    pid: int
    blockers: tuple[int, ...]
    kind: str
    role: str
    application: str
    waited_s: float | None
    """None where nobody tells."""


@dataclass(frozen=True, slots=True)
class AdvisoryLock:
    """One advisory lock that is held."""

    pid: int
    key: int
    role: str
    application: str
    held_s: float | None
    """At least so long; None where the role may not know."""
    awaited: bool
    """Somebody waits for it."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What has been counted since the statistics began."""

    deadlocks: int
    conflicts: Mapping[str, int]
    """Queries of a replica that were cancelled for what was replayed, by kind: ``tablespace``,
    ``lock``, ``snapshot``, ``bufferpin``, ``deadlock``, ``logicalslot``. Without those that never
    were."""
    since_s: float | None
    sessions: int | None = None
    """That were begun; None where the server is too old to count them."""
    lost: Mapping[str, int] = field(default_factory=dict)
    """Of those, how many ended other than by their client's word: ``abandoned``, ``fatal``,
    ``killed``. Without those that never did."""


@dataclass(frozen=True, slots=True)
class Replica:
    """One server that follows."""

    name: str
    state: str
    lag_s: float | None
    """None where it is up to date and idle, or the role may not know."""
    lag_bytes: float | None
