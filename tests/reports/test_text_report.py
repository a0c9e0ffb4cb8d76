import json
import re
import shlex
import unicodedata
from dataclasses import replace

import pytest
from hostile_reports import reports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_samples import (
    SAMPLES,
    crowded,
    empty,
    healthy,
    incident,
    probe,
    report,
    unverified,
    warned,
)
from rich.cells import cell_len

from netra_validate.model import (
    Command,
    Effect,
    Finding,
    Fix,
    Location,
    Outcome,
    Plane,
    Remediation,
    Replacement,
    RootCause,
    Severity,
    Status,
)
from netra_validate.reports import FORMATS, Display

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def render(what, width=100, **display):
    return FORMATS["text"].render(what, Display(width=width, **display))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    ("look", "display"),
    [
        ("80", Display(80)),
        ("200", Display(200)),
        ("80-ascii", Display(80, unicode=False)),
        ("100-color", Display(100, color=True)),
        ("80-quiet", Display(80, quiet=True)),
    ],
)
def test_samples_are_as_recorded(name, look, display, golden):
    golden(f"{name}-{look}.txt", FORMATS["text"].render(SAMPLES[name](), display))


@pytest.mark.parametrize("name", SAMPLES)
def test_colour_changes_nothing_but_colour(name):
    colored = render(SAMPLES[name](), color=True)
    assert "\x1b[" in colored
    assert ESCAPES.sub("", colored) == render(SAMPLES[name]())


@pytest.mark.parametrize("name", SAMPLES)
def test_ascii_is_ascii(name):
    assert render(SAMPLES[name](), unicode=False).isascii()


def test_the_verdict_comes_first():
    assert render(incident()).splitlines()[:3] == [
        "staging · netra-staging/us-central1 · 8 probes in 1.9 s",
        "",
        "NOT FIT: 1 root cause, 3 symptoms, 1 not verified, 2 passed, 1 skipped",
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_counts_add_up(name):
    what = SAMPLES[name]()
    verdict = render(what, 200).splitlines()[2]
    assert sum(map(int, re.findall(r"\b\d+\b", verdict))) == len(what.probes)


def test_nothing_is_fit_that_was_not_verified():
    lying = replace(unverified(), status=Status.PASSED)
    assert "NOT VERIFIED: 2 not verified" in render(lying)
    assert "NOT VERIFIED: nothing was checked" in render(replace(empty(), status=Status.PASSED))
    only_skipped = [result for result in unverified().probes if result.outcome is Outcome.SKIP]
    nothing = replace(lying, probes=tuple(only_skipped))
    assert "NOT VERIFIED: 1 skipped" in render(nothing)


def test_an_interrupted_run_says_so():
    assert "8 probes, interrupted after 1.9 s" in render(replace(incident(), exit_code=130))


def test_symptoms_hang_under_their_cause_once():
    text = render(incident(), 200)
    marks = ["connector main:", "└ ✗ database postgres:", "├ ? service auth:",
             "└ ✗ service backend: https://", "└ ✗ service backend: wss://"]  # fmt: skip
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    assert [text.count(mark) for mark in marks] == [2, 1, 1, 1, 1]  # the cause at the end again
    assert "Could not verify" not in text


def test_only_the_last_symptom_of_a_cause_ends_its_branch():
    def failing(name, *explained_by):
        return probe(f"c/{name}", Plane.DATA, "service", explained_by=explained_by)

    probes = (
        failing("a"), failing("b", "c/a"), failing("b1", "c/b"), failing("b2", "c/b"),
        failing("b21", "c/b2"), failing("c", "c/a"), failing("c1", "c/c"),
    )  # fmt: skip
    broken = report(probes, Status.FAILED, 1, (RootCause("c/a"),))
    tree = [line.strip().split(":")[0] for line in render(broken, 200).splitlines()]
    assert [line for line in tree if line[:1] in {"├", "└"}] == [
        "├ ✗ service b", "├ ✗ service b1", "└ ✗ service b2", "└ ✗ service b21",
        "└ ✗ service c", "└ ✗ service c1",
    ]  # fmt: skip
    ascii_tree = render(broken, 200, unicode=False)
    assert "    | x service b:" in ascii_tree
    assert "    ` x service c:" in ascii_tree


def test_a_symptom_of_two_causes_is_shown_under_the_first():
    def failing(name, *explained_by):
        found = Finding("c.r", Severity.ERROR, f"{name} is broken")
        return probe(
            f"c/{name}", Plane.DATA, "service", explained_by=explained_by, findings=(found,)
        )

    two = report(
        (failing("a"), failing("b"), failing("z", "c/a", "c/b")),
        Status.FAILED, 1, (RootCause("c/a", ("c/z",)), RootCause("c/b", ("c/z",))),
    )  # fmt: skip
    text = render(two)
    assert "NOT FIT: 2 root causes, 1 symptom\n" in text
    assert text.count("z is broken") == 1
    assert text.index("a is broken") < text.index("z is broken") < text.index("b is broken")


def test_failures_that_explain_each_other_are_still_shown():
    def failing(name, other):
        return probe(f"c/{name}", Plane.DATA, "service", explained_by=(f"c/{other}",))

    circle = report((failing("a", "b"), failing("b", "a"), failing("c", "c")), Status.FAILED, 1)
    text = render(circle)
    assert "NOT FIT: 2 root causes, 1 symptom" in text
    assert all(f"service {name}:" in text for name in "abc")


def test_a_thousand_symptoms_stay_readable():
    root = probe("sql/db", Plane.CONTROL, "database")
    below = tuple(
        probe(f"health/{number:04}", Plane.DATA, "service", explained_by=("sql/db",))
        for number in range(1_000)
    )
    cause = RootCause("sql/db", tuple(result.id for result in below))
    text = render(report((root, *below), Status.FAILED, 1, (cause,)))
    assert "NOT FIT: 1 root cause, 1 000 symptoms" in text
    assert "└ … and 970 more (all in -o json)" in text
    assert text.count("    ├ ✗ service ") == 30
    assert len(text.splitlines()) < 100


def test_a_cause_that_explains_more_comes_first():
    alone = probe("a/alone", Plane.DATA, "service")
    root = probe("z/root", Plane.DATA, "service")
    below = probe("y/below", Plane.DATA, "service", explained_by=("z/root",))
    causes = (RootCause("a/alone"), RootCause("z/root", ("y/below",)))
    text = render(report((alone, root, below), Status.FAILED, 1, causes))
    assert text.index("service root") < text.index("service alone")


@pytest.mark.parametrize("width", [20, 80, 200])
def test_commands_can_be_copied(width):
    argv = ("gcloud", "run", "deploy", "a b", "--set-env-vars=X=it's", "--region=us-central1" * 6)
    remedy = Remediation("Do it.", (Command(argv),), "https://example.com/" + "x" * 300)
    found = Finding("c.r", Severity.ERROR, "it is broken", remediation=remedy)
    text = render(
        report((probe("c/x", Plane.DATA, "service", findings=(found,)),), Status.FAILED, 1), width
    )
    (line,) = (line for line in text.splitlines() if "gcloud" in line)
    assert tuple(shlex.split(line)) == argv
    assert f"Read: {remedy.docs}" in text


def test_a_change_says_that_it_is_one_and_how_to_take_it_back():
    lines = [line.strip() for line in render(incident()).splitlines()]
    change = lines.index("Mend (changes the environment):")
    assert lines[change + 1].startswith("gcloud run services update netra-backend")
    assert lines[change + 2] == "risk: What only the other network has is out of its reach"
    assert lines[change + 3] == "needs: roles/run.developer and roles/iam.serviceAccountUser"
    assert lines[change + 4] == "undo:"
    assert "--vpc-connector=staging-connector " in lines[change + 5]


def test_a_change_that_nothing_takes_back_says_why():
    assert "no undo: A disk cannot be made smaller again" in render(warned())


def test_commands_are_quoted_for_the_shell_of_the_reader():
    remedy = Remediation("Do it.", (Command(("gcloud", "it's"), Effect.CHANGES, ("undo", "a,b")),))
    found = Finding("c.r", Severity.ERROR, "it is broken", remediation=remedy)
    broken = report((probe("c/x", Plane.DATA, "service", findings=(found,)),), Status.FAILED, 1)
    lines = render(broken, shell="powershell").splitlines()
    assert [line.strip() for line in lines if "gcloud" in line] == ["gcloud 'it''s'"]
    assert [line.strip() for line in lines if "undo " in line] == ["undo 'a,b'"]


def test_steps_of_one_kind_stand_under_one_heading():
    steps = tuple(Command(("step", str(number)), Effect.RESTARTS) for number in range(3))
    remedy = Remediation("Take these steps.", (Command(("look",)), *steps, Command(("look", "2"))))
    found = Finding("c.r", Severity.ERROR, "it is broken", remediation=remedy)
    text = render(
        report((probe("c/x", Plane.DATA, "service", findings=(found,)),), Status.FAILED, 1)
    )
    assert [line.strip() for line in text.splitlines()[6:]] == [
        "Look:", "look", "Mend (interrupts the service):", "step 0", "step 1", "step 2",
        "Look:", "look 2",
    ]  # fmt: skip


def test_one_remedy_of_many_findings_is_told_once():
    text = render(incident())
    assert text.count("Read the logs of the revision that serves.") == 1
    assert text.count("gcloud run services logs read") == 1


def test_what_an_edit_mends_is_said_below_the_remedy_of_each_group():
    fix = Fix("Write b.", (Replacement("a.py", 1, 1, 1, 2, "b"),))
    by_hand = Remediation("Replace a by b.", (Command(("git", "grep", "a")),))
    one = Finding("c.r", Severity.ERROR, "a is old", remediation=by_hand, fix=fix)
    other = replace(one, message="a is old there, too", identity="2")
    for findings, told in (
        ((one,), ["→ Replace a by b.", "or let `netra-validate fix` do it", "Look:"]),
        ((one, one), ["→ Replace a by b.", "or let `netra-validate fix` do it", "Look:"]),
        (
            (one, replace(one, fix=None)),
            ["→ Replace a by b.", "or let `netra-validate fix` do it for 1 of them", "Look:"],
        ),
        ((one, other), ["→ Let `netra-validate fix` do it"]),
        ((replace(one, remediation=None),), ["→ Let `netra-validate fix` do it"]),
    ):
        found = probe("c/x", Plane.SOURCE, "repository", findings=findings)
        lines = [line.strip() for line in render(report((found,), Status.FAILED, 1)).splitlines()]
        start = lines.index(told[0])
        assert lines[start : start + len(told)] == told
    for silent in (replace(one, fix=None), replace(one, waived="known (me, until 2027-01-01)")):
        found = probe("c/x", Plane.SOURCE, "repository", findings=(silent,))
        assert "netra-validate fix" not in render(report((found,), Status.FAILED, 1))


def test_evidence_that_the_message_names_is_not_repeated():
    evidence = {"host": "old.example", "state": "ERROR", "status": 503, "other": "new.example"}
    found = Finding("c.r", Severity.ERROR, "old.example is ERROR with 503", evidence=evidence)
    broken = probe("c/x", Plane.DATA, "service", findings=(found,))
    text = render(report((broken,), Status.FAILED, 1))
    assert "    state ERROR · status 503 · other new.example\n" in text


def test_a_page_to_read_is_named_once():
    findings = tuple(
        Finding(
            "c.r", Severity.ERROR, f"{name} is broken",
            remediation=Remediation(f"Mend {name}.", docs="https://example.com/mending"),
        )
        for name in "abc"
    )  # fmt: skip
    broken = probe("c/x", Plane.DATA, "service", findings=findings)
    text = render(report((broken,), Status.FAILED, 1))
    assert all(f"→ Mend {name}." in text for name in "abc")
    assert text.count("Read: https://example.com/mending") == 1


def test_what_could_not_be_verified_says_why():
    text = render(unverified(), 200)
    section = text[text.index("Could not verify") :]
    assert "missing permission cloudsql.instances.get; ask the owner" in " ".join(section.split())
    assert "Run again with --debug for the traceback." in section
    assert "Traceback" not in section


def test_debug_shows_the_traceback_with_secrets_out():
    crashed = probe(
        "c/x", Plane.DATA, "service", outcome=Outcome.ERROR, reason="the check crashed: E",
        trace="Traceback:\n  File 'x'\nValueError: password=hunter2222 \x1b[31m",
    )  # fmt: skip
    text = render(report((crashed,), Status.UNVERIFIED, 3), debug=True)
    assert "    Traceback:\n      File 'x'\n    ValueError: password=[redacted]" in text
    assert "hunter" not in text


def test_a_failure_that_was_cut_short_says_so():
    found = Finding("c.r", Severity.ERROR, "it is broken")
    cut = probe("c/x", Plane.DATA, "service", findings=(found,), reason="no answer within 30 s")
    text = render(report((cut,), Status.FAILED, 1))
    assert "It did not come to its end: no answer within 30 s" in text


def test_passed_probes_take_one_line_with_what_they_saw():
    lines = render(healthy(), 80).splitlines()
    assert "✓ health/backend       3 attempts · status 200 · latency 142 ms" in lines
    assert sum(line.startswith("✓") for line in lines) == 5
    assert all(cell_len(line) <= 80 for line in lines)


def test_a_passed_line_holds_what_fits():
    seen = {f"fact_{number}": "x" * (20 if number < 8 else 3) for number in range(9)}
    passed = probe("c/x", Plane.DATA, "service", outcome=Outcome.PASS, observations=seen)
    text = render(report((passed,), Status.PASSED, 0), 80)
    (line,) = (line for line in text.splitlines() if line.startswith("✓"))
    assert line == f"✓ c/x  fact 0 {'x' * 20} · fact 1 {'x' * 20} · fact 8 xxx"


def test_skipped_probes_say_why():
    assert "– websocket/frontend  no websocket is configured" in render(unverified())  # noqa: RUF001 - drawn


def test_warnings_notes_and_waivers_are_told_apart():
    text = render(warned(), 120)
    assert "FIT: the running system was not looked at, 1 with warnings, 1 passed\n" in text
    assert "Warnings, notes, waived" in text
    assert "! database postgres: staging-shared-postgres has 92 %" in text
    assert "\n    1 more finding\n" in text
    assert "• repository repo: note: marker chaos" in text
    assert "~ waived: staging-shared-postgres accepts" in text
    assert "Waived: shared with the data team" in text


def test_a_failure_that_is_waived_looks_waived():
    known = Finding("c.rule", Severity.ERROR, "it is broken", waived="known (me)")
    for findings, told in (
        ((known,), "~ database x: failed, waived: it is broken"),
        (
            (known, replace(known, message="it is gone")),
            "~ database x: failed, waived: it is broken",
        ),
    ):
        found = probe("c/x", Plane.CONTROL, "database", findings=findings)
        text = render(report((found,), Status.PASSED, 0))
        assert "\nFIT: the running system was not looked at, 1 waived\n\nWaived\n" in text
        assert told in text
        assert "✗" not in text


def test_a_verdict_spoiled_by_warnings_names_them_even_when_quiet():
    strict = replace(warned(), status=Status.FAILED, exit_code=1)
    text = render(strict, quiet=True)
    assert "NOT FIT: 1 with warnings, 1 passed" in text
    assert "has 92 % of its disk in use" in text
    assert "has 92 % of its disk in use" not in render(warned(), quiet=True)


def test_quiet_keeps_the_verdict_and_the_causes():
    text = render(incident(), 120, quiet=True)
    assert "staging-connector is ERROR" in text
    assert (
        "3 more failures follow from this (cloud-sql/postgres, health/backend and"
        " websocket/backend); and it leaves 1 probe unverified (health/auth)"
    ) in " ".join(text.split())
    assert "SUSPENDED" not in text
    assert "Passed" not in text
    assert render(healthy(), quiet=True).count("\n") == 3


def test_quiet_still_says_why_nothing_was_verified():
    assert "cloudsql.instances.get; ask the owner" in render(unverified(), quiet=True)
    assert "`netra-validate init` writes one" in render(empty(), quiet=True)


def test_thousands_of_findings_are_grouped():
    text = render(crowded(10_000), 120)
    assert "✗ repository repo: api.staging.netrasystems.ai is retired; use" in text
    assert "\n    2 000 more findings\n" in text
    assert len(text.splitlines()) < 60
    assert "8 000 places in" in text
    assert re.search(r"tests/ 2 \d{3}, docs/ 1 \d{3}, .* and 2 more folders", text)
    assert text.count("Write staging.netrasystems.ai instead.") == 1
    assert re.search(r"and \d+ more of pytest-markers.unregistered \(all in -o json\)", text)


def test_places_inside_one_folder_are_told_apart_below_it():
    findings = tuple(
        Finding("c.r", Severity.ERROR, "it is retired", Location(f"a/b/{'cd'[n % 2]}/f{n}.py", 1))
        for n in range(6)
    )
    text = render(
        report((probe("c/r", Plane.SOURCE, "repository", findings=findings),), Status.FAILED, 1)
    )
    assert "6 places in 6 files: a/b/c/ 3, a/b/d/ 3" in text
    assert "first a/b/c/f0.py:1, a/b/c/f2.py:1, a/b/c/f4.py:1" in text


def worded(ways):
    findings = tuple(
        Finding(
            "c.r", Severity.ERROR, f"{host}.example is wrong in way {way}",
            Location("a.py", way, column), {"host": f"{host}.example"},
        )
        for column, host in enumerate(("a", "b"), 1)
        for way in range(1, ways + 1)
    )  # fmt: skip
    repository = probe("c/r", Plane.SOURCE, "repository", findings=findings)
    return report((repository,), Status.FAILED, 1)


def test_a_few_ways_to_be_wrong_are_told_apart():
    text = render(worded(ways=3))
    assert all(f"b.example is wrong in way {way}" in text for way in (1, 2, 3))


def test_many_ways_to_be_wrong_are_one_for_each_host():
    text = render(worded(ways=9))
    assert text.count("a.example is wrong") == text.count("b.example is wrong") == 1
    assert "9 places in a.py, lines 1, 2, 3, 4, 5, 6 and 3 more" in text


def test_ten_thousand_findings_are_no_longer_than_a_hundred():
    lines = [len(render(crowded(count), 120).splitlines()) for count in (100, 10_000)]
    assert lines[1] <= lines[0] + 5


def test_lines_keep_to_the_width():
    texts = ("words " * 40, "漢字" * 60, "x" * 300)
    findings = tuple(Finding("c.r", Severity.ERROR, text, evidence={"k": text}) for text in texts)
    wide = report((probe("c/x", Plane.DATA, "service", findings=findings),), Status.FAILED, 1)
    for width in (40, 80, 120):
        assert all(cell_len(line) <= width for line in render(wide, width).splitlines())
    assert max(cell_len(line) for line in render(wide, 300).splitlines()) <= 120


def test_markup_is_only_text():
    found = Finding("c.r", Severity.ERROR, "[bold]x[/bold] [/etc/app] :smile:")
    marked = report((probe("c/x", Plane.DATA, "service", findings=(found,)),), Status.FAILED, 1)
    assert "[bold]x[/bold] [/etc/app] :smile:" in render(marked)
    assert "[bold]x[/bold] [/etc/app] :smile:" in ESCAPES.sub("", render(marked, color=True))


@given(reports(), st.integers(1, 250), st.booleans(), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_gets_nowhere(hostile, width, color, unicode, quiet, debug):
    text = render(hostile, width, color=color, unicode=unicode, quiet=quiet, debug=debug)
    shown = ESCAPES.sub("", text) if color else text
    categories = {unicodedata.category(char) for char in shown if char != "\n"}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert text.endswith("\n")
    assert not any(line != line.rstrip() for line in shown.splitlines())
    assert unicode or shown.isascii()
    text.encode("utf-8")


def test_the_document_is_the_same_whatever_the_surroundings(monkeypatch):
    expected = render(incident(), color=True)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "33", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert render(incident(), color=True) == expected


def test_json_says_all_that_text_leaves_out():
    loaded = json.loads(FORMATS["json"].render(crowded(10_000)))
    assert sum(len(result["findings"]) for result in loaded["probes"]) == 10_050


class TestTheEnd:
    def report(self, failing, passed=30, **display):
        found = Finding("c.r", Severity.ERROR, f"it is broken {'so ' * 60}")
        probes = tuple(
            probe(f"c/f{at}", Plane.DATA, "service", findings=(found,)) for at in range(failing)
        )
        good = tuple(
            probe(f"c/p{at}", Plane.DATA, "service", outcome=Outcome.PASS) for at in range(passed)
        )
        causes = tuple(RootCause(each.id) for each in probes)
        status = Status.FAILED if failing else Status.PASSED
        text = render(report((*probes, *good), status, int(bool(failing)), causes), **display)
        return text.splitlines()

    def test_a_long_report_ends_with_the_verdict_and_a_line_for_each_cause(self):
        lines = self.report(5)
        assert lines.count("NOT FIT: 5 root causes, 30 passed") == 2
        *_, blank, verdict, first, second, third, more = lines
        assert (blank, verdict) == ("", "NOT FIT: 5 root causes, 30 passed")
        assert [each[:14] for each in (first, second, third)] == [
            f"✗ service f{at}: " for at in range(3)
        ]
        assert (len(first) in {99, 100}, first[-1], more) == (True, "…", "  and 2 more")

    @pytest.mark.parametrize(
        ("failing", "passed", "display"),
        [(1, 1, {}), (0, 40, {}), (5, 40, {"quiet": True})],
        ids=["short", "fit", "quiet"],
    )
    def test_others_say_it_once(self, failing, passed, display):
        lines = self.report(failing, passed, **display)
        assert sum("FIT: " in line for line in lines) == 1

    def test_what_could_not_be_verified_is_said_again(self):
        long = (*unverified().probes, *[
            probe(f"c/p{at}", Plane.DATA, "service", outcome=Outcome.PASS) for at in range(30)
        ])  # fmt: skip
        last = render(replace(unverified(), probes=long)).splitlines()[-1]
        assert last.startswith("NOT VERIFIED: ")
