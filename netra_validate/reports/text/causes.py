"""The root causes on a page, and under each the probes that it explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from netra_validate.causes import Causes, Symptom
from netra_validate.grounds import worth_telling
from netra_validate.model import ProbeResult, RootCause
from netra_validate.reports.text.findings import Remedies, write_alike, write_probe
from netra_validate.reports.text.page import Page
from netra_validate.unverified import alike
from netra_validate.verdicts import consequences
from netra_validate.wording import dated, number

_MOST_SYMPTOMS: Final = 30
"""Symptoms of one cause that are shown: more of them tell nobody anything new."""

_ELSEWHERE: Final = "What to do about each of these by itself is in -o html and -o json."
"""Whoever mends the cause need not know."""

_DEEPEST: Final = 6
"""Steps of indentation; a longer chain goes on at this one."""


def write(page: Page, causes: Causes) -> None:
    """Every cause: what broke, that the rest follows, what to do; then what follows from it."""
    for root in causes.roots:
        page.blank()
        told = Remedies()
        follows = consequences(causes, root.id, ids=page.display.quiet)
        write_probe(page, root, told=told, follows=follows)
        if not page.display.quiet:
            _argue(page, causes.argued.get(root.id))
            _hang(page, causes.symptoms[root.id], causes.unverified.get(root.id, ()), told)


def _argue(page: Page, cause: RootCause | None) -> None:
    """What happened before, and why this and nothing else is taken for the cause."""
    if cause is None:
        return
    for event in cause.changed:
        page.wrapped(("Changed before: ", "bold"), dated(event), indent=4, hang=2)
    why = worth_telling(cause)
    if why:
        page.wrapped(("Why this: ", "dim"), (why, "dim"), indent=4, hang=2)


def _hang(
    page: Page, below: tuple[Symptom, ...], unknown: Sequence[ProbeResult], told: Remedies
) -> None:
    """What follows from a cause: each symptom, and by its reason what nobody could verify."""
    if not below and not unknown:
        return
    page.wrapped("What follows from it", indent=4)
    alone, shared = alike(unknown)
    ends = len(alone) + len(shared)
    depths = [min(symptom.depth, _DEEPEST) for symptom in below[:_MOST_SYMPTOMS]]
    # The line about what is left out hangs on the cause, too.
    after = [*depths, *[1] * (bool(_rest(below)) + ends)]
    for at, (symptom, depth) in enumerate(zip(below, depths, strict=False), start=1):
        lead = _branch(depth, after[at:])
        write_probe(page, symptom.probe, told=told, indent=4 + 2 * (depth - 1), lead=lead)
    if _rest(below):
        page.wrapped(
            (_branch(1, after[-ends:] if ends else []), "dim"), _rest(below), indent=4, hang=2
        )
    for at, group in enumerate(shared, start=1):
        write_alike(page, group, indent=4, lead=_branch(1, [1] * (ends - at)))
    for at, probe in enumerate(alone, start=1 + len(shared)):
        write_probe(page, probe, told=told, indent=4, lead=_branch(1, [1] * (ends - at)))
    if told.withheld:
        page.wrapped((_ELSEWHERE, "dim"), indent=4, hang=2)


def _branch(depth: int, after: Iterable[int]) -> str:
    """What hangs a symptom on its cause, by the depths of those after it: the last one ends it."""
    nearest = next((other for other in after if other <= depth), 0)
    return "├ " if nearest == depth else "└ "


def _rest(below: tuple[Symptom, ...]) -> str:
    more = len(below) - _MOST_SYMPTOMS
    return f"… and {number(more)} more (all in -o json)" if more > 0 else ""
