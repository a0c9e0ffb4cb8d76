"""Which Cloud Run job migrates a database, as far as the configuration tells. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from checks.postgres.remedies import Job

if TYPE_CHECKING:
    from checks.postgres.options import PostgresOptions
    from netra_validate import Context, Database, Service
    from netra_validate.topology import CloudResource

_TELLING: Final = ("migrat", "alembic", "flyway", "liquibase")
"""Words in the name of a job that migrates: the act, and the programmes that do it."""


def migration(database: Database, options: PostgresOptions, ctx: Context) -> Job | None:
    """The job that the option names; else the one of the database's services whose name says so.

    A job that says nothing of the kind may do anything: nobody is told to run it.
    """
    if options.migration_job is not None:
        return _job(options.migration_job, database, ctx)
    named = {
        name: service for service in ctx.topology.users_of(database) for name in _jobs(service)
    }
    telling = [name for name in named if any(word in name for word in _TELLING)]
    return _job(telling[0], named[telling[0]], ctx) if len(telling) == 1 else None


def _jobs(service: Service) -> Iterator[str]:
    """What the option ``jobs`` of ``cloud-run`` names for a service.

    What is no name there is for that check to refuse.
    """
    jobs = service.checks.get("cloud-run", {}).get("jobs", ())
    if isinstance(jobs, list | tuple):
        yield from (name for name in jobs if isinstance(name, str))


def _job(name: str, resource: CloudResource, ctx: Context) -> Job | None:
    environment = ctx.environment
    project, region = environment.project_of(resource), environment.region_of(resource)
    return Job(name, project, region) if project and region else None
