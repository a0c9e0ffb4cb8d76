"""What is known of a Cloud Run service and its revisions. Pure.

Sources: the messages ``Service``, ``Revision`` and ``Condition`` of Cloud Run v2
(https://cloud.google.com/run/docs/reference/rpc/google.cloud.run.v2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from netra_validate.clients.google.messages import enum_name, short
from netra_validate.clients.google.revisions import (
    DEFAULT_PORT,
    Carried,
    Target,
    asked_traffic,
    carried,
    targets,
)

if TYPE_CHECKING:
    from google.cloud import run_v2

Readiness = Literal["ready", "failed", "on the way", "not told"]

_STATES: Final[dict[str, Readiness]] = {
    "CONDITION_SUCCEEDED": "ready",
    "CONDITION_FAILED": "failed",
    "CONDITION_PENDING": "on the way",
    "CONDITION_RECONCILING": "on the way",
}

_INGRESS: Final = {
    "INGRESS_TRAFFIC_ALL": "all",
    "INGRESS_TRAFFIC_INTERNAL_ONLY": "internal",
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER": "internal-and-cloud-load-balancing",
}
"""As ``gcloud run services update --ingress`` spells it."""

_GENERATIONS: Final = {"EXECUTION_ENVIRONMENT_GEN1": "gen1", "EXECUTION_ENVIRONMENT_GEN2": "gen2"}

_CLOUD_DEPLOY: Final = "google-cloud-deploy"
"""In a label of all that it deploys: https://cloud.google.com/deploy/docs/labels-annotations."""
_DEFAULT_TIMEOUT_S: Final = 300
"""https://cloud.google.com/run/docs/configuring/request-timeout."""
_DEFAULT_CONCURRENCY: Final = 80
"""With a whole CPU; 1 with less (``Revision.max_instance_request_concurrency``)."""


@dataclass(frozen=True, slots=True)
class ConditionFacts:
    """One condition of a service or a revision."""

    kind: str
    """Such as ``Ready`` or ``ContainerHealthy``."""
    state: Readiness
    reason: str = ""
    """Such as ``HEALTH_CHECK_CONTAINER_ERROR``; empty where none is told."""
    message: str = ""
    severity: str = "SEVERITY_UNSPECIFIED"
    since: datetime | None = None
    """When it came into its state."""

    @property
    def counts(self) -> bool:
        """Whether it says something bad, and not only that nobody needs the revision now."""
        return self.state == "failed" and self.kind != "Active" and self.severity != "INFO"

    @property
    def words(self) -> str:
        """Reason and message, as far as they are told."""
        said = self.message.rstrip(". ")
        return ": ".join(filter(None, (self.reason, said))) or "no reason is told"

    @property
    def named_words(self) -> str:
        """The same, and which condition it is, where that says more."""
        return self.words if self.kind == "Ready" else f"{self.kind}, {self.words}"


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """One container of a revision."""

    name: str
    image: str
    port: int | None = None
    """That it takes requests on; None for one beside the one that does."""
    probes: tuple[tuple[str, int], ...] = ()
    """Kind and port of each probe that names a port."""
    memory: str | None = None
    cpu: str | None = None

    @property
    def by_digest(self) -> bool:
        """Whether the image is one and the same whatever is pushed."""
        return "@sha256:" in self.image


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """One revision that serves, or that was created last."""

    target: Target
    created_at: datetime | None
    conditions: tuple[ConditionFacts, ...]
    containers: tuple[ContainerFacts, ...]
    carried: Carried
    two_paths: bool
    """A connector and direct VPC egress at once."""
    min_instances: int
    timeout_s: int
    concurrency: int
    execution_environment: str | None
    """None where Cloud Run chooses."""
    service_account: str | None
    """None for the project's default compute account."""

    @property
    def name(self) -> str:
        """Its short name."""
        return self.target.name

    @property
    def candidate(self) -> bool:
        """Created last, and no traffic goes to it."""
        return self.target.percent == 0

    @property
    def readiness(self) -> Readiness:
        """What its condition ``Ready`` says."""
        return next((each.state for each in self.conditions if each.kind == "Ready"), "not told")

    @property
    def failing(self) -> tuple[ConditionFacts, ...]:
        """The conditions that are not true, the most telling first."""
        bad = [each for each in self.conditions if each.counts]
        return tuple(sorted(bad, key=lambda each: (each.kind == "Ready", each.kind)))

    @property
    def ingress_container(self) -> ContainerFacts | None:
        """The container that takes the requests: the one with a port, or the only one."""
        for each in self.containers:
            if each.port is not None:
                return each
        return self.containers[0] if len(self.containers) == 1 else None


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service, as the API tells of it."""

    name: str
    created: str
    """Its revision that was created last."""
    ready: str
    """Its revision that became ready last."""
    condition: ConditionFacts
    serving: tuple[Target, ...]
    """The revisions with traffic, most first."""
    targets: tuple[Target, ...]
    traffic: tuple[tuple[str, int], ...]
    """What was asked for: ``LATEST`` or a revision, and its percentage."""
    tagged: frozenset[str]
    """Revisions that can be reached under a name of their own."""
    ingress: str | None
    min_instances: int
    """That all its revisions share, beside their own."""
    max_instances: int
    """For all its revisions together; 0 for no such limit."""
    changed_at: datetime | None = None
    """When anything of it was changed last, its traffic for one (``Service.update_time``)."""
    routed_by_name: bool = False
    """Cloud Deploy rolls it out: that gives the traffic to each new revision by its name."""

    def others_serving(self, revision: str) -> tuple[str, ...]:
        """The revisions with traffic beside this one, most first."""
        return tuple(each.name for each in self.serving if each.name != revision)

    @property
    def follows_latest(self) -> bool:
        """Whether traffic goes to whatever becomes ready next."""
        return all(name == "LATEST" for name, _ in self.traffic)


def of_service(message: run_v2.Service, judged: tuple[Target, ...] | None = None) -> ServiceFacts:
    """A service from the API's message.

    Args:
        message: what the API tells.
        judged: the revisions to look at, where those are not all that matter to it.
    """
    all_that_matter = targets(message)
    return ServiceFacts(
        name=short(message.name),
        created=short(message.latest_created_revision),
        ready=short(message.latest_ready_revision),
        condition=_condition(message.terminal_condition),
        serving=tuple(each for each in all_that_matter if each.percent > 0),
        targets=all_that_matter if judged is None else judged,
        traffic=asked_traffic(message),
        tagged=frozenset(
            short(each.revision) or short(message.latest_ready_revision)
            for each in message.traffic_statuses
            if each.tag
        ),
        ingress=_INGRESS.get(enum_name(message, "ingress")),
        min_instances=message.scaling.min_instance_count,
        max_instances=message.scaling.max_instance_count,
        changed_at=message.update_time or None,
        routed_by_name=any(
            key.endswith("managed-by") and value == _CLOUD_DEPLOY
            for key, value in message.labels.items()
        ),
    )


def of_revision(message: run_v2.Revision, target: Target) -> RevisionFacts:
    """A revision from the API's message."""
    containers = tuple(_container(each) for each in message.containers)
    access = message.vpc_access
    return RevisionFacts(
        target=target,
        created_at=message.create_time or None,
        conditions=tuple(_condition(each) for each in message.conditions),
        containers=containers,
        carried=carried(message),
        two_paths=bool(access.connector and access.network_interfaces),
        min_instances=message.scaling.min_instance_count,
        timeout_s=int(message.timeout.total_seconds()) or _DEFAULT_TIMEOUT_S,
        concurrency=message.max_instance_request_concurrency or _concurrency(containers),
        execution_environment=_GENERATIONS.get(enum_name(message, "execution_environment")),
        service_account=message.service_account or None,
    )


def _concurrency(containers: tuple[ContainerFacts, ...]) -> int:
    cpus = [quantity(each.cpu) for each in containers if each.cpu is not None]
    return 1 if cpus and max(each or 1 for each in cpus) < 1 else _DEFAULT_CONCURRENCY


def _condition(message: run_v2.Condition) -> ConditionFacts:
    reason = type(message).pb(message).WhichOneof("reasons")
    name = enum_name(message, reason) if reason else ""
    return ConditionFacts(
        kind=message.type_,
        state=_STATES.get(enum_name(message, "state"), "not told"),
        reason="" if name.endswith("_UNDEFINED") else name,
        message=" ".join(message.message.split()),
        severity=enum_name(message, "severity"),
        since=message.last_transition_time or None,
    )


def _container(message: run_v2.Container) -> ContainerFacts:
    limits = message.resources.limits
    return ContainerFacts(
        name=message.name,
        image=message.image,
        port=(message.ports[0].container_port or DEFAULT_PORT) if message.ports else None,
        probes=tuple(_probes(message)),
        memory=limits.get("memory"),
        cpu=limits.get("cpu"),
    )


def _probes(message: run_v2.Container) -> list[tuple[str, int]]:
    found = []
    for kind, probe in (("startup", message.startup_probe), ("liveness", message.liveness_probe)):
        port = probe.http_get.port or probe.tcp_socket.port or probe.grpc.port
        if port:
            found.append((kind, port))
    return found


_UNITS: Final = {
    "": 1.0, "m": 0.001, "k": 1e3, "M": 1e6, "G": 1e9,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30,
}  # fmt: skip
"""Suffixes of quantities (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity)."""


def quantity(text: str | None) -> float | None:
    """CPUs or bytes of ``500m`` or ``1Gi``; None where it is no quantity."""
    digits = (text or "").rstrip("mkMGKi")
    try:
        return float(digits) * _UNITS[(text or "")[len(digits) :]]
    except (ValueError, KeyError):
        return None
