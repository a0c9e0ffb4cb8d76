"""One probe's way to ask over HTTP."""

from __future__ import annotations

import asyncio
import math
import re
import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Final

import httpx

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, TimedOut
from netra_validate.clients.google.shared import Answer
from netra_validate.clients.http.address import Address, parse
from netra_validate.clients.http.body import BoundedBody
from netra_validate.clients.http.echoes import redaction_for
from netra_validate.clients.http.failures import Progress, may_pass, translate
from netra_validate.clients.http.interim import InterimFlood
from netra_validate.clients.http.pool import HttpPool, received_headers
from netra_validate.clients.http.response import FirstAttempt, Headers, HttpResponse
from netra_validate.clients.retrying import Again, persevere

MAX_PAGE: Final = 1 << 20
"""Bytes of a page for people that are kept, by whoever asks for one."""
MAX_BODY: Final = 64 * 1024
"""Bytes. A health answer has some hundred; who sends more is answered with a truncated body."""

_TRANSIENT: Final = frozenset({502, 503, 504})
"""Answers of a server or a gateway that is starting, restarting or overloaded."""

_TOO_MANY_REQUESTS: Final = 429

_FIELD_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
"""RFC 9110, section 5.5, without the obsolete bytes above ASCII."""


class Http:
    """Requests of one probe, within its budget.

    Redirects are not followed, so a token goes to the host that is asked and to no other.
    """

    def __init__(self, pool: HttpPool, budget: Budget) -> None:
        self._pool = pool
        self._budget = budget

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
        token: str | None = None,
        max_body: int = MAX_BODY,
        retry: bool = True,
    ) -> HttpResponse:
        """:meth:`request` with the method ``GET``."""
        return await self.request(
            "GET", url, headers=headers, timeout_s=timeout_s, token=token,
            max_body=max_body, retry=retry,
        )  # fmt: skip

    async def request(  # noqa: PLR0913 - each is what one request may differ in
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
        token: str | None = None,
        max_body: int = MAX_BODY,
        retry: bool = True,
        content: bytes | None = None,
    ) -> HttpResponse:
        """Ask, and try again what can pass by itself.

        That is: no connection, no answer in time, 502, 503, 504, and 429 with a ``Retry-After``
        that the budget can wait for. The last answer comes back whatever its status is, without
        the secrets that the request has shown: a server may send them back.

        Args:
            method: such as ``GET``.
            url: http or https. A token or an ``Authorization`` header is refused where others could
                read along: plain http to another machine.
            headers: beside the usual ones.
            timeout_s: seconds for one attempt as a whole, from connecting to the last byte.
            token: sent as ``Authorization: Bearer``.
            max_body: bytes of the body to keep, decompressed.
            retry: whether to try again at all.
            content: the body to send; its type belongs into ``headers``.

        Raises:
            Unreachable: nothing answered; its phase says how far it came.
            TimedOut: no complete answer in time.
            ProtocolError: the answer is not HTTP, breaks off or cannot be decompressed.
            ClientError: the address or a header cannot be used.
        """
        address = parse(url)
        exchange = _Exchange(
            pool=self._pool,
            budget=self._budget,
            address=address,
            method=method,
            headers=_checked(headers or {}, token, address),
            timeout_s=timeout_s,
            max_body=max_body,
            url=url,
            content=content,
        )
        if not retry:
            return await exchange.once()
        attempts = await persevere(
            exchange.once, self._budget, of_result=_again_after, of_error=exchange.again_despite
        )
        return replace(
            attempts.result,
            attempts=attempts.count,
            first=exchange.first if attempts.count > 1 else None,
        )

    def shared(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
        max_body: int = MAX_BODY,
    ) -> Answer[HttpResponse]:
        """:meth:`request`, once in a run: whoever asks the same gets the same answer.

        For facts that several probes need, such as how each service answers a preflight. Nothing
        secret is sent. Those who ask the same must want as much of the body: ``MAX_PAGE`` of a
        page, which may be a host's front page.

        Raises:
            ClientError: as :meth:`request`, when it is awaited.
        """

        async def ask(budget: Budget) -> HttpResponse:
            http = Http(self._pool, budget)
            return await http.request(
                method, url, headers=headers, timeout_s=timeout_s, max_body=max_body
            )

        question = (method, url, tuple(sorted((headers or {}).items())))
        return self._pool.answers.ask(question, url, self._budget, ask)


@dataclass(slots=True)
class _Exchange:
    """One question, asked once or several times."""

    pool: HttpPool
    budget: Budget
    address: Address
    method: str
    headers: dict[str, str]
    timeout_s: float
    max_body: int
    url: str
    content: bytes | None = None
    first: FirstAttempt | None = field(default=None)

    async def once(self) -> HttpResponse:
        """One attempt."""
        async with AsyncExitStack() as held:
            await self._wait_for_turn(held)
            client = held.enter_context(self.pool.client(self.address))
            started = asyncio.get_running_loop().time()
            try:
                response = await self._bounded(client, started)
            except ClientError as error:
                elapsed = asyncio.get_running_loop().time() - started
                self.first = self.first or FirstAttempt(elapsed, error=error.message)
                raise
        self.first = self.first or FirstAttempt(response.latency_s, status=response.status)
        return response

    def again_despite(self, error: ClientError) -> Again | None:
        """Whether to try again; after a timeout only where there is time for half an attempt."""
        timed_out = isinstance(error.__cause__, TimeoutError | httpx.TimeoutException)
        if timed_out and self.budget.allow(self.timeout_s) < self.timeout_s / 2:
            return None
        return Again() if may_pass(error) else None

    async def _wait_for_turn(self, held: AsyncExitStack) -> None:
        """Take a place at the host, or say that none came free."""
        patience_s = self.budget.allow(math.inf)
        try:
            async with asyncio.timeout(patience_s):
                await held.enter_async_context(
                    self.pool.politeness.turn(self.address.host, self.address.port, self.budget)
                )
        except TimeoutError as error:
            raise TimedOut(
                f"{self.address.name} was not asked: earlier requests to it took all of the time"
            ) from error

    async def _bounded(self, client: httpx.AsyncClient, started: float) -> HttpResponse:
        progress = Progress()
        allowed_s = self.budget.allow(self.timeout_s)
        read = _Read()
        try:
            async with asyncio.timeout(allowed_s):
                return await self._send(client, started, progress, read)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise progress.timed_out(self.address.name, allowed_s, read.bytes) from error
        except (httpx.TransportError, InterimFlood, ssl.SSLError, OSError) as error:
            raise translate(error, self.address.name) from error
        finally:
            await progress.abandon()

    async def _send(
        self, client: httpx.AsyncClient, started: float, progress: Progress, read: _Read
    ) -> HttpResponse:
        request = client.build_request(
            self.method,
            self.address.url,
            headers=self.headers,
            content=self.content,
            extensions={"trace": progress},
        )
        response = await client.send(request, stream=True)
        known = redaction_for(self.headers)
        try:
            coding = known.text(response.headers.get("content-encoding", ""))
            body = BoundedBody(coding, self.max_body, self.address.name)
            async for chunk in response.aiter_raw():
                body.feed(chunk)
                read.bytes = body.read
                if body.is_truncated:
                    break
            content = body.content()
        finally:
            await response.aclose()
        latency_s = asyncio.get_running_loop().time() - started
        return HttpResponse(
            url=self.url,
            status=response.status_code,
            headers=Headers(
                (known.text(name.decode("latin-1")), known.text(value.decode("latin-1")))
                for name, value in received_headers(response)
            ),
            body=known.body(content),
            truncated=body.is_truncated,
            latency_s=latency_s,
        )


@dataclass(slots=True)
class _Read:
    """How much of a body has come, for the case that the rest does not."""

    bytes: int = 0


def _again_after(response: HttpResponse) -> Again | None:
    asked_s = response.retry_after_s
    if response.status in _TRANSIENT:
        return Again(after_s=asked_s)
    # Without a word on when to come back, coming back makes a ban longer.
    if response.status == _TOO_MANY_REQUESTS and asked_s is not None:
        return Again(after_s=asked_s)
    return None


def _checked(headers: Mapping[str, str], token: str | None, address: Address) -> dict[str, str]:
    """The headers to send. No message ever quotes a value: it may be a secret."""
    sent = dict(headers)
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    for name, value in sent.items():
        if not _FIELD_VALUE.fullmatch(value):
            raise ClientError(
                f"the header {name} for {address.name} cannot be sent: it is empty, or has line"
                " breaks, outer spaces or characters beyond ASCII"
            )
    if not address.is_private and any(name.lower() == "authorization" for name in sent):
        raise ClientError(
            f"no token is sent to {address.name} over plain http, where others can read it",
            hint="use https://",
        )
    return sent
