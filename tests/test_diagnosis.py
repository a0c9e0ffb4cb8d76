from netra_validate import Connector, Database, Service, Topology
from netra_validate.diagnosis import diagnose, status_of, transitive
from netra_validate.model import (
    Finding,
    Outcome,
    Plane,
    ProbeResult,
    ResourceRef,
    Severity,
    Status,
)

ORDER = {
    "connector": frozenset(),
    "sql": frozenset({"connector"}),
    "health": frozenset({"sql"}),
    "websocket": frozenset({"health"}),
    "domains": frozenset(),
}
NEEDS = {
    ResourceRef("service", "backend"): {
        ResourceRef("database", "db"),
        ResourceRef("connector", "c"),
    },
    ResourceRef("service", "frontend"): set(),
    ResourceRef("database", "db"): {ResourceRef("connector", "c")},
}


def upstream(ref):
    return frozenset(NEEDS.get(ref, ()))


def result(probe, kind, outcome=Outcome.FAIL):
    check, _, key = probe.partition("/")
    severity = {Outcome.FAIL: Severity.ERROR, Outcome.WARN: Severity.WARNING}.get(outcome)
    found = () if severity is None else (Finding(f"{check}.bad", severity, "bad"),)
    return ProbeResult(probe, check, Plane.DATA, ResourceRef(kind, key), outcome, findings=found)


def causes(*results, **given):
    return told(diagnose(results, upstream, ORDER, **given))


def told(found):
    return tuple((cause.probe, cause.explains) for cause in found.root_causes)


def test_one_cause_takes_everything_that_needs_it():
    found = diagnose(
        [
            result("connector/c", "connector"),
            result("sql/db", "database"),
            result("health/backend", "service"),
            result("websocket/backend", "service"),
        ],
        upstream,
        ORDER,
    )
    assert told(found) == (("connector/c", ("health/backend", "sql/db", "websocket/backend")),)
    assert {one.id: one.explained_by for one in found.results} == {
        "connector/c": (),
        "sql/db": ("connector/c",),
        "health/backend": ("sql/db",),
        "websocket/backend": ("health/backend",),
    }


def test_what_does_not_need_the_cause_is_a_cause_of_its_own():
    assert causes(result("connector/c", "connector"), result("health/frontend", "service")) == (
        ("connector/c", ()),
        ("health/frontend", ()),
    )


def test_the_order_of_checks_decides_on_one_resource():
    found = causes(result("health/backend", "service"), result("websocket/backend", "service"))
    assert found == (("health/backend", ("websocket/backend",)),)


def test_a_passing_check_between_two_does_not_break_the_chain():
    found = causes(
        result("connector/c", "connector"),
        result("sql/db", "database", Outcome.PASS),
        result("health/backend", "service"),
    )
    assert found == (("connector/c", ("health/backend",)),)


def test_what_could_not_be_verified_explains_nothing():
    found = causes(
        result("connector/c", "connector", Outcome.ERROR), result("health/backend", "service")
    )
    assert found == (("health/backend", ()),)


def test_warnings_count_where_they_fail_the_run():
    warned = [
        result("connector/c", "connector", Outcome.WARN), result("health/backend", "service")
    ]  # fmt: skip
    assert causes(*warned) == (("health/backend", ()),)
    assert causes(*warned, fail_on=Severity.WARNING) == (("connector/c", ("health/backend",)),)


def test_dependencies_are_followed_to_the_end():
    assert transitive(ORDER)["websocket"] == {"health", "sql", "connector"}


def test_a_pass_is_earned():
    good = result("health/backend", "service", Outcome.PASS)
    bad = result("health/frontend", "service")
    unknown = result("sql/db", "database", Outcome.ERROR)
    skipped = result("websocket/backend", "service", Outcome.SKIP)
    assert status_of([good, skipped]) is Status.PASSED
    assert status_of([good, unknown]) is Status.UNVERIFIED
    assert status_of([bad, unknown]) is Status.FAILED
    assert status_of([skipped]) is Status.UNVERIFIED
    assert status_of([]) is Status.UNVERIFIED


def test_a_thousand_failures_are_told_apart_in_no_time():
    services = [Service(key=f"s{number}", connector="c", database="d") for number in range(1000)]
    topology = Topology((*services, Connector(key="c", name="c"), Database(key="d", instance="d")))
    results = [result("connector/c", "connector")]
    for service in services:
        results += [
            result(f"{check}/{service.key}", "service") for check in ("health", "websocket")
        ]
    (cause,) = diagnose(results, topology.upstream, ORDER).root_causes
    assert (cause.probe, len(cause.explains)) == ("connector/c", 2000)
