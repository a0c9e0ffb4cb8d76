import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports.hostile_reports import reports
from reports.report_samples import SAMPLES, incident

from netra_validate import recorded, scrub
from netra_validate.model import Effect, Outcome, ResourceRef, Severity, Status
from netra_validate.recorded import UnreadableReport
from netra_validate.reports import FORMATS

JSON = FORMATS["json"]
QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck))

# Written always, and not demanded: documents of before stay readable.
LATER = (
    "project", "region", "rounds", "fail_on", "comparison", "notes", "started_s", "waited_s",
    "undo",
)  # fmt: skip


def document(made=incident):
    return json.loads(JSON.render(made()))


def parse(what):
    content = what if isinstance(what, bytes) else json.dumps(what).encode()
    return recorded.parse(content, "old.json")


def told(what):
    """The problems of a document, as a person reads them."""
    with pytest.raises(UnreadableReport) as caught:
        parse(what)
    assert str(caught.value) == "; ".join(map(str, caught.value.problems))
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_written_is_read(name):
    written = JSON.render(SAMPLES[name]())
    assert JSON.render(recorded.parse(written.encode(), name)) == written


def test_which_candidates_were_judged_is_read():
    made = replace(incident(), candidates=("backend-00043 (tag next)",))
    assert parse(document(lambda: made)).candidates == made.candidates


def test_what_is_read_is_the_report_and_not_its_letters():
    report = parse(document())
    assert (report.status, report.fail_on) == (Status.FAILED, Severity.ERROR)
    probe = report.probe("vpc-connector/main")
    assert probe.resource == ResourceRef("connector", "main")
    assert probe.outcome is Outcome.FAIL
    look, mend = probe.findings[0].remediation.commands
    assert look.effect is Effect.READS
    assert mend.undo[:3] == ("gcloud", "run", "services")


@given(reports())
@settings(QUIET, max_examples=60)
def test_any_report_is_read_and_reads_the_same_ever_after(report):
    once = parse(JSON.render(report).encode())
    assert [each.outcome for each in once.probes] == [
        each.outcome for each in sorted(report.probes, key=lambda each: scrub.text(each.id))
    ]
    again = parse(JSON.render(once).encode())
    assert JSON.render(again) == JSON.render(once)


def without(table, keys):
    if isinstance(table, dict):
        return {key: without(value, keys) for key, value in table.items() if key not in keys}
    return [without(entry, keys) for entry in table] if isinstance(table, list) else table


def test_keys_that_came_later_may_be_missing():
    report = parse(without(document(SAMPLES["compared"]), LATER))
    assert (report.project, report.rounds, report.fail_on) == (None, 1, Severity.ERROR)
    assert (report.comparison, report.notes) == (None, ())
    assert {(each.started_s, each.waited_s) for each in report.probes} == {(0.0, 0.0)}


def test_keys_that_this_version_does_not_know_are_ignored():
    written = document()
    written["mood"] = {"deep": [1]}
    for probe in written["probes"]:
        probe["colour"] = "red"
        for found in probe["findings"]:
            found["fixes"] = None
    assert parse(written) == parse(document())


def test_the_summary_is_counted_and_not_believed():
    written = document() | {"summary": {"pass": 99}}
    assert parse(written).summary[Outcome.PASS] == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, expected a JSON report"),
        (b" \n", "is empty, expected a JSON report"),
        (b"\xff\xfe{\x00", "is not UTF-8, as JSON must be; `-o json=FILE` writes it so whatever"),
        (b'{"environment": "\xff"}', "is not UTF-8"),
        (b"no json", "is not JSON, expected a JSON report"),
        (b'{"schema_version": 1', "is not JSON, expected a JSON report"),
        (b'{"schema_version": NaN}', "is not JSON"),
        (b"[" * 100_000, "holds tables within tables without end"),
        (b'{"a":' * 100_000, "holds tables within tables without end"),
        (b"[]", "found a list, expected a JSON report"),
        (b'"text"', "found 'text', expected a JSON report"),
        (b"null", "found null, expected a JSON report"),
    ],
)
def test_what_is_no_json_report_is_one_sentence(content, message):
    (problem,) = told(content)
    assert problem.startswith(f"old.json: {message}")


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({}, "is missing, expected 1: this is no JSON report of netra-validate"),
        ({"version": "2.1.0", "runs": []},
         "is missing, expected 1: this is no JSON report of netra-validate"),
        ({"schema_version": 2}, "found 2, expected 1: it was written by a newer netra-validate"),
        ({"schema_version": 0}, "found 0, expected 1"),
        ({"schema_version": True}, "found true, expected 1"),
        ({"schema_version": "1"}, "found '1', expected 1"),
        ({"schema_version": 1.0}, "found 1.0, expected 1"),
        ({"schema_version": None}, "found null, expected 1"),
    ],
)  # fmt: skip
def test_another_version_is_not_read_any_further(given_, message):
    assert told(given_) == [f"old.json: schema_version: {message}"]


def test_everything_that_is_wrong_is_told_at_once():
    written = document()
    del written["started_at"]
    written["status"] = "good"
    written["tool"]["name"] = "other"
    written["duration_s"] = -1
    written["rounds"] = 0
    written["comparison"] = []
    first, second = written["probes"][:2]
    first["outcome"] = "fine"
    first["findings"][0] |= {"severity": "fatal", "location": {"path": 5, "line": 0}}
    second["id"] = "no slash"
    second["resource"] = None
    second["explained_by"] = "health"
    assert told(written) == [
        "old.json: tool.name: found 'other', expected one of 'netra-validate'",
        "old.json: started_at: is missing, expected a time such as 2026-01-01T00:00:00Z",
        "old.json: duration_s: found -1, expected a number >= 0.0",
        "old.json: status: found 'good', expected one of 'passed', 'failed', 'unverified'",
        (
            "old.json: probes.0.outcome: found 'fine', expected one of 'pass', 'warn', 'fail', "
            "'error', 'skip'"
        ),
        (
            "old.json: probes.0.findings.0.severity: found 'fatal', expected one of 'note', "
            "'warning', 'error'"
        ),
        "old.json: probes.0.findings.0.location.path: found 5, expected text in quotes",
        "old.json: probes.0.findings.0.location.line: found 0, expected a whole number >= 1",
        "old.json: probes.1.id: found 'no slash', expected text such as health/backend",
        "old.json: probes.1.resource: found null, expected a table",
        "old.json: probes.1.explained_by: found 'health', expected a list",
        "old.json: rounds: found 0, expected a whole number >= 1",
        "old.json: comparison: found a list, expected a table",
    ]


def test_what_may_be_missing_is_not_null_all_the_same():
    assert told(document() | {"rounds": None, "notes": [None]}) == [
        "old.json: rounds: found null, expected a whole number",
        "old.json: notes.0: found null, expected text in quotes",
    ]


def test_what_may_be_null_is_taken_where_something_else_is_wrong():
    assert told(document() | {"environment": None, "comparison": None, "status": None}) == [
        "old.json: status: found null, expected one of 'passed', 'failed', 'unverified'"
    ]


@pytest.mark.parametrize(("facts", "found"), [(5, "5"), (None, "null"), ([], "a list")])
def test_of_a_table_of_tables_the_wrong_one_is_named(facts, found):
    written = document()
    written["root_causes"][0]["rests_on"] = {"health/backend": {}, "a/b": facts}
    assert told(written) == [
        f'old.json: root_causes.0.rests_on."a/b": found {found}, expected a table'
    ]


def test_a_command_without_a_word_is_none():
    written = document()
    found = next(each for each in written["probes"] if each["findings"])["findings"][0]
    found["remediation"]["commands"][0] |= {"argv": [], "undo": []}
    assert [each.partition("commands.0.")[2] for each in told(written)] == [
        "argv: found an empty list, expected a list of at least one text",
        "undo: found an empty list, expected a list of at least one text",
    ]


def test_a_file_full_of_mistakes_does_not_fill_the_screen():
    problems = told(document() | {"probes": [{}] * 1_000})
    assert len(problems) == 21
    assert problems[-1].startswith("old.json: and ")


def test_no_time_without_a_zone_is_believed():
    assert told(document() | {"started_at": "2026-01-01T00:00:00"}) == [
        (
            "old.json: started_at: found '2026-01-01T00:00:00', "
            "expected a time such as 2026-01-01T00:00:00Z"
        )
    ]


KEYS = sorted({"schema_version", *document(), *document()["probes"][0], "path", "line", "rule"})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.data())
@QUIET
def test_a_report_with_anything_anywhere_is_read_or_refused(data):
    written = document()
    table = data.draw(
        st.sampled_from([written, written["probes"][0], written["probes"][0]["findings"][0]])
    )
    key = data.draw(st.sampled_from(sorted(table)))
    table[key] = data.draw(ANYTHING)
    try:
        parse(written)
    except UnreadableReport as refused:
        for problem in refused.problems:
            assert str(problem).isprintable()


@given(st.binary(max_size=200))
@QUIET
def test_any_bytes_are_refused_in_a_sentence(content):
    assert all(each.startswith("old.json: ") for each in told(content))


def test_what_strangers_wrote_is_scrubbed_on_its_way_in():
    written = document()
    bad = "\x1b[31mred\x07 password=hunter2hunter2 \u202egnp.exe\n::error::"
    written |= {"environment": bad, "project": bad, "region": bad, "candidates": [bad]}
    written["notes"] = [bad]
    written["tool"]["version"] = bad
    thing = {"kind": bad, "name": bad}
    written["probes"][0] |= {
        "id": f"a/{bad}", "check": bad, "resource": thing, "reason": bad, "explained_by": [bad],
        "observations": {"db_password": "hunter2hunter2"},
    }  # fmt: skip
    written["probes"][0]["findings"][0] |= {
        "rule": f"a.{bad}", "fingerprint": bad, "explained_by": [bad], "explains": [bad],
        "message": bad, "location": {"path": bad}, "waived": bad, "evidence": {"x": [bad]},
        "remediation": {"summary": bad, "commands": [{"argv": [bad], "effect": "reads"}]},
    }  # fmt: skip
    written["root_causes"][0] |= {
        **{key: [bad] for key in ("explains", "findings", "ruled_out", "not_ruled_out")},
        "probe": f"a/{bad}", "why": bad, "rests_on": {bad: {"x": bad}}, "leaves_unverified": [bad],
        "changed": [{"at": "2026-01-01T00:00:00Z", "what": bad, "resource": thing}],
    }  # fmt: skip
    shown = repr(parse(written))
    assert "hunter2" not in shown
    for control in ("\\x1b", "\\x07", "\\u202e", "\\n"):
        assert control not in shown


def test_a_text_without_end_is_cut():
    written = document()
    written["probes"][0]["findings"][0]["message"] = "x " * 100_000
    assert len(parse(written).probes[0].findings[0].message) == 2_000


def test_a_file_is_read(tmp_path):
    file = tmp_path / "old.json"
    for start in (b"", b"\xef\xbb\xbf"):
        file.write_bytes(start + JSON.render(incident()).encode())
        assert recorded.read(file).status is Status.FAILED


def refused(path):
    with pytest.raises(UnreadableReport) as caught:
        recorded.read(path)
    (problem,) = caught.value.problems
    return str(problem)


def test_a_file_that_is_not_there_is_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError):
        recorded.read(tmp_path / "none.json")


def test_a_folder_is_refused(tmp_path):
    assert refused(tmp_path) == f"{tmp_path}: cannot be read: Is a directory"


def test_a_name_with_nul_is_refused():
    assert refused(Path("a\0b")).startswith("a b: cannot be read: ")


def test_a_file_that_is_too_large_is_refused_without_reading_on(tmp_path):
    file = tmp_path / "large.json"
    with file.open("wb") as opened:
        opened.truncate(recorded.MAX_BYTES + 1)
    assert refused(file) == f"{file}: is larger than 64 MiB, expected a JSON report"


def test_a_stream_that_breaks_is_refused():
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(UnreadableReport, match="standard input: cannot be read: Input/output"):
        recorded.read_from(Broken(), "standard input")


def test_many_findings_are_read(tmp_path):
    large = SAMPLES["crowded"](10_000)
    report = parse(JSON.render(large).encode())
    assert len(report.probe("domains/repo").findings) == 10_000
