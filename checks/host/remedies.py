"""What to do about a host, in the user's own names. Every command only reads."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate import Command, Environment, Host, LoadBalancer, Remediation, Topology
from netra_validate.remedies import curl, gcloud, looks, remedy

_CLOUD: Final = "https://cloud.google.com/load-balancing/docs"
_CERTIFICATES: Final = f"{_CLOUD}/ssl-certificates/troubleshooting"
_REDIRECT: Final = f"{_CLOUD}/https/setting-up-http-https-redirect"
_POLICIES: Final = f"{_CLOUD}/ssl-policies-concepts"

_FORWARDING: Final = f"{_CLOUD}/forwarding-rule-concepts"
_RECORDS: Final = "https://cloud.google.com/dns/docs/records"
_STRICT: Final = "https://www.rfc-editor.org/rfc/rfc6797#section-7"

_HTTPS: Final = 443

_CERTIFY: Final = {
    "wrong-name": "Use a name that the certificate covers, or put {host} into the certificate",
    "untrusted": "Serve the whole chain of the certificate of {host}; name a private authority in"
    " ca_file of the environment",
    "self-signed": "Serve a certificate of an authority for {host}; name a private authority in"
    " ca_file of the environment",
    "expired": "Renew the certificate of {host}, and see why that did not happen by itself",
    "expiring": "Renew the certificate of {host}, and see why that did not happen by itself",
    "not-yet-valid": "Serve a certificate for {host} whose time has begun, or set the clock",
}


@dataclass(frozen=True, slots=True)
class Remedies:
    """Remedies for one host."""

    host: Host
    environment: Environment
    topology: Topology

    def give_record(self) -> Remediation:
        """The name is to resolve."""
        return remedy(
            f"Give {self.host.name} a DNS record, or correct the name in the configuration",
            self._look_up(),
            *self._rules(),
            docs=_RECORDS,
        )

    def look_at_address(self, address: str) -> Remediation:
        """Something is to listen there, or nothing is to lead there."""
        return remedy(
            f"Let something listen at {address}, or take it out of the records of {self.host.name}",
            self._look_up(),
            *self._rules(),
            docs=_FORWARDING,
        )

    def speak_tls(self, address: str, *, old: bool) -> Remediation:
        """TLS 1.2 or later is to be spoken."""
        summary = f"See what listens at {address}, and whether it has a certificate"
        if old:
            summary = f"Let {self.host.name} offer TLS 1.2 or later"
        return remedy(summary, self._shake(address), docs=_POLICIES if old else _CERTIFICATES)

    def certify(self, rule: str, address: str | None) -> Remediation:
        """The certificate is to be another one."""
        summary = _CERTIFY[rule].format(host=self.host.name)
        shake = self._shake(address or self.host.name)
        return remedy(summary, shake, *self._certificates(), docs=_CERTIFICATES)

    def compare(self, addresses: Sequence[str]) -> Remediation:
        """One of the certificates is not meant."""
        return remedy(
            f"See which certificate of {self.host.name} is meant, and replace the other",
            *map(self._shake, addresses),
            docs=_CERTIFICATES,
        )

    def redirect(self, url: str) -> Remediation:
        """Plain http is to lead to https."""
        return remedy(
            f"Redirect http to https on what serves {self.host.name}",
            *self.look_at(url).commands,
            docs=_REDIRECT,
        )

    def look_at(self, url: str) -> Remediation:
        """The same question by hand."""
        trust = self.environment.ca_file if self.host.tls else None
        command = looks(*curl(url, ca_file=trust, show="-I"))
        summary = "Send Strict-Transport-Security with every answer over https"
        return remedy(summary, command, docs=_STRICT)

    def _look_up(self) -> Command:
        return looks("nslookup", self.host.name)

    def _shake(self, address: str) -> Command:
        """A handshake with one address, and what is said about its certificate.

        Not by `openssl s_client`, which waits for what is typed unless a shell takes that away.
        """
        name, port = self.host.name, self.host.port
        where = f"[{address}]" if ":" in address else address
        direct = not _is_number(name) and address != name
        options = ("-v", *(("--resolve", f"{name}:{port}:{where}") if direct else ()))
        host = f"[{name}]" if ":" in name else name
        url = f"https://{host}/" if port == _HTTPS else f"https://{host}:{port}/"
        return looks(*curl(url, *options, ca_file=self.environment.ca_file, show="-I"))

    def _rules(self) -> tuple[Command, ...]:
        project = self._project()
        if project is None:
            return ()
        return (looks(*gcloud("compute", "forwarding-rules", "list", project=project)),)

    def _certificates(self) -> tuple[Command, ...]:
        project = self._project()
        if project is None:
            return ()
        return (looks(*gcloud("compute", "ssl-certificates", "list", project=project)),)

    def _project(self) -> str | None:
        """The project of the load balancer that serves the host; None where nobody names one."""
        balancer = self.topology.get(LoadBalancer, self.host.load_balancer)
        return None if balancer is None else self.environment.project_of(balancer)


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
