"""The page as a document. How it looks and behaves is for the tests in Chromium."""

import base64
import hashlib
import re
import shlex
import subprocess
import sys
import time
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hostile_reports import reports
from hypothesis import HealthCheck, given, settings
from report_samples import (
    SAMPLES,
    compared,
    crowded,
    empty,
    healthy,
    incident,
    probe,
    report,
    retired_hosts,
    unverified,
)

from netra_validate.model import (
    Command,
    Effect,
    Finding,
    Outcome,
    Plane,
    Remediation,
    Severity,
    Status,
)
from netra_validate.reports import FORMATS, Display, html

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Document(HTMLParser):
    """The elements of a page, each with its attributes and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {[tag for tag, _, _ in self._open]}"

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"an attribute twice: {attributes}"
        element = (tag, dict(attributes), [])
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open[-1][0] == tag, f"</{tag}> closes <{self._open[-1][0]}>"
        self._open.pop()

    def handle_data(self, data):
        for _, _, text in self._open:
            text.append(data)

    def all(self, tag, **attributes):
        return [
            (found, "".join(text))
            for name, found, text in self.elements
            if name == tag
            and all(
                value in found.get(key.rstrip("_"), "").split() for key, value in attributes.items()
            )
        ]

    def text(self, tag, **attributes):
        return [" ".join(text.split()) for _, text in self.all(tag, **attributes)]


def render(what, **display):
    return FORMATS["html"].render(what, Display(**display))


def read(what, **display):
    return Document(render(what, **display))


@pytest.mark.parametrize("name", ["incident", "compared", "warned", "empty"])
def test_samples_are_as_recorded(name, golden):
    text = render(SAMPLES[name]())
    body = text[: text.index("<style>")] + text[text.index("</style>") : text.index("<script>")]
    golden(f"{name}.html", re.sub(r"'sha256-[^']+'", "'sha256-…'", body) + "\n")
    assert text.endswith("</html>\n")


def finding(message="it is broken", remedy=None, **others):
    return Finding("c.r", Severity.ERROR, message, remediation=remedy, **others)


def broken(*findings, name="x", **others):
    return probe(f"c/{name}", Plane.DATA, "service", findings=findings, **others)


def failed(*probes, **others):
    return replace(report(probes, Status.FAILED, 1), **others)


def with_docs(docs):
    return failed(broken(finding(remedy=Remediation("Mend it.", docs=docs))))


def with_commands(*commands):
    return failed(broken(finding(remedy=Remediation("Mend it.", commands))))


def card(document):
    return document.text("article", class_="cause")[0]


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("incident", "NOT FIT"), ("healthy", "FIT"), ("unverified", "NOT VERIFIED")],
)
def test_the_verdict_comes_first(name, verdict):
    document = read(SAMPLES[name]())
    assert document.text("title")[0] == f"{verdict}: staging"
    (heading,) = document.text("h1")
    assert heading.endswith(f" {verdict}")
    assert [found for found, _ in document.all("html")] == [{"lang": "en"}]


def test_the_top_says_what_when_how_long_and_how_it_ended():
    top = read(compared()).text("header", class_="top")[0]
    assert "staging netra-staging / us-central1" in top
    assert "1 root cause, 3 symptoms, 1 not verified, 2 passed, 1 skipped" in top
    for said in ("Started 2026-01-01 12:30:05 UTC", "Took 1.9 s", "Probes 8", "Rounds 3",
                 "Fails on error", "Exit code 1"):  # fmt: skip
        assert said in top
    assert "Rounds" not in read(incident()).text("header", class_="top")[0]
    cut_short = replace(healthy(), exit_code=130, status=Status.UNVERIFIED)
    assert "Interrupted after 1.9 s" in read(cut_short).text("header", class_="top")[0]


def test_a_pass_of_what_nobody_looked_at_is_not_verified():
    (title,) = read(replace(empty(), status=Status.PASSED)).text("title")
    assert title == "NOT VERIFIED: no environment"


def test_the_sections_come_in_their_order():
    document = read(replace(compared(), notes=("A note.",)))
    assert document.text("h2") == [
        "Root cause", "Since the last time", "The environment", "What ran when", "Every probe",
        "About this run",
    ]  # fmt: skip


def test_a_root_cause_says_what_why_and_what_to_do():
    said = card(read(incident()))
    assert "staging-connector is ERROR, expected READY" in said
    assert "vpc-connector/main" in said
    assert "vpc-connector.not-ready" in said
    assert "min instances 2" in said
    assert "declared at netra-validate.toml:18" in said
    assert "Ask why it is not READY" in said
    assert re.search(r"Look only reads gcloud .* describe staging-connector --region", said)
    assert re.search(r"Mend changes the environment gcloud run .*=staging-connector-v2 ", said)
    assert re.search(r"Undo: gcloud run .*=staging-connector ", said)
    assert "Why it matters. How to mend." in said


def test_what_a_root_cause_explains_hangs_below_it():
    document = read(incident())
    items = document.all("li")
    below = [
        (attributes["class"], " ".join(text.split()))
        for attributes, text in items
        if attributes.get("class", "").startswith("depth-")
    ]
    assert [depth for depth, _ in below] == ["depth-1", "depth-2", "depth-2", "depth-3"]
    assert "could not verify: no answer within the probe's 30 s" in below[1][1]
    assert (
        "3 more failures follow from this (database postgres and service backend);"
        " and it leaves 1 probe unverified (service auth)."
    ) in card(document)


def test_what_could_not_be_verified_and_nothing_explains_comes_next():
    document = read(unverified())
    (said,) = document.text("div", class_="unverified")
    assert "database postgres" in said
    assert "missing permission cloudsql.instances.get" in said
    assert not read(incident()).all("div", class_="unverified")


def test_tracebacks_are_for_debugging():
    assert "Traceback" not in render(unverified())
    (trace,) = read(unverified(), debug=True).all("pre", class_="trace")
    assert "    body['status']\nKeyError: 'status'\n" in trace[1]


def test_a_waiver_is_shown_with_its_reason_and_makes_no_root_cause():
    waived = broken(finding(waived="known (me, until 2027-01-01)"))
    document = read(report((waived,), Status.PASSED, 0))
    assert not document.all("article")
    (found,) = document.text("div", class_="finding")
    assert "waived known (me, until 2027-01-01)" in found
    (summary,) = document.all("details", class_="probe")
    assert summary[0]["data-outcome"] == "waived"
    assert "failed, and that is waived" in summary[1]
    assert "waived" in document.text("h3")[-1]
    assert document.text("button")[0] == "~waived 1"
    ((bar, _),) = document.all("svg", class_="shares")
    assert bar["aria-label"] == "1 waived"
    assert len(document.all("rect", class_="fill-waived")) > 1
    assert not document.all("rect", class_="fill-fail")


def test_what_is_waived_stands_below_what_is_not():
    waived = broken(finding(waived="known (me, until 2027-01-01)"), name="a")
    warning = replace(broken(finding(), name="b"), outcome=Outcome.WARN)
    document = read(report((waived, warning), Status.PASSED, 0))
    assert [each["id"] for each, _ in document.all("details", class_="probe")] == [
        "probe-c-b", "probe-c-a",
    ]  # fmt: skip


def test_a_comparison_names_what_changed():
    changes = read(compared()).text("div", class_="change")
    assert [each.split(" 1 ")[0] for each in changes] == [
        "✗failed: Newly failing",
        "✗failed: Still failing", "✓passed: Mended", "?not verified: Newly unverified",
        "–not looked at: No longer seen",  # noqa: RUF001 - drawn
    ]  # fmt: skip
    assert "app/a.py:3:9" in changes[2]
    assert "the certificate runs out" in changes[4]
    same = replace(compared(), comparison=replace(compared().comparison, differences=()))
    assert "Nothing has changed." in render(same)


def test_a_comparison_with_another_environment_says_so():
    other = replace(compared(), comparison=replace(compared().comparison, environment="production"))
    assert "Compared with the report of production, 2026-01-01 12:15:05 UTC." in (
        " ".join(read(other).text("p", class_="lead"))
    )


def test_passes_are_listed_with_what_they_saw_and_skips_with_why():
    passed, skipped = read(incident()).text("div", class_="listing")
    assert "domains/repo files 45912 hosts 2 retired 0 excluded docs/** 210 ms" in passed
    assert "websocket/frontend no websocket is configured" in skipped


def test_notes_and_version_stand_at_the_end():
    document = read(unverified())
    assert document.text("ul", class_="notes") == [
        "Nothing was asked of load balancers: none is configured."
    ]
    assert "netra-validate 0.1.0" in document.text("footer")[0]


def test_words_between_backticks_are_code():
    assert "`" not in read(empty()).text("ul", class_="notes")[0]
    assert "netra-validate init" in read(empty()).text("code")
    odd = replace(empty(), notes=("a ` b",))
    assert read(odd).text("ul", class_="notes") == ["a ` b"]


COMMANDS = [
    ("gcloud", "run"),
    ("sh", "-c", "echo '$HOME' \"x\"; rm -rf /"),
    ("a", "", "b  c", "--x=y z", "$(id)", "`id`", "<b>&amp;"),
]


@pytest.mark.parametrize("argv", COMMANDS)
def test_a_command_is_quoted_for_a_shell(argv):
    (_, text), *_ = read(with_commands(Command(argv))).all("pre", class_="command")
    assert text == shlex.join(argv)
    assert tuple(shlex.split(text)) == argv


def test_half_a_command_is_never_shown():
    text = html.render(with_commands(Command(("echo", "x" * 10_000))), Display())
    assert not Document(text).all("pre", class_="command")
    assert "The command is too long to be shown here; it is in -o json." in text


def test_the_effect_of_a_command_is_marked_and_its_undo_shown():
    there, back = ("delete", "it"), ("create", "it")
    said = card(
        read(
            with_commands(
                Command(("look",)),
                Command(there, Effect.RESTARTS, undo=back),
                Command(back, Effect.RESTARTS, undo=there),
                Command(("set", "1"), Effect.CHANGES, undo=("set", "0")),
            )
        )
    )
    assert (
        "Look only reads look Mend interrupts the service delete it Undo: the command below."
        " create it Undo: the command above. Mend changes the environment set 1 Undo: set 0"
    ) in said


@pytest.mark.parametrize(
    "address",
    ["https://example.com/a?b=<c>&d='e'", "http://localhost:8080/", "https://exämple.com/ü"],
)
def test_a_page_to_read_is_linked(address):
    document = read(with_docs(address))
    links = [found for found, _ in document.all("a") if found.get("rel")]
    assert {found["href"] for found in links} == {address}


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x",
     "//evil.example", "ftp://example.com", "https://", "http://[", " https://a.example",
     "https://a.example/\u202e", "vbscript:x", "https:javascript:x", "file:///etc/passwd",
     "https://" + "x" * 5_000],
)  # fmt: skip
def test_anything_else_to_read_is_text(address):
    document = read(with_docs(address))
    assert all(found["href"].startswith("#") for found, _ in document.all("a"))
    assert document.text("p", class_="docs")[0].startswith("Read: ")


def test_one_remedy_of_many_probes_is_told_once_and_pointed_to():
    remedy = Remediation("Read its log.", (Command(("gcloud", "logs")),))
    probes = [broken(finding(remedy=remedy), name=f"x{number:03}") for number in range(50)]
    document = read(failed(*probes))
    inside = document.text("details", class_="probe")
    assert sum("gcloud logs" in each for each in inside) == 1
    assert sum("The commands are the same as for c/x000." in each for each in inside) == 49


@pytest.mark.parametrize("places", [1_300, 10_000])
def test_thousands_of_findings_stay_usable(places):
    many = crowded(places)
    began = time.process_time()
    text = html.render(many, Display())
    assert time.process_time() - began < 2
    assert len(text) < 200_000
    assert f"{places:,} findings".replace(",", " ") in text
    assert re.search(r"… and [\d ]+ more \(all in -o json\)", text)
    assert text.count("Write staging.netrasystems.ai instead.") < 6
    assert "<code>netra-validate fix</code> can mend all of them" in text


def test_whatever_there_is_the_page_stays_below_three_megabytes():
    probes = [
        broken(
            *(finding(f"{name} {number} " + "<'&>" * 120, evidence={"k": "&" * 400})
              for number in range(10)),
            name=f"x{name}", observations={f"k{at}": "'" * 300 for at in range(20)},
        )
        for name in range(1_000)
    ]  # fmt: skip
    passes = [
        probe(f"d/y{name}", Plane.DATA, "service", outcome=Outcome.PASS,
              observations={f"k{at}": "<" * 300 for at in range(20)})
        for name in range(3_000)
    ]  # fmt: skip
    text = html.render(failed(*probes, *passes), Display())
    assert len(text.encode()) < 3_000_000
    assert "left out to keep this page usable" in text
    Document(text)


def test_an_endless_message_is_cut():
    text = render(failed(broken(finding("x" * 100_000))))
    assert len(text) < 100_000
    assert "x" * 900 in text


def test_what_a_fix_mends_is_counted():
    (mendable, *_) = retired_hosts(1)
    found = [replace(mendable, fingerprint=f"{number}") for number in range(3)]
    some = failed(broken(*found, replace(mendable, fix=None, location=None)))
    assert "netra-validate fix can mend 3 of them." in card(read(some))
    assert "netra-validate fix can mend it." in card(read(failed(broken(mendable))))


def test_probes_whose_names_look_alike_have_places_of_their_own():
    alike = [replace(broken(finding()), id=name) for name in ("a/b", "a-b", "A/b", "漢字", "")]
    places = [found["id"] for found, _ in read(failed(*alike)).all("details", class_="probe")]
    assert sorted(places) == ["probe-a-b", "probe-a-b--2", "probe-a-b--3", "probe-x", "probe-x--2"]


def test_choices_of_the_filter_are_counted():
    buttons = read(incident()).text("button")
    assert buttons == [
        "✗failed 4", "?not verified 1", "✓passed 2", "–skipped 1",  # noqa: RUF001 - drawn
        "source 2", "control 2", "data 4", "Show all",
    ]  # fmt: skip


def test_without_a_script_the_filter_is_absent_and_everything_shown():
    document = read(incident())
    ((bar, _),) = [found for found in document.all("div") if found[0].get("id") == "filter"]
    assert "hidden" in bar
    assert not [found for found, _ in document.all("details") if "hidden" in found]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_policy_allows_this_style_and_this_script_and_nothing_else(name):
    text = render(SAMPLES[name]())
    document = Document(text)
    (policy,) = [found["content"] for found, _ in document.all("meta") if "http-equiv" in found]
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed.pop("default-src") == "'none'"
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        ((_, content),) = document.all(tag)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert allowed.pop(directive) == f"'sha256-{digest}'"
    assert allowed == {"img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}


def refuse_what_acts(text, script):
    """No element, attribute or address that could load or do anything."""
    document = Document(text)
    assert [found for found, _ in document.all("script")] == [{}]
    assert document.all("script")[0][1] == script
    tags = {tag for tag, _, _ in document.elements}
    assert not tags & {"img", "iframe", "object", "embed", "form", "base", "audio", "video", "use"}
    identifiers = []
    for tag, attributes, _ in document.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert not {"src", "srcset", "action", "formaction", "xlink:href"} & set(attributes)
        identifiers += [attributes["id"]] if "id" in attributes else []
        address = attributes.get("href")
        if address is not None and tag != "link":
            assert address.startswith("#") or urlsplit(address).scheme in {"http", "https"}
    assert len(identifiers) == len(set(identifiers))
    return document, set(identifiers)


SCRIPT = read(empty()).all("script")[0][1]


@given(reports())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_stays_text(hostile):
    text = html.render(hostile, Display(debug=True))
    document, identifiers = refuse_what_acts(text, SCRIPT)
    for _, found, _ in document.elements:
        address = found.get("href", "")
        assert not address.startswith("#") or address[1:] in identifiers
    categories = {unicodedata.category(char) for char in text if char != "\n"}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    text.encode("utf-8")
    assert html.render(hostile, Display(debug=True)) == text


def test_the_order_of_what_ran_changes_nothing():
    turned = replace(incident(), probes=tuple(reversed(incident().probes)))
    assert render(turned) == render(incident())


def test_only_this_format_costs_its_template_library():
    program = (
        "import sys\n"
        "from netra_validate.reports import FORMATS\n"
        "import netra_validate.reports.text, netra_validate.reports.json\n"
        "assert 'jinja2' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


STYLE = read(empty()).all("style")[0][1]

DARK = "@media screen and (prefers-color-scheme: dark)"


def palette(*, dark):
    """The colours of the style sheet by their names."""
    light, _, rest = STYLE.partition(DARK)
    block = rest.split("\n}\n")[0] if dark else light
    colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    return colors | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(color):
    """Relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


STATES = ("pass", "warn", "fail", "error", "note", "waived", "skip")


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read_on_what_it_stands_on(dark):
    colors = palette(dark=dark)
    pairs = [(text, ground) for text in ("ink", "soft", "link")
             for ground in ("paper", "card", "code")]  # fmt: skip
    for state in STATES:
        pairs += [(state, f"{state}-tint"), (state, "card"), (f"{state}-tint", state)]
        pairs += [(text, f"{state}-tint") for text in ("ink", "soft", "link")]
    low = {pair: contrast(colors[pair[0]], colors[pair[1]]) for pair in pairs}
    assert not {pair: round(ratio, 2) for pair, ratio in low.items() if ratio < 4.5}
    # What is no text needs 3 to 1: https://www.w3.org/TR/WCAG22/#non-text-contrast
    drawn = {state: contrast(colors[state], colors["card"]) for state in STATES}
    assert min(drawn.values()) > 3
    assert dark == (luminance(colors["paper"]) < 0.1)


def test_the_colours_of_the_dark_are_all_chosen():
    light, _, rest = STYLE.partition(DARK)
    names = set(re.findall(r"--([\w-]+): #", light))
    assert names == set(re.findall(r"--([\w-]+): #", rest.split("\n}\n")[0]))


def test_the_style_sheet_loads_nothing():
    assert "@import" not in STYLE
    assert "url(" not in STYLE
    assert "unsafe" not in render(empty())
