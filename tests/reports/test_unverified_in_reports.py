"""What could not be verified, in every format: told once for a reason, and with its cause."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from lxml import etree
from report_samples import probe, report

from netra_validate import Command, Finding, Outcome, Plane, Remediation, Severity
from netra_validate.causes import trace
from netra_validate.model import RootCause, Status
from netra_validate.reports import FORMATS, Display
from netra_validate.verdicts import consequences

MISSING = "the service netra-backend does not exist"
LEFT = ("cloud-sql/postgres", "identity/backend", "startup-logs/backend")


def unknown(name, reason, kind="service"):
    return probe(name, Plane.CONTROL, kind, outcome=Outcome.ERROR, reason=reason)


def broken(name, message, **others):
    found = Finding(f"{name.split('/')[0]}.wrong", Severity.ERROR, message)
    return probe(name, Plane.CONTROL, "service", findings=(found,), **others)


def missing_service(**others):
    """A service that is not there: one symptom, and three probes that could not look."""
    root = broken("cloud-run/backend", "netra-backend is not there")
    symptom = broken(
        "load-balancer/main", "main leads nowhere", explained_by=("cloud-run/backend",)
    )
    left = tuple(unknown(each, f"{MISSING}: ask it by its name") for each in LEFT)
    alone = unknown("capacity/other", "no answer within 30 s")
    cause = RootCause("cloud-run/backend", ("load-balancer/main",), leaves_unverified=LEFT)
    return report((alone, root, symptom, *left), Status.FAILED, 1, (replace(cause, **others),))


def forbidden():
    """Nothing of two services may be read."""
    probes = tuple(
        unknown(f"{check}/{service}", f"{service} cannot be read: it asks for the permission p.get")
        for check in ("cloud-run", "identity")
        for service in ("auth", "backend")
    )
    return report(probes, Status.UNVERIFIED, 3)


def rendered(name, what, **display):
    return FORMATS[name].render(what, Display(**display))


class Words(HTMLParser):
    """The texts of a page."""

    def __init__(self, page):
        super().__init__()
        self.said = ""
        self.feed(page)

    def handle_data(self, data):
        self.said += data


def words(page):
    return " ".join(Words(page[page.index("<main") :]).said.split())


class TestWhatACauseLeavesUnverified:
    def test_it_hangs_under_the_cause_and_nowhere_else(self):
        text = rendered("text", missing_service(), width=120)
        told = f"└ ? 3 probes could not be verified: {MISSING}: ask it by its name"
        assert "├ ✗ service main: main leads nowhere" in text
        assert told in text
        after = text[text.index(told) : text.index("Could not verify\n")]
        assert ", ".join(LEFT) in after
        rest = text[text.index("Could not verify\n") :]
        assert "capacity/other" in rest
        assert not any(each in rest for each in LEFT)

    def test_the_sentence_at_the_top_counts_it(self):
        what = missing_service()
        assert consequences(trace(what), "cloud-run/backend", ids=True) == (
            "1 more failure follows from this (load-balancer/main); and it leaves 3 probes"
            " unverified (cloud-sql/postgres, identity/backend and startup-logs/backend)"
        )
        assert consequences(trace(what), "cloud-run/backend") == (
            "1 more failure follows from this (service main); and it leaves 3 probes"
            " unverified (service postgres and service backend)"
        )
        # The last two say it where there is room for a list of names.
        for name in ("text", "markdown", "html"):
            assert "leaves 3 probes unverified" in " ".join(rendered(name, what).split())

    def test_alone_it_begins_the_sentence(self):
        what = missing_service(explains=())
        lonely = replace(
            what, probes=tuple(each for each in what.probes if each.id != "load-balancer/main")
        )
        assert consequences(trace(lonely), "cloud-run/backend").startswith("It leaves 3 probes")

    def test_markdown_lists_it_with_what_follows(self):
        page = rendered("markdown", missing_service())
        below = page[page.index("What follows from it") : page.index("### Could not verify")]
        assert f"- ❔ <b>3 probes</b> could not be verified: {MISSING}" in below
        assert all(f"`{each}`" in below for each in LEFT)
        assert "3 probes" not in page[page.index("### Could not verify") :]

    def test_on_the_page_it_stands_with_the_cause(self):
        said = words(rendered("html", missing_service()))
        cause, rest = said[: said.index("Could not verify")], said[said.index("Could not verify") :]
        assert f"3 probes could not be verified: {MISSING}" in cause
        assert ", ".join(LEFT) in cause
        assert "service other no answer within 30 s capacity/other" in rest
        assert rest.count("Follows from cloud-run/backend.") == 1 + len(LEFT)

    def test_the_annotation_of_the_cause_names_it(self):
        lines = rendered("github", missing_service()).splitlines()
        assert "%0ALeaves unverified cloud-sql/postgres, identity/backend" in lines[0]
        assert sum("Not verified" in line for line in lines) == 1

    def test_each_of_its_test_cases_says_what_it_follows_from(self):
        suites = etree.fromstring(rendered("junit", missing_service()).encode())
        for each in LEFT:
            (error,) = suites.xpath(f"//testcase[@name='{each}']/error")
            told = error.text.splitlines()
            assert told[0] == "Follows from cloud-run/backend"
            others = ", ".join(other for other in LEFT if other != each)
            assert told[2] == f"2 more probes for the same reason: {others}"
        (failure,) = suites.xpath("//testcase[@name='cloud-run/backend']/failure")
        assert f"Leaves unverified {', '.join(LEFT)}" in failure.text.splitlines()

    def test_one_notification_tells_it(self):
        run = json.loads(rendered("sarif", missing_service()))["runs"][0]
        told = {
            tuple(each["properties"]["probes"]): each
            for each in run["invocations"][0]["toolExecutionNotifications"]
            if "properties" in each
        }
        assert sorted(told) == [("capacity/other",), LEFT]
        assert told[LEFT]["properties"]["explainedBy"] == ["cloud-run/backend"]
        assert told[LEFT]["message"]["text"] == (
            f"3 probes could not be verified: {MISSING}: ask it by its name.\n\n"
            f"{', '.join(LEFT)}.\n\nIt follows from cloud-run/backend."
        )
        assert told["capacity/other",]["properties"]["explainedBy"] == []
        assert run["properties"]["rootCauses"][0]["leavesUnverified"] == list(LEFT)

    def test_what_hangs_in_a_tree_already_stays_there(self):
        what = missing_service()
        known = tuple(
            replace(each, explained_by=("load-balancer/main",)) if each.id == LEFT[0] else each
            for each in what.probes
        )
        trees = trace(replace(what, probes=known))
        assert [each.id for each in trees.unverified["cloud-run/backend"]] == list(LEFT[1:])
        assert [each.probe.id for each in trees.symptoms["cloud-run/backend"]] == [
            "load-balancer/main", LEFT[0],
        ]  # fmt: skip

    def test_what_was_verified_all_the_same_does_not(self):
        what = missing_service()
        seen = tuple(
            replace(each, outcome=Outcome.PASS, reason=None) if each.id in LEFT else each
            for each in what.probes
        )
        assert trace(replace(what, probes=seen)).unverified == {}


class TestOneReason:
    @pytest.mark.parametrize("name", ["text", "markdown", "html", "sarif", "github"])
    def test_it_is_told_once_with_all_ids(self, name):
        page = rendered(name, forbidden())
        said = words(page) if name == "html" else page
        if name == "html":
            said = said[: said.index("What ran when")]
        if name == "sarif":
            (said,) = {
                each["message"]["text"]
                for each in json.loads(page)["runs"][0]["invocations"][0][
                    "toolExecutionNotifications"
                ]
                if each.get("properties")
            }
        if name == "markdown":
            said = said[: said.index("### Probes")]
        assert said.count("it asks for the permission p.get") == 1
        assert "4 probes" in said
        for each in ("cloud-run/auth", "cloud-run/backend", "identity/auth", "identity/backend"):
            assert said.count(each) == 1
        assert said.count("netra-validate config check --permissions") == 1

    def test_a_test_case_names_the_others(self):
        suites = etree.fromstring(rendered("junit", forbidden()).encode())
        (error,) = suites.xpath("//testcase[@name='cloud-run/auth']/error")
        assert error.text.splitlines()[1:] == [
            "3 more probes for the same reason: identity/auth, cloud-run/backend, identity/backend",
            (
                "See which permissions are missing, and get a role with all that the checks need:"
                " netra-validate config check --permissions"
            ),
        ]

    def test_thousands_of_them_take_no_more_room_than_some(self):
        probes = tuple(unknown(f"health/{n:05}", "there are no credentials") for n in range(5_000))
        many = report(probes, Status.UNVERIFIED, 3)
        assert len(rendered("text", many)) < 3_000
        assert " and 4 960 more" in rendered("text", many)
        assert len(rendered("junit", many)) < 8_000_000
        assert len(rendered("github", many).splitlines()) == 2


class TestSymptoms:
    REMEDY = Remediation("Read its logs", (Command(("gcloud", "logs")),), "https://example.com/x")

    def incident(self, **others):
        found = Finding("health.bad", Severity.ERROR, "it answers 503", remediation=self.REMEDY)
        follows = replace(found, explained_by=("cloud-run/backend",), **others)
        slow = Finding(
            "health.slow", Severity.WARNING, "it is slow", remediation=Remediation("Hurry")
        )
        symptom = probe(
            "health/backend", Plane.DATA, "service",
            findings=(follows, slow), explained_by=("cloud-run/backend",),
        )  # fmt: skip
        root = broken("cloud-run/backend", "netra-backend is not ready")
        return report(
            (root, symptom),
            Status.FAILED,
            1,
            (RootCause("cloud-run/backend", ("health/backend",)),),
        )

    def test_in_the_text_they_leave_what_to_do_to_their_cause(self):
        text = rendered("text", self.incident())
        assert "it answers 503" in text
        assert "Read its logs" not in text
        assert "gcloud logs" not in text
        # What does not follow from it is to be mended by itself.
        assert "→ Hurry" in text
        assert "What to do about each of these by itself is in -o html and -o json." in text

    @pytest.mark.parametrize("name", ["html", "json", "markdown", "junit", "sarif"])
    def test_other_formats_have_it(self, name):
        assert "Read its logs" in rendered(name, self.incident())

    def test_nothing_points_elsewhere_where_nothing_is_left_out(self):
        text = rendered("text", self.incident(remediation=None))
        assert "What to do about each" not in text
