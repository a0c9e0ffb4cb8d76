"""What a run and a probe may ask of the Google Cloud APIs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, Forbidden, NotFound
from netra_validate.clients.google.credentials import Credentials
from netra_validate.clients.google.endpoints import Endpoint, endpoint
from netra_validate.clients.google.libraries import Libraries, in_thread, load
from netra_validate.clients.google.messages import segment, short
from netra_validate.clients.google.revisions import Serving, Target, carried, targets
from netra_validate.clients.google.shared import Answer, Answers
from netra_validate.clients.google.tags import Tagged, address, moved, refuse_unready, tagged
from netra_validate.topology import (
    CandidateService,
    CloudResource,
    Connector,
    Database,
    Environment,
    Service,
)

if TYPE_CHECKING:
    from google.cloud import run_v2, sqladmin_v1, vpcaccess_v1

    from netra_validate.clients.google.calls import Grpc, SqlAdmin
    from netra_validate.clients.google.failures import Question
    from netra_validate.clients.http import HttpPool

RUN = "run.googleapis.com"
VPC_ACCESS = "vpcaccess.googleapis.com"
SQL_ADMIN = "sqladmin.googleapis.com"

_IMPORT_S = 30.0
"""Seconds for importing Google's libraries; a cold disk takes its time."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """The APIs, ready to be asked."""

    run: Grpc
    vpcaccess: Grpc
    sqladmin: SqlAdmin


class GoogleApis:
    """The APIs of one run. Each question is asked once, whoever asks it.

    Args:
        environment: where things are, and where the APIs are if not at their usual address.
        http_pool: connections for REST, shared with the other clients.

    Attributes:
        candidates: the revisions that tags were found on, by the configuration's name of the
            service.
    """

    def __init__(self, environment: Environment, http_pool: HttpPool) -> None:
        self.environment = environment
        self._http_pool = http_pool
        self._answers = Answers()
        self._credentials = Credentials()
        self._opened: _Opened | None = None
        self.candidates: dict[str, Tagged] = {}

    async def close(self) -> None:
        """Stop what is under way and close the channels."""
        await self._answers.close()
        opened, self._opened = self._opened, None
        if opened is not None:
            await asyncio.gather(opened.run.close(), opened.vpcaccess.close())

    def service(self, service: Service, budget: Budget) -> Answer[run_v2.Service]:
        """One Cloud Run service."""
        name = self._run_name(service)

        async def call(own: Budget) -> run_v2.Service:
            question = self._question(
                f"the Cloud Run service {service.cloud_run}", RUN, "run.services.get", name
            )
            return await (await self._open(own)).run.service(question, own)

        return self._answers.ask(name, f"the Cloud Run service {service.cloud_run}", budget, call)

    def revision(self, service: Service, revision: str, budget: Budget) -> Answer[run_v2.Revision]:
        """One revision of a service, by its short or whole name."""
        name = f"{self._run_name(service)}/revisions/{short(revision)}"
        subject = f"the revision {short(revision)}"

        async def call(own: Budget) -> run_v2.Revision:
            question = self._question(subject, RUN, "run.revisions.get", name)
            return await (await self._open(own)).run.revision(question, own)

        return self._answers.ask(name, subject, budget, call)

    def tagged(self, service: CandidateService, budget: Budget) -> Answer[Tagged]:
        """The revision of a service that carries its tag."""

        async def call(own: Budget) -> Tagged:
            found = tagged(await self.service(service, own), service)
            self.candidates[service.key] = found
            return found

        question = ("tag", self._run_name(service), service.tag)
        return self._answers.ask(question, f"the tags of {service.cloud_run}", budget, call)

    async def candidate(self, service: CandidateService, budget: Budget) -> CandidateService:
        """A service with the addresses of the revision that carries its tag."""
        found = await self.tagged(service, budget)
        of_google = endpoint(self.environment.endpoints.run, RUN).trusted
        return moved(service, found, address(found, of_google=of_google))

    def serving_revisions(self, service: Service, budget: Budget) -> Answer[tuple[Serving, ...]]:
        """What a service's revisions with traffic carry, and its latest created one.

        Of a candidate what the revision with its tag carries, and no other.
        """
        if isinstance(service, CandidateService):
            return self._candidates_revision(service, budget)

        async def call(own: Budget) -> tuple[Serving, ...]:
            found = await self.service(service, own)
            wanted = targets(found)
            if not wanted:
                raise NotFound(f"{service.cloud_run} has no revision that serves")
            asked = [self.revision(service, each.name, own) for each in wanted]
            return tuple([
                await _serving(found, each, answer)
                for each, answer in zip(wanted, asked, strict=True)
            ])  # fmt: skip

        question = ("serving", self._run_name(service))
        return self._answers.ask(question, f"the revisions of {service.cloud_run}", budget, call)

    def _candidates_revision(
        self, service: CandidateService, budget: Budget
    ) -> Answer[tuple[Serving, ...]]:
        async def call(own: Budget) -> tuple[Serving, ...]:
            found, at = await self.service(service, own), await self.tagged(service, own)
            answer = self.revision(service, at.target.name, own)
            serving = await _serving(found, at.target, answer)
            if serving.judged_by == "revision":
                refuse_unready(await answer, at)
            return (serving,)

        question = ("serving", self._run_name(service), service.tag)
        return self._answers.ask(question, f"the candidate of {service.cloud_run}", budget, call)

    def connector(self, connector: Connector, budget: Budget) -> Answer[vpcaccess_v1.Connector]:
        """One VPC connector."""
        project, region = self._placed(connector, "connector", connector.name)
        name = f"projects/{project}/locations/{region}/connectors/{connector.name}"
        subject = f"the VPC connector {connector.name}"

        async def call(own: Budget) -> vpcaccess_v1.Connector:
            question = self._question(subject, VPC_ACCESS, "vpcaccess.connectors.get", name)
            return await (await self._open(own)).vpcaccess.connector(question, own)

        return self._answers.ask(name, subject, budget, call)

    def instance(self, database: Database, budget: Budget) -> Answer[sqladmin_v1.DatabaseInstance]:
        """One Cloud SQL instance."""
        name = self._instance_name(database)
        subject = f"the Cloud SQL instance {database.instance}"

        async def call(own: Budget) -> sqladmin_v1.DatabaseInstance:
            question = self._question(subject, SQL_ADMIN, "cloudsql.instances.get", name)
            return await (await self._open(own)).sqladmin.instance(question, own)

        return self._answers.ask(name, subject, budget, call)

    def operations(
        self, database: Database, budget: Budget
    ) -> Answer[tuple[sqladmin_v1.Operation, ...]]:
        """The latest operations on an instance, newest first."""
        name = self._instance_name(database)
        subject = f"the operations on {database.instance}"

        async def call(own: Budget) -> tuple[sqladmin_v1.Operation, ...]:
            # Listing an instance's operations takes this one, not instances.get:
            # https://cloud.google.com/sql/docs/postgres/iam-permissions
            question = self._question(subject, SQL_ADMIN, "cloudsql.instances.list", name)
            return await (await self._open(own)).sqladmin.operations(question, own)

        return self._answers.ask(("operations", name), subject, budget, call)

    def identity_token(self, audience: str, budget: Budget) -> Answer[str]:
        """An identity token of the caller for one audience."""

        async def call(own: Budget) -> str:
            return await self._credentials.identity_token(audience, own)

        return self._answers.ask(("identity", audience), "an identity token", budget, call)

    async def _open(self, budget: Budget) -> _Opened:
        """The APIs. The libraries are imported once, by whoever comes first."""
        libraries = await self._answers.ask("libraries", "Google's libraries", budget, _load)
        if self._opened is None:
            self._opened = self._connect(libraries)
        return self._opened

    def _connect(self, libraries: Libraries) -> _Opened:
        from netra_validate.clients.google.calls import Grpc, SqlAdmin  # noqa: PLC0415

        endpoints, ca_file = self.environment.endpoints, self.environment.ca_file
        try:
            ca = ca_file.read_bytes() if ca_file is not None else None
        except OSError as error:
            raise ClientError(f"{ca_file} cannot be read: {error.strerror}") from error

        def grpc(where: Endpoint) -> Grpc:
            return Grpc(libraries, where, self._credentials, ca)

        return _Opened(
            run=grpc(endpoint(endpoints.run, RUN)),
            vpcaccess=grpc(endpoint(endpoints.vpcaccess, VPC_ACCESS)),
            sqladmin=SqlAdmin(
                libraries,
                endpoint(endpoints.sqladmin, SQL_ADMIN),
                self._credentials,
                self._http_pool,
            ),
        )

    def _question(self, subject: str, api: str, permission: str, name: str) -> Question:
        from netra_validate.clients.google.failures import Question  # noqa: PLC0415

        return Question(subject, api, permission, segment(name, "projects") or "", name)

    def _run_name(self, service: Service) -> str:
        if service.cloud_run is None:
            raise ClientError(f"service {service.key} names no cloud_run service")
        project, region = self._placed(service, "service", service.key)
        return f"projects/{project}/locations/{region}/services/{service.cloud_run}"

    def _instance_name(self, database: Database) -> str:
        project = self.environment.project_of(database)
        if project is None:
            raise ClientError(f"database {database.key} has no project")
        return f"projects/{project}/instances/{database.instance}"

    def _placed(self, resource: CloudResource, kind: str, name: str) -> tuple[str, str]:
        project = self.environment.project_of(resource)
        region = self.environment.region_of(resource)
        if project is None or region is None:
            missing = "project" if project is None else "region"
            raise ClientError(f"{kind} {name} has no {missing}")
        return project, region


async def _load(budget: Budget) -> Libraries:
    return await in_thread(load, budget, _IMPORT_S, "importing Google's libraries")


async def _serving(
    service: run_v2.Service, target: Target, answer: Answer[run_v2.Revision]
) -> Serving:
    """What one revision carries.

    Where the revision is out of reach and was made from the service's template, the template says
    the same. Any other revision is not known without being read.
    """
    try:
        return Serving(target, carried(await answer))
    except (Forbidden, NotFound):
        if not target.latest:
            raise
    return Serving(target, carried(service.template), judged_by="template")


class Google:
    """The APIs for one probe. Asking starts at the call; the answer is awaited.

    Every method raises, when awaited, one of :mod:`netra_validate.clients.errors`; ``Forbidden``
    names the permission that is missing.
    """

    def __init__(self, apis: GoogleApis, budget: Budget) -> None:
        self._apis = apis
        self._budget = budget

    def service(self, service: Service) -> Answer[run_v2.Service]:
        """A Cloud Run service. Needs ``run.services.get``."""
        return self._apis.service(service, self._budget)

    def revision(self, service: Service, name: str) -> Answer[run_v2.Revision]:
        """One revision of it. Needs ``run.revisions.get``."""
        return self._apis.revision(service, name, self._budget)

    async def candidate(self, service: CandidateService) -> CandidateService:
        """A service with the addresses of the revision that carries its tag.

        Needs ``run.services.get``. A tag that no revision carries is ``NotFound``.
        """
        return await self._apis.candidate(service, self._budget)

    def serving_revisions(self, service: Service) -> Answer[tuple[Serving, ...]]:
        """The revisions with traffic, most first, then the latest created where it has none.

        Of a service that is judged at a candidate: the revision with its tag alone.

        Needs ``run.services.get`` and ``run.revisions.get``. Never empty: a service that has no
        revision is ``NotFound``, for nothing can be said of it.
        """
        return self._apis.serving_revisions(service, self._budget)

    def connector(self, connector: Connector) -> Answer[vpcaccess_v1.Connector]:
        """A Serverless VPC Access connector. Needs ``vpcaccess.connectors.get``."""
        return self._apis.connector(connector, self._budget)

    def instance(self, database: Database) -> Answer[sqladmin_v1.DatabaseInstance]:
        """A Cloud SQL instance. Needs ``cloudsql.instances.get``.

        What is newer than the installed types is missing from it.
        """
        return self._apis.instance(database, self._budget)

    def operations(self, database: Database) -> Answer[tuple[sqladmin_v1.Operation, ...]]:
        """The latest operations on it, newest first. Needs ``cloudsql.instances.list``."""
        return self._apis.operations(database, self._budget)

    def identity_token(self, audience: str) -> Answer[str]:
        """An identity token for an audience, from Application Default Credentials.

        Whoever gets it sends it to that audience's host alone. It never reaches a report.
        """
        return self._apis.identity_token(audience, self._budget)
