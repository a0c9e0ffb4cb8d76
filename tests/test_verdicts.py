"""How far a verdict reaches: what nobody looked at is not called fit without a word."""

from datetime import UTC, datetime

import pytest

from netra_validate.causes import trace
from netra_validate.model import Outcome, Plane, ProbeResult, Report, ResourceRef, Status
from netra_validate.reports import FORMATS, Display
from netra_validate.verdicts import grounds


def report(*probes, status=Status.PASSED):
    results = tuple(
        ProbeResult(f"{plane}-{at}/x", f"{plane}-{at}", plane, ResourceRef("thing", "x"), outcome)
        for at, (plane, outcome) in enumerate(probes)
    )
    return Report("staging", datetime(2026, 1, 2, tzinfo=UTC), 1.0, status, 0, probes=results)


SOURCE = (Plane.SOURCE, Outcome.PASS)
CONTROL = (Plane.CONTROL, Outcome.WARN)
DATA = (Plane.DATA, Outcome.PASS)


@pytest.mark.parametrize(
    ("probes", "said"),
    [
        ([SOURCE], "source only, 1 passed"),
        (
            [SOURCE, (Plane.DATA, Outcome.SKIP), (Plane.CONTROL, Outcome.SKIP)],
            "source only, 1 passed, 2 skipped",
        ),
        ([SOURCE, CONTROL], "the running system was not looked at, 1 with warnings, 1 passed"),
        ([SOURCE, CONTROL, DATA], "1 with warnings, 2 passed"),
        ([DATA], "1 passed"),
        ([(Plane.SOURCE, Outcome.SKIP)], "1 skipped"),
        ([], "nothing was checked"),
    ],
)
def test_a_good_verdict_says_how_far_it_reaches(probes, said):
    made = report(*probes)
    assert grounds(made, trace(made)) == said


def test_a_bad_one_says_what_is_bad():
    made = report((Plane.SOURCE, Outcome.FAIL), status=Status.FAILED)
    assert grounds(made, trace(made)) == "1 root cause"


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("text", "source only, 1 passed"),
        ("markdown", "source only, 1 passed"),
        ("html", "source only, 1 passed"),
        ("sarif", "The environment is fit, source only."),
    ],
)
def test_every_format_that_words_it_says_so(name, said, quiet):
    assert said in FORMATS[name].render(report(SOURCE), Display(quiet=quiet))
