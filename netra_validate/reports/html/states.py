"""How things stand, as the page shows it: a sign, a word and a colour, never a colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from netra_validate.causes import is_waived
from netra_validate.model import Finding, Outcome, ProbeResult, Severity, Status


@dataclass(frozen=True, slots=True)
class State:
    """One way things can stand."""

    name: str
    """Of its class in the style sheet."""
    sign: str
    label: str


OUTCOMES: Final[Mapping[Outcome, State]] = {
    Outcome.FAIL: State("fail", "✗", "failed"),
    Outcome.ERROR: State("error", "?", "not verified"),
    Outcome.WARN: State("warn", "!", "warning"),
    Outcome.PASS: State("pass", "✓", "passed"),
    Outcome.SKIP: State("skip", "–", "skipped"),  # noqa: RUF001 - a dash, drawn
}
"""Of a probe, by its outcome alone."""

WAIVED: Final = State("waived", "~", "waived")
"""Of what is known and accepted for a time."""

UNSEEN: Final = State("unseen", "–", "not looked at")  # noqa: RUF001 - a dash, drawn
"""Of a resource that no probe has looked at."""

SEVERITIES: Final[Mapping[Severity, State]] = {
    Severity.ERROR: State("fail", "✗", "error"),
    Severity.WARNING: State("warn", "!", "warning"),
    Severity.NOTE: State("note", "•", "note"),
}
"""Of a finding."""

VERDICTS: Final[Mapping[Status, State]] = {
    Status.PASSED: State("pass", "✓", "FIT"),
    Status.FAILED: State("fail", "✗", "NOT FIT"),
    Status.UNVERIFIED: State("error", "?", "NOT VERIFIED"),
}
"""Of the environment."""

PROBES: Final = (
    OUTCOMES[Outcome.FAIL],
    OUTCOMES[Outcome.ERROR],
    OUTCOMES[Outcome.WARN],
    WAIVED,
    OUTCOMES[Outcome.PASS],
    OUTCOMES[Outcome.SKIP],
)
"""What a probe can be, the worst first."""

WORST_FIRST: Final = (*PROBES[:-1], UNSEEN)
"""What a resource can be."""


def of_probe(probe: ProbeResult) -> State:
    """That of its outcome, unless all that is wrong is waived."""
    return WAIVED if is_waived(probe) else OUTCOMES[probe.outcome]


def of_finding(found: Finding) -> State:
    """That of its severity, unless it is waived."""
    return WAIVED if found.waived is not None else SEVERITIES[found.severity]


def of_resource(probes: Iterable[ProbeResult]) -> State:
    """The worst among its probes. One that was skipped has not looked."""
    states = {of_probe(probe) for probe in probes}
    return next((state for state in WORST_FIRST if state in states), UNSEEN)
