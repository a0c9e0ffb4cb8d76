"""One probe: the accounts of the revisions that serve, and what those may do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from checks.identity import remedies
from checks.identity.members import Account
from checks.identity.needs import Callee, Wanted, wanted
from checks.identity.remedies import Place
from checks.identity.sources import Found, Sources
from netra_validate import ClientError, Context, Finding, Service
from netra_validate.clients.google.alike import told_once
from netra_validate.clients.google.messages import short
from netra_validate.clients.google.revisions import candidate_tag

if TYPE_CHECKING:
    from checks.identity import Identity
    from netra_validate.clients.google.settings import Settings

_DEFAULT: Final = re.compile(r"\d+-compute@developer\.gserviceaccount\.com")
"""https://cloud.google.com/compute/docs/access/service-accounts#default_service_account"""


async def probe(check: Identity, resource: Service, ctx: Context) -> AsyncIterator[Finding]:
    """Judge every revision that serves; what could not be verified comes last.

    What is wrong with several revisions is said of the one with the most traffic, and condemns all.
    """
    place = _place(resource, ctx)
    asked = ctx.google.settings(resource)
    ctx.google.project_policy(place.project)  # is on its way while the revisions are
    callees = _callees(check, ctx)
    several = await asked
    number, unnumbered = await _number(several, place, ctx)
    examination = Examination(check, place, ctx, callees, number, unnumbered)
    async for found in told_once(several, place.revision, examination.findings):
        yield found
    if examination.unverified:
        raise examination.unverified[0]


@dataclass(slots=True)
class Examination:
    """What one probe found out so far."""

    check: Identity
    place: Place
    ctx: Context
    callees: Mapping[str, Service]
    number: str | None
    """Of the service's project, where it was needed and is known."""
    unnumbered: ClientError | None = None
    """Why it is not known."""
    unverified: list[ClientError] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)
    """By revision."""
    granted: dict[str, str] = field(default_factory=dict)
    """By what they are for: the roles that were found."""

    async def findings(self, settings: Settings) -> AsyncIterator[Finding]:
        """Judge one revision: as whom it runs, then what it needs."""
        account = self._account(settings)
        if account is None:
            return
        for found in self._judge_account(settings, account):
            yield found
        sources = Sources(self.ctx)
        project, roles = self.place.project, self.check.options.project_roles
        numbers = {project: self.number} if self.number else {}
        closed = [each async for each in self._closed_callees()]
        needs = list(wanted(settings, closed, roles, project, numbers))
        # All are asked before the first is awaited.
        asked = [(each, sources.ask(each, self.callees)) for each in needs]
        for each, answers in asked:
            came = await sources.find(each, account, answers)
            lacking = self._judge_need(settings, account, each, came)
            if lacking is not None:
                yield lacking

    def _account(self, settings: Settings) -> Account | None:
        """As whom a revision runs; None where nobody can tell."""
        email = settings.account
        if not email and self.number:
            email = f"{self.number}-compute@developer.gserviceaccount.com"
        if not email:
            self.unverified.append(
                self.unnumbered
                or ClientError(
                    f"{settings.revision} names no account, and its project no number",
                    hint="deploy it with --service-account, so that it says as whom it runs",
                )
            )
            return None
        self.accounts[settings.revision] = email
        self.ctx.observe(accounts=self.accounts)
        return Account(email, self.number)

    def _judge_account(self, settings: Settings, account: Account) -> Iterator[Finding]:
        expected, who = self.check.options.account, f"{self.place.name} ({settings.revision})"
        evidence = {"revision": settings.revision, "account": account.email}
        rollout = settings.serving.target.rollout
        if expected is not None and account.email.lower() != expected.lower():
            yield self.check.other_account.finding(
                f"{who} runs as {account.email}, expected {expected}",
                evidence=evidence,
                remedy=remedies.own_account(self.place, account.email, expected, rollout),
                condemns=(self.place.revision(settings.revision),),
                since=settings.serving.carried.since,
            )
        elif expected is None and _DEFAULT.fullmatch(account.email):
            yield self.check.default_account.finding(
                f"{who} runs as the default compute account {account.email}",
                evidence=evidence,
                remedy=remedies.own_account(self.place, account.email, None, rollout),
                since=settings.serving.carried.since,
            )

    async def _closed_callees(self) -> AsyncIterator[Callee]:
        """The services that it calls and that do not let everybody in."""
        environment = self.ctx.environment
        asked = {key: self.ctx.google.service(each) for key, each in self.callees.items()}
        for key, service in self.callees.items():
            try:
                found = await asked[key]
            except ClientError as error:
                self.unverified.append(error)
                continue
            if found.invoker_iam_disabled:
                self._grant(f"call {short(found.name)}", "its invoker check is turned off")
                continue
            project, region = environment.project_of(service), environment.region_of(service)
            yield Callee(key, service.cloud_run or "", project or "", region or "")

    def _judge_need(
        self, settings: Settings, account: Account, each: Wanted, came: Found
    ) -> Finding | None:
        verdict = came.verdict
        if verdict.granted_by:
            self._grant(each.subject, verdict.granted_by)
            return None
        if came.errors or verdict.unclear:
            why = "; ".join(verdict.unclear)
            self.unverified += came.errors or [
                ClientError(
                    f"whether {account.email} may {each.subject} is not known: {why}",
                    hint="look at that by hand, or grant the role to the account itself",
                )
            ]
            return None
        if came.unread:
            self.unverified.append(_beyond(account, each, came.unread))
            return None
        rule = self.check.rules[each.rule.replace("_", "-")]
        return rule.finding(
            f"{account.email}, as which {settings.revision} runs, may not {each.subject}:"
            f" it has no {each.need.role}",
            evidence={
                "account": account.email,
                "revision": settings.revision,
                "role": each.need.role,
                "permission": each.need.permission or None,
            },
            remedy=remedies.grant(each, account.member),
            identity=each.identity,
        )

    def _grant(self, what: str, by: str) -> None:
        self.granted[what] = by
        self.ctx.observe(may=self.granted)


def _beyond(account: Account, each: Wanted, unread: tuple[str, ...]) -> ClientError:
    """What is given nowhere that could be read may be given where it could not."""
    return ClientError(
        f"whether {account.email} may {each.subject} is not known: nothing on {each.project} or in"
        f" it gives it {each.need.role}, and not read could be {' and '.join(unread)}",
        hint="let the account of this run read it, with resourcemanager.folders.get,"
        " resourcemanager.folders.getIamPolicy and resourcemanager.organizations.getIamPolicy;"
        " or look there by hand",
    )


async def _number(
    several: tuple[Settings, ...], place: Place, ctx: Context
) -> tuple[str | None, ClientError | None]:
    """The number of the project, where a revision runs as an account that is named by it.

    Conditions on secrets name it too. Where it cannot be read, why that is so.
    """
    if all(each.account for each in several) and not any(each.secrets for each in several):
        return None, None
    try:
        return short((await ctx.google.project(place.project)).name), None
    except ClientError as error:
        return None, error


def _place(service: Service, ctx: Context) -> Place:
    environment = ctx.environment
    return Place(
        service.cloud_run or "",
        environment.project_of(service) or "",
        environment.region_of(service) or "",
        candidate_tag(service),
    )


def _callees(check: Identity, ctx: Context) -> dict[str, Service]:
    """The services that the configuration says are called.

    Raises:
        ClientError: it names one that there is none of, or that is not in Cloud Run.
    """
    found = {key: ctx.topology.get(Service, key) for key in check.options.calls}
    for key, service in found.items():
        if service is None or service.cloud_run is None:
            raise ClientError(
                f"calls names {key}, which is no service in Cloud Run",
                hint="set its cloud_run, or take it out of calls of identity",
            )
    return {key: service for key, service in found.items() if service is not None}
