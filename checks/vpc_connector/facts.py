"""What is known of a connector and of the services that use it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate.clients.google.messages import enum_name, same_project, segment, short
from netra_validate.clients.google.networks import Network, of_connector

if TYPE_CHECKING:
    from google.cloud import vpcaccess_v1


ON_THE_WAY: Final = {
    "CREATING": "is being created",
    "DELETING": "is being deleted",
    "UPDATING": "is being updated",
}
"""States that pass by themselves."""

STATES: Final = {"READY", "ERROR", *ON_THE_WAY}
"""All that the API has (``Connector.State``, VPC Access v1)."""


@dataclass(frozen=True, slots=True)
class ConnectorFacts:
    """A connector, as the API tells of it. Numbers are None where it does not tell."""

    state: str
    machine_type: str | None = None
    min_instances: int | None = None
    max_instances: int | None = None
    min_throughput: int | None = None
    """Mbps."""
    max_throughput: int | None = None
    """Mbps."""
    network: Network | None = None
    subnet: str | None = None
    subnet_project: str | None = None
    ip_range: str | None = None

    @property
    def state_is_understood(self) -> bool:
        """Whether a verdict can rest on it: it is told, and no newer than this check."""
        return self.state in STATES

    @property
    def instances(self) -> str | None:
        """``2-3``, as a person would write it."""
        return _span(self.min_instances, self.max_instances)

    @property
    def throughput(self) -> str | None:
        """``200-300 Mbps``."""
        span = _span(self.min_throughput, self.max_throughput)
        return f"{span} Mbps" if span else None

    @property
    def headroom(self) -> float | None:
        """Share of its largest size by which it may still grow from its smallest.

        What it is at just now only monitoring knows. Of instances and throughput, two names for the
        same limits, the one that leaves less.
        """
        spans = (
            (self.min_instances, self.max_instances),
            (self.min_throughput, self.max_throughput),
        )
        shares = [max(0, most - (least or 0)) / most for least, most in spans if most]
        return min(shares, default=None)


def _span(least: int | None, most: int | None) -> str | None:
    if not most:
        return None
    return f"{least or 0}-{most}"


def of_message(message: vpcaccess_v1.Connector, project: str) -> ConnectorFacts:
    """From the API's message."""
    return ConnectorFacts(
        state=enum_name(message, "state"),
        machine_type=message.machine_type or None,
        min_instances=_positive(message.min_instances),
        max_instances=_positive(message.max_instances),
        min_throughput=_positive(message.min_throughput),
        max_throughput=_positive(message.max_throughput),
        network=of_connector(message, project),
        subnet=message.subnet.name or None,
        subnet_project=message.subnet.project_id or None,
        ip_range=message.ip_cidr_range or None,
    )


def _positive(number: int) -> int | None:
    return number if number > 0 else None


@dataclass(frozen=True, slots=True)
class Need:
    """The network that a database is on, and who needs it."""

    database: str
    instance: str
    network: Network


def is_carried(named: str, wanted: str, home: str) -> bool:
    """Whether the connector that a revision names is the wanted one.

    ``staging-connector`` and ``staging-connector-v2`` are two: names are compared whole.

    Args:
        named: by the revision, short or whole.
        wanted: the whole name.
        home: region of the service, where a short name belongs.
    """
    return (
        short(named) == short(wanted)
        and (segment(named, "locations") or home) == segment(wanted, "locations")
        and same_project(segment(named, "projects"), segment(wanted, "projects"))
    )
