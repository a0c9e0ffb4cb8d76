"""From faults of endpoints to findings that a person reads: alike faults are told together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.health.faults import Fault
from checks.health.judging import Assessment
from netra_validate import Sign
from netra_validate.wording import enumerated

_OUTAGE = frozenset({"bad-status", "unhealthy"})
"""Rules whose sentence says so when no endpoint is available."""

_MOST_DETAILS = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Endpoints with the same fault."""

    rule: str
    assessments: tuple[Assessment, ...]
    faults: tuple[Fault, ...]
    """Of each endpoint."""
    beside: bool = False
    """Whether the same endpoints have another fault by the same rule."""

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
        said = f"{self.faults[0].says} {enumerated(self.labels)}"
        return f"{subject} {said}{self._after()}{self._detail()}"

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
    def identity(self) -> str:
        """What tells it from the service's other findings by the same rule."""
        labels = " ".join(sorted(self.labels))
        return f"{labels}/{' '.join(sorted(self.shows or ()))}" if self.beside else labels

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
            asked = zip(self.assessments, self.faults, strict=True)
            facts["paths"] = {found.label: _row(found, fault) for found, fault in asked}
        return facts


def grouped(assessments: Sequence[Assessment]) -> Iterator[Group]:
    """The faults, those that read alike and show the same together, as the endpoints come."""
    alike: dict[object, list[tuple[Assessment, Fault]]] = {}
    for found in assessments:
        for fault in found.faults:
            alike.setdefault((fault.rule, fault.says, fault.shows), []).append((found, fault))
    told: set[tuple[str, tuple[str, ...]]] = set()
    for members in alike.values():
        asked, faults = zip(*members, strict=True)
        group = Group(faults[0].rule, asked, faults)
        yield replace(group, beside=(group.rule, group.labels) in told)
        told.add((group.rule, group.labels))


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


def _row(found: Assessment, fault: Fault) -> Mapping[str, object]:
    response = found.answer.response
    row: dict[str, object] = {}
    if response is not None:
        row["latency_s"] = round(response.latency_s, 3)
    row |= fault.evidence
    return {key: value for key, value in row.items() if value is not None}
