"""What speaks for a root cause, and a probe that is one by half, in every format for people."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from report_samples import STARTED, incident, mixed

from netra_validate import Finding, Severity
from netra_validate.causes import apart, trace
from netra_validate.grouping import groups
from netra_validate.model import Event, ResourceRef
from netra_validate.reports import FORMATS, Display

PEOPLE = ("text", "markdown", "html", "github", "junit", "sarif")
CHANGED, WHY = (
    "revision netra-backend-00042-abc was created",
    "It leads to what 4 other probes",
)


def shown(name, made=None, **display):
    """The words of a document, without what its format sets between them."""
    document = FORMATS[name].render(made or mixed(), Display(width=400, **display))
    plain = re.sub(r"<[^>]+>", " ", document) if name in {"html", "markdown"} else document
    return " ".join(plain.replace("\\", "").split())


def argued(**given):
    """An incident whose cause has this to say."""
    made = incident()
    (cause,) = made.root_causes
    return replace(made, root_causes=(replace(cause, **given),))


@pytest.mark.parametrize("name", PEOPLE)
def test_the_change_before_and_the_reason_are_told(name):
    said = shown(name, incident())
    assert said.index("Changed before") < said.index(CHANGED) < said.index(WHY)
    assert "2025-12-31 23:41 UTC, service backend: revision" in said
    assert "Why this" in said


@pytest.mark.parametrize("name", PEOPLE)
def test_there_is_no_line_where_there_is_nothing_to_say(name):
    said = shown(name, argued(why="", changed=()))
    assert "Changed before" not in said
    assert "Why this" not in said


@pytest.mark.parametrize("name", ["github", "sarif"])
def test_of_many_findings_of_a_rule_the_first_one_tells_it(name):
    made = incident()
    probe = made.probe("vpc-connector/main")
    many = tuple(replace(probe.findings[0], message=f"{count} is down") for count in range(3))
    probes = tuple(replace(each, findings=many) if each is probe else each for each in made.probes)
    document = FORMATS[name].render(replace(made, probes=probes))
    told = document.count("Why this: ")
    assert told == (2 if name == "sarif" else 1)  # once as text, once as Markdown
    assert "0 is down" in document[: document.index("Why this: ")]


@pytest.mark.parametrize("name", ["github", "sarif"])
def test_a_finding_that_does_not_count_tells_no_reason(name):
    made = incident()
    probe = made.probe("vpc-connector/main")
    small = Finding("vpc-connector.small", Severity.NOTE, "staging-connector is small")
    probes = tuple(
        replace(each, findings=(*probe.findings, small)) if each is probe else each
        for each in made.probes
    )
    document = FORMATS[name].render(replace(made, probes=probes))
    assert document.count("Why this: ") == (2 if name == "sarif" else 1)


def test_an_annotation_names_the_latest_change_only():
    events = tuple(Event(STARTED, what, ResourceRef("service", "x")) for what in ("new", "old"))
    said = shown("github", argued(changed=events))
    assert said.count("Changed before") == 1
    assert "service x: new" in said


def test_the_quiet_text_does_not_argue():
    said = shown("text", quiet=True)
    assert "Why this" not in said
    assert "Changed before" not in said


class TestMixed:
    """The database is a root cause by its schema, and a symptom by its silence."""

    def test_what_makes_it_a_cause_comes_first(self):
        own, symptom = groups(mixed().probe("postgres/postgres"))
        assert own.first.rule == "postgres.wrong-schema"
        assert symptom.first.rule == "postgres.no-answer"

    def test_only_the_finding_that_follows_says_so(self):
        probe = mixed().probe("postgres/postgres")
        own, symptom = groups(probe)
        assert apart(probe, symptom.findings) == ("vpc-connector/main",)
        assert apart(probe, own.findings) == apart(probe, probe.findings) == ()

    def test_the_same_words_on_either_side_are_two_groups(self):
        probe = mixed().probe("postgres/postgres")
        found = replace(probe.findings[0], message="it is broken", rule="a.b")
        both = replace(probe, findings=(found, replace(found, explained_by=())))
        assert [apart(probe, each.findings) for each in groups(both)] == [
            (), ("vpc-connector/main",)
        ]  # fmt: skip
        wholly = replace(both, explained_by=("vpc-connector/main",))
        assert [len(each.findings) for each in groups(wholly)] == [2]

    def test_where_all_of_a_probe_follows_the_probe_says_it_once(self):
        probe = replace(mixed().probe("postgres/postgres"), explained_by=("vpc-connector/main",))
        assert apart(probe, probe.findings[:1]) == ()

    def test_it_is_a_root_cause_with_no_symptom(self):
        trees = trace(mixed())
        assert [root.id for root in trees.roots] == ["vpc-connector/main", "postgres/postgres"]
        assert trees.symptoms["postgres/postgres"] == ()

    @pytest.mark.parametrize("name", ["text", "markdown", "html"])
    def test_for_people_it_stands_at_the_finding(self, name):
        said = shown(name)
        at = said.index("does not answer on 5432")
        assert "ollows from" not in said[said.index("is at migration 0041") : at]
        assert re.search(r"Follows from `?\s?vpc-connector/main", said[at : at + 400])

    def test_the_page_points_to_what_it_follows_from(self):
        page = FORMATS["html"].render(mixed())
        link = 'Follows from <a href="#probe-vpc-connector-main">vpc-connector/main</a>.'
        assert page.count(link) == 3  # on the card, in its section, and that of the symptom

    def test_the_page_names_all_that_is_ruled_out_where_the_sentence_does_not(self):
        page = FORMATS["html"].render(mixed())
        assert page.count("<dt>Ruled out</dt>") == 1
        assert '<dd>cloud-run/backend, <a href="#probe-domains-repo">domains/repo</a>, ' in page
        assert "<dt>Not ruled out</dt>" not in page  # the sentence names the one

    def test_its_annotations_are_a_cause_and_a_symptom(self):
        said = FORMATS["github"].render(mixed()).splitlines()
        own = next(line for line in said if "postgres.wrong-schema" in line)
        symptom = next(line for line in said if "postgres.no-answer" in line)
        assert "title=Root cause%3A database postgres" in own
        assert "Follows from" not in own
        assert "title=database postgres" in symptom
        assert symptom.endswith("%0AFollows from vpc-connector/main.%0A→ Mend the way to it first.")
        assert said.index(own) < said.index(symptom)

    def test_its_test_case_fails_by_what_is_its_own(self):
        tree = ET.fromstring(FORMATS["junit"].render(mixed()))
        (failure,) = tree.findall(".//testcase[@name='postgres/postgres']/failure")
        assert failure.get("type") == "postgres.wrong-schema"
        assert failure.get("message").endswith("expects 0043 (and 1 more finding)")
        assert failure.text.startswith("Root cause\nChanged before: 2026-01-01 12:02 UTC, ")
        assert failure.text.count("\n  follows from vpc-connector/main\n") == 1
        own, symptom = failure.text.split("error postgres.no-answer")
        assert "follows from" not in own
        assert "follows from" in symptom

    def test_its_results_tell_cause_and_symptom_apart(self):
        (run,) = json.loads(FORMATS["sarif"].render(mixed()))["runs"]
        by_rule = {each["ruleId"]: each for each in run["results"]}
        own, symptom = by_rule["postgres.wrong-schema"], by_rule["postgres.no-answer"]
        assert own["properties"]["rootCause"] is True
        assert own["properties"]["explainedBy"] == []
        assert "relatedLocations" not in own
        assert symptom["properties"]["rootCause"] is False
        assert symptom["properties"]["explainedBy"] == ["vpc-connector/main"]
        assert "It follows from vpc-connector/main." in symptom["message"]["text"]
        assert len(symptom["relatedLocations"]) == 1

    def test_programs_get_all_that_speaks_for_a_cause(self):
        (run,) = json.loads(FORMATS["sarif"].render(mixed()))["runs"]
        (cause,) = [
            each for each in run["properties"]["rootCauses"] if each["probe"] == "postgres/postgres"
        ]
        assert cause["restsOn"] == {"postgres/postgres": {"expected": "0043", "found": "0041"}}
        assert cause["notRuledOut"] == ["host/backend"]
        assert len(cause["ruledOut"]) == 6
        assert [each["at"] for each in cause["changed"]] == [
            "2026-01-01T12:02:00Z", "2026-01-01T11:58:00Z"
        ]  # fmt: skip
