"""The health check: asks a service how it is, and does not take 200 for an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.health.options import HealthOptions
from checks.health.rules import HealthRules
from netra_validate import Check, Context, Finding, Plane, Service
from netra_validate.by_hand import ByHand

__all__ = ["Health"]


class Health(HealthRules, Check[Service]):
    """Services answer their health endpoints, quickly, as themselves, and say that they are well.

    A status of 200 is no proof: bodies say degraded, critical or initializing under it, the
    frontend answers 200 for the backend, and an endpoint that looks at nothing is always well. So
    every endpoint's body is read, with the dependencies that it names.
    """

    id = "health"
    plane = Plane.DATA
    depends_on = frozenset(
        {"capacity", "cloud-run", "cloud-sql", "host", "load-balancer", "postgres", "vpc-connector"}
    )

    class Options(HealthOptions, frozen=True, kw_only=True):
        """Limits and words."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.health.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """No endpoint is configured."""
        from checks.health.asking import is_whole

        del ctx
        if not resource.health:
            return f"no health paths are configured for {resource.key}"
        if resource.url is None and not all(map(is_whole, resource.health)):
            return f"{resource.key} has no url that its health paths could belong to"
        return None

    async def run(self, service: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Ask every endpoint at once, then tell alike faults together."""
        from checks.health.probe import probe

        async for found in probe(self, service, ctx):
            yield found
