from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports.hostile_reports import reports
from reports.report_samples import STARTED, incident, probe, report, unverified, warned

from netra_validate.comparison import EXIT_CODES, Verdict, compare, diff, hold, judge_by_news, notes
from netra_validate.model import (
    Change,
    Finding,
    Location,
    Outcome,
    Plane,
    ProbeResult,
    Report,
    Severity,
    Status,
)

ENDED = (Outcome.PASS, Outcome.WARN, Outcome.FAIL)
QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck))


def found(name="one", severity=Severity.ERROR, **given):
    return Finding(
        f"check.{name}", severity, f"{name} is broken", **{"fingerprint": name * 4} | given
    )


def result(*findings, name="check/a", outcome=None, reason=None):
    usual = Outcome.FAIL if findings else Outcome.PASS
    return probe(
        name, Plane.DATA, "service", outcome=outcome or usual, reason=reason, findings=findings
    )


def run(*probes, **given):
    made = report(probes, Status.PASSED, 0)
    return replace(made, **given)


def changes(old, new, fail_on=Severity.ERROR):
    return [
        (each.change, each.rule, each.message) for each in compare(old, new, fail_on).differences
    ]


def test_a_finding_is_new_still_there_or_gone():
    old = run(result(found("one"), found("two")))
    new = run(result(found("two"), found("three")))
    assert changes(old, new) == [
        (Change.NEWLY_FAILING, "check.three", "three is broken"),
        (Change.STILL_FAILING, "check.two", "two is broken"),
        (Change.MENDED, "check.one", "one is broken"),
    ]


def test_a_finding_that_moved_is_the_same():
    old = run(result(found(location=Location("a.py", 3))))
    new = run(result(found(location=Location("a.py", 9))))
    (difference,) = compare(old, new, Severity.ERROR).differences
    assert difference.change is Change.STILL_FAILING
    assert difference.location == Location("a.py", 9)


def test_the_same_fingerprint_in_another_probe_is_another_finding():
    old = run(result(found(), name="check/a"), result(name="check/b"))
    new = run(result(name="check/a"), result(found(), name="check/b"))
    assert [
        (each.change, each.probe) for each in compare(old, new, Severity.ERROR).differences
    ] == [
        (Change.NEWLY_FAILING, "check/b"),
        (Change.MENDED, "check/a"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "change", "said"),
    [
        (found(severity=Severity.WARNING), found(), Change.NEWLY_FAILING, " (a warning before)"),
        (found(waived="known (me)"), found(), Change.NEWLY_FAILING, " (waived before)"),
        (found(), found(severity=Severity.NOTE), Change.MENDED, " (now a note)"),
        (found(), found(waived="known (me)"), Change.MENDED, " (waived: known (me))"),
    ],
)
def test_what_the_gate_made_of_it_before_and_after_is_said(before, after, change, said):
    assert changes(run(result(before)), run(result(after))) == [
        (change, "check.one", f"one is broken{said}")
    ]


def test_what_is_below_the_threshold_in_both_is_no_difference():
    before, after = (run(result(found(severity=Severity.WARNING))) for _ in range(2))
    assert changes(before, after) == []
    assert changes(before, after, Severity.WARNING)[0][0] is Change.STILL_FAILING
    assert changes(run(result(found(waived="why"))), run(result())) == []


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (None, "not looked at in the later run"),
        (result(outcome=Outcome.SKIP, reason="no health is configured"),
         "skipped: no health is configured"),
        (result(outcome=Outcome.ERROR, reason="403"), "could not verify: 403"),
        (result(outcome=Outcome.ERROR), "could not verify: no reason was given"),
        (result(found("two"), reason="no answer within the probe's 30 s"),
         "it did not come to its end: no answer within the probe's 30 s"),
    ],
)  # fmt: skip
def test_what_nobody_looked_at_is_not_mended(after, why):
    old = run(result(found()))
    new = run(*([after] if after else []), result(name="check/z"))
    differences = compare(old, new, Severity.ERROR)
    assert differences.of(Change.MENDED) == ()
    (gone,) = differences.of(Change.NO_LONGER_SEEN)
    assert gone.message == f"one is broken ({why})"


def test_a_probe_that_was_cut_off_still_shows_what_it_saw():
    cut = {"reason": "no answer within the probe's 30 s"}
    waived = result(found("two"), found(waived="known"), **cut)
    assert changes(run(result(found(), found("two"))), run(waived))[1:] == [
        (Change.MENDED, "check.one", "one is broken (waived: known)"),
        (Change.NEWLY_UNVERIFIED, None,
         "it did not come to its end: no answer within the probe's 30 s"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "is_new"),
    [
        (None, True),
        (result(), True),
        (result(found("two", waived="known")), True),
        (result(outcome=Outcome.SKIP, reason="nothing there"), True),
        (result(outcome=Outcome.ERROR, reason="before"), False),
        (result(found("two", waived="known"), reason="cut off"), False),
    ],
)
def test_a_probe_is_newly_unverified_where_it_was_not_before(before, is_new):
    old = run(*([before] if before else []))
    new = run(result(outcome=Outcome.ERROR, reason="now"))
    expected = [(Change.NEWLY_UNVERIFIED, None, "now")] if is_new else []
    assert changes(old, new) == expected


def test_findings_without_fingerprints_are_told_apart_by_what_they_say():
    def at(line, message="it is broken", path="a.py"):
        return Finding("check.one", Severity.ERROR, message, Location(path, line))

    old = run(result(at(1), at(2), at(3), at(1, path="b.py")))
    new = run(result(at(7), at(8), at(1, "another")))
    counted = Counter(change for change, _, _ in changes(old, new))
    assert counted == {Change.STILL_FAILING: 2, Change.MENDED: 2, Change.NEWLY_FAILING: 1}


OLD = run(result(found()))


@pytest.mark.parametrize(
    ("old", "new", "verdict", "code"),
    [
        (OLD, run(result(found("two"))), Verdict.WORSE, 1),
        (OLD, run(result(found("two")), result(name="check/b", outcome=Outcome.ERROR)),
         Verdict.WORSE, 1),
        (OLD, run(result(outcome=Outcome.ERROR, reason="403")), Verdict.UNVERIFIED, 3),
        (OLD, run(result(outcome=Outcome.SKIP, reason="none")), Verdict.UNVERIFIED, 3),
        (OLD, run(), Verdict.UNVERIFIED, 3),
        (run(result(outcome=Outcome.ERROR)), run(result(outcome=Outcome.ERROR)),
         Verdict.UNVERIFIED, 3),
        (OLD, run(result()), Verdict.BETTER, 0),
        (OLD, OLD, Verdict.SAME, 0),
        (run(result(), result(name="check/b", outcome=Outcome.ERROR)),
         run(result(), result(name="check/b", outcome=Outcome.ERROR)), Verdict.SAME, 0),
        (OLD, run(result(name="check/z")), Verdict.SAME, 0),
    ],
)  # fmt: skip
def test_the_verdict(old, new, verdict, code):
    made = diff(old, new, Severity.ERROR)
    assert (made.verdict, made.exit_code) == (verdict, code)


@pytest.mark.parametrize(
    ("new", "status", "code"),
    [
        (run(result(found()), status=Status.FAILED, exit_code=1), Status.PASSED, 0),
        (run(result(found("two")), status=Status.FAILED, exit_code=1), Status.FAILED, 1),
        (run(result(), exit_code=0), Status.PASSED, 0),
        (run(result(found()), result(name="check/b", outcome=Outcome.ERROR)),
         Status.UNVERIFIED, 3),
        (run(result(found(), reason="cut off")), Status.UNVERIFIED, 3),
        (run(result(outcome=Outcome.SKIP)), Status.UNVERIFIED, 3),
        (run(), Status.UNVERIFIED, 3),
        (run(result(found()), exit_code=130), Status.UNVERIFIED, 130),
        (run(result(found("two")), exit_code=130), Status.FAILED, 130),
    ],
)  # fmt: skip
def test_a_gate_that_only_news_close(new, status, code):
    comparison = compare(OLD, new, Severity.ERROR)
    judged = judge_by_news(new, comparison)
    assert (judged.status, judged.exit_code) == (status, code)
    assert replace(judged, status=new.status, exit_code=new.exit_code) == new


@pytest.mark.parametrize(("only_news", "status"), [(True, Status.PASSED), (False, Status.FAILED)])
def test_a_run_is_held_against_its_baseline(only_news, status):
    new = replace(OLD, status=Status.FAILED, exit_code=1, environment="other", notes=("a note",))
    held = hold(new, OLD, only_news=only_news)
    assert held.status is status
    assert held.comparison == compare(OLD, new, Severity.ERROR)
    assert held.notes == ("a note", *notes(OLD, new))
    strict = hold(replace(new, fail_on=Severity.NOTE), OLD, only_news=only_news)
    assert strict.comparison == compare(OLD, new, Severity.NOTE)


def test_what_makes_a_comparison_doubtful_is_said():
    assert list(notes(OLD, OLD)) == []
    other = replace(OLD, environment="production")
    assert list(notes(other, replace(OLD, environment=None))) == [
        "The earlier report is of production, the later one of no environment."
    ]
    earlier = replace(OLD, started_at=STARTED.replace(year=2020))
    assert diff(OLD, earlier, Severity.ERROR).notes == (
        "The earlier report began after the later one: they may have changed places.",
    )


@pytest.mark.parametrize("made", [incident, warned, unverified])
def test_two_reports_that_saw_the_same_differ_in_nothing(made):
    comparison = compare(made(), made(), Severity.ERROR)
    assert {each.change for each in comparison.differences} <= {Change.STILL_FAILING}


FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["check.one", "check.two"]),
    severity=st.sampled_from(Severity),
    message=st.sampled_from(["it is broken", "it is gone"]),
    location=st.none() | st.builds(Location, st.sampled_from("ab"), st.integers(1, 3)),
    fingerprint=st.sampled_from(["", "f1", "f2", "f3"]),
    waived=st.sampled_from([None, None, "known"]),
)


@st.composite
def some_runs(draw, outcomes=tuple(Outcome), ids=st.sets(st.sampled_from("abcd"))):
    probes = []
    for name in sorted(draw(ids)):
        outcome = draw(st.sampled_from(outcomes))
        reason = draw(st.sampled_from([None, "why"])) if outcomes is not ENDED else None
        findings = () if outcome is Outcome.SKIP else draw(st.lists(FINDINGS, max_size=4))
        probes.append(result(*findings, name=f"check/{name}", outcome=outcome, reason=reason))
    return run(*probes)


ENDED_RUNS = some_runs(ENDED, st.just("abc"))
THRESHOLDS = st.sampled_from(Severity)


def failing(what: Report, fail_on: Severity) -> Counter[tuple[str, str, str]]:
    return Counter(
        (each.id, one.rule, one.fingerprint)
        for each in what.probes
        for one in each.findings
        if one.waived is None and one.severity.rank >= fail_on.rank
    )


def told(comparison, *kinds) -> Counter[tuple[str, str, str]]:
    return Counter(
        (each.probe, each.rule, each.fingerprint or "")
        for each in comparison.differences
        if each.change in kinds
    )


def by_fingerprint(counted):
    """What shares a fingerprint is one finding, whatever the rule of this test's data."""
    made = Counter()
    for (name, rule, fingerprint), number in counted.items():
        made[name, fingerprint or rule] += number
    return made


@given(some_runs(), some_runs(), THRESHOLDS)
@QUIET
def test_every_failing_finding_is_told_once(old, new, fail_on):
    comparison = compare(old, new, fail_on)
    of_new = told(comparison, Change.NEWLY_FAILING, Change.STILL_FAILING)
    assert of_new == failing(new, fail_on)
    of_old = told(comparison, Change.STILL_FAILING, Change.MENDED, Change.NO_LONGER_SEEN)
    assert by_fingerprint(of_old) == by_fingerprint(failing(old, fail_on))


@given(some_runs(), THRESHOLDS)
@QUIET
def test_nothing_differs_from_itself(same, fail_on):
    comparison = compare(same, same, fail_on)
    assert {each.change for each in comparison.differences} <= {Change.STILL_FAILING}


@given(ENDED_RUNS, ENDED_RUNS, THRESHOLDS)
@QUIET
def test_what_is_new_one_way_is_mended_the_other_way(old, new, fail_on):
    there, back = compare(old, new, fail_on), compare(new, old, fail_on)
    assert told(there, Change.NEWLY_FAILING) == told(back, Change.MENDED)
    assert told(there, Change.MENDED) == told(back, Change.NEWLY_FAILING)
    assert {each.change for each in there.differences} <= {
        Change.NEWLY_FAILING, Change.STILL_FAILING, Change.MENDED,
    }  # fmt: skip


@given(some_runs(), some_runs(), THRESHOLDS)
@QUIET
def test_nothing_is_mended_that_was_not_looked_at(old, new, fail_on):
    ended = {each.id: each for each in new.probes if each.outcome in ENDED}
    for mended in compare(old, new, fail_on).of(Change.MENDED):
        seen: ProbeResult = ended[mended.probe]
        assert seen.reason is None or any(
            one.fingerprint == (mended.fingerprint or "") for one in seen.findings
        )


@given(some_runs(), some_runs())
@QUIET
def test_a_gate_passes_only_what_was_looked_at(old, new):
    judged = judge_by_news(new, compare(old, new, Severity.ERROR))
    if judged.status is Status.PASSED:
        assert all(each.outcome is not Outcome.ERROR for each in new.probes)
        assert any(each.outcome in ENDED for each in new.probes)
    assert judged.exit_code == {"passed": 0, "failed": 1, "unverified": 3}[judged.status]


@given(reports(), reports(), THRESHOLDS)
@settings(QUIET, max_examples=15)
def test_hostile_reports_are_compared_the_same_in_any_order(old, new, fail_on):
    comparison = compare(old, new, fail_on)
    turned = replace(
        new,
        probes=tuple(
            replace(each, findings=each.findings[::-1]) for each in new.probes[::-1]
        ),
    )  # fmt: skip
    again = compare(old, turned, fail_on)
    assert [(each.change, each.probe, each.rule) for each in again.differences] == [
        (each.change, each.probe, each.rule) for each in comparison.differences
    ]


def test_every_verdict_has_an_exit_code():
    assert set(EXIT_CODES) == set(Verdict)
