"""The check ``identity``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.identity.options import Expectations
from checks.identity.rules import IdentityRules
from netra_validate import Check, Context, Finding, Plane, Service
from netra_validate.by_hand import ByHand

__all__ = ["Identity"]


class Identity(IdentityRules, Check[Service]):
    """Services run as an account of their own, which may do what they need.

    A missing role lets the deploy succeed and the service fail: a database that refuses, a secret
    that cannot be read, a call that is answered with 403. The account that counts is the one that
    the serving revision carries, which is not always the one that was granted anything.

    A group in a policy, a condition of a form that is not known here, or a role that may not be
    read leave open whether the account has what it needs. Then this says so and does not pass.
    """

    id = "identity"
    plane = Plane.CONTROL
    permissions = (
        "run.services.get",
        "run.revisions.get",
        "run.services.getIamPolicy",
        "resourcemanager.projects.get",
        "resourcemanager.projects.getIamPolicy",
        "secretmanager.secrets.getIamPolicy",
        "iam.roles.get",
    )

    class Options(Expectations, frozen=True, kw_only=True):
        """What is expected of the account."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.identity.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """Skipped where there is nothing to look up in Cloud Run."""
        return ctx.environment.why_not_looked_up(resource)

    async def run(self, resource: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Judge the account of each revision that serves, and what each may do."""
        from checks.identity.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
