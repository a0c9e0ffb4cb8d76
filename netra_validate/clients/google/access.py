"""The way to Google's APIs in one run: where they are, who asks, and what was asked already.

Each API is opened when it is first asked, and its library loaded then; each question is asked once,
whoever asks it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError
from netra_validate.clients.google.credentials import Credentials
from netra_validate.clients.google.endpoints import Endpoint, endpoint
from netra_validate.clients.google.libraries import in_thread, load
from netra_validate.clients.google.messages import segment
from netra_validate.clients.google.shared import Answer, Answers
from netra_validate.topology import CloudResource, Environment

if TYPE_CHECKING:
    from netra_validate.clients.google.calls import Grpc, Rest
    from netra_validate.clients.google.failures import Question
    from netra_validate.clients.http import HttpPool

T = TypeVar("T")

_IMPORT_S: Final = 30.0
"""Seconds for importing Google's libraries; a cold disk takes its time."""


@dataclass(frozen=True, slots=True)
class Api:
    """One API of Google's."""

    key: str
    """Its field in :class:`~netra_validate.topology.Endpoints`."""
    library: str | None = None
    """The module of its message types, and of its clients where it is spoken to over gRPC."""

    @property
    def host(self) -> str:
        """Where it usually is."""
        return f"{self.key}.googleapis.com"


RUN: Final = Api("run", "google.cloud.run_v2")
VPC_ACCESS: Final = Api("vpcaccess", "google.cloud.vpcaccess_v1")
SQL_ADMIN: Final = Api("sqladmin", "google.cloud.sqladmin_v1")
COMPUTE: Final = Api("compute")
LOGGING: Final = Api("logging", "google.cloud.logging_v2.services.logging_service_v2")
RESOURCE_MANAGER: Final = Api("cloudresourcemanager", "google.cloud.resourcemanager_v3")
SECRET_MANAGER: Final = Api("secretmanager")
IAM: Final = Api("iam")
CERTIFICATE_MANAGER: Final = Api("certificatemanager")
MONITORING: Final = Api("monitoring")

_BY_PERMISSION: Final[Mapping[str, Api]] = {
    "run": RUN,
    "vpcaccess": VPC_ACCESS,
    "cloudsql": SQL_ADMIN,
    "logging": LOGGING,
    "resourcemanager": RESOURCE_MANAGER,
}
"""The APIs with a library, by how their permissions begin."""


class Access:
    """What all questions of one run share.

    Args:
        environment: where things are, and where the APIs are if not at their usual address.
        http_pool: connections for REST, shared with the other clients.
    """

    def __init__(self, environment: Environment, http_pool: HttpPool) -> None:
        self.environment = environment
        self.credentials = Credentials()
        self._http_pool = http_pool
        self._answers = Answers()
        self._opened: dict[Api, Grpc] = {}

    async def close(self) -> None:
        """Stop what is under way and close the channels."""
        await self._answers.close()
        opened, self._opened = self._opened, {}
        await asyncio.gather(*(channel.close() for channel in opened.values()))

    def ask(
        self,
        question: Hashable,
        subject: str,
        budget: Budget,
        call: Callable[[Budget], Awaitable[T]],
    ) -> Answer[T]:
        """Ask, or join whoever asked before; see :meth:`Answers.ask`."""
        return self._answers.ask(question, subject, budget, call)

    def question(self, subject: str, api: Api, permission: str, name: str) -> Question:
        """A question, as messages tell of it."""
        from netra_validate.clients.google.failures import Question

        project = segment(name, "projects") or ""
        return Question(subject, api.host, permission, project, name, self._elsewhere(api))

    async def grpc(self, api: Api, budget: Budget) -> Grpc:
        """An API that is spoken to over gRPC."""
        from netra_validate.clients.google.calls import Grpc

        grpc = await self._library("grpc", budget)
        library = await self.library(api, budget)
        if api not in self._opened:
            self._opened[api] = Grpc(grpc, library, self.place(api), self.credentials, self._ca())
        return self._opened[api]

    def rest(self, api: Api) -> Rest:
        """An API that is spoken to over REST."""
        from netra_validate.clients.google.calls import Rest

        return Rest(self.place(api), self.credentials, self._http_pool)

    async def library(self, api: Api, budget: Budget) -> Any:  # noqa: ANN401 - a module
        """The module of an API's message types. It is imported once, by whoever comes first."""
        if api.library is None:
            raise TypeError(f"{api.host} has no library")
        return await self._library(api.library, budget)

    async def prepare(self, permissions: Iterable[str]) -> None:
        """Import what it takes to ask with these permissions, in time that is nobody's.

        A probe of a second would spend it on our own libraries otherwise.

        Raises:
            TimedOut: that takes longer than on any disk.
        """
        budget = Budget.lasting(_IMPORT_S)
        kinds = {each.partition(".")[0] for each in permissions}
        wanted = [api.library for kind, api in _BY_PERMISSION.items() if kind in kinds]
        for name in ["grpc", *filter(None, wanted)] if wanted else []:
            await self._library(name, budget)

    async def _library(self, name: str, budget: Budget) -> Any:  # noqa: ANN401 - as above
        async def call(own: Budget) -> Any:  # noqa: ANN401 - as above
            return await in_thread(
                partial(load, name), own, _IMPORT_S, "importing Google's libraries"
            )

        return await self.ask(("library", name), "Google's libraries", budget, call)

    def place(self, api: Api) -> Endpoint:
        """Where an API is, as configured."""
        return endpoint(getattr(self.environment.endpoints, api.key), api.host)

    def _elsewhere(self, api: Api) -> str:
        """Where an API is that is not at Google's own host."""
        try:
            place = self.place(api)
        except ClientError:
            return ""  # whoever asks it is told
        return "" if place.trusted else place.address

    def _ca(self) -> bytes | None:
        ca_file = self.environment.ca_file
        try:
            return ca_file.read_bytes() if ca_file is not None else None
        except OSError as error:
            raise ClientError(f"{ca_file} cannot be read: {error.strerror}") from error

    def project_of(self, resource: CloudResource) -> str:
        """The project of a resource.

        Raises:
            ClientError: nobody says which.
        """
        project = self.environment.project_of(resource)
        if project is None:
            raise ClientError(
                f"{resource.kind} {resource.key} has no project",
                hint="set project on the environment",
            )
        return project

    def location_of(self, resource: CloudResource) -> str:
        """Project and region of a resource, as names begin: ``projects/p/locations/r``.

        Raises:
            ClientError: nobody says which.
        """
        project, region = self.project_of(resource), self.environment.region_of(resource)
        if region is None:
            raise ClientError(
                f"{resource.kind} {resource.key} has no region",
                hint="set region on the environment",
            )
        return f"projects/{project}/locations/{region}"
