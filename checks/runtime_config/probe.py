"""One probe: the variables and secrets of the revisions that serve."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from checks.runtime_config import meant, values
from checks.runtime_config.addresses import is_direct
from checks.runtime_config.asking import Directory, Version
from checks.runtime_config.judging import Judge
from checks.runtime_config.remedies import Place
from netra_validate import ClientError, Context, Finding, Host, Service
from netra_validate.clients.google.alike import told_once
from netra_validate.clients.google.revisions import candidate_tag
from netra_validate.hostnames import Rulings, normal

if TYPE_CHECKING:
    from checks.runtime_config import RuntimeConfig
    from netra_validate.clients.google.settings import Settings


async def probe(check: RuntimeConfig, resource: Service, ctx: Context) -> AsyncIterator[Finding]:
    """Judge every revision that serves; what could not be verified comes last.

    What is wrong with several revisions is said of the one with the most traffic, and condemns all.
    """
    examination = Examination(resource, ctx, _judge(check, resource, ctx))
    several = await ctx.google.settings(resource)
    ctx.observe(
        revisions=[each.revision for each in several],
        variables=len(several[0].variables),
        secrets=len({each.name for each in several[0].secrets}),
    )
    async for found in told_once(several, examination.judge.place.revision, examination.findings):
        yield found
    if examination.unverified:
        raise examination.unverified[0]


def _judge(check: RuntimeConfig, resource: Service, ctx: Context) -> Judge:
    environment = ctx.environment
    known = {host for service in ctx.topology.of(Service) for host, _, _ in service.doors}
    known |= {host.name for host in ctx.topology.of(Host)}
    return Judge(
        check,
        Place(
            resource.cloud_run or "",
            environment.project_of(resource) or "",
            environment.region_of(resource) or "",
            candidate_tag(resource),
        ),
        check.options.environment or environment.name,
        Rulings(environment.domains),
        frozenset(map(normal, known)),
    )


@dataclass(slots=True)
class Examination:
    """What one probe found out so far."""

    resource: Service
    ctx: Context
    judge: Judge
    unverified: list[ClientError] = field(default_factory=list)

    async def findings(self, settings: Settings) -> AsyncIterator[Finding]:
        """Judge one revision: its variables, the addresses in them, then its secrets."""
        versions = [Version.asked(use, self.ctx) for use in settings.secrets]
        for found in self.judge.findings(settings):
            yield found
        async for found in self._addresses(settings):
            yield found
        for version in versions:
            try:
                told = await version.judge(self.judge, settings)
            except ClientError as error:
                self.unverified.append(error)
                continue
            if told is not None:
                yield told

    async def _addresses(self, settings: Settings) -> AsyncIterator[Finding]:
        """Whether services have the addresses of Cloud Run's own that the values name."""
        named = [
            (variable.name, host)
            for variable in settings.variables
            if not values.matches(variable.name, self.judge.check.options.allow_lists)
            and not meant.is_recalled(variable.name, variable.value or "")
            for host in dict.fromkeys(values.hosts(variable.value or ""))
            if is_direct(host) and not self.judge.is_settled(host)
        ]
        if not named:
            return
        directory = await Directory.read(self.resource, self.ctx)
        for name, host in named:
            try:
                wrong, severity = await directory.misses(host)
            except ClientError as error:
                self.unverified.append(error)
                continue
            if wrong:
                found = self.judge.tell(
                    self.judge.check.unknown_address,
                    settings,
                    name,
                    wrong,
                    f"Set {name} to the address of a service",
                )
                yield replace(found, severity=severity)
