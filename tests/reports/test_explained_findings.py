import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from explained_samples import (
    BUILT_IN,
    KNOWN,
    finding,
    of_one,
    printed,
    with_fingerprints,
)
from hostile_reports import reports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_samples import SAMPLES, healthy, incident, probe, report, unverified

from netra_validate import (
    Check,
    Outcome,
    Plane,
    Remediation,
    Repository,
    Rule,
    Severity,
    recorded,
)
from netra_validate.by_hand import MEANINGS, see
from netra_validate.explanation.choosing import choose
from netra_validate.explanation.finding import explain, listing
from netra_validate.explanation.naming import names
from netra_validate.model import RootCause, Status
from netra_validate.registry import Registry
from netra_validate.reports import FORMATS
from netra_validate.terminal import Display


class TestText:
    @pytest.mark.parametrize("name", ["vpc-connector/main", "health/backend"])
    @pytest.mark.parametrize(
        ("look", "display"),
        [
            ("100", Display(100)),
            ("60-ascii", Display(60, unicode=False)),
            ("100-color", Display(100, color=True)),
        ],
    )
    def test_two_findings_are_as_recorded(self, name, look, display, golden):
        made = with_fingerprints(incident())
        text = explain(BUILT_IN, made, choose(made, name), KNOWN, display)
        golden(f"explained-{name.partition('/')[0]}-{look}.txt", text)

    def test_a_pipe_gets_no_escape_and_ascii_gets_ascii(self):
        made = with_fingerprints(incident())
        assert "\x1b" not in printed(made, "vpc-connector/main")
        assert "\x1b[" in printed(made, "vpc-connector/main", color=True)
        assert printed(made, "vpc-connector/main", unicode=False).isascii()

    def test_a_root_cause_tells_why_and_on_what_it_rests(self):
        text = printed(incident(), "vpc-connector/main")
        for told in (
            "Why it is a root cause",
            "It leads to what 4 other probes",
            "It rests on vpc-connector/main: state ERROR",
            "It explains cloud-sql/postgres, health/auth",
            "Changed before: 2025-12-31 23:41 UTC, service backend: revision",
            "undo:",
            "needs: roles/run.developer",
            "risk: What only the other network has",
        ):
            assert told in text

    def test_what_was_ruled_out_and_what_was_not_are_told_apart(self):
        made = incident()
        cause = RootCause("vpc-connector/main", ruled_out=("a/b",), not_ruled_out=("c/d",))
        text = printed(replace(made, root_causes=(cause,)), "vpc-connector/main")
        assert "Ruled out, for it is well: a/b\n" in text
        assert "Not ruled out, for it could not be verified: c/d\n" in text

    def test_a_symptom_tells_what_it_follows_from_and_the_cause_behind_that(self):
        text = printed(incident(), "health/backend")
        assert "Why it is no root cause" in text
        assert "It follows from cloud-sql/postgres: staging-shared-postgres is SUSPENDED" in text
        assert "Behind that stands vpc-connector/main: staging-connector is ERROR" in text
        assert "It leads to what 4 other probes" in text
        next_to_it = printed(incident(), "cloud-sql/postgres")
        assert "It follows from vpc-connector/main: staging-connector is ERROR" in next_to_it
        assert "Behind that stands" not in next_to_it

    def test_a_table_without_values_is_left_out(self):
        made = of_one(finding("health.slow", evidence={"status": None, "reason": ""}))
        assert "Evidence" not in printed(made, "health/backend")
        made = of_one(finding("health.slow", evidence={"status": 503, "reason": ""}))
        assert "status 503\n" in printed(made, "health/backend")
        assert "reason" not in printed(made, "health/backend").split("Evidence")[1].split("\n\n")[0]

    def test_a_finding_beside_a_root_cause_may_be_a_symptom(self):
        made = with_fingerprints(incident())
        first, second = made.probe("health/backend").findings
        second = replace(second, explained_by=("vpc-connector/main",))
        health = replace(made.probe("health/backend"), findings=(first, second), explained_by=())
        made = replace(
            made,
            probes=tuple(health if each.id == health.id else each for each in made.probes),
            root_causes=(RootCause("health/backend", findings=(first.fingerprint,), why="So."),),
        )
        assert "Why it is a root cause\n  So.\n" in printed(made, first.fingerprint)
        assert "It follows from vpc-connector/main" in printed(made, second.fingerprint)

    def test_a_finding_is_told_with_the_others_that_make_its_probe_a_cause(self):
        made = with_fingerprints(incident())
        health = made.probe("health/backend")
        prints = tuple(each.fingerprint for each in health.findings)
        cause = RootCause("health/backend", findings=prints, why="So.")
        text = printed(replace(made, root_causes=(cause,)), prints[0])
        assert "Together with 1 other finding of health/backend.\n  So.\n" in text
        alone = replace(cause, findings=prints[:1])
        assert "Together" not in printed(replace(made, root_causes=(alone,)), prints[0])

    def test_what_could_not_be_verified_names_the_cause_that_keeps_it(self):
        unseen = probe("health/late", Plane.DATA, "service", outcome=Outcome.ERROR, reason="late")
        made = incident()
        cause = replace(made.root_causes[0], leaves_unverified=(unseen.id,))
        made = replace(made, probes=(*made.probes, unseen), root_causes=(cause,))
        text = printed(made, "health/late")
        assert "What kept it from being verified" in text
        assert "The root cause vpc-connector/main: staging-connector is ERROR" in text
        assert "It keeps from being verified health/late" in printed(made, "vpc-connector/main")

    def test_a_warning_and_what_is_waived_have_no_cause_to_look_for(self):
        warned = finding("health.slow", severity=Severity.WARNING)
        made = report(
            (
                probe(
                    "health/backend",
                    Plane.DATA,
                    "service",
                    outcome=Outcome.WARN,
                    findings=(warned,),
                ),
            ),
            Status.PASSED,
            0,
        )
        assert "Its probe does not fail" in printed(made, "health/backend")
        waived = replace(warned, waived="until the move")
        made = report(
            (
                probe(
                    "health/backend",
                    Plane.DATA,
                    "service",
                    outcome=Outcome.FAIL,
                    findings=(waived,),
                ),
            ),
            Status.PASSED,
            0,
        )
        text = printed(made, "health/backend")
        assert "Waived       until the move" in text
        assert "Somebody answers for it" in text

    def test_a_probe_without_findings_is_told_as_it_is(self):
        text = printed(unverified(), "cloud-sql/postgres")
        assert text.startswith("? database postgres: sqladmin.googleapis.com answers 403")
        text = printed(healthy(), "cloud-sql/postgres")
        assert text.startswith("✓ database postgres: nothing was found")
        assert "  version POSTGRES_17\n" in text

    def test_a_rule_that_is_not_installed_is_said_to_be_none(self):
        made = of_one(finding("bridges.down", remediation=Remediation("Put it up again")))
        text = printed(made, "health/backend")
        assert "No installed check has the rule bridges.down." in text
        assert "→ Put it up again" in text

    def test_the_rule_of_another_check_is_not_looked_up_by_its_short_name(self):
        text = printed(of_one(finding("bridges.bad-status")), "health/backend")
        assert "No installed check has the rule bridges.bad-status." in text

    def test_facts_are_told_in_full(self):
        evidence = {
            "line": "x" * 300,
            "paths": {"/health": {"status": 503}},
            "sessions": [{"pid": 1}, {"pid": 2}, {"pid": 3}, {"pid": 4}],
            "nothing": None,
            "empty": [],
        }
        text = printed(of_one(finding("health.slow", evidence=evidence)), "health/backend")
        assert "x" * 300 in re.sub(r"\n +", "", text)
        assert "  paths:\n    /health:\n      status 503\n" in text
        assert "  sessions:\n    - pid 1\n    - pid 2\n    - pid 3\n    - pid 4\n" in text
        assert "nothing" not in text.partition("What it means")[0]

    def test_of_many_findings_some_are_explained_and_the_others_counted(self):
        made = of_one(*(finding("health.slow", message=f"slow {n}") for n in range(25)))
        text = printed(made, "health/backend")
        assert text.count("Found by") == 20
        assert text.count("What it usually hides") == 1
        assert "… and 5 more findings; name one by its fingerprint\n" in text

    def test_a_time_that_no_calendar_has_is_left_as_it_is(self):
        late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
        made = replace(of_one(finding("health.slow")), started_at=late)
        made = replace(made, probes=(replace(made.probes[0], started_s=1e300),))
        assert "Seen         9999-12-31T23:59:59Z" in printed(made, "health/backend")


class Everything(Check[Repository]):
    """Takes every name there is."""

    id = "check"
    plane = Plane.SOURCE
    template = see(" ".join(["curl", *(f"{{{name}}}" for name in MEANINGS)]), hides="All of it.")

    one = Rule(Severity.ERROR, "One", help="Help.", by_hand=template)
    two = Rule(Severity.NOTE, "Two", help="Help.", by_hand=template)

    async def run(self, resource, ctx):
        yield


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(reports(), st.sampled_from([20, 80]), st.booleans(), st.booleans())
def test_a_hostile_report_is_explained_all_the_same(made, width, unicode, color):
    read = recorded.parse(FORMATS["json"].render(made).encode(), "theirs.json")
    display = Display(width=width, unicode=unicode, color=color)
    registry = Registry({"check": Everything}, ())
    text = listing(read, display)
    for each in read.probes:
        text += explain(registry, read, choose(read, each.id), KNOWN, display)
        for found in each.findings:
            for name, value in names(read, each, found, KNOWN).items():
                assert re.fullmatch(r"[\w.@+:].*", value), name
                assert not re.search(r"[\s'\"$`\\;|<>]", value) or name == "file"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text) if color else text
    assert all(char.isprintable() or char == "\n" for char in plain)
    assert unicode or plain.isascii()
    text.encode()


def test_every_sample_is_explained():
    for make in SAMPLES.values():
        made = make()
        for each in made.probes:
            assert printed(made, each.id)
