"""The check ``auth``: finds the auth service, reads its keys and tries a forged token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.auth.options import AuthOptions
from checks.auth.rules import AuthRules
from netra_validate import Check, Context, Finding, Plane, Service
from netra_validate.by_hand import ByHand

__all__ = ["Auth"]


class Auth(AuthRules, Check[Service]):
    """The auth service is found, publishes sound keys, and refuses forged tokens.

    Why it matters: nothing else works for a user who cannot log in, and everything works for one
    who should not be let in. Both are silent: health endpoints look at neither keys nor issuers.

    Logs nobody in, follows no redirect and sends no real token.
    """

    id = "auth"
    plane = Plane.DATA
    depends_on = frozenset({"health"})

    class Options(AuthOptions, frozen=True, kw_only=True):
        """What the auth service offers, and limits."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.auth.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """Nothing of it is configured, or it has no address."""
        del ctx
        places = [*self.options.discovery, self.options.validate, self.options.login]
        given = [place for place in places if place is not None]
        if not given:
            return (
                "no auth service: set discovery, validate or login in checks.auth of"
                f" {resource.key} where it is one"
            )
        if resource.url is None and any(place.startswith("/") for place in given):
            return f"{resource.key} has no url that the paths could belong to"
        return None

    async def run(self, service: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Find it, read its keys, forge a token, look at where a login leads."""
        from checks.auth.probe import probe

        async for found in probe(self, service, ctx):
            yield found
