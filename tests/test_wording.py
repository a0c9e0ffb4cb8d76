from math import nan

import pytest

from netra_validate.wording import counted, duration, facts, number


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"), (0.0004, "0 ms"), (0.21, "210 ms"), (0.9994, "999 ms"), (0.9996, "1 s"),
        (1.93, "1.9 s"), (2, "2 s"), (59.94, "59.9 s"), (59.96, "1 min"), (125, "2 min 5 s"),
        (3600, "60 min"), (7199, "119 min 59 s"), (7230, "2 h"), (12_000, "3 h 20 min"),
        (172_700, "47 h 58 min"), (172_800, "2 days"), (190_000, "2 days 5 h"),
        (641_226 * 60 + 42, "445 days"),
    ],
)  # fmt: skip
def test_durations_read_as_people_say_them(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("state", "READY", ["state READY"]),
        ("latency_ms", 142.4, ["latency 142 ms"]),
        ("latency_ms", 2100, ["latency 2.1 s"]),
        ("connect_s", 15, ["connect 15 s"]),
        ("disk_ratio", 0.413, ["disk 41.3 %"]),
        ("body_bytes", 65536, ["body 65536 bytes"]),
        ("throughput_mbps", 300, ["throughput 300 Mbps"]),
        ("expires_days", 12.0, ["expires 12 days"]),
        ("max_connections", 100, ["max connections 100"]),
        ("load", 1234.5, ["load 1234"]),
        ("load", 0.12345, ["load 0.123"]),
        ("attached", True, ["attached yes"]),
        ("attached", False, ["attached no"]),
        ("unknown", None, []),
        ("session", {"role": "app", "application": ""}, ["session role app"]),
        ("reason", "", []),
        ("latency_ms", "n/a", ["latency ms n/a"]),
        ("latency_ms", nan, ["latency ms nan"]),
        ("count", 10**400, [f"count 1{'0' * 78}…"]),
        ("first", "2025-09-01T08:35:03+02:00", ["first 2025-09-01 06:35:03 UTC"]),
        ("since", "2025-09-01T08:35:03.123Z", ["since 2025-09-01 08:35:03 UTC"]),
        ("since", "2025-09-41T08:35:03Z", ["since 2025-09-41T08:35:03Z"]),
        ("at", {"began": "0001-01-01T00:00:00+14:00"}, ["at began 0001-01-01 00:00:00 UTC"]),
        ("networks", [], ["networks none"]),
        ("networks", ["a", "b"], ["networks a, b"]),
        ("networks", list("abcde"), ["networks a, b, c and 2 more"]),
        (
            "hosts",
            {"a_b.example": 12, "c": None, "d": {"a_s": 2}},
            ["hosts a_b.example 12, d a 2 s"],
        ),
        ("text", "x" * 99, [f"text {'x' * 79}…"]),
        ("texts", ["x" * 99], [f"texts {'x' * 79}…"]),
        ("texts", ["x" * 50, "y" * 50], [f"texts {'x' * 50}, {'y' * 27}…"]),
    ],
)
def test_facts_read_as_people_say_them(key, value, shown):
    assert list(facts({key: value})) == shown


def test_counts_have_their_thousands_apart():
    assert number(24650) == "24 650"
    assert counted(1, "file") == "1 file"
    assert counted(0, "file") == "0 files"
    assert counted(2, "probe") == "2 probes"
