"""Which certificates a certificate map presents for which host. Pure.

Reference: https://cloud.google.com/certificate-manager/docs/maps and .../docs/map-entries: an entry
for the host itself is taken first, then one for ``*.`` and its domain, then the primary one. A
proxy with a map does not look at certificates of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from checks.load_balancer import certificates, remedies
from netra_validate import Finding
from netra_validate.clients.hosts.certificates import covers

if TYPE_CHECKING:
    from checks.load_balancer.remedies import Place
    from checks.load_balancer.rules import LoadBalancerRules
    from netra_validate.clients.google.certificate_manager import MapEntry
    from netra_validate.clients.google.compute_types import SslCertificate

PRIMARY = "PRIMARY"


def entry_for(entries: Iterable[MapEntry], host: str) -> MapEntry | None:
    """The entry that a client meets who asks for ``host``."""
    by_name = {(each.hostname or "").lower(): each for each in entries if each.hostname}
    primary = next((each for each in entries if each.matcher == PRIMARY), None)
    return by_name.get(host) or by_name.get(f"*.{host.partition('.')[2]}") or primary


def judge(
    check: LoadBalancerRules,
    place: Place,
    entries: Sequence[MapEntry],
    presented: Mapping[str, SslCertificate],
    hosts: Iterable[str],
) -> Iterator[Finding]:
    """Every host has an entry, whose certificates are for it."""
    for host in hosts:
        entry = entry_for(entries, host)
        if entry is None:
            named = [each.hostname for each in entries if each.hostname]
            yield check.unmapped_host.finding(
                f"{host} has no entry in {place.certificate_map}, which has no primary one either",
                evidence={"host": host, "entries": named},
                remedy=remedies.map_host(place, host),
                identity=host,
                affects=place.reached_by(host),
            )
            continue
        there = [presented[name] for name in entry.certificates if name in presented]
        covered = [name for each in there for name in certificates.names(each)]
        if len(there) == len(entry.certificates) and not covers(covered, host):
            yield check.uncovered_host.finding(
                f"{host} is covered by no certificate of its entry in {place.certificate_map}:"
                f" {', '.join(covered[:5]) or 'there is none'}",
                evidence={"host": host, "covered": covered, "entry": entry.name},
                remedy=remedies.cover(place, host),
                identity=host,
                affects=place.reached_by(host),
            )
