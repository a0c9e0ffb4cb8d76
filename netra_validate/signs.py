"""What a broken rule looks like to others, and what can follow from it. Pure data.

A rule says in these words what it shows and what it explains, so that checks need not know each
other: a connector that is not ready takes the database away, whoever notices; a schema of the wrong
version has nothing to do with any connector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Sign(StrEnum):
    """One way in which something is seen to fail. The value completes *what follows is …*."""

    NO_ADDRESS = "a name without an address"
    NO_CONNECTION = "no connection"
    NO_TLS = "no trusted TLS"
    TLS_ENDS = "a certificate that is about to expire"
    TLS_ENDED = "a certificate that has expired"
    """Which is no certificate for another name, nor the want of one."""
    NO_NETWORK_PATH = "no path into the network"
    """By its set-up, whether or not somebody has tried."""
    NO_NETWORK = "nothing in the network answers"
    """Redis, a database: whatever has a private address."""
    NO_DATABASE = "no database"
    NO_CONNECTIONS_LEFT = "connections that are used up"
    NO_SECRET = "a secret that cannot be read"  # noqa: S105 - words
    NO_START = "no start"
    WRONG_PORT = "a port that nobody listens on"
    NO_ROLLOUT = "a new revision that does not come up"
    """It has no traffic, so that nobody notices but who deploys."""
    NO_PERMISSION = "a refusal"
    NO_SERVICE = "a service that is missing"
    FAILING = "a failing service"
    """Nothing answers for it, or something in front of it answers in its place."""
    SILENT = "an answer that does not come"
    """A request was taken, and nothing was heard of it: where no way leads on, something in front
    of the service says so."""
    NO_INSTANCE_LEFT = "no instance that is free"
    """All that may run have their hands full."""
    UNWELL = "a service that is not well"
    """It answers, and says so, or with errors of its own."""
    OWN_TROUBLE = "a trouble that the service itself names"
    """In words that say more than that it is not well: nobody can be sure of what is behind it."""
    WRONG_ANSWER = "a wrong answer"
    """Another service or page answers, or nothing that can be read."""
    RESTARTING = "instances that end"
    CUT_OFF = "a connection that is cut off"
    OUTDATED_HOST = "a host that is not to be used"
    SLOW = "slowness"
    OLD_SCHEMA = "a schema that was not migrated"


_FOLLOWS: Final[Mapping[Sign, tuple[Sign, ...]]] = {
    Sign.NO_ADDRESS: (Sign.NO_CONNECTION,),
    Sign.NO_NETWORK_PATH: (Sign.NO_NETWORK,),
    Sign.NO_NETWORK: (Sign.NO_DATABASE, Sign.UNWELL),
    Sign.NO_CONNECTIONS_LEFT: (Sign.NO_DATABASE,),
    Sign.NO_DATABASE: (Sign.NO_START, Sign.UNWELL),
    Sign.NO_SECRET: (Sign.NO_START,),
    Sign.NO_START: (Sign.NO_ROLLOUT, Sign.FAILING, Sign.SILENT),
    Sign.NO_SERVICE: (Sign.FAILING, Sign.WRONG_ANSWER, Sign.NO_CONNECTION),
    Sign.OWN_TROUBLE: (Sign.UNWELL,),
    Sign.UNWELL: (Sign.SLOW,),
}
"""What each sign brings with it further down: a service without its database does not start, and
one that does not start answers 503, or keeps who asks waiting."""

_CAN_FOLLOW: Final[Mapping[Sign, tuple[Sign, ...]]] = {
    # Cloud Run takes connections for whatever does not run; not all that is asked is Cloud Run.
    Sign.NO_START: (Sign.NO_CONNECTION,),
    # Whatever makes a service unwell can be what it speaks of in its own words.
    Sign.UNWELL: (Sign.OWN_TROUBLE,),
}
"""What each sign can bring with it, without being sure to."""


def consequences(signs: Iterable[Sign]) -> Mapping[Sign, int]:
    """These signs and all that follow from them, each with the number of steps to it."""
    found: dict[Sign, int] = {}
    reached, steps = set(signs), 0
    while reached:
        found |= dict.fromkeys(reached, steps)
        further = {after for sign in reached for after in _FOLLOWS.get(sign, ())}
        reached, steps = further - found.keys(), steps + 1
    return found


def supposed(signs: Iterable[Sign]) -> frozenset[Sign]:
    """These signs, and what can follow from them without being sure to."""
    found = frozenset(signs)
    return found | {after for sign in found for after in _CAN_FOLLOW.get(sign, ())}


def closure(signs: Iterable[Sign]) -> frozenset[Sign]:
    """These signs, and all that follow from them."""
    return frozenset(consequences(signs))


OF_PHASE: Final[Mapping[str, Sign]] = {
    "name resolution": Sign.NO_ADDRESS,
    "connection": Sign.NO_CONNECTION,
    "TLS": Sign.NO_TLS,
    "request": Sign.FAILING,
}
"""What an exchange shows that broke in a phase (:data:`netra_validate.clients.errors.Phase`)."""

NOT_OF_NEED: Final = frozenset({Sign.OLD_SCHEMA})
"""What no fault of anything that a resource needs brings about, only what reaches it otherwise."""

NO_ANSWER: Final = frozenset({Sign.FAILING, Sign.UNWELL})
"""A request was taken, and nothing came back."""

SILENCE: Final = frozenset({Sign.SILENT, Sign.UNWELL})
"""The same, where the time was up, and nobody said anything in the service's place."""

_TOO_MANY_REQUESTS: Final = 429
_NO_INSTANCE_LEFT: Final = "rate exceeded."
"""The whole answer of Cloud Run."""


def of_status(status: int) -> frozenset[Sign]:
    """What a status shows that is not the one that was asked for (RFC 9110, section 15).

    502, 503 and 504 are given by whatever stands in front of a service and by services themselves;
    500 is a service's own.
    """
    if status in {502, 503, 504}:
        return NO_ANSWER
    if status >= 500:  # noqa: PLR2004 - the server errors
        return frozenset({Sign.UNWELL})
    if status == _TOO_MANY_REQUESTS:
        return frozenset()  # it is about who asks
    return frozenset({Sign.NO_PERMISSION if status in {401, 403} else Sign.WRONG_ANSWER})


def is_for_want_of_an_instance(status: int, body: str) -> bool:
    """Whether Cloud Run answered in the service's place that none of its instances is free.

    It lets a request wait for one, and answers 429 where none becomes free in time
    (https://cloud.google.com/run/docs/about-instance-autoscaling). No service and no security
    policy answers so: a service that limits requests has words of its own.
    """
    return status == _TOO_MANY_REQUESTS and body.strip().casefold() == _NO_INSTANCE_LEFT


ANY_ANSWER: Final = frozenset(
    {
        Sign.NO_ADDRESS,
        Sign.NO_CONNECTION,
        Sign.NO_TLS,
        Sign.NO_PERMISSION,
        Sign.FAILING,
        Sign.SILENT,
        Sign.NO_INSTANCE_LEFT,
        Sign.UNWELL,
        Sign.WRONG_ANSWER,
    }
)
"""Whatever keeps a service from giving the answer that was asked for."""
