"""PostgreSQL: one read-only session for each probe, polite and bounded.

The driver is asyncpg. Beside psycopg 3, the other one that is asynchronous and cared for: it runs
on every event loop, where psycopg's asynchronous half refuses the one that Windows has by default;
it is imported in 70 ms rather than 190; it takes the loop it is to use, which is where the bound on
what a server may send is put (see :mod:`.bounding`); and it is what the Cloud SQL connector speaks
through. Both have wheels for all platforms, TLS and SCRAM. Its errors are never shown, and what it
would read from the environment (``PGPASSWORD``, ``~/.pgpass``) is given to it instead.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, Offline, Unauthenticated, Unreachable
from netra_validate.clients.politeness import Politeness
from netra_validate.clients.postgres import target as targets
from netra_validate.clients.postgres.connecting import Opened, is_private, no_way, open_target
from netra_validate.clients.postgres.connector import Address, CloudSqlConnector
from netra_validate.clients.postgres.facts import (
    AdvisoryLock,
    Counters,
    Entry,
    Replica,
    Server,
    Sessions,
    Transaction,
    Waiter,
)
from netra_validate.clients.postgres.failures import (
    NoSlotLeft,
    NotAccepting,
    SignInRefused,
    TlsDeclined,
)
from netra_validate.clients.postgres.session import Session
from netra_validate.clients.postgres.target import Target
from netra_validate.clients.retrying import Again, persevere
from netra_validate.topology import Database, Environment

__all__ = [
    "Address",
    "AdvisoryLock",
    "Counters",
    "Entry",
    "NoSlotLeft",
    "NotAccepting",
    "Postgres",
    "Replica",
    "Server",
    "Session",
    "Sessions",
    "SignInRefused",
    "TlsDeclined",
    "Transaction",
    "Waiter",
]

Secret = Callable[[str], str | None]

_RESOLVE_S: Final = 2.0


class Postgres:
    """Sessions for one probe.

    Args:
        politeness: limits the connections to one host, over all probes.
        budget: the time and the retries of this probe.
        environment: where things are, and which authority is trusted.
        secret: reads an environment variable and remembers it as never to be shown.
        hide: remembers a value as never to be shown.
    """

    def __init__(
        self,
        politeness: Politeness,
        budget: Budget,
        environment: Environment,
        secret: Secret,
        hide: Callable[[str], None],
    ) -> None:
        self._politeness = politeness
        self._budget = budget
        self._environment = environment
        self._secret = secret
        self._hide = hide

    @asynccontextmanager
    async def session(
        self, database: Database, *, timeout_s: float = 25.0, address: Address = "private"
    ) -> AsyncIterator[Session]:
        """Connect as the configuration says, and hang up at the end of the block.

        Args:
            database: its ``way`` must not be None.
            timeout_s: seconds for one attempt to connect; less where the probe has less left.
            address: which address of the instance the Cloud SQL connector uses.

        Raises:
            Unreachable: nobody answers, or nobody is let in at the moment.
            TimedOut: somebody answers the connection, and no more.
            TlsDeclined: TLS is wanted and not spoken. NotAccepting: it starts up or shuts down.
            NoSlotLeft: all connections are in use. SignInRefused: the user is not let in.
            Unauthenticated: the role or its password is refused, or a variable is not set.
            NotFound: there is no such database.
            ProtocolError: it is not PostgreSQL.
            ClientError: the DSN cannot be read, or a private address does not answer.
        """
        shown = database.instance
        if database.way == "connector":
            through = self._connector(database, address)
            try:
                async with self._hold(await self._through(through, database, timeout_s), shown,
                                      local=False) as session:  # fmt: skip
                    yield session
            finally:
                await through.close()
            return
        target = self._target(database)
        async with self._politeness.turn(target.host, target.port, self._budget):
            opened = await self._dialled(target, shown, timeout_s)
            async with self._hold(opened, shown, local=target.is_local) as session:
                yield session

    @asynccontextmanager
    async def _hold(self, opened: Opened, shown: str, *, local: bool) -> AsyncIterator[Session]:
        session = Session(opened, shown, self._budget, local=local)
        broken = True
        try:
            yield session
            broken = False
        finally:
            await session.close(broken=broken)

    async def _dialled(self, target: Target, shown: str, timeout_s: float) -> Opened:
        async def once() -> Opened:
            limit_s = self._budget.allow(timeout_s)
            return await open_target(target, shown, limit_s, self._environment.ca_file)

        least_s = self._budget.allow(timeout_s) / 2

        def again(error: ClientError) -> Again | None:
            passes = isinstance(error, Unreachable | Offline) and not isinstance(error, TlsDeclined)
            return Again() if passes and self._budget.allow(timeout_s) >= least_s else None

        try:
            return (await persevere(once, self._budget, of_error=again)).result
        except (Unreachable, Offline) as error:
            silent = isinstance(error, Offline) or (
                error.phase == "connection" and not isinstance(error, NotAccepting)
            )
            if silent and await is_private(target.host, target.port, _RESOLVE_S):
                raise no_way(shown) from None
            raise

    def _target(self, database: Database) -> Target:
        if database.dsn_env is not None:
            dsn = self._value(database.dsn_env, database)
            for secret in targets.secrets_of(dsn):
                self._hide(secret)
            return targets.read(dsn, database.dsn_env)
        return Target(
            host=database.host or "",
            port=database.port,
            user=database.user or "",
            database=database.name or "",
            password=self._password(database) or "",
            sslmode=database.sslmode,
        )

    def _password(self, database: Database) -> str | None:
        variable = database.password_env
        return self._value(variable, database) if variable is not None else None

    def _value(self, variable: str, database: Database) -> str:
        found = self._secret(variable)
        if found is None:
            raise Unauthenticated(
                f"the environment variable {variable} is not set, which the database"
                f" {database.key} names",
                hint=f"set {variable}",
            )
        return found

    def _connector(self, database: Database, address: Address) -> CloudSqlConnector:
        project = self._environment.project_of(database)
        region = self._environment.region_of(database)
        if project is None or region is None:
            missing = "project" if project is None else "region"
            raise ClientError(
                f"database {database.key} has no {missing}",
                hint=f"set {missing} on the environment",
            )
        instance = f"{project}:{region}:{database.instance}"
        return CloudSqlConnector(instance, address, self._environment.endpoints.sqladmin)

    async def _through(
        self, connector: CloudSqlConnector, database: Database, timeout_s: float
    ) -> Opened:
        return await connector.open(
            database.instance,
            database.user or "",
            database.name or "",
            self._password(database),
            self._budget.allow(timeout_s),
            self._budget,
        )
