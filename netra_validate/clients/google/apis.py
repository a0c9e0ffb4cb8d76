"""What a run and a probe may ask of the Google Cloud APIs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from netra_validate.clients.budget import Budget
from netra_validate.clients.google.access import Access
from netra_validate.clients.google.certificate_manager import CertificateManager
from netra_validate.clients.google.cloud_logging import CloudLogging
from netra_validate.clients.google.cloud_run import CloudRun
from netra_validate.clients.google.cloud_sql import CloudSql
from netra_validate.clients.google.compute import Compute
from netra_validate.clients.google.iam import Iam
from netra_validate.clients.google.log_entries import Logged
from netra_validate.clients.google.monitoring import Monitoring
from netra_validate.clients.google.policies import Policy
from netra_validate.clients.google.resource_manager import Held, Inherited, ResourceManager
from netra_validate.clients.google.revisions import Serving
from netra_validate.clients.google.secret_manager import SecretManager
from netra_validate.clients.google.settings import Settings
from netra_validate.clients.google.shared import Answer
from netra_validate.clients.google.time_series import Measured, Metric, Series
from netra_validate.clients.google.vpc_access import VpcAccess
from netra_validate.topology import (
    CandidateService,
    Connector,
    Database,
    Environment,
    Service,
)

if TYPE_CHECKING:
    from google.cloud import resourcemanager_v3, run_v2, sqladmin_v1, vpcaccess_v1

    from netra_validate.clients.http import HttpPool


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
        self.access = Access(environment, http_pool)
        self.run = CloudRun(self.access)
        self.vpc_access = VpcAccess(self.access)
        self.sql = CloudSql(self.access)
        self.logging = CloudLogging(self.access)
        self.resource_manager = ResourceManager(self.access)
        self.secret_manager = SecretManager(self.access)
        self.iam = Iam(self.access)
        self.monitoring = Monitoring(self.access)

    async def close(self) -> None:
        """Stop what is under way and close the channels."""
        await self.access.close()

    def identity_token(self, audience: str, budget: Budget) -> Answer[str]:
        """An identity token of the caller for one audience."""

        async def call(own: Budget) -> str:
            return await self.access.credentials.identity_token(audience, own)

        return self.access.ask(("identity", audience), "an identity token", budget, call)


class Google:
    """The APIs for one probe. Asking starts at the call; the answer is awaited.

    Every method raises, when awaited, one of :mod:`netra_validate.clients.errors`; ``Forbidden``
    names the permission that is missing.
    """

    def __init__(self, apis: GoogleApis, budget: Budget) -> None:
        self._apis = apis
        self._budget = budget

    @property
    def compute(self) -> Compute:
        """Compute Engine: load balancers, their certificates and their health checks.

        Needs what :func:`netra_validate.clients.google.compute.permission` says of each.
        """
        return Compute(self._apis.access, self._budget)

    @property
    def certificate_manager(self) -> CertificateManager:
        """Certificate Manager: the entries of certificate maps, and their certificates.

        Needs ``certificatemanager.certmapentries.list`` and ``certificatemanager.certs.get``.
        """
        return CertificateManager(self._apis.access, self._budget)

    def service(self, service: Service) -> Answer[run_v2.Service]:
        """A Cloud Run service. Needs ``run.services.get``."""
        return self._apis.run.service(service, self._budget)

    def revision(self, service: Service, name: str) -> Answer[run_v2.Revision]:
        """One revision of it. Needs ``run.revisions.get``."""
        return self._apis.run.revision(service, name, self._budget)

    def revisions(self, service: Service) -> Answer[tuple[run_v2.Revision, ...]]:
        """The latest revisions of it, newest first. Needs ``run.revisions.list``."""
        return self._apis.run.revisions(service, self._budget)

    def job(self, service: Service, name: str) -> Answer[run_v2.Job]:
        """A Cloud Run job in its project and region. Needs ``run.jobs.get``."""
        return self._apis.run.job(service, name, self._budget)

    def revision_logs(
        self, service: Service, name: str, since: datetime, *, everything: bool = False
    ) -> Answer[Logged]:
        """What one revision of it wrote, of its logs. Needs ``logging.logEntries.list``.

        Args:
            service: the service.
            name: short name of the revision.
            since: when it was created.
            everything: also what is neither a warning, nor on stderr, nor Cloud Run's own word.
        """
        return self._apis.logging.revision_logs(
            service, name, since, self._budget, everything=everything
        )

    async def candidate(self, service: CandidateService) -> CandidateService:
        """A service with the addresses of the revision that carries its tag.

        Needs ``run.services.get``. A tag that no revision carries is ``NotFound``.
        """
        return await self._apis.run.candidate(service, self._budget)

    def serving_revisions(self, service: Service) -> Answer[tuple[Serving, ...]]:
        """The revisions with traffic, most first, then the latest created where it has none.

        Of a service that is judged at a candidate: the revision with its tag alone.

        Needs ``run.services.get`` and ``run.revisions.get``. Never empty: a service that has no
        revision is ``NotFound``, for nothing can be said of it.
        """
        return self._apis.run.serving_revisions(service, self._budget)

    def settings(self, service: Service) -> Answer[tuple[Settings, ...]]:
        """The account, variables and secrets of the revisions of :meth:`serving_revisions`.

        Needs ``run.services.get`` and ``run.revisions.get``.
        """
        return self._apis.run.settings(service, self._budget)

    def service_policy(self, service: Service) -> Answer[Policy]:
        """Who may do what with a Cloud Run service. Needs ``run.services.getIamPolicy``."""
        return self._apis.run.policy(service, self._budget)

    def project(self, project: str) -> Answer[resourcemanager_v3.Project]:
        """A project, by its id. Needs ``resourcemanager.projects.get``."""
        return self._apis.resource_manager.project(project, self._budget)

    def project_policy(self, project: str) -> Answer[Policy]:
        """Who may do what in a project. Needs ``resourcemanager.projects.getIamPolicy``."""
        return self._apis.resource_manager.policy(project, self._budget)

    def held(self, project: str, permissions: Iterable[str]) -> Answer[Held]:
        """Which of these permissions the caller has on a project. Needs none itself."""
        return self._apis.resource_manager.held(project, permissions, self._budget)

    def inherited(self, project: str) -> Answer[Inherited]:
        """The policies of the folders and the organisation above a project.

        What the caller may not read is named in it. Reading it takes ``resourcemanager.folders``'
        and ``organizations``' ``get`` and ``getIamPolicy``, on the organisation.
        """
        return self._apis.resource_manager.inherited(project, self._budget)

    def role(self, name: str) -> Answer[frozenset[str]]:
        """The permissions that a role holds. Needs ``iam.roles.get`` for one of one's own."""
        return self._apis.iam.role(name, self._budget)

    def secret_policy(self, name: str) -> Answer[Policy]:
        """Who may do what with ``projects/p/secrets/s``.

        Needs ``secretmanager.secrets.getIamPolicy``.
        """
        return self._apis.secret_manager.policy(name, self._budget)

    def secret_version(self, name: str) -> Answer[tuple[str, str]]:
        """Number and state of ``projects/p/secrets/s/versions/v``, never its content.

        Needs ``secretmanager.versions.get``.
        """
        return self._apis.secret_manager.version_state(name, self._budget)

    def connector(self, connector: Connector) -> Answer[vpcaccess_v1.Connector]:
        """A Serverless VPC Access connector. Needs ``vpcaccess.connectors.get``."""
        return self._apis.vpc_access.connector(connector, self._budget)

    def instance(self, database: Database) -> Answer[sqladmin_v1.DatabaseInstance]:
        """A Cloud SQL instance. Needs ``cloudsql.instances.get``.

        What is newer than the installed types is missing from it.
        """
        return self._apis.sql.instance(database, self._budget)

    def operations(self, database: Database) -> Answer[tuple[sqladmin_v1.Operation, ...]]:
        """The latest operations on it, newest first. Needs ``cloudsql.instances.list``."""
        return self._apis.sql.operations(database, self._budget)

    def measured(
        self, resource: Measured, metric: Metric, minutes: int
    ) -> Answer[tuple[Series, ...]]:
        """What Cloud Monitoring measured of it lately. Needs ``monitoring.timeSeries.list``.

        Args:
            resource: the service, database or connector.
            metric: which, and how values become one for each five minutes.
            minutes: before now.
        """
        return self._apis.monitoring.series(resource, metric, minutes, self._budget)

    def identity_token(self, audience: str) -> Answer[str]:
        """An identity token for an audience, from Application Default Credentials.

        Whoever gets it sends it to that audience's host alone. It never reaches a report.
        """
        return self._apis.identity_token(audience, self._budget)
