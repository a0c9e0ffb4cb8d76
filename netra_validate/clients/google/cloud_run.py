"""Cloud Run services and revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, Forbidden, NotFound
from netra_validate.clients.google.access import RUN, Access
from netra_validate.clients.google.messages import short
from netra_validate.clients.google.policies import VERSION, Policy, of_message
from netra_validate.clients.google.revisions import Serving, Target, carried, targets
from netra_validate.clients.google.settings import Settings, settings
from netra_validate.clients.google.shared import Answer
from netra_validate.clients.google.tags import Tagged, address, moved, refuse_unready, tagged
from netra_validate.topology import CandidateService, Service

if TYPE_CHECKING:
    from google.cloud import run_v2


_REVISIONS: Final = 50
"""How many of a service's revisions are read, to find the one to go back to."""


class CloudRun:
    """What Cloud Run tells in one run of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.candidates: dict[str, Tagged] = {}

    def service(self, service: Service, budget: Budget) -> Answer[run_v2.Service]:
        """One service."""
        name = self.name_of(service)
        subject = f"the Cloud Run service {service.cloud_run}"

        async def call(own: Budget) -> run_v2.Service:
            question = self._access.question(subject, RUN, "run.services.get", name)
            api = await self._access.grpc(RUN, own)
            found: run_v2.Service = await api.get("Services", "get_service", question, own)
            return found

        return self._access.ask(name, subject, budget, call)

    def revision(self, service: Service, revision: str, budget: Budget) -> Answer[run_v2.Revision]:
        """One revision of a service, by its short or whole name."""
        name = f"{self.name_of(service)}/revisions/{short(revision)}"
        subject = f"the revision {short(revision)}"

        async def call(own: Budget) -> run_v2.Revision:
            question = self._access.question(subject, RUN, "run.revisions.get", name)
            api = await self._access.grpc(RUN, own)
            found: run_v2.Revision = await api.get("Revisions", "get_revision", question, own)
            return found

        return self._access.ask(name, subject, budget, call)

    def revisions(self, service: Service, budget: Budget) -> Answer[tuple[run_v2.Revision, ...]]:
        """The latest revisions of a service, newest first."""
        name = self.name_of(service)
        subject = f"the revisions of {service.cloud_run}"

        async def call(own: Budget) -> tuple[run_v2.Revision, ...]:
            question = self._access.question(subject, RUN, "run.revisions.list", name)
            api = await self._access.grpc(RUN, own)
            request = {"parent": name, "page_size": _REVISIONS}
            page = await api.page("Revisions", "list_revisions", question, own, request)
            found: list[run_v2.Revision] = list(page.revisions)
            return tuple(sorted(found, key=lambda each: each.create_time, reverse=True))

        return self._access.ask(("revisions", name), subject, budget, call)

    def job(self, service: Service, job: str, budget: Budget) -> Answer[run_v2.Job]:
        """A job that is beside a service, in its project and region."""
        name = f"{self._access.location_of(service)}/jobs/{job}"
        subject = f"the Cloud Run job {job}"

        async def call(own: Budget) -> run_v2.Job:
            question = self._access.question(subject, RUN, "run.jobs.get", name)
            api = await self._access.grpc(RUN, own)
            found: run_v2.Job = await api.get("Jobs", "get_job", question, own)
            return found

        return self._access.ask(name, subject, budget, call)

    def tagged(self, service: CandidateService, budget: Budget) -> Answer[Tagged]:
        """The revision of a service that carries its tag."""

        async def call(own: Budget) -> Tagged:
            found = tagged(await self.service(service, own), service)
            self.candidates[service.key] = found
            return found

        question = ("tag", self.name_of(service), service.tag)
        return self._access.ask(question, f"the tags of {service.cloud_run}", budget, call)

    async def candidate(self, service: CandidateService, budget: Budget) -> CandidateService:
        """A service with the addresses of the revision that carries its tag."""
        found = await self.tagged(service, budget)
        return moved(service, found, address(found, of_google=self._access.place(RUN).trusted))

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

        question = ("serving", self.name_of(service), service.tag)
        return self._access.ask(question, f"the candidate of {service.cloud_run}", budget, call)

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

        question = ("serving", self.name_of(service))
        return self._access.ask(question, f"the revisions of {service.cloud_run}", budget, call)

    def settings(self, service: Service, budget: Budget) -> Answer[tuple[Settings, ...]]:
        """What the revisions of :meth:`serving_revisions` give to their programs."""

        async def call(own: Budget) -> tuple[Settings, ...]:
            serving = await self.serving_revisions(service, own)
            return tuple([await self._settings(service, each, own) for each in serving])

        # A candidate has a revision of its own.
        question = ("settings", self.name_of(service), getattr(service, "tag", None))
        return self._access.ask(question, f"the settings of {service.cloud_run}", budget, call)

    async def _settings(self, service: Service, serving: Serving, budget: Budget) -> Settings:
        project = self._access.project_of(service)
        if serving.judged_by == "template":
            return settings(serving, (await self.service(service, budget)).template, project)
        found = await self.revision(service, serving.target.name, budget)
        return settings(serving, found, project)

    def policy(self, service: Service, budget: Budget) -> Answer[Policy]:
        """Who may do what with a service."""
        name = self.name_of(service)
        subject = f"the IAM policy of {service.cloud_run}"

        async def call(own: Budget) -> Policy:
            question = self._access.question(subject, RUN, "run.services.getIamPolicy", name)
            api = await self._access.grpc(RUN, own)
            request = {"resource": name, "options": {"requested_policy_version": VERSION}}
            return of_message(
                name, await api.call("Services", "get_iam_policy", question, own, request=request)
            )

        return self._access.ask(("policy", name), subject, budget, call)

    def name_of(self, service: Service) -> str:
        """The whole name of a service.

        Raises:
            ClientError: the configuration does not place it in Cloud Run.
        """
        if service.cloud_run is None:
            raise ClientError(f"service {service.key} names no cloud_run service")
        return f"{self._access.location_of(service)}/services/{service.cloud_run}"


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
