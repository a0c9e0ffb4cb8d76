from dataclasses import replace
from pathlib import Path

import pytest

from netra_validate import Check, Plane, Service
from netra_validate.candidates import applied, judged, notes, parse, unseen
from netra_validate.clients.google import Tagged
from netra_validate.clients.google.revisions import Target
from netra_validate.model import Location, Outcome, ProbeResult, ResourceRef
from netra_validate.patience import outdated
from netra_validate.plan import Plan, Probe, UnknownName
from netra_validate.topology import CandidateService, Database, Environment, Topology


class Looks(Check[Service]):
    """Looks at a service."""

    id = "looks"
    plane = Plane.DATA

    async def run(self, service, ctx):
        ctx.observe(url=service.url)
        for nothing in ():
            yield nothing


BACKEND = Service(
    key="backend", cloud_run="netra-backend", url="https://a.example", database="postgres",
    required=False, checks={"looks": {}},
)  # fmt: skip
AUTH = Service(key="auth", cloud_run="netra-auth", url="https://b.example")
POSTGRES = Database(key="postgres", instance="postgres")


def planned():
    topology = Topology((BACKEND, AUTH, POSTGRES), {BACKEND.ref: Location("n.toml", 3)})
    probes = (Probe(Looks(), BACKEND), Probe(Looks(), AUTH))
    return Plan(Environment(), topology, Path.cwd(), probes, {})


def test_words_become_tags():
    assert parse(["backend=next", "auth=pr-12"]) == {"backend": "next", "auth": "pr-12"}
    assert parse([]) == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["backend"], "found 'backend', expected SERVICE=TAG"),
        (["backend="], "found 'backend=', expected SERVICE=TAG"),
        (["=next"], "found '=next', expected SERVICE=TAG"),
        (["backend=Next"], "'Next' is no traffic tag"),
        (["backend=2next"], "'2next' is no traffic tag"),
        (["backend=next-"], "'next-' is no traffic tag"),
        (["backend=a.b"], "'a.b' is no traffic tag"),
        (["backend=a\n"], "is no traffic tag"),
        (["backend=" + "a" * 64], "is no traffic tag"),
        (["backend=next", "backend=blue"], "the service 'backend' is named twice"),
    ],
)
def test_words_that_mean_nothing_are_refused(words, told):
    with pytest.raises(UnknownName) as refused:
        parse(words)
    assert str(refused.value).startswith("--candidate: ")
    assert told in str(refused.value)


def test_the_candidate_takes_the_place_of_the_service_everywhere():
    plan = applied(planned(), {"backend": "next"})
    backend = plan.topology.get(Service, "backend")
    assert isinstance(backend, CandidateService)
    assert (backend.tag, backend.revision) == ("next", None)
    assert [probe.resource for probe in plan.probes] == [backend, AUTH]
    assert plan.topology.users_of(POSTGRES) == (backend,)
    assert plan.topology.declared_at == {BACKEND.ref: Location("n.toml", 3)}
    assert (backend.ref, backend.required, backend.checks) == (BACKEND.ref, False, BACKEND.checks)
    assert [probe.id for probe in plan.probes] == [probe.id for probe in planned().probes]


@pytest.mark.parametrize(
    ("key", "hint"),
    [("backand", "did you mean 'backend'?"), ("xyz", "expected backend or auth")],
)
def test_a_service_that_nobody_declares_is_refused_with_the_nearest(key, hint):
    with pytest.raises(UnknownName) as refused:
        applied(planned(), {key: "next"})
    assert str(refused.value).startswith(f"--candidate: there is no service {key!r}; ")
    assert "backend" in hint
    assert "backend" in str(refused.value)


def test_where_no_service_is_declared_that_is_said():
    plan = Plan(Environment(), Topology(), Path.cwd(), (), {})
    with pytest.raises(UnknownName, match="no service 'backend'; none is declared"):
        applied(plan, {"backend": "next"})


def tagged(revision="netra-backend-2", **given):
    usual = {
        "service": "backend", "cloud_run": "netra-backend", "tag": "next",
        "target": Target(revision, 0, latest=True), "uri": "https://next---b.a.run.app",
        "service_uri": "https://b.a.run.app", "internal": False,
    }  # fmt: skip
    return Tagged(**{**usual, **given})


def test_a_verdict_says_what_it_is_a_verdict_on():
    topology = applied(planned(), {"backend": "next"}).topology
    assert list(judged(topology, {"backend": tagged()})) == ["netra-backend-2 (tag next)"]
    assert list(judged(topology, {})) == ["of backend (tag next)"]
    start = "Service backend is judged at its candidate with the tag next"
    where = "revision netra-backend-2 at https://next---b.a.run.app."
    assert list(notes(topology, {"backend": tagged()})) == [f"{start}: {where}"]
    (inside,) = notes(topology, {"backend": tagged(internal=True)})
    assert inside.endswith("internal traffic only: from elsewhere that address answers 404.")
    assert list(notes(topology, {})) == []
    (unknown,) = unseen(topology, {}, ())
    assert (unknown.id, unknown.outcome) == ("candidate/backend", Outcome.ERROR)
    assert unknown.reason.startswith("no probe found out which revision carries the tag next; ")
    assert list(unseen(topology, {"backend": tagged()}, ())) == []
    assert list(notes(planned().topology, {})) == []


def test_why_a_candidate_was_not_seen_is_what_most_of_its_probes_say():
    topology = applied(planned(), {"backend": "next"}).topology
    not_there = "no revision of b has the tag next"
    results = [
        replace(result(f"looks/{number}"), outcome=outcome, reason=reason)
        for number, (outcome, reason) in enumerate([
            (Outcome.ERROR, "no answer within 30 s"),
            (Outcome.ERROR, not_there),
            (Outcome.ERROR, not_there),
            (Outcome.SKIP, "not selected"),
            (Outcome.SKIP, "not selected"),
            (Outcome.SKIP, "not selected"),
        ])
    ]  # fmt: skip
    other = replace(results[0], resource=ResourceRef("service", "auth"), reason="of another")
    (unknown,) = unseen(topology, {}, [other, other, other, *results])
    assert unknown.reason == not_there


def test_endpoints_that_do_not_move_are_named():
    service = CandidateService(
        key="backend", tag="next", url="https://a.example",
        health=("/health", "https://status.example/a", "https://status.example/b"),
    )  # fmt: skip
    (note,) = notes(Topology((service,)), {"backend": tagged()})
    assert note.endswith("Health endpoints on status.example are not the candidate's.")


def result(probe_id, plane=Plane.DATA):
    return ProbeResult(
        probe_id, "looks", plane, ResourceRef("service", "backend"), Outcome.PASS,
        observations={"a": 1},
    )  # fmt: skip


def test_what_was_said_of_an_earlier_revision_is_not_true_of_the_next():
    results = (result("looks/backend"), result("domains/repo", Plane.SOURCE))
    again = {"backend": tagged()}
    assert outdated(results, again, {"backend": tagged(uri="https://other")}) == results
    assert outdated(results, {}, again) == results
    assert outdated(results, again, {}) == results
    data, source = outdated(results, again, {"backend": tagged("netra-backend-3")})
    assert (data.outcome, data.observations) == (Outcome.ERROR, {})
    assert data.reason == "the tag next of backend went to another revision meanwhile; run it again"
    assert source == results[1]
