import asyncio
import itertools
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from http_servers import serving

from netra_validate import (
    Check,
    NothingToExamine,
    Plane,
    Rule,
    Service,
    Severity,
    patience,
    validation,
)
from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.clients.google import Tagged
from netra_validate.clients.google.revisions import Target
from netra_validate.model import (
    Finding,
    Outcome,
    ProbeResult,
    ResourceRef,
    Status,
)
from netra_validate.patience import Pause, Round, awaited, merged, pause_after
from netra_validate.plan import Limits, Plan, Probe
from netra_validate.threads import run_to_end
from netra_validate.topology import Environment, Topology
from netra_validate.waivers import Waiver

TODAY = date(2026, 6, 1)


class Story(Check[Service]):
    """Does in each round what its script says, and goes on with the last of it."""

    id = "story"
    plane = Plane.DATA
    broken = Rule(Severity.ERROR, "It is broken", help="Mend it.")
    odd = Rule(Severity.WARNING, "It is odd", help="Look at it.")

    def __init__(self, *script):
        super().__init__()
        self.script = list(script)
        self.contexts = []

    def skip_reason(self, service, ctx):
        del service, ctx
        return "nothing to see" if self.script == ["skip"] else None

    async def run(self, service, ctx):
        self.contexts.append((ctx, asyncio.get_running_loop().time()))
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        ctx.observe(step=step)
        if step == "hang":
            await asyncio.Event().wait()
        if step == "nothing":
            raise NothingToExamine("nothing there")
        if step == "crash":
            raise RuntimeError("boom")
        if step in {"broken", "odd"}:
            yield self.rules[step].finding(f"{service.key} is {step}")


class Watch:
    def __init__(self, interrupt=None):
        self.pauses = []
        self.ended = 0
        self.interrupt = interrupt

    def pause_started(self, pause):
        self.pauses.append(pause)
        if self.interrupt == "pause":
            asyncio.current_task().cancel()

    def pause_ended(self):
        self.ended += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Pauses of a thousandth of a second."""
    monkeypatch.setattr(patience, "_SHORTEST_S", 0.001)
    monkeypatch.setattr(patience, "_LONGEST_S", 0.001)


def planned(waivers=(), settled=(), **scripts):
    """A plan with one probe for each script, and the checks by the name of their service."""
    checks = {name: Story(*script.split()) for name, script in scripts.items()}
    services = {name: Service(key=name) for name in scripts}
    probes = tuple(Probe(checks[name], services[name]) for name in scripts)
    topology = Topology(tuple(services.values()))
    plan = Plan(
        Environment(), topology, Path.cwd(), probes, {"story": frozenset()},
        waivers=waivers, settled=settled,
    )  # fmt: skip
    return plan, checks


def validate(plan, wait_s=20.0, limits=Limits(), **given):
    return run_to_end(validation.validate(plan, limits, wait_s=wait_s, **given))


def test_only_what_has_not_passed_runs_again():
    plan, checks = planned(
        good="ok", healing="broken broken ok", flaky="crash ok", warned="odd", none="nothing"
    )
    watch = Watch()
    report = validate(plan, watcher=watch)
    assert (report.status, report.rounds) == (Status.PASSED, 3)
    assert {name: len(check.contexts) for name, check in checks.items()} == {
        "good": 1, "healing": 3, "flaky": 2, "warned": 1, "none": 1,
    }  # fmt: skip
    assert [pause.round for pause in watch.pauses] == [2, 3]
    assert [pause.awaited for pause in watch.pauses] == [
        ("story/flaky", "story/healing"),
        ("story/healing",),
    ]
    assert all(0 < pause.left_s <= 20 for pause in watch.pauses)
    assert watch.ended == 2
    assert report.probe("story/warned").outcome is Outcome.WARN


def test_no_answer_of_an_earlier_round_is_used_again():
    plan, checks = planned(healing="broken broken ok")
    validate(plan)
    clients = {id(ctx._clients) for ctx, _ in checks["healing"].contexts}
    budgets = [ctx.budget.retries for ctx, _ in checks["healing"].contexts]
    assert len(clients) == 3
    assert budgets == [2, 0, 0]


def test_the_times_of_later_rounds_count_from_the_beginning():
    plan, checks = planned(healing="broken broken ok", good="ok")
    report = validate(plan)
    ran = [at for _, at in checks["healing"].contexts]
    started_s = report.probe("story/healing").started_s
    assert started_s == pytest.approx(ran[-1] - ran[0], abs=0.05)
    assert report.probe("story/good").started_s < started_s <= report.duration_s


@pytest.mark.parametrize(
    ("scripts", "status"),
    [
        ({"good": "ok"}, Status.PASSED),
        ({"warned": "odd"}, Status.PASSED),
        ({"none": "skip"}, Status.UNVERIFIED),
        ({}, Status.UNVERIFIED),
    ],
)
def test_where_there_is_nothing_to_wait_for_it_ends_at_once(scripts, status):
    plan, _ = planned(**scripts)
    watch = Watch()
    report = validate(plan, watcher=watch)
    assert (report.status, report.rounds, watch.pauses) == (status, 1, [])


def test_a_warning_is_waited_for_where_it_fails():
    plan, _ = planned(warned="odd ok")
    report = validate(plan, fail_on=Severity.WARNING)
    assert (report.rounds, report.status) == (2, Status.PASSED)


def test_without_patience_there_is_one_round():
    plan, _ = planned(broken="broken ok")
    assert validate(plan, wait_s=0.0).rounds == 1


def test_a_check_that_could_not_be_loaded_is_not_waited_for():
    broken = ProbeResult("x/y", "x", None, ResourceRef("plug-in", "y"), Outcome.ERROR, "no")
    plan, _ = planned(good="ok", settled=(broken,))
    report = validate(plan)
    assert (report.rounds, report.exit_code) == (1, 3)


def test_a_finding_that_is_answered_for_is_not_waited_for():
    waiver = Waiver(
        rule="story.broken", resource="old", reason="known", owner="us", expires=date(2999, 1, 1)
    )
    plan, checks = planned(waivers=(waiver,), old="broken", healing="broken ok")
    report = validate(plan)
    assert (report.status, report.rounds, report.notes) == (Status.PASSED, 2, ())
    assert len(checks["old"].contexts) == 1
    assert report.probe("story/old").findings[0].waived


def test_a_waiver_of_what_has_healed_matches_nothing():
    waiver = Waiver(
        rule="story.odd", resource="*", reason="known", owner="us", expires=date(2999, 1, 1)
    )
    plan, _ = planned(waivers=(waiver,), healing="odd ok")
    report = validate(plan, fail_on=Severity.WARNING)
    assert report.rounds == 1
    plan, _ = planned(waivers=(waiver,), healing="broken ok")
    report = validate(plan)
    assert report.rounds == 2
    assert report.notes == ("The waiver of story.odd on * (us) matches nothing that was found.",)


def test_when_the_time_is_over_the_last_known_failure_is_the_result():
    plan, checks = planned(slow="broken broken hang", good="ok")
    report = validate(plan, wait_s=0.3)
    slow = report.probe("story/slow")
    assert len(checks["slow"].contexts) == 3
    assert (slow.outcome, slow.reason) == (Outcome.FAIL, None)
    assert (report.rounds, report.exit_code) == (3, 1)
    assert report.duration_s < 20


def test_the_first_round_is_whole_however_short_the_patience():
    plan, _ = planned(slow="hang", good="ok")
    report = validate(plan, wait_s=0.01, limits=Limits(deadline_s=0.2))
    assert (report.rounds, report.exit_code) == (1, 3)
    assert report.probe("story/slow").reason == "the deadline of 0.2 s was over (--deadline)"
    assert report.probe("story/good").outcome is Outcome.PASS


class Interrupt:
    """Interrupts the run when so many probes have started."""

    def __init__(self, task, at):
        self.task, self.at, self.started = task, at, 0

    def run_started(self, total):
        del total

    def probe_started(self, probe_id):
        del probe_id
        self.started += 1
        if self.started == self.at:
            self.task.cancel()

    def probe_ended(self, result):
        del result

    def run_ended(self):
        pass


def test_an_interruption_in_a_later_round_shows_what_is_known():
    plan, _ = planned(slow="broken hang", good="ok")

    async def main():
        observer = Interrupt(asyncio.current_task(), at=3)
        return await validation.validate(plan, Limits(), wait_s=60.0, observer=observer)

    report = run_to_end(main())
    assert (report.exit_code, report.rounds) == (130, 2)
    assert report.probe("story/slow").outcome is Outcome.FAIL
    assert report.probe("story/good").outcome is Outcome.PASS


def test_an_interruption_between_two_rounds_shows_what_is_known():
    plan, _ = planned(healing="broken ok", good="ok")
    watch = Watch(interrupt="pause")
    report = validate(plan, watcher=watch)
    assert (report.exit_code, report.rounds, watch.ended) == (130, 1, 1)
    assert report.probe("story/healing").outcome is Outcome.FAIL


def test_the_waivers_day_is_the_one_on_which_it_is_judged(monkeypatch):
    days = itertools.chain([date(2026, 12, 31)], itertools.repeat(date(2027, 1, 1)))
    monkeypatch.setattr(validation, "_today", lambda: next(days))
    waiver = Waiver(
        rule="story.broken", resource="old", reason="known", owner="us", expires=date(2026, 12, 31)
    )
    plan, checks = planned(waivers=(waiver,), old="broken", healing="broken ok")
    report = validate(plan, wait_s=0.3)
    assert len(checks["old"].contexts) > 1
    assert "has run out on 2026-12-31" in report.probe("story/old").findings[0].message


def result(probe_id, outcome=Outcome.PASS, *severities):
    findings = tuple(Finding("c.rule", severity, "it is so") for severity in severities)
    resource = ResourceRef("service", probe_id.partition("/")[2])
    return ProbeResult(probe_id, "c", Plane.DATA, resource, outcome, findings=findings)


def test_what_is_awaited_depends_on_what_fails():
    results = [
        result("c/pass"),
        result("c/skip", Outcome.SKIP),
        result("c/error", Outcome.ERROR),
        result("c/warn", Outcome.WARN, Severity.WARNING),
        result("c/fail", Outcome.FAIL, Severity.ERROR),
    ]
    assert awaited(results, (), Severity.ERROR, TODAY) == {"c/error", "c/fail"}
    assert awaited(results, (), Severity.WARNING, TODAY) == {"c/error", "c/fail", "c/warn"}


def test_what_was_cut_off_says_nothing_new():
    earlier = [result("c/a", Outcome.FAIL, Severity.ERROR), result("c/b", Outcome.ERROR)]
    later = [result("c/b"), result("c/a", Outcome.ERROR)]
    assert merged(earlier, later, {"c/a"}) == (earlier[0], later[0])
    assert merged(earlier, later, ()) == (later[1], later[0])


class TestPauses:
    @pytest.fixture(autouse=True)
    def real(self, quick, monkeypatch):
        del quick
        monkeypatch.undo()

    @staticmethod
    def ends(wait_s, *, took_s=0.2, exchanges=3, jitter=1.0, first_s=1.0):
        """When each round ends that a patience has room for."""
        rounds = [Round(first_s, first_s, 10, exchanges)]
        while (pause := pause_after(rounds, 10, wait_s, jitter)) is not None:
            rounds.append(Round(rounds[-1].ended_s + pause + took_s, took_s, 10, exchanges))
        return [each.ended_s for each in rounds]

    @pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
    def test_they_grow_and_nobody_learns_late_of_the_end(self, jitter):
        ends = self.ends(600.0, jitter=jitter)
        gaps = [later - earlier for earlier, later in itertools.pairwise(ends)]
        assert gaps[0] == pytest.approx(0.7)
        assert max(gaps) <= 10.2 + 1e-9
        assert all(
            gap <= max(0.5, end * 0.4) + 0.2 + 1e-9 for gap, end in zip(gaps, ends, strict=False)
        )

    def test_jitter_takes_a_quarter_at_most(self):
        rounds = [Round(10.0, 1.0, 10, 3)]
        assert pause_after(rounds, 10, 600, 1.0) == pytest.approx(4.0)
        assert pause_after(rounds, 10, 600, 0.0) == pytest.approx(3.0)

    @pytest.mark.parametrize("exchanges", [1, 5, 12, 29, 31, 60, 200])
    def test_no_minute_has_more_exchanges_than_the_load_balancer_takes(self, exchanges):
        ends = self.ends(900.0, exchanges=exchanges, jitter=0.0)
        assert len(ends) > 3
        for end in ends:
            within = [each for each in ends if end - 60 < each <= end]
            assert len(within) == 1 or len(within) * exchanges <= 80

    def test_fewer_probes_ask_less(self):
        rounds = [Round(10.0, 1.0, 10, 50)]
        assert pause_after(rounds, 10, 600, 1.0) == pytest.approx(60.0)
        assert pause_after(rounds, 2, 600, 1.0) == pytest.approx(4.0)

    @pytest.mark.parametrize("wait_s", [3.0, 10.0, 17.3, 60.0, 300.0])
    @pytest.mark.parametrize("took_s", [0.05, 2.0, 40.0])
    def test_the_last_look_is_late_and_begins_in_time(self, wait_s, took_s):
        ends = self.ends(wait_s, took_s=took_s)
        last = ends[-1]
        assert last - took_s <= wait_s
        if len(ends) > 1:
            assert last >= wait_s - 1.0

    def test_too_little_time_is_none(self):
        assert pause_after([Round(1.0, 1.0, 1, 1)], 1, 1.9, 1.0) is None
        assert pause_after([Round(5.0, 5.0, 1, 1)], 1, 3.0, 1.0) is None
        assert pause_after([Round(1.0, 1.0, 1, 1)], 1, 0.0, 1.0) is None


def test_the_pause_says_what_it_is_for():
    pause = Pause(2, ("c/a",), 0.5, 10.0)
    assert (pause.round, pause.awaited) == (2, ("c/a",))


def test_today_is_a_day_of_utc():
    assert abs((validation._today() - datetime.now(UTC).date()).days) <= 1


def test_a_tag_that_moved_to_another_revision_is_looked_at_anew(monkeypatch):
    def now(revision):
        target = Target(revision, 0, latest=True)
        return {"good": Tagged("good", "g", "next", target, "", "", internal=False)}

    seen = iter([now("g-2"), now("g-3"), {}, now("g-3")])
    monkeypatch.setattr(patience.Clients, "candidates", property(lambda _: next(seen)))
    plan, checks = planned(good="ok", healing="broken ok")
    report = validate(plan)
    assert (report.status, report.rounds) == (Status.PASSED, 3)
    assert len(checks["good"].contexts) == 2
    assert len(checks["healing"].contexts) == 2


def test_what_a_round_asks_is_counted():
    async def main():
        clients = Clients(Environment(), Path.cwd())
        before = clients.exchanges
        for path in ("/a", "/b", "/a"):
            await clients.http(Budget.lasting(10.0)).get(site.url + path)
        await clients.close()
        return before, clients.exchanges

    with serving({}) as site:
        assert run_to_end(main()) == (0, 3)
