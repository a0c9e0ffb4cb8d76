"""Loads what a page names, each thing once and a bounded part of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from netra_validate import ClientError, Context, RateLimited, Service
from netra_validate.hostnames import Rulings, normal

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpResponse

MOST_BYTES: Final = 512 * 1024
"""Of one answer: what names the build stands near the beginning or is not found."""

_TOO_MANY: Final = 429
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Loaded:
    """One answer, or why there is none."""

    url: str
    response: HttpResponse | None = None
    reason: str = ""


@dataclass(slots=True)
class Loader:
    """What was loaded so far."""

    service: Service
    ctx: Context
    timeout_s: float
    _asked: dict[str, asyncio.Task[Loaded]] = field(default_factory=dict)

    def address(self, place: str) -> str:
        """A path behind the whole of the service's url; a whole address as it is."""
        return place if "://" in place else f"{(self.service.url or '').rstrip('/')}{place}"

    def is_ours(self, url: str, page: str) -> bool:
        """Whether an address is of the page's own origin, or of a canonical host over https."""
        try:
            parts, own = urlsplit(url), urlsplit(page)
        except ValueError:
            return False
        if (parts.scheme, parts.netloc.lower()) == (own.scheme, own.netloc.lower()):
            return True
        host = normal(parts.hostname or "")
        said = Rulings(self.ctx.environment.domains).of(host)
        return parts.scheme == "https" and said.standing in {"canonical", "allowed"}

    async def load(self, url: str) -> Loaded:
        """Load once; a redirect to another address of ours is followed once, as browsers do.

        Raises:
            RateLimited: nothing follows from the answer.
        """
        if url not in self._asked:
            self._asked[url] = asyncio.ensure_future(self._load(url))
        return await self._asked[url]

    async def _load(self, url: str) -> Loaded:
        try:
            response = await self._get(url)
            target = urljoin(url, response.headers.get("location", ""))
            if response.status in _REDIRECTS and target != url and self.is_ours(target, url):
                response = await self._get(target)
        except RateLimited:
            raise
        except (ClientError, ValueError) as error:
            return Loaded(url, reason=getattr(error, "message", "it leads to what is no address"))
        return Loaded(url, response)

    async def _get(self, url: str) -> HttpResponse:
        response = await self.ctx.http.get(url, timeout_s=self.timeout_s, max_body=MOST_BYTES)
        if response.status == _TOO_MANY:
            raise RateLimited(f"{url} limits our requests", attempts=response.attempts)
        return response
