"""How the services answer the questions that browsers ask before a request to another origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

ORIGINS: Final = ("https://staging.netra.example", "https://api-staging.netra.example")
"""Those whose pages may ask."""


@dataclass(frozen=True, slots=True)
class Cors:
    """What a service allows the pages of other origins (https://fetch.spec.whatwg.org, CORS).

    Attributes:
        origins: those that are allowed.
        any_origin: whether every other one is allowed as well.
        wildcard: whether the answer is ``*`` instead of the origin.
        credentials: whether requests may carry cookies and tokens.
        methods: those that are allowed.
        headers: those that are allowed.
        varies: whether caches are told that the answer depends on the origin.
    """

    origins: tuple[str, ...] = ORIGINS
    any_origin: bool = False
    wildcard: bool = False
    credentials: bool = True
    methods: tuple[str, ...] = ("GET", "POST", "PUT", "DELETE")
    headers: tuple[str, ...] = ("Authorization", "Content-Type")
    varies: bool = True

    async def __call__(self, request: Request, number: int) -> Response:
        """Answer one preflight."""
        del number
        origin = request.headers.get("origin", "")
        headers = {"vary": "Origin"} if self.varies else {}
        if not self.any_origin and origin not in self.origins:
            return PlainTextResponse("Disallowed CORS origin", 400, headers)
        headers["access-control-allow-origin"] = "*" if self.wildcard else origin
        if self.credentials:
            headers["access-control-allow-credentials"] = "true"
        headers["access-control-allow-methods"] = ", ".join(self.methods)
        headers["access-control-allow-headers"] = ", ".join(self.headers)
        return Response(status_code=204, headers=headers)
