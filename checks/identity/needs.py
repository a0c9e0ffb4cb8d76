"""What a revision needs of others: its databases, its secrets, the services it calls. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from checks.identity.conditions import Target
from checks.identity.grants import Need
from checks.identity.roles import ACCESS, CONNECT, INVOKE
from netra_validate.clients.google.settings import SecretUse, Settings

RuleName = Literal["cloud_sql_role", "secret_access", "invoker", "project_role"]


@dataclass(frozen=True, slots=True)
class Callee:
    """A service that is called with an identity token."""

    key: str
    cloud_run: str
    project: str
    region: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that an account must be allowed to do, and where that may be given."""

    rule: RuleName
    need: Need
    subject: str
    """In words, as the end of a sentence: ``read the secret jwt``."""
    project: str
    """Whose policy counts."""
    secret: str = ""
    """Whole name of the secret whose own policy counts too."""
    callee: Callee | None = None
    """The service whose own policy counts too."""

    @property
    def identity(self) -> str:
        """What tells it from others of its rule."""
        return self.callee.key if self.callee else self.secret or self.subject


def wanted(
    settings: Settings,
    callees: Iterable[Callee],
    project_roles: Iterable[str],
    project: str,
    numbers: dict[str, str],
) -> Iterator[Wanted]:
    """Everything that the account of a revision must be allowed to do.

    Args:
        settings: of the revision.
        callees: the services that it calls.
        project_roles: roles that it must have on the project.
        project: of the service.
        numbers: of projects by id, as far as they are known.
    """
    for connection in settings.serving.carried.databases:
        yield _database(connection)
    for use in sorted({(use.name, use.version): use for use in settings.secrets}.values()):
        yield _secret(use, numbers.get(use.project))
    for callee in callees:
        need = Need(INVOKE, "roles/run.invoker", Target("run.googleapis.com/Service"))
        yield Wanted("invoker", need, f"call {callee.cloud_run}", callee.project, callee=callee)
    for role in project_roles:
        target = Target("cloudresourcemanager.googleapis.com/Project")
        need = Need("", role, target, literal=True)
        yield Wanted("project_role", need, f"do what {role} is for", project)


def _database(connection: str) -> Wanted:
    """The name of a connection is ``project:region:instance``; a project may hold a colon."""
    place, _, instance = connection.rpartition(":")
    project = place.rpartition(":")[0]
    # As conditions name instances: https://cloud.google.com/sql/docs/postgres/iam-conditions
    target = Target(
        "sqladmin.googleapis.com/Instance",
        (f"projects/{project}/instances/{instance}",),
        named=True,
    )
    need = Need(CONNECT, "roles/cloudsql.client", target)
    return Wanted("cloud_sql_role", need, f"connect to the Cloud SQL instance {instance}", project)


def _secret(use: SecretUse, number: str | None) -> Wanted:
    """Conditions see the name of the version, with the number of its project.

    https://cloud.google.com/secret-manager/docs/access-control#conditions
    """
    version = f"secrets/{use.secret}/versions/{use.version or 'latest'}"
    projects = {use.project, number or use.project}
    target = Target(
        "secretmanager.googleapis.com/SecretVersion",
        tuple(sorted(f"projects/{each}/{version}" for each in projects)),
        named=number is not None or use.project.isdigit(),
    )
    need = Need(ACCESS, "roles/secretmanager.secretAccessor", target)
    return Wanted("secret_access", need, f"read the secret {use.secret}", use.project, use.name)
