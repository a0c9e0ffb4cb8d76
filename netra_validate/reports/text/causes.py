"""The root causes on a page, and under each the probes that it explains."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from netra_validate.causes import Causes, Symptom
from netra_validate.grounds import worth_telling
from netra_validate.model import RootCause
from netra_validate.reports.text.findings import Remedies, write_probe
from netra_validate.reports.text.page import Page
from netra_validate.wording import dated, number

_MOST_SYMPTOMS: Final = 30
"""Symptoms of one cause that are shown: more of them tell nobody anything new."""

_DEEPEST: Final = 6
"""Steps of indentation; a longer chain goes on at this one."""


def write(page: Page, causes: Causes) -> None:
    """Every cause with its findings and its symptoms."""
    for root in causes.roots:
        page.blank()
        told = Remedies()
        write_probe(page, root, told=told)
        if not page.display.quiet:
            _argue(page, causes.argued.get(root.id))
        below = causes.symptoms[root.id]
        if page.display.quiet:
            _name(page, below)
        else:
            _hang(page, below, told)


def _argue(page: Page, cause: RootCause | None) -> None:
    """What happened before, and why this and nothing else is taken for the cause."""
    if cause is None:
        return
    for event in cause.changed:
        page.wrapped(("Changed before: ", "bold"), dated(event), indent=4, hang=2)
    why = worth_telling(cause)
    if why:
        page.wrapped(("Why this: ", "dim"), (why, "dim"), indent=4, hang=2)


def _name(page: Page, below: tuple[Symptom, ...]) -> None:
    """The symptoms by their ids only."""
    if below:
        ids = ", ".join(symptom.probe.id for symptom in below[:_MOST_SYMPTOMS])
        page.wrapped(f"Explains {ids}{_rest(below)}", indent=4, hang=2)


def _hang(page: Page, below: tuple[Symptom, ...], told: Remedies) -> None:
    if below:
        page.wrapped("Explains", indent=4)
    depths = [min(symptom.depth, _DEEPEST) for symptom in below[:_MOST_SYMPTOMS]]
    for at, (symptom, depth) in enumerate(zip(below, depths, strict=False)):
        # The line about what is left out hangs on the cause, too.
        after = [*depths[at + 1 :], *([1] if _rest(below) else [])]
        indent = 4 + 2 * (depth - 1)
        write_probe(page, symptom.probe, told=told, indent=indent, lead=_branch(depth, after))
    if _rest(below):
        page.wrapped(("└", "dim"), _rest(below), indent=4, hang=2)


def _branch(depth: int, after: Iterable[int]) -> str:
    """What hangs a symptom on its cause, by the depths of those after it: the last one ends it."""
    nearest = next((other for other in after if other <= depth), 0)
    return "├ " if nearest == depth else "└ "


def _rest(below: tuple[Symptom, ...]) -> str:
    more = len(below) - _MOST_SYMPTOMS
    return f" … and {number(more)} more (all in -o json)" if more > 0 else ""
