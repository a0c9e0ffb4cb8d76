"""Cloud SQL instances and the operations on them.

Cloud SQL Admin is served over REST only, while its generated client speaks gRPC only; so its
answers are fetched over HTTP and parsed into the client's message types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from netra_validate.clients.budget import Budget
from netra_validate.clients.google.access import SQL_ADMIN, Access
from netra_validate.clients.google.messages import is_about
from netra_validate.clients.google.shared import Answer
from netra_validate.topology import Database

if TYPE_CHECKING:
    from google.cloud import sqladmin_v1

_OPERATIONS: Final = 20
"""How many of an instance's latest operations are read."""


class CloudSql:
    """What Cloud SQL Admin, version 1, tells in one run of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def instance(self, database: Database, budget: Budget) -> Answer[sqladmin_v1.DatabaseInstance]:
        """One instance."""
        name = self._name_of(database)
        subject = f"the Cloud SQL instance {database.instance}"

        async def call(own: Budget) -> sqladmin_v1.DatabaseInstance:
            return await self._instance(subject, name, own)

        return self._access.ask(name, subject, budget, call)

    def operations(
        self, database: Database, budget: Budget
    ) -> Answer[tuple[sqladmin_v1.Operation, ...]]:
        """The latest operations on an instance, newest first."""
        name = self._name_of(database)
        subject = f"the operations on {database.instance}"

        async def call(own: Budget) -> tuple[sqladmin_v1.Operation, ...]:
            return await self._operations(subject, name, own)

        return self._access.ask(("operations", name), subject, budget, call)

    async def _instance(
        self, subject: str, name: str, budget: Budget
    ) -> sqladmin_v1.DatabaseInstance:
        """``instances.get``."""
        from netra_validate.clients.google import failures
        from netra_validate.clients.google.parsing import parsed

        question = self._access.question(subject, SQL_ADMIN, "cloudsql.instances.get", name)
        types = await self._access.library(SQL_ADMIN, budget)
        body = await self._access.rest(SQL_ADMIN).get(f"/v1/{quote(name)}", question, budget)
        found: sqladmin_v1.DatabaseInstance = parsed(types.DatabaseInstance, body, question)
        if not found.name:
            raise failures.not_understood(question)
        if not all(is_about(told, name) for told in _names(found)):
            raise failures.about_another(question)
        return found

    async def _operations(
        self, subject: str, name: str, budget: Budget
    ) -> tuple[sqladmin_v1.Operation, ...]:
        """``operations.list``."""
        from netra_validate.clients.google.parsing import parsed

        # Listing an instance's operations takes this one, not instances.get:
        # https://cloud.google.com/sql/docs/postgres/iam-permissions
        question = self._access.question(subject, SQL_ADMIN, "cloudsql.instances.list", name)
        types = await self._access.library(SQL_ADMIN, budget)
        project, _, instance = name.partition("/instances/")
        query = f"instance={quote(instance, safe='')}&maxResults={_OPERATIONS}"
        path = f"/v1/{quote(project)}/operations?{query}"
        body = await self._access.rest(SQL_ADMIN).get(path, question, budget)
        return tuple(parsed(types.OperationsListResponse, body, question).items)

    def _name_of(self, database: Database) -> str:
        return f"projects/{self._access.project_of(database)}/instances/{database.instance}"


def _names(instance: sqladmin_v1.DatabaseInstance) -> tuple[str, ...]:
    """The names by which an instance calls itself, in the form of resource names.

    A connection name is ``project:region:instance``, and the project may hold a colon as well.
    """
    name, project = instance.name, instance.project
    names = (f"projects/{project}/instances/{name}" if project else name,)
    if not instance.connection_name:
        return names
    project, _, name = instance.connection_name.rpartition(":")
    return (*names, f"projects/{project.rpartition(':')[0]}/instances/{name}")
