"""Compute Engine's load balancing over REST, as its discovery document (``compute:v1``) has it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from netra_validate.sandbox.google_api import GoogleApi

_PATH: Final = "/compute/v1/projects/{project}"


def routes(api: GoogleApi) -> list[Route]:
    """What is served: one resource, the list beside it, and the list of all places."""

    async def one(request: Request) -> Response:
        return JSONResponse(await resource(api, _name(request)))

    async def beside(request: Request) -> Response:
        return JSONResponse({"items": await listed(api, _name(request))})

    async def health(request: Request) -> Response:
        return JSONResponse(await health_of(api, _name(request), (await request.json())["group"]))

    async def everywhere(request: Request) -> Response:
        return JSONResponse({"items": await aggregated(api, **request.path_params)})

    return [
        Route(f"{_PATH}/aggregated/{{collection}}", everywhere),
        Route(f"{_PATH}/global/{{collection}}", beside),
        Route(f"{_PATH}/global/{{collection}}/{{name}}", one),
        Route(f"{_PATH}/global/backendServices/{{name}}/getHealth", health, methods=["POST"]),
        Route(
            f"{_PATH}/regions/{{region}}/backendServices/{{name}}/getHealth",
            health,
            methods=["POST"],
        ),
        Route(f"{_PATH}/regions/{{region}}/{{collection}}", beside),
        Route(f"{_PATH}/regions/{{region}}/{{collection}}/{{name}}", one),
    ]


async def resource(api: GoogleApi, name: str) -> dict[str, Any]:
    """One resource, by its full name."""
    from netra_validate.sandbox.google_api import ApiError

    await api.admit(f"compute.{_kind(name.rpartition('/')[0])}.get", name)
    found = api.world.compute.get(name)
    if found is None:
        message = f"The resource '{name}' was not found"
        raise ApiError(HTTPStatus.NOT_FOUND, "NOT_FOUND", message)
    return dict(found)


async def health_of(api: GoogleApi, method: str, group: str) -> dict[str, Any]:
    """What health checks found in a group: ``BackendServiceGroupHealth``. It changes nothing."""
    name = method.rpartition("/")[0]
    await resource(api, name)
    found = api.world.compute.get(group.partition("/v1/")[2], {})
    return {
        "kind": "compute#backendServiceGroupHealth",
        "healthStatus": list(found.get("healthStatus", ())),
    }


async def listed(api: GoogleApi, collection: str) -> list[dict[str, Any]]:
    """All resources of one collection in one place."""
    await api.admit(f"compute.{_kind(collection)}.list", collection)
    beside = f"{collection}/"
    return [dict(each) for name, each in api.world.compute.items() if name.startswith(beside)]


async def aggregated(
    api: GoogleApi, project: str, collection: str
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """All resources of one collection by their place, ``global`` or ``regions/REGION``."""
    await api.admit(f"compute.{collection}.list", f"projects/{project}")
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for name, each in api.world.compute.items():
        place, _, rest = name.removeprefix(f"projects/{project}/").partition(f"/{collection}/")
        if rest:
            found.setdefault(place, {collection: []})[collection].append(dict(each))
    return found


_OF_A_REGION: Final = frozenset(
    {
        "backendServices", "healthChecks", "networkEndpointGroups", "sslCertificates",
        "targetHttpsProxies", "urlMaps",
    }
)  # fmt: skip
"""What has permissions of its own where it lies in a region."""

_OF_NONE: Final = frozenset({"forwardingRules", "networkEndpointGroups"})
"""What has permissions of its own where it lies in none."""


def _kind(collection: str) -> str:
    """The middle of a permission, as the reference of each method has it.

    https://cloud.google.com/compute/docs/reference/rest/v1/regionNetworkEndpointGroups/get, say.
    """
    parent, _, kind = collection.rpartition("/")
    if "/regions/" in parent:
        return f"region{kind[0].upper()}{kind[1:]}" if kind in _OF_A_REGION else kind
    return f"global{kind[0].upper()}{kind[1:]}" if kind in _OF_NONE else kind


def _name(request: Request) -> str:
    return request.url.path.removeprefix("/compute/v1/")
