"""The check ``postgres``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.postgres.options import PostgresOptions
from checks.postgres.rules import PostgresRules
from netra_validate import Check, Context, Database, Finding, Plane
from netra_validate.by_hand import ByHand

__all__ = ["Postgres"]


class Postgres(PostgresRules, Check[Database]):
    """Databases let us in quickly, have connections left, and nobody blocks anybody.

    An instance that is RUNNABLE may still be out of connections, behind a lock, in recovery, or a
    version behind its services. So this opens a session, as a service does, and reads the server's
    own statistics: read-only, with a time limit on each statement, and no data but the version of
    the schema where one is configured.

    The role needs pg_monitor to see other sessions; without it, what they do is not verified.
    The permissions are those of the Cloud SQL connector; a DSN or a host takes none.
    """

    id = "postgres"
    plane = Plane.DATA
    depends_on = frozenset({"capacity", "cloud-sql", "identity", "vpc-connector"})
    permissions = (
        "cloudsql.instances.connect",
        "cloudsql.instances.get",
        "cloudsql.instances.login",
    )

    class Options(PostgresOptions, frozen=True, kw_only=True):
        """Limits, and what the database is meant to be."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.postgres.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Database, ctx: Context) -> str | None:
        """Nothing says how to connect."""
        del ctx
        if resource.way is None:
            return (
                f"nothing says how to connect to {resource.key}: set dsn_env to the variable that"
                " holds its DSN, or name and user (with host, else through the Cloud SQL connector)"
            )
        return None

    async def run(self, resource: Database, ctx: Context) -> AsyncIterator[Finding]:
        """Open one session; judge the way in, then what the server tells, one part at a time."""
        from checks.postgres.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
