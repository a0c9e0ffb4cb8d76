import shlex
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hostile_reports import reports
from hypothesis import HealthCheck, given, settings
from junitparser import JUnitXml
from lxml import etree
from report_samples import SAMPLES, healthy, incident, probe, report, skipped, unverified, warned

from netra_validate import Command, Effect, Remediation
from netra_validate.diagnosis import fails
from netra_validate.model import (
    Finding,
    Fix,
    Location,
    Outcome,
    Plane,
    Replacement,
    Report,
    Severity,
    Status,
)
from netra_validate.reports import FORMATS, Display
from netra_validate.reports.junit import render

JUNIT = FORMATS["junit"]

SCHEMA = etree.XMLSchema(
    etree.parse(Path(__file__).resolve().parent.parent / "data" / "junit-10.xsd")
)


def read(document):
    """The root, by a parser with its usual limits, held against the schema."""
    root = etree.fromstring(document.encode())
    SCHEMA.assertValid(root)
    return root


def only(probe_result, **changes):
    """The test case of a probe."""
    failed = fails(probe_result, changes.get("fail_on", Severity.ERROR))
    made = report((probe_result,), Status.FAILED if failed else Status.PASSED, int(failed))
    return next(read(JUNIT.render(replace(made, **changes))).iter("testcase"))


def error(message="m", **more):
    return Finding("c.rule", Severity.ERROR, message, **more)


def failing(*findings, **more):
    return probe("c/x", Plane.DATA, "service", findings=findings, **more)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_as_recorded_and_follow_the_schema(name, golden):
    document = JUNIT.render(SAMPLES[name](*([8] if name == "crowded" else [])))
    read(document)
    golden(f"{name}.xml", document)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_consumer_reads_the_probes_back(name):
    made = SAMPLES[name]()
    xml = JUnitXml.fromstring(JUNIT.render(made).encode())
    cases = [case for suite in xml for case in suite]
    of_probes = {case.name: case for case in cases if case.name != "run"}
    assert set(of_probes) == {each.id for each in made.probes}
    for each in made.probes:
        case = of_probes[each.id]
        assert case.is_failure is fails(each, made.fail_on)
        assert case.is_skipped is (each.outcome is Outcome.SKIP)
        assert case.is_error is (each.outcome is Outcome.ERROR)
    said = (xml.tests, xml.failures, xml.errors, [suite.skipped for suite in xml], xml.time)
    suites = [(suite.tests, suite.failures, suite.errors, suite.skipped, suite.time)
              for suite in xml]  # fmt: skip
    for suite in xml:
        suite.update_statistics()
    assert suites == [(suite.tests, suite.failures, suite.errors, suite.skipped, suite.time)
                      for suite in xml]  # fmt: skip
    assert said[:3] == tuple(sum(suite[at] for suite in suites) for at in range(3))
    assert said[4] == round(made.duration_s, 3)


def test_there_is_one_suite_per_check():
    root = read(JUNIT.render(incident()))
    assert [suite.get("name") for suite in root] == [
        "cloud-sql", "domains", "health", "pytest-markers", "vpc-connector", "websocket",
    ]  # fmt: skip
    health = root[2]
    assert [case.get("name") for case in health.iter("testcase")] == [
        "health/auth", "health/backend",
    ]  # fmt: skip
    assert {case.get("classname") for case in health.iter("testcase")} == {"staging.health"}


def test_every_suite_says_what_the_run_came_to():
    compared = SAMPLES["compared"]()
    for suite in read(JUNIT.render(replace(compared, notes=("One.", "Two.")))):
        assert {each.get("name"): each.get("value") for each in suite.iter("property")} == {
            "environment": "staging", "project": "netra-staging", "region": "us-central1",
            "version": "0.1.0", "status": "failed", "exit_code": "1", "fail_on": "error",
            "rounds": "3", "root_causes": "vpc-connector/main", "notes": "One. Two.",
        }  # fmt: skip


def test_the_time_is_utc_and_the_host_is_not_told():
    east = datetime(2026, 1, 1, 1, 0, 0, 900_000, tzinfo=timezone(timedelta(hours=2)))
    root = read(JUNIT.render(replace(healthy(), started_at=east)))
    assert {suite.get("timestamp") for suite in root} == {"2025-12-31T23:00:00Z"}
    assert {suite.get("hostname") for suite in root} == {None}
    assert root.get("time") == "1.930"
    assert {case.get("time") for case in root.iter("testcase")} == {"0.210"}


def test_a_failure_shows_all_that_was_found():
    found = error(
        "api is down",
        location=Location("a b.py", 3, 9),
        evidence={"status": 503, "body": "x" * 300, "paths": ["/", "/health"]},
        remediation=Remediation(
            "Look into its logs.",
            (
                Command(("gcloud", "logs", "read", "it's a name")),
                Command(
                    ("gcloud", "run", "update", "a;b"), Effect.CHANGES, undo=("gcloud", "undo me")
                ),
            ),
            "https://example.com/help",
        ),
        fix=Fix("Write it.", (Replacement("a b.py", 3, 9, 3, 10, "x"),)),
    )
    (failure,) = only(failing(found)).iter("failure")
    lines = failure.text.splitlines()
    assert failure.get("message") == "api is down"
    assert failure.get("type") == "c.rule"
    assert lines == [
        "error c.rule: api is down",
        "  at a b.py:3:9",
        f"  body: {'x' * 300}",
        '  paths: ["/", "/health"]',
        "  status: 503",
        "  To do: Look into its logs.",
        "  Look:",
        """    gcloud logs read "it's a name\"""",
        "  Mend (changes the environment):",
        "    gcloud run update 'a;b'",
        "    undo:",
        "      gcloud 'undo me'",
        "  Read: https://example.com/help",
        "  Edit: netra-validate fix c",
    ]
    assert shlex.split(lines[7]) == ["gcloud", "logs", "read", "it's a name"]


def test_a_failure_shows_every_finding_and_a_remedy_of_many_once():
    remedy = Remediation("Write the other.")
    (failure,) = only(
        failing(
            *(error(f"number {count}", remediation=remedy) for count in range(3)),
            Finding("c.less", Severity.NOTE, "by the way"),
            error("forgiven", waived="until the move"),
        )
    ).iter("failure")
    assert failure.get("message") == "number 0 (and 2 more findings)"
    assert failure.text.splitlines() == [
        "error c.rule: number 0", "error c.rule: number 1", "error c.rule: number 2",
        "  To do: Write the other.",
        "waived error c.rule: forgiven", "  waived: until the move",
        "note c.less: by the way",
    ]  # fmt: skip


def test_causes_and_symptoms_point_to_each_other():
    root = read(JUNIT.render(incident()))
    failures = {each.getparent().get("name"): each for each in root.iter("failure")}
    assert failures["vpc-connector/main"].text.startswith(
        "Root cause; explains cloud-sql/postgres, health/auth, health/backend, websocket/backend\n"
    )
    symptom = failures["websocket/backend"]
    assert symptom.text.startswith("Follows from health/backend\n")
    assert symptom.get("message").endswith("with 503 (follows from health/backend)")
    (unsure,) = root.iter("error")
    assert unsure.text == "Follows from cloud-sql/postgres\nno answer within the probe's 30 s"


def test_what_is_waived_does_not_fail_and_stays_in_sight():
    case = only(failing(error("open to the world", waived="until the move (platform)")))
    assert [child.tag for child in case] == ["system-out"]
    lines = case.findtext("system-out").splitlines()
    assert lines[:3] == [
        "Outcome: fail; 1 of 1 finding waived",
        "waived error c.rule: open to the world",
        "  waived: until the move (platform)",
    ]


def test_a_warning_passes_in_sight_and_fails_where_warnings_do():
    warning = Finding("c.full", Severity.WARNING, "nearly full")
    full = failing(warning, outcome=Outcome.WARN)
    case = only(full)
    assert [child.tag for child in case] == ["system-out"]
    assert "warning c.full: nearly full" in case.findtext("system-out").splitlines()
    case = only(full, fail_on=Severity.WARNING)
    assert case.find("failure").get("message") == "nearly full"


def test_what_could_not_be_verified_is_an_error_and_shows_what_was_found_until_then():
    odd = failing(
        Finding("c.full", Severity.WARNING, "nearly full"),
        outcome=Outcome.ERROR,
        reason="missing permission cloudsql.instances.get",
    )
    case = only(odd, status=Status.UNVERIFIED, exit_code=3)
    assert [child.tag for child in case] == ["error", "system-out"]
    assert case[0].get("message") == "missing permission cloudsql.instances.get"
    assert case[0].text.splitlines() == [
        "missing permission cloudsql.instances.get",
        (
            "See which permissions are missing, and get a role with all that the checks need:"
            " netra-validate config check --permissions"
        ),
    ]
    assert "warning c.full: nearly full" in case[1].text.splitlines()


def test_what_was_found_weighs_more_than_that_it_did_not_end():
    for outcome, fail_on in ((Outcome.FAIL, Severity.ERROR), (Outcome.ERROR, Severity.NOTE)):
        case = only(failing(error(), outcome=outcome, reason="no answer in 30 s"), fail_on=fail_on)
        assert [child.tag for child in case] == ["failure", "system-out"]
        assert case[0].text.endswith("\nIt did not come to its end: no answer in 30 s")


def test_what_is_skipped_says_why():
    case = only(skipped())
    assert case.find("skipped").get("message") == "no websocket is configured"


def test_facts_and_circumstances_of_what_passes_are_there():
    root = read(JUNIT.render(healthy()))
    (case,) = (each for each in root.iter("testcase") if each.get("name") == "health/backend")
    assert case.findtext("system-out").splitlines() == [
        "Outcome: pass",
        "Examined: service backend, data plane, declared at netra-validate.toml:5",
        "Started after 300 ms, took 210 ms, stood still for 100 ms, 3 attempts",
        "latency_ms: 142.4", "service: netra-backend", "status: 200",
    ]  # fmt: skip


def test_what_is_different_from_the_baseline_is_counted():
    root = read(JUNIT.render(SAMPLES["compared"]()))
    said = {case.get("name"): case.findtext("system-out") for case in root.iter("testcase")}
    told = "Since the baseline: "
    assert f"{told}1 still failing, 1 no longer seen\n" in said["health/backend"]
    assert f"{told}1 mended\n" in said["domains/repo"]
    assert told not in said["pytest-markers/repo"]


def test_what_failed_before_is_not_red_where_only_what_is_new_counts():
    made = replace(SAMPLES["compared"](), status=Status.PASSED, exit_code=0)
    root = read(JUNIT.render(made))
    assert root.get("failures") == "0"
    (case,) = (each for each in root.iter("testcase") if each.get("name") == "websocket/backend")
    outcome, cause, finding, *_ = case.findtext("system-out").splitlines()
    assert (outcome, cause) == ("Outcome: fail", "Follows from health/backend")
    assert finding.startswith("error websocket.refused: wss://api-staging.netrasystems.ai/ws ")
    # A pass that nothing explains is none.
    assert read(JUNIT.render(replace(made, comparison=None))).get("failures") == "4"


def test_what_the_next_command_takes_back_points_to_it():
    delete, create = ("gcloud", "delete", "a"), ("gcloud", "create", "a")
    commands = (
        Command(delete, Effect.RESTARTS, undo=create),
        Command(create, Effect.RESTARTS, undo=delete),
    )
    case = only(failing(error(remediation=Remediation("Make it anew.", commands))))
    assert case.findtext("failure").splitlines()[-4:] == [
        "    gcloud delete a", "    undo: the command below",
        "    gcloud create a", "    undo: the command above",
    ]  # fmt: skip


def test_a_traceback_is_shown_to_those_who_ask():
    def told(debug):
        root = read(JUNIT.render(unverified(), Display(debug=debug)))
        (crash,) = (each for each in root.iter("error") if "crashed" in each.get("message"))
        return crash.text.splitlines()[1:]

    assert told(debug=False) == ["Run again with --debug for the traceback."]
    assert told(debug=True)[-2:] == ["    body['status']", "KeyError: 'status'"]


EMPTY = SAMPLES["empty"]()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (EMPTY, "Nothing was verified: there was nothing to examine"),
        (replace(EMPTY, status=Status.PASSED, exit_code=0),
         "Nothing was verified: there was nothing to examine"),
        (report((skipped(),), Status.UNVERIFIED, 3),
         "Nothing was verified: every probe was skipped"),
        (replace(healthy(), status=Status.UNVERIFIED, exit_code=130),
         "The run was interrupted"),
        (replace(healthy(), status=Status.UNVERIFIED, exit_code=3),
         "The run ended as unverified, and no probe says why"),
    ],
)  # fmt: skip
def test_what_is_no_success_never_looks_like_one(made, message):
    root = read(JUNIT.render(made))
    (unsure,) = root.iter("error")
    assert unsure.get("message") == message
    assert unsure.getparent().get("name") == "run"
    assert root.get("errors") == "1"
    assert root.get("tests") == str(len(made.probes) + 1)
    for note in made.notes:
        assert note in unsure.text


@pytest.mark.parametrize("made", [healthy(), warned(), incident(), unverified()])
def test_the_run_is_no_test_case_where_its_probes_speak_for_it(made):
    names = [case.get("name") for case in read(JUNIT.render(made)).iter("testcase")]
    assert sorted(names) == sorted(each.id for each in made.probes)


def test_no_character_breaks_the_document():
    every = "".join(map(chr, [*range(0x300), *range(0xD7F0, 0xE010), *range(0xFDD0, 0x10010)]))
    nasty = f"]]>&<![CDATA[\"'{every}{chr(sys.maxunicode)}"
    found = error(
        nasty,
        evidence={nasty: nasty, "deep": [{nasty: nasty}]},
        location=Location(nasty),
        remediation=Remediation(nasty, (Command((nasty,)),), nasty),
    )
    # Not through the second lock: this is about what the format itself can take.
    made = report((replace(failing(found), id=nasty, check=nasty),), Status.FAILED, 1)
    root = read(render(replace(made, environment=nasty, notes=(nasty,)), Display()))
    (failure,) = root.iter("failure")
    assert "]]>&<![CDATA[\"'" in failure.text
    assert "ÿ" in failure.text
    assert "\ufffd" in failure.text


def test_it_is_utf8_as_declared_in_whatever_encoding_it_is_written():
    document = JUNIT.render(report((failing(error("café 👩 漢字")),), Status.FAILED, 1))
    assert document.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    assert document.isascii()
    assert document.endswith("</testsuites>\n")
    assert read(document).find(".//failure").get("message") == "café 👩 漢字"


def test_ten_thousand_findings_are_all_there():
    many = SAMPLES["crowded"](10_000)
    root = read(JUNIT.render(many))
    (failure,) = (
        each for each in root.iter("failure") if each.getparent().get("name") == "domains/repo"
    )
    assert Counter(line.split()[0] for line in failure.text.splitlines())["at"] == 10_000


def test_a_text_that_no_parser_takes_is_cut_and_says_so():
    huge = failing(*(error(f"{count}", evidence={"body": "é" * 100_000}) for count in range(60)))
    root = read(render(report((huge,), Status.FAILED, 1), Display()))
    lines = root.find(".//failure").text.splitlines()
    assert lines[0] == "error c.rule: 0"
    assert len(lines[1]) > 100_000
    assert lines[-1].startswith("… and ")
    assert lines[-1].endswith(" more lines; all of it is in -o json")


def test_the_order_in_which_things_happened_does_not_show():
    def seen(made, table):
        return replace(
            made,
            probes=tuple(
                replace(each, observations={**each.observations, "paths": [dict(table)]})
                for each in made.probes
            ),
        )

    def turned(made):
        return replace(
            made,
            root_causes=made.root_causes[::-1],
            probes=tuple(
                replace(
                    each,
                    observations=dict(reversed(each.observations.items())),
                    findings=each.findings[::-1],
                )
                for each in made.probes[::-1]
            ),
        )

    first = SAMPLES["crowded"](40)
    table = [("says", "ok"), ("latency_s", 1)]
    assert JUNIT.render(turned(seen(first, table[::-1]))) == JUNIT.render(seen(first, table))


@given(reports())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_neither_breaks_the_document_nor_the_counts(hostile: Report):
    document = render(hostile, Display(debug=True))
    root = read(document)
    assert document.isascii()
    none_new = hostile.comparison is not None and hostile.status is Status.PASSED
    red = 0 if none_new else sum(fails(each, hostile.fail_on) for each in hostile.probes)
    assert len(list(root.iter("failure"))) == red == int(root.get("failures"))
    assert all(len(case.xpath("failure|error|skipped")) <= 1 for case in root.iter("testcase"))
    if hostile.status is not Status.PASSED or not hostile.probes:
        assert int(root.get("failures")) + int(root.get("errors")) > 0
    JUnitXml.fromstring(document.encode())
