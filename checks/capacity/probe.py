"""One probe: a resource asked after in Cloud Monitoring, and judged by what kind it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from checks.capacity.connectors import look_at_connector
from checks.capacity.databases import look_at_database
from checks.capacity.services import look_at_service
from netra_validate import Connector, Context, Database, Finding, Service

if TYPE_CHECKING:
    from checks.capacity import Capacity


async def probe(
    check: Capacity, resource: Service | Database | Connector, ctx: Context
) -> AsyncIterator[Finding]:
    """Ask for everything at once.

    What one answer does not tell must not hide what another one does, so that it could not be
    verified comes last.
    """
    if isinstance(resource, Database):
        found = look_at_database(check, resource, ctx)
    elif isinstance(resource, Connector):
        found = look_at_connector(check, resource, ctx)
    else:
        found = look_at_service(check, resource, ctx)
    async for each in found:
        yield each
