"""Runs that judge a candidate, against the sandbox: real gRPC, TLS, HTTP and WebSockets."""

import asyncio
import json
from pathlib import Path

import pytest
from gcloud_commands import problem
from http_servers import Reply, serving

from checks.health import Health
from checks.startup_logs import remedies as startup_logs
from netra_validate import config, registry, runner
from netra_validate.candidates import applied
from netra_validate.clients import Clients
from netra_validate.comparison import hold
from netra_validate.model import Effect, Outcome, Plane, Severity, Status
from netra_validate.plan import Limits, Probe, Selection, plan
from netra_validate.reports import Display
from netra_validate.reports.text import render
from netra_validate.sandbox import google_grpc
from netra_validate.sandbox.google_api import GoogleApi
from netra_validate.sandbox.names import PROJECT, REGION
from netra_validate.sandbox.request_log import RequestLog
from netra_validate.sandbox.serving import running
from netra_validate.sandbox.staging import Conduct
from netra_validate.sandbox.world import healthy_world, placed, with_candidate
from netra_validate.topology import CandidateService, Endpoints, Environment, Topology
from netra_validate.validation import validate

pytestmark = pytest.mark.usefixtures("remedies_are_right")

TAG = "candidate"
REVISION = "netra-backend-00043-new"
ANSWER = Reply(200, body=json.dumps({"status": "healthy", "service": "netra-backend"}).encode())


def judged(folder, *faults, tags=None, edit=None, selection=None, heal=False, **given):
    """The report on a sandbox with these faults, and what was asked of it."""

    async def told():
        async with running(faults, folder) as sandbox:
            text = sandbox.config_path.read_text()
            sandbox.config_path.write_text(edit(text) if edit else text)
            configuration = config.load(sandbox.config_path)
            where = sandbox.config_path.parent
            planned = plan(registry.load(), configuration, "sandbox", where, selection)
            planned = applied(planned, {"backend": TAG} if tags is None else tags)
            if heal:
                sandbox.heal()
            report = await validate(planned, Limits(timeout_s=8.0, retries=0), **given)
            lines = (folder / "requests.jsonl").read_text().splitlines()
            return report, [json.loads(line) for line in lines]

    return asyncio.run(told())


def targets(asked, server):
    return {request["target"] for request in asked if request["server"] == server}


def test_the_candidate_is_asked_and_what_serves_is_not(tmp_path):
    report, asked = judged(tmp_path, "candidate")
    assert report.status is Status.PASSED
    said = render(report, Display(100, quiet=True)).splitlines()[2]
    assert said.startswith(f"FIT: judged at the candidate {REVISION} (tag {TAG}), ")
    assert targets(asked, "backend") == HOST
    assert targets(asked, "backend-candidate") > {"/health", "/health/database", "/ws"}
    assert "/health" in targets(asked, "auth")
    read = {each.rpartition("/")[2] for each in targets(asked, "google-grpc")}
    assert REVISION in read
    assert "netra-backend-00042-sbx" not in read
    for probe_id in ("health/backend", "websocket/backend"):
        seen = report.probe(probe_id).observations
        assert (seen["tag"], seen["revision"]) == (TAG, REVISION)
    assert "tag" not in report.probe("health/auth").observations
    (note,) = [note for note in report.notes if "candidate" in note]
    assert note.startswith(
        "Service backend is judged at its candidate with the tag candidate:"
        f" revision {REVISION} at https://localhost:"
    )
    services = report.probe("cloud-sql/postgres").observations["services"]
    assert set(services["backend"]) == {REVISION}
    assert services["backend"][REVISION]["traffic_percent"] == 0


def test_the_service_is_asked_after_once(tmp_path):
    _, asked = judged(tmp_path, "candidate")
    google = [each["target"] for each in asked if each["server"].startswith("google")]
    assert len(google) == len(set(google))


def test_an_ill_candidate_fails_while_what_serves_is_well(tmp_path):
    report, _ = judged(tmp_path, "candidate", "candidate-503")
    rules = {found.rule for probe in report.probes for found in probe.findings}
    assert (report.exit_code, rules) == (1, {"health.bad-status", "websocket.refused"})
    for probe_id in ("health/backend", "websocket/backend"):
        commands = report.probe(probe_id).findings[0].remediation.commands
        (read,) = [each.argv for each in commands if "logs" in each.argv]
        assert any(f'revision_name="{REVISION}"' in word for word in read)
    assert report.root_causes[0].probe == "health/backend"


def test_a_candidate_that_mends_passes_while_what_serves_is_ill(tmp_path):
    report, _ = judged(tmp_path, "candidate", "health-503")
    assert report.status is Status.PASSED


def test_what_a_candidate_carries_is_an_error_and_no_warning(tmp_path):
    selection = Selection(phase="pre-deploy")
    report, asked = judged(tmp_path, "candidate", "candidate-detached", selection=selection)
    (found,) = report.probe("vpc-connector/main").findings
    assert (found.rule, found.severity) == ("vpc-connector.not-attached", Severity.ERROR)
    mend = found.remediation.commands[-1]
    assert mend.effect is Effect.CHANGES  # and interrupts nobody, who gets no traffic
    for argv in (mend.argv, mend.undo):
        assert {"--no-traffic", f"--tag={TAG}"} < set(argv)
        assert problem(argv) is None
    assert REVISION in found.message
    assert targets(asked, "backend-candidate") == set()
    assert any(REVISION in note for note in report.notes)


def expecting_another_account(text):
    table = "services.backend.checks.identity]\n"
    assert table in text
    return text.replace(
        table, f'{table}account = "netra-other@{PROJECT}.iam.gserviceaccount.com"\n', 1
    )


def moves_nobody(remedy):
    acts = [each for each in remedy.commands if each.effect is not Effect.READS]
    assert [each.effect for each in acts] == [Effect.CHANGES]
    for argv in filter(None, (acts[0].argv, acts[0].undo)):
        assert {"--no-traffic", f"--tag={TAG}"} < set(argv)
    return True


def test_more_memory_for_a_candidate_moves_nobody():
    place = startup_logs.Place("b", "b-3", PROJECT, REGION, memory="512Mi", tag=TAG)
    assert moves_nobody(startup_logs.mend(place, "memory-limit"))


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("bypass-flag-left-on", "runtime-config.forbidden-flag"),
        ("settings-drift", "cloud-run.settings"),
        ("", "identity.other-account"),
    ],
)
def test_what_mends_a_candidate_moves_nobody(tmp_path, fault, rule):
    selection = Selection(phase="pre-deploy")
    faults = ("candidate", *fault.split())
    edit = None if fault else expecting_another_account
    report, _ = judged(tmp_path, *faults, selection=selection, edit=edit)
    (found,) = (each for probe in report.probes for each in probe.findings if each.rule == rule)
    assert moves_nobody(found.remediation)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("candidate-detached", "vpc-connector.not-attached"),
        ("bypass-flag-left-on", "runtime-config.forbidden-flag"),
        ("settings-drift", "cloud-run.settings"),
    ],
)
def test_what_mends_a_revision_that_waits_moves_nobody_either(tmp_path, fault, rule):
    """Nobody asked for the candidate, and it is kept without traffic all the same."""
    selection = Selection(phase="pre-deploy")
    report, _ = judged(tmp_path, "candidate", fault, tags={}, selection=selection)
    (found,) = (each for probe in report.probes for each in probe.findings if each.rule == rule)
    assert found.severity is Severity.WARNING
    assert moves_nobody(found.remediation)


HOST = {"/"}
"""What the check of the host asks, which is there for others, too."""

DATA = ("health/backend", "websocket/backend")
CONTROL = ("cloud-sql/postgres", "vpc-connector/main")


def reasons(report, ids):
    assert {report.probe(each).outcome for each in ids} == {Outcome.ERROR}
    return [report.probe(each).reason for each in ids]


def test_an_unknown_tag_is_not_verified_and_names_those_that_there_are(tmp_path):
    report, asked = judged(tmp_path, "candidate", tags={"backend": "next"})
    assert report.exit_code == 3
    for reason in reasons(report, DATA):
        assert reason == (
            "no revision of netra-backend has the tag next; it has candidate: ask for one of these,"
            " or deploy with --no-traffic --tag=next"
        )
    for reason in reasons(report, CONTROL):
        assert "no revision of netra-backend has the tag next" in reason
    assert targets(asked, "backend") | targets(asked, "backend-candidate") == HOST
    assert report.probe("health/auth").outcome is Outcome.PASS
    (same,) = reasons(report, ["candidate/backend"])
    assert same == reasons(report, DATA)[0], "it is said once"


def test_a_service_without_tags_says_so(tmp_path):
    report, _ = judged(tmp_path, selection=Selection(planes=(Plane.DATA,)))
    assert reasons(report, DATA)[0].endswith(
        f"; it has no tags at all: deploy with --no-traffic --tag={TAG}"
    )


def test_a_refusal_names_the_permission(tmp_path):
    report, asked = judged(tmp_path, "candidate", "api-forbidden")
    assert report.exit_code == 3
    for reason in reasons(report, DATA):
        assert "run.services.get" in reason
    assert targets(asked, "backend") == HOST


def test_a_service_that_is_not_there_is_not_verified(tmp_path):
    report, _ = judged(
        tmp_path, "candidate", edit=lambda text: text.replace('"netra-backend"', '"netra-bckend"')
    )
    assert all("netra-bckend does not exist" in reason for reason in reasons(report, DATA))


def test_a_service_that_names_no_cloud_run_service_has_no_candidate(tmp_path):
    report, asked = judged(
        tmp_path, "candidate", edit=lambda text: text.replace('cloud_run = "netra-backend"\n', "")
    )
    assert report.exit_code == 3
    assert set(reasons(report, DATA)) == {
        "service backend names no cloud_run service; correct it in the configuration"
    }
    assert targets(asked, "backend") == HOST


def test_a_candidate_that_did_not_start_is_not_taken_for_what_it_would_carry(tmp_path):
    selection = Selection(phase="pre-deploy")
    report, _ = judged(tmp_path, "candidate", "start-up-fails", selection=selection)
    assert report.exit_code == 1
    assert "startup-logs/auth" in {cause.probe for cause in report.root_causes}
    for reason in reasons(report, CONTROL):
        assert f"{REVISION}, which has the tag candidate, is not ready" in reason
        assert "failed to start" in reason


def test_a_candidate_that_nothing_looks_at_is_not_verified(tmp_path):
    selection = Selection(planes=(Plane.SOURCE,))
    report, asked = judged(tmp_path, "candidate", selection=selection)
    assert (report.status, report.exit_code) == (Status.UNVERIFIED, 3)
    (unverified,) = (each for each in report.probes if each.outcome is not Outcome.PASS)
    assert unverified.id == "candidate/backend"
    assert unverified.reason.startswith("no probe found out which revision carries the tag cand")
    judged_by_news = hold(report, report, only_news=True)
    assert (judged_by_news.status, judged_by_news.exit_code) == (Status.UNVERIFIED, 3)
    assert asked == []


def test_a_candidate_that_heals_passes(tmp_path):
    report, _ = judged(tmp_path, "candidate", "candidate-503", "candidate-detached", heal=True)
    assert report.status is Status.PASSED
    assert report.probe("health/backend").observations["tag"] == TAG


def look(candidate, address, tmp_path):
    """Health of a candidate whose tag leads to ``address``, as the Run API tells."""

    async def told():
        world = placed(with_candidate(healthy_world(), "backend"), {"backend": address})
        log = RequestLog(tmp_path / "requests.jsonl")
        async with google_grpc.serve(GoogleApi(world, Conduct.WILLING), log) as port:
            where = Environment(
                "x", PROJECT, REGION, endpoints=Endpoints(run=f"http://127.0.0.1:{port}")
            )
            clients = Clients(where, Path.cwd())
            probes = [Probe(Health(), candidate)]
            run = await runner.run(probes, where, Topology((candidate,)), clients, Limits())
            await clients.close()
        log.close()
        return run.results[0]

    return asyncio.run(told())


def candidate(**given):
    return CandidateService(
        key="backend", cloud_run="netra-backend", tag=TAG, url="https://staging.invalid",
        auth="bearer", token_env="CANDIDATE_TOKEN", **given,
    )  # fmt: skip


def tokens(site):
    return ["a-secret-of-ours" in head for head in site.asked]


def test_a_token_goes_to_the_candidate_and_to_no_other_host(tmp_path, monkeypatch):
    monkeypatch.setenv("CANDIDATE_TOKEN", "a-secret-of-ours")
    with serving({"/health": ANSWER}) as own, serving({"/health": ANSWER}) as other:
        service = candidate(health=("/health", f"{other.url}/health"))
        result = look(service, own.url, tmp_path)
    assert result.outcome is Outcome.PASS
    assert tokens(own) == [True]
    assert tokens(other) == [False]


def test_an_api_on_this_machine_cannot_send_a_token_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("CANDIDATE_TOKEN", "a-secret-of-ours")
    result = look(candidate(health=("/health",)), "https://evil.invalid", tmp_path)
    assert result.outcome is Outcome.ERROR
    assert result.reason == (
        "https://evil.invalid is no address for the tag candidate of netra-backend: expected an"
        " address on this machine; name the endpoint of Cloud Run that the service is at"
    )
