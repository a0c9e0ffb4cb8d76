"""The check ``runtime-config``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.runtime_config.options import Expectations
from checks.runtime_config.rules import VariableRules
from netra_validate import Check, Context, Finding, Plane, Service
from netra_validate.by_hand import ByHand

__all__ = ["RuntimeConfig"]


class RuntimeConfig(VariableRules, Check[Service]):
    """Services are given the variables and secrets that they need, and none that do harm.

    What counts is the environment of the revisions that serve. A flag from last month's emergency,
    a placeholder, a host that was retired or a secret's version that was disabled make a service
    fail, or pass its own checks when it should not, and nothing in the repository shows it.

    Only the names of variables are ever shown. What is in secrets is never read.
    """

    id = "runtime-config"
    plane = Plane.CONTROL
    permissions = ("run.services.get", "run.revisions.get", "secretmanager.versions.get")

    class Options(Expectations, frozen=True, kw_only=True):
        """What is expected of the environment."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.runtime_config.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """Skipped where there is nothing to look up in Cloud Run."""
        return ctx.environment.why_not_looked_up(resource)

    async def run(self, resource: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Judge the variables of each revision that serves, then its secrets."""
        from checks.runtime_config.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
