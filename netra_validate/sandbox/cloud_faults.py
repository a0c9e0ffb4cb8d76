"""What can be wrong with what the Google APIs know, each as a change of the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

from google.cloud import run_v2, sqladmin_v1, vpcaccess_v1

from netra_validate.sandbox.names import CONNECTOR, PROJECT, SERVICES
from netra_validate.sandbox.staging import Conduct, Fault, Staging
from netra_validate.sandbox.world import GIB, connector, connector_name

_Message: TypeAlias = Any
"""A proto-plus message: a type checker does not know that its enumerations are ones."""
_Change: TypeAlias = Callable[[_Message], None]

_OTHER_NETWORK: Final = "other-vpc"
_OTHER_CONNECTOR: Final = f"{CONNECTOR}-v2"


def services(change: _Change) -> Fault:
    """Changes every service that has a way to the database."""
    return _changed(change, _WITH_DATABASE)


def backend(change: _Change) -> Fault:
    """Changes the backend alone: its latest revision, where an earlier one serves."""
    return _changed(change, (f"/{SERVICES['backend']}",))


def _changed(change: _Change, endings: tuple[str, ...]) -> Fault:
    def fault(staging: Staging) -> Staging:
        changed = {}
        for name, service in staging.world.services.items():
            changed[name] = run_v2.Service(service)
            if service.name.endswith(endings):
                change(changed[name])
        return replace(staging, world=replace(staging.world, services=changed))

    return fault


_WITH_DATABASE: Final = (f"/{SERVICES['backend']}", f"/{SERVICES['auth']}")


def instances(change: _Change) -> Fault:
    """Changes every Cloud SQL instance."""

    def fault(staging: Staging) -> Staging:
        changed = {
            name: sqladmin_v1.DatabaseInstance(each)
            for name, each in staging.world.instances.items()
        }
        for instance in changed.values():
            change(instance)
        return replace(staging, world=replace(staging.world, instances=changed))

    return fault


def declared_connector(change: _Change) -> Fault:
    """Changes the connector that the configuration declares, where it has not been taken away."""

    def fault(staging: Staging) -> Staging:
        changed = {
            name: vpcaccess_v1.Connector(each) for name, each in staging.world.connectors.items()
        }
        declared = changed.get(connector_name(CONNECTOR))
        if declared is not None:
            change(declared)
        return replace(staging, world=replace(staging.world, connectors=changed))

    return fault


def conduct(how: Conduct) -> Fault:
    """Every API treats its callers so."""
    return lambda staging: replace(staging, conduct=how)


def denied(*permissions: str) -> Fault:
    """Callers of the APIs do not have these permissions."""
    return lambda staging: replace(staging, denied=staging.denied | set(permissions))


def without_instance(staging: Staging) -> Staging:
    """There is no Cloud SQL instance."""
    return replace(staging, world=replace(staging.world, instances={}, operations=()))


def without_connector(staging: Staging) -> Staging:
    """There is no connector of the declared name."""
    left = {**staging.world.connectors}
    left.pop(connector_name(CONNECTOR), None)
    return replace(staging, world=replace(staging.world, connectors=left))


def with_other_connector(staging: Staging) -> Staging:
    """There is a second connector, whose name begins with the first one's."""
    other = connector(_OTHER_CONNECTOR)
    connectors = {**staging.world.connectors, other.name: other}
    return replace(staging, world=replace(staging.world, connectors=connectors))


def stop(instance: _Message) -> None:
    """Stopped by its owner. The state stays: RUNNABLE says "is running, or has been stopped"."""
    instance.settings.activation_policy = "NEVER"


def suspend(instance: _Message) -> None:
    """Suspended by Google, for the billing account."""
    instance.state = "SUSPENDED"
    instance.suspension_reason = ["BILLING_ISSUE"]


def move(instance: _Message) -> None:
    """Its private address is in another network."""
    network = f"projects/{PROJECT}/global/networks/{_OTHER_NETWORK}"
    instance.settings.ip_configuration.private_network = network


def fill(instance: _Message) -> None:
    """Its disk is 97 % full and must not grow."""
    instance.current_disk_size = instance.settings.data_disk_size_gb * GIB * 97 // 100
    instance.settings.storage_auto_resize = False


def detach_database(service: _Message) -> None:
    """The revision carries no Cloud SQL instance."""
    service.template.volumes = []
    for container in service.template.containers:
        container.volume_mounts = []


def detach_connector(service: _Message) -> None:
    """The revision has no way into the network."""
    del service.template.vpc_access


def carry_other_connector(service: _Message) -> None:
    """The revision goes through the other connector."""
    service.template.vpc_access.connector = connector_name(_OTHER_CONNECTOR)


def fail_start_up(service: _Message) -> None:
    """A new revision does not start, so the one before it goes on serving."""
    created = service.latest_created_revision.replace("-00042-", "-00043-")
    service.template.revision = created.rsplit("/", 1)[-1]
    service.latest_created_revision = created
    if service.latest_ready_revision == created:  # a candidate, which then never became ready
        serving = service.traffic_statuses[0].revision
        service.latest_ready_revision = f"{service.name}/revisions/{serving}"
    service.terminal_condition = run_v2.Condition(
        type_="Ready",
        state="CONDITION_FAILED",
        severity="ERROR",
        message=(
            "The user-provided container failed to start and listen on the port defined provided "
            "by the PORT=8080 environment variable within the allocated timeout."
        ),
        last_transition_time=service.update_time,
        revision_reason="HEALTH_CHECK_CONTAINER_ERROR",
    )


def break_down(connector: _Message) -> None:
    """The connector is in state ERROR."""
    connector.state = "ERROR"


def lead_elsewhere(connector: _Message) -> None:
    """The connector leads into another network."""
    connector.network = _OTHER_NETWORK
