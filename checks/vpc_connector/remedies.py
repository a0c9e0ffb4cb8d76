"""What to do about a connector, as commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate.model import Command, Remediation
from netra_validate.remedies import (
    Argv,
    NoUndo,
    changes,
    describe_revision,
    describe_service,
    gcloud,
    looks,
    remedy,
    restarts,
    update_service,
)

if TYPE_CHECKING:
    from checks.vpc_connector.facts import ConnectorFacts
    from netra_validate.clients.google.revisions import User
    from netra_validate.model import Rollout

CONNECTORS = ("compute", "networks", "vpc-access", "connectors")
DOCS = "https://cloud.google.com/run/docs/configuring/vpc-connectors"
TROUBLE = "https://cloud.google.com/vpc/docs/serverless-vpc-access#troubleshooting"

MAX_INSTANCES = 10
"""The most that a connector can have (https://cloud.google.com/vpc/docs/serverless-vpc-access)."""

BIGGEST_MACHINE = "e2-standard-4"

_GROWN: Final = "A larger connector costs more, and does not shrink by itself when traffic falls"
"""https://cloud.google.com/vpc/docs/serverless-vpc-access#scaling"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the configured connector is."""

    name: str
    project: str
    region: str

    @property
    def link(self) -> str:
        """Its whole resource name."""
        return f"projects/{self.project}/locations/{self.region}/connectors/{self.name}"

    def command(self, verb: str, *flags: str) -> Argv:
        """A command on it."""
        return gcloud(
            *CONNECTORS, verb, self.name, *flags, project=self.project, region=self.region
        )

    @property
    def describe(self) -> Command:
        """Look at it."""
        return looks(*self.command("describe"))

    @property
    def list_all(self) -> Command:
        """Look at all of its region."""
        return looks(*gcloud(*CONNECTORS, "list", project=self.project, region=self.region))


def declare(place: Place) -> Remediation:
    """For one that does not exist."""
    return remedy(
        "Name a connector that exists in the configuration, or create this one",
        place.list_all,
        docs=DOCS,
    )


def recreate(place: Place, facts: ConnectorFacts) -> Remediation:
    """For one that is broken for good. Google recommends deleting it by hand."""
    where = _where(facts)
    create = place.command("create", *where, *_size(facts))
    delete = place.command("delete")
    steps = (
        restarts(delete, create, risk="Until it is back, its services cannot reach the network"),
        restarts(create, delete, risk="It fails where something else has taken its range"),
    )
    return remedy(
        f"Read the operation that failed, delete {place.name}, then create it as it was, which is"
        " also what undoes the deletion; services that use it have no way into the network"
        " in between",
        place.describe,
        _operations(place),
        *(steps if where else ()),
        docs=TROUBLE,
    )


def wait(place: Place) -> Remediation:
    """For one that is on its way to another state."""
    return remedy(
        "Wait until the operation under way ends, and look at how it ended",
        place.describe,
        _operations(place),
        docs=TROUBLE,
    )


def _operations(place: Place) -> Command:
    return looks(
        *gcloud(
            "compute", "networks", "vpc-access", "operations", "list",
            project=place.project, region=place.region,
        )
    )  # fmt: skip


def _where(facts: ConnectorFacts) -> Argv:
    """The flags that create a connector where this one is; none where the API does not tell."""
    if facts.subnet:
        host = (f"--subnet-project={facts.subnet_project}",) if facts.subnet_project else ()
        return (f"--subnet={facts.subnet}", *host)
    if facts.network and facts.ip_range:
        return (f"--network={facts.network}", f"--range={facts.ip_range}")
    return ()


def _size(facts: ConnectorFacts) -> Argv:
    """The flags that create a connector as large as this one."""
    machine = (f"--machine-type={facts.machine_type}",) if facts.machine_type else ()
    if not (facts.min_instances and facts.max_instances):
        return machine
    limits = (f"--min-instances={facts.min_instances}", f"--max-instances={facts.max_instances}")
    return machine + limits


def move(place: Place, network: str, project: str | None) -> Remediation:
    """For one in the wrong network: it cannot be moved."""
    networks = ("compute", "networks")
    return remedy(
        f"Create a connector in {network} on an unused /28 range and name it in the configuration;"
        " a connector cannot change its network",
        place.describe,
        looks(*gcloud(*networks, "describe", network, project=project or place.project)),
        looks(
            *gcloud(
                *networks, "subnets", "list", f"--network={network}",
                project=project or place.project,
            )
        ),
        docs=DOCS,
    )  # fmt: skip


def elsewhere(place: Place, user: User) -> Remediation:
    """For a service in another region than its connector."""
    return remedy(
        f"Use a connector in {user.region}: a service and its connector share one region",
        looks(*gcloud(*CONNECTORS, "list", project=place.project, region=user.region)),
        describe_service(user.cloud_run, user.project, user.region),
        docs=DOCS,
    )


def attach(place: Place, user: User, rollout: Rollout) -> Remediation:
    """For a revision without a way into the network."""
    return remedy(
        f"Deploy a revision of {user.cloud_run} that carries {place.name}",
        describe_service(user.cloud_run, user.project, user.region),
        update_service(
            user.cloud_run,
            (f"--vpc-connector={place.link}",),
            ("--clear-vpc-connector",),
            user.project,
            user.region,
            tag=user.tag,
            rollout=rollout,
            risk="it fails to start where the connector is not ready",
        ),
        docs=DOCS,
    )


def carry(place: Place, user: User, revision: str, other: str, rollout: Rollout) -> Remediation:
    """For a revision that carries another connector."""
    return remedy(
        f"Deploy a revision of {user.cloud_run} that carries {place.name}, or name the other one"
        " in the configuration",
        describe_revision(revision, user.project, user.region),
        place.list_all,
        update_service(
            user.cloud_run,
            (f"--vpc-connector={place.link}",),
            (f"--vpc-connector={other}",),
            user.project,
            user.region,
            tag=user.tag,
            rollout=rollout,
            risk="what only the other connector's network has is out of its reach",
        ),
        docs=DOCS,
    )


def route(user: User, revision: str, wanted: str, now: str, rollout: Rollout) -> Remediation:
    """For another egress than the one expected."""
    known = now in {"all-traffic", "private-ranges-only"}
    undo = (f"--vpc-egress={now}",) if known else NoUndo(f"No flag of gcloud sets {now}")
    risk = (
        "what it reaches on the internet is then reached through the network, which needs NAT"
        if wanted == "all-traffic"
        else "what it reaches on the internet then sees other addresses of its"
    )
    return remedy(
        f"Deploy a revision of {user.cloud_run} with egress {wanted}",
        describe_revision(revision, user.project, user.region),
        update_service(
            user.cloud_run,
            (f"--vpc-egress={wanted}",),
            undo,
            user.project,
            user.region,
            tag=user.tag,
            rollout=rollout,
            risk=risk,
        ),
        docs="https://cloud.google.com/run/docs/configuring/vpc-connectors#egress-settings",
    )


def grow(place: Place, facts: ConnectorFacts, instances: int) -> Remediation:
    """For one that is too small."""
    if facts.max_instances and instances <= MAX_INSTANCES and instances > facts.max_instances:
        larger = place.command("update", f"--max-instances={instances}")
        smaller = place.command("update", f"--max-instances={facts.max_instances}")
        return remedy(
            f"Let the connector grow to {instances} instances",
            place.describe,
            changes(larger, smaller, risk=_GROWN),
            docs=DOCS,
        )
    if facts.machine_type and facts.machine_type != BIGGEST_MACHINE:
        larger = place.command("update", f"--machine-type={BIGGEST_MACHINE}")
        smaller = place.command("update", f"--machine-type={facts.machine_type}")
        return remedy(
            f"Give the connector bigger machines: it has at most {MAX_INSTANCES}",
            place.describe,
            changes(larger, smaller, risk=_GROWN),
            docs=DOCS,
        )
    return remedy(
        "Spread the services over several connectors, or use direct VPC egress",
        place.describe,
        docs="https://cloud.google.com/run/docs/configuring/vpc-direct-vpc",
    )
