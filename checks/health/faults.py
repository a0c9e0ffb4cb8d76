"""How an endpoint can fall short, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from checks.health.bodies import Reading
from netra_validate import Sign

UNAVAILABLE: Final = frozenset(
    {"unreachable", "malformed", "bad-status", "unhealthy", "not-ready", "not-json",
     "wrong-service", "redirected"}
)  # fmt: skip
"""Rules after which an endpoint is not available. Degraded and slow ones still answer."""

UNKNOWN: Final = frozenset({"forbidden", "rate-limited", "no-verdict", "stale"})
"""Rules after which nothing is known: we were turned away, or told nothing."""

_MOST_NAMED: Final = 5

_DATABASE: Final = re.compile(r"database|postgres|sql|(?:^|[^a-z])db(?:[^a-z]|$)")
"""What a part, or the reason of a failure, is called that is about the database."""


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


def shown_by(reading: Reading) -> frozenset[Sign]:
    """What is seen to fail of a service that says it is not well: the parts that it names.

    A part is reached through the private network, and the database is the one that others know
    more of.
    """
    told = [part.name.casefold() for part in reading.ailing]
    if not told and reading.reason:
        told = [reading.reason.casefold()] if _DATABASE.search(reading.reason.casefold()) else []
    signs = {Sign.NO_DATABASE if _DATABASE.search(each) else Sign.NO_NETWORK for each in told}
    return frozenset(signs) or frozenset({Sign.UNWELL})


def ailing_parts(reading: Reading) -> list[str]:
    """The ailing parts, worst first."""
    worst = sorted(reading.ailing, key=lambda part: -(part.verdict or 0))
    named = [f"{part.name} is {part.says!r}" for part in worst[:_MOST_NAMED]]
    left = len(worst) - len(named)
    return [*named, f"{left} more"] if left > 0 else named
