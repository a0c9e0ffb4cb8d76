import asyncio
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from netra_validate import (
    Check,
    Forbidden,
    NothingToExamine,
    Outcome,
    Plane,
    Rule,
    Service,
    Severity,
    Topology,
    Unreachable,
    runner,
)
from netra_validate.clients import Clients
from netra_validate.plan import Limits, Probe
from netra_validate.runner import run
from netra_validate.testing import run_check
from netra_validate.threads import run_to_end
from netra_validate.topology import Environment


class Actor(Check[Service]):
    """Does what the name of the service says."""

    id = "actor"
    plane = Plane.DATA
    bad = Rule(Severity.ERROR, "It is bad", help="Make it good.")
    poor = Rule(Severity.WARNING, "It is poor", help="Make it better.")
    odd = Rule(Severity.NOTE, "It is odd", help="Have a look.")

    async def run(self, service, ctx):
        match service.key.split("-")[0]:
            case "good":
                ctx.observe(seen=True)
            case "bad":
                yield self.bad.finding("it is bad")
            case "poor":
                yield self.poor.finding("it is poor")
            case "odd":
                yield self.odd.finding("it is odd")
            case "hangs":
                yield self.poor.finding("seen before it hung")
                await asyncio.Event().wait()
            case "badhangs":
                yield self.bad.finding("seen before it hung")
                await asyncio.Event().wait()
            case "crashes":
                ctx.observe(seen=True)
                raise ValueError("boom \x1b[31m password=hunter2")
            case "timeouterror":
                raise TimeoutError("somebody else's")
            case "forbidden":
                raise Forbidden("the API says no", permission="run.services.get")
            case "unreachable":
                raise Unreachable("nobody is there", attempts=3, hint="start it")
            case "nothing":
                pass
            case "junk":
                yield "not a finding"
            case "cancelled":
                raise asyncio.CancelledError
            case "swallows":
                ctx.observe(seen=True)
                with suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
            case "exits":
                ctx.observe(seen=True)
                sys.exit(0)
            case "astronomic":
                ctx.observe(size=10**5000)
            case "unspeakable":
                yield replace(self.bad.finding("x"), severity=None)
            case "none":
                raise NothingToExamine("there is none")


WHERE = "; --debug shows where"


@pytest.mark.parametrize(
    ("name", "outcome", "reason"),
    [
        ("good", Outcome.PASS, None),
        ("bad", Outcome.FAIL, None),
        ("poor", Outcome.WARN, None),
        ("odd", Outcome.PASS, None),
        ("hangs", Outcome.ERROR, "it did not end within the probe's 0.2 s (--timeout)"),
        ("badhangs", Outcome.FAIL, "it did not end within the probe's 0.2 s (--timeout)"),
        (
            "crashes",
            Outcome.ERROR,
            f"the check crashed: ValueError: boom password=[redacted]{WHERE}",
        ),
        ("timeouterror", Outcome.ERROR, f"the check crashed: TimeoutError: somebody else's{WHERE}"),
        (
            "forbidden",
            Outcome.ERROR,
            "the API says no; missing permission run.services.get; grant it to whom this runs as",
        ),
        ("unreachable", Outcome.ERROR, "nobody is there (3 attempts); start it"),
        ("nothing", Outcome.ERROR, runner.VERIFIED_NOTHING),
        (
            "junk",
            Outcome.ERROR,
            f"the check crashed: TypeError: it yielded a str, expected a Finding{WHERE}",
        ),
        ("swallows", Outcome.ERROR, "it did not end within the probe's 0.2 s (--timeout)"),
        ("exits", Outcome.ERROR, f"the check crashed: SystemExit: 0{WHERE}"),
        ("astronomic", Outcome.PASS, None),
        ("cancelled", Outcome.ERROR, f"the check crashed: CancelledError: {WHERE}"),
        (
            "unspeakable",
            Outcome.ERROR,
            f"the check crashed: AttributeError: 'NoneType' object has no attribute 'rank'{WHERE}",
        ),
        ("none", Outcome.SKIP, "there is none"),
    ],
)
def test_how_a_probe_ends(name, outcome, reason):
    result = run_check(Actor, Service(key=name), timeout_s=0.2)
    assert (result.outcome, result.reason) == (outcome, reason)


def test_what_was_found_before_a_timeout_is_kept():
    result = run_check(Actor, Service(key="hangs"), timeout_s=0.2)
    assert [found.message for found in result.findings] == ["seen before it hung"]


def test_an_optional_resource_cannot_fail():
    result = run_check(Actor, Service(key="bad", required=False))
    assert result.outcome is Outcome.WARN
    assert result.findings[0].severity is Severity.WARNING


def test_attempts_of_an_error_are_told():
    assert run_check(Actor, Service(key="unreachable")).attempts == 3


def test_fingerprints_tell_findings_apart_and_stay():
    class Twice(Actor):
        """Finds the same thing twice."""

        async def run(self, service, ctx):
            yield self.bad.finding("line 1", identity="a")
            yield self.bad.finding("line 2", identity="a")
            yield self.bad.finding("line 3", identity="b")

    first = [one.fingerprint for one in run_check(Twice, Service(key="s")).findings]
    again = [one.fingerprint for one in run_check(Twice, Service(key="s")).findings]
    other = [one.fingerprint for one in run_check(Twice, Service(key="t")).findings]
    assert first == again
    assert len({*first, *other}) == 6


def run_all(*names, limits=Limits(), observer=None, check=Actor, interrupt_after=None):
    services = tuple(Service(key=name) for name in names)
    environment, topology = Environment(), Topology(services)

    async def main():
        clients = Clients(environment, Path(), per_host=limits.per_host)
        probes = [Probe(check(), service) for service in services]
        task = asyncio.create_task(run(probes, environment, topology, clients, limits, observer))
        if interrupt_after is not None:
            await interrupt_after.wait()
            task.cancel()
        return await task

    return run_to_end(main())


def test_one_crash_does_not_touch_the_others():
    results = run_all("good", "crashes", "bad").results
    assert [(one.id, one.outcome) for one in results] == [
        ("actor/bad", Outcome.FAIL),
        ("actor/crashes", Outcome.ERROR),
        ("actor/good", Outcome.PASS),
    ]


def test_the_deadline_keeps_what_is_finished():
    results = run_all("good", "hangs", limits=Limits(deadline_s=0.3)).results
    assert [(one.outcome, one.reason) for one in results] == [
        (Outcome.PASS, None),
        (Outcome.ERROR, "the deadline of 0.3 s was over (--deadline)"),
    ]


def test_a_check_that_ignores_cancellation_does_not_hold_the_run(monkeypatch):
    class Stubborn(Actor):
        """Swallows its cancellation."""

        async def run(self, service, ctx):
            yield self.bad.finding("seen")
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if service.key == "over":
                        raise
                    service = Service(key="over")

    monkeypatch.setattr("netra_validate.runner._GRACE_S", 0.1)
    started = time.monotonic()
    (result,) = run_all("stubborn", check=Stubborn, limits=Limits(deadline_s=0.2)).results
    assert result.outcome is Outcome.FAIL
    assert result.reason == "the deadline of 0.2 s was over (--deadline)"
    assert time.monotonic() - started < 5


def test_an_interrupt_keeps_what_is_finished():
    finished = asyncio.Event()

    class Watch(Recorder):
        def probe_ended(self, result):
            finished.set()

    outcome = run_all("good", "hangs", observer=Watch(), interrupt_after=finished)
    assert outcome.interrupted
    assert [one.reason for one in outcome.results] == [None, "interrupted; run it again"]


class Recorder:
    def __init__(self):
        self.running = self.most = self.total = 0
        self.over = False

    def run_started(self, total):
        self.total = total

    def probe_started(self, probe_id):
        self.running += 1
        self.most = max(self.most, self.running)

    def probe_ended(self, result):
        self.running -= 1

    def run_ended(self):
        self.over = True


def test_no_more_probes_at_once_than_allowed():
    class Yields(Actor):
        """Lets the others have a turn."""

        async def run(self, service, ctx):
            for _ in range(10):
                await asyncio.sleep(0)
            ctx.observe(seen=True)
            return
            yield

    observer = Recorder()
    names = [f"good-{number}" for number in range(50)]
    run_all(*names, check=Yields, observer=observer, limits=Limits(concurrency=7))
    assert (observer.total, observer.most, observer.over) == (50, 7, True)


def test_time_in_the_queue_is_not_the_probes_time():
    class Busy(Actor):
        """Takes most of its time."""

        async def run(self, service, ctx):
            await asyncio.sleep(0.3)
            ctx.observe(seen=True)
            return
            yield

    names = [f"good-{number}" for number in range(4)]
    results = run_all(*names, check=Busy, limits=Limits(concurrency=1, timeout_s=1.0)).results
    assert {one.outcome for one in results} == {Outcome.PASS}
    assert max(one.duration_s for one in results) < 1
    starts = sorted(one.started_s for one in results)
    assert starts[0] < 0.3 <= starts[1] < starts[2] < starts[3]


def test_time_at_the_door_of_a_host_is_told():
    class Polite(Actor):
        """Holds the only place at a host, side by side with another request of its own."""

        async def run(self, service, ctx):
            politeness = ctx._clients._politeness

            async def visit():
                async with politeness.turn("Here.", 443, ctx.budget):
                    await asyncio.sleep(0.1)

            await asyncio.gather(visit(), visit())
            ctx.observe(seen=True)
            return
            yield

    first, second = run_all("good-1", "good-2", check=Polite, limits=Limits(per_host=1)).results
    for one in (first, second):
        assert 0.09 <= one.waited_s < one.duration_s
    assert first.waited_s + second.waited_s >= 0.3


def test_a_blocking_call_left_behind_does_not_hold_the_program():
    async def main():
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.run_in_executor(None, time.sleep, 30), 0.1)

    started = time.monotonic()
    run_to_end(main())
    assert time.monotonic() - started < 5


def test_a_secret_that_was_asked_for_is_in_no_result(monkeypatch):
    monkeypatch.setenv("NETRA_TEST_SECRET", "plain-looking-word")

    class Leaky(Actor):
        """Tells what it should not."""

        async def run(self, service, ctx):
            value = ctx.secret("NETRA_TEST_SECRET")
            ctx.observe(answer=f"you sent {value}")
            yield self.bad.finding(f"{value} was refused", evidence={"sent": value})
            raise ValueError(value)

    assert "plain-looking-word" not in repr(
        [
            (one.reason, one.findings, one.observations)
            for one in [run_check(Leaky, Service(key="s"))]
        ]
    )


COLD = """
import sys
from netra_validate import Check, Plane, Service
from netra_validate.testing import run_check

class Asks(Check[Service]):
    \"\"\"Asks Cloud Run.\"\"\"

    id = "asks"
    plane = Plane.{plane}
    permissions = {permissions}

    async def run(self, service, ctx):
        loaded = "google.cloud.run_v2" in sys.modules
        ctx.observe(loaded=loaded, used_s=10.0 - ctx.budget.remaining())
        return
        yield

seen = run_check(Asks, Service(key="web"), timeout_s=10.0)
print(seen.observations["loaded"], seen.observations["used_s"] < 0.1, seen.duration_s < 0.1)
"""


@pytest.mark.parametrize(
    ("plane", "permissions", "is_loaded"),
    [
        ("CONTROL", ("run.services.get", "compute.urlMaps.get"), True),
        ("CONTROL", ("compute.urlMaps.get",), False),
        ("CONTROL", (), False),
        ("DATA", ("run.services.get",), False),
    ],
)
def test_what_it_takes_to_ask_google_is_imported_before_the_clock_starts(
    plane, permissions, is_loaded
):
    script = COLD.format(plane=plane, permissions=permissions)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(is_loaded), "True", "True"]
