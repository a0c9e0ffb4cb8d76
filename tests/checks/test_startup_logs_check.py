import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from gcloud_commands import problems_of
from google_worlds import run_in_world

from checks.startup_logs import StartupLogs
from checks.startup_logs.judgement import judge
from checks.startup_logs.options import Signature
from checks.startup_logs.patterns import problem
from checks.startup_logs.reading import read
from checks.startup_logs.remedies import Place, mend
from checks.startup_logs.starts import Hit, Start
from netra_validate import Environment, Outcome, Service, Severity, config, registry
from netra_validate.bounded_patterns import BoundedPattern
from netra_validate.clients.google.log_entries import STDERR, SYSTEM_LOG, Entry
from netra_validate.clients.google.settings import SecretUse
from netra_validate.model import Effect
from netra_validate.option_tables import note_bad_options
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.log_lines import STDOUT, LogLine, Writer, good_start
from netra_validate.sandbox.world import CREATED_AT, placed
from netra_validate.testing import run_check
from netra_validate.topology import CandidateService

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOON_AFTER = timedelta(hours=1)
PLACE = Place(
    "netra-backend", "r-3", "netra-staging", "us-central1", (("LATEST", 100),), "r-2", "512Mi"
)
MODULE = "ModuleNotFoundError: No module named 'netra_auth'"
VALIDATION = "Database connection validation timeout exceeded (20.0s)"
TIMEOUT = "psycopg.OperationalError: connection to server at 10.0.0.3 failed: timeout expired"


def says(*lines, instance="i1", severity="DEFAULT", log=STDERR):
    return [
        Entry(AT + timedelta(seconds=second), line, severity, log, instance)
        for second, line in enumerate(lines)
    ]


def cloud_run_says(*lines, instance="i1"):
    return says(*lines, instance=instance, log=SYSTEM_LOG)


def exits(instance="i1", second=9, code=3):
    """What Cloud Run says of an instance that ends badly, so long after its start."""
    at = AT + timedelta(seconds=second)
    return [Entry(at, f"Container called exit({code}).", "WARNING", SYSTEM_LOG, instance)]


def starts_well(second=0, instance="i1"):
    """What Cloud Run says of a good start."""
    at = AT + timedelta(seconds=second)
    said = 'Default STARTUP TCP probe succeeded after 1 attempt for container "x" on port 8080.'
    return [Entry(at, said, "INFO", SYSTEM_LOG, instance)]


def later(entries, **by):
    """The same so much later."""
    return [replace(each, at=each.at + timedelta(**by)) for each in entries]


def found_in(*entries, severity=None, after=SOON_AFTER, **options):
    """What is made of entries so long after the first of them."""
    check = StartupLogs(StartupLogs.Options(**options))
    patterns = {name: re.compile(each.pattern) for name, each in check.options.signatures.items()}
    told = read([each for some in entries for each in some], patterns)
    return list(judge(check, PLACE, told, severity, "serving", AT + after))


def rules(findings):
    findings = list(findings)
    for finding in findings:
        assert problems_of(finding.remediation) == []
        effects = [command.effect is Effect.READS for command in finding.remediation.commands]
        assert effects == sorted(effects, reverse=True), "those that look come first"
        assert effects[0], "look before you change"
    return [finding.rule.removeprefix("startup-logs.") for finding in findings]


def signature(pattern, **more):
    return {"signatures": {"own": Signature(pattern=pattern, **more)}}


class TestSignatures:
    @pytest.mark.parametrize(
        ("line", "rule"),
        [
            (MODULE, "missing-module"),
            ('ModuleNotFoundError: No module named "a.b"', "missing-module"),
            ("Error: Cannot find module 'express'", "missing-module"),
            (VALIDATION, "validation-timeout"),
            (TIMEOUT, "database-timeout"),
            ("Database initialization timeout after 8.0s", "database-timeout"),
            ("asyncpg.exceptions: connect timed out", "database-timeout"),
            ("TimeoutError while opening the database", "database-timeout"),
            ("ERROR: JWT_SECRET_KEY contained whitespace", "secret-whitespace"),
            ("secret contains trailing whitespace", "secret-whitespace"),
            ('{"error": "redirect_uri_mismatch"}', "redirect-mismatch"),
        ],
    )
    def test_what_a_program_says(self, line, rule):
        assert rules(found_in(says(line), exits())) == sorted(
            {rule, "exited"} if rule == "redirect-mismatch" else {rule}
        )

    @pytest.mark.parametrize(
        ("line", "rule"),
        [
            ("Memory limit of 512 MiB exceeded with 530 MiB used.", "memory-limit"),
            (
                'STARTUP TCP probe failed 1 time for container "x" on port 8080. Not started.',
                "port-not-listened",
            ),
            (
                "The user-provided container failed to start and listen on the port defined",
                "port-not-listened",
            ),
            ("Container called exit(3).", "exited"),
            ("Container called exit(1).", "exited"),
            ("Container terminated on signal 11.", "exited"),
            ("Uncaught signal: 6, pid=1, tid=1, fault_addr=0.", "exited"),
        ],
    )
    def test_what_cloud_run_says(self, line, rule):
        assert rules(found_in(cloud_run_says(line))) == [rule]
        assert found_in(says(line)) == [], "only Cloud Run is believed"

    @pytest.mark.parametrize(
        "line",
        [
            "Container called exit(0).",
            "Container called exit(143).",
            "Container terminated on signal 9.",
            'STARTUP TCP probe succeeded after 1 attempt for container "x" on port 8080.',
        ],
    )
    def test_an_end_that_cloud_run_asked_for_is_none(self, line):
        assert found_in(cloud_run_says(line)) == []

    @pytest.mark.parametrize(
        "line",
        [
            "INFO:     Application startup complete.",
            "INFO: database connection timeout after 20 s, as configured",
            "[INFO] Database connection timed out once and was made again",
            "database pool: timeout=30",
            "Request to the payment provider timed out",
        ],
    )
    def test_what_is_no_failure_is_none(self, line):
        assert found_in(says(line)) == []
        said = says("database timed out, made again", severity="INFO")
        assert rules(found_in(said, exits())) == ["exited"]


class TestOneCause:
    def test_an_exit_is_explained_by_the_module_that_is_missing(self):
        (found,) = found_in(
            says("Traceback (most recent call last):", MODULE),
            cloud_run_says(
                "Container called exit(3).", "STARTUP TCP probe failed 1 time on port 8080"
            ),
        )
        assert rules([found]) == ["missing-module"]
        assert found.message == (
            "netra-backend (r-3) does not find the module netra_auth and ends with exit(3)"
        )
        assert found.evidence["ended"] == {"exit(3)": 1}
        assert found.severity is Severity.ERROR
        assert "Add netra_auth to what the image is built from" in found.remediation.summary
        back = found.remediation.commands[-1]
        assert "--to-revisions=r-2=100" in back.argv
        assert "--to-latest" in back.undo

    def test_instances_that_fail_alike_are_one_finding(self):
        (found,) = found_in(
            *(
                [
                    *says(MODULE, instance=each),
                    *cloud_run_says("Container called exit(3).", instance=each),
                ]
                for each in "abc"
            )
        )
        assert (found.evidence["instances"], found.evidence["ended"]) == (3, {"exit(3)": 3})

    def test_an_exit_of_another_instance_is_a_cause_of_its_own(self):
        found = found_in(
            says(MODULE, instance="a"),
            cloud_run_says("Container called exit(3).", instance="a"),
            cloud_run_says("Container called exit(1).", instance="b"),
        )
        assert rules(found) == ["missing-module", "exited"]

    def test_the_more_telling_leads(self):
        assert rules(found_in(says(VALIDATION, TIMEOUT), exits())) == ["validation-timeout"]
        assert rules(found_in(says(TIMEOUT, VALIDATION, MODULE), exits())) == ["missing-module"]
        memory = cloud_run_says("Memory limit of 512 MiB exceeded with 530 MiB used.")
        assert rules(found_in(says(TIMEOUT), memory)) == ["memory-limit"]
        assert rules(found_in(says(MODULE), memory)) == ["missing-module"]

    def test_a_timeout_after_the_start_is_not_one_of_the_start(self):
        started = cloud_run_says("STARTUP TCP probe succeeded after 1 attempt on port 8080.")
        assert found_in(started, says(TIMEOUT)) == []
        assert rules(found_in(says(TIMEOUT), exits())) == ["database-timeout"]

    @pytest.mark.parametrize(
        ("line", "severity"),
        [
            (f"the event loop of the standard library is used: {MODULE}", "WARNING"),
            (f"WARNING: goes on without: {MODULE}", "DEFAULT"),
            ("WARNING: the title of a thread contained whitespace, which is cut off", "DEFAULT"),
        ],
    )
    def test_what_a_program_warns_of_is_why_it_fails_only_where_it_fails(self, line, severity):
        started = cloud_run_says("STARTUP TCP probe succeeded after 1 attempt on port 8080.")
        said = says(line, severity=severity)
        assert found_in(said, started) == []
        assert found_in(started, said) == []
        (found,) = found_in(said, cloud_run_says("Container called exit(3)."))
        assert found.rule in {"startup-logs.missing-module", "startup-logs.secret-whitespace"}

    @pytest.mark.parametrize(
        ("line", "severity"),
        [
            (f'{{"role":"user","content":"I get {MODULE}, what is wrong?"}}', "DEFAULT"),
            (f"uvloop not available ({MODULE}), using asyncio", "DEFAULT"),
            (f"tool run_python for user 7 raised {MODULE}", "ERROR"),
            (f"export failed: {MODULE}", "ERROR"),
            (MODULE, "ERROR"),
            ("JWT_SECRET contained trailing whitespace, stripped", "DEFAULT"),
            ("ERROR: a form contained whitespace", "DEFAULT"),
            ("OAuth error: redirect_uri_mismatch for client x (rejected as designed)", "ERROR"),
            ('{"role": "user", "content": "Error 400: redirect_uri_mismatch"}', "DEFAULT"),
            ("database connection timed out, retrying (1/5)", "WARNING"),
            ("database connection timed out, trying again", "ERROR"),
            ("connection to server failed: timeout expired; retrying in 2 s", "DEFAULT"),
        ],
    )
    def test_without_a_bad_end_no_line_is_a_cause(self, line, severity):
        said = says(line, severity=severity)
        assert found_in(said) == []
        assert found_in(said, starts_well(second=1)) == []
        assert found_in(starts_well(), said) == []

    def test_what_a_user_writes_is_not_why_an_instance_ends_later(self):
        asked = says(f"user asks: {MODULE}", "user asks: postgres timed out", severity="ERROR")
        found = found_in(starts_well(), asked, exits(code=1))
        assert rules(found) == ["exited"]

    def test_what_is_raised_after_the_port_is_open_is_why_it_ends_soon(self):
        booting = says(
            "[1] [INFO] Listening at: http://0.0.0.0:8080",
            "[2] [ERROR] Exception in worker process",
            "Traceback (most recent call last):",
            '  File "/app/main.py", line 3, in <module>',
            MODULE,
        )
        (found,) = found_in(starts_well(), booting, exits())
        assert (rules([found]), found.severity) == (["missing-module"], Severity.ERROR)
        for later in (60, 3600):
            assert rules(found_in(starts_well(), booting, exits(second=later))) == [
                "exited", "missing-module",
            ]  # fmt: skip
        assert rules(found_in(starts_well(), says(TIMEOUT), exits())) == ["database-timeout"]

    @pytest.mark.parametrize(
        "announced",
        [
            "ERROR:app:export failed",
            "2025-09-01 08:30:07,113 - app - ERROR - export failed",
            "Exception in thread Thread-1:",
        ],
    )
    def test_a_traceback_after_a_good_start_is_a_warning_that_moves_no_traffic(self, announced):
        trace = ("Traceback (most recent call last):", '  File "/app/export.py", line 3', MODULE)
        (found,) = found_in(starts_well(), says(announced, *trace))
        assert (rules([found]), found.severity) == (["missing-module"], Severity.WARNING)
        assert found.message == (
            "netra-backend (r-3) does not find the module netra_auth after a good start"
        )
        assert (found.condemns, found.bearing.explains) == (frozenset(), frozenset())
        assert all(each.effect is Effect.READS for each in found.remediation.commands)
        assert found_in(starts_well(), says(announced, *trace[:-1], TIMEOUT)) == []
        assert found_in(starts_well(), says("WARNING:app:goes on without", *trace)) == []
        chained = ("KeyError: 'x'", "During handling of the above exception, another exception:")
        excused = says("WARNING:app:goes on", trace[0], *chained, *trace)
        assert found_in(starts_well(), excused) == []

    def test_an_instance_that_fails_is_found_among_many_that_start(self):
        well = [each for name in "abcdefgh" for each in starts_well(instance=name)]
        failing = [*says(MODULE, instance="z"), *exits("z")]
        (found,) = found_in(well, failing)
        assert (rules([found]), found.evidence["instances"]) == (["missing-module"], 1)
        assert found.condemns

    def test_every_start_of_one_instance_counts_for_itself(self):
        begun = cloud_run_says("Starting new instance. Reason: AUTOSCALING")[0]
        loop = [
            replace(entry, at=entry.at + timedelta(minutes=minute))
            for minute in range(3)
            for entry in (begun, *says(MODULE), *exits())
        ]
        (found,) = found_in(loop)
        assert (found.evidence["instances"], found.evidence["ended"]) == (3, {"exit(3)": 3})
        (still,) = found_in(loop, starts_well(second=600))
        assert still.evidence["ended"] == {"exit(3)": 3}, "that it came up in the end hides nothing"
        assert still.severity is Severity.WARNING

    def test_entries_out_of_order_are_put_in_order(self):
        retried = says(f"WARNING: {TIMEOUT}")
        assert found_in(starts_well(second=5), retried) == []
        late = [*exits(second=1), *says("Traceback (most recent call last):", "", MODULE)]
        assert rules(found_in(reversed(late))) == ["missing-module"]

    def test_a_start_that_is_probed_again_and_succeeds_has_not_failed(self):
        failed = cloud_run_says("STARTUP TCP probe failed 1 time consecutively on port 8080")
        assert rules(found_in(failed)) == ["port-not-listened"]
        assert found_in(failed, starts_well(second=5)) == []

    def test_what_it_can_do_without_is_not_why_it_raises_something_else(self):
        without = f"uvloop not available ({MODULE}), using asyncio"
        assert rules(found_in(says(without), exits())) == ["missing-module"]
        assert rules(found_in(says(without, "KeyError: 'JWT_SECRET'"), exits())) == ["exited"]
        assert rules(found_in(says(without, f"CRITICAL: {VALIDATION}"), exits())) == [
            "validation-timeout"
        ]
        deaf = cloud_run_says("", "STARTUP TCP probe failed 1 time consecutively on port 3000")
        listening = says(without, "INFO: Uvicorn running on http://0.0.0.0:8080")
        assert rules(found_in(listening, deaf)) == ["port-not-listened"]

    @pytest.mark.parametrize(
        ("kind", "moves"), [("exited", 1), ("redirect-mismatch", 0), ("silent-errors", 0)]
    )
    def test_no_traffic_is_moved_for_what_another_revision_has_as_well(self, kind, moves):
        remedy = mend(replace(PLACE, previous="r-2"), kind)
        assert sum(bool(each.relies_on) for each in remedy.commands) == moves
        assert ("r-2 can take the traffic" in remedy.summary) == bool(moves)

    def test_a_candidate_gets_more_memory_under_its_tag(self):
        remedy = mend(replace(PLACE, memory="512Mi", tag="next"), "memory-limit")
        assert {"--memory=1024Mi", "--tag=next", "--no-traffic"} <= set(remedy.commands[-1].argv)

    def test_a_limit_of_memory_is_not_overcome_by_a_start(self):
        limit = cloud_run_says("Memory limit of 512 MiB exceeded with 520 MiB used.")
        assert rules(found_in(limit, starts_well(second=5))) == ["memory-limit"]

    def test_of_lines_as_mild_the_first_counts_and_a_worse_one_before_it(self):
        start = Start()
        first, second = (Hit(AT, line, mild=True) for line in ("first", "second"))
        for hit in (first, second):
            start.note("missing-module", hit)
        assert start.hits == {"missing-module": first}
        for worse in (Hit(AT, "worse"), Hit(AT, "later")):
            start.note("missing-module", worse)
        assert start.hits["missing-module"].line == "worse"

    def test_a_revision_that_was_given_up_failed_though_no_end_is_logged(self):
        def causes(line):
            return [start.cause for start in read(says(line), {}, gave_up=True).starts]

        ((kind, _),) = causes(TIMEOUT)
        assert kind == "database-timeout"
        assert causes(f"uvloop not available ({MODULE})") == [None]
        assert not any(start.cause for start in read(says(TIMEOUT), {}).starts)

    def test_of_entries_from_the_middle_a_timeout_is_none_of_the_start(self):
        midlife = [*says(TIMEOUT)]
        assert not read(midlife, {}, from_the_start=False).starts[0].hits
        begun = [*cloud_run_says("Starting new instance. Reason: AUTOSCALING"), *midlife]
        assert list(read(begun, {}, from_the_start=False).starts[0].hits) == ["database-timeout"]

    def test_an_age_cuts_off_the_start_of_instances(self):
        world = world_of()
        now = datetime.now(UTC) - timedelta(minutes=5)
        line = LogLine("netra-backend", SERVING, now, TIMEOUT, severity="ERROR", instance="00c3")
        world = replace(world, logs=(*world.logs, line))
        recent, _ = run_in_world(
            StartupLogs, BACKEND, world, options=StartupLogs.Options(max_age_h=1.0)
        )
        assert recent.findings == ()

    def test_an_exit_shows_what_was_said_last(self):
        (found,) = found_in(
            says("one", "two", "password=hunter22", "ZeroDivisionError"),
            cloud_run_says("Container called exit(1)."),
        )
        assert rules([found]) == ["exited"]
        assert found.evidence["said_last"] == ["two", "password=[redacted]", "ZeroDivisionError"]

    def test_a_program_that_listens_elsewhere_is_quoted(self):
        (found,) = found_in(
            says("INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)"),
            cloud_run_says("STARTUP TCP probe failed 1 time consecutively on port 8080."),
        )
        assert found.message == (
            "netra-backend (r-3) does not listen on the port 8080 that is probed: it says that it"
            " listens on 127.0.0.1:8000"
        )

    def test_a_candidate_that_is_ready_is_a_warning(self):
        found = found_in(says(MODULE), exits(), severity=Severity.WARNING)
        assert [each.severity for each in found] == [Severity.WARNING]

    @pytest.mark.parametrize(
        ("memory", "flag"), [("512Mi", "--memory=1024Mi"), ("2Gi", "--memory=4Gi"), (None, None)]
    )
    def test_memory_is_doubled_where_it_is_known(self, memory, flag):
        check = StartupLogs()
        told = read(cloud_run_says("Memory limit of 512 MiB exceeded with 530 MiB used."), {})
        (found,) = judge(
            check, replace(PLACE, memory=memory), told, None, "serving", AT + SOON_AFTER
        )
        assert found.message == "netra-backend (r-3) goes over its memory limit 512 MiB"
        changes = [each for each in found.remediation.commands if each.effect is not Effect.READS]
        assert [flag in each.argv for each in changes] == ([True] if flag else [])
        assert all(f"--memory={memory}" in each.undo for each in changes)


MEMORY = "Memory limit of 512 MiB exceeded with 530 MiB used."
TWO_DAYS = timedelta(days=2)


def is_over(found):
    """Whether a finding is a warning of something that is no reason for anything today."""
    assert all(each.effect is Effect.READS for each in found.remediation.commands)
    assert "later" in found.message
    bearing = found.bearing
    nothing = (bearing.shows, bearing.explains, bearing.may_explain, found.condemns)
    return found.severity is Severity.WARNING and not any(nothing) and None not in nothing


class TestWhatIsOver:
    def test_a_failed_start_that_a_later_one_overcame_is_a_warning(self):
        failed = [*says(TIMEOUT), *exits()]
        (before,) = found_in(failed)
        (found,) = found_in(failed, starts_well(second=60, instance="i2"))
        assert is_over(found)
        assert found.message == (
            "netra-backend (r-3) gives up waiting for its database and ends with exit(3);"
            " 1 of 2 starts failed, the latest at 2026-01-01 00:00 UTC; later ones were good"
        )
        assert before.severity is Severity.ERROR
        assert found.identity == before.identity

    @pytest.mark.parametrize("line", [MODULE, VALIDATION, TIMEOUT, "KeyError: 'A'"])
    def test_one_that_was_overcome_more_than_a_day_ago_is_forgotten(self, line):
        entries = [*says(line), *exits(), *starts_well(second=60)]
        (found,) = found_in(entries, after=timedelta(hours=23))
        assert is_over(found)
        assert found_in(entries, after=TWO_DAYS) == []

    def test_one_that_nothing_overcame_stays_what_it_is(self):
        entries = [*starts_well(), *later([*says(TIMEOUT), *exits()], minutes=5)]
        for after in (SOON_AFTER, TWO_DAYS, timedelta(days=300)):
            (found,) = found_in(entries, after=after)
            assert found.severity is Severity.ERROR
            assert found.condemns

    def test_one_that_ends_after_another_started_well_at_the_same_time_stays_an_error(self):
        (found,) = found_in(says(TIMEOUT), exits(second=9), starts_well(second=8, instance="i2"))
        assert found.severity is Severity.ERROR
        (found,) = found_in(says(TIMEOUT), exits(second=9), starts_well(second=10, instance="i2"))
        assert is_over(found)

    def test_an_instance_that_fails_again_and_again_beside_good_ones_is_told_with_the_count(self):
        entries = [
            replace(entry, instance=f"{entry.instance}{minute}")
            for minute in range(5)
            for entry in later(
                [*says(TIMEOUT), *exits(), *starts_well(second=30, instance="well")],
                minutes=minute,
            )
        ]
        (found,) = found_in(entries)
        assert is_over(found)
        assert "; 5 of 10 starts failed, the latest at 2026-01-01 00:04 UTC; later" in found.message
        (found,) = found_in(entries, later([*says(TIMEOUT, instance="z"), *exits("z")], minutes=9))
        assert found.severity is Severity.ERROR
        assert found.evidence["instances"] == 6

    def test_what_fails_now_began_when_it_was_not_yet_overcome(self):
        failed = [*says(TIMEOUT), *exits()]
        again = [*says(TIMEOUT, instance="i3"), *exits("i3")]
        entries = [*failed, *starts_well(second=60, instance="i2"), *later(again, days=9)]
        (found,) = found_in(entries, after=timedelta(days=9, hours=1))
        assert found.severity is Severity.ERROR
        assert found.bearing.since == AT + timedelta(days=9)
        assert found.evidence["first"] == AT.isoformat()

    def test_a_start_that_does_not_last_is_no_good_one(self):
        booted = [*starts_well(), *says("[1] [ERROR] Exception in worker process", "", MODULE)]
        loop = [
            replace(entry, instance=f"i{minute}")
            for minute in range(3)
            for entry in later([*booted, *exits()], minutes=minute)
        ]
        (found,) = found_in(loop)
        assert (rules([found]), found.severity) == (["missing-module"], Severity.ERROR)
        just_now = later(starts_well(instance="i9"), minutes=3)
        (found,) = found_in(loop, just_now, after=timedelta(minutes=3, seconds=5))
        assert found.severity is Severity.ERROR, "it may end as the others did"
        assert is_over(*found_in(loop, just_now, after=timedelta(minutes=4)))

    def test_of_a_revision_that_was_given_up_nothing_is_over(self):
        entries = [*says(TIMEOUT), *exits(), *starts_well(second=60, instance="i2")]
        told = read(entries, {}, gave_up=True)
        (found,) = judge(StartupLogs(), PLACE, told, None, "candidate", AT + TWO_DAYS)
        assert found.severity is Severity.ERROR

    @pytest.mark.parametrize(
        ("line", "rule"), [(MEMORY, "memory-limit"), ("Container called exit(1).", "exited")]
    )
    def test_what_ends_an_instance_at_its_work_stays_an_error_for_a_day(self, line, rule):
        ended = later(cloud_run_says(line), hours=1)
        well_again = later(starts_well(instance="i2"), hours=2)
        entries = [*starts_well(), *ended, *well_again]
        (found,) = found_in(entries, after=timedelta(hours=24))
        assert (rules([found]), found.severity) == ([rule], Severity.ERROR)
        (found,) = found_in(entries, after=timedelta(hours=26))
        assert is_over(found)
        assert found.message.endswith(
            "; the latest at 2026-01-01 01:00 UTC, and later starts were good"
        )
        (found,) = found_in(starts_well(), ended, after=TWO_DAYS)
        assert found.severity is Severity.ERROR, "nothing shows that it is over"

    def test_an_instance_whose_start_was_not_read_ended_at_its_work(self):
        entries = [*exits(code=1), *later(starts_well(instance="i2"), hours=1)]
        told = read(entries, {}, from_the_start=False)
        for hours, severity in ((23, Severity.ERROR), (25, Severity.WARNING)):
            now = AT + timedelta(hours=hours)
            (found,) = judge(StartupLogs(), PLACE, told, None, "serving", now)
            assert found.severity is severity

    def test_each_kill_of_an_instance_that_starts_again_counts_for_itself(self):
        begun = cloud_run_says("Starting new instance. Reason: AUTOSCALING")
        killed = [*begun, *later(cloud_run_says(MEMORY), seconds=2)]
        entries = [*killed, *later(killed, days=3), *later(starts_well(), days=3, seconds=5)]
        (found,) = found_in(entries, after=timedelta(days=3, hours=1))
        assert (found.severity, found.evidence["instances"]) == (Severity.ERROR, 2)
        assert is_over(*found_in(entries, after=timedelta(days=5)))

    def test_the_latest_of_several_instances_is_the_latest_by_time(self):
        begun = cloud_run_says("Starting new instance. Reason: AUTOSCALING")
        failed = [*begun, *says("one"), *exits()]
        between = [*says("two", instance="i2"), *exits("i2")]
        again = [*begun, *says("three"), *exits()]
        (found,) = found_in(failed, later(between, minutes=5), later(again, minutes=9))
        assert found.evidence["latest"] == (AT + timedelta(minutes=9, seconds=9)).isoformat()
        assert found.evidence["said_last"] == ["three"]

    def test_a_start_of_which_one_container_never_listens_is_no_good_one(self):
        deaf = cloud_run_says("STARTUP TCP probe failed 3 times consecutively on port 9090")
        beside = [*starts_well(second=60, instance="i2"), *later(deaf, minutes=3)]
        beside = [replace(each, instance="i2") for each in beside]
        found = found_in(says(TIMEOUT), exits(), beside)
        assert [each.severity for each in found] == [Severity.ERROR, Severity.ERROR]

    def test_a_later_end_of_the_same_kind_is_news(self):
        killed = later(cloud_run_says(MEMORY), hours=1)
        again = [*later(starts_well(), hours=2), *later(killed, days=9)]
        well = later(starts_well(instance="i2"), days=9, hours=2)
        (found,) = found_in(starts_well(), killed, again, well, after=timedelta(days=9, hours=3))
        assert (found.severity, found.evidence["instances"]) == (Severity.ERROR, 2)
        assert found.bearing.since == AT + timedelta(days=9, hours=1)

    @pytest.mark.parametrize(
        ("line", "options"),
        [
            ("OAuthError: redirect_uri_mismatch", {}),
            ("quota exhausted", signature("quota")),
        ],
    )
    def test_lines_that_requests_bring_are_over_after_a_day(self, line, options):
        entries = [*starts_well(), *says(line), *later(starts_well(instance="i2"), hours=2)]
        (found,) = found_in(entries, **options, after=timedelta(hours=23))
        assert (found.severity, found.bearing.since) == (Severity.ERROR, AT)
        (found,) = found_in(entries, **options, after=TWO_DAYS)
        assert is_over(found)
        assert found.message.endswith(
            f"{line}; the latest at 2026-01-01 00:00 UTC, and later starts were good"
        )
        entries += later(says(line), days=2)
        (found,) = found_in(entries, **options, after=TWO_DAYS)
        assert found.severity is Severity.ERROR
        assert found.bearing.since == AT + TWO_DAYS

    def test_a_note_of_the_configuration_does_not_grow_with_age(self):
        entries = [*says("quota"), *later(starts_well(), hours=2)]
        (found,) = found_in(entries, **signature("quota", severity="note"), after=TWO_DAYS)
        assert found.severity is Severity.NOTE

    def test_a_module_that_requests_lack_is_told_though_the_start_that_lacked_it_is_forgotten(self):
        trace = ("Traceback (most recent call last):", '  File "/app/export.py", line 3', MODULE)
        failed = [*says(MODULE, instance="i0"), *exits("i0")]
        entries = [*failed, *starts_well(second=60), *later(says(*trace), hours=1)]
        (found,) = found_in(entries, after=TWO_DAYS)
        assert found.message.endswith("does not find the module netra_auth after a good start")


JWT = SecretUse("netra-staging", "netra-jwt-secret", "3", "variable JWT_SECRET")
KEYS = SecretUse("netra-staging", "keys", "latest", "volume keys")


def white_space(line, *secrets, variables=()):
    """The finding about a line that complains of white space."""
    place = replace(PLACE, secrets=secrets, variables=variables)
    check = StartupLogs()
    (found,) = judge(
        check, place, read([*says(line), *exits()], {}), None, "serving", AT + SOON_AFTER
    )
    assert rules([found]) == ["secret-whitespace"]
    return found


def versions_listed(found):
    return [
        command.argv[4]
        for command in found.remediation.commands
        if command.argv[1:4] == ("secrets", "versions", "list")
    ]


class TestWhiteSpace:
    @pytest.mark.parametrize(
        "line",
        [
            "ValueError: JWT_SECRET contained whitespace at its end",
            "value of jwt-secret contains whitespace",
            "the secret netra-jwt-secret contains trailing whitespace",
            "netra_jwt_secret contains trailing whitespace",
        ],
    )
    def test_the_secret_that_a_line_names_is_named(self, line):
        found = white_space(line, JWT, KEYS)
        assert found.message == (
            "netra-backend (r-3) finds white space in the secret netra-jwt-secret (variable"
            " JWT_SECRET) and ends with exit(3)"
        )
        assert found.evidence["held_by"] == [
            "variable JWT_SECRET, version 3 of projects/netra-staging/secrets/netra-jwt-secret"
        ]
        assert versions_listed(found) == ["netra-jwt-secret"]
        assert "a version of netra-jwt-secret without white space" in found.remediation.summary

    @pytest.mark.parametrize(
        "line", ["one of the keys contains whitespace", "it contains whitespace"]
    )
    def test_a_line_that_names_none_leaves_all_of_them(self, line):
        found = white_space(line, JWT, KEYS, variables=("LOG_LEVEL",))
        assert found.message.endswith(
            " in a secret and ends with exit(3); it does not say which: the secret netra-jwt-secret"
            " (variable JWT_SECRET) or the secret keys (volume keys)"
        )
        assert len(found.evidence["may_be_held_by"]) == 2
        assert versions_listed(found) == ["netra-jwt-secret", "keys"]
        assert "Add a version of the secret without" in found.remediation.summary

    def test_the_only_one_is_likely_and_not_sure(self):
        found = white_space("it contains whitespace", JWT)
        assert found.message.endswith(
            "in a secret and ends with exit(3); the only one that it reads is the secret"
            " netra-jwt-secret (variable JWT_SECRET)"
        )

    def test_of_many_a_few_are_named_and_all_are_evidence(self):
        many = [SecretUse("p", f"s-{number}", "1", f"variable S_{number}") for number in range(9)]
        found = white_space("it contains whitespace", *many)
        assert found.message.endswith(", the secret s-3 (variable S_3) or one of 5 more")
        assert len(found.evidence["may_be_held_by"]) == 9
        assert len(versions_listed(found)) == 3

    def test_a_variable_without_a_secret_is_named_as_what_it_is(self):
        found = white_space("REDIS_URL contains whitespace", JWT, variables=("REDIS_URL",))
        assert "finds white space in the variable REDIS_URL and ends" in found.message
        assert found.evidence["held_by"] == ["variable REDIS_URL"]
        assert found.remediation.summary.startswith("Set REDIS_URL without white space")
        assert versions_listed(found) == []

    def test_without_a_secret_there_is_nothing_to_name(self):
        assert "white space in a secret and ends" in white_space("it contains whitespace").message


class TestSilence:
    def test_errors_without_a_word_are_counted(self):
        entries = says("", "", severity="ERROR") + says("", severity="WARNING")
        (found,) = found_in(entries)
        assert (rules([found]), found.severity) == (["silent-errors"], Severity.WARNING)
        assert found.message == "r-3 logged 3 entries of WARNING or higher without a word"
        assert found.evidence["count"] == 3

    def test_what_says_nothing_and_is_no_error_is_none(self):
        assert found_in(says("", severity="INFO"), says("")) == []


class TestOwnSignatures:
    def test_a_pattern_that_takes_too_long_leaves_the_others_their_verdict(self):
        patterns = {
            "slow": BoundedPattern("(a|aa)+$", "signatures.slow", seconds=0.02),
            "bad": BoundedPattern("bad", "signatures.bad"),
        }
        told = read(says("a" * 400 + "!", "bad"), patterns)
        (unmatched,) = told.unmatched
        assert unmatched.message.startswith("the pattern of signatures.slow took longer")
        assert [hit.line for hit in told.own["bad"]] == ["bad"]

    def test_a_line_that_matches_is_found(self):
        (found,) = found_in(
            says("ok", "LLM quota of team exhausted"),
            **signature("quota .* exhausted", remedy="Pay"),
        )
        assert rules([found]) == ["signature"]
        assert found.message.endswith("logs what own looks for: LLM quota of team exhausted")
        assert found.remediation.summary == "Pay"

    @pytest.mark.parametrize(
        ("own", "of_revision", "expected"),
        [
            ("error", None, Severity.ERROR),
            ("note", None, Severity.NOTE),
            ("error", Severity.WARNING, Severity.WARNING),
            ("note", Severity.WARNING, Severity.NOTE),
        ],
    )
    def test_its_severity_is_its_own_and_no_more_than_the_revisions(
        self, own, of_revision, expected
    ):
        (found,) = found_in(says("bad"), severity=of_revision, **signature("bad", severity=own))
        assert found.severity is expected

    def test_a_line_is_shown_without_secrets_and_cut(self):
        (found,) = found_in(says("bad token=abcdefgh " + "x" * 1000), **signature("bad"))
        assert "abcdefgh" not in str(found)
        assert len(found.evidence["line"]) <= 160

    def test_only_the_beginning_of_a_line_is_looked_at(self):
        assert found_in(says("x" * 500 + "bad"), **signature("bad")) == []

    @pytest.mark.parametrize(
        "pattern",
        ["quota", "quota .* exceeded", r"\d+ms", r"(\d{1,3}\.){3}\d{1,3}", "(?:a|b)", "[ab]*c"],
    )
    def test_good_patterns(self, pattern):
        assert problem(pattern) is None

    @pytest.mark.parametrize(
        ("pattern", "words"),
        [
            ("(", "is no regular expression"),
            ("", "is empty"),
            ("(a+)+$", "can take for ever"),
            ("(a|aa)+$", "can take for ever"),
            ("(a{1,3})+$", "can take for ever"),
            ("(?:(?:a*)b)*", "can take for ever"),
            ("((?=a+)b)*", "can take for ever"),
            ("a.*b.*c.*d.*e", "more than 3 repetitions"),
            (r"(\w+ ){4}", "more than 3 repetitions"),
            ("(" * 5000 + ")" * 5000, "is no regular expression"),
        ],
    )
    def test_bad_patterns(self, pattern, words):
        assert words in problem(pattern)

    def test_what_is_taken_ends_in_time_on_hostile_lines(self):
        began = time.perf_counter()
        line = "a" * 500
        assert found_in(says(*[line] * 20), **signature(".*a.*b.*c")) == []
        assert time.perf_counter() - began < 10

    def test_a_bad_pattern_is_a_problem_of_the_configuration(self, tmp_path):
        file = tmp_path / "netra-validate.toml"
        file.write_text(
            '[environments.staging]\n[checks.startup-logs.signatures.mine]\npattern = "(a+)+$"\n'
        )
        with pytest.raises(config.ConfigurationError) as refused:
            config.load(file, also=partial(note_bad_options, registry.load()))
        assert "checks.startup-logs.signatures.mine" in str(refused.value)
        assert "can take for ever" in str(refused.value)


BACKEND = Service(key="backend", cloud_run="netra-backend")
SERVING = "netra-backend-00042-sbx"


def world_of(*faults):
    return broken(faults).world


def failed_instance(revision, at):
    """What an instance logs that does not find a module and ends."""
    return Writer("netra-backend", revision, at, "00c3").writes(
        [(STDERR, "DEFAULT", MODULE), (SYSTEM_LOG, "WARNING", "Container called exit(3).")]
    )


class TestProbe:
    def test_a_healthy_one_passes_on_what_was_seen(self):
        result, asked = run_in_world(StartupLogs, BACKEND, world_of())
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        seen = result.observations["revisions"][SERVING]
        assert (seen["instances_started"], seen["ended_badly"], seen["complete"]) == (1, 0, True)
        assert seen["since"] == "2025-09-01T08:30:00+00:00"
        assert seen["entries"] == 6, "neither requests nor what is on stdout"
        assert len(asked) == len(set(asked)) == 3

    def test_a_new_revision_that_fails_is_an_error_and_leaves_the_traffic_where_it_is(self):
        result, _ = run_in_world(StartupLogs, BACKEND, world_of("module-missing"))
        (found,) = result.findings
        assert (rules([found]), found.severity) == (["missing-module"], Severity.ERROR)
        assert all(each.effect is Effect.READS for each in found.remediation.commands)
        assert f"{SERVING} has all the traffic, and users" in found.remediation.summary

    def test_what_later_starts_overcame_long_ago_is_an_observation(self):
        world = world_of("module-missing-in-service")
        well = good_start(Writer("netra-backend", SERVING, AT, "00c3"))
        result, _ = run_in_world(StartupLogs, BACKEND, replace(world, logs=(*world.logs, *well)))
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        seen = result.observations["revisions"][SERVING]
        assert (seen["instances_started"], seen["ended_badly"]) == (2, 1)
        assert seen["latest_bad_end"] == "2025-09-01T08:35:06+00:00"

    def test_a_kill_of_long_ago_moves_nothing(self):
        world = world_of("memory-limit")
        well = good_start(Writer("netra-backend", SERVING, AT, "00c3"))
        result, _ = run_in_world(StartupLogs, BACKEND, replace(world, logs=(*world.logs, *well)))
        (found,) = result.findings
        assert (result.outcome, rules([found])) == (Outcome.WARN, ["memory-limit"])
        assert is_over(found)

    def test_white_space_is_told_with_the_secret_that_holds_it(self):
        result, _ = run_in_world(StartupLogs, BACKEND, world_of("secret-whitespace"))
        (found,) = result.findings
        assert "in the secret netra-jwt-secret (variable JWT_SECRET) and ends" in found.message
        assert found.evidence["held_by"][0].startswith("variable JWT_SECRET, version latest of")

    def test_what_serves_and_fails_goes_back_to_the_one_before(self):
        world = world_of("container-exits")
        result, _ = run_in_world(StartupLogs, BACKEND, world)
        (found,) = result.findings
        back = "--to-revisions=netra-backend-00041-sbx=100"
        assert back in found.remediation.commands[-1].argv
        without, _ = run_in_world(StartupLogs, BACKEND, world, forbidden={"revisions"})
        assert rules(without.findings) == ["exited"]
        assert all(each.effect is Effect.READS for each in without.findings[0].remediation.commands)

    def test_a_candidate_that_is_ready_is_a_warning(self):
        world = world_of("candidate")
        new = "netra-backend-00043-new"
        started = max(each.at for each in world.logs if each.revision == new)
        logs = (*world.logs, *failed_instance(new, started))
        result, _ = run_in_world(StartupLogs, BACKEND, replace(world, logs=logs))
        (found,) = result.findings
        assert (rules([found]), found.severity) == (["missing-module"], Severity.WARNING)

    def test_of_a_candidate_its_revision_alone_is_judged(self):
        world = placed(world_of("candidate", "container-exits"), {"backend": "https://localhost:1"})
        asked = CandidateService(key="backend", cloud_run="netra-backend", tag="candidate")
        result, _ = run_in_world(StartupLogs, asked, world)
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        new = "netra-backend-00043-new"
        assert list(result.observations["revisions"]) == [new]
        started = max(each.at for each in world.logs if each.revision == new)
        world = replace(world, logs=(*world.logs, *failed_instance(new, started)))
        result, _ = run_in_world(StartupLogs, asked, world)
        assert [each.severity for each in result.findings] == [Severity.ERROR]

    def test_what_was_logged_before_the_revision_is_not_its(self):
        world = world_of()
        earlier = LogLine(
            "netra-backend", SERVING, datetime(2025, 8, 31, tzinfo=UTC), MODULE, instance="00c3"
        )
        others = [
            replace(earlier, at=AT, revision="netra-backend-00040-sbx"),
            replace(earlier, at=AT, service="netra-auth"),
        ]
        world = replace(world, logs=(*world.logs, earlier, *others))
        result, _ = run_in_world(StartupLogs, BACKEND, world)
        assert result.outcome is Outcome.PASS

    def test_what_is_older_than_wanted_does_not_count(self):
        world = world_of("container-exits")
        options = StartupLogs.Options(max_age_h=24)
        result, _ = run_in_world(StartupLogs, BACKEND, world, options=options)
        assert (result.outcome, result.findings) == (Outcome.SKIP, ())
        assert result.reason.endswith("in the last 24 h")

    def test_logs_that_are_kept_no_longer_are_nothing_to_examine(self):
        world = replace(world_of(), logs=())
        result, _ = run_in_world(StartupLogs, BACKEND, world)
        assert (result.outcome, result.findings) == (Outcome.SKIP, ())
        assert f"nothing of {SERVING}: by default they are kept for 30 days" in result.reason

    def test_a_new_revision_without_any_logs_is_noted(self):
        world = replace(world_of(), logs=())
        service = next(
            each for each in world.services.values() if SERVING in each.template.revision
        )
        days = (datetime.now(UTC) - timedelta(days=2) - CREATED_AT).days
        name = service.latest_ready_revision.replace("-00042-", f"-{42 + days:05}-")
        service.latest_ready_revision = service.latest_created_revision = name
        result, _ = run_in_world(StartupLogs, BACKEND, world)
        assert rules_without_remedy(result.findings) == ["nothing-logged"]
        assert result.findings[0].severity is Severity.NOTE

    def test_what_a_start_overcomes_and_what_users_write_is_no_fault(self):
        world = world_of()
        line = ("INFO", "Default STARTUP TCP probe succeeded after 1 attempt on port 8080.")
        said = Writer("netra-backend", SERVING, AT, "00c3").writes(
            [
                (
                    STDERR,
                    "DEFAULT",
                    "2026-01-01 00:00:00,113 INFO  db: postgres timed out, retry 1",
                ),
                (STDERR, "WARNING", TIMEOUT),
                (STDOUT, "DEFAULT", "JWT_SECRET contained trailing whitespace, stripped"),
                (SYSTEM_LOG, *line),
                (STDOUT, "DEFAULT", f'{{"role": "user", "content": "I get {MODULE}"}}'),
            ]
        )
        result, _ = run_in_world(StartupLogs, BACKEND, replace(world, logs=(*world.logs, *said)))
        assert (result.outcome, result.findings) == (Outcome.PASS, ())

    def test_a_failed_roll_out_is_told_from_what_it_said_though_no_end_is_logged(self):
        world = world_of("module-missing")
        logs = tuple(each for each in world.logs if each.log != SYSTEM_LOG)
        result, _ = run_in_world(StartupLogs, BACKEND, replace(world, logs=logs))
        assert rules(result.findings) == ["missing-module"]

    def test_signatures_read_everything(self):
        world = world_of()
        line = LogLine("netra-backend", SERVING, AT, "quota exhausted", STDOUT, "INFO", "00c3")
        world = replace(world, logs=(*world.logs, line))
        result, _ = run_in_world(StartupLogs, BACKEND, world)
        assert result.outcome is Outcome.PASS
        options = StartupLogs.Options(signatures={"quota": Signature(pattern="quota")})
        result, _ = run_in_world(StartupLogs, BACKEND, world, options=options)
        assert rules(result.findings) == ["signature"]

    def test_of_many_entries_the_first_and_the_latest_are_read(self):
        world = world_of()
        writer = Writer("netra-backend", SERVING, datetime(2025, 9, 2, tzinfo=UTC))
        many = writer.writes([(STDERR, "DEFAULT", f"line {at}") for at in range(3000)])
        last = failed_instance(SERVING, AT)
        between = LogLine("netra-backend", SERVING, many[1500].at, TIMEOUT, instance="00d4")
        logs = (*world.logs, *many, between, *last)
        result, asked = run_in_world(StartupLogs, BACKEND, replace(world, logs=logs))
        assert rules(result.findings) == ["missing-module"]
        seen = result.observations["revisions"][SERVING]
        assert (seen["entries"], seen["complete"]) == (2000, False)
        assert sum("ListLogEntries" in each for each in asked) == 8

    def test_entries_that_both_ends_reach_are_all_there_is(self):
        world = world_of()
        writer = Writer("netra-backend", SERVING, datetime(2025, 9, 2, tzinfo=UTC))
        many = writer.writes([(STDERR, "DEFAULT", f"line {at}") for at in range(1500)])
        result, _ = run_in_world(StartupLogs, BACKEND, replace(world, logs=(*world.logs, *many)))
        seen = result.observations["revisions"][SERVING]
        assert (seen["complete"], seen["entries"]) == (True, 1506)

    @pytest.mark.parametrize(
        ("method", "permission"),
        [
            ("service", "run.services.get"),
            ("revision", "run.revisions.get"),
            ("log_lines", "logging.logEntries.list"),
        ],
    )
    def test_what_is_forbidden_is_an_error_with_the_permission(self, method, permission):
        result, _ = run_in_world(StartupLogs, BACKEND, world_of(), forbidden={method})
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert permission in result.reason
        assert permission in StartupLogs.permissions

    def test_a_service_that_does_not_exist_cannot_be_verified(self):
        wrong = Service(key="backend", cloud_run="netra-backend-staging")
        result, _ = run_in_world(StartupLogs, wrong, world_of())
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert "netra-backend-staging does not exist" in result.reason

    @pytest.mark.parametrize(
        ("resource", "environment", "reason"),
        [
            (Service(key="backend"), Environment(), "names no cloud_run service"),
            (BACKEND, Environment(region="us-central1"), "has no project"),
            (BACKEND, Environment(project="netra"), "has no region"),
        ],
    )
    def test_without_a_place_it_is_skipped(self, resource, environment, reason):
        result = run_check(StartupLogs, resource, environment=environment)
        assert result.outcome is Outcome.SKIP
        assert reason in result.reason


def rules_without_remedy(findings):
    return [finding.rule.removeprefix("startup-logs.") for finding in findings]


def test_every_rule_that_fails_is_broken_by_a_scenario():
    from netra_validate.sandbox import SCENARIOS  # noqa: PLC0415 - for this test alone

    told = {rule for each in SCENARIOS.values() for rule in each.expects}
    failing = {rule.id for rule in StartupLogs.rules.values() if rule.severity is not Severity.NOTE}
    assert failing <= told
