"""VPC networks by the different names that APIs give them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netra_validate.clients.google.messages import same_project, segment, short

if TYPE_CHECKING:
    from google.cloud import sqladmin_v1, vpcaccess_v1


@dataclass(frozen=True, slots=True)
class Network:
    """One VPC network."""

    name: str
    project: str | None = None
    """Id or number; None where the API names the network only."""

    def __str__(self) -> str:
        return self.name

    @property
    def link(self) -> str | None:
        """``projects/p/global/networks/n``, where the project is known."""
        return f"projects/{self.project}/global/networks/{self.name}" if self.project else None

    def is_same(self, other: Network) -> bool:
        """Whether both may be one network: same name, and projects that do not contradict."""
        return self.name == other.name and same_project(self.project, other.project)

    def told_from(self, other: Network) -> str:
        """The name, with the project where the other one's name is the same."""
        return self.link or self.name if self.name == other.name else self.name


def network(name: str, project: str | None = None) -> Network | None:
    """From a name, ``projects/p/global/networks/n`` or a whole address; None where it is empty.

    Args:
        name: in any of these forms.
        project: the one it is in if the name does not say.
    """
    return Network(short(name), segment(name, "projects") or project) if short(name) else None


def of_connector(connector: vpcaccess_v1.Connector, project: str | None) -> Network | None:
    """The network that a connector leads to.

    ``network`` is a bare name. A connector in a Shared VPC has its subnet in the host project
    (``subnet.project_id``), and its network is that project's.
    """
    return network(connector.network, connector.subnet.project_id or project)


def of_instance(instance: sqladmin_v1.DatabaseInstance) -> Network | None:
    """The network that a database's private address is on; None where it has none."""
    return network(instance.settings.ip_configuration.private_network, instance.project or None)
