"""Reports whose authors forgot to scrub, through every format."""

from dataclasses import replace

import pytest
from hostile_reports import TEXTS
from hypothesis import HealthCheck, given, settings
from report_samples import SAMPLES, incident

from netra_validate.model import (
    Change,
    Command,
    Comparison,
    DeclaredResource,
    Difference,
    Effect,
    Event,
    Finding,
    Fix,
    Location,
    Outcome,
    Plane,
    ProbeResult,
    Remediation,
    Replacement,
    Report,
    ResourceRef,
    RootCause,
    RuleText,
    Severity,
    Status,
)
from netra_validate.reports import FORMATS
from netra_validate.second_lock import locked

SECRETS = {
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    "a Google API key": "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "an OAuth token": "ya29.a0AfH6SMBx1234567890",
    "a client secret": "GOCSPX-abcdefghijklmnop1234",
    "a GitHub token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "a Slack token": "xoxb-123456789012-abcdefghij",
    "a Stripe key": "sk_live_abcdefghijklmnop",
    "an AWS key": "AKIAIOSFODNN7EXAMPLE",
    "an npm token": "npm_abcdefghijklmnopqrstuvwxyz0123456789",
    "a password in an address": "postgres://app:hunter2hunter2@10.0.0.3/db",
    "a bearer token": "Authorization: Bearer abcDEF123456",
    "a named password": "db_password=hunter2hunter2",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----MIIEowIBAAKCAQEA",
}
TELLTALES = (
    "eyJhbGciOiJIUzI1NiJ9", "AIzaSyA", "a0AfH6SMBx", "abcdefghij", "123456789012", "IOSFODNN7",
    "hunter2", "abcDEF123456", "MIIEowIBAAKCAQEA",
)  # fmt: skip


def argued(text: str, event: Event) -> RootCause:
    """A cause whose every reason is ``text``."""
    return RootCause(
        "check/one", (text,), (text,), text, {text: {"said": text, "list": [text]}}, (text,),
        (text,), (event,), (text,),
    )  # fmt: skip


def leaking(text: str) -> Report:
    """A report that has ``text`` wherever it may have any."""
    ref = ResourceRef("service", text)
    event = Event(incident().started_at, text, ref)
    place = Location(text, 3, 4)
    argv = ("curl", text)
    found = Finding(
        "check.rule", Severity.ERROR, text, place, {"said": text, "list": [text, {"in": text}]},
        Remediation(
            text,
            (
                Command(argv, undo=argv, risk=text, roles=(text,)),
                Command(argv, Effect.CHANGES, no_undo=text, risk=text, roles=(text,)),
            ),
            f"https://example.com/{text}",
        ),
        identity=text, fingerprint="0f", waived=None,
        fix=Fix(text, (Replacement(text, 1, 1, 1, 1, text),)), explained_by=(text,),
    )  # fmt: skip
    probes = (
        ProbeResult(
            "check/one", "check", Plane.DATA, ref, Outcome.FAIL, observations={"said": text},
            findings=(replace(found, explained_by=()), found, replace(found, waived=text)),
            events=(event,), declared_at=place,
        ),
        ProbeResult("check/two", "check", Plane.DATA, ref, Outcome.ERROR, text, trace=text),
    )  # fmt: skip
    return replace(
        incident(), environment=text, project=text, region=text, status=Status.FAILED,
        probes=probes, root_causes=(argued(text, event),), notes=(text,),
        rules=(RuleText("check.rule", Severity.ERROR, text, f"{text}\n\n{text}"),),
        resources=(DeclaredResource(ref, (ref,)),),
        comparison=Comparison(
            text, incident().started_at,
            (Difference(Change.MENDED, "check/one", text, "check.rule", location=place),),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_secret(name, kind):
    document = FORMATS[name].render(leaking(f"it said {SECRETS[kind]} and left"))
    assert "it said" in document or name == "openmetrics"
    for telltale in TELLTALES:
        assert telltale not in document


@pytest.mark.parametrize("name", SAMPLES)
def test_a_report_as_it_should_be_comes_through_unchanged(name):
    made = SAMPLES[name]()
    assert locked(made) == made


@given(TEXTS)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_locking_twice_is_locking_once(text):
    once = locked(leaking(text))
    assert locked(once) == once


def advising(*argv: str) -> Report:
    """A report with one command."""
    found = replace(
        incident().probes[0].findings[0], remediation=Remediation("Read it", (Command(argv),))
    )
    return replace(incident(), probes=(replace(incident().probes[0], findings=(found,)),))


def advice(report: Report) -> Remediation | None:
    """The one remedy of such a report."""
    return report.probes[0].findings[0].remediation


@pytest.mark.parametrize(
    "words",
    [
        ("secrets", "versions", "access", "latest", "--secret=jwt-key"),
        ("run", "services", "describe", "sk-storefront-backend-prod"),
        ("run", "services", "update-traffic", "a", "--to-revisions=a-00041-token=100"),
        ("sql", "instances", "patch", "a", f"--authorized-networks={'203.0.113.9/32,' * 40}"),
    ],
)
def test_an_option_or_a_name_may_look_like_a_secret(words):
    made = advising("gcloud", *words)
    assert locked(made) == made


def test_a_command_that_lost_a_secret_says_so_and_can_be_run():
    made = advice(locked(advising("curl", "-sS", "https://a.example/health?key=public123")))
    assert made.commands[0].argv[-1] == "https://a.example/health?key=REDACTED"
    assert made.summary == "Read it; put what no report may hold in the place of REDACTED"


def test_a_command_is_whole_or_not_there():
    made = advice(locked(advising("gcloud", "projects", "describe", "x" * 4001)))
    assert made.commands == ()
    assert made.summary == "Read it; a command that is too long to be shown is left out"


def test_a_text_without_end_is_cut():
    made = replace(incident(), notes=("x" * 100_000,))
    assert len(locked(made).notes[0]) == 4000
