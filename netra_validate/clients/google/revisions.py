"""What the revisions that serve carry: network path, databases, instances. Pure.

Cloud Run serves from revisions, not from the service's template: after a failed deploy, or with
traffic pinned, the two differ, and the template tells of what is not running.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from netra_validate.clients.google.auth_proxy import NONE, Proxied, proxied
from netra_validate.clients.google.messages import enum_name, short
from netra_validate.clients.google.networks import Network, network
from netra_validate.model import Finding, ResourceRef, RevisionRef, Rollout, Severity
from netra_validate.topology import CandidateService, Environment, Service

if TYPE_CHECKING:
    from google.cloud import run_v2

DEFAULT_MAX_INSTANCES: Final = 100
"""What the server sets where none is given (``RevisionScaling.max_instance_count``, Run v2)."""

DEFAULT_PORT: Final = 8080
"""Where a container has a port and does not say which (``ContainerPort``, Run v2), or has none."""

Egress = Literal["all-traffic", "private-ranges-only"]
"""As ``gcloud run services update --vpc-egress`` spells it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A revision that matters to a service."""

    name: str
    """Short, such as ``backend-00042-abc``."""
    percent: int
    """Of the traffic."""
    latest: bool
    """The one that was created last, whether it serves or not."""
    failed: bool = False
    """Created last, not ready, and Cloud Run is at work on it no more: its roll-out failed."""
    rollout: Rollout = field(default=Rollout(), compare=False)
    """Of the service: what its next revision starts from."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a revision carries."""

    connector: str | None = None
    """As the revision names it, short or whole."""
    egress: str = "private-ranges-only"
    """``all-traffic``, ``private-ranges-only``, or the API's own word for what is newer."""
    direct: bool = False
    """Direct VPC egress: a network interface of its own, instead of a connector."""
    direct_network: Network | None = None
    """Where that leads; None where only the subnetwork is named."""
    cloud_sql: tuple[str, ...] = ()
    """Connection names of the databases under ``/cloudsql``."""
    proxied: Proxied = NONE
    """Those that a Cloud SQL Auth Proxy in a container of its own leads to."""
    max_instances: int = DEFAULT_MAX_INSTANCES
    since: datetime | None = None
    """When the revision was created: it has carried this ever since. None for a template."""

    @property
    def has_path(self) -> bool:
        """Whether it can reach a VPC network at all."""
        return self.connector is not None or self.direct

    @property
    def databases(self) -> tuple[str, ...]:
        """Connection names of all databases that it has a way to by its own means."""
        return tuple(sorted({*self.cloud_sql, *self.proxied.connections}))

    def leads_outside(self, connection: str) -> bool:
        """Whether its way to a database needs no network: to a public address, past a network.

        Cloud Run's own proxy, and the Auth Proxy unless told otherwise, connect to that of an
        instance which has both; private ranges alone go into a network then
        (https://cloud.google.com/sql/docs/postgres/connect-run).
        """
        publicly = () if self.proxied.privately else self.proxied.connections
        return self.egress != "all-traffic" and connection in {*self.cloud_sql, *publicly}

    @property
    def path(self) -> str:
        """The path in words."""
        if self.connector is not None:
            return f"connector {short(self.connector)}"
        if self.direct:
            return f"direct VPC egress to {self.direct_network or 'a subnetwork'}"
        return "none"


@dataclass(frozen=True, slots=True)
class Serving:
    """One revision of a service and what it carries."""

    target: Target
    carried: Carried
    judged_by: Literal["revision", "template"] = "revision"
    """``template`` where the revision itself could not be read and was made from the template."""

    @property
    def candidate(self) -> bool:
        """Created last, and no traffic goes to it (yet)."""
        return self.target.percent == 0

    @property
    def waits(self) -> bool:
        """It may have traffic next: what is wrong with it is broken only then."""
        return self.candidate and not self.target.failed


def aside(found: Finding, serving: Serving, revision: RevisionRef) -> Finding:
    """What is found in a revision while another one serves.

    What has no traffic yet will have it next, so it is a warning; what has it, or failed, is broken
    now. Nothing that is seen of the service follows from a revision that does not serve.
    """
    if not serving.candidate:
        return found
    severity = Severity.WARNING if serving.waits else found.severity
    return replace(felt_only_in(found, revision), severity=severity)


def felt_only_in(found: Finding, revision: RevisionRef) -> Finding:
    """A finding of which nothing is felt outside of one revision."""
    return replace(found, bearing=replace(found.bearing, only_in=frozenset({revision})))


@dataclass(frozen=True, slots=True)
class User:
    """A service that uses something, and where to look it up."""

    key: str
    """Its name in the configuration."""
    cloud_run: str
    """Its name in Cloud Run."""
    project: str
    region: str
    serving: tuple[Serving, ...] = ()
    pool: int | None = None
    """Most database connections of one instance."""
    max_instances: int = DEFAULT_MAX_INSTANCES
    """Over all its revisions with traffic."""
    tag: str | None = None
    """Of the candidate that is judged in place of what serves."""

    @property
    def ref(self) -> ResourceRef:
        """The service, as reports show it."""
        return ResourceRef(Service.kind, self.key)

    @property
    def rollout(self) -> Rollout:
        """What follows the revision that has most of its traffic."""
        return next((each.target.rollout for each in self.serving), Rollout())

    def revision(self, name: str) -> RevisionRef:
        """One of its revisions."""
        return RevisionRef(self.project, self.region, self.cloud_run, name)


def candidate_tag(service: Service) -> str | None:
    """The tag of a candidate; None for what is judged at what serves."""
    return service.tag if isinstance(service, CandidateService) else None


def user(service: Service, environment: Environment) -> User | None:
    """A service as a user of something; None where it cannot be looked up in Cloud Run."""
    project, region = environment.project_of(service), environment.region_of(service)
    if service.cloud_run is None or project is None or region is None:
        return None
    pool, tag = service.database_pool, candidate_tag(service)
    return User(service.key, service.cloud_run, project, region, pool=pool, tag=tag)


def targets(service: run_v2.Service) -> tuple[Target, ...]:
    """The revisions with traffic, most first, then the latest created where it has none.

    From ``traffic_statuses``, which tell what is, while ``traffic`` tells what was asked for.
    Without any, all traffic goes to the latest ready revision.
    """
    percents: dict[str, int] = {}
    for status in service.traffic_statuses:
        name = routed_to(status, service)
        if name and status.percent > 0:
            percents[name] = percents.get(name, 0) + status.percent
    ready, created = short(service.latest_ready_revision), short(service.latest_created_revision)
    if not percents and ready:
        percents[ready] = 100
    if created:
        percents.setdefault(created, 0)
    ordered = sorted(percents.items(), key=lambda item: (-item[1], item[0]))
    # ``reconciling`` is "true if the Service is currently being acted upon by the system".
    stuck = created != ready and not service.reconciling
    return tuple(
        Target(
            name,
            percent,
            name == created,
            failed=stuck and name == created and not percent,
            rollout=rollout(service, name),
        )
        for name, percent in ordered
    )


def judged(service: Service, message: run_v2.Service) -> tuple[Target, ...]:
    """The revisions to look at: those of :func:`targets`, or of a candidate that one alone."""
    found = targets(message)
    if not isinstance(service, CandidateService) or service.revision is None:
        return found
    named = next((each for each in found if each.name == service.revision), None)
    created = short(message.latest_created_revision)
    unnamed = Target(service.revision, 0, service.revision == created)
    return (named or replace(unnamed, rollout=rollout(message, unnamed.name)),)


def rollout(service: run_v2.Service, revision: str) -> Rollout:
    """What the next revision starts from: the template is that of the one created last.

    Args:
        service: as the API tells of it.
        revision: short name of the one that the next one is to do better than.
    """
    start = Rollout(short(service.latest_created_revision), asked_traffic(service))
    named = [each for each in service.traffic_statuses if routed_to(each, service) == revision]
    if start.percent or any(each.percent for each in named):
        return start
    return replace(start, beside=True, tag=next((each.tag for each in named if each.tag), ""))


def routed_to(status: run_v2.TrafficTargetStatus, service: run_v2.Service) -> str:
    """Where a share of the traffic goes; to the latest that is ready where it names none."""
    return short(status.revision) or short(service.latest_ready_revision)


def asked_traffic(service: run_v2.Service) -> tuple[tuple[str, int], ...]:
    """What was asked for: ``LATEST`` or a revision's short name, and its percentage."""
    return tuple(
        (short(each.revision) or "LATEST", each.percent) for each in service.traffic if each.percent
    )


def previous_ready(listed: Iterable[run_v2.Revision], revision: str) -> str | None:
    """The newest other revision that is ready, to go back to; None where there is none.

    Args:
        listed: newest first.
        revision: short name of the one to get away from.
    """
    names = (short(each.name) for each in listed if is_ready(each))
    return next((name for name in names if name != revision), None)


def is_ready(revision: run_v2.Revision) -> bool:
    """Whether its condition ``Ready`` is true."""
    return any(
        each.type_ == "Ready" and enum_name(each, "state") == "CONDITION_SUCCEEDED"
        for each in revision.conditions
    )


def carried(source: run_v2.Revision | run_v2.RevisionTemplate) -> Carried:
    """What a revision, or the template it is made from, carries."""
    access = source.vpc_access
    interface = access.network_interfaces[0] if access.network_interfaces else None
    return Carried(
        connector=access.connector or None,
        egress=_egress(enum_name(access, "egress")),
        direct=interface is not None,
        direct_network=network(interface.network) if interface is not None else None,
        cloud_sql=tuple(sorted(_attached(source))),
        proxied=proxied(source.containers),
        max_instances=source.scaling.max_instance_count or DEFAULT_MAX_INSTANCES,
        since=getattr(source, "create_time", None) or None,
    )


def _attached(source: run_v2.Revision | run_v2.RevisionTemplate) -> set[str]:
    return {name for volume in source.volumes for name in volume.cloud_sql_instance.instances}


def _egress(name: str) -> str:
    """Private ranges only is what Cloud Run does where nothing is said (``VpcAccess``, Run v2)."""
    if name in {"VPC_EGRESS_UNSPECIFIED", "PRIVATE_RANGES_ONLY"}:
        return "private-ranges-only"
    return name.lower().replace("_", "-")


def highest_instances(service: run_v2.Service, serving: Iterable[Serving]) -> int:
    """How many instances may run at once, over all revisions with traffic.

    A limit of the service is divided among its revisions (``ServiceScaling``, Run v2), so it bounds
    their sum.
    """
    revisions = list(serving)
    busy = [each for each in revisions if not each.candidate] or revisions
    total = sum(each.carried.max_instances for each in busy)
    if enum_name(service.scaling, "scaling_mode") == "MANUAL":
        return service.scaling.manual_instance_count
    limit = service.scaling.max_instance_count
    return min(total, limit) if limit else total
