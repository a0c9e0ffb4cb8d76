"""The calls themselves, over gRPC and over REST: bounded, authenticated, retried, translated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import TimedOut
from netra_validate.clients.google import failures
from netra_validate.clients.google.credentials import Credentials
from netra_validate.clients.google.endpoints import Endpoint
from netra_validate.clients.google.failures import Question
from netra_validate.clients.google.messages import is_about
from netra_validate.clients.retrying import persevere

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpPool, HttpResponse

T = TypeVar("T")

ATTEMPT_S: Final = 10.0
"""Seconds for one attempt; these APIs answer within one."""

_MAX_ANSWER: Final = 4 * 1024 * 1024
"""Bytes, as gRPC's own limit."""

_OK: Final = 200


class Grpc:
    """One channel to one API.

    Args:
        grpc: the module.
        library: the module of the API's clients.
        endpoint: where it is.
        credentials: who asks.
        ca: PEM of a private authority.
    """

    def __init__(
        self,
        grpc: Any,  # noqa: ANN401 - grpc has no types
        library: Any,  # noqa: ANN401 - a generated module
        endpoint: Endpoint,
        credentials: Credentials,
        ca: bytes | None = None,
    ) -> None:
        self._grpc = grpc
        self._library = library
        self._endpoint = endpoint
        self._credentials = credentials
        self.channel = self._open(ca)

    def _open(self, ca: bytes | None) -> Any:  # noqa: ANN401 - grpc has no types
        grpc, target = self._grpc, self._endpoint.address
        if self._endpoint.trusted:
            return grpc.aio.secure_channel(target, grpc.ssl_channel_credentials())
        # The proxy of the network has nothing to do with an address on this machine.
        options = [("grpc.enable_http_proxy", 0)]
        if self._endpoint.secure:
            trust = grpc.ssl_channel_credentials(root_certificates=ca)
            return grpc.aio.secure_channel(target, trust, options)
        return grpc.aio.insecure_channel(target, options)

    async def get(self, service: str, method: str, question: Question, budget: Budget) -> Any:  # noqa: ANN401 - a message
        """One resource by its name, which is that of the question.

        Args:
            service: of the API, such as ``Services``; its client is ``ServicesAsyncClient``.
            method: of that client, such as ``get_service``.
            question: what is asked.
            budget: of the asking.

        Raises:
            ProtocolError: the answer is about another resource, or about none.
        """
        found = await self.call(service, method, question, budget, name=question.name)
        if not found.name:
            raise failures.not_understood(question)
        if not is_about(found.name, question.name):
            raise failures.about_another(question)
        return found

    async def call(
        self,
        service: str,
        method: str,
        question: Question,
        budget: Budget,
        **fields: Any,  # noqa: ANN401 - what the method takes
    ) -> Any:  # noqa: ANN401 - a message
        """Any method that reads.

        Args:
            service: as for :meth:`get`.
            method: as for :meth:`get`.
            question: what is asked.
            budget: of the asking.
            **fields: the flattened fields of the request, or ``request`` itself.
        """
        kind = getattr(self._library, f"{service}AsyncClient")
        transport = kind.get_transport_class("grpc_asyncio")
        client = kind(transport=transport(channel=self.channel))
        asked_at = asyncio.get_running_loop().time()
        return await _persevering(
            lambda: self._once(getattr(client, method), fields, question, budget, asked_at), budget
        )

    async def page(
        self,
        service: str,
        method: str,
        question: Question,
        budget: Budget,
        request: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - a message
        """One page of a method that lists: its pager, from which nothing more is fetched.

        The pager fetches the next page without the bounds and the retries of :meth:`call`, so
        whoever wants it asks for it with ``next_page_token``.

        Raises:
            ProtocolError: the answer is no such page.
        """
        found = await self.call(service, method, question, budget, request=dict(request))
        if getattr(found, "next_page_token", None) is None:
            raise failures.not_understood(question)
        return found

    async def _once(
        self,
        method: Callable[..., Awaitable[Any]],
        fields: Mapping[str, Any],
        question: Question,
        budget: Budget,
        asked_at: float,
    ) -> Any:  # noqa: ANN401 - a message
        from google.api_core import exceptions

        headers = await _headers(self._endpoint, self._credentials, budget)
        # Two bounds: the library's own policy retries behind our back unless it is told not to, and
        # a channel that never connects does not look at the call's deadline in time.
        limit = budget.allow(ATTEMPT_S)
        metadata = tuple((key.lower(), value) for key, value in headers.items())
        try:
            async with asyncio.timeout(limit):
                found = await method(**fields, retry=None, timeout=limit, metadata=metadata)
        except TimeoutError:
            raise failures.timed_out(question, _since(asked_at)) from None
        except exceptions.GoogleAPICallError as error:
            raise failures.of_grpc(error, question) from error
        # grpc.aio gives None for what does not parse.
        if found is None:
            raise failures.not_understood(question)
        return found

    async def close(self) -> None:
        """Close the channel."""
        await self.channel.close()


class Rest:
    """One API over REST.

    Args:
        endpoint: where it is.
        credentials: who asks.
        pool: connections.
    """

    def __init__(self, endpoint: Endpoint, credentials: Credentials, pool: HttpPool) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._pool = pool

    async def get(self, path: str, question: Question, budget: Budget) -> bytes:
        """The body of a 200.

        Args:
            path: with its query, quoted.
            question: what is asked.
            budget: of the asking.
        """
        asked_at = asyncio.get_running_loop().time()
        return await _persevering(lambda: self._once(path, question, budget, asked_at), budget)

    async def read(self, path: str, about: bytes, question: Question, budget: Budget) -> bytes:
        """The same where an API has a read as a POST, as ``backendServices.getHealth`` is one.

        Args:
            path: as above. It ends in a method that changes nothing.
            about: what the question is about, in JSON.
            question: as above.
            budget: as above.
        """
        asked_at = asyncio.get_running_loop().time()
        return await _persevering(
            lambda: self._once(path, question, budget, asked_at, about), budget
        )

    async def _once(
        self,
        path: str,
        question: Question,
        budget: Budget,
        asked_at: float,
        about: bytes | None = None,
    ) -> bytes:
        from netra_validate.clients.http import Http

        headers = await _headers(self._endpoint, self._credentials, budget)
        if about is not None:
            headers = {**headers, "Content-Type": "application/json"}
        limit = budget.allow(ATTEMPT_S)
        try:
            response = await Http(self._pool, budget).request(
                "GET" if about is None else "POST",
                self._endpoint.url + path,
                headers=headers,
                content=about,
                timeout_s=limit,
                max_body=_MAX_ANSWER,
                retry=False,
            )
        except TimedOut:
            raise failures.timed_out(question, _since(asked_at)) from None
        if response.status != _OK:
            raise failures.of_response(response, _reason(response), question)
        if response.truncated:
            raise failures.not_understood(question)
        return response.body


async def _persevering(ask: Callable[[], Awaitable[T]], budget: Budget) -> T:
    return (await persevere(ask, budget, of_error=failures.may_pass)).result


async def _headers(
    endpoint: Endpoint, credentials: Credentials, budget: Budget
) -> Mapping[str, str]:
    """What authenticates a request: nothing, unless the host is Google's."""
    if not (endpoint.trusted and endpoint.secure):
        return {}
    return await credentials.headers(endpoint.url, budget)


def _since(asked_at: float) -> float:
    """Seconds since the event loop's time ``asked_at``."""
    return asyncio.get_running_loop().time() - asked_at


def _reason(response: HttpResponse) -> str | None:
    """The reason in the body of an error, as ``google.rpc.ErrorInfo`` has it (AIP-193)."""
    try:
        details = json.loads(response.body)["error"]["details"]
        return next((str(each["reason"]) for each in details if "reason" in each), None)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
