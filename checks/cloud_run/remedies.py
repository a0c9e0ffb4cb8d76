"""What to do about a service, as commands.

None lets anybody in who was kept out, not even to undo something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate import projections
from netra_validate.model import Command, Remediation, ResourceRef, RevisionRef, Rollout
from netra_validate.remedies import (
    Argv,
    NoUndo,
    changes,
    describe_revision,
    describe_service,
    gcloud,
    looks,
    remedy,
    serve_latest,
    serve_only,
    unserved,
    update_service,
)

if TYPE_CHECKING:
    from checks.cloud_run.facts import RevisionFacts, ServiceFacts

DOCS: Final = "https://cloud.google.com/run/docs"
TROUBLE: Final = f"{DOCS}/troubleshooting"
ROLLBACK: Final = f"{DOCS}/rollouts-rollbacks-traffic-migration"

_BY_REASON: Final = {
    "HEALTH_CHECK_CONTAINER_ERROR": "Read what the container logged before it gave up",
    "CONTAINER_MISSING": "Push the image that the revision names, or deploy one that exists",
    "CONTAINER_IMAGE_UNAUTHORIZED": "Let Cloud Run's service agent read the image's repository",
    "CONTAINER_PERMISSION_DENIED": "Let Cloud Run's service agent read the image's repository",
    "SECRETS_ACCESS_CHECK_FAILED": "Let the revision's account read the secrets that it names",
    "VPC_NETWORK_NOT_FOUND": "Name a network that exists, or create this one",
    "PROGRESS_DEADLINE_EXCEEDED": "Read why the instances did not start in time",
}
"""What to do first, by the reason of the condition (``Condition.CommonReason``)."""


_UNKNOWN: Final = NoUndo(
    "One of the present settings was never set, or is not told; the present revision has them all,"
    " and traffic can go back to it"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the configured service is."""

    name: str
    project: str
    region: str
    tag: str | None = None
    """Of the candidate that is judged in place of what serves."""
    key: str = ""
    """The service's name in the configuration."""

    @property
    def resource(self) -> ResourceRef:
        """The service, as reports show it."""
        return ResourceRef("service", self.key or self.name)

    @property
    def describe(self) -> Command:
        """Look at it."""
        return describe_service(self.name, self.project, self.region)

    @property
    def list_all(self) -> Command:
        """Look at all of its region."""
        return looks(*self.command("services", "list"))

    def describe_revision(self, name: str, fields: Sequence[str] = projections.REVISION) -> Command:
        """Look at some fields of one of its revisions."""
        return describe_revision(name, self.project, self.region, fields)

    def command(self, *words: str) -> Argv:
        """A command of ``gcloud run`` in its project and region."""
        return gcloud("run", *words, project=self.project, region=self.region)

    def logs(self, revision: str) -> Command:
        """Look at what one of its revisions wrote."""
        wanted = f'--log-filter=resource.labels.revision_name="{revision}"'
        return looks(*self.command("services", "logs", "read", self.name, wanted, "--limit=100"))

    def revision(self, name: str) -> RevisionRef:
        """One of its revisions."""
        return RevisionRef(self.project, self.region, self.name, name)


def declare(place: Place) -> Remediation:
    """For one that does not exist."""
    return remedy(
        f"Deploy {place.name}, or, where the service is there under another name, set cloud_run of"
        " the configuration to that name",
        place.list_all,
        docs=f"{DOCS}/deploying",
    )


def mend_service(place: Place, reason: str) -> Remediation:
    """For one whose own condition is not true."""
    return remedy(
        _BY_REASON.get(reason, "Read the service's conditions and mend what they name"),
        place.describe,
        looks(*place.command("revisions", "list", f"--service={place.name}")),
        docs=TROUBLE,
    )


def mend_revision(
    place: Place, service: ServiceFacts, revision: RevisionFacts, reason: str, previous: str | None
) -> Remediation:
    """For a revision that is not ready.

    Args:
        place: of the service.
        service: as it is.
        revision: that is not ready.
        reason: of its condition.
        previous: a revision that is ready, to go back to; None where none is known. What has no
            traffic has none to give back.
    """
    first = _BY_REASON.get(reason, "Read what the revision logged and mend what it names")
    then = f"; meanwhile {previous} can take the traffic" if previous else ""
    if revision.candidate:
        previous, then = None, unserved([each.name for each in service.serving])
    return remedy(
        f"{first}{then}",
        place.describe_revision(revision.name),
        place.logs(revision.name),
        looks(*place.command("revisions", "list", f"--service={place.name}")),
        *([back_to(place, service, previous)] if previous else []),
        docs=ROLLBACK if previous else TROUBLE,
        unmoved=first if previous else None,
    )


def back_to(place: Place, service: ServiceFacts, revision: str) -> Command:
    """All traffic to one revision, by its name."""
    return serve_only(place.revision(revision), service.traffic)


def wait(place: Place, revision: str) -> Remediation:
    """For a revision that is on its way."""
    return remedy(
        f"Wait until {revision} is ready, and look at what it logs if that takes long",
        place.describe_revision(revision),
        place.logs(revision),
        docs=TROUBLE,
    )


def overdue(place: Place, revision: str) -> Remediation:
    """For a revision that should have been ready long ago."""
    return remedy(
        f"Read in its conditions and its log what {revision} waits for, mend that, and deploy"
        f" {place.name} again: this roll-out is not going to end by itself",
        place.describe_revision(revision),
        place.logs(revision),
        docs=TROUBLE,
    )


def to_latest(place: Place, service: ServiceFacts, *, is_current: bool) -> Remediation:
    """For traffic that does not go to the latest revision.

    Args:
        place: of the service.
        service: as it is.
        is_current: the one that serves is the latest still, though by its name.
    """
    on_purpose = (
        "whatever deploys it moves the traffic from name to name by itself"
        if is_current
        else "this is a roll-out under way, or a rollback on purpose: then first mend what that"
        " was for"
    )
    return remedy(
        f"Send all traffic to the latest revision, unless {on_purpose}",
        place.describe,
        serve_latest(
            place.revision(service.ready),
            place.revision(service.created or service.ready),
            service.traffic,
        ),
        docs=ROLLBACK,
        unmoved="Leave the traffic where it is until the latest revision is well",
    )


def to_revision(place: Place, service: ServiceFacts, revision: str) -> Remediation:
    """For traffic that is split: all of it to one."""
    return remedy(
        f"Send all traffic to {revision}, unless this is a roll-out under way",
        place.describe,
        back_to(place, service, revision),
        docs=ROLLBACK,
        unmoved="Decide which revision is to have all the traffic",
    )


def set_to(
    place: Place,
    revision: str,
    wanted: Mapping[str, str],
    now: Mapping[str, str | None],
    rollout: Rollout,
) -> Remediation:
    """For settings that are not as expected.

    Args:
        place: of the service.
        revision: that has them.
        wanted: flag of ``gcloud run services update`` and value, for each.
        now: flag and present value; None where it cannot be set again.
        rollout: what the next revision starts from.
    """
    undo = tuple(f"{flag}={value}" for flag, value in now.items() if value is not None)
    return remedy(
        "Deploy a revision with the settings that are expected, or correct the expectation",
        place.describe_revision(revision, projections.SETTINGS),
        update_service(
            place.name,
            tuple(f"{flag}={value}" for flag, value in wanted.items()),
            undo if len(undo) == len(now) else _UNKNOWN,
            place.project,
            place.region,
            tag=place.tag,
            rollout=rollout,
        ),
        docs=f"{DOCS}/configuring",
    )


def close(place: Place, ingress: str, *, tighter: bool) -> Remediation:
    """For another ingress than the expected one: closed by command, opened by people only."""
    change = update_service(
        place.name,
        (f"--ingress={ingress}",),
        NoUndo("Whether to let requests in from more places again is for a person to decide"),
        place.project,
        place.region,
        risk="callers from outside of it are refused at once",
    )
    return remedy(
        f"Set the ingress to {ingress}, or correct the expectation",
        describe_service(place.name, place.project, place.region, projections.INGRESS),
        *([change] if tighter else []),
        docs=f"{DOCS}/securing/ingress",
    )


def align_ports(place: Place, revision: str, kinds: Iterable[str], port: int) -> Remediation:
    """For probes of another port than the container's."""
    return remedy(
        f"Probe the port {port} ({', '.join(kinds)}), or let the container's port be the one that"
        " the program listens on",
        place.describe_revision(revision, projections.PORTS),
        place.logs(revision),
        docs=f"{DOCS}/configuring/healthchecks",
    )


def one_path(place: Place, revision: str) -> Remediation:
    """For a revision whose way into the network contradicts itself."""
    return remedy(
        "Deploy a revision with one way into the network: a connector or direct VPC egress",
        place.describe_revision(revision),
        docs=f"{DOCS}/configuring/connecting-vpc",
    )


def pin_image(place: Place, revision: str) -> Remediation:
    """For an image that is named by a tag."""
    return remedy(
        "Deploy the image by its digest (NAME@sha256:…), which no push can change",
        place.describe_revision(revision, projections.IMAGES),
        docs=f"{DOCS}/deploying",
    )


def declare_job(place: Place) -> Remediation:
    """For a job that does not exist."""
    return remedy(
        "Name a job that exists in the option jobs, or deploy this one",
        looks(*place.command("jobs", "list")),
        docs=f"{DOCS}/create-jobs",
    )


def look_at_job(place: Place, job: str, execution: str) -> Remediation:
    """For an execution that does not end."""
    return remedy(
        "Find out what it waits for",
        *_looks_at_job(place, job, execution),
        docs=f"{DOCS}/managing/job-executions",
    )


def run_again(place: Place, job: str, execution: str) -> Remediation:
    """For an execution that did not end well."""
    return remedy(
        "Read why it ended so, mend that, and run it again",
        *_looks_at_job(place, job, execution),
        changes(
            place.command("jobs", "execute", job),
            NoUndo("What a job has done is done"),
            risk="It does its whole work once more, on what the last execution left behind",
        ),
        docs=f"{DOCS}/execute/jobs",
    )


def _looks_at_job(place: Place, job: str, execution: str) -> tuple[Command, ...]:
    of_execution = f'--log-filter=labels."run.googleapis.com/execution_name"="{execution}"'
    return (
        looks(*place.command("jobs", "logs", "read", job, of_execution, "--limit=100")),
        looks(*place.command("jobs", "executions", "describe", execution)),
        looks(*place.command("jobs", "describe", job)),
    )
