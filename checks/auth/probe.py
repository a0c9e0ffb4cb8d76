"""One probe: the auth service found, read and tried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks.auth import forging, login, metadata
from checks.auth import keys as key_sets
from checks.auth.discovery import Found, address, discover
from checks.auth.forging import Verdict
from checks.auth.hosts import Hosts, host_of, shown
from checks.auth.key_rules import judge, max_age_s
from checks.auth.options import AuthOptions
from checks.auth.remedies import remedy
from checks.auth.timing import measure
from netra_validate import Context, Finding, ProtocolError, Service, Sign
from netra_validate.signs import of_status

if TYPE_CHECKING:
    from checks.auth import Auth
    from netra_validate.clients.google.shared import Answer
    from netra_validate.clients.http import HttpResponse

_OK = 200


async def probe(check: Auth, service: Service, ctx: Context) -> AsyncIterator[Finding]:
    """Discovery first, since the rest uses what it says; where a login leads is asked meanwhile."""
    examination = _Examination(check, service, ctx)
    examination.ask_login()
    for part in (examination.discovery, examination.keys, examination.tokens, examination.login):
        async for found in part():
            yield found


@dataclass(slots=True)
class _Examination:
    """What is known of one service so far."""

    check: Auth
    service: Service
    ctx: Context
    found: Found = field(default_factory=Found)
    key_id: str | None = None
    secret_at: str | None = None
    """Where a private key is published."""
    led: Answer[HttpResponse] | None = None
    """What a login is answered, on its way."""

    @property
    def options(self) -> AuthOptions:
        options: AuthOptions = self.check.options
        return options

    @property
    def name(self) -> str:
        return self.service.cloud_run or self.service.key

    def broken(
        self,
        rule: str,
        says: str,
        url: str,
        shows: frozenset[Sign] | None = None,
        /,
        **evidence: object,
    ) -> Finding:
        """A finding; the sentence begins with the service's name."""
        return self.check.rules[rule].finding(
            f"{self.name} {says}",
            evidence={"address": shown(url), **evidence},
            remedy=remedy(rule, shown(url), self.service, self.ctx, secret=url == self.secret_at),
            shows=shows,
        )

    async def discovery(self) -> AsyncIterator[Finding]:
        """Where it is found, and what it says of itself."""
        places = self.options.discovery
        if not places:
            return
        found = await discover(self.service, self.ctx, places, self.options.timeout_s)
        self.found = found
        missed = {each.place: each.reason for each in found.missed}
        if found.place is None:
            if all(each.error is not None for each in found.missed):
                raise found.missed[0].error  # type: ignore[misc] # not None, as the line above says
            url = address(self.service, places[0])
            says, shows = _undiscovered(found), found.shows
            yield self.broken("not-discovered", says, url, shows, missed=missed)
            return
        self.ctx.observe(discovered_at=found.place, issuer=found.document["issuer"])
        if missed:
            says = f"is found at the fall-back {found.place}, not at {', '.join(missed)}"
            yield self.broken("fell-back", says, found.address, missed=missed)
        for broken in self._configuration():
            yield broken

    def _configuration(self) -> Iterator[Finding]:
        found, document = self.found, self.found.document
        lacks = metadata.lacking(document, found.address)
        if lacks:
            says = f"leaves {', '.join(lacks)} out of its OpenID configuration"
            yield self.broken("incomplete", says, found.address, missing=lacks)
        expected = self.options.issuer or metadata.expected_issuer(found.address)
        if expected is not None and document["issuer"] != expected:
            says = f"names {document['issuer']} as its issuer, expected {expected}"
            yield self.broken("wrong-issuer", says, found.address)
        for name, url in metadata.endpoints(document).items():
            fault = self._endpoint_hosts().fault(url)
            if fault is not None:
                says = f"has {_article(name)} {name} that {fault}"
                yield self.broken("endpoint", says, url, endpoint=name)

    def _endpoint_hosts(self) -> Hosts:
        """Canonical ones, the service's own, and where the configuration was found."""
        own = (host_of(self.service.url), host_of(self.found.address))
        return Hosts.of(self.ctx.environment.domains, (*self.options.hosts, *filter(None, own)))

    async def keys(self) -> AsyncIterator[Finding]:
        """Whether tokens can be verified, now and during a rotation."""
        url = self.found.document.get("jwks_uri")
        if not isinstance(url, str) or self._endpoint_hosts().fault(url) is not None:
            return  # said already, and what is not ours is not asked
        response = await self.ctx.http.get(url, timeout_s=self.options.timeout_s)
        try:
            found = key_sets.read(response.json()) if response.status == _OK else None
            reason = str(response.status) if response.status != _OK else "JSON without keys"
        except ProtocolError as error:
            found, reason = None, error.message
        if found is None:
            says = f"has no keys at {shown(url)}: {reason}"
            yield self.broken("keys-unreadable", says, url, of_status(response.status))
            return
        if any(key.leaks for key in found):
            self.secret_at = url
        usable = [key for key in found if key.usable]
        self.key_id = next((key.key_id for key in usable if key.key_id), None)
        age_s = max_age_s(response.headers.get("cache-control", ""))
        ids = [key.key_id for key in found if key.key_id]
        self.ctx.observe(keys=len(usable), key_ids=ids, keys_max_age_s=age_s)
        for fault in judge(found, age_s, self.options):
            yield self.broken(fault.rule, fault.says, url, **fault.evidence)

    async def tokens(self) -> AsyncIterator[Finding]:
        """Whether forged tokens are refused, and how quickly."""
        if self.options.validate is None:
            return
        url = address(self.service, self.options.validate)
        issuer = self.found.document.get("issuer")
        made = forging.forged(issuer if isinstance(issuer, str) else None, self.key_id)
        trials = await asyncio.gather(
            *(
                forging.attempt(self.ctx, url, how, token, self.options)
                for how, token in made.items()
            )
        )
        statuses = {each.forged: each.status for each in trials}
        self.ctx.observe(forged_answered=sorted(set(statuses.values())))
        accepted = [each.forged for each in trials if each.verdict is Verdict.ACCEPTED]
        if accepted:
            says = f"accepts a token with {' and one with '.join(accepted)}"
            yield self.broken("token-accepted", says, url, statuses=statuses)
        undecided = [each for each in trials if each.verdict is Verdict.NONE]
        if undecided:
            says = f"answers {undecided[0].status} to a forged token, expected 401"
            shows = of_status(undecided[0].status)
            yield self.broken("validation-failed", says, url, shows, statuses=statuses)
        if all(each.verdict is Verdict.REFUSED for each in trials) and self.options.samples:
            async for found in self._latency(url, next(iter(made.values()))):
                yield found

    async def _latency(self, url: str, token: str) -> AsyncIterator[Finding]:
        async def once(sent: str | None) -> float:
            response = await forging.ask(self.ctx, url, sent, self.options, retry=False)
            return response.latency_s

        limit_ms = self.options.max_validation_ms
        timing = await measure(
            lambda: once(token), lambda: once(None), self.options.samples, limit_ms
        )
        seen = {
            "validation_ms": round(timing.net_ms, 1),
            "validation_noise_ms": round(timing.noise_ms, 1),
        }
        self.ctx.observe(**seen)
        if timing.certain_ms > limit_ms:
            says = f"validates a token in {timing.net_ms:.0f} ms, expected {limit_ms:g} ms at most"
            yield self.broken("slow-validation", says, url, **seen, samples=len(timing.validations))

    def ask_login(self) -> None:
        """Ask where a login leads."""
        if self.options.login is not None:
            url = address(self.service, self.options.login)
            self.led = self.ctx.http.shared("GET", url, timeout_s=self.options.timeout_s)

    async def login(self) -> AsyncIterator[Finding]:
        """Where a login leads, without going there."""
        if self.options.login is None or self.led is None:
            return
        url = address(self.service, self.options.login)
        response = await self.led
        led = login.read(response)
        if led.redirect is None:
            says, shows = f"answers a login with {led.says}", of_status(response.status)
            yield self.broken("login-failed", says, url, shows)
            return
        self.ctx.observe(provider=led.provider, redirect=shown(led.redirect))
        own = () if self.ctx.environment.domains.canonical else (host_of(self.service.url),)
        hosts = Hosts.of(self.ctx.environment.domains, (*self.options.hosts, *own))
        fault = hosts.fault(led.redirect)
        if fault is not None:
            says = f"has the provider send users to a redirect address that {fault}"
            yield self.broken("redirect-host", says, url, redirect=shown(led.redirect))


def _undiscovered(found: Found) -> str:
    """What there is in place of a configuration: the end of a sentence."""
    other = next((each for each in found.missed if each.is_there), None)
    if other is None:
        return "has no OpenID configuration"
    return f"serves no OpenID configuration that can be read at {other.place}: {other.reason}"


def _article(word: str) -> str:
    """The one of a field's name; that of ``userinfo_endpoint`` is said with a consonant."""
    return "an" if word[:1] in "aeio" else "a"
