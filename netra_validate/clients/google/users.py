"""The services that use something, asked after in Cloud Run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netra_validate.clients.errors import ClientError
from netra_validate.clients.google.revisions import Serving, User, highest_instances, user
from netra_validate.topology import Environment, Service

if TYPE_CHECKING:
    from google.cloud import run_v2

    from netra_validate.clients.google import Answer, Google


@dataclass(frozen=True, slots=True)
class AskedUser:
    """A service whose revisions are on their way."""

    user: User
    """What the configuration says of it."""
    service: Answer[run_v2.Service]
    serving: Answer[tuple[Serving, ...]]

    async def answered(self) -> User:
        """With what its revisions carry.

        Raises:
            ClientError: they could not be looked at.
        """
        serving = await self.serving
        highest = highest_instances(await self.service, serving)
        return replace(self.user, serving=serving, max_instances=highest)


def ask_users(
    google: Google, services: Iterable[Service], environment: Environment
) -> list[AskedUser]:
    """Ask for all that can be looked up in Cloud Run."""
    return [
        AskedUser(found, google.service(service), google.serving_revisions(service))
        for service in services
        if (found := user(service, environment)) is not None
    ]


def not_in_cloud_run(services: Iterable[Service]) -> list[str]:
    """Those that the configuration does not place in Cloud Run: there is nothing to look at."""
    return [each.key for each in services if each.cloud_run is None]


def unplaced(services: Iterable[Service], environment: Environment) -> dict[str, ClientError]:
    """Those that are in Cloud Run, nobody says where: they cannot be looked at."""
    errors = {}
    for service in services:
        if service.cloud_run is not None and user(service, environment) is None:
            missing = "region" if environment.project_of(service) else "project"
            errors[service.key] = ClientError(
                f"service {service.key} has no {missing}", hint=f"set {missing} on the environment"
            )
    return errors
