"""Whether the certificates are issued, of now, and for the right hosts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from checks.load_balancer import remedies
from netra_validate import Finding, Severity, Sign
from netra_validate.clients.hosts.certificates import covers

if TYPE_CHECKING:
    from checks.load_balancer.remedies import Place
    from checks.load_balancer.rules import LoadBalancerRules
    from netra_validate.clients.google.compute_types import SslCertificate

_SERVED: Final = frozenset({"ACTIVE", "RENEWAL_FAILED"})
"""With the second, the earlier certificate is served until it expires."""


def names(certificate: SslCertificate) -> tuple[str, ...]:
    """The hosts that it is for, or will be for."""
    if certificate.managed is not None and certificate.managed.domains:
        return certificate.managed.domains
    return certificate.subject_alternative_names


def is_served(certificate: SslCertificate) -> bool:
    """Whether it can be presented."""
    return certificate.managed is None or certificate.managed.status in _SERVED


def judge(
    check: LoadBalancerRules,
    place: Place,
    certificates: Sequence[SslCertificate],
    hosts: Iterable[str],
    now: datetime,
) -> Iterator[Finding]:
    """Each by itself, then whether they cover the hosts."""
    for each in certificates:
        yield from _managed(check, place, each, certificates)
        yield from _own(check, place, each, now)
    covered = [name for each in certificates for name in names(each)]
    for host in hosts:
        if not covers(covered, host):
            yield check.uncovered_host.finding(
                f"{host} is covered by no certificate of {place.url_map}:"
                f" {', '.join(covered[:5]) or 'there is none'}",
                evidence={"host": host, "covered": covered},
                remedy=remedies.cover(place, host),
                identity=host,
                affects=place.reached_by(host),
            )


def _managed(
    check: LoadBalancerRules,
    place: Place,
    certificate: SslCertificate,
    all_of_them: Sequence[SslCertificate],
) -> Iterator[Finding]:
    managed = certificate.managed
    if managed is None or managed.status in {"", "ACTIVE"}:
        return
    failing = [host for host, state in managed.domain_status.items() if state.startswith("FAILED")]
    failed = "FAILED" in managed.status or bool(failing)
    rule = check.certificate_failed if failed else check.certificate_provisioning
    served = [name for each in all_of_them if is_served(each) for name in names(each)]
    spared = not is_served(certificate) and all(covers(served, host) for host in managed.domains)
    states = ", ".join(f"{host} {state}" for host, state in managed.domain_status.items())
    yield rule.finding(
        f"{certificate.name} is {managed.status}, expected ACTIVE"
        f"{f' ({states})' if states else ''}",
        evidence={"status": managed.status, "domains": dict(managed.domain_status)},
        remedy=remedies.certify(place, certificate.name, failing or managed.domains),
        severity=Severity.WARNING if spared else None,
        identity=certificate.name,
        affects=place.covered_by(names(certificate)),
    )


def _own(
    check: LoadBalancerRules, place: Place, certificate: SslCertificate, now: datetime
) -> Iterator[Finding]:
    """The time of one that nobody renews by himself."""
    ends = moment(certificate.expire_time) if certificate.managed is None else None
    if ends is None or ends - now >= timedelta(days=check.options.warning_days):
        return
    left = ends - now
    urgent = left < timedelta(days=check.options.error_days)
    is_over = left <= timedelta(0)
    when = f"expired on {ends:%Y-%m-%d}"
    if not is_over:
        when = f"expires on {ends:%Y-%m-%d}, in {left.days} days"
    yield check.certificate_expiring.finding(
        f"{certificate.name} {when}, and nobody renews it by himself",
        evidence={"expires": ends.isoformat(), "names": list(names(certificate))},
        remedy=remedies.renew(place, certificate.name),
        severity=Severity.ERROR if urgent else None,
        identity=certificate.name,
        explains=(Sign.NO_TLS, Sign.TLS_ENDED) if is_over else (Sign.TLS_ENDS,),
        affects=place.covered_by(names(certificate)),
        since=ends if is_over else None,
    )


def moment(told: str | None) -> datetime | None:
    """A time as RFC 3339 writes it; None for what is none."""
    try:
        found = datetime.fromisoformat(told or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
