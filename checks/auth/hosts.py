"""Which addresses an auth service may name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from netra_validate import Domains
from netra_validate.hostnames import Rulings, normal


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts that are right."""

    rulings: Rulings
    more: frozenset[str]

    @classmethod
    def of(cls, domains: Domains, more: Iterable[str]) -> Hosts:
        """The canonical and allowed ones, and these."""
        return cls(Rulings(domains), frozenset(map(normal, more)))

    def fault(self, address: str) -> str | None:
        """What is wrong with an address: the end of a sentence, or None."""
        try:
            parts = urlsplit(address)
            host = normal(parts.hostname or "")
        except ValueError:
            return "is no address"
        if not host:
            return "is no address"
        if parts.scheme != "https":
            return f"is at {host} over {parts.scheme[:20]}, expected https"
        if host in self.more:
            return None
        found = self.rulings.of(host).standing
        if found in {"canonical", "allowed"}:
            return None
        return f"is at the retired host {host}" if found == "retired" else f"is at {host}"


def host_of(address: str | None) -> str:
    """The host of an address of the configuration."""
    return normal(urlsplit(address or "").hostname or "")


def shown(address: str) -> str:
    """An address without its query, which may hold codes and states."""
    return address.partition("?")[0].partition("#")[0][:200]
