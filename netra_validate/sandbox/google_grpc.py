"""Cloud Run Admin v2 and Serverless VPC Access v1 over gRPC.

Generic handlers over the official message types: the method names and types are those of the
services ``google.cloud.run.v2.Services`` and ``Revisions`` and
``google.cloud.vpcaccess.v1.VpcAccessService``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc
import grpc.aio
from google.cloud import run_v2, vpcaccess_v1

from netra_validate.sandbox import iam_api, logging_api
from netra_validate.sandbox.google_api import ApiError, GoogleApi
from netra_validate.sandbox.request_log import RequestLog
from netra_validate.sandbox.rpc import Method

SERVER: Final = "google-grpc"
"""What the request log calls this server."""


async def _get_service(api: GoogleApi, request: run_v2.GetServiceRequest) -> run_v2.Service:
    return await api.service(request.name)


async def _get_revision(api: GoogleApi, request: run_v2.GetRevisionRequest) -> run_v2.Revision:
    return await api.revision(request.name)


async def _list_revisions(
    api: GoogleApi, request: run_v2.ListRevisionsRequest
) -> run_v2.ListRevisionsResponse:
    return run_v2.ListRevisionsResponse(revisions=await api.revisions(request.parent))


async def _get_connector(
    api: GoogleApi, request: vpcaccess_v1.GetConnectorRequest
) -> vpcaccess_v1.Connector:
    return await api.connector(request.name)


async def _list_connectors(
    api: GoogleApi, request: vpcaccess_v1.ListConnectorsRequest
) -> vpcaccess_v1.ListConnectorsResponse:
    return vpcaccess_v1.ListConnectorsResponse(connectors=await api.connectors(request.parent))


async def _get_job(api: GoogleApi, request: run_v2.GetJobRequest) -> run_v2.Job:
    return await api.job(request.name)


_METHODS: Final = {
    **iam_api.METHODS,
    **logging_api.METHODS,
    "/google.cloud.run.v2.Jobs/GetJob": Method(run_v2.GetJobRequest, run_v2.Job, _get_job),
    "/google.cloud.run.v2.Services/GetService": Method(
        run_v2.GetServiceRequest, run_v2.Service, _get_service
    ),
    "/google.cloud.run.v2.Revisions/GetRevision": Method(
        run_v2.GetRevisionRequest, run_v2.Revision, _get_revision
    ),
    "/google.cloud.run.v2.Revisions/ListRevisions": Method(
        run_v2.ListRevisionsRequest, run_v2.ListRevisionsResponse, _list_revisions
    ),
    "/google.cloud.vpcaccess.v1.VpcAccessService/GetConnector": Method(
        vpcaccess_v1.GetConnectorRequest, vpcaccess_v1.Connector, _get_connector
    ),
    "/google.cloud.vpcaccess.v1.VpcAccessService/ListConnectors": Method(
        vpcaccess_v1.ListConnectorsRequest, vpcaccess_v1.ListConnectorsResponse, _list_connectors
    ),
}


class GoogleRpcs(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Every method of every service; those that are not reads are UNIMPLEMENTED, and noted."""

    def __init__(self, api: GoogleApi, log: RequestLog) -> None:
        self._api = api
        self._log = log

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler of the method that is called."""
        method = _METHODS.get(details.method)
        if method is None:
            self._log.note(SERVER, "RPC", details.method)
            return None

        async def answer(request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: ANN401 - any message
            self._log.note(SERVER, "RPC", f"{details.method} {_subject(request)}")
            try:
                return await method.read(self._api, request)
            except ApiError as error:
                await context.abort(grpc.StatusCode[error.status], error.message)

        return grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=method.takes.deserialize,
            response_serializer=method.gives.serialize,
        )


def _subject(request: Any) -> str:  # noqa: ANN401 - any message
    """What tells one request from another: what it names, and what it asks of a list."""
    fields = ("name", "parent", "resource", "filter", "order_by", "page_token")
    asked = (getattr(request, field, "") for field in fields)
    return " ".join(asked).replace("\n", " ").strip()


@asynccontextmanager
async def serve(api: GoogleApi, log: RequestLog) -> AsyncIterator[int]:
    """Serve on a free port of the loopback interface, in plaintext; gives the port."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((GoogleRpcs(api, log),))
    port: int = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(grace=None)
