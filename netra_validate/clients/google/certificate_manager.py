"""Certificate maps, and the certificates in them, asked after in Certificate Manager.

Reference: ``certificateMapEntries`` and ``certificates`` at
https://cloud.google.com/certificate-manager/docs/reference/certificate-manager/rest/v1; the
permissions are those of https://cloud.google.com/certificate-manager/docs/access-control.
"""

from __future__ import annotations

from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ProtocolError
from netra_validate.clients.google.access import CERTIFICATE_MANAGER, Access
from netra_validate.clients.google.compute import named
from netra_validate.clients.google.compute_types import Managed, SslCertificate
from netra_validate.clients.google.messages import short
from netra_validate.clients.google.shared import Answer

T = TypeVar("T")

_PAGES: Final = 20
"""Most pages of one map's entries, of 500 each."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A JSON object with camelCase fields."""


class MapEntry(_Part, frozen=True, kw_only=True):
    """``CertificateMapEntry``: which certificates are presented for a host."""

    name: str
    hostname: str | None = None
    """A host, or ``*.`` and a domain; None where ``matcher`` says for whom it is."""
    matcher: str | None = None
    """``PRIMARY``: for whoever asks for no host, or for one that no entry is for."""
    certificates: tuple[str, ...] = ()
    state: str = ""


class _Entries(_Part, frozen=True, kw_only=True):
    certificate_map_entries: tuple[MapEntry, ...] = ()
    next_page_token: str = ""


class _Attempt(_Part, frozen=True, kw_only=True):
    """``AuthorizationAttemptInfo``: whether a domain was proved to be ours."""

    domain: str = ""
    state: str = ""
    failure_reason: str = ""


class _Managed(_Part, frozen=True, kw_only=True):
    domains: tuple[str, ...] = ()
    state: str = ""
    authorization_attempt_info: tuple[_Attempt, ...] = ()


class _Certificate(_Part, frozen=True, kw_only=True):
    name: str
    san_dnsnames: tuple[str, ...] = ()
    expire_time: str | None = None
    managed: _Managed | None = None


class CertificateManager:
    """What Certificate Manager, version 1, tells one probe. Each question is asked once in a run.

    Needs ``certificatemanager.certmapentries.list`` and ``certificatemanager.certs.get``.
    """

    def __init__(self, access: Access, budget: Budget) -> None:
        self._access = access
        self._budget = budget

    def entries(self, link: str) -> Answer[tuple[MapEntry, ...]]:
        """All entries of a certificate map, by the link that a proxy has of it."""
        name = named(link)
        subject = f"the entries of the certificate map {short(name)}"

        async def call(own: Budget) -> tuple[MapEntry, ...]:
            found: list[MapEntry] = []
            token = ""
            for _ in range(_PAGES):
                query = "?pageSize=500" + (f"&pageToken={quote(token, safe='')}" if token else "")
                path = f"{name}/certificateMapEntries"
                permission = "certificatemanager.certmapentries.list"
                page = await self._get(path, query, subject, permission, _Entries, own)
                found += page.certificate_map_entries
                token = page.next_page_token
                if not token:
                    break
            return tuple(found)

        return self._access.ask((name, "entries"), subject, self._budget, call)

    def certificate(self, name: str) -> Answer[SslCertificate]:
        """A certificate by its full name, in the words of Compute Engine's."""
        subject = f"the certificate {short(name)}"

        async def call(own: Budget) -> SslCertificate:
            permission = "certificatemanager.certs.get"
            return plain(await self._get(name, "", subject, permission, _Certificate, own))

        return self._access.ask(name, subject, self._budget, call)

    async def _get(
        self, name: str, query: str, subject: str, permission: str, kind: type[T], budget: Budget
    ) -> T:
        question = self._access.question(subject, CERTIFICATE_MANAGER, permission, name)
        rest = self._access.rest(CERTIFICATE_MANAGER)
        body = await rest.get(f"/v1/{quote(name)}{query}", question, budget)
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            host = CERTIFICATE_MANAGER.host
            raise ProtocolError(f"what {host} answers cannot be read as {subject}") from error


def plain(found: _Certificate) -> SslCertificate:
    """A certificate in the words of Compute Engine's ``sslCertificates``.

    PROVISIONING stands for renewing as well: of one that was issued before, what was issued is
    presented until it expires.
    """
    managed = found.managed
    return SslCertificate(
        name=short(found.name),
        type="SELF_MANAGED" if managed is None else "MANAGED",
        managed=None if managed is None else _state(managed, is_issued=bool(found.expire_time)),
        subject_alternative_names=found.san_dnsnames,
        expire_time=found.expire_time,
    )


def _state(managed: _Managed, *, is_issued: bool) -> Managed:
    domains = {
        each.domain: f"FAILED_{each.failure_reason}" if each.state == "FAILED" else each.state
        for each in managed.authorization_attempt_info
    }
    status = managed.state
    if status == "PROVISIONING" and is_issued:
        failing = any(state.startswith("FAILED") for state in domains.values())
        status = "RENEWAL_FAILED" if failing else "ACTIVE"
    return Managed(status=status, domains=managed.domains, domain_status=domains)
