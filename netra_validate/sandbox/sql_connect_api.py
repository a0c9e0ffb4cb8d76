"""What connectors ask of Cloud SQL Admin: where an instance is, and a certificate for an hour.

Methods ``connect.get`` and ``connect.generateEphemeralCert`` of the discovery document
``sqladmin:v1beta4``. The second one is a POST, and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from netra_validate.sandbox.google_api import GoogleApi
    from netra_validate.sandbox.instance_proxy import InstanceProxy

_INSTANCE: Final = "/projects/{project}/instances/{instance}"


def routes(api: GoogleApi, prefix: str) -> list[Route]:
    """Both methods, below one version of the API."""

    async def settings(request: Request) -> Response:
        name = _name(request)
        proxy = await _proxy(api, "cloudsql.instances.get", name)
        instance = await api.instance(name)
        return JSONResponse(proxy.connect_settings(instance.database_version.name))

    async def certificate(request: Request) -> Response:
        proxy = await _proxy(api, "cloudsql.instances.connect", _name(request))
        asked = await request.json()
        token = asked.get("access_token")
        return JSONResponse(proxy.ephemeral_certificate(asked["public_key"], token))

    return [
        Route(f"{prefix}{_INSTANCE}/connectSettings", settings),
        Route(f"{prefix}{_INSTANCE}:generateEphemeralCert", certificate, methods=["POST"]),
    ]


async def _proxy(api: GoogleApi, permission: str, name: str) -> InstanceProxy:
    """The proxy of an instance, for a caller who may ask for it."""
    await api.admit_to_sql(permission, name)
    if api.instance_proxy is None:
        raise api.no_such_instance()
    return api.instance_proxy


def _name(request: Request) -> str:
    parts = request.path_params
    return f"projects/{parts['project']}/instances/{parts['instance']}"
