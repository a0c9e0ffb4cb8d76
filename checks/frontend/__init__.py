"""The check ``frontend``: loads a page as a browser would, and what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.frontend.options import FrontendOptions
from checks.frontend.rules import FrontendRules
from netra_validate import Check, Context, Finding, Plane, Service
from netra_validate.by_hand import ByHand

__all__ = ["Frontend"]


class Frontend(FrontendRules, Check[Service]):
    """The page loads with everything that it names, all of one build.

    Why it matters: a page that is served with 200 stays white when one script is missing, is of
    another build, or speaks to a host that is gone. Only browsers notice.

    Loads what the page names from its own and from canonical hosts, a bounded part of each, and
    runs none of it.
    """

    id = "frontend"
    plane = Plane.DATA
    depends_on = frozenset({"health"})

    class Options(FrontendOptions, frozen=True, kw_only=True):
        """What the page consists of."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.frontend.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """Nothing of it is configured, or it has no address."""
        del ctx
        given = [
            place
            for place in (self.options.page, self.options.runtime_config, self.options.graphql)
            if place is not None
        ]
        if not given:
            return f"no page: set page in checks.frontend of {resource.key} where it has one"
        if resource.url is None and any(place.startswith("/") for place in given):
            return f"{resource.key} has no url that the paths could belong to"
        return None

    async def run(self, service: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Load the page and what it names, then ask GraphQL."""
        from checks.frontend.probe import probe

        async for found in probe(self, service, ctx):
            yield found
