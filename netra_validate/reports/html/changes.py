"""What is different from the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from netra_validate.grouping import place
from netra_validate.model import Change, Comparison, Difference, Outcome
from netra_validate.reports.html import texts
from netra_validate.reports.html.states import OUTCOMES, UNSEEN, State
from netra_validate.reports.html.texts import cut
from netra_validate.wording import number, utc

_MOST_LINES: Final = 25
"""Of one kind of change."""

_KINDS: Final[Mapping[Change, tuple[State, str, str]]] = {
    Change.NEWLY_FAILING: (OUTCOMES[Outcome.FAIL], "Newly failing", "good or unseen before"),
    Change.STILL_FAILING: (OUTCOMES[Outcome.FAIL], "Still failing", "as before"),
    Change.MENDED: (OUTCOMES[Outcome.PASS], "Mended", "looked at and found good"),
    Change.NEWLY_UNVERIFIED: (
        OUTCOMES[Outcome.ERROR], "Newly unverified", "could be verified before",
    ),
    Change.NO_LONGER_SEEN: (UNSEEN, "No longer seen", "failed before; nobody could look"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One line."""

    message: str
    probe: str
    anchor: str | None
    """Where the probe stands on the page, if it does."""
    rule: str | None
    place: str | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """Everything that changed in one way."""

    name: str
    state: State
    title: str
    hint: str
    count: str
    lines: tuple[DifferenceView, ...]
    unlisted: str | None


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """The whole comparison."""

    environment: str | None
    """Where it is another one than the report's."""
    started_at: datetime
    changes: tuple[ChangeView, ...]


def compared(
    comparison: Comparison, environment: str | None, anchors: Mapping[str, str]
) -> ComparisonView:
    """The comparison, the worst news first."""
    other = comparison.environment
    return ComparisonView(
        None if other is None or other == environment else cut(other, texts.NAME),
        utc(comparison.started_at),
        tuple(
            _change(change, comparison.of(change), anchors)
            for change in _KINDS
            if comparison.of(change)
        ),
    )


def _change(
    change: Change, differences: tuple[Difference, ...], anchors: Mapping[str, str]
) -> ChangeView:
    state, title, hint = _KINDS[change]
    more = len(differences) - _MOST_LINES
    return ChangeView(
        change.value,
        state,
        title,
        hint,
        number(len(differences)),
        tuple(_difference(each, anchors) for each in differences[:_MOST_LINES]),
        number(more) if more > 0 else None,
    )


def _difference(difference: Difference, anchors: Mapping[str, str]) -> DifferenceView:
    return DifferenceView(
        cut(difference.message),
        cut(difference.probe, texts.NAME),
        anchors.get(difference.probe),
        None if difference.rule is None else cut(difference.rule, texts.NAME),
        None if difference.location is None else cut(place(difference.location), 2 * texts.NAME),
    )
