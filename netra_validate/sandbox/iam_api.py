"""Resource Manager v3, policies of Cloud Run v2, Secret Manager v1 and IAM v1: reads only.

Reference: https://cloud.google.com/resource-manager/reference/rest/v3/projects,
https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets and
https://cloud.google.com/iam/docs/reference/rest/v1/roles.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from google.cloud import resourcemanager_v3
from google.iam.v1.iam_policy_pb2 import (
    GetIamPolicyRequest,
    TestIamPermissionsRequest,
    TestIamPermissionsResponse,
)
from google.iam.v1.policy_pb2 import Policy
from google.protobuf import json_format
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from netra_validate.sandbox.google_api import ApiError, GoogleApi
from netra_validate.sandbox.identities import PARENTS, PROJECT_NUMBER
from netra_validate.sandbox.names import PROJECT
from netra_validate.sandbox.rpc import Method

_WITH_CONDITIONS: Final = 3
"""The first version of policies that can hold them."""


class _Plain:
    """A plain protobuf type, with the two methods that a proto-plus type has."""

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - a generated type
        self.deserialize = kind.FromString
        self.serialize = kind.SerializeToString


async def _get_project(
    api: GoogleApi, request: resourcemanager_v3.GetProjectRequest
) -> resourcemanager_v3.Project:
    await api.resource("resourcemanager.projects.get", request.name)
    return resourcemanager_v3.Project(
        name=f"projects/{PROJECT_NUMBER}",
        parent=PARENTS.get(request.name, ""),
        project_id=PROJECT,
        state=resourcemanager_v3.Project.State.ACTIVE,
    )


async def _get_folder(
    api: GoogleApi, request: resourcemanager_v3.GetFolderRequest
) -> resourcemanager_v3.Folder:
    await api.resource("resourcemanager.folders.get", request.name)
    return resourcemanager_v3.Folder(name=request.name, parent=PARENTS.get(request.name, ""))


def _policy(permission: str) -> Method:
    async def get_policy(api: GoogleApi, request: GetIamPolicyRequest) -> Policy:
        found = await api.policy(permission, request.resource)
        return _in_version(found, request.options.requested_policy_version)

    return Method(_Plain(GetIamPolicyRequest), _Plain(Policy), get_policy)


def _in_version(policy: Policy, version: int) -> Policy:
    """In an older version, conditions are gone and their roles have names that are none."""
    told = Policy()
    told.CopyFrom(policy)
    conditional = [each for each in told.bindings if each.HasField("condition")]
    for binding in conditional if version < _WITH_CONDITIONS else ():
        binding.role += "_withcond_0123456789abcdef"
        binding.ClearField("condition")
    told.version = _WITH_CONDITIONS if conditional and version >= _WITH_CONDITIONS else 1
    return told


_MOST_TESTED: Final = 100
"""Permissions in one question at most."""

_ABOVE_PROJECTS: Final = ("resourcemanager.folders.", "resourcemanager.organizations.")


async def _test_permissions(
    api: GoogleApi, request: TestIamPermissionsRequest
) -> TestIamPermissionsResponse:
    """Those of the permissions that the caller has; asking takes none.

    Resource Manager refuses the whole question for one that no project can grant.
    """
    asked = list(request.permissions)
    if len(asked) > _MOST_TESTED:
        raise _refused("Request contains an invalid argument.")
    for each in asked:
        if "*" in each or each.count(".") < 2 or each.startswith(_ABOVE_PROJECTS):  # noqa: PLR2004 - service.resource.verb
            raise _refused(f"Permission {each} is not valid for this resource.")
    if request.resource != f"projects/{PROJECT}":
        raise ApiError(
            HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", "The caller does not have permission"
        )
    await api.answer()
    return TestIamPermissionsResponse(permissions=[each for each in asked if api.holds(each)])


def _refused(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", message)


_RESOURCE_MANAGER: Final = "/google.cloud.resourcemanager.v3"

METHODS: Final = {
    f"{_RESOURCE_MANAGER}.Projects/GetProject": Method(
        resourcemanager_v3.GetProjectRequest, resourcemanager_v3.Project, _get_project
    ),
    f"{_RESOURCE_MANAGER}.Folders/GetFolder": Method(
        resourcemanager_v3.GetFolderRequest, resourcemanager_v3.Folder, _get_folder
    ),
    f"{_RESOURCE_MANAGER}.Projects/TestIamPermissions": Method(
        _Plain(TestIamPermissionsRequest), _Plain(TestIamPermissionsResponse), _test_permissions
    ),
    f"{_RESOURCE_MANAGER}.Projects/GetIamPolicy": _policy("resourcemanager.projects.getIamPolicy"),
    f"{_RESOURCE_MANAGER}.Folders/GetIamPolicy": _policy("resourcemanager.folders.getIamPolicy"),
    f"{_RESOURCE_MANAGER}.Organizations/GetIamPolicy": _policy(
        "resourcemanager.organizations.getIamPolicy"
    ),
    "/google.cloud.run.v2.Services/GetIamPolicy": _policy("run.services.getIamPolicy"),
}
"""The RPCs by their full name."""


def routes(api: GoogleApi) -> list[Route]:
    """What is served over REST."""
    secret = "/v1/projects/{project}/secrets/{secret}"  # noqa: S105 - a path
    return [
        Route(f"{secret}:getIamPolicy", _secret_policy(api)),
        Route(f"{secret}/versions/{{version}}", _secret_version(api)),
        Route(f"{secret}/versions", _secret_versions(api)),
        Route("/v1/roles/{role}", _role(api)),
        Route("/v1/{collection}/{owner}/roles/{role}", _role(api)),
    ]


_Endpoint = Callable[[Request], Awaitable[Response]]


def _secret_policy(api: GoogleApi) -> _Endpoint:
    async def policy(request: Request) -> Response:
        name = request.url.path.removeprefix("/v1/").removesuffix(":getIamPolicy")
        found = await api.policy("secretmanager.secrets.getIamPolicy", name)
        version = int(request.query_params.get("options.requestedPolicyVersion", 1))
        return JSONResponse(json_format.MessageToDict(_in_version(found, version)))

    return policy


def _secret_version(api: GoogleApi) -> _Endpoint:
    async def version(request: Request) -> Response:
        name, state = await api.secret_version(request.url.path.removeprefix("/v1/"))
        return JSONResponse({"name": name, "state": state, "etag": '"1"'})

    return version


def _secret_versions(api: GoogleApi) -> _Endpoint:
    async def versions(request: Request) -> Response:
        secret = request.url.path.removeprefix("/v1/").removesuffix("/versions")
        found = await api.secret_versions(secret)
        told = [{"name": name, "state": state, "etag": '"1"'} for name, state in found.items()]
        return JSONResponse({"versions": told, "totalSize": len(told)})

    return versions


def _role(api: GoogleApi) -> _Endpoint:
    async def role(request: Request) -> Response:
        name = request.url.path.removeprefix("/v1/")
        return JSONResponse({"name": name, "includedPermissions": list(await api.role(name))})

    return role
