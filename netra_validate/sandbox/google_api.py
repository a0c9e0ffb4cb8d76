"""What the Google APIs answer, before it takes the form of gRPC or REST.

Messages of errors are worded as Google's, so that whoever reads them can be tested on them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from google.cloud import run_v2, sqladmin_v1, vpcaccess_v1
from google.iam.v1.policy_pb2 import Policy

from netra_validate.sandbox.log_lines import LogLine
from netra_validate.sandbox.names import PROJECT
from netra_validate.sandbox.staging import Conduct
from netra_validate.sandbox.variables import numbers_of
from netra_validate.sandbox.world import World, revisions_of

if TYPE_CHECKING:
    from netra_validate.sandbox.instance_proxy import InstanceProxy

M = TypeVar("M")


class ApiError(Exception):
    """A refusal.

    Attributes:
        code: the HTTP status.
        status: the canonical name of ``google.rpc.Code``, such as ``NOT_FOUND``.
        message: the sentence.
    """

    def __init__(self, code: HTTPStatus, status: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message


@dataclass(slots=True)
class GoogleApi:
    """Reads of a world, for a caller who is treated in one way. Nothing can be changed by a caller.

    Every method raises :class:`ApiError`, or never returns where the conduct is silence.
    """

    world: World
    conduct: Conduct
    denied: frozenset[str] = field(default_factory=frozenset)
    """Permissions that callers do not have, in an otherwise willing world."""
    instance_proxy: InstanceProxy | None = None
    """Of the Cloud SQL instance, where there is one."""

    def become(self, world: World, conduct: Conduct, denied: frozenset[str] = frozenset()) -> None:
        """From now on this is the world, and callers are treated so."""
        self.world, self.conduct, self.denied = world, conduct, denied

    def holds(self, permission: str) -> bool:
        """Whether callers have a permission."""
        return self.conduct is not Conduct.FORBIDDEN and permission not in self.denied

    async def service(self, name: str) -> run_v2.Service:
        """A Cloud Run service, by its full name."""
        await self._admit("run.services.get", name)
        return _found(self.world.services, name)

    async def services(self, parent: str) -> list[run_v2.Service]:
        """All Cloud Run services of a location."""
        await self._admit("run.services.list", parent)
        beside = f"{parent}/services/"
        return [each for name, each in self.world.services.items() if name.startswith(beside)]

    async def revision(self, name: str) -> run_v2.Revision:
        """A revision of a service, by its full name."""
        await self._admit("run.revisions.get", name)
        service = _found(self.world.services, name.partition("/revisions/")[0])
        revisions = revisions_of(self.world, service)
        return _found({each.name: each for each in revisions}, name)

    async def revisions(self, parent: str) -> list[run_v2.Revision]:
        """All revisions of the service that is named ``parent``."""
        await self._admit("run.revisions.list", parent)
        return list(revisions_of(self.world, _found(self.world.services, parent)))

    async def job(self, name: str) -> run_v2.Job:
        """A Cloud Run job, by its full name."""
        await self._admit("run.jobs.get", name)
        return _found(self.world.jobs, name)

    async def log_lines(self, resources: Iterable[str]) -> tuple[LogLine, ...]:
        """What is in the logs of these projects, of which there is one."""
        wanted = list(resources)
        await self._admit("logging.logEntries.list", ", ".join(wanted))
        return self.world.logs if f"projects/{PROJECT}" in wanted else ()

    async def resource(self, permission: str, name: str) -> None:
        """A project or folder, which there is where it has a policy."""
        await self._admit(permission, name)
        _found(self.world.policies, name)

    async def policy(self, permission: str, name: str) -> Policy:
        """The allow policy of a resource, by its full name: an empty one where it has none."""
        await self._admit(permission, name)
        return self.world.policies.get(name, Policy())

    async def role(self, name: str) -> tuple[str, ...]:
        """The permissions of a role, by its full name."""
        await self._admit("iam.roles.get", name)
        return _found(self.world.roles, name)

    async def secret_version(self, name: str) -> tuple[str, str]:
        """The name with its number, and the state, of a version of a secret."""
        await self._admit("secretmanager.versions.get", name)
        secret, _, version = name.partition("/versions/")
        if version == "latest":
            numbers = numbers_of(self.world.secret_versions, secret)
            name = f"{secret}/versions/{numbers[-1] if numbers else 0}"
        return name, _found(self.world.secret_versions, name)

    async def secret_versions(self, secret: str) -> dict[str, str]:
        """The states of all versions of a secret, by their full name, the newest first."""
        await self._admit("secretmanager.versions.list", secret)
        numbers = numbers_of(self.world.secret_versions, secret)
        names = [f"{secret}/versions/{number}" for number in reversed(numbers)]
        return {name: self.world.secret_versions[name] for name in names}

    async def connector(self, name: str) -> vpcaccess_v1.Connector:
        """A Serverless VPC Access connector, by its full name."""
        await self._admit("vpcaccess.connectors.get", name)
        return _found(self.world.connectors, name)

    async def connectors(self, parent: str) -> list[vpcaccess_v1.Connector]:
        """All connectors of a location."""
        await self._admit("vpcaccess.connectors.list", parent)
        return [
            each
            for name, each in self.world.connectors.items()
            if name.startswith(f"{parent}/connectors/")
        ]

    async def instance(self, name: str) -> sqladmin_v1.DatabaseInstance:
        """A Cloud SQL instance, by ``projects/{project}/instances/{instance}``."""
        await self.admit_to_sql("cloudsql.instances.get", name)
        if name not in self.world.instances:
            raise self.no_such_instance()
        return self.world.instances[name]

    async def operations(self, instance: str) -> list[sqladmin_v1.Operation]:
        """The operations on an instance, newest first.

        Listing them takes ``cloudsql.instances.list``:
        https://cloud.google.com/sql/docs/postgres/iam-permissions.
        """
        await self.admit_to_sql("cloudsql.instances.list", instance)
        _, project, _, short = instance.split("/")
        mine = (
            each
            for each in self.world.operations
            if (each.target_project, each.target_id) == (project, short)
        )
        return sorted(mine, key=lambda each: each.insert_time, reverse=True)

    async def admit(self, permission: str, resource: str) -> None:
        """Treat a caller as all are treated: for APIs that have a module of their own."""
        await self._admit(permission, resource)

    async def _admit(self, permission: str, resource: str) -> None:
        await self._treat(
            permission,
            f"Permission '{permission}' denied on resource '{resource}' "
            "(or resource may not exist).",
        )

    async def admit_to_sql(self, permission: str, resource: str) -> None:
        """The same for Cloud SQL, which words its refusals in its own way."""
        short = resource.split("/", 2)[-1]
        await self._treat(
            permission,
            "boss::NOT_AUTHORIZED: Not authorized to access resource. "
            f"Possibly missing permission {permission} on resource {short}.",
        )

    @staticmethod
    def no_such_instance() -> ApiError:
        """Cloud SQL's word for one that is not there."""
        message = "The Cloud SQL instance does not exist."
        return ApiError(HTTPStatus.NOT_FOUND, "NOT_FOUND", message)

    async def _treat(self, permission: str, denial: str) -> None:
        if not self.holds(permission):
            raise ApiError(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", denial)
        await self.answer()

    async def answer(self) -> None:
        """Answer at all: for what takes no permission."""
        match self.conduct:
            case Conduct.UNAVAILABLE:
                message = "The service is currently unavailable."
                raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE", message)
            case Conduct.SILENT:
                await asyncio.Event().wait()
            case _:
                return


def _found(known: Mapping[str, M], name: str) -> M:
    if name not in known:
        raise ApiError(HTTPStatus.NOT_FOUND, "NOT_FOUND", f"Resource '{name}' was not found")
    return known[name]
