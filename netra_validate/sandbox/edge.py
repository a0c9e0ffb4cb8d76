"""What clients meet before any service: certificates, and the redirect from http. Plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from netra_validate.sandbox.names import ENVIRONMENT

if TYPE_CHECKING:
    from netra_validate.sandbox.staging import Staging

FRONT: Final = "front"
"""The host that is none of a service's own: it answers with its front page alone."""


class Presented(Enum):
    """The certificate that a host presents."""

    GOOD = auto()
    EXPIRED = auto()
    EXPIRING = auto()
    """In 20 days."""
    ENDING = auto()
    """In 3 days."""
    NOT_YET_VALID = auto()
    WRONG_NAME = auto()
    UNTRUSTED = auto()
    """Of an authority that nobody was told of."""
    SELF_SIGNED = auto()
    OLD_TLS = auto()
    """A good one, over TLS 1.1."""
    NONE = auto()
    """No handshake can be completed."""


@dataclass(frozen=True, slots=True)
class Edge:
    """How the hosts behave.

    Attributes:
        presented: by host, what is not good.
        redirects: whether http leads to https.
    """

    presented: Mapping[str, Presented] = field(default_factory=dict)
    redirects: bool = True

    @property
    def odd(self) -> frozenset[tuple[str, Presented]]:
        """Hosts with a TLS context unlike others.

        One that has had a certificate cannot be without one again, and ciphers stay allowed.
        """
        kinds = {Presented.NONE, Presented.OLD_TLS}
        return frozenset(each for each in self.presented.items() if each[1] in kinds)


def presents(host: str, what: Presented) -> Callable[[Staging], Staging]:
    """A fault: a host presents this."""

    def fault(staging: Staging) -> Staging:
        presented = {**staging.edge.presented, host: what}
        return replace(staging, edge=replace(staging.edge, presented=presented))

    return fault


def without_redirect(staging: Staging) -> Staging:
    """A fault: http is answered."""
    return replace(staging, edge=replace(staging.edge, redirects=False))


def declares(key: str, name: str, port: int) -> Callable[[Staging], Staging]:
    """A fault: the configuration declares one more host."""
    table = f'[environments.{ENVIRONMENT}.hosts.{key}]\nname = "{name}"\nport = {port}\n'
    return lambda staging: replace(staging, options=staging.options + table)


EDGE_FAULTS: Final[Mapping[str, Callable[[Staging], Staging]]] = {
    "certificate-expired": presents("backend", Presented.EXPIRED),
    "certificate-expiring": presents(FRONT, Presented.EXPIRING),
    "certificate-ending": presents(FRONT, Presented.ENDING),
    "certificate-not-yet-valid": presents(FRONT, Presented.NOT_YET_VALID),
    "certificate-wrong-host": presents(FRONT, Presented.WRONG_NAME),
    "certificate-untrusted": presents(FRONT, Presented.UNTRUSTED),
    "certificate-self-signed": presents(FRONT, Presented.SELF_SIGNED),
    "tls-old": presents(FRONT, Presented.OLD_TLS),
    "tls-broken": presents(FRONT, Presented.NONE),
    "host-not-resolved": declares("gone", "api-staging.netra.invalid", 443),
    # Port 1 is of a service that nobody runs (tcpmux), and takes privileges to listen on.
    "host-closed": declares("closed", "localhost", 1),
    "no-redirect": without_redirect,
}
"""What can be wrong with the hosts."""
