"""The calls themselves: gRPC for Cloud Run and VPC Access, REST for Cloud SQL.

Cloud SQL Admin is served over REST only, while its generated client speaks gRPC only; so its
answers are fetched over HTTP and parsed into the client's message types.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import TimedOut
from netra_validate.clients.google import failures
from netra_validate.clients.google.credentials import Credentials
from netra_validate.clients.google.endpoints import Endpoint
from netra_validate.clients.google.failures import Question
from netra_validate.clients.google.libraries import Libraries
from netra_validate.clients.google.messages import is_about
from netra_validate.clients.google.parsing import parsed
from netra_validate.clients.retrying import persevere

if TYPE_CHECKING:
    from google.cloud import run_v2, sqladmin_v1, vpcaccess_v1

    from netra_validate.clients.http import HttpPool, HttpResponse

T = TypeVar("T")

ATTEMPT_S: Final = 10.0
"""Seconds for one attempt; these APIs answer within one."""

_MAX_ANSWER: Final = 4 * 1024 * 1024
"""Bytes, as gRPC's own limit."""

_OK: Final = 200

_OPERATIONS: Final = 20
"""How many of an instance's latest operations are read."""


class Grpc:
    """One channel to one API."""

    def __init__(
        self,
        libraries: Libraries,
        endpoint: Endpoint,
        credentials: Credentials,
        ca: bytes | None = None,
    ) -> None:
        self._libraries = libraries
        self._endpoint = endpoint
        self._credentials = credentials
        self.channel = self._open(ca)

    def _open(self, ca: bytes | None) -> Any:  # noqa: ANN401 - grpc has no types
        grpc, target = self._libraries.grpc, self._endpoint.address
        if self._endpoint.trusted:
            return grpc.aio.secure_channel(target, grpc.ssl_channel_credentials())
        # The proxy of the network has nothing to do with an address on this machine.
        options = [("grpc.enable_http_proxy", 0)]
        if self._endpoint.secure:
            trust = grpc.ssl_channel_credentials(root_certificates=ca)
            return grpc.aio.secure_channel(target, trust, options)
        return grpc.aio.insecure_channel(target, options)

    async def service(self, question: Question, budget: Budget) -> run_v2.Service:
        """``run.services.get``."""
        client = self._client(self._libraries.run.ServicesAsyncClient)
        found: run_v2.Service = await self._ask(client.get_service, question, budget)
        return found

    async def revision(self, question: Question, budget: Budget) -> run_v2.Revision:
        """``run.revisions.get``."""
        client = self._client(self._libraries.run.RevisionsAsyncClient)
        found: run_v2.Revision = await self._ask(client.get_revision, question, budget)
        return found

    async def connector(self, question: Question, budget: Budget) -> vpcaccess_v1.Connector:
        """``vpcaccess.connectors.get``."""
        client = self._client(self._libraries.vpcaccess.VpcAccessServiceAsyncClient)
        found: vpcaccess_v1.Connector = await self._ask(client.get_connector, question, budget)
        return found

    def _client(self, kind: Any) -> Any:  # noqa: ANN401 - a generated client class
        """A generated client over this channel."""
        transport = kind.get_transport_class("grpc_asyncio")
        return kind(transport=transport(channel=self.channel))

    async def _ask(self, method: Any, question: Question, budget: Budget) -> Any:  # noqa: ANN401
        asked_at = asyncio.get_running_loop().time()
        attempts = await persevere(
            lambda: self._once(method, question, budget, asked_at),
            budget,
            of_error=failures.may_pass,
        )
        return attempts.result

    async def _once(self, method: Any, question: Question, budget: Budget, asked_at: float) -> Any:  # noqa: ANN401
        from google.api_core import exceptions  # noqa: PLC0415 - loaded with the libraries

        headers = await _headers(self._endpoint, self._credentials, budget)
        # Two bounds: the library's own policy retries behind our back unless it is told not to, and
        # a channel that never connects does not look at the call's deadline in time.
        limit = budget.allow(ATTEMPT_S)
        metadata = tuple((key.lower(), value) for key, value in headers.items())
        try:
            async with asyncio.timeout(limit):
                found = await method(
                    name=question.name, retry=None, timeout=limit, metadata=metadata
                )
        except TimeoutError:
            raise failures.timed_out(question, _since(asked_at)) from None
        except exceptions.GoogleAPICallError as error:
            raise failures.of_grpc(error, question) from error
        # grpc.aio gives None for what does not parse; no bytes at all are a message without fields.
        if found is None or not found.name:
            raise failures.not_understood(question)
        if not is_about(found.name, question.name):
            raise failures.about_another(question)
        return found

    async def close(self) -> None:
        """Close the channel."""
        await self.channel.close()


class SqlAdmin:
    """Cloud SQL Admin, REST version 1."""

    def __init__(
        self, libraries: Libraries, endpoint: Endpoint, credentials: Credentials, pool: HttpPool
    ) -> None:
        self._types = libraries.sqladmin
        self._endpoint = endpoint
        self._credentials = credentials
        self._pool = pool

    async def instance(self, question: Question, budget: Budget) -> sqladmin_v1.DatabaseInstance:
        """``instances.get``."""
        body = await self._ask(f"/v1/{quote(question.name)}", question, budget)
        found: sqladmin_v1.DatabaseInstance = parsed(self._types.DatabaseInstance, body, question)
        if not found.name:
            raise failures.not_understood(question)
        if not all(is_about(told, question.name) for told in _names(found)):
            raise failures.about_another(question)
        return found

    async def operations(
        self, question: Question, budget: Budget
    ) -> tuple[sqladmin_v1.Operation, ...]:
        """``operations.list``: the latest ones, newest first."""
        project, _, instance = question.name.partition("/instances/")
        query = f"instance={quote(instance, safe='')}&maxResults={_OPERATIONS}"
        body = await self._ask(f"/v1/{quote(project)}/operations?{query}", question, budget)
        found = parsed(self._types.OperationsListResponse, body, question)
        return tuple(found.items)

    async def _ask(self, path: str, question: Question, budget: Budget) -> bytes:
        asked_at = asyncio.get_running_loop().time()
        attempts = await persevere(
            lambda: self._once(path, question, budget, asked_at),
            budget,
            of_error=failures.may_pass,
        )
        return attempts.result

    async def _once(self, path: str, question: Question, budget: Budget, asked_at: float) -> bytes:
        from netra_validate.clients.http import Http  # noqa: PLC0415 - imports httpx

        headers = await _headers(self._endpoint, self._credentials, budget)
        limit = budget.allow(ATTEMPT_S)
        try:
            response = await Http(self._pool, budget).get(
                self._endpoint.url + path,
                headers=headers,
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


def _names(instance: sqladmin_v1.DatabaseInstance) -> tuple[str, ...]:
    """The names by which an instance calls itself, in the form of resource names.

    A connection name is ``project:region:instance``, and the project may hold a colon as well.
    """
    name, project = instance.name, instance.project
    names = (f"projects/{project}/instances/{name}" if project else name,)
    if not instance.connection_name:
        return names
    project, _, name = instance.connection_name.rpartition(":")
    return (*names, f"projects/{project.rpartition(':')[0]}/instances/{name}")


def _reason(response: HttpResponse) -> str | None:
    """The reason in the body of an error, as ``google.rpc.ErrorInfo`` has it (AIP-193)."""
    try:
        details = json.loads(response.body)["error"]["details"]
        return next((str(each["reason"]) for each in details if "reason" in each), None)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
