import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hostile_reports import COMPARISONS, TEXTS, reports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from report_samples import (
    SAMPLES,
    STARTED,
    compared,
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

from netra_validate.comparison import Diff, Verdict, diff
from netra_validate.comparisons import FORMATS
from netra_validate.comparisons.json import schema
from netra_validate.comparisons.markdown import LIMIT
from netra_validate.model import (
    Change,
    Comparison,
    Difference,
    Finding,
    Location,
    Outcome,
    Plane,
    Severity,
    Status,
)
from netra_validate.reports import FORMATS as REPORTS
from netra_validate.reports.json import schema as report_schema
from netra_validate.terminal import Display
from netra_validate.verdicts import word

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
VALIDATOR = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
PAIRS = {
    "worse": (healthy, incident),
    "better": (incident, healthy),
    "unverified": (incident, unverified),
    "same": (healthy, healthy),
    "nothing": (empty, empty),
    "many": (warned, crowded),
    "mixed": (healthy, incident),
}
"""Pairs of samples by what they come to."""


def later(made):
    """The report of a run that began a quarter of an hour after the others."""
    return replace(made, started_at=STARTED + timedelta(minutes=15))


def compare(name, fail_on=Severity.ERROR):
    old, new = (made(8) if made is crowded else made() for made in PAIRS[name])
    made = diff(old, later(new), fail_on)
    return replace(made, comparison=compared().comparison) if name == "mixed" else made


def text(made, width=80, **display):
    return FORMATS["text"].render(made, Display(width, **display))


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize(
    ("look", "display"),
    [
        ("80", Display(80)),
        ("40-ascii", Display(40, unicode=False)),
        ("100-color", Display(100, color=True)),
        ("80-quiet", Display(80, quiet=True)),
    ],
)
def test_texts_are_as_recorded(name, look, display, golden):
    golden(f"diff-{name}-{look}.txt", FORMATS["text"].render(compare(name), display))


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize(("form", "suffix"), [("markdown", "md"), ("json", "json")])
def test_documents_are_as_recorded(name, form, suffix, golden):
    document = FORMATS[form].render(compare(name))
    golden(f"diff-{name}.{suffix}", re.sub(r'"version": "[^"]*"', '"version": "0.1.0"', document))


@pytest.mark.parametrize("name", PAIRS)
def test_colour_changes_nothing_but_colour(name):
    colored = text(compare(name), color=True)
    assert "\x1b[" in colored
    assert ESCAPES.sub("", colored) == text(compare(name))


@pytest.mark.parametrize("name", PAIRS)
def test_the_verdict_comes_first(name):
    made = compare(name)
    mark, expected = {
        "worse": ("❌", "WORSE"),
        "unverified": ("❔", "NOT VERIFIED"),
        "better": ("✅", "BETTER"),
        "same": ("✅", "NOTHING NEW"),
    }[made.verdict]
    assert text(made).startswith(f"{expected}: ")
    assert FORMATS["markdown"].render(made).startswith(f"## {mark} {expected}: ")


def test_the_numbers_are_those_of_the_comparison():
    first = text(diff(crowded(), incident(), Severity.ERROR)).splitlines()[0]
    assert first == "WORSE: 5 newly failing, 1 newly unverified, 1 350 mended"


def test_what_is_new_comes_before_what_is_known():
    titles = ["Newly failing", "Newly unverified", "No longer seen", "Still failing", "Mended"]
    made = diff(incident(), later(incident()), Severity.ERROR)
    whole = replace(made, comparison=compared().comparison)
    for document in (text(whole), FORMATS["markdown"].render(whole)):
        places = [document.index(title) for title in titles]
        assert places == sorted(places)


def test_quiet_says_only_what_is_urgent():
    whole = replace(compare("worse"), comparison=compared().comparison)
    said = text(whole, quiet=True)
    assert "Newly failing" in said
    assert "Newly unverified" in said
    assert "Mended" not in said
    assert "Still failing" not in said


def test_places_are_told():
    found = Finding("c.r", Severity.ERROR, "it is", location=Location("app/a.py", 3, 9))
    other = replace(found, location=Location("app/b.py", 4))
    for findings, told in (
        ((found,), "app/a.py:3:9"),
        ((found, other), "app/a.py:3:9, app/b.py:4"),
    ):
        new = report(
            (probe("c/x", Plane.SOURCE, "repository", findings=findings),), Status.FAILED, 1
        )
        made = diff(healthy(), new, Severity.ERROR)
        assert told in text(made)
        assert told in FORMATS["markdown"].render(made)


def test_ten_thousand_differences_are_a_screen_and_a_short_comment():
    made = diff(healthy(), crowded(10_000), Severity.ERROR)
    assert len(text(made).splitlines()) < 60
    assert "WORSE: 10 050 newly failing" in text(made)
    assert "… and 30 more of pytest-markers.unregistered (all in -o json)" in text(made)
    assert len(FORMATS["markdown"].render(made)) < 5_000
    written = json.loads(FORMATS["json"].render(made))
    assert len(written["comparison"]["newly_failing"]) == 10_050


def test_unlike_runs_are_told_apart():
    old = replace(healthy(), environment="production")
    made = diff(old, later(incident()), Severity.WARNING)
    said = text(made, 200)
    assert "since production, 2026-01-01 12:30 UTC · failing from warning on" in said
    assert "• The earlier report is of production, the later one of staging." in said
    for form in ("markdown", "json"):
        assert "The earlier report is of production" in FORMATS[form].render(made)


def test_who_looked_at_nothing_is_told_so():
    assert text(compare("nothing")).startswith("NOT VERIFIED: the later run verified nothing\n")
    made = diff(incident(), later(empty()), Severity.ERROR)
    assert text(made, 200).startswith(
        "NOT VERIFIED: 5 no longer seen; the later run verified nothing\n"
    )


@pytest.mark.parametrize("name", PAIRS)
def test_json_follows_its_schema_and_is_the_table_of_the_report(name):
    made = compare(name)
    written = json.loads(FORMATS["json"].render(made))
    VALIDATOR.validate(written)
    held = replace(made.report, comparison=made.comparison)
    assert written["comparison"] == json.loads(REPORTS["json"].render(held))["comparison"]
    assert written["summary"] == {
        key: len(entries) for key, entries in written["comparison"].items() if key != "baseline"
    }
    assert written["exit_code"] == made.exit_code


def test_the_schema_is_a_good_one_and_shares_its_words_with_the_report():
    Draft202012Validator.check_schema(schema())
    assert set(schema()["properties"]["verdict"]["enum"]) == set(Verdict)
    for name, table in schema()["$defs"].items():
        assert table == report_schema()["$defs"][name]
    keys = {change.replace("-", "_") for change in Change}
    assert set(schema()["properties"]["summary"]["required"]) == keys


DIFFS = st.builds(
    Diff,
    report=reports(),
    comparison=COMPARISONS,
    verdict=st.sampled_from(Verdict),
    fail_on=st.sampled_from(Severity),
    notes=st.lists(TEXTS, max_size=2).map(tuple),
)


@given(DIFFS, st.integers(20, 140), st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_stays_text_in_a_terminal(made, width, unicode):
    said = text(made, width, unicode=unicode)
    assert said.endswith("\n")
    for line in said.removesuffix("\n").split("\n"):
        assert line.isprintable()
        assert cell_len(line) <= max(width, 40)
    assert unicode or said.isascii()


@given(DIFFS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_breaks_no_schema(made):
    document = FORMATS["json"].render(made)
    VALIDATOR.validate(json.loads(document))
    assert document.isascii()


class Tags(HTMLParser):
    """The tags of a page, and whether they are closed in order."""

    def __init__(self):
        super().__init__()
        self.seen, self.open = set(), []

    def handle_starttag(self, tag, attrs):
        assert not attrs, (tag, attrs)
        self.seen.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@given(DIFFS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_makes_no_markup(made):
    document = FORMATS["markdown"].render(made)
    assert len(document) <= LIMIT + 100
    tags = Tags()
    tags.feed(MARKDOWN.render(document))
    assert tags.open == []
    assert tags.seen <= {
        "h2", "h3", "p", "ul", "li", "code", "details", "summary", "span",
    }  # fmt: skip


def test_nobody_is_called_and_nothing_is_linked():
    bad = "@octocat #12 <img src=x> https://evil.example [x](y) | `a` :tick:"
    found = Finding("c.r", Severity.ERROR, bad, location=Location("@octocat/a.py", 1))
    new = report((probe("c/@octocat", Plane.DATA, "service", findings=(found,)),), Status.FAILED, 1)
    document = FORMATS["markdown"].render(diff(healthy(), new, Severity.ERROR))
    outside = re.sub(r"`[^`]*`", "", document)
    assert not re.search(r"@\w|(?<!&)#\d|<img|https://|:tick:", outside)


def test_a_comment_is_never_too_long():
    differences = tuple(
        Difference(
            change, f"c/{'`' * 300}{count}", "$" * 2_000, f"c.{'|' * 300}{count}",
            location=Location(f"{'$' * 300}{line}"),
        )
        for change in Change
        for count in range(40)
        for line in range(4)
    )  # fmt: skip
    whole = replace(compare("worse"), comparison=Comparison(None, STARTED, differences))
    document = FORMATS["markdown"].render(whole)
    assert LIMIT / 2 < len(document) <= LIMIT + 100
    assert document.startswith("## ❌ WORSE: staging\n")
    assert "### Newly failing\n" in document
    assert document.endswith("… and more, left out for its length (all in `-o json`)\n")


def judged(*still):
    """A report that passed since what fails in it failed before."""
    known = tuple(each for each in compared().comparison.differences if each.change in still)
    return replace(
        incident(),
        probes=tuple(each for each in incident().probes if each.outcome is not Outcome.ERROR),
        status=Status.PASSED,
        exit_code=0,
        comparison=replace(compared().comparison, differences=known),
    )


def test_a_run_that_only_news_can_fail_names_what_is_known():
    said = REPORTS["text"].render(judged(Change.STILL_FAILING), Display(200)).splitlines()
    assert said[2] == (
        "FIT TO GO ON: nothing new, 1 finding fails as before "
        "(1 root cause, 3 symptoms, 2 passed, 1 skipped)"
    )
    assert said[3] == "Since 2026-01-01 12:15 UTC: 1 still failing"
    assert said[5].startswith("✗ connector main: staging-connector is ERROR")
    assert "Still failing" not in said


def test_other_verdicts_keep_their_word():
    assert word(judged(Change.MENDED)) == "FIT"
    assert word(compared()) == "NOT FIT"
    assert word(replace(judged(Change.STILL_FAILING), probes=incident().probes)) == "NOT VERIFIED"
    assert {name: word(made()) for name, made in SAMPLES.items()} == {
        "incident": "NOT FIT", "healthy": "FIT", "unverified": "NOT VERIFIED", "warned": "FIT",
        "crowded": "NOT FIT", "empty": "NOT VERIFIED", "compared": "NOT FIT",
        "mixed": "NOT FIT",
    }  # fmt: skip


def test_the_report_says_since_when_and_since_what():
    same = replace(compared(), comparison=replace(compared().comparison, differences=()))
    assert "Since 2026-01-01 12:15 UTC: nothing fails, as before" in REPORTS["text"].render(
        same, Display(200)
    )
    other = replace(same, comparison=replace(same.comparison, environment=None))
    assert "Since 2026-01-01 12:15 UTC, no environment: " in REPORTS["text"].render(
        other, Display(200)
    )
