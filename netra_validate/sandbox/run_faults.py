"""What can be wrong with the backend's Cloud Run service, each as a change of the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from google.cloud import run_v2
from google.protobuf.duration_pb2 import Duration

from netra_validate.sandbox.cloud_faults import backend
from netra_validate.sandbox.names import ENVIRONMENT, PARENT, SERVICES
from netra_validate.sandbox.staging import Fault, Staging
from netra_validate.sandbox.world import short_revision

_Message: TypeAlias = Any
"""A proto-plus message: a type checker does not know that its enumerations are ones."""
_Change: TypeAlias = Callable[[_Message], None]

_BACKEND: Final = f"{PARENT}/services/{SERVICES['backend']}"


def deployed(change: _Change) -> Fault:
    """Deploys a new revision of the backend, which is so; the one before stays as it was."""

    def fault(staging: Staging) -> Staging:
        service = staging.world.services.get(_BACKEND)
        if service is None:
            return staging
        before = {service.latest_ready_revision: run_v2.RevisionTemplate(service.template)}
        world = replace(staging.world, earlier={**before, **staging.world.earlier})
        return backend(change)(replace(staging, world=world))

    return fault


def _without_backend(staging: Staging) -> Staging:
    left = {name: each for name, each in staging.world.services.items() if name != _BACKEND}
    return replace(staging, world=replace(staging.world, services=left))


def _job(change: _Change) -> Fault:
    """Changes every job."""

    def fault(staging: Staging) -> Staging:
        jobs = {name: run_v2.Job(each) for name, each in staging.world.jobs.items()}
        for job in jobs.values():
            change(job)
        return replace(staging, world=replace(staging.world, jobs=jobs))

    return fault


def _without_jobs(staging: Staging) -> Staging:
    return replace(staging, world=replace(staging.world, jobs={}))


def create(service: _Message, condition: run_v2.Condition) -> None:
    """A 43rd revision, which this is true of, and the 42nd serves."""
    name = short_revision(service.name.rsplit("/", 1)[-1], 43)
    service.template.revision = name
    service.latest_created_revision = f"{service.name}/revisions/{name}"
    service.terminal_condition = condition


def not_true(message: str, **reason: str) -> run_v2.Condition:
    """The condition Ready of what is not."""
    return run_v2.Condition(
        type_="Ready", state="CONDITION_FAILED", severity="ERROR", message=message, **reason
    )


def _lose_image(service: _Message) -> None:
    create(
        service, not_true("Image 'netra-backend:2025.9.1' not found.", reason="CONTAINER_MISSING")
    )


def _take_long(service: _Message) -> None:
    create(service, run_v2.Condition(type_="Ready", state="CONDITION_RECONCILING"))


def _lose_route(service: _Message) -> None:
    service.terminal_condition = run_v2.Condition(
        type_="Ready",
        state="CONDITION_FAILED",
        message="Routes could not be set up.",
        last_transition_time=service.update_time,
    )


def _serve(*shares: tuple[int, int]) -> _Change:
    """Traffic to the revisions of these numbers, each with its percentage."""

    def change(service: _Message) -> None:
        short = service.name.rsplit("/", 1)[-1]
        named = [(short_revision(short, number), percent) for number, percent in shares]
        kind = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
        service.traffic = [
            run_v2.TrafficTarget(type_=kind, revision=name, percent=percent)
            for name, percent in named
        ]
        service.traffic_statuses = [
            run_v2.TrafficTargetStatus(type_=kind, revision=name, percent=percent)
            for name, percent in named
        ]

    return change


def _drift(service: _Message) -> None:
    service.template.timeout = Duration(seconds=300)
    service.template.scaling.max_instance_count = 1


def _probe_elsewhere(service: _Message) -> None:
    probe = run_v2.Probe(tcp_socket=run_v2.TCPSocketAction(port=3000))
    service.template.containers[0].startup_probe = probe
    create(
        service,
        not_true(
            "The user-provided container failed the configured startup probe checks.",
            revision_reason="HEALTH_CHECK_CONTAINER_ERROR",
        ),
    )


def _go_two_ways(service: _Message) -> None:
    interface = run_v2.VpcAccess.NetworkInterface(network="staging-vpc", subnetwork="serverless")
    service.template.vpc_access.network_interfaces = [interface]


def _want_digests(staging: Staging) -> Staging:
    table = f"[environments.{ENVIRONMENT}.checks.cloud-run]\nrequire_digest = true\n"
    return replace(staging, options=staging.options + table)


def _fail(job: _Message) -> None:
    job.latest_created_execution.completion_status = "EXECUTION_FAILED"


def _hang(job: _Message) -> None:
    job.latest_created_execution.completion_status = "EXECUTION_RUNNING"
    job.latest_created_execution.completion_time = None


RUN_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "service-missing": _without_backend,
        "routes-not-ready": backend(_lose_route),
        "revision-not-ready": deployed(_lose_image),
        "roll-out-stuck": deployed(_take_long),
        "traffic-split": backend(_serve((42, 60), (41, 40))),
        "traffic-pinned": backend(_serve((41, 100))),
        "settings-drift": backend(_drift),
        "port-mismatch": deployed(_probe_elsewhere),
        "two-network-paths": backend(_go_two_ways),
        "image-by-tag": _want_digests,
        "job-missing": _without_jobs,
        "job-failed": _job(_fail),
        "job-hangs": _job(_hang),
    }
)
"""The faults by name."""
