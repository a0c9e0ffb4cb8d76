import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from math import inf, nan

import pytest
from hostile_reports import reports
from hypothesis import HealthCheck, given, settings
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
from report_samples import SAMPLES, healthy, incident, probe, report

from netra_validate.diagnosis import fails
from netra_validate.model import (
    Change,
    Finding,
    Outcome,
    Plane,
    Report,
    ResourceRef,
    Severity,
    Status,
)
from netra_validate.reports import FORMATS, Display
from netra_validate.reports.openmetrics import render
from netra_validate.reports.openmetrics.observations import MOST, numbers

FORMAT = FORMATS["openmetrics"]


def read(document):
    """Every series with its value, by the official parser; no series twice."""
    samples = [
        (sample.name.removeprefix("netra_validate_"), frozenset(sample.labels.items()), sample)
        for family in openmetrics(document)
        for sample in family.samples
    ]
    assert max(Counter(sample[:2] for sample in samples).values()) == 1
    assert all(sample.timestamp is None for _, _, sample in samples)
    return {(name, labels): sample.value for name, labels, sample in samples}


def value(series, name, /, **labels):
    (found,) = (
        value
        for (its, carried), value in series.items()
        if its == name and frozenset(labels.items()) <= carried
    )
    return found


def observed(**facts):
    return numbers(facts)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_as_recorded_and_accepted(name, golden):
    document = FORMAT.render(SAMPLES[name](*([8] if name == "crowded" else [])))
    read(document)
    assert document.endswith("\n# EOF\n")
    golden(f"{name}.prom", document)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_reads_the_older_format_reads_the_same(name):
    document = FORMAT.render(SAMPLES[name]())
    older = {
        (
            sample.name.removeprefix("netra_validate_"),
            frozenset(sample.labels.items()),
        ): sample.value
        for family in prometheus(document)
        for sample in family.samples
    }
    assert older == read(document)
    # The node exporter knows no other types of OpenMetrics, nor timestamps.
    types = {line.split()[3] for line in document.splitlines() if line.startswith("# TYPE")}
    assert types == {"gauge"}


@pytest.mark.skipif(not shutil.which("promtool"), reason="there is no promtool here")
@pytest.mark.parametrize("name", SAMPLES)
def test_promtool_has_nothing_to_say(name):
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=FORMAT.render(SAMPLES[name]()).encode(),
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_probe_has_one_outcome_and_what_counts_is_told_apart():
    waived = probe(
        "c/x", Plane.DATA, "service",
        findings=(
            Finding("c.a", Severity.ERROR, "m", waived="until the move"),
            Finding("c.a", Severity.ERROR, "n", waived="until the move"),
            Finding("c.a", Severity.WARNING, "o"),
        ),
    )  # fmt: skip
    made = report((waived,), Status.PASSED, 0)
    series = read(FORMAT.render(made))
    assert {each: value(series, "probe_outcome", outcome=each) for each in Outcome} == {
        Outcome.PASS: 0, Outcome.WARN: 0, Outcome.FAIL: 1, Outcome.ERROR: 0, Outcome.SKIP: 0,
    }  # fmt: skip
    assert value(series, "probe_failing") == 0
    assert value(series, "probe_findings", severity="error", waived="true", rule="c.a") == 2
    assert value(series, "probe_findings", severity="warning", waived="false", rule="c.a") == 1
    series = read(FORMAT.render(replace(made, fail_on=Severity.WARNING)))
    assert value(series, "probe_failing") == 1


def test_root_causes_times_and_attempts_are_there():
    series = read(FORMAT.render(incident()))
    causes = {
        dict(labels)["check"]: value
        for (name, labels), value in series.items()
        if name == "probe_root_cause"
    }
    assert causes["vpc-connector"] == 1
    assert sum(causes.values()) == 1
    labels = {
        "environment": "staging", "check": "health", "kind": "service", "resource": "backend",
    }  # fmt: skip
    assert value(series, "probe_attempts", **labels) == 3
    assert value(series, "probe_duration_seconds", **labels) == 0.21
    assert value(series, "probe_waited_seconds", **labels) == 0.1


def test_the_run_as_a_whole_is_there_even_where_nothing_was_examined():
    series = read(FORMAT.render(SAMPLES["empty"]()))
    assert {each: value(series, "run_status", status=each) for each in Status} == {
        Status.PASSED: 0, Status.FAILED: 0, Status.UNVERIFIED: 1,
    }  # fmt: skip
    assert value(series, "run_exit_code") == 3
    assert value(series, "run_start_timestamp_seconds") == 1767270605.25
    assert value(series, "run_duration_seconds") == 0.012
    assert value(series, "run_info", version="0.1.0", fail_on="error", project="") == 1
    assert {name.split("_")[0] for name, _ in series} == {"run"}


def test_a_time_without_zone_is_utc():
    aware, naive = (
        replace(healthy(), started_at=datetime(2026, 1, 1, tzinfo=zone)) for zone in (UTC, None)
    )
    assert FORMAT.render(aware) == FORMAT.render(naive)


def test_changes_are_counted_where_there_is_a_baseline():
    series = read(FORMAT.render(SAMPLES["compared"]()))
    assert [value(series, "run_changes", change=each) for each in Change] == [1, 1, 1, 1, 1]
    assert value(series, "run_rounds") == 3
    assert not any(name == "run_changes" for name, _ in read(FORMAT.render(incident())))


def test_observations_are_in_base_units():
    assert observed(
        latency_ms=2100.4, took_s=2, age_minutes=3, left_hours=2, left_days=30, disk_ratio=0.41,
        full_percent=92, size_bytes=5, a_kb=1, b_mb=2, c_gb=3, d_kib=1, e_mib=1, f_gib=1,
        throughput_mbps=300, status=200, attached=True, gone_ms=False,
    ) == {
        ("seconds", "latency"): 2.1004, ("seconds", "took"): 2, ("seconds", "age"): 180,
        # Two that are the same but for the unit: the first counts.
        ("seconds", "left"): 2592000, ("ratio", "disk"): 0.41, ("ratio", "full"): 0.92,
        ("bytes", "size"): 5, ("bytes", "a"): 1000, ("bytes", "b"): 2e6, ("bytes", "c"): 3e9,
        ("bytes", "d"): 1024, ("bytes", "e"): 1048576, ("bytes", "f"): 1073741824,
        ("", "throughput_mbps"): 300, ("", "status"): 200, ("", "attached"): 1,
        ("", "gone_ms"): 0,
    }  # fmt: skip


def test_observations_reach_the_document_under_their_unit():
    series = read(FORMAT.render(healthy()))
    labels = {"check": "health", "kind": "service", "resource": "backend"}
    assert value(series, "observation_seconds", name="latency", **labels) == 0.1424
    assert value(series, "observation", name="status", **labels) == 200
    assert value(series, "observation_ratio", name="disk", check="cloud-sql") == 0.41
    assert value(series, "observation", name="attached", check="cloud-sql") == 1


def test_a_table_gives_the_names_of_its_numbers():
    assert observed(connections={"max": 100, "open_ms": 4, "why": "flag", "all": {"a": 1}}) == {
        ("", "connections.max"): 100, ("seconds", "connections.open"): 0.004,
    }  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [
        {"text": "12"}, {"nothing": None}, {"list": [1, 2]}, {"nan": nan}, {"inf": inf},
        {"less": -inf}, {"immense": 10**400}, {"immense_gib": 1.7e308}, {"api.example.com": 1},
        {"hosts": {"api.example.com": 1, "A": 2, "": 3}}, {"x" * 101: 1}, {"_s": 1}, {"a\n": 1},
    ],
)  # fmt: skip
def test_what_is_no_number_with_a_name_is_left_out(facts):
    assert numbers(facts) == {}


def test_whole_numbers_stay_exact():
    assert observed(size_bytes=2**53 - 1) == {("bytes", "size"): 2**53 - 1}


def test_there_is_an_end_to_the_series():
    assert len(numbers({f"n{count}": count for count in range(10_000)})) == MOST


def test_names_that_cannot_be_told_apart_are_numbered():
    names = ["a  2", "a\x00", "a\x01", "a " + "x" * 300, "a " + "x" * 301]
    probes = tuple(
        replace(probe(f"c/{count}", Plane.DATA, "service"), resource=ResourceRef("service", name))
        for count, name in enumerate(names)
    )
    # Not through the second lock: this is about what the format itself can take.
    series = read(render(report(probes, Status.FAILED, 1), Display()))
    resources = [dict(labels)["resource"] for name, labels in series if name == "probe_attempts"]
    assert len(set(resources)) == len(names)


def test_labels_are_ascii_where_nothing_else_can_be_written():
    made = replace(healthy(), environment='bühne "1" \\n')
    series = read(FORMAT.render(made, Display(unicode=False)))
    assert value(series, "run_exit_code", environment='b\\xfchne "1" \\n') == 0
    series = read(FORMAT.render(made))
    assert value(series, "run_exit_code", environment='bühne "1" \\n') == 0


def test_no_character_breaks_a_label():
    every = "".join(map(chr, [*range(0x300), *range(0xD7F0, 0xE010), *range(0xFDD0, 0x10010)]))
    for start in range(0, len(every), 100):
        nasty = f'"}} 1\n# EOF{every[start : start + 100]}{chr(sys.maxunicode)}'
        made = replace(healthy(), environment=nasty, project=nasty, region=nasty, version=nasty)
        assert len(read(render(made, Display()))) == len(read(FORMAT.render(healthy())))


def test_the_order_in_which_things_happened_does_not_show():
    first = SAMPLES["crowded"](40)
    turned = replace(
        first,
        root_causes=first.root_causes[::-1],
        probes=tuple(
            replace(
                result,
                observations=dict(reversed(result.observations.items())),
                findings=result.findings[::-1],
            )
            for result in first.probes[::-1]
        ),
    )
    assert FORMAT.render(turned) == FORMAT.render(first)


def test_ten_thousand_findings_are_a_few_series():
    series = read(FORMAT.render(SAMPLES["crowded"](10_000)))
    assert value(series, "probe_findings", rule="domains.retired-host") == 10_000
    assert len(series) < 50


@given(reports())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_neither_breaks_the_document_nor_loses_a_probe(hostile: Report):
    document = render(hostile, Display())
    series = read(document)
    assert document.encode().endswith(b"# EOF\n")
    assert list(prometheus(document))

    def total(wanted):
        return sum(value for (name, _), value in series.items() if name == wanted)

    assert total("probe_outcome") == len(hostile.probes)
    assert total("probe_failing") == sum(fails(each, hostile.fail_on) for each in hostile.probes)
    assert total("probe_findings") == sum(len(each.findings) for each in hostile.probes)
    assert not any(value != value for value in series.values())  # noqa: PLR0124 - NaN
