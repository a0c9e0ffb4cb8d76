"""Serverless VPC Access connectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netra_validate.clients.budget import Budget
from netra_validate.clients.google.access import VPC_ACCESS, Access
from netra_validate.clients.google.shared import Answer
from netra_validate.topology import Connector

if TYPE_CHECKING:
    from google.cloud import vpcaccess_v1


class VpcAccess:
    """What Serverless VPC Access tells in one run of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def connector(self, connector: Connector, budget: Budget) -> Answer[vpcaccess_v1.Connector]:
        """One connector."""
        name = f"{self._access.location_of(connector)}/connectors/{connector.name}"
        subject = f"the VPC connector {connector.name}"

        async def call(own: Budget) -> vpcaccess_v1.Connector:
            permission = "vpcaccess.connectors.get"
            question = self._access.question(subject, VPC_ACCESS, permission, name)
            api = await self._access.grpc(VPC_ACCESS, own)
            found: vpcaccess_v1.Connector = await api.get(
                "VpcAccessService", "get_connector", question, own
            )
            return found

        return self._access.ask(name, subject, budget, call)
