import pytest

from checks.startup_logs.levels import Level, level, level_of_entry
from netra_validate.clients.google.log_entries import STDERR, Entry
from netra_validate.sandbox.world import CREATED_AT


def level_of(line, severity="DEFAULT", text=None):
    return level(level_of_entry(Entry(CREATED_AT, text or line, severity, STDERR, "i1")), line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("INFO:     Application startup complete.", Level.CALM),
        ("WARNING:root:connection timed out", Level.MILD),
        ("2025-09-01 08:30:07,113 INFO  db: connection timed out, retry 1 of 5", Level.CALM),
        ("2025-09-01 08:30:07,113 - netra.db - WARNING - timed out", Level.MILD),
        ("2025-09-01T08:30:07.113Z WARN  netra::db > timed out", Level.MILD),
        ("2025-09-01 08:30:07.113 | ERROR    | app.db:connect:12 - timed out", Level.BAD),
        ("[2025-09-01 08:30:05 +0000] [1] [INFO] Starting gunicorn 23.0.0", Level.CALM),
        ("2025-09-01T08:30:07Z [warning  ] timed out", Level.MILD),
        ("\x1b[32mINFO\x1b[0m:     ready", Level.CALM),
        ("Sep 01 08:30:07 netra app[1]: ERROR timed out", Level.BAD),
        ("time=2025-09-01T08:30:07Z level=warning msg=timed", Level.MILD),
        ("warn: retrying", Level.MILD),
        ("error: it failed", Level.BAD),
        ("database connection timed out", None),
        ("NOTICE: ready", Level.CALM),
        ("result=error msg=timed", None),
        ("LEVEL=warning msg=timed", Level.MILD),
        ("please pass this info on", None),
        ("its own error: it failed", None),
        ("what a user says of an ERROR", None),
        ("", None),
    ],
)
def test_the_level_stands_behind_times_and_names(line, expected):
    assert level_of(line) is expected


def test_the_milder_of_entry_and_line_counts():
    assert level_of("it timed out", "WARNING") is Level.MILD
    assert level_of("ERROR: it timed out", "INFO") is Level.CALM
    assert level_of("WARNING: it timed out", "ERROR") is Level.MILD


def test_a_structured_entry_has_its_level_in_a_field():
    text = "event=it timed out\nlevel=warning"
    assert level_of("event=it timed out", text=text) is Level.MILD
    assert level_of("event=it timed out", text="event=it timed out\nlevel=9") is None
    assert level_of("event=it timed out", text="event=it timed out\nLEVEL=Warning") is Level.MILD


def test_a_level_far_behind_is_none_of_the_line():
    assert level_of(f"{'1 ' * 20}ERROR: it timed out") is Level.BAD
    assert level_of(f"{'1 ' * 200}ERROR: it timed out") is None
