"""Probes that lack the same thing are told of together, in the reports for people."""

from dataclasses import replace
from datetime import UTC, datetime

from netra_validate.model import Finding as Found
from netra_validate.model import Outcome, Plane, ProbeResult, Report, ResourceRef, Severity, Status
from netra_validate.reports import FORMATS, Display
from netra_validate.unverified import Alike, alike, lacks_permission, named

LOGIN = "there are no Google credentials; run gcloud auth application-default login"
DENIED = "run.googleapis.com asks for the permission run.services.get"


def probe(check, name, reason):
    return ProbeResult(
        f"{check}/{name}",
        check,
        Plane.CONTROL,
        ResourceRef("service", name),
        Outcome.ERROR,
        reason=reason,
    )


def shown(format_name, *probes, width=100):
    report = Report(
        "staging", datetime(2026, 1, 2, tzinfo=UTC), 1.0, Status.UNVERIFIED, 3, probes=probes
    )
    return FORMATS[format_name].render(report, Display(width=width))


DENIALS = tuple(
    probe(check, name, f"the service netra-{name} cannot be read: {DENIED}")
    for check in ("cloud-run", "identity")
    for name in ("auth", "backend")
)


def test_one_reason_is_one_entry():
    probes = [probe("cloud-run", "a", LOGIN), probe("identity", "a", LOGIN)]
    assert alike(probes) == ((), (Alike(LOGIN, (("", ("cloud-run/a", "identity/a")),)),))


def test_what_each_asked_is_kept():
    alone, (group,) = alike(DENIALS)
    assert (alone, group.reason, group.count) == ((), DENIED, 4)
    assert group.by_subject == (
        ("the service netra-auth cannot be read", ("cloud-run/auth", "identity/auth")),
        ("the service netra-backend cannot be read", ("cloud-run/backend", "identity/backend")),
    )


def test_another_reason_stands_alone_and_so_does_what_has_more_to_tell():
    found = replace(
        probe("a", "x", LOGIN), findings=(Found("a.rule", Severity.WARNING, "it is bad"),)
    )
    crashed = replace(probe("b", "x", "the check crashed: KeyError"), trace="Traceback")
    other = probe("c", "x", "nothing answered")
    assert alike([other, found, crashed]) == ((found, crashed, other), ())


def test_what_gives_no_reason_stands_alone():
    silent = tuple(probe("a", name, None) for name in ("x", "y"))
    assert alike(silent) == (silent, ())


def test_no_more_ids_are_named_than_anybody_reads():
    ids = [f"a/{number}" for number in range(41)]
    assert named(ids[:40]) == ", ".join(ids[:40])
    assert named(ids).endswith("a/39 and 1 more")


def test_permissions_are_told_from_credentials():
    assert lacks_permission(DENIALS)
    assert not lacks_permission([probe("a", "x", LOGIN)])
    assert not lacks_permission([replace(DENIALS[0], outcome=Outcome.SKIP)])


def test_the_text_tells_it_once_and_what_to_do():
    text = shown("text", *DENIALS)
    assert text.count(DENIED) == 1
    assert f"? 4 probes: {DENIED}\n" in text
    assert "the service netra-auth cannot be read: cloud-run/auth, identity/auth\n" in text
    assert text.count("netra-validate config check --permissions") == 1
    assert "--permissions" not in shown("text", probe("a", "x", LOGIN))


def test_so_does_markdown():
    document = shown("markdown", *DENIALS)
    before_the_table = document.partition("### Probes")[0]
    assert before_the_table.count("run.services.get") == 1
    assert "<b>4 probes</b>" in before_the_table
    assert "`netra-validate config check --permissions`" in before_the_table


def test_the_reason_of_a_skipped_probe_is_never_cut():
    reason = "set token_env to the name of a variable that holds a token of this service, " * 3
    skipped = replace(probe("auth", "x", reason.strip(", ")), outcome=Outcome.SKIP)
    for width in (20, 80, 200):
        assert " ".join(reason.split()).strip(", ") in " ".join(
            shown("text", skipped, width=width).split()
        )


def test_what_crashed_in_one_place_is_one_entry_with_its_traceback():
    reason = "the check crashed: KeyError: 'a'; --debug shows where"
    crashed = tuple(
        replace(probe("capacity", name, reason), trace="Traceback\n  in one place")
        for name in ("auth", "backend")
    )
    elsewhere = replace(probe("health", "auth", reason), trace="Traceback\n  in another one")
    alone, (group,) = alike((*crashed, elsewhere))
    assert (alone, group.count, group.trace) == ((elsewhere,), 2, "Traceback\n  in one place")
    asked = [replace(each, reason=f"{each.id}: {reason}") for each in crashed]
    assert alike(asked)[1][0].trace == group.trace
    text = shown("text", *crashed)
    assert text.count("Run again with --debug for the traceback.") == 1
    report = Report(
        "staging", datetime(2026, 1, 2, tzinfo=UTC), 1.0, Status.UNVERIFIED, 3, probes=crashed
    )
    assert FORMATS["text"].render(report, Display(debug=True)).count("  in one place") == 1
