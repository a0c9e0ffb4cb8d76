"""Certificate Manager over REST, as its discovery document (``certificatemanager:v1``) has it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from netra_validate.sandbox.google_api import GoogleApi

_PLACE: Final = "/v1/projects/{project}/locations/{location}"


def routes(api: GoogleApi) -> list[Route]:
    """The entries of a map, and one certificate. Both are among the load balancer's resources."""

    async def entries(request: Request) -> Response:
        name = _name(request)
        await api.admit("certificatemanager.certmapentries.list", name)
        found = [each for key, each in api.world.compute.items() if key.startswith(f"{name}/")]
        return JSONResponse({"certificateMapEntries": found})

    async def certificate(request: Request) -> Response:
        from netra_validate.sandbox.google_api import ApiError

        name = _name(request)
        await api.admit("certificatemanager.certs.get", name)
        if name not in api.world.compute:
            message = f"Resource '{name}' was not found"
            raise ApiError(HTTPStatus.NOT_FOUND, "NOT_FOUND", message)
        return JSONResponse(api.world.compute[name])

    return [
        Route(f"{_PLACE}/certificateMaps/{{map}}/certificateMapEntries", entries),
        Route(f"{_PLACE}/certificates/{{name}}", certificate),
    ]


def _name(request: Request) -> str:
    return request.url.path.removeprefix("/v1/")
