import asyncio
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gcloud_commands import problems_of
from http_servers import Reply, says, serving
from postgres_servers import listening, postgres, says_error

from checks.postgres import Postgres
from checks.postgres.judging import Judge, roots_of
from checks.postgres.migrating import migration
from checks.postgres.psql import Psql, psql
from checks.postgres.remedies import Job, Place, free_connections, sign_in
from netra_validate import Context, Database, Environment, Outcome, Service, Severity
from netra_validate.clients.postgres import (
    AdvisoryLock,
    Counters,
    Entry,
    Replica,
    Server,
    Sessions,
    Transaction,
    Waiter,
    queries,
)
from netra_validate.model import Effect
from netra_validate.sandbox.database import DATABASE, ROLE, SCHEMA
from netra_validate.sandbox.database_faults import DATABASE_FAULTS
from netra_validate.sandbox.postgres import programs
from netra_validate.sandbox.staging import healthy_staging
from netra_validate.testing import run_check
from netra_validate.topology import Topology

PASSWORD = "correct-horse-battery"
AT = datetime(2026, 1, 1, tzinfo=UTC)


def judge(**options):
    check = Postgres(Postgres.Options(**options))
    return Judge(check, Place("staging-postgres", "netra-staging", Psql(asked_at=AT)))


def told(findings):
    findings = list(findings)
    for finding in findings:
        assert finding.message.startswith("staging-postgres") or "behind" in finding.message
        effects = [command.effect is Effect.READS for command in finding.remediation.commands]
        assert effects == sorted(effects, reverse=True), "those that look come first"
        assert effects[0], "look before you change"
    return [(each.rule.removeprefix("postgres."), each.severity) for each in findings]


def by_hand(argv, socket):
    """What the real psql says, which in this build speaks no TLS: so through the socket."""
    where = f"host={socket.parent} port={socket.suffix[1:]} dbname={DATABASE} user={ROLE}"
    return subprocess.run(
        [programs() / "psql", where, *argv[2:]],
        env={"LC_ALL": "C.UTF-8", "PATH": "/nonexistent", "PGPASSFILE": "/nonexistent"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )


def entry(**changes):
    values = {
        "connect_s": 0.1, "round_trip_s": 0.01, "tls": "TLSv1.3", "local": False, "verified": True,
        "server_tls": True, "read_only": False,
    }  # fmt: skip
    return Entry(**values | changes)


def server(**changes):
    values = {
        "version": 170005, "asked_at": AT, "in_recovery": False, "max_connections": 103,
        "reserved": 3, "used": 20, "sees_all": True,
    }  # fmt: skip
    return Server(**values | changes)


def waiter(pid, *blockers, waited_s=10.0, kind="transactionid"):
    return Waiter(pid, blockers, kind, "app", "worker", waited_s)


class TestEntry:
    @pytest.mark.parametrize(
        ("connect_s", "said"),
        [
            (4.9, []),
            (5.0, [("slow-connect", Severity.WARNING)]),
            (20.0, [("slow-connect", Severity.ERROR)]),
        ],
    )
    def test_how_long_it_took(self, connect_s, said):
        assert told(judge().entry(entry(connect_s=connect_s))) == said

    def test_in_the_clear_over_a_network(self):
        said = [("no-tls", Severity.WARNING)]
        assert told(judge().entry(entry(tls=None))) == said
        assert told(judge().entry(entry(tls=None, local=True))) == []

    def test_encryption_is_asked_for_and_never_taken_back(self):
        (found,) = judge().entry(entry(tls=None))
        commands = found.remediation.commands
        assert any("--ssl-mode=ENCRYPTED_ONLY" in command.argv for command in commands)
        assert all(command.undo is None for command in commands)


class TestServer:
    @pytest.mark.parametrize(
        ("used", "said"),
        [
            (79, []),
            (80, [("connections", Severity.WARNING)]),
            (95, [("connections", Severity.ERROR)]),
        ],
    )
    def test_what_is_reserved_is_for_nobody(self, used, said):
        assert told(judge().server(server(used=used), entry())) == said

    def test_nothing_but_reserved_slots(self):
        assert told(judge().server(server(max_connections=3, used=3), entry()))

    def test_a_primary_can_be_written_to(self):
        said = [("read-only", Severity.ERROR)]
        assert told(judge().server(server(in_recovery=True), entry())) == said
        assert told(judge().server(server(), entry(read_only=True))) == said
        assert told(judge(role="replica").server(server(in_recovery=True), entry())) == []

    @pytest.mark.parametrize("in_recovery", [False, True])
    def test_what_is_advised_fits_what_was_seen(self, in_recovery):
        seen = server(in_recovery=in_recovery), entry(read_only=not in_recovery)
        (found,) = judge().server(*seen)
        advice = found.remediation
        assert ("default_transaction_read_only" in advice.summary) is not in_recovery
        assert ("Connect to the primary" in advice.summary) is in_recovery
        assert ("READ-ONLY" in advice.docs, "standby" in advice.docs) == (
            not in_recovery,
            in_recovery,
        )

    def test_many_at_once(self):
        said = [("connection-storm", Severity.WARNING)]
        assert told(judge().sessions(Sessions(0, 1, 1, 50), server())) == []
        assert told(judge().sessions(Sessions(0, 1, 1, 51), server())) == said


class TestLocks:
    @pytest.mark.parametrize(
        ("waited_s", "said"),
        [
            (None, []),
            (4.9, []),
            (5.0, [("blocked-session", Severity.WARNING)]),
            (60.0, [("blocked-session", Severity.ERROR)]),
        ],
    )
    def test_how_long_somebody_waits(self, waited_s, said):
        assert told(judge().blocked([waiter(1, 2, waited_s=waited_s)])) == said

    def test_one_finding_names_the_root_of_a_queue(self):
        queue = [waiter(1, 2), waiter(2, 3), waiter(4, 1)]
        (found,) = judge().blocked(queue)
        assert "3 sessions wait for a lock behind session 3" in found.message
        assert found.remediation.summary.startswith("Let session 3 end its transaction")
        assert "where pid = 3 and" in found.remediation.commands[-1].argv[-1]

    def test_what_no_session_holds_is_ended_by_its_owner(self):
        (found,) = judge().blocked([waiter(1, 0)])
        assert "prepared transaction" in found.remediation.summary
        assert all(each.effect is Effect.READS for each in found.remediation.commands)

    def test_a_circle_has_no_root(self):
        circle = [waiter(1, 2), waiter(2, 1)]
        assert roots_of(circle, circle) == ()
        assert told(judge().blocked(circle))

    def test_an_advisory_lock_is_its_own_rule(self):
        assert told(judge().blocked([waiter(1, 2, kind="advisory")])) == []

    @pytest.mark.parametrize(
        ("held_s", "awaited", "said"),
        [
            (299.0, False, []),
            (None, False, []),
            (300.0, False, [("advisory-lock", Severity.WARNING)]),
            (None, True, [("advisory-lock", Severity.ERROR)]),
        ],
    )
    def test_an_advisory_lock(self, held_s, awaited, said):
        held = AdvisoryLock(7, 1278, "app", "alembic", held_s, awaited)
        assert told(judge().advisory_locks([held])) == said

    @pytest.mark.parametrize(
        ("state", "age_s", "state_s", "is_told"),
        [
            ("active", 299.0, 299.0, False),
            ("active", 300.0, 1.0, True),
            ("idle in transaction", 61.0, 59.0, False),
            ("idle in transaction", 61.0, 60.0, True),
            ("idle in transaction (aborted)", 61.0, 60.0, True),
        ],
    )
    def test_a_transaction(self, state, age_s, state_s, is_told):
        seen = [Transaction(7, "app", "worker", state, age_s, state_s)]
        said = [("long-transaction", Severity.WARNING)] if is_told else []
        assert told(judge().transactions(seen)) == said


class TestPsql:
    def database(self, **fields):
        return Database(key="postgres", instance="i", **fields)

    def argv(self, ca_file=None, **fields):
        return psql(self.database(**fields), ca_file).blocked().argv

    def test_a_host_is_spoken_to_as_the_configuration_says(self):
        reached = {"host": "10.0.0.3", "name": "netra", "user": "app"}
        programme, where, flag, query = self.argv(**reached)
        assert (programme, flag) == ("psql", "-c")
        assert where == "host=10.0.0.3 port=5432 dbname=netra user=app sslmode=require"
        assert "pg_blocking_pids" in query

    @pytest.mark.parametrize(
        ("ca_file", "root"), [(None, "system"), (Path("/etc/our ca.pem"), "'/etc/our ca.pem'")]
    )
    def test_who_verifies_is_given_the_authority(self, ca_file, root):
        reached = {"host": "db", "name": "d", "user": "u", "sslmode": "verify-full"}
        assert self.argv(ca_file, **reached)[1].endswith(f"sslmode=verify-full sslrootcert={root}")

    def test_names_with_quotes_are_quoted_as_libpq_has_it(self):
        where = self.argv(host="db", name="it's", user="a\\b")[1]
        assert "dbname='it\\'s' user='a\\\\b'" in where

    def test_through_the_connector_a_proxy_runs_beside_it(self):
        way = psql(self.database(name="d", user="u"), None)
        assert way.blocked().argv[1] == "host=127.0.0.1 port=5432 dbname=d user=u"
        assert "cloud-sql-proxy" in way.needs

    def test_of_a_dsn_nothing_is_shown(self):
        way = psql(self.database(dsn_env="STAGING_DSN"), None)
        assert way.blocked().argv[:2] == ("psql", "-c")
        assert "the parts of STAGING_DSN from PGHOST" in way.needs

    def test_to_end_a_session_says_what_it_risks_and_that_it_is_for_good(self):
        command = Psql().end(7, AT)
        assert (command.effect, command.undo) == (Effect.CHANGES, None)
        assert command.no_undo == "A session that has ended cannot be brought back"
        assert "taken back" in command.risk
        assert "pg_signal_backend" in command.risk

    def test_no_session_is_ended_that_began_after_the_one_that_was_seen(self):
        query = Psql().end(7, AT).argv[-1]
        assert " pid = 7 and backend_start <= '2026-01-01T00:00:00.000000+00:00' and" in query

    def test_capitals_are_kept(self):
        query = Psql().version("App.alembic_version", "versionNum").argv[-1]
        assert query == 'select "versionNum" from "App".alembic_version'


class TestMigration:
    def remedy(self, *services, **options):
        database = Database(key="postgres", instance="i")
        where = Environment(project="p", region="us-central1")
        context = Context(where, Topology((database, *services)), None, None)
        chosen = Postgres.Options(schema_table="alembic_version", **options)
        place = Place("i", "p", Psql(), migration(database, chosen, context))
        (found,) = Judge(Postgres(chosen), place).schema("alembic_version", ["a", "b"])
        return found.remediation

    def service(self, *jobs):
        return Service(key="api", database="postgres", checks={"cloud-run": {"jobs": [*jobs]}})

    def executed(self, remedy):
        return [each.argv[4] for each in remedy.commands if "execute" in each.argv]

    def test_the_option_names_the_job(self):
        remedy = self.remedy(self.service("db-migrate"), migration_job="schema")
        assert self.executed(remedy) == ["schema"]
        assert remedy.summary.startswith("Run the job schema with the migrations of the version")
        (run,) = [each for each in remedy.commands if "execute" in each.argv]
        assert run.argv[-2:] == ("--region=us-central1", "--project=p")
        assert (run.effect, bool(run.no_undo), bool(run.risk)) == (Effect.CHANGES, True, True)

    def test_else_the_job_of_its_services_that_says_that_it_migrates(self):
        assert self.executed(self.remedy(self.service("send-mail", "db-migrate"))) == ["db-migrate"]

    @pytest.mark.parametrize("jobs", [(), ("send-mail",), ("migrate-a", "migrate-b"), (3,)])
    def test_without_one_it_says_what_to_configure(self, jobs):
        remedy = self.remedy(self.service(*jobs))
        assert self.executed(remedy) == []
        assert "migration_job" in remedy.summary
        assert remedy.commands[0].argv[-1] == "select version_num from alembic_version"

    def test_a_service_of_another_database_has_no_say(self):
        other = Service(key="api", checks={"cloud-run": {"jobs": ["db-migrate"]}})
        assert self.executed(self.remedy(other)) == []


class TestTheServiceThatFits:
    def advised(self, *declared):
        database = Database(key="postgres", instance="i")
        options = Postgres.Options(schema_table="alembic_version", schema_versions=declared)
        job = Job("migrate-database", "p", "us-central1")
        place = Place("i", "p", psql(database, None), job)
        (found,) = Judge(Postgres(options), place).reported("b", {"backend": "a"})
        assert {each.effect for each in found.remediation.commands} == {Effect.READS}
        return found.remediation.summary

    def test_where_the_version_of_the_database_is_declared_nothing_is_migrated(self):
        told = self.advised("b")
        assert told.startswith("Deploy the version of backend that works with version b of the")
        assert "which is the one that is declared" in told
        assert "migrat" not in told

    def test_where_none_is_declared_it_may_be_the_database_that_is_behind(self):
        assert "or migrate the schema to a where every service works" in self.advised()


def test_who_has_used_up_the_connections_is_seen_in_a_slot_that_is_reserved():
    told = free_connections(Place("i", "p")).summary
    assert "pg_use_reserved_connections" in told
    assert "num_backends" in told


class TestHistory:
    @pytest.mark.parametrize(
        ("counters", "is_told"),
        [
            (Counters(5, {}, 60.0), False),
            (Counters(6, {}, 60.0), True),
            (Counters(50, {}, 10 * 86400.0), False),
            (Counters(51, {}, 10 * 86400.0), True),
            (Counters(6, {}, None), True),
            (Counters(0, {"lock": 15, "snapshot": 5}, 60.0), False),
            (Counters(0, {"lock": 15, "snapshot": 6}, 60.0), True),
            (Counters(0, {"lock": 201}, 10 * 86400.0), True),
        ],
    )
    def test_on_an_average_day(self, counters, is_told):
        said = [("contention", Severity.WARNING)] if is_told else []
        assert told(judge().counters(counters)) == said

    def test_deadlocks_and_conflicts_are_told_apart_and_conflicts_by_kind(self):
        seen = Counters(9, {"lock": 5, "snapshot": 25}, 60.0)
        locked, cancelled = judge().counters(seen)
        assert (locked.identity, cancelled.identity) == ("deadlocks", "conflicts")
        assert "30 queries" in cancelled.message
        assert "(25 snapshot, 5 lock)" in cancelled.message
        assert "hot_standby_feedback" in cancelled.remediation.summary

    @pytest.mark.parametrize(
        "kind", ["tablespace", "lock", "snapshot", "bufferpin", "deadlock", "logicalslot"]
    )
    def test_every_kind_of_conflict_has_a_remedy(self, kind):
        told(judge().counters(Counters(0, {kind: 1000}, 60.0)))

    @pytest.mark.parametrize(
        ("sessions", "lost", "is_told"),
        [
            (None, {}, False),
            (99, {"killed": 99}, False),
            (100, {"killed": 10}, False),
            (100, {"abandoned": 6, "fatal": 5}, True),
        ],
    )
    def test_sessions_that_were_lost(self, sessions, lost, is_told):
        seen = Counters(0, {}, 60.0, sessions, lost)
        said = [("lost-sessions", Severity.WARNING)] if is_told else []
        assert told(judge().counters(seen)) == said

    @pytest.mark.parametrize("end", ["abandoned", "fatal", "killed"])
    def test_every_end_has_a_remedy(self, end):
        (found,) = judge().counters(Counters(0, {}, 60.0, 100, {end: 50}))
        assert f"(50 {end})" in found.message
        told([found])

    @pytest.mark.parametrize("version", [120000, 140000, 160000, 180000])
    def test_what_a_version_does_not_count_is_not_asked_for(self, version):
        asked = queries.counters(version)
        assert ("d.sessions::int8" in asked) == (version >= 140000)
        assert ("confl_active_logicalslot" in asked) == (version >= 160000)


class TestReplication:
    def test_who_follows(self):
        seen = [Replica("one", "streaming", 31.0, 5.0), Replica("two", "streaming", None, 0.0)]
        (found,) = judge().replicas(seen)
        assert (found.severity, found.message) == (
            Severity.WARNING,
            "one is 31 s behind, limit 30 s",
        )

    def test_a_replica_itself(self):
        assert told(judge(role="replica").replay(31.0)) == [("replica-lag", Severity.WARNING)]
        assert told(judge(role="replica").replay(None)) == []
        assert told(judge().replay(31.0)) == []


class TestSchema:
    @pytest.mark.parametrize(
        ("seen", "message"),
        [
            (("b",), None),
            (("z",), "has version z of its schema, expected a or b"),
            (("a", "b"), "has several versions of its schema: a, b, expected a or b"),
            ((), "has no version of its schema: v is empty, expected a or b"),
            (None, "has no version of its schema: there is no v, expected a or b"),
        ],
    )
    def test_what_the_table_says(self, seen, message):
        found = list(judge(schema_versions=("a", "b")).schema("v", seen))
        assert [each.message.removeprefix("staging-postgres ") for each in found] == (
            [message] if message else []
        )
        told(found)

    def test_any_version_where_none_is_expected(self):
        assert told(judge().schema("v", ("z",))) == []
        assert told(judge().schema("v", ("y", "z"))) == [("schema-version", Severity.ERROR)]


class TestReported:
    @pytest.mark.parametrize(
        ("told_by_service", "disagrees"),
        [("b", False), ("a", True), ("", True)],
    )
    def test_the_same_version_is_needed(self, told_by_service, disagrees):
        said = [("schema-disagrees", Severity.ERROR)] if disagrees else []
        assert told(judge().reported("b", {"backend": told_by_service})) == said

    def test_a_pair_that_fits(self):
        fitting = judge(schema_pairs={"b": ("a", "b")})
        assert told(fitting.reported("b", {"backend": "a", "auth": "b"})) == []
        assert told(fitting.reported("a", {"backend": "b"})) == [
            ("schema-disagrees", Severity.ERROR)
        ]
        (found,) = fitting.reported("b", {"backend": "z"})
        assert found.message == (
            "staging-postgres has version b of its schema, and backend says that it needs z"
        )

    @pytest.mark.parametrize(
        ("body", "field", "found"),
        [
            ({"schema_version": "b"}, "schema_version", "b"),
            ({"schema_version": 7}, "schema_version", "7"),
            ({"database": {"schema": "b"}}, "database.schema", "b"),
            ({"database": "b"}, "database.schema", None),
            ({"schema_version": ["b"]}, "schema_version", None),
            ({"schema_version": ""}, "schema_version", None),
            ({}, "schema_version", None),
            (["b"], "schema_version", None),
        ],
    )
    def test_where_a_service_says_it(self, healthy, body, field, found):
        with serving({"/ready": says(body, 503)}) as site:
            service = Service(key="backend", url=site.url, database="postgres")
            result = run(
                healthy,
                schema_table="alembic_version",
                schema_health="/ready",
                schema_health_field=field,
                resources=(service,),
            )
        assert result.observations["schema_reported"] == {"backend": found or "not told"}
        assert len(site.asked) >= 1
        rules = ["postgres.schema-disagrees"] if found else []
        assert [each.rule for each in result.findings] == rules

    def test_a_service_that_does_not_answer_says_nothing(self, healthy):
        with serving({"/ready": Reply(200, b"<html>")}) as site:
            services = (
                Service(key="backend", url=site.url, database="postgres"),
                Service(key="gone", url="http://127.0.0.1:9", database="postgres"),
                Service(key="other", url=site.url),
            )
            result = run(
                healthy,
                schema_table="alembic_version",
                schema_health="/ready",
                resources=services,
            )
        assert result.outcome is Outcome.PASS, result.reason
        assert result.observations["schema_reported"] == {"backend": "not told", "gone": "not told"}


@pytest.fixture(scope="module")
def running_server(tmp_path_factory):
    with postgres(tmp_path_factory.mktemp("postgres")) as found:
        yield found


@pytest.fixture
def healthy(running_server):
    yield running_server
    running_server.become()


def run(healthy, resource=None, *, resources=(), **options):
    return run_check(
        Postgres,
        resource or healthy.resource(),
        resources=resources,
        options=Postgres.Options(**options),
        environment=healthy.environment,
        retries=0,
    )


class TestRuns:
    def test_a_pass_says_what_was_seen(self, healthy):
        result = run(healthy, schema_table="alembic_version")
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        assert {
            "connect_ms", "round_trip_ms", "tls", "connections", "sessions", "waiting_for_locks",
            "advisory_locks", "deadlocks", "conflicts", "replicas", "schema_version", "version",
            "in_recovery", "oldest_transaction_s",
        } <= set(result.observations)  # fmt: skip

    def test_what_a_role_may_not_see_is_not_verified(self, healthy):
        healthy.become(sees_all=False)
        result = run(healthy)
        assert result.outcome is Outcome.ERROR
        assert "pg_monitor" in result.reason
        assert "not known" in result.observations["other_sessions"]
        assert "waiting_for_locks" in result.observations, "the rest is looked at all the same"

    def test_a_table_that_may_not_be_read(self, healthy):
        result = run(healthy, schema_table="threads", schema_column="title")
        assert result.outcome is Outcome.ERROR
        assert "42501" in result.reason

    def test_a_table_that_is_missing(self, healthy):
        result = run(healthy, schema_table="app.versions", schema_versions=("1",))
        assert [each.rule for each in result.findings] == ["postgres.schema-version"]
        assert result.findings[0].message.endswith("there is no app.versions, expected 1")

    def test_a_dsn_is_never_shown(self, healthy, monkeypatch):
        healthy.become(asks_for_password=True)
        monkeypatch.setenv(
            "STAGING_DSN",
            f"postgresql://some_role:{PASSWORD}@localhost:{healthy.port}/some_database",
        )
        resource = Database(key="postgres", instance="staging-postgres", dsn_env="STAGING_DSN")
        result = run(healthy, resource)
        assert result.outcome is Outcome.ERROR
        for part in (PASSWORD, "some_role", "some_database", str(healthy.port)):
            assert part not in f"{result.reason} {result.observations} {result.trace}"

    @pytest.mark.parametrize(
        "code", ["28P01", "28000", "3D000", "53300", "57P03", "XX000", "\x1b[31m", ""]
    )
    def test_a_server_that_quotes_the_password_is_not_quoted(self, code, monkeypatch):
        async def story():
            async with listening(says_error(code, f"no {PASSWORD} for some_role")) as port:
                monkeypatch.setenv(
                    "STAGING_DSN",
                    f"postgresql://some_role:{PASSWORD}@127.0.0.1:{port}/d?sslmode=disable",
                )
                resource = Database(key="postgres", instance="i", dsn_env="STAGING_DSN")
                return await asyncio.to_thread(run_check, Postgres, resource, retries=0)

        result = asyncio.run(story())
        assert result.outcome in {Outcome.ERROR, Outcome.FAIL}
        shown = f"{result.reason} {result.findings} {result.observations} {result.trace}"
        assert PASSWORD not in shown
        assert "some_role" not in shown

    @pytest.mark.parametrize(
        "dsn",
        [
            "postgresql://u:{0}@[::1/d",
            "postgresql://u:{0}@[not-an-address]:5432/d",
            "postgresql://u:{0}@localhost:99999999999999999999/d",
            "postgresql://u:{0}@localhost:{0}/d",
            "postgresql://u:{0}@" + "a" * 300 + "/d",
            "postgresql://u:{0}@xn--\u00e9./d",
            "postgresql://u:{0}@127.0.0.1:1/d?sslmode={0}",
            "postgresql://u:{0}@127.0.0.1:1/d?sslrootcert=/{0}",
            "postgresql://u:{0}@127.0.0.1:1/d?sslmode=require&sslcert=/{0}",
            "postgresql://u:{0}@/d?host=/{0}",
            "postgresql://u:{0}%00@127.0.0.1:1/d",
            "postgresql://{0}@127.0.0.1:1/%00",
            "mysql://u:{0}@localhost/d",
            "{0}",
        ],
    )
    def test_a_dsn_that_is_wrong_in_some_part_is_not_shown(self, dsn, monkeypatch):
        monkeypatch.setenv("STAGING_DSN", dsn.replace("{0}", PASSWORD))
        resource = Database(key="postgres", instance="i", dsn_env="STAGING_DSN")
        result = run_check(Postgres, resource, retries=0)
        assert result.outcome in {Outcome.ERROR, Outcome.FAIL}
        shown = f"{result.reason} {result.findings} {result.observations} {result.trace}"
        assert PASSWORD not in shown
        assert PASSWORD[:8] not in shown

    def test_who_is_not_let_in_is_told_whom_to_look_for(self, healthy, monkeypatch):
        healthy.become(asks_for_password=True)
        listed = "`gcloud sql users list --instance=staging-postgres --project=netra-staging`"
        reason = run(healthy).reason
        assert f"password of {ROLE} in password_env" in reason
        assert listed in reason
        monkeypatch.setenv("DB_PASSWORD", "wrong-one-at-all")
        reason = run(healthy, healthy.resource(password_env="DB_PASSWORD")).reason
        assert f"the user {ROLE}, and that DB_PASSWORD holds that user's password" in reason
        place = Place("staging-postgres", None)
        dsn = sign_in(Database(key="d", instance="i", dsn_env="STAGING_DSN"), place)
        assert dsn.startswith("compare the user and the password in STAGING_DSN with `gcloud sql")
        iam = sign_in(Database(key="d", instance="i", name="d", user="me@p.iam"), place)
        assert iam.endswith("that me@p.iam is a user by IAM there")

    def test_a_role_that_sees_little_is_named(self, healthy):
        healthy.become(sees_all=False)
        assert run(healthy).reason.endswith(f'run: grant pg_monitor to "{ROLE}"')

    def test_a_variable_that_is_not_set_is_not_verified(self, healthy):
        result = run(healthy, healthy.resource(dsn_env="NOWHERE_DSN"))
        assert (result.outcome, "NOWHERE_DSN" in result.reason) == (Outcome.ERROR, True)

    def test_refused_is_a_finding(self, healthy):
        healthy.become(door="shut")
        result = run(healthy)
        assert result.outcome is Outcome.FAIL
        assert [each.rule for each in result.findings] == ["postgres.unreachable"]
        assert result.findings[0].evidence["phase"] == "connection"
        assert problems_of(result.findings[0].remediation) == []

    @pytest.mark.parametrize(
        ("state", "rule", "limits"),
        [
            ({"blocked": True}, "blocked-session", {"warn_blocked_s": 0, "max_blocked_s": 0}),
            ({"advisory_lock": True}, "advisory-lock", {}),
            ({"long_transaction": True}, "long-transaction", {"max_transaction_s": 0}),
            ({"sessions": 18}, "connections", {}),
            ({"schema": "20200101_01"}, "schema-version", {"schema_versions": ("1",)}),
        ],
    )
    def test_what_a_person_is_told_to_ask_is_answered(self, healthy, state, rule, limits):
        healthy.become(**state)
        result = run(healthy, schema_table="alembic_version", **limits)
        (found,) = [each for each in result.findings if each.rule == f"postgres.{rule}"]
        asked = [each for each in found.remediation.commands if each.argv[0] == "psql"]
        looks = [each for each in asked if each.effect is Effect.READS]
        assert looks
        for command in looks:
            answer = by_hand(command.argv, healthy.socket)
            assert answer.returncode == 0, answer.stderr
            assert "(0 rows)" not in answer.stdout
        for command in asked[len(looks) :]:
            assert "permission denied" in by_hand(command.argv, healthy.socket).stderr, (
                "as its risk says"
            )

    def test_no_way_is_a_skip_that_says_what_to_configure(self):
        result = run_check(Postgres, Database(key="postgres", instance="i"))
        assert result.outcome is Outcome.SKIP
        for word in ("dsn_env", "name", "user", "host"):
            assert word in result.reason

    def test_a_private_address_that_does_not_answer_is_no_finding(self, monkeypatch):
        async def unanswered(*args, **kwargs):
            raise OSError(113, "no route")  # a runner outside of the network gets this, or nothing

        monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", unanswered)
        resource = Database(
            key="postgres", instance="i", host="10.20.0.3", name="d", user="u", sslmode="disable"
        )
        result = run_check(Postgres, resource, environment=Environment(), retries=0)
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert "private address" in result.reason


@pytest.mark.parametrize("name", list(DATABASE_FAULTS))
def test_a_fault_changes_nothing_but_the_database(name):
    well = healthy_staging()
    ill = DATABASE_FAULTS[name](well)
    assert ill.database != well.database
    assert (ill.world, ill.files, ill.deployments) == (well.world, well.files, well.deployments)


@pytest.mark.parametrize("name", [name for name in DATABASE_FAULTS if name != "deadlocks"])
def test_what_was_broken_heals(healthy, name):
    ill = DATABASE_FAULTS[name](healthy_staging()).database
    healthy.become(**{field: getattr(ill, field) for field in ill.__slots__})
    healthy.become()
    result = run(healthy, schema_table="alembic_version", schema_versions=(SCHEMA,))
    assert (result.outcome, result.findings) == (Outcome.PASS, ())
