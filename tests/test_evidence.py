"""What evidence decides, finding by finding: which follows from which, and what is said of it."""

import random
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netra_validate.check import CheckError, Rule
from netra_validate.diagnosis import diagnose
from netra_validate.grounds import worth_telling
from netra_validate.model import (
    NOTHING,
    Bearing,
    Event,
    Finding,
    Outcome,
    Plane,
    ProbeResult,
    ResourceRef,
    RevisionRef,
    RootCause,
    Severity,
)
from netra_validate.reasons import Catalogue
from netra_validate.signs import Sign, closure, of_status
from netra_validate.troubles import Trouble, explains, may_explain, of_finding, sure

CONNECTOR = ResourceRef("connector", "c")
DATABASE = ResourceRef("database", "db")
BACKEND = ResourceRef("service", "backend")
AUTH = ResourceRef("service", "auth")
FRONTEND = ResourceRef("service", "frontend")

NEEDS = {
    BACKEND: {DATABASE, CONNECTOR},
    AUTH: {DATABASE, CONNECTOR},
    FRONTEND: set(),
    DATABASE: {CONNECTOR},
}
NOW_SERVING, NEXT = (RevisionRef("p", "r", "backend", name) for name in ("00042", "00043"))
KINDS = {"c": CONNECTOR, "db": DATABASE, "backend": BACKEND, "auth": AUTH, "frontend": FRONTEND}

ORDER = {
    "connector": frozenset(),
    "sql": frozenset({"connector"}),
    "postgres": frozenset({"sql"}),
    "identity": frozenset(),
    "run": frozenset({"connector", "identity"}),
    "health": frozenset({"run", "postgres"}),
    "websocket": frozenset({"health"}),
    "domains": frozenset(),
    "jobs": frozenset({"sql"}),
}
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def upstream(ref):
    return frozenset(NEEDS.get(ref, ()))


def bad(*, severity=Severity.ERROR, waived=None, mark="", evidence=None, **bearing):
    """A finding with what it shows and what follows from it."""
    signs = {
        name: value if value is None or name in {"since", "missing"} else frozenset(value)
        for name, value in bearing.items()
    }
    return Finding(
        "check.bad", severity, f"bad {mark}".strip(), waived=waived, fingerprint=mark,
        evidence=evidence or {}, bearing=Bearing(**signs),
    )  # fmt: skip


def seen(probe, *findings, outcome=None, events=(), **given):
    check, _, key = probe.partition("/")
    worst = max((found.severity for found in findings), default=None, key=lambda each: each.rank)
    ended = {Severity.ERROR: Outcome.FAIL, Severity.WARNING: Outcome.WARN}.get(worst, Outcome.PASS)
    return ProbeResult(
        probe, check, Plane.DATA, KINDS[key], outcome or ended, findings=findings,
        events=tuple(Event(at, what, KINDS[key]) for at, what in events), **given,
    )  # fmt: skip


def causes(*results, **given):
    """The root causes by probe: what each explains."""
    found = diagnose(results, upstream, ORDER, **given).root_causes
    return {cause.probe: cause.explains for cause in found}


def only(*results, **given) -> RootCause:
    (cause,) = diagnose(results, upstream, ORDER, **given).root_causes
    return cause


def cause_of(probe, *results, **given) -> RootCause:
    found = diagnose(results, upstream, ORDER, **given).root_causes
    return {cause.probe: cause for cause in found}[probe]


def follows(probe, *results):
    """What a probe follows from, and what each of its findings does."""
    found = {each.id: each for each in diagnose(results, upstream, ORDER).results}[probe]
    return found.explained_by, tuple(each.explained_by for each in found.findings)


class TestWhatFollows:
    @pytest.mark.parametrize(
        ("taken", "shown", "expected"),
        [
            ({Sign.NO_NETWORK}, {Sign.NO_NETWORK}, True),
            ({Sign.NO_NETWORK_PATH}, {Sign.NO_DATABASE}, True),
            ({Sign.NO_DATABASE}, {Sign.FAILING}, True),
            ({Sign.NO_SERVICE}, {Sign.WRONG_ANSWER}, True),
            ({Sign.NO_SERVICE}, {Sign.NO_CONNECTION}, True),
            ({Sign.NO_START}, {Sign.NO_CONNECTION}, True),
            ({Sign.NO_CONNECTIONS_LEFT}, {Sign.NO_DATABASE}, True),
            ({Sign.NO_SECRET}, {Sign.NO_START}, True),
            ({Sign.NO_DATABASE}, {Sign.NO_NETWORK}, False),
            ({Sign.NO_TLS}, {Sign.SLOW, Sign.NO_TLS}, True),
            ({Sign.NO_TLS}, {Sign.SLOW}, False),
            ({Sign.NO_TLS}, None, True),
            ({Sign.NO_TLS}, set(), False),
            (set(), None, False),
            (set(), {Sign.SLOW}, False),
            (None, None, True),
            (None, {Sign.SLOW}, True),
            (None, set(), False),
        ],
    )
    def test_what_is_shown_must_be_what_is_taken_away(self, taken, shown, expected):
        cause = bad(explains=taken) if taken is not None else bad()
        results = (seen("connector/c", cause), seen("sql/db", bad(shows=shown)))
        assert causes(*results) == (
            {"connector/c": ("sql/db",)} if expected else {"connector/c": (), "sql/db": ()}
        )

    def test_what_a_finding_shows_is_passed_on_where_it_says_nothing_else(self):
        down = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        assert causes(down, seen("health/backend", bad(shows={Sign.UNWELL}))) == {
            "sql/db": ("health/backend",)
        }
        alone = seen("sql/db", bad(shows={Sign.NO_DATABASE}, explains=()))
        assert causes(alone, seen("health/backend", bad(shows={Sign.UNWELL}))) == {
            "sql/db": (),
            "health/backend": (),
        }

    @pytest.mark.parametrize(
        ("status", "shown"),
        [
            (401, {Sign.NO_PERMISSION}),
            (403, {Sign.NO_PERMISSION}),
            (404, {Sign.WRONG_ANSWER}),
            (429, set()),
            (499, {Sign.WRONG_ANSWER}),
            (500, {Sign.UNWELL}),
            (502, {Sign.FAILING, Sign.UNWELL}),
            (503, {Sign.FAILING, Sign.UNWELL}),
            (504, {Sign.FAILING, Sign.UNWELL}),
        ],
    )
    def test_what_a_status_shows(self, status, shown):
        assert of_status(status) == shown

    def test_every_sign_leads_to_itself_and_no_further_than_its_closure(self):
        for sign in Sign:
            reached = closure([sign])
            assert sign in reached
            assert closure(reached) == reached

    def test_a_cause_of_its_own_follows_from_nothing_and_is_followed(self):
        results = (
            seen("connector/c", bad(explains=Sign)),
            seen("run/backend", bad(shows=(), explains={Sign.FAILING})),
            seen("health/backend", bad(shows={Sign.FAILING})),
        )
        assert causes(*results) == {
            "connector/c": ("health/backend",),
            "run/backend": ("health/backend",),
        }
        assert follows("health/backend", *results)[0] == ("connector/c", "run/backend")

    def test_what_is_nearer_is_named_and_the_rest_is_reached_through_it(self):
        results = (
            seen("connector/c", bad(shows={Sign.NO_NETWORK})),
            seen("sql/db", bad(shows={Sign.NO_DATABASE})),
            seen("health/backend", bad(shows={Sign.UNWELL})),
        )
        assert causes(*results) == {"connector/c": ("health/backend", "sql/db")}
        assert follows("health/backend", *results)[0] == ("sql/db",)

    def test_of_two_faults_that_lead_to_the_same_the_shorter_way_decides(self):
        results = (
            seen("sql/db", bad(shows={Sign.NO_DATABASE})),
            seen("identity/backend", bad(shows=(), explains={Sign.UNWELL})),
            seen("health/backend", bad(shows={Sign.UNWELL})),
        )
        assert causes(*results) == {
            "identity/backend": ("health/backend",),
            "sql/db": (),
        }

    def test_two_faults_from_which_the_way_is_as_short_share_what_follows(self):
        results = (
            seen("sql/db", bad(shows=(), explains={Sign.UNWELL})),
            seen("identity/backend", bad(shows=(), explains={Sign.UNWELL})),
            seen("health/backend", bad(shows={Sign.UNWELL})),
        )
        assert causes(*results) == {
            "identity/backend": ("health/backend",),
            "sql/db": ("health/backend",),
        }

    def test_a_network_without_answers_is_as_near_to_a_service_as_a_database_is(self):
        results = (
            seen("connector/c", bad(shows={Sign.NO_NETWORK})),
            seen("sql/db", bad(shows=(), explains={Sign.NO_DATABASE})),
            seen("health/backend", bad(shows={Sign.UNWELL})),
        )
        assert follows("health/backend", *results)[0] == ("connector/c", "sql/db")

    def test_a_fault_elsewhere_explains_nothing_here(self):
        results = (
            seen("identity/auth", bad(shows=(), explains=Sign)),
            seen("health/backend", bad(shows={Sign.UNWELL})),
        )
        assert causes(*results) == {"identity/auth": (), "health/backend": ()}


class TestPossibilities:
    MAY = bad(shows=(), may_explain={Sign.SLOW})

    def test_a_possibility_is_believed_where_nothing_is_sure(self):
        slow = seen("health/backend", bad(shows={Sign.SLOW}))
        assert causes(seen("run/backend", self.MAY), slow) == {"run/backend": ("health/backend",)}

    def test_what_says_nothing_gives_way_to_what_says_that_it_follows(self):
        says_nothing, network, unwell = (
            Trouble(f"{name}/b", name, BACKEND, bad(**told).bearing)
            for name, told in (
                ("odd", {}),
                ("connector", {"shows": {Sign.NO_NETWORK}}),
                ("health", {"shows": {Sign.UNWELL}}),
            )
        )
        assert sure([says_nothing, network], unwell) == {network}
        assert sure([says_nothing], unwell) == {says_nothing}

    def test_a_possibility_gives_way_to_what_is_sure(self):
        results = (
            seen("run/backend", self.MAY),
            seen("sql/db", bad(shows={Sign.NO_DATABASE})),
            seen("health/backend", bad(shows={Sign.SLOW})),
        )
        assert causes(*results) == {"run/backend": (), "sql/db": ("health/backend",)}

    def test_a_possibility_is_no_more_than_itself(self):
        may = seen("run/backend", bad(shows=(), may_explain={Sign.NO_DATABASE}))
        unwell = seen("health/backend", bad(shows={Sign.UNWELL}))
        assert Sign.UNWELL in closure([Sign.NO_DATABASE])
        assert causes(may, unwell) == {"run/backend": (), "health/backend": ()}

    def test_it_may_be_behind_what_nobody_described_and_not_behind_a_cause_of_its_own(self):
        may = seen("run/backend", self.MAY)
        assert causes(may, seen("health/backend", bad())) == {"run/backend": ("health/backend",)}
        own = seen("health/backend", bad(shows=()))
        assert causes(may, own) == {"run/backend": (), "health/backend": ()}

    @pytest.mark.parametrize(
        "cause", [{"shows": {Sign.NO_DATABASE}}, {"shows": (), "may_explain": {Sign.UNWELL}}]
    )
    def test_what_a_service_names_itself_is_never_sure_to_follow(self, cause):
        above = seen("sql/db", bad(**cause))
        below = seen("health/backend", bad(shows={Sign.OWN_TROUBLE}))
        assert causes(above, below) == {"sql/db": ("health/backend",)}
        *_, result = diagnose((above, below), upstream, ORDER).results
        assert result.findings[0].explained_perhaps
        behind = cause_of("sql/db", above, below)
        assert behind.why.startswith(
            "It can be behind what 1 other probe shows: a trouble that the service itself names"
        )

    def test_what_leads_to_it_that_it_is_not_well_is_not_behind_what_it_names(self):
        schema = seen("postgres/db", bad(shows={Sign.OLD_SCHEMA}))
        named = seen("health/backend", bad(shows={Sign.OWN_TROUBLE}))
        assert causes(schema, named) == {"postgres/db": (), "health/backend": ()}

    def test_the_two_questions_by_themselves(self):
        def trouble(**bearing):
            return Trouble("a/b", "a", BACKEND, bad(**bearing).bearing)

        may = trouble(shows=(), may_explain={Sign.SLOW})
        assert may_explain(may, trouble(shows={Sign.SLOW, Sign.NO_TLS}))
        assert not may_explain(may, trouble(shows={Sign.NO_TLS}))
        assert not explains(may, trouble(shows={Sign.SLOW}))


class TestWhomItIsAbout:
    def test_a_fault_of_one_service_leaves_the_others_alone(self):
        detached = bad(shows=(), explains={Sign.NO_NETWORK}, affects={AUTH})
        results = (
            seen("connector/c", detached),
            seen("health/auth", bad(shows={Sign.UNWELL})),
            seen("health/backend", bad(shows={Sign.UNWELL})),
        )
        assert causes(*results) == {"connector/c": ("health/auth",), "health/backend": ()}

    def test_what_is_about_the_same_service_belongs_together_wherever_it_was_seen(self):
        detached = bad(shows=(), explains={Sign.NO_DATABASE}, affects={AUTH})
        for_auth = bad(shows={Sign.NO_DATABASE}, affects={AUTH})
        for_backend = bad(shows={Sign.NO_DATABASE}, affects={BACKEND})
        assert causes(seen("connector/c", detached), seen("sql/db", for_auth)) == {
            "connector/c": ("sql/db",)
        }
        assert causes(seen("connector/c", detached), seen("sql/db", for_backend)) == {
            "connector/c": (),
            "sql/db": (),
        }


class TestMixedProbes:
    """A root cause by one of its findings, a symptom by another."""

    SILENT = bad(shows={Sign.NO_DATABASE}, mark="silent")
    SCHEMA = bad(shows=(), explains={Sign.UNWELL}, mark="schema")
    DOWN = seen("connector/c", bad(shows={Sign.NO_NETWORK}, mark="down"))

    def test_each_finding_says_what_it_follows_from_and_the_probe_nothing(self):
        mixed = seen("postgres/db", self.SILENT, self.SCHEMA)
        assert follows("postgres/db", self.DOWN, mixed) == ((), (("connector/c",), ()))

    def test_it_is_a_root_cause_by_the_finding_that_follows_from_nothing(self):
        mixed = seen("postgres/db", self.SILENT, self.SCHEMA)
        found = diagnose((self.DOWN, mixed), upstream, ORDER).root_causes
        assert [(cause.probe, cause.findings) for cause in found] == [
            ("connector/c", ("down",)),
            ("postgres/db", ("schema",)),
        ]
        # What is told as a root cause is not told once more as a symptom.
        assert found[0].explains == ()

    def test_where_all_of_its_findings_follow_the_probe_does(self):
        wholly = seen("postgres/db", self.SILENT, replace(self.SILENT, message="and so"))
        assert follows("postgres/db", self.DOWN, wholly) == (
            ("connector/c",),
            (("connector/c",), ("connector/c",)),
        )

    def test_what_follows_from_one_half_is_told_under_that_half(self):
        mixed = seen("postgres/db", self.SILENT, self.SCHEMA)
        unwell = seen("health/backend", bad(shows={Sign.UNWELL}))
        assert causes(self.DOWN, mixed, unwell) == {
            "connector/c": (),
            "postgres/db": ("health/backend",),
        }

    def test_a_finding_that_does_not_count_does_not_make_it_mixed(self):
        note = bad(severity=Severity.NOTE, shows=(), mark="note")
        known = bad(waived="known", shows=(), mark="known")
        probe = seen("postgres/db", self.SILENT, note, known)
        assert follows("postgres/db", self.DOWN, probe) == (
            ("connector/c",),
            (("connector/c",), (), ()),
        )

    def test_findings_keep_their_order_and_everything_else_that_they_are(self):
        mixed = seen("postgres/db", self.SILENT, self.SCHEMA, observations={"a": 1})
        after = diagnose((self.DOWN, mixed), upstream, ORDER).results[1]
        findings = tuple(replace(found, explained_by=()) for found in after.findings)
        assert replace(after, findings=findings) == mixed

    def test_what_an_earlier_diagnosis_said_is_forgotten(self):
        stale = replace(self.SILENT, explained_by=("gone/c",))
        probe = seen("postgres/db", stale, explained_by=("gone/c",))
        assert follows("postgres/db", probe) == ((), ((),))


class TestWhatCounts:
    def test_what_is_waived_is_no_cause_and_no_symptom(self):
        waived = seen("connector/c", bad(waived="known"), outcome=Outcome.FAIL)
        broken = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        assert causes(waived, broken) == {"sql/db": ()}
        assert causes(seen("connector/c", bad()), replace(waived, id="sql/db", check="sql")) == {
            "connector/c": ()
        }

    def test_warnings_explain_and_are_explained_only_where_they_fail_the_run(self):
        warned = seen("connector/c", bad(severity=Severity.WARNING, shows={Sign.NO_NETWORK}))
        broken = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        assert causes(warned, broken) == {"sql/db": ()}
        assert causes(warned, broken, fail_on=Severity.WARNING) == {"connector/c": ("sql/db",)}
        slow = seen("health/backend", bad(severity=Severity.WARNING, shows={Sign.SLOW}))
        assert causes(broken, slow) == {"sql/db": ()}
        assert causes(broken, slow, fail_on=Severity.WARNING) == {"sql/db": ("health/backend",)}


class TestWhy:
    """The sentence, as it is read."""

    DOWN = seen("connector/c", bad(shows={Sign.NO_NETWORK}))
    STOPPED = seen("sql/db", bad(shows={Sign.NO_DATABASE}))

    def test_a_check_that_depends_on_none_says_so(self):
        assert only(self.DOWN).why == "It depends on nothing that is checked"
        assert only(self.DOWN, self.STOPPED).why == (
            "It leads to what 1 other probe shows: no database;"
            " it depends on nothing that is checked"
        )

    def test_many_symptoms_are_counted_and_their_signs_named_once(self):
        symptoms = [seen(f"health/{key}", bad(shows={Sign.UNWELL})) for key in ("backend", "auth")]
        assert only(self.DOWN, self.STOPPED, *symptoms).why == (
            "It leads to what 3 other probes show: a service that is not well and no database;"
            " it depends on nothing that is checked"
        )

    def test_symptoms_that_show_nothing_in_particular_are_only_counted(self):
        assert only(seen("connector/c", bad()), seen("sql/db", bad())).why == (
            "It leads to what is wrong with 1 other probe; it depends on nothing that is checked"
        )

    def test_nothing_above_it_was_looked_at(self):
        skipped = seen("connector/c", outcome=Outcome.SKIP)
        for results in ((self.STOPPED,), (skipped, self.STOPPED)):
            assert only(*results).why == "Nothing that it depends on was looked at"

    def test_a_cause_that_is_behind_a_part_of_another_says_so(self):
        down = seen("sql/db", bad(shows=(), explains={Sign.NO_DATABASE}))
        mixed = seen(
            "health/backend", bad(shows={Sign.NO_TLS}), bad(shows={Sign.NO_DATABASE}, mark="after")
        )
        assert causes(down, mixed) == {"sql/db": (), "health/backend": ()}
        assert cause_of("sql/db", down, mixed).why == (
            "Some of what health/backend shows follows from it"
        )

    def test_what_is_well_is_ruled_out(self):
        well = seen("connector/c")
        cause = only(well, self.STOPPED)
        assert cause.why == "Ruled out: connector/c, which is well"
        assert (cause.ruled_out, cause.not_ruled_out) == (("connector/c",), ())
        cause = only(well, seen("sql/db"), seen("health/backend", bad(shows={Sign.UNWELL})))
        assert cause.why == "Ruled out: connector/c and sql/db, which are well"

    def test_a_symptom_whose_causes_all_pass_is_a_cause_and_names_the_first_of_them(self):
        passing = [
            seen(each)
            for each in ("connector/c", "identity/backend", "postgres/db", "run/backend", "sql/db")
        ]
        cause = only(*passing, seen("health/backend", bad(shows={Sign.UNWELL})))
        assert cause.why == (
            "Ruled out: connector/c, identity/backend, postgres/db, run/backend and 1 more,"
            " which are well"
        )
        assert len(cause.ruled_out) == 5

    def test_what_could_not_be_verified_is_not_ruled_out(self):
        unknown = seen("connector/c", outcome=Outcome.ERROR)
        cause = only(unknown, self.STOPPED)
        assert cause.why == "Not ruled out: connector/c, which could not be verified"
        assert (cause.ruled_out, cause.not_ruled_out) == ((), ("connector/c",))

    def test_what_fails_too_and_leads_elsewhere(self):
        odd = seen("connector/c", bad(shows=(), explains={Sign.NO_TLS}))
        results = (odd, seen("sql/db"), seen("postgres/db", outcome=Outcome.ERROR))
        cause = cause_of(
            "health/backend", *results, seen("health/backend", bad(shows={Sign.UNWELL, Sign.SLOW}))
        )
        assert cause.why == (
            "connector/c fails too, but not in a way that is known to lead to this"
            " (a service that is not well or slowness); ruled out: sql/db, which is well;"
            " not ruled out: postgres/db, which could not be verified"
        )
        assert cause_of("sql/db", odd, seen("sql/db", bad(shows={Sign.NO_DATABASE}))).why == (
            "connector/c fails too, but not in a way that is known to lead to this (no database)"
        )

    def test_what_is_about_others_too_is_not_said_to_be_about_them_alone(self):
        odd = seen("connector/c", bad(shows=(), explains={Sign.NO_TLS}, affects={AUTH, BACKEND}))
        cause = cause_of("health/backend", odd, seen("health/backend", bad(shows={Sign.UNWELL})))
        assert cause.why == (
            "connector/c fails too, but not in a way that is known to lead to this"
            " (a service that is not well)"
        )

    def test_several_rules_that_lead_to_the_same_are_one(self):
        down = bad(shows={Sign.NO_NETWORK})
        both = seen("connector/c", down, replace(down, rule="check.other"))
        assert only(both, self.STOPPED).why == (
            "It leads to what 1 other probe shows: no database;"
            " it depends on nothing that is checked"
        )

    def test_several_that_fail_too_where_nobody_said_what_is_shown(self):
        own = bad(shows=(), explains=())
        above = (seen("connector/c", own), seen("identity/backend", own))
        assert cause_of("run/backend", *above, seen("run/backend", bad())).why == (
            "connector/c and identity/backend fail too,"
            " but not in a way that is known to lead to this"
        )

    def test_a_fault_by_itself(self):
        stray = seen("run/backend", bad(shows=(), explains={Sign.FAILING}))
        above = (seen("connector/c"), seen("identity/backend", outcome=Outcome.ERROR))
        cause = only(*above, stray)
        assert cause.why == "It is a fault by itself, whatever else fails"
        assert worth_telling(cause) == ""
        assert (cause.ruled_out, cause.not_ruled_out) == ((), ())
        failing = seen("health/backend", bad(shows={Sign.FAILING}))
        followed = only(*above, stray, failing)
        assert followed.why == "It leads to what 1 other probe shows: a failing service"
        assert worth_telling(followed) == followed.why

    def test_what_only_warns_is_said(self):
        warned = seen("connector/c", bad(severity=Severity.WARNING, shows={Sign.NO_NETWORK}))
        assert only(warned, self.STOPPED).why == "connector/c has warnings only"

    def test_what_fails_and_is_waived_is_said(self):
        waived = seen("connector/c", bad(waived="known"), outcome=Outcome.FAIL)
        cause = only(waived, self.STOPPED)
        assert cause.why == "connector/c fails too, and that is waived"
        assert (cause.ruled_out, cause.not_ruled_out) == ((), ())

    def test_a_warning_that_counts_fails_too(self):
        odd = bad(severity=Severity.WARNING, shows=(), explains=())
        cause = cause_of("sql/db", seen("connector/c", odd), self.STOPPED, fail_on=Severity.WARNING)
        assert (
            cause.why
            == "connector/c fails too, but not in a way that is known to lead to this (no database)"
        )

    def test_one_that_failed_before_it_broke_off_is_named_once(self):
        broke_off = seen("connector/c", bad(shows=(), explains=()), outcome=Outcome.ERROR)
        cause = cause_of("sql/db", broke_off, self.STOPPED)
        assert (
            cause.why
            == "connector/c fails too, but not in a way that is known to lead to this (no database)"
        )

    def test_it_rests_on_what_was_seen_of_it_and_of_the_first_that_follow(self):
        facts = {f"fact_{number}": number for number in range(6)}
        silent = bad(shows={Sign.NO_DATABASE}, evidence={"waited_s": 10.0})
        cause = only(
            seen("connector/c", bad(shows={Sign.NO_NETWORK}, evidence=facts)),
            seen(
                "sql/db", bad(shows={Sign.NO_DATABASE}), observations={"state": "RUNNABLE", **facts}
            ),
            seen("postgres/db", silent),
        )
        assert cause.rests_on == {
            "connector/c": {f"fact_{number}": number for number in range(4)},
            "postgres/db": {"waited_s": 10.0},
            "sql/db": {"state": "RUNNABLE", "fact_0": 0, "fact_1": 1, "fact_2": 2},
        }

    def test_it_rests_on_no_more_than_the_first_three_that_follow(self):
        unwell = bad(shows={Sign.UNWELL}, evidence={"status": 500})
        silent = bad(shows={Sign.NO_DATABASE}, evidence={"waited_s": 10.0})
        above = [seen("connector/c", bad(shows={Sign.NO_NETWORK}, evidence={"state": "ERROR"}))]
        below = [seen(f"health/{key}", unwell) for key in ("auth", "backend")]
        below += [seen(probe, silent) for probe in ("postgres/db", "sql/db")]
        assert list(only(*above, *below).rests_on) == [
            "connector/c",
            "health/auth",
            "health/backend",
            "postgres/db",
        ]

    def test_a_mixed_probe_rests_on_the_finding_that_makes_it_a_cause(self):
        silent = bad(shows={Sign.NO_DATABASE}, evidence={"waited_s": 10.0})
        schema = bad(shows=(), evidence={"found": "0041"})
        cause = cause_of("postgres/db", self.DOWN, seen("postgres/db", silent, schema))
        assert cause.rests_on == {"postgres/db": {"found": "0041"}}

    def test_each_finding_says_what_it_leads_to_where_there_are_several(self):
        network = replace(bad(shows={Sign.NO_NETWORK}), rule="sql.network")
        full = replace(bad(shows=(), explains=()), rule="sql.full")
        late = replace(bad(shows=(), explains={Sign.SLOW}), rule="sql.late")
        silent = seen("postgres/db", bad(shows={Sign.NO_DATABASE}))
        slow = seen("health/backend", bad(shows={Sign.SLOW}))
        well = seen("connector/c")
        assert cause_of("sql/db", well, seen("sql/db", network, full), silent).why == (
            "sql.network leads to what 1 other probe shows: no database;"
            " sql.full is a fault by itself; ruled out: connector/c, which is well"
        )
        assert cause_of("sql/db", seen("sql/db", full, late), slow).why == (
            "sql.late leads to what 1 other probe shows: slowness"
        )

    def test_each_finding_names_the_probes_that_follow_from_it(self):
        network = bad(shows={Sign.NO_NETWORK}, mark="network")
        full = bad(shows=(), explains=(), mark="full")
        silent = seen("postgres/db", bad(shows={Sign.NO_DATABASE}))
        unwell = seen("health/backend", bad(shows={Sign.UNWELL}))
        results = diagnose((seen("sql/db", full, network), silent, unwell), upstream, ORDER).results
        told = {each.id: [found.explains for found in each.findings] for each in results}
        assert told == {
            "sql/db": [(), ("health/backend", "postgres/db")],
            # What stands between says what it follows from, and no more.
            "postgres/db": [()],
            "health/backend": [()],
        }

    def test_a_probe_with_several_findings_rests_on_each_of_them(self):
        network, full = (
            replace(bad(shows=(), mark=rule, evidence={f"{rule}_{n}": n for n in range(4)}),
                    rule=rule)
            for rule in ("network", "full")
        )  # fmt: skip
        assert only(seen("sql/db", network, network, full)).rests_on == {
            "sql/db": {"network_0": 0, "network_1": 1, "full_0": 0, "full_1": 1}
        }

    def test_an_answer_of_503_is_told_as_one_thing(self):
        unclear = seen("health/backend", bad(shows={Sign.FAILING, Sign.UNWELL}))
        silent = seen("postgres/db", bad(shows={Sign.NO_DATABASE}))
        down = seen("sql/db", bad(shows=(), explains={Sign.NO_DATABASE}))
        assert only(down, silent, unclear).why == (
            "It leads to what 2 other probes show: a failing service and no database"
        )
        assert only(unclear).why == "Nothing that it depends on was looked at"
        odd = seen("sql/db", bad(shows=(), explains={Sign.NO_TLS}))
        assert cause_of("health/backend", odd, unclear).why == (
            "sql/db fails too, but not in a way that is known to lead to this (a failing service)"
        )

    def test_what_was_left_out_on_request_is_said(self):
        given = Catalogue(left_out=frozenset({"domains"}))
        cause = only(seen("connector/c"), self.STOPPED, catalogue=given)
        assert cause.why == "Ruled out: connector/c, which is well"
        given = Catalogue(left_out=frozenset({"connector", "health"}))
        cause = only(self.STOPPED, catalogue=given)
        assert cause.why == "Not looked at on request: connector"

    def test_what_cannot_bring_it_about_is_not_ruled_out_but_left_out(self):
        brings = {"run": frozenset({Sign.FAILING}), "connector": frozenset({Sign.NO_NETWORK}),
                  "sql": None, "identity": frozenset()}  # fmt: skip
        above = (seen("run/backend"), seen("connector/c"), seen("sql/db"))
        told = {
            shows: only(*above, seen("health/backend", bad(shows=shows)),
                        catalogue=Catalogue(frozenset({"identity", "postgres"}), brings))
            for shows in (frozenset({Sign.FAILING}), None)
        }  # fmt: skip
        failing, unclear = told.values()
        assert failing.ruled_out == ("run/backend", "sql/db")
        assert failing.why.endswith("; not looked at on request: postgres")
        assert unclear.ruled_out == ("connector/c", "run/backend", "sql/db")
        assert unclear.why.endswith("; not looked at on request: identity and postgres")
        assert only(
            seen("connector/c"), seen("health/backend", bad(shows={Sign.FAILING})),
            catalogue=Catalogue(brings=brings),
        ).why == "Nothing that it depends on is known to lead to this"  # fmt: skip
        both = seen("health/backend", bad(), bad(shows={Sign.FAILING}))
        mixed = only(*above, both, catalogue=Catalogue(brings=brings))
        assert mixed.ruled_out == unclear.ruled_out
        # What fails too is named, with the reason why it is not taken for the cause.
        odd = seen("connector/c", bad(shows=(), explains={Sign.NO_TLS}))
        own = seen("health/backend", bad(shows={Sign.FAILING}))
        cause = cause_of("health/backend", odd, own, catalogue=Catalogue(brings=brings))
        assert cause.why.startswith("connector/c fails too, but not in a way")


class TestWhatIsReachedBesideTheWayOfNeed:
    """A job beside the service migrates the database, which does not need the service."""

    BEHIND = seen("postgres/db", bad(shows={Sign.OLD_SCHEMA}, explains=(), mark="behind"))

    def job(self, *signs, reaches=(DATABASE,), **bearing):
        return seen("jobs/backend", bad(shows={Sign.NO_DATABASE}, explains=(), may_explain=signs,
                                       reaches=reaches, mark="job", **bearing))  # fmt: skip

    def test_the_job_that_failed_is_behind_the_schema_that_was_not_migrated(self):
        assert causes(self.job(Sign.OLD_SCHEMA), self.BEHIND) == {"jobs/backend": ("postgres/db",)}

    def test_what_is_about_another_resource_reaches_it_not(self):
        results = (self.job(Sign.OLD_SCHEMA, affects={AUTH}), self.BEHIND)
        assert causes(*results) == {"jobs/backend": (), "postgres/db": ()}

    def test_two_that_reach_it_are_both_behind_it(self):
        other = bad(shows=(), explains=(), may_explain={Sign.OLD_SCHEMA}, reaches={DATABASE})
        results = (self.job(Sign.OLD_SCHEMA), seen("identity/backend", other), self.BEHIND)
        assert follows("postgres/db", *results)[0] == ("identity/backend", "jobs/backend")

    def test_what_is_sure_by_the_way_of_need_leaves_it_out(self):
        sure = seen("connector/c", bad(shows=(), explains={Sign.NO_DATABASE}))
        both = seen("postgres/db", bad(shows={Sign.NO_DATABASE, Sign.OLD_SCHEMA}, explains=()))
        assert follows("postgres/db", sure, self.job(Sign.OLD_SCHEMA), both)[0] == ("connector/c",)

    def test_only_what_it_names_and_where_it_reaches(self):
        for stranger in (self.job(Sign.SLOW), self.job(Sign.OLD_SCHEMA, reaches=())):
            assert causes(stranger, self.BEHIND) == {"jobs/backend": (), "postgres/db": ()}

    def test_what_the_database_needs_is_not_behind_its_schema(self):
        for down in (bad(shows={Sign.NO_NETWORK}), bad()):
            found = causes(seen("connector/c", down), self.BEHIND)
            assert found == {"connector/c": (), "postgres/db": ()}

    def test_the_database_is_behind_the_job_and_the_job_behind_the_schema(self):
        stopped = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        assert causes(stopped, self.job(Sign.OLD_SCHEMA), self.BEHIND) == {
            "sql/db": ("jobs/backend", "postgres/db")
        }

    def test_probes_that_follow_from_each_other_stand_one_above_the_other(self):
        stopped = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        stuck = bad(shows={Sign.NO_ROLLOUT}, mark="stuck")
        behind = bad(shows={Sign.OLD_SCHEMA}, explains={Sign.NO_ROLLOUT}, mark="behind")
        failed = bad(shows={Sign.NO_DATABASE}, explains=(), may_explain={Sign.OLD_SCHEMA},
                     reaches={DATABASE}, mark="failed")  # fmt: skip
        order = {**ORDER, "jobs": frozenset({"sql", "postgres"})}
        results = (stopped, seen("jobs/backend", failed, stuck), seen("postgres/db", behind))
        found = diagnose(results, upstream, order)
        assert [cause.probe for cause in found.root_causes] == ["sql/db"]
        told = {each.id: each.explained_by for each in found.results}
        assert told == {
            "sql/db": (),
            "jobs/backend": ("sql/db",),
            "postgres/db": ("jobs/backend",),
        }
        of_findings = [each.explained_by for each in found.results[1].findings]
        assert of_findings == [("sql/db",), ("postgres/db",)]

    def test_no_circle_comes_of_it(self):
        refused = bad(shows={Sign.OLD_SCHEMA}, explains={Sign.NO_DATABASE}, mark="refused")
        job = self.job(Sign.OLD_SCHEMA)
        assert causes(job, seen("sql/db", refused)) == {"sql/db": ("jobs/backend",)}

    def test_the_schema_is_a_fault_by_itself_where_no_job_failed(self):
        assert (
            only(seen("sql/db"), self.BEHIND).why == "It is a fault by itself, whatever else fails"
        )


class TestWhatIsFeltInOneRevisionAlone:
    """What has no traffic fails no request, and stops its own roll-out."""

    DETACHED = seen("sql/db", bad(shows=(), explains={Sign.NO_DATABASE}, only_in={NEXT}))

    @pytest.mark.parametrize(
        ("felt_in", "follows_from_it"), [({NEXT}, True), ({NOW_SERVING}, False), ((), False)]
    )
    def test_it_explains_what_is_felt_there_and_no_more(self, felt_in, follows_from_it):
        silent = seen("run/backend", bad(shows={Sign.NO_DATABASE}, only_in=felt_in))
        order = {**ORDER, "run": frozenset({"sql"})}
        found = diagnose((self.DETACHED, silent), upstream, order).root_causes
        told = {cause.probe: cause.explains for cause in found}
        assert told == (
            {"sql/db": ("run/backend",)} if follows_from_it else {"sql/db": (), "run/backend": ()}
        )

    def test_what_is_broken_for_all_is_felt_there_as_well(self):
        down = seen("connector/c", bad(shows={Sign.NO_NETWORK}))
        late = seen("run/backend", bad(shows={Sign.NO_DATABASE}, only_in={NEXT}))
        assert causes(down, late) == {"connector/c": ("run/backend",)}

    def test_what_one_revision_logs_is_not_behind_another_that_does_not_come_up(self):
        stuck = bad(shows={Sign.NO_ROLLOUT}, explains=(), only_in={NEXT})
        for revision, expected in (
            (NOW_SERVING, {"run/backend": (), "health/backend": ()}),
            (NEXT, {"run/backend": ("health/backend",)}),
        ):
            full = replace(bad(shows=(), explains={Sign.NO_START}), condemns=frozenset({revision}))
            assert causes(seen("run/backend", full), seen("health/backend", stuck)) == expected

    def test_a_connection_is_not_sure_to_be_refused_by_what_does_not_start(self):
        stopped = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        refused = seen("health/backend", bad(shows={Sign.NO_CONNECTION}))
        assert Sign.NO_CONNECTION not in closure([Sign.NO_DATABASE])
        *_, told = diagnose((stopped, refused), upstream, ORDER).results
        assert (told.explained_by, told.findings[0].explained_perhaps) == (("sql/db",), True)

    def test_what_is_sure_and_what_is_guessed_are_told_apart(self):
        down = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        parts = (bad(shows={Sign.NO_DATABASE}), bad(shows={Sign.OWN_TROUBLE}, mark="own"))
        assert only(down, seen("health/backend", *parts)).why.startswith(
            "It leads to what 1 other probe shows: no database; it can be behind what 1 other probe"
            " shows: a trouble that the service itself names"
        )


class TestWhatCouldNotBeVerified:
    def kept(self, probe, **bearing):
        return seen(
            probe, outcome=Outcome.ERROR, kept_by=Bearing(**({"shows": frozenset()} | bearing))
        )

    def test_it_is_told_with_the_cause_that_says_that_the_same_is_missing(self):
        gone = seen("run/backend", bad(shows=(), missing="services/backend"))
        unseen = (
            self.kept("sql/db", missing="services/backend"),
            self.kept("identity/auth", missing="services/auth"),
            self.kept("postgres/db"),
        )
        assert only(gone, *unseen).leaves_unverified == ("sql/db",)

    def test_it_is_told_with_what_took_away_what_it_asked(self):
        expired = seen("connector/c", bad(shows={Sign.NO_TLS}))
        met, other = (
            self.kept(probe, shows=frozenset({sign}))
            for probe, sign in (("sql/db", Sign.NO_TLS), ("postgres/db", Sign.NO_ADDRESS))
        )
        assert only(expired, met, other).leaves_unverified == ("sql/db",)

    def test_it_is_told_with_the_cause_behind_the_symptom_next_to_it(self):
        down = seen("connector/c", bad(shows={Sign.NO_NETWORK}))
        silent = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        unseen = self.kept("health/backend", shows=frozenset({Sign.UNWELL}))
        assert only(down, silent, unseen).leaves_unverified == ("health/backend",)

    def test_the_symptom_next_to_it_is_not_told_in_the_place_of_its_cause(self):
        odd = seen("connector/c", bad(shows=(), explains={Sign.NO_TLS}))
        near = seen("sql/db", bad(shows={Sign.NO_TLS}, explains={Sign.SLOW}))
        unseen = self.kept("postgres/db", shows=frozenset({Sign.SLOW}))
        assert only(odd, near, unseen).leaves_unverified == ("postgres/db",)

    def test_what_somebody_answers_for_keeps_nothing_from_being_verified(self):
        gone = seen("run/backend", bad(shows=(), missing="services/backend", waived="known"))
        assert causes(gone, self.kept("sql/db", missing="services/backend")) == {}

    def test_it_is_told_with_what_may_have_taken_that_away(self):
        slow = seen("connector/c", bad(shows=(), may_explain={Sign.SLOW}))
        unseen = self.kept("sql/db", shows=frozenset({Sign.SLOW}))
        assert only(slow, unseen).leaves_unverified == ("sql/db",)

    def test_what_nobody_can_tell_hangs_nowhere(self):
        down = seen("connector/c", bad())
        assert only(down, self.kept("sql/db")).leaves_unverified == ()


class TestWhatChanged:
    def changed(self, *minutes, since=None, now=NOW, key="db", **bearing):
        """What a cause names of changes these many minutes before now."""
        events = [(NOW - timedelta(minutes=each), f"{each} before") for each in minutes]
        where = {"db": "sql/db", "backend": "run/backend", "c": "connector/c"}[key]
        bystander = seen(where, events=events)
        own = seen("health/backend", bad(shows={Sign.UNWELL}, since=since, **bearing))
        return [each.what for each in only(bystander, own, now=now).changed]

    def test_of_the_last_day_where_nobody_knows_when_it_began(self):
        day = 24 * 60
        assert self.changed(1, day - 1, day, day + 1) == [
            "1 before", f"{day - 1} before", f"{day} before"
        ]  # fmt: skip
        assert self.changed(-5, -6) == ["-5 before"]

    def test_of_the_hour_before_it_began_where_somebody_knows(self):
        began = NOW - timedelta(hours=10)
        assert self.changed(595, 600, 660, since=began) == [
            "595 before",
            "600 before",
            "660 before",
        ]
        assert self.changed(30, 594, 661, since=began) == []

    def test_the_latest_three_the_latest_first(self):
        assert self.changed(40, 10, 30, 20) == ["10 before", "20 before", "30 before"]

    def test_what_happened_to_the_causes_own_resource_comes_first(self):
        other = seen("sql/db", events=[(NOW, "of the database")])
        early = NOW - timedelta(minutes=9)
        own = seen("health/backend", bad(shows={Sign.UNWELL}), events=[(early, "its own")])
        changed = only(other, own, now=NOW).changed
        assert [each.what for each in changed] == ["its own", "of the database"]

    def test_each_finding_that_makes_it_a_cause_has_a_beginning_of_its_own(self):
        early, late = (
            bad(shows={Sign.UNWELL}, since=NOW - timedelta(hours=hours)) for hours in (8, 2)
        )
        events = [(NOW - timedelta(hours=hours, minutes=1), f"{hours}") for hours in (8, 2)]
        cause = only(seen("run/backend", events=events), seen("health/backend", late, early),
                     now=NOW)  # fmt: skip
        assert [each.what for each in cause.changed] == ["2", "8"]

    def test_a_change_counts_where_the_cause_or_what_it_needs_was_changed(self):
        for key in ("db", "backend", "c"):
            assert self.changed(5, key=key) == ["5 before"]
        stranger = seen("identity/frontend", events=[(NOW, "elsewhere")])
        own = seen("health/backend", bad(shows={Sign.UNWELL}))
        assert only(stranger, own, now=NOW).changed == ()

    def test_a_change_counts_where_it_was_made_to_what_the_finding_is_about(self):
        moved = seen("run/auth", events=[(NOW, "revision auth-2 was created")])
        for affects, told in (((AUTH,), ["revision auth-2 was created"]), ((), [])):
            down = seen("connector/c", bad(shows=(), affects=affects))
            assert [each.what for each in only(moved, down, now=NOW).changed] == told

    def test_of_several_findings_those_count_that_others_follow_from(self):
        moved = [seen(f"run/{key}", events=[(NOW, f"of {key}")]) for key in ("auth", "backend")]
        both = [
            bad(shows=(), explains={Sign.NO_NETWORK}, affects={ref}, mark=ref.name)
            for ref in (AUTH, BACKEND)
        ]
        down = seen("connector/c", *both)
        failing = seen("health/backend", bad(shows={Sign.UNWELL}))
        told = [event.what for event in only(*moved, down, failing, now=NOW).changed]
        assert told == ["of backend"]
        told = [event.what for event in only(*moved, down, now=NOW).changed]
        assert sorted(told) == ["of auth", "of backend"]

    def test_two_probes_that_saw_the_same_change_tell_it_once(self):
        event = (NOW, "staging-connector was created")
        results = (seen("connector/c", events=[event]), seen("sql/db", events=[(NOW, "sql")]))
        twice = (*results, replace(results[0], id="identity/c", check="identity"))
        own = seen("health/backend", bad(shows={Sign.UNWELL}))
        told = [each.what for each in only(*twice, own, now=NOW).changed]
        assert told == ["staging-connector was created", "sql"]

    def test_nobody_asked(self):
        assert self.changed(1, now=None) == []

    @pytest.mark.parametrize("naive", ["since", "now", "event"])
    def test_a_moment_without_a_zone_is_taken_as_utc(self, naive):
        def bare(moment, name):
            return moment.replace(tzinfo=None) if naive == name else moment

        event = (bare(NOW - timedelta(minutes=70), "event"), "it was moved")
        own = bad(shows={Sign.UNWELL}, since=bare(NOW - timedelta(minutes=30), "since"))
        results = (seen("run/backend", events=[event]), seen("health/backend", own))
        (told,) = only(*results, now=bare(NOW, "now")).changed
        assert told == Event(NOW - timedelta(minutes=70), "it was moved", BACKEND)

    def test_moments_of_other_zones_are_compared_as_moments(self):
        east = timezone(timedelta(hours=9))
        at = (NOW - timedelta(minutes=5)).astimezone(east)
        own = seen("health/backend", bad(shows={Sign.UNWELL}))
        (told,) = only(seen("run/backend", events=[(at, "moved")]), own, now=NOW).changed
        assert (told.at, told.at.tzinfo) == (at, UTC)


class TestManyFindings:
    def test_of_a_cause_those_are_named_that_have_a_fingerprint(self):
        down = {"shows": {Sign.NO_NETWORK}}
        assert only(seen("connector/c", bad(mark="one", **down), bad(**down))).findings == ("one",)

    def test_neither_a_time_nor_a_name_makes_another_trouble(self):
        plain = bad(shows={Sign.NO_SECRET})
        others = (bad(shows={Sign.NO_SECRET}, since=NOW), bad(shows={Sign.NO_SECRET}, missing="a"))
        result = seen("sql/db", plain, *others)
        assert {of_finding(result, found) for found in result.findings} == {
            of_finding(result, plain)
        }

    def test_thousands_with_one_bearing_are_one_trouble(self):
        bearing = {"shows": {Sign.OUTDATED_HOST}}
        many = [bad(mark=f"{number:05}", **bearing) for number in range(20_000)]
        own = seen("domains/frontend", *many)
        began = time.perf_counter()
        cause = only(own, now=NOW)
        assert time.perf_counter() - began < 5.0
        assert len(cause.findings) == 20_000

    def test_thousands_that_follow_do_so_each(self):
        many = [bad(mark=f"{number:05}", shows={Sign.NO_DATABASE}) for number in range(5_000)]
        down = seen("connector/c", bad(shows={Sign.NO_NETWORK}))
        found = diagnose((down, seen("sql/db", *many)), upstream, ORDER)
        assert {each.explained_by for each in found.results[1].findings} == {("connector/c",)}
        assert found.results[1].explained_by == ("connector/c",)


SIGNS = st.frozensets(st.sampled_from(Sign), max_size=3)
BEARINGS = st.builds(
    Bearing,
    shows=st.none() | SIGNS,
    explains=st.none() | SIGNS,
    may_explain=SIGNS,
    affects=st.frozensets(st.sampled_from([BACKEND, AUTH]), max_size=1),
    reaches=st.frozensets(st.sampled_from([DATABASE, BACKEND]), max_size=1),
    only_in=st.frozensets(st.sampled_from([NEXT, NOW_SERVING]), max_size=1),
    missing=st.sampled_from([None, None, "databases/db", "services/backend"]),
    since=st.none() | st.datetimes(datetime(2025, 12, 31), datetime(2026, 1, 1)),  # noqa: DTZ001 - a check may forget the zone
)
FINDINGS = st.builds(
    Finding,
    rule=st.just("check.bad"),
    severity=st.sampled_from(Severity),
    message=st.just("bad"),
    bearing=BEARINGS,
    waived=st.none() | st.just("known"),
    fingerprint=st.uuids().map(str),
)
PLACES = {
    "connector": ("c",), "sql": ("db",), "postgres": ("db",), "identity": ("backend", "auth"),
    "run": ("backend", "auth"), "health": ("backend", "auth", "frontend"),
    "websocket": ("backend",), "domains": ("frontend",),
}  # fmt: skip
PROBES = [f"{check}/{key}" for check, keys in PLACES.items() for key in keys]


@st.composite
def runs(draw):
    """Results of some of the probes, of whatever kind."""
    made = []
    for probe in draw(st.lists(st.sampled_from(PROBES), unique=True, min_size=1)):
        findings = draw(st.lists(FINDINGS, max_size=3))
        outcome = None if findings else draw(
            st.sampled_from([Outcome.PASS, Outcome.ERROR, Outcome.SKIP])
        )  # fmt: skip
        events = [(NOW, "changed")] if draw(st.booleans()) else []
        kept_by = draw(BEARINGS) if outcome is Outcome.ERROR else NOTHING
        made.append(seen(probe, *findings, outcome=outcome, events=events, kept_by=kept_by))
    return made


def failing(results, fail_on):
    return {
        result.id
        for result in results
        for found in result.findings
        if found.waived is None and found.severity.rank >= fail_on.rank
    }


@given(runs(), st.sampled_from(Severity))
@settings(max_examples=100, deadline=None)
def test_every_failing_probe_is_a_root_cause_or_follows_from_one(results, fail_on):
    found = diagnose(results, upstream, ORDER, fail_on=fail_on, now=NOW)
    roots = {cause.probe for cause in found.root_causes}
    below = {each for cause in found.root_causes for each in cause.explains}
    assert roots | below == failing(results, fail_on)
    assert not roots & below
    unverified = {each.id for each in results if each.outcome is Outcome.ERROR}
    assert {each for cause in found.root_causes for each in cause.leaves_unverified} <= unverified
    for result in found.results:
        # A whole probe that follows from something is no root cause, and its findings say so too.
        assert not (result.explained_by and result.id in roots)
        named = {each for one in result.findings for each in one.explained_by}
        assert set(result.explained_by) <= named <= failing(results, fail_on)


@given(runs())
@settings(max_examples=100, deadline=None)
def test_nothing_explains_itself_nor_what_it_follows_from(results):
    found = diagnose(results, upstream, ORDER)
    above = {result.id: set(result.explained_by) for result in found.results}
    for probe, nearest_to_it in above.items():
        reached, waiting = set(), set(nearest_to_it)
        while waiting:
            nearest = waiting.pop()
            if nearest not in reached:
                reached.add(nearest)
                waiting |= above[nearest]
        assert probe not in reached
    assert all(cause.probe not in cause.explains for cause in found.root_causes)


@given(runs(), st.sampled_from(PROBES))
@settings(max_examples=100, deadline=None)
def test_a_passing_probe_more_changes_no_root(results, probe):
    more = [*results, seen(probe)] if probe not in {each.id for each in results} else results
    before, after = (
        [(cause.probe, cause.explains, cause.findings)
         for cause in diagnose(given, upstream, ORDER).root_causes]
        for given in (results, more)
    )  # fmt: skip
    assert before == after


@given(runs(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_results_decides_nothing(results, chance: random.Random):
    shuffled = list(results)
    chance.shuffle(shuffled)
    first, second = (diagnose(given, upstream, ORDER, now=NOW) for given in (results, shuffled))
    assert first.root_causes == second.root_causes
    assert {each.id: each for each in first.results} == {each.id: each for each in second.results}


@given(runs())
@settings(max_examples=100, deadline=None)
def test_every_cause_says_why_in_whole_words(results):
    for cause in diagnose(results, upstream, ORDER, now=NOW).root_causes:
        assert cause.why
        for part in cause.why.split("; "):
            assert part == part.strip()
            assert part
        assert not any(odd in cause.why for odd in ("  ", "()", " ,", ": ,", "None"))
        assert not cause.why.endswith((".", ",", ":", ";", " "))
        assert not set(cause.ruled_out) & set(cause.not_ruled_out)


class TestWhatAPersonWouldSay:
    def test_a_guess_by_a_warning_does_not_take_the_place_of_an_error(self):
        small = bad(severity=Severity.WARNING, shows=(), may_explain={Sign.FAILING})
        results = (seen("connector/c", small), seen("sql/db", bad(shows={Sign.FAILING})))
        assert causes(*results, fail_on=Severity.WARNING) == {"connector/c": (), "sql/db": ()}
        late = bad(severity=Severity.WARNING, shows={Sign.FAILING})
        results = (seen("connector/c", small), seen("sql/db", late))
        assert causes(*results, fail_on=Severity.WARNING) == {"connector/c": ("sql/db",)}

    def test_what_may_follow_is_told_as_that(self):
        small = bad(shows=(), may_explain={Sign.NO_DATABASE})
        silent = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        cause = only(seen("connector/c", small), silent)
        assert cause.why == "It can be behind what 1 other probe shows: no database"
        both = replace(small, bearing=replace(small.bearing, explains=frozenset({Sign.NO_TLS})))
        broken = seen("postgres/db", bad(shows={Sign.NO_TLS}))
        assert only(seen("connector/c", both), silent, broken).why == (
            "It leads to what 1 other probe shows: no trusted TLS;"
            " it can be behind what 1 other probe shows: no database"
        )

    def test_what_would_follow_from_what_is_waived_is_a_cause_and_is_followed(self):
        results = (
            seen("connector/c", bad(shows={Sign.NO_NETWORK}, waived="known")),
            seen("sql/db", bad(shows={Sign.NO_DATABASE})),
            seen("health/backend", bad(shows={Sign.UNWELL})),
        )
        assert causes(*results) == {"sql/db": ("health/backend",)}

    def test_what_is_waived_stands_between_where_one_of_its_causes_is_not(self):
        known = bad(shows=(), explains={Sign.NO_TLS}, waived="known")
        results = (
            seen("connector/c", known, replace(known, waived=None)),
            seen("sql/db", bad(shows={Sign.NO_TLS}, explains={Sign.SLOW}, waived="known")),
            seen("postgres/db", bad(shows={Sign.SLOW})),
        )
        assert causes(*results) == {"connector/c": ("postgres/db",)}

    def test_what_is_waived_stands_between_and_at_the_top_of_nothing(self):
        down = seen("connector/c", bad(shows={Sign.NO_NETWORK}))
        known = seen("sql/db", bad(shows={Sign.NO_DATABASE}, waived="known"))
        # What health shows follows from the database alone, and that from the connector.
        unwell = seen("health/backend", bad(shows={Sign.UNWELL}))
        odd = seen("websocket/backend", bad(shows={Sign.RESTARTING}))
        assert causes(down, known, unwell, odd) == {
            "connector/c": ("health/backend",),
            "websocket/backend": (),
        }
        assert follows("health/backend", down, known, unwell)[0] == ("connector/c",)
        assert causes(known, unwell) == {"health/backend": ()}
        middle = seen(
            "sql/db", bad(shows={Sign.NO_NETWORK}, explains={Sign.NO_SECRET}, waived="known")
        )
        secret = seen("postgres/db", bad(shows={Sign.NO_SECRET}))
        assert causes(down, middle, secret) == {"connector/c": ("postgres/db",)}
        assert causes(middle, secret) == {"postgres/db": ()}

    def test_a_rival_that_is_about_others_alone_is_told_so(self):
        for_auth = seen("connector/c", bad(shows=(), explains={Sign.NO_DATABASE}, affects={AUTH}))
        unwell = seen("health/backend", bad(shows={Sign.UNWELL}))
        assert cause_of("health/backend", for_auth, unwell).why == (
            "connector/c fails too, for service auth alone"
        )

    def test_what_follows_from_it_or_from_another_cause_is_no_rival(self):
        failed = bad(
            shows={Sign.NO_DATABASE}, explains=(), may_explain={Sign.OLD_SCHEMA}, reaches={DATABASE}
        )
        job = seen("jobs/backend", failed)
        behind = seen("sql/db", bad(shows={Sign.OLD_SCHEMA}, explains=()))
        assert only(job, behind).why == (
            "It can be behind what 1 other probe shows: a schema that was not migrated;"
            " nothing that it depends on is known to lead to this"
        )
        down = seen("connector/c", bad(shows={Sign.NO_NETWORK}))
        silent = seen("sql/db", bad(shows={Sign.NO_DATABASE}))
        other = seen("health/backend", bad(shows={Sign.RESTARTING}))
        assert cause_of("health/backend", down, silent, other).why == (
            "connector/c fails too, but not in a way that is known to lead to this"
            " (instances that end)"
        )

    def test_it_rests_on_the_finding_that_others_follow_from(self):
        egress = [
            bad(shows=(), explains={Sign.NO_NETWORK}, affects={ref}, mark=ref.name,
                evidence={"revision": ref.name})
            for ref in (AUTH, BACKEND)
        ]  # fmt: skip
        unwell = seen("health/backend", bad(shows={Sign.UNWELL}))
        cause = only(seen("connector/c", *egress), unwell)
        assert cause.rests_on["connector/c"] == {"revision": "backend"}

    @pytest.mark.parametrize("odd", [datetime.min, datetime.max])  # noqa: DTZ901 - as given
    def test_the_first_and_the_last_moment_there_are_do_not_stop_it(self, odd):
        for since in (odd, odd.replace(tzinfo=UTC)):
            own = bad(shows={Sign.UNWELL}, since=since)
            assert only(seen("health/backend", own), now=NOW).changed == ()
        assert only(seen("health/backend", bad(shows=())), now=odd.replace(tzinfo=UTC)).why


def test_many_kinds_of_findings_do_not_take_long():
    many = [
        bad(shows={Sign.NO_DATABASE}, since=NOW - timedelta(seconds=number), mark=f"{number}")
        for number in range(20_000)
    ]
    began = time.perf_counter()
    silent = seen("postgres/db", bad(shows={Sign.NO_DATABASE}))
    assert only(seen("sql/db", *many), silent, now=NOW).explains == ("postgres/db",)
    assert time.perf_counter() - began < 5.0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"shows": Sign.FAILING}, "signs: found one Sign, expected several, as a tuple"),
        ({"shows": ["failing"]}, "signs: found a str, expected a Sign"),
        ({"may_explain": Sign.FAILING}, "may_explain: found one Sign"),
        ({"affects": BACKEND}, "affects: found one ResourceRef"),
        ({"reaches": [("service", "backend")]}, "reaches: found a tuple, expected a ResourceRef"),
        ({"condemns": NEXT}, "condemns: found one RevisionRef"),
        ({"only_in": [BACKEND]}, "only_in: found a ResourceRef, expected a RevisionRef"),
        ({"since": "2026-01-01"}, "since: found a str, expected a datetime"),
        ({"remedy": "do it"}, "remedy: found a str, expected a Remediation"),
    ],
)
def test_what_a_check_says_wrongly_is_refused_where_it_says_it(wrong, told):
    rule = Rule(Severity.ERROR, "bad", help="It is bad.")
    rule.id = "check.bad"
    with pytest.raises(CheckError, match=re.escape(told)):
        rule.finding("bad", **wrong)


def test_a_rule_that_says_wrongly_what_it_shows_is_refused():
    with pytest.raises(CheckError, match="found one Sign"):
        Rule(Severity.ERROR, "bad", help="It is bad.", shows=Sign.FAILING)
