import re
from dataclasses import replace

import pytest
from hostile_reports import reports
from hypothesis import HealthCheck, given, settings
from lxml import html
from markdown_it import MarkdownIt
from report_samples import SAMPLES, STARTED, compared, crowded, incident, probe, report, warned

from netra_validate.model import (
    Change,
    Command,
    Comparison,
    Difference,
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
from netra_validate.reports import FORMATS
from netra_validate.reports.markdown import LIMIT, within
from netra_validate.terminal import printable

MARKDOWN = FORMATS["markdown"]
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {
    "h2", "h3", "p", "b", "code", "pre", "ul", "li", "a", "span", "details", "summary",
    "table", "thead", "tbody", "tr", "th", "td", "div",
}  # fmt: skip
COLUMNS = 6
WIDTHLESS = "\u200b"

SPECIAL = (
    # What GitHub makes of text after the Markdown has been read.
    r"@\w", r"#\d", r"(?i)\bgh-\d", r":[\w+-]+:",
)  # fmt: skip
ADDRESS = re.compile(r"\w://|\bwww\.|\w@\w", re.IGNORECASE)
CODE = re.compile(
    r"^```.*?^```$|`[^`\n]+`|<code>.*?</code>|<a href=\"[^\"]*\">", re.DOTALL | re.MULTILINE
)


def page(document):
    """The HTML that a reader gets."""
    return html.fromstring(f"<div>{GITHUB.render(document)}</div>")


def words(element):
    return " ".join(element.text_content().replace(WIDTHLESS, "").split())


def shown(text):
    """What a reader is to see of a text, of whatever length."""
    line = " ".join(printable(text, unicode=True).split())
    return line[:590]


def made(**given):
    """A report about one finding."""
    found = Finding("c.rule", Severity.ERROR, **{"message": "it is broken", **given})
    broken = probe("c/x", Plane.CONTROL, "database", findings=(found,))
    return report((broken,), Status.FAILED, 1, (RootCause("c/x"),))


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_as_recorded(name, golden):
    golden(f"{name}.md", MARKDOWN.render(SAMPLES[name]()))


def test_the_verdict_comes_first_then_what_to_mend():
    titles = [words(each) for each in page(MARKDOWN.render(compared())).xpath("//h2 | //h3")]
    assert titles == [
        "❌ NOT FIT: staging",
        (
            "Root cause in connector main: staging-connector is ERROR, expected READY"
            " (vpc-connector.not-ready)"
        ),
        "Since the report of staging of 2026-01-01 12:15 UTC",
        "Probes",
    ]


def test_a_root_cause_says_what_to_run_and_how_to_take_it_back():
    seen = page(MARKDOWN.render(incident()))
    look, mend, undo = (block.text for block in seen.xpath("//pre[not(ancestor::details)]/code"))
    assert look.startswith("gcloud compute networks vpc-access connectors describe staging-conn")
    assert "--vpc-connector=staging-connector-v2" in mend
    assert "--vpc-connector=staging-connector " in undo
    assert all(block.get("class") == "language-sh" for block in seen.xpath("//pre/code"))
    titles = [words(each.getprevious()) for each in seen.xpath("//pre[not(ancestor::details)]")]
    assert titles == ["Look:", "Mend (changes the environment):", "Undo:"]


def test_what_follows_hangs_under_what_it_follows_from():
    seen = page(MARKDOWN.render(incident()))
    (first,) = seen.xpath("./ul/li")
    assert "database postgres" in first.xpath("string(b)")
    assert [words(each) for each in first.xpath("ul/li/b")] == ["service auth", "service backend"]
    (last,) = first.xpath("ul/li/ul/li")
    assert "refuses the upgrade with 503" in words(last)


def test_every_probe_has_a_row():
    seen = page(MARKDOWN.render(incident()))
    rows = [[words(cell) for cell in row.xpath("td")] for row in seen.xpath("//tbody/tr")]
    assert [row[1] for row in rows] == [each.id for each in incident().probes]
    assert ["❔", "health/auth", "service auth", "not verified", "210 ms",
            "no answer within the probe's 30 s"] in rows  # fmt: skip
    seen_of = {row[1]: row[5] for row in rows}
    assert seen_of["cloud-sql/postgres"] == (
        "staging-shared-postgres is SUSPENDED, expected RUNNABLE"
    )
    assert seen_of["health/backend"] == (
        "2 findings: https://staging.netrasystems.ai/health answers 503 · 3 attempts"
    )


def test_each_change_is_listed_under_its_name():
    seen = page(MARKDOWN.render(compared()))
    for title, message in {
        "Newly failing (1)": "staging-connector is ERROR",
        "Still failing (1)": "https://staging.netrasystems.ai answers 503",
        "Mended (1)": "api.staging.netrasystems.ai is retired at app/a.py:3:9",
        "Newly unverified (1)": "missing permission cloudsql.instances.get",
        "No longer seen: it failed, and this time nobody could look (1)": "certificate runs out",
    }.items():
        (heading,) = [each for each in seen.xpath("//b | //summary") if words(each) == title]
        below = heading if heading.tag == "summary" else heading.getparent()
        assert message in words(below.getnext()), title
    assert "3 rounds" in words(seen)


def test_a_comparison_without_a_difference_says_so():
    same = replace(incident(), comparison=Comparison(None, STARTED))
    assert "Nothing has changed." in words(page(MARKDOWN.render(same)))


def test_what_is_waived_says_why():
    text = words(page(MARKDOWN.render(warned())))
    assert (
        "waived: staging-shared-postgres accepts connections from 0.0.0.0/0, for this reason: "
        "shared with the data team until the move (platform, until 2026-12-31)" in text
    )


def test_a_failure_that_is_waived_is_no_root_cause():
    known = Finding("c.rule", Severity.ERROR, "it is broken", waived="known (me)")
    for findings, told in (
        ((known,), "waived: it is broken, for this reason: known (me) (c.rule)"),
        (
            (known, replace(known, message="it is gone")),
            "waived: it is broken, for this reason: known (me) (c.rule), and 1 more finding",
        ),
    ):
        found = probe("c/x", Plane.CONTROL, "database", findings=findings)
        seen = page(MARKDOWN.render(report((found,), Status.PASSED, 0)))
        titles = [words(each) for each in seen.xpath("//h3")]
        assert titles == ["Warnings, notes and waivers", "Probes"]
        assert f"💤 database x: failed, {told}" in words(seen)
        (row,) = seen.xpath("//tbody/tr")
        assert [words(row[0]), words(row[3])] == ["💤", "fail, waived"]
        assert "❌" not in words(seen)


def test_code_in_a_sentence_is_code():
    retired = "`a.example` is retired; use `b.example`"
    hostile = made(message=retired, remediation=Remediation("Write `b.example`."))
    seen = page(MARKDOWN.render(replace(hostile, environment="`x`", notes=("See `c`.",))))
    spans = [words(each) for each in seen.xpath("//code")]
    assert spans.count("a.example") == spans.count("b.example") - 1 == 2
    assert "c" in spans
    assert "x" not in spans
    assert words(seen.xpath("//h2")[0]).endswith(": `x`")
    assert "database x: a.example is retired; use b.example (c.rule)" in words(seen)


def test_what_was_not_verified_is_never_called_fit():
    unseen = replace(incident(), status=Status.PASSED, exit_code=0, probes=(), root_causes=())
    assert MARKDOWN.render(unseen).startswith("## ❔ NOT VERIFIED: staging\n")


def test_only_web_addresses_can_be_followed():
    for docs, followed in {
        "https://cloud.google.com/a?b=1&c=%22#d": True,
        "http://intern.example/x": True,
        "javascript:alert(1)": False,
        "https:///x": False,
        "https://[": False,
        'https://x.example/"onclick="alert(1)': True,
        "https://x.example/ a": False,
        "//x.example": False,
    }.items():
        document = MARKDOWN.render(made(remediation=Remediation("Read.", docs=docs)))
        seen = page(document)
        assert [(each.get("href"), set(each.keys())) for each in seen.xpath("//a")] == (
            [(docs, {"href"})] if followed else []
        ), docs
        assert f"Read: {docs}" in words(seen)


def test_nothing_in_a_command_ends_its_block():
    argv = ("echo", "```", "````\n</details>", "~~~", "a'b")
    remedy = Remediation("Run.", (Command(argv, Effect.RESTARTS, undo=("``````",)),))
    seen = page(MARKDOWN.render(made(remediation=remedy)))
    assert [block.text for block in seen.xpath("//pre/code")] == [
        "echo '```' '```` </details>' '~~~' \"a'b\"\n",
        "'``````'\n",
    ]


def test_a_command_that_another_one_takes_back_points_there():
    on, off = ("gcloud", "on"), ("gcloud", "off")
    remedy = Remediation(
        "Restart.",
        (Command(off, Effect.RESTARTS, undo=on), Command(on, Effect.RESTARTS, undo=off)),
    )
    seen = page(MARKDOWN.render(made(remediation=remedy)))
    assert [block.text for block in seen.xpath("//pre/code")] == ["gcloud off\n", "gcloud on\n"]
    assert "Undo: the command below." in words(seen)
    assert "Undo: the command above." in words(seen)


def test_half_a_command_is_not_shown():
    remedy = Remediation("Run.", (Command(("echo", "x" * 3_000, "y" * 3_000, "; rm -rf /")),))
    (block,) = page(MARKDOWN.render(made(remediation=remedy))).xpath("//pre/code")
    assert block.text == "# too long, see -o json\n"


@pytest.mark.parametrize(
    "text",
    [
        "a | b || c \\| d", "</details></summary>", "<script>alert(1)</script>", "<!-- x",
        "`code` ``", "**b** _i_ ~~s~~", "[a](https://x.example) ![b](c) <https://d.example>",
        "https://x.example www.x.example me@x.example", "@octocat @org/team", "#1 o/r#2 GH-3 gh-4",
        ":tada: :+1:", "$x$ $$y$$", "&lt; &amp; &#35;", "1. one", "# h", "- [ ] task", "> quote",
        "--- | ---", "=====", "\u202eevil\u202c", "a\nb\r\nc\td", "\x1b[31mred\x07", "\udcff",
        "[^1] [x]: y", "|---|---|", "```", "    indented", "a  ", "~~~", "\\", "+ x", "* y",
    ],
)  # fmt: skip
def test_text_is_seen_and_does_nothing(text):
    hostile = made(
        message=text,
        evidence={"state": text, text: 1},
        location=Location(text, 3),
        remediation=Remediation(text, docs=text),
    )
    (result,) = hostile.probes
    hostile = replace(
        hostile,
        environment=text,
        project=text,
        notes=(text,),
        probes=(replace(result, observations={"seen": text}, reason=text),),
        comparison=Comparison(text, STARTED, (Difference(Change.MENDED, text, text, text),)),
    )
    document = MARKDOWN.render(hostile)
    assert not ADDRESS.search(CODE.sub("", document))
    seen = page(document)
    plain = words(seen)
    # Between backticks a sentence has code; a name has the backticks.
    sentence = shown(text).replace("`code`", "code")
    assert plain.count(shown(text)) + (sentence != shown(text)) * plain.count(sentence) >= 10
    assert {each.tag for each in seen.iter()} <= OURS
    assert [len(row) for row in seen.xpath("//tr")] == [COLUMNS] * 2
    for node in seen.xpath("//text()[not(ancestor::code)]"):
        for pattern in SPECIAL:
            if not node.getparent().xpath("ancestor-or-self::a"):
                assert not re.search(pattern, node), (pattern, node)


@given(reports())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_breaks_out_of_nothing(hostile):
    document = MARKDOWN.render(hostile)
    assert document.endswith("\n")
    assert len(document.encode()) <= LIMIT
    seen = page(document)
    assert {each.tag for each in seen.iter()} <= OURS
    rows = seen.xpath("//tbody/tr")
    assert len(rows) == len(hostile.probes)
    assert all(len(row) == COLUMNS for row in seen.xpath("//tr"))
    assert len(seen.xpath("//details")) == document.count("<details>")
    assert [each.getparent().tag for each in seen.xpath("//summary")] == ["details"] * len(
        seen.xpath("//summary")
    )
    for each in seen.xpath("//*[@*]"):
        assert set(each.keys()) == {"href"} or each.get("class") == "language-sh"
    titles = [words(each) for each in seen.xpath("//h3")]
    assert titles.count("Probes") >= bool(hostile.probes)
    assert shown(hostile.environment or "no environment") in words(seen.xpath("//h2")[0])


def test_what_an_edit_mends_is_said():
    fix = Fix("Write b.", (Replacement("a.py", 1, 1, 1, 2, "b"),))
    with_fix = Finding("c.rule", Severity.ERROR, "retired", Location("a.py", 1), fix=fix)
    without = replace(with_fix, location=Location("b.py", 1), fix=None)
    for findings, told in (
        ((with_fix,), "netra-validate fix can mend it."),
        ((with_fix, replace(with_fix, location=None)), "fix can mend all of them."),
        ((with_fix, without), "netra-validate fix can mend 1 of them."),
    ):
        found = probe("c/x", Plane.SOURCE, "repository", findings=findings)
        assert told in words(page(MARKDOWN.render(report((found,), Status.FAILED, 1))))
    assert "netra-validate fix" not in MARKDOWN.render(made())


def test_ten_thousand_findings_are_some_lines():
    document = MARKDOWN.render(crowded(10_000))
    assert len(document) < 50_000
    assert "10 000" in words(page(document)) or "10 000 findings" in document


def huge():
    text = "#1" * 50_000
    probes = tuple(
        probe(
            f"c{number}/x", Plane.CONTROL, "database",
            findings=tuple(
                Finding(f"c.rule-{rule}", Severity.ERROR, f"{rule}{text}", evidence={text: text})
                for rule in range(30)
            ),
        )
        for number in range(60)
    )  # fmt: skip
    return report(probes, Status.FAILED, 1, notes=(text,) * 500)


def test_a_report_that_is_too_long_is_cut_and_says_so():
    document = within(huge(), LIMIT)
    assert LIMIT - 20_000 < len(document.encode()) <= LIMIT
    seen = page(document)
    assert "This report was cut: more does not fit here." in words(seen)
    assert len(seen.xpath("//details")) == len(seen.xpath("//summary"))
    assert {each.tag for each in seen.iter()} <= OURS


@pytest.mark.parametrize("limit", [200, 400, 1_000, 1_600, 2_600, 3_000, 5_000])
def test_it_fits_wherever_it_is_cut(limit):
    whole = MARKDOWN.render(compared())
    document = within(compared(), limit)
    assert len(document.encode()) <= limit
    if document != whole:
        assert document.endswith("<code>-o json</code> writes.\n")
    seen = page(document)
    assert {each.tag for each in seen.iter()} <= OURS
    assert all(len(row) == COLUMNS for row in seen.xpath("//tr"))
    assert document.count("<details>") == document.count("</details>")


def test_many_probes_are_folded_and_more_are_counted():
    many = tuple(
        probe(f"c/{number}", Plane.DATA, "service", outcome=Outcome.PASS) for number in range(1_200)
    )
    seen = page(MARKDOWN.render(report(many, Status.PASSED, 0)))
    (fold,) = seen.xpath("//details")
    assert words(fold.xpath("summary")[0]) == "1 200 probes"
    assert len(fold.xpath(".//tbody/tr")) == 1_000
    assert "… and 200 more" in words(fold)


def test_many_symptoms_and_many_causes_are_counted():
    causes = tuple(
        probe(f"c/{number:03}", Plane.CONTROL, "database", findings=made().probes[0].findings)
        for number in range(30)
    )
    symptoms = tuple(
        probe(
            f"d/{number:03}", Plane.DATA, "service", explained_by=("c/007",),
            findings=(Finding("d.rule", Severity.ERROR, "down"),),
        )
        for number in range(40)
    )  # fmt: skip
    many = report((*causes, *symptoms), Status.FAILED, 1)
    seen = page(MARKDOWN.render(many))
    assert len(seen.xpath("//h3[starts-with(., 'Root cause')]")) == 20
    (further,) = seen.xpath("//h3[. = 'Further root causes']")
    assert len(further.getnext()) == 10
    assert words(seen.xpath("./ul")[0]).endswith("… and 10 more")


def test_a_check_that_could_not_end_says_so_beside_what_it_found():
    (result,) = made().probes
    cut = replace(result, reason="no answer within 30 s")
    unverified = replace(result, outcome=Outcome.ERROR, reason="no permission")
    for each, told in (
        (cut, "It did not come to its end: no answer within 30 s"),
        (unverified, "could not verify: no permission"),
    ):
        text = words(page(MARKDOWN.render(report((each,), Status.FAILED, 1))))
        assert told in text
        assert "it is broken" in text
