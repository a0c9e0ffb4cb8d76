import asyncio
import os
import socket
import subprocess
import sys
import time

import pytest
from postgres_servers import (
    clients,
    garbage,
    hangs_up,
    huge,
    listening,
    look,
    nonsense_challenge,
    notices,
    postgres,
    says_error,
    silent,
    web,
)

from netra_validate import scrub
from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import (
    ClientError,
    NotFound,
    ProtocolError,
    TimedOut,
    Unauthenticated,
    Unreachable,
)
from netra_validate.clients.postgres import (
    NoSlotLeft,
    NotAccepting,
    SignInRefused,
    TlsDeclined,
    queries,
)
from netra_validate.clients.postgres.connector import CloudSqlConnector
from netra_validate.clients.postgres.target import Target, read, secrets_of
from netra_validate.topology import Database, Environment

PASSWORD = "s3cr3t/p@ss"
QUOTED = "s3cr3t%2Fp%40ss"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with postgres(tmp_path_factory.mktemp("postgres")) as found:
        yield found


@pytest.fixture
def healthy(server):
    yield server
    server.become()


class TestDsn:
    def test_every_part_is_read(self):
        found = read(
            f"postgresql+asyncpg://me:{QUOTED}@db.example:6432/app?sslmode=verify-ca&x=y", "DSN"
        )
        assert found == Target("db.example", "me", "app", 6432, PASSWORD, "verify-ca")

    def test_what_is_left_out_is_as_with_libpq(self):
        found = read("postgres://me@db.example", "DSN")
        assert (found.database, found.port, found.sslmode, found.password) == (
            "me",
            5432,
            "prefer",
            "",
        )

    def test_a_unix_socket(self):
        found = read("postgresql://me@/app?host=/cloudsql/p:r:i&sslmode=require", "DSN")
        assert found.host == "/cloudsql/p:r:i"
        assert found.is_local
        assert not found.wants_tls

    def test_sqlalchemy_says_ssl(self):
        assert read("postgresql://me@h/d?ssl=true", "DSN").sslmode == "require"

    @pytest.mark.parametrize(
        "dsn",
        [
            f"mysql://me:{QUOTED}@h/d",
            f"me:{QUOTED}@h/d",
            f"host=h user=me password={PASSWORD}",
            f"postgresql://me:{QUOTED}@h:port/d",
            f"postgresql://me:{QUOTED}@h:99999/d",
            f"postgresql://me:{QUOTED}@h1,h2/d",
            f"postgresql://me:{QUOTED}@[h/d",
            f"postgresql://me:{QUOTED}@/d",
            f"postgresql://:{QUOTED}@h/d",
            f"postgresql://me:{QUOTED}@h/d?sslmode={QUOTED}",
            "",
        ],
    )
    def test_what_is_wrong_is_said_without_any_part(self, dsn):
        with pytest.raises(ClientError) as refused:
            read(dsn, "STAGING_DSN")
        assert "STAGING_DSN" in refused.value.message
        for secret in ("s3cr3t", "99999", "h1", "mysql"):
            assert secret not in f"{refused.value.message} {refused.value.hint}"

    def test_a_password_is_hidden_in_every_spelling(self):
        assert set(secrets_of(f"postgresql://me:{QUOTED}@h/d?password=other")) == {
            QUOTED,
            PASSWORD,
            "other",
        }
        assert secrets_of(f"postgresql://me:{QUOTED}@[h/d") == (QUOTED, PASSWORD)

    def test_a_target_shows_nothing(self):
        assert PASSWORD not in repr(Target("h", "me", "d", password=PASSWORD))


class TestWayIn:
    def test_a_session_over_tls(self, healthy):
        entry = look(healthy.resource(), healthy.environment, lambda one: one.enter())
        assert entry.tls == "TLSv1.3"
        assert (entry.verified, entry.local, entry.read_only) == (True, True, False)
        assert 0 < entry.round_trip_s < entry.connect_s

    def test_prefer_goes_on_in_the_clear(self, healthy):
        healthy.become(door="in-the-clear")
        resource = healthy.resource(sslmode="prefer")
        assert look(resource, healthy.environment, lambda one: one.enter()).tls is None

    def test_prefer_sends_no_password_in_the_clear_over_a_network(self, healthy, monkeypatch):
        healthy.become(door="in-the-clear")
        where = f"postgresql://me:word@0.0.0.0:{healthy.port}/main"
        monkeypatch.setenv("DSN", f"{where}?sslmode=prefer")
        resource = Database(key="postgres", instance="p", dsn_env="DSN")
        with pytest.raises(TlsDeclined, match="the password was not sent in the clear") as kept:
            look(resource, healthy.environment, lambda one: one.enter())
        assert "sslmode=disable" in kept.value.hint

    def test_a_host_that_has_no_valid_name(self, healthy):
        resource = healthy.resource(host=f"{'a' * 64}.example")
        with pytest.raises(ClientError, match="the name of its host is not valid"):
            look(resource, healthy.environment, lambda one: one.enter())

    def test_the_hint_of_a_wrong_dsn_is_readable_in_a_report(self, healthy, monkeypatch):
        monkeypatch.setenv("DSN", "mysql://h")
        resource = Database(key="postgres", instance="p", dsn_env="DSN")
        with pytest.raises(ClientError) as wrong:
            look(resource, healthy.environment, lambda one: one.enter())
        assert scrub.text(wrong.value.hint) == wrong.value.hint

    @pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
    def test_tls_that_is_asked_for_is_not_given_up(self, healthy, mode):
        healthy.become(door="in-the-clear")
        with pytest.raises(TlsDeclined):
            look(healthy.resource(sslmode=mode), healthy.environment, None)

    @pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
    def test_an_authority_that_nobody_trusts(self, healthy, mode):
        with pytest.raises(Unreachable) as refused:
            look(healthy.resource(sslmode=mode), Environment(), None)
        assert refused.value.phase == "TLS"

    def test_a_certificate_for_another_name(self, healthy):
        resource = healthy.resource(host="127.0.0.1")
        with pytest.raises(Unreachable, match="does not cover"):
            look(resource, healthy.environment, None)
        resource = healthy.resource(host="127.0.0.1", sslmode="verify-ca")
        assert look(resource, healthy.environment, lambda one: one.enter()).verified

    def test_a_password_that_is_not_accepted(self, healthy, monkeypatch):
        healthy.become(asks_for_password=True)
        monkeypatch.setenv("PASSWORD_OF_ROLE", PASSWORD)
        with pytest.raises(Unauthenticated, match="28P01") as refused:
            look(healthy.resource(password_env="PASSWORD_OF_ROLE"), healthy.environment, None)
        assert PASSWORD not in str(refused.value)
        assert isinstance(refused.value, SignInRefused)
        assert refused.value.__cause__ is None

    def test_scram_with_the_right_password(self, healthy, monkeypatch):
        healthy.run(f"alter role netra_validator password '{PASSWORD}'")
        healthy.become(asks_for_password=True)
        monkeypatch.setenv(
            "STAGING_DSN",
            f"postgresql://netra_validator:{QUOTED}@localhost:{healthy.port}/netra?sslmode=require",
        )
        resource = Database(key="postgres", instance="staging-postgres", dsn_env="STAGING_DSN")
        assert look(resource, healthy.environment, lambda one: one.server()).used == 1
        healthy.run("alter role netra_validator password null")

    def test_the_environment_of_libpq_is_not_looked_at(self, healthy, monkeypatch):
        healthy.run(f"alter role netra_validator password '{PASSWORD}'")
        healthy.become(asks_for_password=True)
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        with pytest.raises(Unauthenticated):
            look(healthy.resource(), healthy.environment, None)
        healthy.run("alter role netra_validator password null")

    def test_no_such_database(self, healthy):
        with pytest.raises(NotFound, match="3D000"):
            look(healthy.resource(name="elsewhere"), healthy.environment, None)

    def test_no_slot_left(self, healthy):
        healthy.become(sessions=22)
        with pytest.raises(NoSlotLeft, match="53300"):
            look(healthy.resource(), healthy.environment, None)

    def test_a_variable_that_is_not_set(self, healthy):
        with pytest.raises(Unauthenticated, match="NOWHERE"):
            look(healthy.resource(dsn_env="NOWHERE"), healthy.environment, None)


class TestSession:
    def test_nothing_can_be_changed(self, healthy):
        async def change(session):
            await session.enter()
            await session._rows("create table mine ()")

        with pytest.raises(ProtocolError, match="25006"):
            look(healthy.resource(), healthy.environment, change)

    def test_what_it_is_called_and_what_limits_it(self, healthy):
        async def settings(session):
            await session.enter()
            return [
                (await session._rows(f"select current_setting('{name}') as it"))[0]["it"]
                for name in ("application_name", "statement_timeout", "lock_timeout")
            ]

        name, *limits = look(healthy.resource(), healthy.environment, settings)
        assert name.startswith("netra-validate/")
        assert limits == ["5s", "1s"]

    def test_a_name_is_quoted(self):
        wanted = 'select left("a""b"::text, 200) from "s"."t;drop" limit 6'
        assert queries.column("s", "t;drop", 'a"b') == wanted

    def test_a_column_that_is_missing(self, healthy):
        async def ask(session):
            return await session.column("public", "alembic_version", "nothing")

        with pytest.raises(NotFound, match="42703"):
            look(healthy.resource(), healthy.environment, ask)

    def test_everything_that_goes_on(self, healthy):
        healthy.become(blocked=True, advisory_lock=True, long_transaction=True, sessions=2)

        async def ask(session):
            server = await session.server()
            return (
                server,
                await session.sessions(3600),
                await session.transactions(),
                await session.blocked(server.version),
                await session.advisory_locks(),
                await session.counters(170000),
                await session.replicas(),
            )

        server, sessions, transactions, blocked, locks, counters, replicas = look(
            healthy.resource(), healthy.environment, ask
        )
        assert (server.used, server.slots, server.sees_all) == (8, 22, True)
        assert (sessions.young, sessions.hidden) == (7, 0)
        assert len(transactions) == 4
        assert {each.kind for each in blocked} == {"transactionid", "advisory"}
        assert all(each.blockers for each in blocked)
        assert [(each.key, each.awaited) for each in locks] == [(1278, True)]
        assert (counters.deadlocks, counters.conflicts, replicas) == (0, {}, ())

    def test_what_a_role_without_pg_monitor_sees(self, healthy):
        healthy.become(sees_all=False, sessions=3, blocked=True)

        async def ask(session):
            server = await session.server()
            return server, await session.sessions(60), await session.blocked(server.version)

        server, sessions, blocked = look(healthy.resource(), healthy.environment, ask)
        assert (server.sees_all, server.used) == (False, 6)
        assert (sessions.hidden >= 5, sessions.young) == (True, 0)
        assert blocked[0].waited_s is not None

    def test_a_replica(self, healthy):
        healthy.become(in_recovery=True)

        async def ask(session):
            return (await session.server()).in_recovery, await session.replay_lag_s()

        in_recovery, lag_s = look(healthy.resource(), healthy.environment, ask)
        assert in_recovery
        assert lag_s > 0


def against(meet, *, sslmode="disable", timeout_s=1.0):
    """The error that comes of something else on the port, and how long it took."""

    async def met():
        async with listening(meet) as port:
            resource = Database(
                key="postgres", instance="staging-postgres", host="127.0.0.1", port=port,
                name="d", user="u", sslmode=sslmode,
            )  # fmt: skip
            began = time.monotonic()
            with pytest.raises(ClientError) as refused:
                async with (
                    clients().postgres(Budget.lasting(timeout_s, retries=0)).session(resource)
                ):
                    pass
            return refused.value, time.monotonic() - began

    return asyncio.run(met())


class TestSomethingElse:
    def test_silence(self):
        error, took_s = against(silent, timeout_s=0.5)
        assert isinstance(error, TimedOut)
        assert took_s < 1.5

    @pytest.mark.parametrize("sslmode", ["disable", "require", "prefer"])
    @pytest.mark.parametrize("meet", [web, garbage, hangs_up, nonsense_challenge])
    def test_another_protocol(self, meet, sslmode):
        error, _ = against(meet, sslmode=sslmode)
        assert isinstance(error, ProtocolError | Unreachable | TimedOut)
        assert "staging-postgres" in error.message

    @pytest.mark.parametrize("meet", [web, garbage])
    def test_what_begins_otherwise_is_not_waited_for(self, meet):
        error, took_s = against(meet, timeout_s=20.0)
        assert isinstance(error, ProtocolError)
        assert took_s < 5

    @pytest.mark.parametrize("meet", [notices, huge])
    def test_more_than_anybody_needs(self, meet):
        error, _ = against(meet, timeout_s=5.0)
        assert isinstance(error, ProtocolError)
        assert "sends more" in error.message

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("28000", Unauthenticated),
            ("57P03", NotAccepting),
            ("53300", NoSlotLeft),
            ("3D000", NotFound),
            ("XX000", ProtocolError),
            ("\x1b[31m", ProtocolError),
        ],
    )
    def test_an_error_is_told_by_its_code_alone(self, code, kind):
        error, _ = against(says_error(code, "postgresql://me:hunter2@h/d"))
        assert isinstance(error, kind)
        assert "hunter2" not in error.message
        assert "\x1b" not in error.message

    def test_nobody(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            resource = Database(
                key="postgres", instance="staging-postgres", host="127.0.0.1",
                port=free.getsockname()[1], name="d", user="u",
            )  # fmt: skip
            with pytest.raises(Unreachable, match="refused"):
                look(resource, Environment(), None)


class TestConnector:
    def test_a_library_that_is_missing_says_how_to_get_it(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "google.cloud.sql.connector", None)

        async def opened():
            one = CloudSqlConnector("p:r:i", "private", None)
            await one.open("staging-postgres", "u", "d", None, 1.0, Budget.lasting(5))

        with pytest.raises(ClientError, match="not installed") as refused:
            asyncio.run(opened())
        assert "netra-validate[cloud-sql-connector]" in refused.value.hint

    def test_an_instance_without_a_region(self):
        resource = Database(key="postgres", instance="i", name="d", user="u")
        with pytest.raises(ClientError, match="has no region"):
            look(resource, Environment(project="p"), None)


def test_a_server_leaves_nothing_behind():
    """Not even where whoever started it is gone at once."""
    program = (
        "import os, sys\n"
        "from netra_validate.sandbox.postgres import begin, programs\n"
        "keeper = begin(programs())\n"
        "print(keeper.stdout.readline().decode().strip(), keeper.pid, flush=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    folder, pid = done.stdout.split()
    until = time.monotonic() + 20
    while os.path.exists(folder) and time.monotonic() < until:  # noqa: PTH110 - a str, as it was said
        os.sched_yield()
    assert not os.path.exists(folder), pid  # noqa: PTH110 - a str, as it was said
