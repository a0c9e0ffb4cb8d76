"""Preflights: the question of a browser, and what the answer allows (Fetch standard, 4.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checks.cors.options import CorsOptions
from netra_validate import ClientError, Context, RateLimited

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from netra_validate.clients.http import Headers, HttpResponse

_SUCCESS: Final = range(200, 300)
"""An "ok status"; a redirect of a preflight fails it."""

_TOO_MANY: Final = 429

_SERVER_ERROR: Final = 500
"""From here on (RFC 9110, section 15.6)."""

_SAFELISTED: Final = frozenset({"GET", "HEAD", "POST"})
"""Methods that need not be listed (Fetch standard, section 2.2.1)."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What a service answered for one origin."""

    origin: str
    status: int
    allow_origin: str | None
    credentials: bool
    methods: frozenset[str]
    headers: frozenset[str]
    """In small letters."""
    varies: bool

    @property
    def is_failure(self) -> bool:
        """Whether it is an error of the server's, which says nothing about origins."""
        return self.status >= _SERVER_ERROR

    @property
    def names_origin(self) -> bool:
        """Whether the header lets the origin in, whatever the status is."""
        return self.allow_origin in (self.origin, "*")

    @property
    def allows(self) -> bool:
        """Whether the browser goes on, as far as the origin is concerned."""
        return self.status in _SUCCESS and self.names_origin

    @property
    def is_wildcard_with_credentials(self) -> bool:
        """What browsers refuse whoever asks."""
        return self.allow_origin == "*" and self.credentials

    def missing(self, method: str, headers: Iterable[str]) -> tuple[str, ...]:
        """The method and the headers that are not allowed."""
        wild = not self.credentials
        lacks = [] if self._allows_method(method, wild=wild) else [method]
        any_header = wild and "*" in self.headers
        for header in map(str.lower, headers):
            covered = any_header and header != "authorization"
            if header not in self.headers and not covered:
                lacks.append(header)
        return tuple(lacks)

    def _allows_method(self, method: str, *, wild: bool) -> bool:
        listed = method in self.methods or (wild and "*" in self.methods)
        return listed or method in _SAFELISTED


def ask(ctx: Context, url: str, origin: str, options: CorsOptions) -> Awaitable[HttpResponse]:
    """Ask once in a run: the probes of other services look at the same answer."""
    headers = {"Origin": origin, "Access-Control-Request-Method": options.method}
    if options.headers:
        names = sorted(map(str.lower, options.headers))
        headers["Access-Control-Request-Headers"] = ",".join(names)
    return ctx.http.shared("OPTIONS", url, headers=headers, timeout_s=options.timeout_s)


def read(origin: str, response: HttpResponse) -> Permission:
    """What the answer allows.

    Raises:
        RateLimited: nothing follows from it.
    """
    if response.status == _TOO_MANY:
        raise RateLimited(f"{response.url} limits our requests", attempts=response.attempts)
    headers = response.headers
    return Permission(
        origin=origin,
        status=response.status,
        allow_origin=headers.get("access-control-allow-origin"),
        credentials=headers.get("access-control-allow-credentials") == "true",
        methods=_listed(headers, "access-control-allow-methods"),
        headers=frozenset(map(str.lower, _listed(headers, "access-control-allow-headers"))),
        varies=bool({"origin", "*"} & set(map(str.lower, _listed(headers, "vary")))),
    )


async def permission(ctx: Context, url: str, origin: str, options: CorsOptions) -> Permission:
    """Ask, and read the answer."""
    return read(origin, await ask(ctx, url, origin, options))


async def allows(ctx: Context, url: str, origin: str, options: CorsOptions) -> bool:
    """Whether a service lets an origin in; one that gives no answer does not."""
    try:
        return (await permission(ctx, url, origin, options)).allows
    except ClientError:
        return False


def _listed(headers: Headers, name: str) -> frozenset[str]:
    return frozenset(each.strip() for each in headers.get(name, "").split(",") if each.strip())
