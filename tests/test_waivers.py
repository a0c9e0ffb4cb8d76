from dataclasses import replace
from datetime import date

import pytest

from netra_validate.config import FILE_NAME, ConfigurationError, load
from netra_validate.diagnosis import status_of
from netra_validate.model import (
    Finding,
    Outcome,
    Plane,
    ProbeResult,
    ResourceRef,
    Severity,
    Status,
)
from netra_validate.waivers import Waiver, apply

LAST = date(2026, 12, 31)
OPEN = "cloud-sql.open-to-the-world"


def waiver(**given):
    usual = {
        "rule": OPEN,
        "resource": "postgres",
        "reason": "shared until the move",
        "owner": "platform",
        "expires": LAST,
    }
    return Waiver(**{**usual, **given})


def result(*rules):
    findings = tuple(Finding(rule, Severity.ERROR, "it is open") for rule in rules)
    return ProbeResult(
        "cloud-sql/postgres", "cloud-sql", Plane.CONTROL, ResourceRef("database", "postgres"),
        Outcome.FAIL, findings=findings,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("today", "status", "message", "notes"),
    [
        (date(2026, 12, 1), Status.PASSED, "it is open", ()),
        (
            date(2026, 12, 30),
            Status.PASSED,
            "it is open",
            (f"The waiver of {OPEN} on postgres (platform) runs out in 1 day, after 2026-12-31.",),
        ),
        (
            LAST,
            Status.PASSED,
            "it is open",
            (f"The waiver of {OPEN} on postgres (platform) runs out today, after 2026-12-31.",),
        ),
        (
            date(2027, 1, 1),
            Status.FAILED,
            "it is open; its waiver has run out on 2026-12-31 (platform)",
            (),
        ),
    ],
)
def test_a_waiver_counts_until_the_end_of_its_day(today, status, message, notes):
    waived = apply([result(OPEN)], [waiver()], today)
    assert status_of(waived.results) is status
    (found,) = waived.results[0].findings
    assert found.message == message
    assert (found.waived is not None) == (status is Status.PASSED)
    assert waived.notes == notes
    assert waived.results[0].outcome is Outcome.FAIL


def test_only_what_it_covers_is_waived():
    both = result(OPEN, "cloud-sql.stopped")
    waived = apply([both], [waiver()], LAST)
    assert [found.waived is None for found in waived.results[0].findings] == [False, True]
    assert status_of(waived.results) is Status.FAILED


@pytest.mark.parametrize("given", [{"rule": "cloud-sql.*"}, {"resource": "post*"}])
def test_patterns(given):
    assert status_of(apply([result(OPEN)], [waiver(**given)], LAST).results) is Status.PASSED


def test_a_waiver_of_nothing_is_a_note():
    waived = apply([result(OPEN)], [waiver(resource="other")], LAST)
    assert waived.notes == (
        f"The waiver of {OPEN} on other (platform) matches nothing that was found.",
    )


@pytest.mark.parametrize("missing", ["rule", "resource", "reason", "owner", "expires"])
def test_nothing_may_be_left_out(tmp_path, missing):
    lines = {
        "rule": f'"{OPEN}"',
        "resource": '"postgres"',
        "reason": '"because"',
        "owner": '"platform"',
        "expires": "2026-12-31",
    }
    path = tmp_path / FILE_NAME
    path.write_text("[[waivers]]\n" + "\n".join(f"{key} = {lines[key]}" for key in lines))
    assert load(path).table.waivers[0].expires == LAST
    del lines[missing]
    path.write_text("[[waivers]]\n" + "\n".join(f"{key} = {lines[key]}" for key in lines))
    with pytest.raises(ConfigurationError, match=f"waivers.0.{missing}: is missing, expected"):
        load(path)


def test_a_waiver_for_what_was_not_looked_at_is_not_called_stale():
    stale = f"The waiver of {OPEN} on postgres (platform) matches nothing that was found."
    other = replace(result(), check="domains", outcome=Outcome.PASS)
    checks = ("cloud-sql", "domains")
    assert apply((other,), (waiver(),), LAST, checks).notes == ()
    assert apply(
        (replace(result(), outcome=Outcome.PASS), other), (waiver(),), LAST, checks
    ).notes == (stale,)
    unknown = waiver(rule="cloud-sq.open-to-the-world")
    (note,) = apply((other,), (unknown,), LAST, checks).notes
    assert note.endswith("matches nothing that was found.")


@pytest.mark.parametrize("key", ["rule", "resource", "reason", "owner"])
def test_a_blank_text_answers_for_nothing(tmp_path, key):
    lines = {"rule": '"a.b"', "resource": '"x"', "reason": '"r"', "owner": '"o"'} | {key: '" \\t"'}
    text = "".join(f"{name} = {value}\n" for name, value in lines.items())
    (tmp_path / FILE_NAME).write_text(f"[[waivers]]\n{text}expires = 2026-12-31\n")
    with pytest.raises(ConfigurationError, match=f"{key}.*a text that is not blank"):
        load(tmp_path / FILE_NAME)


def test_what_was_not_looked_at_is_not_waived_with_what_was_found():
    cut_off = replace(result(OPEN), reason="no answer within the probe's 30 s")
    (marked,) = apply((cut_off,), (waiver(),), LAST).results
    assert marked.outcome is Outcome.ERROR
    assert marked.findings[0].waived
    assert status_of((marked,)) is Status.UNVERIFIED
    both = replace(result(OPEN, "cloud-sql.stopped"), reason="no answer")
    assert apply((both,), (waiver(),), LAST).results[0].outcome is Outcome.FAIL
