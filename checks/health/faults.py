"""How an endpoint can fall short, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from checks.health.bodies import Part, Reading
from netra_validate import Sign

UNAVAILABLE: Final = frozenset(
    {"unreachable", "malformed", "bad-status", "unhealthy", "not-ready", "not-json",
     "wrong-service", "redirected"}
)  # fmt: skip
"""Rules after which an endpoint is not available. Degraded and slow ones still answer."""

UNKNOWN: Final = frozenset({"forbidden", "rate-limited", "no-verdict", "stale"})
"""Rules after which nothing is known: we were turned away, or told nothing."""

_MOST_NAMED: Final = 5

_DATABASE: Final = re.compile(r"database|postgres|(?<!no)sql|(?:^|[^a-z])(?:db|pg)(?:[^a-z]|$)")
"""What a part, or the reason of a failure, is called that is about the database."""

_DATABASE_IS_WELL: Final = re.compile(
    r"(?:database|postgres(?:ql)?|(?<!no)sql|\bdb|\bpg)(?:\W+(?:is|connection))?\W+"
    r"(?:ok|okay|up|connected|healthy|reachable|fine|good)\b"
)
"""A reason that says of the database that it is not what is wrong."""

_IN_THE_NETWORK: Final = re.compile(
    r"redis|valkey|memcache|\bcache|mongo|cassandra|clickhouse|rabbit|amqp|kafka|\bnats\b|queue"
    r"|broker|celery|elastic|opensearch|network|\bvpc\b"
)
"""Parts that services reach at a private address."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How one endpoint falls short."""

    rule: str
    says: str
    """The sentence up to the endpoints' names: ``answers 503 from``."""
    detail: str = ""
    """The end of the sentence."""
    evidence: Mapping[str, object] = field(default_factory=dict)
    after_s: float | None = None
    """How long it took, where the sentence is to say so."""
    shows: frozenset[Sign] | None = None
    """What is seen to fail, where the answer tells it better than the rule."""


def told_apart(reading: Reading) -> Iterator[tuple[frozenset[Sign], Reading]]:
    """What a service that is not well says of itself, by what that shows.

    Parts that ail for the same reason are one trouble; a database and a payment service are two.
    """
    if not reading.ailing:
        yield frozenset({_of_reason(reading)}), reading
        return
    well = tuple(part for part in reading.parts if part not in reading.ailing)
    reached = any(_DATABASE.search(part.name.casefold()) for part in well)
    apart: dict[Sign, list[Part]] = {}
    for part in reading.ailing:
        apart.setdefault(_of_part(part, reached=reached), []).append(part)
    for number, (sign, parts) in enumerate(sorted(apart.items(), key=_database_first)):
        # The reason is told once: nobody knows of which of them it speaks.
        reason = reading.reason if number == 0 else None
        yield frozenset({sign}), replace(reading, parts=(*parts, *well), reason=reason)


def _database_first(item: tuple[Sign, object]) -> tuple[bool, Sign]:
    return item[0] is not Sign.NO_DATABASE, item[0]


def _of_part(part: Part, *, reached: bool) -> Sign:
    """What a part shows: those of the network fail together, so one that is ``reached`` counts."""
    name = part.name.casefold()
    if _DATABASE.search(name):
        return Sign.NO_DATABASE
    return Sign.NO_NETWORK if _IN_THE_NETWORK.search(name) and not reached else Sign.OWN_TROUBLE


def _of_reason(reading: Reading) -> Sign:
    if not reading.reason:
        return Sign.UNWELL
    reason = reading.reason.casefold()
    about_database = _DATABASE.search(reason) and not _DATABASE_IS_WELL.search(reason)
    return Sign.NO_DATABASE if about_database else Sign.OWN_TROUBLE


def ailing_parts(reading: Reading) -> list[str]:
    """The ailing parts, worst first."""
    worst = sorted(reading.ailing, key=lambda part: -(part.verdict or 0))
    named = [f"{part.name} is {part.says!r}" for part in worst[:_MOST_NAMED]]
    left = len(worst) - len(named)
    return [*named, f"{left} more"] if left > 0 else named
