"""From faults of endpoints to findings that a person reads: alike faults are told together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.health.faults import Fault
from checks.health.judging import Assessment
from netra_validate import Sign

_OUTAGE = frozenset({"bad-status", "unhealthy"})
"""Rules whose sentence says so when no endpoint is available."""

_MOST_DETAILS = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Endpoints with the same fault."""

    rule: str
    assessments: tuple[Assessment, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Of each endpoint."""
        return tuple(found.fault for found in self.assessments if found.fault is not None)

    @property
    def labels(self) -> tuple[str, ...]:
        """The endpoints' names."""
        return tuple(found.label for found in self.assessments)

    @property
    def url(self) -> str:
        """One address to try by hand."""
        return self.assessments[0].answer.question.url

    def message(self, name: str, *, all_down: bool) -> str:
        """One sentence about the service ``name``."""
        subject = f"{name} is unavailable: it" if all_down and self.rule in _OUTAGE else name
        return (
            f"{subject} {self.faults[0].says} {listed(self.labels)}{self._after()}{self._detail()}"
        )

    def _after(self) -> str:
        """How long the slowest took."""
        seconds = max((fault.after_s or 0.0 for fault in self.faults), default=0.0)
        if seconds < 0.0005:  # noqa: PLR2004 - what rounds to 0 ms tells nothing
            return ""
        return f" after {seconds:.1f} s" if seconds >= 1 else f" after {seconds * 1000:.0f} ms"

    def _detail(self) -> str:
        """What the sentence ends in, told once where it is the same."""
        first, *more = dict.fromkeys(fault.detail for fault in self.faults)
        if self.rule == "unreachable":  # the same of every endpoint, but for the seconds
            return first
        return first + "".join(f"; {each.lstrip(': ')}" for each in more[: _MOST_DETAILS - 1])

    @property
    def shows(self) -> frozenset[Sign] | None:
        """What is seen to fail at any of them; None where the rule says it as well."""
        told = [fault.shows for fault in self.faults if fault.shows is not None]
        return frozenset().union(*told) if told else None

    def evidence(self) -> dict[str, object]:
        """What all endpoints share, then what each one showed."""
        shared = dict(self.faults[0].evidence)
        for fault in self.faults[1:]:
            shared = {
                key: value for key, value in shared.items() if fault.evidence.get(key) == value
            }
        responses = [found.answer.response for found in self.assessments]
        given = [response for response in responses if response is not None]
        facts: dict[str, object] = {}
        if given:
            facts["status"] = given[0].status
            facts["latency_s"] = round(max(response.latency_s for response in given), 3)
            facts["attempts"] = max(response.attempts for response in given)
        facts |= {key: value for key, value in shared.items() if value is not None}
        if len(self.assessments) > 1:
            facts["paths"] = {found.label: _row(found) for found in self.assessments}
        return facts


def grouped(assessments: Sequence[Assessment]) -> Iterator[Group]:
    """The faults, those that read alike together, in the order of the endpoints."""
    groups: dict[tuple[str, str], list[Assessment]] = {}
    for found in assessments:
        fault = found.fault
        if fault is not None:
            groups.setdefault((fault.rule, fault.says), []).append(found)
    for (rule, _), members in groups.items():
        yield Group(rule, tuple(members))


def all_down(assessments: Sequence[Assessment]) -> bool:
    """Whether every endpoint is known to be down."""
    return all(found.is_down for found in assessments)


def partial(assessments: Sequence[Assessment]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The endpoints that are available and those that are not; None where it is all or nothing.

    Those that told us nothing are neither.
    """
    up = tuple(found.label for found in assessments if found.is_available)
    down = tuple(found.label for found in assessments if found.is_down)
    return (up, down) if up and down else None


def listed(labels: Sequence[str]) -> str:
    """``/a``, ``/a and /b``, ``/a, /b and /c``."""
    *most, last = labels
    return f"{', '.join(most)} and {last}" if most else last


def _row(found: Assessment) -> Mapping[str, object]:
    response = found.answer.response
    row: dict[str, object] = {}
    if response is not None:
        row["latency_s"] = round(response.latency_s, 3)
    row |= found.fault.evidence if found.fault else {}
    return {key: value for key, value in row.items() if value is not None}
