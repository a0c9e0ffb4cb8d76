import gzip
import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from hostile_reports import TEXTS, reports
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from markdown_it import MarkdownIt
from report_samples import SAMPLES, crowded, healthy, incident, probe, report, unverified, warned

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
    Report,
    RootCause,
    RuleText,
    Severity,
    Status,
)
from netra_validate.reports import FORMATS, Display
from netra_validate.reports.sarif import limits, render
from netra_validate.reports.sarif.places import address

SARIF = FORMATS["sarif"]

FORMS = FormatChecker(formats=())
"""The formats that the schema names, since jsonschema brings none of them along."""

VALIDATOR = Draft202012Validator(
    json.loads(
        (Path(__file__).parent.parent / "data" / "sarif-schema-2.1.0.json").read_text("utf-8")
    ),
    format_checker=FORMS,
)

MARKDOWN = MarkdownIt("commonmark", {"html": True, "linkify": False})

PLAIN_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
"""What a SARIF viewer makes a link of (3.11.6)."""

WITHOUT_BRACES = re.compile(r"\{\{|\}\}")


@FORMS.checks("uri-reference")
def is_uri_reference(value):
    """RFC 3986, 4.1: characters, percent-encoding, and no colon before the first slash."""
    good = re.fullmatch(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?#\[\]]|%[0-9A-F]{2})*", value)
    return bool(good) and ":" not in value.partition("/")[0]


@FORMS.checks("uri")
def is_uri(value):
    return re.fullmatch(r"[a-z][a-z0-9+.-]*://[!-~]+", value) is not None


@FORMS.checks("date-time")
def is_instant(value):
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value) is not None


def run_of(made: Report):
    document = SARIF.render(made)
    loaded = json.loads(document)
    VALIDATOR.validate(loaded)
    assert document.isascii()
    assert document.endswith("}\n")
    (run,) = loaded["runs"]
    return run


def results_of(*findings: Finding, **changes):
    """The results of one probe with these findings."""
    return run_of(one_probe(*findings, **changes))["results"]


def one_probe(*findings: Finding, **changes) -> Report:
    result = probe("health/backend", Plane.DATA, "service", findings=findings)
    return report((replace(result, **changes),), Status.FAILED, 1)


def found(message="it is broken", rule="health.bad-status", **details) -> Finding:
    return Finding(rule, details.pop("severity", Severity.ERROR), message, **details)


def place(result):
    return result["locations"][0]["physicalLocation"]


def shown(message):
    """What a reader sees of a plain text message, placeholders read as they are written."""
    assert "{" not in WITHOUT_BRACES.sub("", message["text"])
    assert "}" not in WITHOUT_BRACES.sub("", message["text"])
    return message["text"].replace("{{", "{").replace("}}", "}")


def tags(markdown):
    """The elements that a reader's Markdown makes of a text."""
    return set(re.findall("<([a-z0-9]+)", MARKDOWN.render(markdown)))


def every_message(node):
    """Every table with a text in it: messages, and the strings of the rules."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str) and set(node) <= {"text", "markdown"}:
            yield node
        for key, value in node.items():
            if key not in {"insertedContent", "evidence", "properties"}:
                yield from every_message(value)
    elif isinstance(node, list):
        for value in node:
            yield from every_message(value)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_as_recorded_and_follow_the_schema(name, golden):
    made = SAMPLES[name](*([8] if name == "crowded" else []))
    run_of(made)
    golden(f"{name}.sarif", SARIF.render(made))


def test_the_schema_refuses_what_is_no_sarif():
    broken = json.loads(SARIF.render(incident()))
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not VALIDATOR.is_valid(broken)
    broken = json.loads(SARIF.render(incident()))
    where = broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    where["artifactLocation"]["uri"] = "a b"
    assert not VALIDATOR.is_valid(broken)


class TestPlaces:
    def test_a_finding_in_a_file_is_there(self):
        (result,) = results_of(found(location=Location("app/a.py", 3, 9)))
        assert place(result) == {
            "artifactLocation": {"uri": "app/a.py", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 3, "startColumn": 9},
        }

    def test_a_finding_about_a_whole_file_is_on_its_first_line(self):
        (result,) = results_of(found(location=Location("app/a.py")))
        assert place(result)["region"] == {"startLine": 1}

    def test_a_finding_about_the_environment_is_where_the_resource_is_declared(self):
        by_probe = {each["properties"]["probe"]: each for each in run_of(incident())["results"]}
        connector = by_probe["vpc-connector/main"]
        assert place(connector)["artifactLocation"]["uri"] == "netra-validate.toml"
        assert place(connector)["region"] == {"startLine": 18}
        assert connector["locations"][0]["logicalLocations"] == [
            {"name": "main", "kind": "connector", "fullyQualifiedName": "connector/main"}
        ]

    def test_a_resource_that_is_declared_nowhere_is_at_the_top_of_the_configuration(self):
        elsewhere = probe("cloud-sql/postgres", Plane.CONTROL, "database")
        lost = replace(
            probe("health/lost", Plane.DATA, "service", findings=(found(),)), declared_at=None
        )
        moved = replace(elsewhere, declared_at=Location("ops/pyproject.toml", 40))
        (result,) = run_of(report((moved, lost), Status.FAILED, 1))["results"]
        assert place(result)["artifactLocation"]["uri"] == "ops/pyproject.toml"
        assert place(result)["region"] == {"startLine": 1}

    def test_without_any_configuration_it_is_where_one_would_be(self):
        (result,) = results_of(found(), declared_at=None)
        assert place(result)["artifactLocation"]["uri"] == "netra-validate.toml"

    @pytest.mark.parametrize("path", ["/etc/passwd", "../other/a.py", "a/../../b", "", ".", "//"])
    def test_a_path_out_of_the_repository_is_not_pointed_at(self, path):
        (result,) = results_of(found(location=Location(path, 7)))
        assert place(result)["artifactLocation"]["uri"] == "netra-validate.toml"
        assert place(result)["region"] == {"startLine": 5}

    @pytest.mark.parametrize(
        ("path", "uri"),
        [
            ("a b/c#d.py", "a%20b/c%23d.py"),
            ("100%/what?.py", "100%25/what%3F.py"),
            ("café.py", "caf%C3%A9.py"),
            ("C:\\x.py", "C%3A%5Cx.py"),
            ("javascript:alert(1)/a", "javascript%3Aalert%281%29/a"),
            ("./a//b/./c.py", "a/b/c.py"),
            ("caf\udce9.py", "caf%3F.py"),
            ("a\n::error::b", "a%0A%3A%3Aerror%3A%3Ab"),
            ("漢字.md", "%E6%BC%A2%E5%AD%97.md"),
        ],
    )
    def test_a_path_is_encoded(self, path, uri):
        assert address(path) == uri
        assert is_uri_reference(uri)

    @given(st.text(min_size=1))
    @settings(deadline=None)
    def test_a_path_comes_back_from_its_address(self, path):
        made = address(path)
        assume(made is not None)
        parts = [part for part in path.split("/") if part not in {"", "."}]
        assert unquote(made, errors="strict") == "/".join(parts).encode("utf-8", "replace").decode()
        assert is_uri_reference(made)


class TestFingerprints:
    def test_they_stay_when_lines_move(self):
        def fingerprints(line):
            (result,) = results_of(
                found(location=Location("app/a.py", line, 2), fingerprint="f" * 32),
                declared_at=Location("netra-validate.toml", line),
            )
            return result["partialFingerprints"]

        assert fingerprints(3) == fingerprints(300) == {"netraValidate/v1": "f" * 32}

    def test_the_hash_of_a_line_in_a_file_is_left_to_who_uploads(self):
        (result,) = results_of(found(location=Location("a.py", 3), fingerprint="f" * 32))
        assert "primaryLocationLineHash" not in result["partialFingerprints"]

    def test_two_findings_on_one_line_of_the_configuration_are_two_alerts_and_stay_so(self):
        def hashes(environment, line):
            made = one_probe(
                found("/health answers 503", fingerprint="1" * 32),
                found("/ready answers 503", fingerprint="2" * 32),
                declared_at=Location("netra-validate.toml", line),
            )
            run = run_of(replace(made, environment=environment))
            return [
                each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]
            ]

        staging = hashes("staging", 5)
        assert len(set(staging)) == 2
        assert staging == hashes("staging", 50)
        assert not set(staging) & set(hashes("production", 5))
        assert all(re.fullmatch("[0-9a-f]{16}:1", each) for each in staging)

    def test_there_is_none_where_there_is_no_fingerprint(self):
        (result,) = results_of(found())
        assert "partialFingerprints" not in result


class TestMessages:
    def test_the_message_says_all_that_there_is_to_do(self):
        (result, *_) = run_of(incident())["results"]
        said = shown(result["message"]).split("\n\n")
        sentence, role, advice, look, mend, risk, needs, undo, more, changed, why = said
        assert sentence == "staging-connector is ERROR, expected READY."
        assert role == (
            "A root cause: it explains cloud-sql/postgres, health/auth, health/backend and"
            " websocket/backend."
        )
        assert advice.startswith("Ask why it is not READY;")
        assert look.startswith("Look: gcloud compute networks vpc-access connectors describe")
        assert mend.startswith("Mend (changes the environment): gcloud run services update")
        assert risk == "Risk: What only the other network has is out of its reach."
        assert needs == "Needs: roles/run.developer and roles/iam.serviceAccountUser."
        assert undo.startswith("Undo: gcloud run services update")
        assert more.startswith("More: https://cloud.google.com/")
        assert changed.startswith("Changed before: 2025-12-31 23:41 UTC, service backend: revis")
        assert why.startswith("Why this: It leads to what 4 other probes show: ")

    def test_its_markdown_holds_the_commands_in_blocks(self):
        (result, *_) = run_of(incident())["results"]
        html = MARKDOWN.render(result["message"]["markdown"])
        assert html.count('<code class="language-sh">gcloud ') == 3
        assert '<a href="https://cloud.google.com/vpc/docs/serverless-vpc-access' in html

    def test_what_restarts_says_so(self):
        restart = Command(("gcloud", "sql", "instances", "restart", "x"), Effect.RESTARTS)
        (result,) = results_of(found(remediation=Remediation("Restart it", (restart,))))
        assert "Mend (interrupts the service): gcloud sql" in shown(result["message"])

    def test_a_command_is_told_whole_or_not_at_all(self):
        long = Command(("gcloud", "x" * 2_001))
        undone = Command(("gcloud", "a"), Effect.CHANGES, undo=("gcloud", "x" * 2_001))
        short = Command(("gcloud", "b c"))
        remedy = Remediation("Do it", (long, undone, short))
        (result,) = results_of(found(remediation=remedy))
        assert shown(result["message"]).endswith("Do it.\n\nLook: gcloud 'b c'")
        assert [each["argv"] for each in result["properties"]["commands"]] == [["gcloud", "b c"]]

    def test_a_symptom_says_what_it_follows_from_and_points_there(self):
        by_probe = {each["properties"]["probe"]: each for each in run_of(incident())["results"]}
        symptom = by_probe["websocket/backend"]
        assert "It follows from health/backend." in shown(symptom["message"])
        (related,) = symptom["relatedLocations"]
        assert related["physicalLocation"]["region"] == {"startLine": 5}
        assert symptom["properties"]["rootCause"] is False
        assert symptom["properties"]["explainedBy"] == ["health/backend"]

    @pytest.mark.parametrize(
        "text",
        [
            "[click here](https://evil.example)", "[a](1)", r"[a\](b)](c)", "![x](y)",
            "[[a](b)](c)", "](](](", "[a]\n(b)",
        ],
    )  # fmt: skip
    def test_text_makes_no_link(self, text):
        (result,) = results_of(found(text, remediation=Remediation(text)))
        assert not PLAIN_LINK.search(result["message"]["text"])
        assert not re.search("<(a|img)", MARKDOWN.render(result["message"]["markdown"]))

    def test_text_makes_no_placeholder(self):
        (result,) = results_of(found("the path /{0}/{name} is {unknown}"))
        assert result["message"]["text"] == "the path /{{0}}/{{name}} is {{unknown}}."
        assert shown(result["message"]) == "the path /{0}/{name} is {unknown}."
        assert "/{{0}}/{{name}}" in result["message"]["markdown"]

    def test_text_makes_no_html(self):
        (result,) = results_of(found("<b>it</b> costs $5 and $6 <script>alert(1)</script>"))
        assert "<" not in result["message"]["markdown"]
        html = MARKDOWN.render(result["message"]["markdown"])
        assert "&lt;b&gt;it&lt;/b&gt; costs $5 and $6 &lt;script&gt;" in html

    def test_backquotes_mark_code(self):
        (result,) = results_of(found("`a.b` is retired; use `c.d`"))
        html = MARKDOWN.render(result["message"]["markdown"])
        assert html == "<p><code>a.b</code> is retired; use <code>c.d</code>.</p>\n"

    def test_a_long_text_is_cut(self):
        (result,) = results_of(found("x" * 100_000))
        assert len(result["message"]["text"]) < 1_100
        assert "x…" in result["message"]["text"]

    def test_an_empty_message_is_the_rule(self):
        (result,) = results_of(found("\x00 \n"))
        assert result["message"]["text"] == "health.bad-status"

    def test_evidence_is_there_for_programs(self):
        (result, *_) = run_of(incident())["results"]
        assert result["properties"]["evidence"]["state"] == "ERROR"
        assert result["properties"]["rootCause"] is True
        assert result["properties"]["resource"] == {"kind": "connector", "name": "main"}
        look, mend = result["properties"]["commands"]
        assert (look["effect"], look["undo"]) == ("reads", None)
        assert mend["undo"][-1] == "--project=netra-staging"

    def test_evidence_is_what_every_reader_of_json_takes(self):
        deep = {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}
        facts = {"big": 10**5_000, "id": 2**64, "nan": float("nan"), "deep": deep, "n": [1, None]}
        document = render(one_probe(found(evidence=facts)), Display())
        evidence = json.loads(document)["runs"][0]["results"][0]["properties"]["evidence"]
        assert evidence == {
            "big": "a number too long to show",
            "deep": {"a": {"b": {"c": {"d": {"e": {"f": "…"}}}}}},
            "id": "18446744073709551616",
            "n": [1, None],
            "nan": "nan",
        }


class TestRules:
    def test_a_rule_says_what_its_text_says(self):
        text = RuleText(
            "health.bad-status",
            Severity.ERROR,
            "The endpoint answers badly",
            "It answers ``503``.\n\n* Look at <b>logs</b>\n  of today.\n\n"
            "    gcloud x | y\n    gcloud z\n\nMend it.",
        )
        made = replace(one_probe(found()), rules=(text,))
        (rule,) = run_of(made)["tool"]["driver"]["rules"]
        assert rule["id"] == "health.bad-status"
        assert rule["name"] == "HealthBadStatus"
        assert rule["shortDescription"] == {"text": "The endpoint answers badly."}
        assert rule["fullDescription"] == {"text": "It answers `503`."}
        assert rule["defaultConfiguration"] == {"level": "error"}
        assert rule["properties"] == {
            "tags": ["health", "data"],
            "precision": "very-high",
            "problem.severity": "error",
        }
        assert rule["help"]["text"].endswith("gcloud x | y\ngcloud z\n\nMend it.")
        html = MARKDOWN.render(rule["help"]["markdown"])
        assert "<code>503</code>" in html
        assert "<li>Look at &lt;b&gt;logs&lt;/b&gt; of today.</li>" in " ".join(html.split())
        assert "<pre><code>gcloud x | y\ngcloud z\n</code></pre>" in html

    def test_every_rule_of_the_run_is_there_whether_broken_or_not(self):
        texts = tuple(RuleText(f"c.r{n}", Severity.NOTE, "s", "h") for n in (2, 1))
        rules = run_of(replace(healthy(), rules=texts))["tool"]["driver"]["rules"]
        assert [each["id"] for each in rules] == ["c.r1", "c.r2"]
        assert rules[0]["properties"]["problem.severity"] == "recommendation"

    def test_a_rule_that_only_a_finding_names_is_there_too(self):
        made = one_probe(
            found(rule="other.thing", severity=Severity.WARNING), found(rule="health.bad-status")
        )
        texts = tuple(text for text in made.rules if text.id != "other.thing")
        run = run_of(replace(made, rules=texts))
        rules = run["tool"]["driver"]["rules"]
        assert [each["id"] for each in rules] == ["health.bad-status", "other.thing"]
        assert rules[1]["defaultConfiguration"] == {"level": "warning"}
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]

    def test_such_a_rule_is_as_severe_as_the_worst_of_its_findings(self):
        mixed = [found(severity=each) for each in (Severity.NOTE, Severity.ERROR, Severity.WARNING)]
        (rule,) = run_of(replace(one_probe(*mixed), rules=()))["tool"]["driver"]["rules"]
        assert rule["defaultConfiguration"] == {"level": "error"}
        assert rule["help"]["text"] == "health.bad-status."

    def test_a_name_that_is_the_id_again_is_none(self):
        (rule,) = run_of(one_probe(found(rule="Thing")))["tool"]["driver"]["rules"]
        assert "name" not in rule

    def test_a_long_help_is_whole_and_its_description_is_cut(self):
        text = RuleText("health.bad-status", Severity.ERROR, "s", "word " * 400)
        (rule,) = run_of(replace(one_probe(found()), rules=(text,)))["tool"]["driver"]["rules"]
        assert len(rule["help"]["text"]) == 1_999
        assert len(rule["fullDescription"]["text"]) == 1_000

    def test_a_thousand_rules_more_than_github_takes_lose_none_that_is_broken(self):
        many = tuple(RuleText(f"a.r{n:05}", Severity.NOTE, "s", "") for n in range(26_000))
        run = json.loads(SARIF.render(replace(one_probe(found(rule="z.last")), rules=many)))["runs"]
        rules = run[0]["tool"]["driver"]["rules"]
        assert len(rules) == 25_000
        assert rules[-1]["id"] == "z.last"


class TestWaivers:
    def test_a_waived_finding_is_suppressed_and_keeps_its_level(self):
        by_rule = {each["ruleId"]: each for each in run_of(warned())["results"]}
        waived = by_rule["cloud-sql.open-to-the-world"]
        assert waived["level"] == "error"
        assert waived["suppressions"] == [
            {
                "kind": "external",
                "status": "accepted",
                "justification": "shared with the data team until the move"
                " (platform, until 2026-12-31)",
            }
        ]
        assert "Waived: shared with the data team" in shown(waived["message"])
        assert "suppressions" not in by_rule["cloud-sql.disk-nearly-full"]

    def test_it_comes_after_everything_that_counts(self):
        results = results_of(found("a", waived="fine"), found("b", severity=Severity.NOTE))
        assert [shown(each["message"]) for each in results] == ["b.", "a.\n\nWaived: fine."]


class TestFixes:
    FIX = Fix("Replace the host", (Replacement("app/a b.py", 3, 9, 3, 14, "new {0} \n"),))

    def test_a_fix_is_an_artifact_change(self):
        (result,) = results_of(found(fix=self.FIX))
        assert result["fixes"] == [
            {
                "description": {"text": "Replace the host", "markdown": "Replace the host"},
                "artifactChanges": [
                    {
                        "artifactLocation": {"uri": "app/a%20b.py", "uriBaseId": "%SRCROOT%"},
                        "replacements": [
                            {
                                "deletedRegion": {
                                    "startLine": 3,
                                    "startColumn": 9,
                                    "endLine": 3,
                                    "endColumn": 14,
                                },
                                "insertedContent": {"text": "new {0} \n"},
                            }
                        ],
                    }
                ],
            }
        ]

    def test_an_edit_of_a_hundred_places_is_not_read_through(self):
        fix = replace(self.FIX, replacements=self.FIX.replacements * 101)
        (result,) = results_of(found(fix=fix))
        assert "fixes" not in result

    def test_replacements_in_one_file_stand_together(self):
        fix = Fix(
            "Do",
            tuple(Replacement(path, line, 1, line, 1, "x") for line, path in enumerate("aba", 1)),
        )
        (result,) = results_of(found(fix=fix))
        first, second = result["fixes"][0]["artifactChanges"]
        assert [each["deletedRegion"]["startLine"] for each in first["replacements"]] == [1, 3]
        assert len(second["replacements"]) == 1

    @pytest.mark.parametrize(
        "broken",
        [
            Replacement("../a", 1, 1, 1, 2, "x"),
            Replacement("/a", 1, 1, 1, 2, "x"),
            Replacement("a", 2, 1, 1, 2, "x"),
            Replacement("a", 1, 3, 1, 2, "x"),
            Replacement("a", 0, 1, 1, 2, "x"),
            Replacement("a", 1, 1, 1, 2, "caf\udce9"),
            Replacement("a", 1, 1, 1, 2, "x" * 2_001),
            Replacement("a", 1, 1, 1, 2, "x" * 100_000),
            Replacement("a", 1, 1, 1, 2, "token = ghp_" + "a1" * 18),
        ],
        ids=[
            "outside",
            "absolute",
            "backwards",
            "to the left",
            "no line",
            "no text",
            "too long",
            "far too long",
            "redacted",
        ],
    )
    def test_a_fix_is_told_whole_or_not_at_all(self, broken):
        fix = replace(self.FIX, replacements=(*self.FIX.replacements, broken))
        (result,) = results_of(found(fix=fix))
        assert "fixes" not in result


class TestInvocation:
    def test_findings_are_a_success_of_the_tool(self):
        made = one_probe(found())
        invocation = run_of(made)["invocations"][0]
        assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)
        assert invocation["toolExecutionNotifications"] == []
        assert invocation["exitCodeDescription"] == "The environment is not fit."
        assert invocation["startTimeUtc"] == "2026-01-01T12:30:05Z"
        assert invocation["endTimeUtc"] == "2026-01-01T12:30:07Z"

    def test_what_could_not_be_verified_is_no_result_and_no_success(self):
        run = run_of(unverified())
        invocation = run["invocations"][0]
        assert run["results"] == []
        assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
        told = {
            probe: each
            for each in invocation["toolExecutionNotifications"]
            for probe in each.get("properties", {}).get("probes", ())
        }
        error = told["cloud-sql/postgres"]
        assert error["level"] == "error"
        assert "missing permission cloudsql.instances.get" in shown(error["message"])
        assert place(error)["region"] == {"startLine": 15}
        kinds = run["tool"]["driver"]["notifications"]
        assert kinds[error["descriptor"]["index"]]["id"] == error["descriptor"]["id"]
        assert told["websocket/frontend"]["level"] == "note"

    def test_one_probe_that_could_not_be_verified_is_enough(self):
        invocation = run_of(incident())["invocations"][0]
        assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 1)

    def test_a_probe_that_found_something_before_it_was_cut_short_warns(self):
        made = one_probe(found(), reason="no answer within the probe's 30 s")
        invocation = run_of(made)["invocations"][0]
        (told,) = invocation["toolExecutionNotifications"]
        assert told["level"] == "warning"
        assert "did not come to its end: no answer within" in shown(told["message"])
        assert invocation["executionSuccessful"] is True

    @pytest.mark.parametrize("exit_code", [3, 130])
    def test_a_run_that_was_not_completed_is_no_success(self, exit_code):
        made = replace(healthy(), exit_code=exit_code)
        assert run_of(made)["invocations"][0]["executionSuccessful"] is False

    def test_nothing_verified_is_no_success(self):
        skipped = probe("c/x", Plane.DATA, "service", outcome=Outcome.SKIP, reason="nothing there")
        invocation = run_of(report((skipped,), Status.PASSED, 0))["invocations"][0]
        assert invocation["executionSuccessful"] is False
        assert invocation["toolExecutionNotifications"][0]["level"] == "error"

    def test_notes_are_told(self):
        made = replace(healthy(), notes=("The waiver of x runs out today.",))
        (note,) = run_of(made)["invocations"][0]["toolExecutionNotifications"]
        assert note["level"] == "note"
        assert shown(note["message"]) == "The waiver of x runs out today."

    def test_a_time_beyond_the_calendar_is_left_out(self):
        made = replace(healthy(), started_at=datetime.max.replace(tzinfo=UTC), duration_s=1e6)
        assert "endTimeUtc" not in run_of(made)["invocations"][0]


@pytest.mark.parametrize(
    ("environment", "category"),
    [
        ("staging", "netra-validate/staging"),
        ("eu/prod 1", "netra-validate/eu%2Fprod%201"),
        (None, "netra-validate"),
    ],
)
def test_each_environment_has_a_category_of_its_own(environment, category):
    run = run_of(replace(healthy(), environment=environment))
    # As GitHub reads it: everything before the last slash.
    assert run["automationDetails"]["id"].rpartition("/")[0] == category


def test_no_address_is_told_that_is_none():
    run = run_of(incident())
    assert "informationUri" not in run["tool"]["driver"]
    assert not any("helpUri" in rule for rule in run["tool"]["driver"]["rules"])


def test_the_order_of_the_report_does_not_matter():
    first = crowded(20)
    turned = replace(
        first,
        probes=tuple(
            replace(result, findings=result.findings[::-1]) for result in first.probes[::-1]
        ),
        root_causes=first.root_causes[::-1],
        rules=first.rules[::-1],
    )
    assert SARIF.render(turned) == SARIF.render(first)


class TestLimits:
    def test_thirty_thousand_findings_are_cut_to_what_github_takes(self):
        began = time.process_time()
        document = SARIF.render(many(30_000))
        assert time.process_time() - began < 30  # it takes about 4
        assert len(gzip.compress(document.encode(), 6)) < 10_000_000
        run = json.loads(document)["runs"][0]
        results = run.pop("results")
        levels = [each["level"] for each in results]
        assert len(results) == 25_000
        assert levels == sorted(levels, key=["error", "warning", "note"].index)
        assert run["properties"]["results"] == 30_000
        assert run["properties"]["resultsLeftOut"] == {
            "error": 0, "note": 5_000, "warning": 0, "waived": 0,
        }  # fmt: skip
        (told,) = run["invocations"][0]["toolExecutionNotifications"]
        assert told["level"] == "warning"
        assert "5 000 of 30 000 findings are left out" in shown(told["message"])
        assert "(5 000 notes)" in shown(told["message"])
        # All of them are alike but for the line, and validating one takes a millisecond.
        run["results"] = results[::500]
        VALIDATOR.validate({"version": "2.1.0", "runs": [run]})

    def test_root_causes_and_errors_are_kept_and_waived_findings_given_up_first(self, monkeypatch):
        monkeypatch.setattr(limits, "MOST_RESULTS", 3)
        cause = probe("a/x", Plane.DATA, "service", findings=(found("cause", rule="a.r"),))
        symptom = replace(
            cause,
            id="0/x",
            findings=(
                found("symptom"), found("warning", severity=Severity.WARNING),
                found("note", severity=Severity.NOTE), found("waived", waived="w"),
            ),
        )  # fmt: skip
        made = report((symptom, cause), Status.FAILED, 1, (RootCause("a/x", ("0/x",)),))
        run = run_of(made)
        assert [shown(each["message"]) for each in run["results"]] == [
            "cause.\n\nA root cause: it explains 0/x.", "symptom.", "warning.",
        ]  # fmt: skip
        assert run["properties"]["resultsLeftOut"]["note"] == 1
        assert run["properties"]["resultsLeftOut"]["waived"] == 1
        told = run["invocations"][0]["toolExecutionNotifications"][-1]
        assert "(1 note, 1 waived)" in shown(told["message"])

    def test_what_is_too_large_compressed_is_cut_further(self, monkeypatch):
        monkeypatch.setattr(limits, "_MOST_BYTES", 6_000)
        document = SARIF.render(many(2_000))
        assert len(gzip.compress(document.encode(), 6)) < 6_100
        run = json.loads(document)["runs"][0]
        VALIDATOR.validate({"version": "2.1.0", "runs": [run]})
        left_out = run["properties"]["resultsLeftOut"]
        assert 0 < len(run["results"]) == 2_000 - sum(left_out.values())

    def test_what_is_too_large_to_be_read_is_cut_before_it_is_compressed(self, monkeypatch):
        monkeypatch.setattr(limits, "_MOST_BYTES", 20_000)
        monkeypatch.setattr(limits, "_MOST_CHARACTERS", 100_000)
        assert 20_000 < len(SARIF.render(many(2_000))) <= 100_000

    def test_nothing_is_said_where_nothing_is_left_out(self):
        run = run_of(incident())
        assert set(run["properties"]["resultsLeftOut"].values()) == {0}
        assert run["properties"]["results"] == len(run["results"]) == 5

    def test_a_finding_with_everything_too_long_is_bounded(self):
        large = "y" * 100_000
        words = Command((large,) * 60, Effect.CHANGES, undo=(large,) * 60)
        everything = found(
            large,
            evidence={f"{n}{large}": [large] * 2 for n in range(60)},
            remediation=Remediation(large, (words,) * 10, large),
            waived=large,
            location=Location("a.py", 1),
        )
        document = render(one_probe(everything, reason=large), Display())
        assert len(document) < 1_500_000


def many(count: int) -> Report:
    """So many findings of all severities, in so many places."""
    severities = (Severity.NOTE, Severity.WARNING, Severity.ERROR)
    findings = tuple(
        found(
            f"api.staging.netrasystems.ai is retired ({number})",
            rule="domains.retired-host",
            severity=severities[number % 3],
            location=Location(f"app/file_{number % 997}.py", number),
            evidence={"host": "api.staging.netrasystems.ai"},
            remediation=Remediation("Write staging.netrasystems.ai instead."),
            fingerprint=f"{number:032x}",
        )
        for number in range(count)
    )
    return report(
        (probe("domains/repo", Plane.SOURCE, "repository", findings=findings),),
        Status.FAILED,
        1,
        (RootCause("domains/repo"),),
    )


@given(TEXTS)
@settings(deadline=None)
def test_any_message_is_read_as_it_is(text):
    (result,) = results_of(found(text))
    told = result["message"]
    assert told["text"]
    assert not PLAIN_LINK.search(told["text"])
    assert tags(told["markdown"]) <= {"p", "code"}
    shown(told)


@pytest.mark.parametrize("text", ["``<img src=x>`b```c`", "`a``b``<img>`", "`` ` ``<b>`x`"])
def test_spans_of_code_do_not_run_into_each_other(text):
    (result,) = results_of(found(text))
    assert tags(result["message"]["markdown"]) <= {"p", "code"}


@given(st.text(st.sampled_from("`<b>[](x) \\$*\n-1."), max_size=40))
@settings(max_examples=300, deadline=None)
def test_no_backquotes_let_markup_out(text):
    (result,) = results_of(found(text))
    assert tags(result["message"]["markdown"]) <= {"p", "code"}


@given(reports())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_neither_breaks_the_document_nor_the_schema(hostile):
    run = run_of(hostile)
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert len(run["results"]) == sum(len(each.findings) for each in hostile.probes)
    for result in run["results"]:
        where = place(result)
        assert where["artifactLocation"]["uri"]
        assert not where["artifactLocation"]["uri"].startswith(("/", ".."))
        assert where["region"]["startLine"] >= 1
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for told in every_message(run):
        assert told["text"]
        assert not PLAIN_LINK.search(told["text"])
        shown(told)
        assert tags(told.get("markdown", "")) <= {"p", "code", "pre", "ul", "li", "a"}
    json.dumps(run, ensure_ascii=False).encode()
