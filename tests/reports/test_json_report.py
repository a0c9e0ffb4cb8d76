import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from math import inf, nan

import pytest
from hostile_reports import reports
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator, ValidationError
from report_samples import SAMPLES, healthy, incident, probe, report

from netra_validate.model import (
    Effect,
    Finding,
    Location,
    Outcome,
    Plane,
    Severity,
    Status,
)
from netra_validate.reports import FORMATS
from netra_validate.reports.json import schema

JSON = FORMATS["json"]

# Written always, and not demanded: documents of before stay valid.
LATER = {
    "candidates",
    "project", "region", "rounds", "fail_on", "comparison", "notes", "started_s", "waited_s",
    "findings", "why", "rests_on", "ruled_out", "not_ruled_out", "leaves_unverified", "changed",
    "explained_by", "explains",
    "no_undo", "risk", "roles",
}  # fmt: skip

VALIDATOR = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_as_recorded_and_follow_the_schema(name, golden):
    document = JSON.render(SAMPLES[name](*([8] if name == "crowded" else [])))
    VALIDATOR.validate(json.loads(document))
    golden(f"{name}.json", document)


def test_the_schema_is_a_good_schema():
    Draft202012Validator.check_schema(schema())


def test_every_table_of_the_schema_is_closed():
    open_tables = {"fact", "facts", "facts_by_probe"}

    def tables(node, name=""):
        if isinstance(node, dict):
            if "properties" in node or node.get("type") == "object":
                yield name, node
            for key, value in node.items():
                yield from tables(value, key)

    for name, node in tables(schema()):
        if name in open_tables:
            continue
        assert node["additionalProperties"] is False, name
        assert set(node["required"]) <= set(node["properties"]), name
        assert set(node["properties"]) - set(node["required"]) <= LATER, name


@pytest.mark.parametrize(
    ("table", "field", "words"),
    [
        ("probe", "plane", {*Plane, None}),
        ("probe", "outcome", {*Outcome}),
        ("finding", "severity", {*Severity}),
        ("command", "effect", {*Effect}),
    ],
)
def test_the_schema_knows_the_words_of_the_model(table, field, words):
    assert set(schema()["$defs"][table]["properties"][field]["enum"]) == words


def test_the_schema_knows_every_status_and_outcome():
    assert set(schema()["properties"]["status"]["enum"]) == {*Status}
    assert set(schema()["properties"]["summary"]["properties"]) == {*Outcome}


def test_the_schema_refuses_what_is_not_a_report():
    document = json.loads(JSON.render(incident()))
    for change in ({"extra": 1}, {"status": "good"}, {"exit_code": 7}, {"schema_version": 2}):
        with pytest.raises(ValidationError):
            VALIDATOR.validate(document | change)


def test_keys_come_in_the_order_of_the_documentation():
    document = json.loads(JSON.render(incident()))
    assert list(document) == [
        "schema_version", "tool", "environment", "project", "region", "started_at", "duration_s",
        "rounds", "fail_on", "status", "exit_code", "summary", "root_causes", "comparison", "notes",
        "probes",
    ]  # fmt: skip
    assert list(document["probes"][0]) == [
        "id", "check", "plane", "resource", "outcome", "reason", "started_s", "duration_s",
        "waited_s", "attempts", "explained_by", "observations", "findings",
    ]  # fmt: skip
    assert list(document["probes"][0]["findings"][0]) == [
        "rule", "severity", "message", "location", "evidence", "remediation", "fingerprint",
        "waived", "explained_by", "explains",
    ]  # fmt: skip
    assert list(document["root_causes"][0]) == [
        "probe", "explains", "findings", "why", "rests_on", "ruled_out", "not_ruled_out",
        "leaves_unverified", "changed",
    ]  # fmt: skip


def test_the_order_in_which_things_happened_does_not_show():
    first = incident()
    turned = replace(
        first,
        root_causes=tuple(
            replace(cause, explains=cause.explains[::-1]) for cause in first.root_causes[::-1]
        ),
        probes=tuple(
            replace(
                result,
                observations=dict(reversed(result.observations.items())),
                findings=tuple(
                    replace(found, evidence=dict(reversed(found.evidence.items())))
                    for found in result.findings[::-1]
                ),
            )
            for result in first.probes[::-1]
        ),
    )
    assert JSON.render(turned) == JSON.render(first)


def test_findings_are_sorted_by_place_then_rule_then_message():
    def found(path, line, rule="c.b", message="m"):
        where = Location(path, line) if path else None
        return Finding(rule, Severity.ERROR, message, location=where)

    expected = [
        found(None, None), found("a.py", 2), found("a.py", 10, "c.a"),
        found("a.py", 10, "c.b", "l"), found("a.py", 10), found("b.py", 1),
    ]  # fmt: skip
    shuffled = probe("c/x", Plane.DATA, "service", findings=tuple(expected[::-1]))
    rendered = json.loads(JSON.render(report((shuffled,), Status.FAILED, 1)))
    assert [
        (f["location"] and f["location"]["path"], f["location"] and f["location"]["line"],
         f["rule"], f["message"])
        for f in rendered["probes"][0]["findings"]
    ] == [
        (f.location and f.location.path, f.location and f.location.line, f.rule, f.message)
        for f in expected
    ]  # fmt: skip


def test_times_are_utc_to_the_second_and_durations_to_the_millisecond():
    east = datetime(2026, 1, 1, 1, 0, 0, 900_000, tzinfo=timezone(timedelta(hours=2)))
    document = json.loads(JSON.render(replace(healthy(), started_at=east)))
    assert document["started_at"] == "2025-12-31T23:00:00Z"
    assert document["duration_s"] == 1.93
    assert document["probes"][0]["duration_s"] == 0.21


def test_a_command_says_how_to_take_it_back():
    document = json.loads(JSON.render(incident()))
    (result,) = (found for found in document["probes"] if found["id"] == "vpc-connector/main")
    look, mend = result["findings"][0]["remediation"]["commands"]
    assert (look["effect"], look["undo"]) == ("reads", None)
    assert mend["effect"] == "changes"
    assert mend["undo"][-3:] == [
        "--vpc-connector=staging-connector", "--region=us-central1", "--project=netra-staging",
    ]  # fmt: skip


def test_what_json_does_not_have_becomes_text():
    odd = probe(
        "c/x", Plane.DATA, "service", outcome=Outcome.PASS,
        observations={
            "nan": nan, "inf": inf, "path": "caf\udce9.py", "nested": [{"b": 1, "a": ()}],
        },
    )  # fmt: skip
    document = JSON.render(report((odd,), Status.PASSED, 0))
    assert document.isascii()
    assert json.loads(document)["probes"][0]["observations"] == {
        "inf": "inf", "nan": "nan", "nested": [{"a": [], "b": 1}], "path": "caf\ufffd.py",
    }  # fmt: skip


@given(reports())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_neither_breaks_the_document_nor_the_schema(hostile):
    document = JSON.render(hostile)
    loaded = json.loads(document)
    VALIDATOR.validate(loaded)
    assert document.isascii()
    json.dumps(loaded, ensure_ascii=False).encode()
