"""Who may reach an instance, and in the clear. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from checks.cloud_sql import remedies
from checks.cloud_sql.options import Expectations
from netra_validate import Finding, Rule, Severity

if TYPE_CHECKING:
    from checks.cloud_sql.facts import InstanceFacts
    from checks.cloud_sql.remedies import Place

_WORLD: Final = 0.5
"""Share of all addresses from which on an allow-list is none: no organisation has that many."""

_WIDE: Final = 8
"""Entries with a shorter prefix are taken out to close it: nobody owns more than a /8."""

Net = ipaddress.IPv4Network | ipaddress.IPv6Network


class AccessRules:
    """Rules on the ways in."""

    options: Expectations

    open_to_the_world = Rule(
        Severity.ERROR,
        "The whole internet may connect",
        help="""
        The authorised networks let every address in: `0.0.0.0/0`, `::/0`, or halves that add up to
        it. Only the password stands before the data then. Cloud Run needs no authorised network: a
        revision that carries the connection name goes through Google's own proxy, and one with a
        path into the network uses the private address.
        To mend: take these networks off the list, once every client has a way of its own. `gcloud`
        writes the whole list anew, without the names of entries and without the time at which they
        expire: where one expires, take the others off in the console.
        """,
        shows=(),
    )
    unencrypted_allowed = Rule(
        Severity.WARNING,
        "Connections without encryption are accepted",
        help="""
        The instance accepts clients without TLS. Passwords and data of such a client cross the
        network in the clear.
        To mend: have the instance accept encrypted connections only, after the last client without
        TLS is gone.
        """,
        shows=(),
    )

    def judge_access(self, place: Place, facts: InstanceFacts) -> Iterator[Finding]:
        """Who may come in, and how."""
        if facts.public_address and is_world(facts.authorized):
            yield self.open_to_the_world.finding(
                f"{facts.name} lets the whole internet connect:"
                f" {', '.join(wide(facts.authorized))} is authorised",
                evidence={"authorized_networks": list(facts.authorized)},
                remedy=remedies.close(
                    place,
                    narrow(facts.authorized),
                    expiring=narrow(facts.expiring),
                    named=narrow(facts.named),
                ),
            )
        if facts.ssl_mode == "ALLOW_UNENCRYPTED_AND_ENCRYPTED":
            yield self.unencrypted_allowed.finding(
                f"{facts.name} accepts unencrypted connections, expected ENCRYPTED_ONLY",
                evidence={"ssl_mode": facts.ssl_mode},
                remedy=remedies.encrypt(place),
            )


def is_world(entries: Iterable[str]) -> bool:
    """Whether the entries together let in half of all addresses or more, of either version."""
    nets = [net for net in map(parsed, entries) if net is not None]
    four = [net for net in nets if isinstance(net, ipaddress.IPv4Network)]
    six = [net for net in nets if isinstance(net, ipaddress.IPv6Network)]
    return _share(four) >= _WORLD or _share(six) >= _WORLD


def _share(nets: Sequence[Net]) -> float:
    merged: Iterable[Net] = ipaddress.collapse_addresses(nets)  # type: ignore[type-var] # all of one version
    return float(sum(2.0**-net.prefixlen for net in merged))


def wide(entries: Iterable[str]) -> tuple[str, ...]:
    """The entries that make it the world: those that no organisation owns."""
    return tuple(entry for entry in entries if _is_wide(entry))


def narrow(entries: Iterable[str]) -> tuple[str, ...]:
    """The entries that can stay."""
    return tuple(entry for entry in entries if not _is_wide(entry))


def _is_wide(entry: str) -> bool:
    net = parsed(entry)
    return net is not None and net.prefixlen < _WIDE


def parsed(entry: str) -> Net | None:
    """An entry of the allow-list as a network, whatever its spelling; None where it is none."""
    try:
        return ipaddress.ip_network(entry.strip(), strict=False)
    except ValueError:
        return None
