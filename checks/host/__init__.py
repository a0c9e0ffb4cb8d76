"""The check ``host``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.host.options import HostOptions
from checks.host.rules import HostRules
from netra_validate import Check, Context, Finding, Host, Plane
from netra_validate.by_hand import ByHand

__all__ = ["HostCheck"]

_DOCUMENTATION = ".example"
"""Names that stand in documents and that nobody can have (RFC 6761, section 6.5)."""


class HostCheck(HostRules, Check[Host]):
    """Hosts resolve, take connections, and prove by a valid certificate who they are.

    A service can be well while nobody reaches it: its name is gone, one of its addresses leads
    nowhere, its certificate has expired or was made for another name. Every address that the
    resolver gives is tried, each with a TLS handshake of its own, because clients take any of them.
    """

    id = "host"
    plane = Plane.DATA
    depends_on = frozenset({"load-balancer"})

    class Options(HostOptions, frozen=True, kw_only=True):
        """Limits."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.host.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Host, ctx: Context) -> str | None:
        """Nobody can have this name."""
        del ctx
        if resource.name.lower().rstrip(".").endswith(_DOCUMENTATION):
            return f"{resource.name} is a name for documents, which nobody can have (RFC 6761)"
        return None

    async def run(self, resource: Host, ctx: Context) -> AsyncIterator[Finding]:
        """Resolve the name, knock at every address, then ask for the front page in both schemes."""
        from checks.host.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
