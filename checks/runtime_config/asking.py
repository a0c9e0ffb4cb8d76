"""What only Cloud Run and Secret Manager can tell: who has an address, what became of a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.runtime_config import remedies
from checks.runtime_config.addresses import direct, homes, hosts_of
from netra_validate import ClientError, Context, Finding, NotFound, Service, Severity

if TYPE_CHECKING:
    from checks.runtime_config.judging import Judge
    from netra_validate.clients.google import Answer
    from netra_validate.clients.google.settings import SecretUse, Settings

_NOWHERE = "names an address under run.app that none of the services in {} has"
_ELSEWHERE = "names an address under run.app of another project or region than {}, not looked at"


@dataclass(frozen=True, slots=True)
class Directory:
    """The addresses of the services that the configuration declares."""

    resource: Service
    ctx: Context
    hosts: frozenset[str]
    homes: frozenset[str]
    """Of those in the project and region of the examined one."""

    @classmethod
    async def read(cls, resource: Service, ctx: Context) -> Directory:
        """Ask after all of them. What cannot be read is asked for again where it is named."""
        declared = [each for each in ctx.topology.of(Service) if each.cloud_run is not None]
        asked = [(each, ctx.google.service(each)) for each in declared]
        hosts: set[str] = set()
        beside: set[str] = set()
        for service, answer in asked:
            try:
                found = hosts_of([await answer])
            except ClientError:
                continue
            hosts |= found
            beside |= found if _place(service, ctx) == _place(resource, ctx) else set()
        return cls(resource, ctx, frozenset(hosts), homes(beside))

    async def misses(self, host: str) -> tuple[str, Severity]:
        """What is wrong with an address of Cloud Run's own; empty where nothing is.

        Raises:
            ClientError: the service that would have it cannot be looked at.
        """
        place = "/".join(_place(self.resource, self.ctx))
        told = direct(host)
        if host in self.hosts:
            return "", Severity.ERROR
        if told is None or told.home not in self.homes:
            return _ELSEWHERE.format(place), Severity.WARNING
        project, region = _place(self.resource, self.ctx)
        named = Service(key=told.service, cloud_run=told.service, project=project, region=region)
        try:
            await self.ctx.google.service(named)
        except NotFound:
            return _NOWHERE.format(place), Severity.ERROR
        return "", Severity.ERROR


def _place(service: Service, ctx: Context) -> tuple[str, str]:
    environment = ctx.environment
    return environment.project_of(service) or "", environment.region_of(service) or ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a secret that is asked after."""

    use: SecretUse
    state: Answer[tuple[str, str]] | None
    """None where the revision names no version."""
    latest: Answer[tuple[str, str]] | None
    """Of the secret, where the revision is pinned to a number."""

    @classmethod
    def asked(cls, use: SecretUse, ctx: Context) -> Version:
        """Ask after it."""

        def ask(version: str) -> Answer[tuple[str, str]]:
            return ctx.google.secret_version(f"{use.name}/versions/{version}")

        return cls(
            use,
            ask(use.version) if use.version else None,
            ask("latest") if use.version.isdigit() else None,
        )

    async def judge(self, judge: Judge, settings: Settings) -> Finding | None:
        """Whether it can be read, and whether a newer one can.

        Raises:
            ClientError: Secret Manager does not tell.
        """
        wrong, disabled = await self._unusable()
        which = f"version {self.use.version}" if self.use.version else "no version"
        evidence = {
            "secret_name": self.use.name,
            "version": self.use.version or None,
            "revision": settings.revision,
        }
        who = f"the secret {self.use.secret} for {self.use.used_as} of {judge.place.name}"
        if wrong:
            return judge.check.secret_unusable.finding(
                f"{which} of {who} {wrong}",
                evidence=evidence,
                remedy=remedies.another_version(judge.place, settings.revision, self.use, disabled),
                identity=self.identity,
                condemns=judge.condemned(judge.check.secret_unusable, settings),
            )
        newest = await self._newer()
        if newest is None:
            return None
        return judge.check.secret_outdated.finding(
            f"version {self.use.version} of {who} is older than {newest}, which is enabled",
            evidence=evidence | {"latest": newest},
            remedy=remedies.newer_version(judge.place, settings.revision, self.use, newest),
            identity=self.identity,
        )

    @property
    def identity(self) -> str:
        """What tells it from other uses."""
        return f"{self.use.secret}/{self.use.used_as}"

    async def _unusable(self) -> tuple[str, str | None]:
        """Why it cannot be read, empty where it can; and its number, where it is disabled."""
        if self.state is None:
            return "is named", None
        try:
            number, state = await self.state
        except NotFound:
            return "does not exist", None
        if state == "ENABLED":
            return "", None
        return f"is {state}, expected ENABLED", number if state == "DISABLED" else None

    async def _newer(self) -> str | None:
        """The number of the latest version, where that is another one and can be read."""
        if self.latest is None:
            return None
        number, state = await self.latest
        newer = number.isdigit() and int(number) > int(self.use.version)
        return number if newer and state == "ENABLED" else None
