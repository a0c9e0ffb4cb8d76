from dataclasses import replace
from time import monotonic

import pytest
from hostile_reports import reports
from hypothesis import HealthCheck, given, settings
from report_samples import SAMPLES, crowded, healthy, incident, probe, report, unverified, warned
from workflow_runner import LONGEST, annotations, commands

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
    Severity,
    Status,
)
from netra_validate.reports import FORMATS
from netra_validate.reports.github import annotated

GITHUB = FORMATS["github"]


def titles(made):
    return [given.properties["title"] for given in annotations(GITHUB.render(made))]


def found(rule="c.rule", severity=Severity.ERROR, message="it is broken", **given):
    return Finding(rule, severity, message, **given)


def broken(name, *findings, plane=Plane.CONTROL, **given):
    return probe(name, plane, "service", findings=findings or (found(),), **given)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_as_recorded(name, golden):
    golden(f"{name}.annotations", GITHUB.render(SAMPLES[name]()))


def test_root_causes_come_first_and_symptoms_say_what_they_follow_from():
    shown = annotations(GITHUB.render(incident()))
    assert [(given.name, given.properties["title"]) for given in shown] == [
        ("error", "Root cause: connector main (vpc-connector.not-ready)"),
        ("error", "database postgres (cloud-sql.not-runnable)"),
        ("error", "service backend (health.bad-status)"),
        ("error", "service backend (websocket.refused)"),
        ("error", "service backend (health.bad-status)"),
        ("warning", "Not verified: health/auth"),
    ]
    assert "Explains cloud-sql/postgres, health/auth, health/backend" in shown[0].data
    assert "Follows from vpc-connector/main." in shown[1].data


def test_a_message_says_what_to_run_and_how_to_take_it_back():
    lines = annotations(GITHUB.render(incident()))[0].data.splitlines()
    assert lines[0] == "staging-connector is ERROR, expected READY"
    assert lines[2].startswith("→ Ask why it is not READY")
    assert lines[3].startswith("Look: gcloud compute networks")
    assert lines[4].startswith("Mend (changes the environment): gcloud run services update")
    assert lines[5] == "Risk: What only the other network has is out of its reach"
    assert lines[6] == "Needs: roles/run.developer and roles/iam.serviceAccountUser"
    assert lines[7].startswith("Undo: gcloud run services update")
    assert lines[8].startswith("Read: https://")


def test_a_message_says_what_an_edit_mends():
    fix = Fix("Write b.", (Replacement("a.py", 1, 1, 1, 2, "b"),))
    for edit, told in ((fix, ["`netra-validate fix` can mend it."]), (None, [])):
        old = broken("x", found(fix=edit, remediation=Remediation("Write b.")))
        (made,) = annotations(GITHUB.render(report((old,), Status.FAILED, 1)))
        assert made.data.splitlines() == ["it is broken", *told, "→ Write b."]


def test_a_finding_without_a_place_points_at_the_configuration():
    first = annotations(GITHUB.render(incident()))[0]
    assert (first.properties["file"], first.properties["line"]) == ("netra-validate.toml", "18")
    assert "col" not in first.properties


def test_a_finding_in_a_file_points_there():
    first = annotations(GITHUB.render(crowded(3)))[0].properties
    assert (first["file"], first["line"], first["col"]) == ("docs/file_0.py", "3", "3")


def test_a_place_that_cannot_be_pointed_at_is_left_out():
    for where, expected in {
        Location("", 3, 4): set(),
        Location("a.py", None, 4): {"file"},
        Location("a.py", 3): {"file", "line"},
    }.items():
        made = report((broken("c/x", found(location=where)),), Status.FAILED, 1)
        (given,) = commands(GITHUB.render(made))
        assert set(given.properties) == expected | {"title"}


def test_a_repository_below_the_working_copy_is_pointed_into():
    made = report((broken("c/x", found(location=Location("a.py", 3))),), Status.FAILED, 1)
    (given,) = commands(annotated(made, "services/api"))
    assert given.properties["file"] == "services/api/a.py"
    (given,) = commands(annotated(report((broken("c/x"),), Status.FAILED, 1), "services/api"))
    assert "file" not in given.properties


def test_a_thousand_of_one_rule_do_not_push_out_the_rest():
    crowd = crowded(1_000)
    stopped = broken("cloud-sql/postgres", found("cloud-sql.stopped"))
    symptom = broken(
        "health/backend",
        found("health.bad"),
        plane=Plane.DATA,
        explained_by=("cloud-sql/postgres",),
    )
    shown = titles(replace(crowd, probes=(*crowd.probes, stopped, symptom)))
    assert shown[:4] == [
        "Root cause: service postgres (cloud-sql.stopped)",
        "Root cause: repository repo (domains.retired-host)",
        "Root cause: repository repo (pytest-markers.unregistered)",
        "service backend (health.bad)",
    ]
    assert len(shown) == 10


def test_the_first_of_many_says_how_many_there_are():
    first = annotations(GITHUB.render(crowded(1_000)))[0]
    assert "This is the first of 1 000 findings of domains.retired-host" in first.data


def test_ten_of_each_level_and_a_line_about_the_rest():
    many = tuple(
        broken(f"c/{number}", *(found(severity=severity) for severity in Severity))
        for number in range(14)
    )
    document = GITHUB.render(report(many, Status.FAILED, 1))
    levels = [given.name for given in commands(document)]
    assert levels == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert document.splitlines()[-1] == (
        "netra-validate: 30 annotations; 12 more would not be shown here and are in the report and"
        " in -o json"
    )


def test_what_decides_the_exit_code_is_an_error():
    assert {given.name for given in commands(GITHUB.render(unverified()))} == {"error"}
    strict = replace(warned(), fail_on=Severity.WARNING, status=Status.FAILED, exit_code=1)
    assert [given.name for given in commands(GITHUB.render(strict))] == ["error", "notice"]
    assert [given.name for given in commands(GITHUB.render(warned()))] == ["warning", "notice"]


def test_what_is_waived_is_not_annotated():
    assert "0.0.0.0/0" not in GITHUB.render(warned())


def test_a_step_that_fails_always_says_why():
    nothing = report((), Status.UNVERIFIED, 3, notes=("Only planes: source.",))
    (given,) = commands(GITHUB.render(nothing))
    assert (given.name, given.properties) == ("error", {"title": "netra-validate: NOT VERIFIED"})
    assert given.data == "staging: nothing was checked\nOnly planes: source."
    assert commands(GITHUB.render(healthy())) == []
    assert GITHUB.render(healthy()) == "netra-validate: 0 annotations, nothing is left out\n"


def test_messages_and_titles_keep_within_what_is_passed_on():
    words = "😀" * 3_000
    commands_ = tuple(Command((words,), Effect.READS) for _ in range(20))
    remedy = Remediation(words, commands_, words)
    made = report(
        (broken(f"c/{'n' * 400}", found(f"c.{'r' * 400}", message=words, remediation=remedy)),),
        Status.FAILED,
        1,
    )
    (given,) = commands(GITHUB.render(made))
    assert len(given.data.encode("utf-16-le")) <= 2 * LONGEST
    assert given.data.startswith("😀" * 999 + "…\n")
    assert len(given.properties["title"]) == 255


def test_ten_thousand_findings_do_not_take_long():
    started = monotonic()
    document = GITHUB.render(crowded(10_000))
    assert monotonic() - started < 10
    assert len(document) < 20_000


HOSTILE = [
    "::error::forged",
    "\n::error::forged",
    "\r::set-output name=ready::true",
    "##[error]forged",
    "x ##[set-output name=ready]true",
    "%0A::error::forged",
    "::stop-commands::x",
    "a,title=b::c",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_command(text):
    made = report(
        (
            broken(
                f"c/{text}",
                found(
                    f"c.{text}",
                    message=text,
                    location=Location(text, 1),
                    remediation=Remediation(text, (Command((text,)),), text),
                ),
            ),
            probe(f"d/{text}", Plane.DATA, text, outcome=Outcome.ERROR, reason=text),
        ),
        Status.FAILED,
        1,
        notes=(text,),
    )
    first, second = commands(GITHUB.render(made))
    assert (first.name, second.name) == ("error", "warning")
    told = " ".join(text.replace("##[", "## [").replace("\r", " ").replace("\n", " ").split())
    assert first.data.splitlines()[0] == told
    # Spelled otherwise it is no file: an annotation without a place is better.
    assert first.properties.get("file") == (None if "##[" in text else told)
    assert "##[" not in GITHUB.render(made)


@given(reports())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_reports_are_annotations_and_nothing_else(hostile):
    document = GITHUB.render(hostile)
    assert document.endswith("\n")
    *lines, last = document.removesuffix("\n").split("\n")
    given = commands(document)
    assert len(lines) == len(given) == len(annotations(document))
    assert {each.name for each in given} <= {"error", "warning", "notice"}
    assert {key for each in given for key in each.properties} <= {"file", "line", "col", "title"}
    assert all(len(each.data.encode("utf-16-le", "surrogatepass")) <= 2 * LONGEST for each in given)
    assert commands(last) == []
    assert not hostile.exit_code or "error" in {each.name for each in given}


def test_a_finding_explains_what_follows_from_it_and_no_more():
    first = found("vpc-connector.egress", message="backend is cut off")
    second = found("vpc-connector.egress", message="auth is cut off")
    made = incident()
    connector = made.probe("vpc-connector/main")
    for explains, told in (((), 2), (("cloud-sql/postgres",), 1)):
        both = (replace(first, explains=explains), second)
        root = replace(connector, findings=both)
        probes = tuple(root if each.id == root.id else each for each in made.probes)
        text = GITHUB.render(replace(made, probes=probes))
        lines = [each for each in text.splitlines() if "vpc-connector.egress" in each]
        assert sum("Explains cloud-sql/postgres" in each for each in lines) == told
        assert "Explains cloud-sql/postgres" in lines[0]
