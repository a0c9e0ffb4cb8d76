"""What is worth knowing about a service's health, good or bad: for the report's observations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checks.health.bodies import Part, Reading
from checks.health.judging import Assessment


def facts(assessments: Sequence[Assessment]) -> dict[str, object]:
    """The observations. Simple ones for people first, then the whole per endpoint."""
    answered = [found.answer.response for found in assessments]
    responses = [response for response in answered if response is not None]
    readings = [found.reading for found in assessments]
    # People see the first few.
    observed: dict[str, object] = {
        "status": _single(str(response.status) for response in responses),
        "says": _single(reading.says for reading in readings),
        "latency_ms": max((_ms(response.latency_s) for response in responses), default=None),
        "cold_start_s": max(
            (found.cold_start_s for found in assessments if found.cold_start_s is not None),
            default=None,
        ),
        "service": _single(reading.service for reading in readings),
        "version": _single(reading.version for reading in readings),
        "environment": _single(reading.environment for reading in readings),
        "dependencies": _dependencies(readings),
        "availability": availability(assessments),
        "attempts": max((n for n in (r.attempts for r in responses) if n > 1), default=None),
        "paths": {found.label: _row(found) for found in assessments},
    }
    return {name: value for name, value in observed.items() if value is not None}


def availability(assessments: Sequence[Assessment]) -> str:
    """One endpoint down is not the service down."""
    up = [found for found in assessments if found.is_available]
    if len(up) == len(assessments):
        return "available"
    if not any(found.is_down for found in assessments):
        return "unknown"
    return "partial" if up else "unavailable"


def _dependencies(readings: Iterable[Reading]) -> dict[str, str] | None:
    """Every dependency with the worst that is said of it."""
    worst: dict[str, Part] = {}
    for part in (part for reading in readings for part in reading.parts):
        known = worst.setdefault(part.name, part)
        if (part.verdict or 0) > (known.verdict or 0):
            worst[part.name] = part
    return {name: part.says for name, part in worst.items()} or None


def _row(found: Assessment) -> dict[str, object]:
    response = found.answer.response
    if response is None:
        return {"error": found.answer.error.message if found.answer.error else None}
    row: dict[str, object] = {
        "status": response.status,
        "latency_ms": _ms(response.latency_s),
        "says": found.reading.says,
    }
    return {name: value for name, value in row.items() if value is not None}


def _single(values: Iterable[str | None]) -> str | None:
    """The value that all agree on, or all that there are."""
    return ", ".join(dict.fromkeys(value for value in values if value)) or None


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
