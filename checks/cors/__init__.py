"""The check ``cors``: asks what browsers ask before a page may reach a service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.cors.options import CorsOptions
from checks.cors.rules import CorsRules
from netra_validate import Check, Context, Finding, Plane, Service
from netra_validate.by_hand import ByHand

__all__ = ["Cors"]


class Cors(CorsRules, Check[Service]):
    """Services let the pages of canonical origins in, and no others.

    Why it matters: browsers enforce it and nothing else does, so a wrong list of origins passes
    every test and fails for every user, or lets any page on the web act in a user's name. Lists
    that each service keeps for itself drift apart.

    Sends preflights only: nothing is changed, and no credentials are sent.
    """

    id = "cors"
    plane = Plane.DATA
    depends_on = frozenset({"health"})

    class Options(CorsOptions, frozen=True, kw_only=True):
        """What is asked, and who may."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.cors.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """Nothing to ask, or nobody to ask for."""
        if self.options.path is None:
            return f"no path to ask is configured: set path in checks.cors of {resource.key}"
        if resource.url is None:
            return f"{resource.key} has no url"
        if not self.options.origins and not ctx.environment.domains.canonical:
            return "no origins are configured, and no canonical hosts"
        return None

    async def run(self, service: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Ask for every origin at once, then judge all answers together."""
        from checks.cors.probe import probe

        async for found in probe(self, service, ctx):
            yield found
