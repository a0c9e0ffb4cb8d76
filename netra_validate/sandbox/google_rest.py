"""Cloud SQL Admin, Serverless VPC Access and Cloud Run over REST.

The paths are those of the APIs' discovery documents: Cloud SQL Admin ``v1`` (and ``v1beta4``, which
``gcloud`` speaks), VPC Access ``v1``, Cloud Run ``v2`` and its Knative ``v1``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

from google.protobuf import json_format
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from netra_validate.sandbox import (
    certificate_manager_api,
    compute_api,
    iam_api,
    knative,
    monitoring_api,
    sql_connect_api,
)
from netra_validate.sandbox.google_api import ApiError, GoogleApi

SERVER: Final = "google-rest"
"""What the request log calls this server."""

_LEGACY_REASONS: Final = {
    "NOT_FOUND": "instanceDoesNotExist",
    "PERMISSION_DENIED": "notAuthorized",
    "UNAVAILABLE": "backendError",
}
"""What Cloud SQL's older form of errors says beside the status."""

_Endpoint = Callable[[Request], Awaitable[Response]]


def application(api: GoogleApi) -> ASGIApp:
    """The REST server of all APIs."""
    return _as_proxy(_routed(api))


def _as_proxy(app: ASGIApp) -> ASGIApp:
    """Take requests in absolute form too, as RFC 9112, section 3.2.2 demands.

    A client that takes this server for its proxy sends them: so ``gcloud`` can be made to ask it
    for a host that does not resolve.
    """

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/"):
            scope = {**scope, "path": urlsplit(scope["path"]).path}
        await app(scope, receive, send)

    return proxy


def _routed(api: GoogleApi) -> Starlette:
    located = "/projects/{project}/locations/{region}"
    return Starlette(
        routes=[
            *_sql_routes(api, "/v1"),
            *_sql_routes(api, "/sql/v1beta4"),
            *iam_api.routes(api),
            *compute_api.routes(api),
            *certificate_manager_api.routes(api),
            *monitoring_api.routes(api),
            Route(f"/v1{located}/connectors/{{connector}}", _connector(api)),
            Route(f"/v1{located}/connectors", _connectors(api)),
            Route(f"/v2{located}/services", _services(api)),
            Route(f"/v2{located}/services/{{service}}", _service(api)),
            Route(f"/v2{located}/services/{{service}}/revisions", _revisions(api)),
            Route(f"/v2{located}/services/{{service}}/revisions/{{revision}}", _revision(api)),
            Route(
                "/apis/domains.cloudrun.com/v1/namespaces/{project}/domainmappings",
                _domain_mappings(api),
            ),
            Route(
                "/apis/serving.knative.dev/v1/namespaces/{project}/services",
                _knative_services(api),
            ),
            Route(
                "/apis/serving.knative.dev/v1/namespaces/{project}/services/{service}",
                _knative_service(api),
            ),
            Route(
                "/apis/serving.knative.dev/v1/namespaces/{project}/revisions",
                _knative_revisions(api),
            ),
            Route(
                "/apis/serving.knative.dev/v1/namespaces/{project}/revisions/{revision}",
                _knative_revision(api),
            ),
        ],
        exception_handlers={ApiError: _refusal, HTTPException: _no_such_method},
    )


def _sql_routes(api: GoogleApi, prefix: str) -> list[Route]:
    async def instance(request: Request) -> Response:
        return _message(await api.instance(_instance_name(request.path_params)))

    async def operations(request: Request) -> Response:
        of = {**request.path_params, "instance": request.query_params.get("instance", "")}
        found = await api.operations(_instance_name(of))
        return JSONResponse(
            {"kind": "sql#operationsList", "items": [_plain(each) for each in found]}
        )

    return [
        *sql_connect_api.routes(api, prefix),
        Route(f"{prefix}/projects/{{project}}/instances/{{instance}}", instance),
        Route(f"{prefix}/projects/{{project}}/operations", operations),
    ]


def _instance_name(parameters: dict[str, Any]) -> str:
    return f"projects/{parameters['project']}/instances/{parameters['instance']}"


def _connector(api: GoogleApi) -> _Endpoint:
    async def connector(request: Request) -> Response:
        return _message(await api.connector(_name_of(request)))

    return connector


def _connectors(api: GoogleApi) -> _Endpoint:
    async def connectors(request: Request) -> Response:
        found = await api.connectors(_name_of(request).removesuffix("/connectors"))
        return JSONResponse({"connectors": [_plain(each) for each in found]})

    return connectors


def _service(api: GoogleApi) -> _Endpoint:
    async def service(request: Request) -> Response:
        return _message(await api.service(_name_of(request)))

    return service


def _services(api: GoogleApi) -> _Endpoint:
    async def services(request: Request) -> Response:
        found = await api.services(_name_of(request).removesuffix("/services"))
        return JSONResponse({"services": [_plain(each) for each in found]})

    return services


def _domain_mappings(api: GoogleApi) -> _Endpoint:
    async def mappings(request: Request) -> Response:
        await api.admit("run.services.list", f"namespaces/{request.path_params['project']}")
        return JSONResponse(knative.domain_mappings())

    return mappings


def _revision(api: GoogleApi) -> _Endpoint:
    async def revision(request: Request) -> Response:
        return _message(await api.revision(_name_of(request)))

    return revision


def _revisions(api: GoogleApi) -> _Endpoint:
    async def revisions(request: Request) -> Response:
        found = await api.revisions(_name_of(request).removesuffix("/revisions"))
        return JSONResponse({"revisions": [_plain(each) for each in found]})

    return revisions


def _knative_service(api: GoogleApi) -> _Endpoint:
    async def service(request: Request) -> Response:
        # A namespace is a project; the region is in the host that a real client asks.
        name = knative.full_name(**request.path_params)
        return JSONResponse(knative.service(await api.service(name)))

    return service


def _knative_services(api: GoogleApi) -> _Endpoint:
    async def services(request: Request) -> Response:
        found = await api.services(knative.location(request.path_params["project"]))
        return JSONResponse(knative.listed("ServiceList", map(knative.service, found)))

    return services


def _knative_revisions(api: GoogleApi) -> _Endpoint:
    async def revisions(request: Request) -> Response:
        project = request.path_params["project"]
        wanted = knative.selected_service(request.query_params.get("labelSelector", ""))
        if wanted:
            names = [knative.full_name(project, wanted)]
        else:
            names = [each.name for each in await api.services(knative.location(project))]
        found = [each for name in names for each in await api.revisions(name)]
        return JSONResponse(knative.listed("RevisionList", map(knative.revision, found)))

    return revisions


def _knative_revision(api: GoogleApi) -> _Endpoint:
    async def revision(request: Request) -> Response:
        name = knative.full_revision_name(**request.path_params)
        return JSONResponse(knative.revision(await api.revision(name)))

    return revision


def _name_of(request: Request) -> str:
    """The resource's full name: the path without the version."""
    return request.url.path.split("/", 2)[2]


def _message(message: Any) -> Response:  # noqa: ANN401 - any message
    return JSONResponse(_plain(message))


def _plain(message: Any) -> dict[str, Any]:  # noqa: ANN401 - any message
    """proto3's JSON: camelCase, 64-bit integers as strings, enumerations by name."""
    plain: dict[str, Any] = json_format.MessageToDict(type(message).pb(message))
    return plain


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this type alone
    body: dict[str, Any] = {
        "code": error.code.value,
        "message": error.message,
        "status": error.status,
    }
    if "/instances/" in request.url.path or request.url.path.endswith("/operations"):
        reason = _LEGACY_REASONS[error.status]
        body["errors"] = [{"message": error.message, "domain": "global", "reason": reason}]
    return JSONResponse({"error": body}, error.code)


async def _no_such_method(request: Request, error: Exception) -> Response:
    """A path or a method that is not served. Nothing here changes anything, so only GET is."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    message = f"Method not found: {request.method} {request.url.path}"
    status = "NOT_FOUND" if error.status_code == 404 else "UNIMPLEMENTED"  # noqa: PLR2004 - HTTP
    body = {"code": error.status_code, "message": message, "status": status}
    return JSONResponse({"error": body}, error.status_code)
