"""What the handshakes with a host's addresses say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from netra_validate import Finding, Host, Rule, Severity

if TYPE_CHECKING:
    from checks.host.remedies import Remedies
    from checks.host.rules import HostRules
    from netra_validate.clients.hosts.certificates import Certificate
    from netra_validate.clients.hosts.handshake import Handshake

_OLD: Final = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"})
"""OpenSSL's words where the other side offers nothing from TLS 1.2 on."""

_SELF_SIGNED: Final = 18
"""X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT."""

_OF_THE_NAME: Final = frozenset({62, 64})
"""X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""

_EXPIRED: Final = 10

_OF_TIME: Final = frozenset({9, _EXPIRED})
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED: of any certificate in the chain.
OpenSSL looks at the chain first, then at the name, then at the time."""

_USUAL_LIFE: Final = timedelta(days=90)
"""Of the certificates that are renewed by themselves. Clients of ACME renew where a third is left,
30 days of 90 (https://letsencrypt.org/docs/integration-guide/, "When to Renew"), and so they do
where that is 2 days of 6: below it, renewal is late."""


def facts(tried: Sequence[Handshake]) -> dict[str, object]:
    """What is worth knowing, good or bad."""
    read = _certificate(tried)
    seen: dict[str, object] = {
        "tls": ", ".join(sorted({each.version for each in tried if each.version})) or None,
        "certificate_names": list(read.names) if read else None,
        "issuer": read.issuer or None if read else None,
        "expires": read.not_after.date().isoformat() if read and read.not_after else None,
        "connected": [each.address for each in tried if each.is_connected],
        "no_way_from_here": [each.address for each in tried if not each.from_here] or None,
    }
    return {name: value for name, value in seen.items() if value is not None}


def _certificate(tried: Iterable[Handshake]) -> Certificate | None:
    return next((each.certificate for each in tried if each.certificate), None)


def judge(
    check: HostRules, host: Host, tried: Sequence[Handshake], remedies: Remedies, now: datetime
) -> Iterator[Finding]:
    """What is wrong at the addresses. The same fault at several of them is told once."""
    told: set[tuple[str, str]] = set()
    for each in tried:
        for found in _of_address(check, host, each, remedies, now):
            key = (found.rule, found.identity)
            if key not in told:
                told.add(key)
                yield found if host.load_balancer else _by_itself(found)
    yield from _disagreement(check, host, tried, remedies)


def _by_itself(found: Finding) -> Finding:
    """A finding on a host that nothing stands before: nothing is behind it."""
    return replace(found, bearing=replace(found.bearing, shows=frozenset()))


def _of_address(
    check: HostRules, host: Host, one: Handshake, remedies: Remedies, now: datetime
) -> Iterator[Finding]:
    where = host.name if host.name == one.address else f"{host.name} at {one.address}"
    if not one.is_connected:
        if one.from_here:
            yield check.no_connection.finding(
                f"{where} takes no connection on port {host.port}: {one.why}",
                evidence={"address": one.address, "port": host.port},
                remedy=remedies.look_at_address(one.address),
                identity=one.address,
            )
    elif one.code is not None:
        yield from _of_refusal(check, host, one, remedies, now)
    elif one.phase == "TLS":
        is_old = one.version is not None or one.reason in _OLD
        rule = check.old_tls if is_old else check.tls_failed
        yield rule.finding(
            f"{where} completes no TLS handshake on port {host.port}: {one.why}",
            evidence={"address": one.address, "port": host.port, "reason": one.reason},
            remedy=remedies.speak_tls(one.address, old=is_old),
            identity=one.address,
        )
    elif one.certificate is not None:
        yield from _of_time(check, host, one.certificate, remedies, now)


def _of_refusal(
    check: HostRules, host: Host, one: Handshake, remedies: Remedies, now: datetime
) -> Iterator[Finding]:
    """Everything that is wrong with a certificate, not only what OpenSSL came upon first."""
    read, evidence = one.certificate, _evidence(one)
    told = False
    for rule, says in _verdicts(check, host, one):
        told = True
        yield rule.finding(
            f"{host.name} presents a certificate {says}",
            evidence=evidence,
            remedy=remedies.certify(rule.name, one.address),
            identity=rule.name,
        )
    for found in _of_time(check, host, read, remedies, now) if read else ():
        told = True
        yield found
    if not told:  # the time of another certificate of the chain, or what has no rule of its own
        rule = check.expired if one.code == _EXPIRED else check.untrusted
        yield rule.finding(
            f"{host.name} presents a certificate that is not accepted: {one.why}",
            evidence=evidence,
            remedy=remedies.certify(rule.name, one.address),
            identity=rule.name,
        )


def _verdicts(check: HostRules, host: Host, one: Handshake) -> Iterator[tuple[Rule, str]]:
    """Who signed it, and for whom."""
    read, code = one.certificate, one.code
    if code == _SELF_SIGNED:
        yield check.self_signed, f"for {_names(read)} that is signed by itself"
    elif code not in _OF_THE_NAME | _OF_TIME:
        by = f" ({read.issuer})" if read and read.issuer else ""
        yield check.untrusted, f"whose authority{by} is not trusted here"
    if code in _OF_THE_NAME or (read is not None and not read.covers(host.name)):
        yield check.wrong_name, f"for {_names(read)}, which does not cover it"


def _names(read: Certificate | None, most: int = 5) -> str:
    if read is None or not read.names:
        return "no host"
    more = f" and {len(read.names) - most} more" if len(read.names) > most else ""
    return ", ".join(read.names[:most]) + more


def _evidence(one: Handshake) -> dict[str, object]:
    read = one.certificate
    found: dict[str, object] = {"address": one.address, "says": one.why}
    if read is not None:
        found |= {"names": list(read.names), "issuer": read.issuer}
        found |= {"not_before": _day(read.not_before), "not_after": _day(read.not_after)}
    return found


def _day(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _of_time(
    check: HostRules, host: Host, read: Certificate, remedies: Remedies, now: datetime
) -> Iterator[Finding]:
    """Whether a certificate is of now, and for how long."""
    rule, says, severity = _age(check, read, now)
    if rule is None:
        return
    yield rule.finding(
        f"{host.name} presents a certificate that {says}",
        evidence={
            "not_before": _day(read.not_before),
            "not_after": _day(read.not_after),
            "names": list(read.names),
            "issuer": read.issuer,
        },
        remedy=remedies.certify(rule.name, None),
        severity=severity,
        identity=rule.name,
        since=read.not_after if rule is check.expired else None,
    )


def _age(
    check: HostRules, read: Certificate, now: datetime
) -> tuple[Rule | None, str, Severity | None]:
    if read.not_before is not None and read.not_before > now:
        return (
            check.not_yet_valid,
            f"is not valid before {read.not_before:%Y-%m-%d %H:%M} UTC",
            None,
        )
    if read.not_after is None:
        return None, "", None
    left = read.not_after - now
    if left <= timedelta(0):
        return check.expired, f"expired on {read.not_after:%Y-%m-%d}", None
    if left >= _limit(read, check.options.warning_days):
        return None, "", None
    urgent = left < _limit(read, check.options.error_days)
    says = f"expires on {read.not_after:%Y-%m-%d}, in {_span(left)}"
    return check.expiring, says, Severity.ERROR if urgent else None


def _limit(read: Certificate, days: float) -> timedelta:
    """The days of an option: fewer for a certificate that lives for less than the usual time."""
    limit = timedelta(days=days)
    if read.not_before is None or read.not_after is None:
        return limit
    return min(limit, limit * ((read.not_after - read.not_before) / _USUAL_LIFE))


def _span(left: timedelta) -> str:
    hours = left // timedelta(hours=1)
    return f"{left.days} days" if left.days > 1 else f"{hours} hours"


def _disagreement(
    check: HostRules, host: Host, tried: Sequence[Handshake], remedies: Remedies
) -> Iterator[Finding]:
    by: dict[str, list[str]] = {}
    for each in tried:
        if each.certificate is not None and each.is_trusted:
            by.setdefault(each.certificate.fingerprint, []).append(each.address)
    if len(by) > 1:
        yield check.addresses_disagree.finding(
            f"{host.name} presents {len(by)} different certificates,"
            f" at {', '.join(each[0] for each in by.values())}",
            evidence={fingerprint[:16]: addresses for fingerprint, addresses in by.items()},
            remedy=remedies.compare([each[0] for each in by.values()]),
        )
