"""The mark and the colour of each outcome and severity. No two differ in colour alone."""

from __future__ import annotations

from typing import Final

from netra_validate.model import Outcome, Severity, Status

OUTCOMES: Final = {
    Outcome.PASS: ("✓", "green"),
    Outcome.WARN: ("!", "yellow"),
    Outcome.FAIL: ("✗", "bold red"),
    Outcome.ERROR: ("?", "bold yellow"),
    Outcome.SKIP: ("–", "dim"),  # noqa: RUF001 - a dash, drawn
}
"""The mark of a probe, and its style."""

SEVERITIES: Final = {
    Severity.ERROR: ("✗", "bold red"),
    Severity.WARNING: ("!", "yellow"),
    Severity.NOTE: ("•", "cyan"),
}
"""The mark of a finding, and its style."""

WAIVED: Final = ("~", "dim")
"""The mark of a finding that is known and accepted for a time, and its style."""

VERDICTS: Final = {
    Status.PASSED: "bold green",
    Status.FAILED: "bold red",
    Status.UNVERIFIED: "bold yellow",
}
"""The style of each status."""
