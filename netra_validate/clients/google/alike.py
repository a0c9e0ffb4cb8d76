"""What is found in several revisions of a service, told once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netra_validate.clients.google.revisions import aside
from netra_validate.model import Finding, RevisionRef

if TYPE_CHECKING:
    from netra_validate.clients.google.settings import Settings


async def told_once(
    several: Sequence[Settings],
    revision: Callable[[str], RevisionRef],
    findings: Callable[[Settings], AsyncIterator[Finding]],
) -> AsyncIterator[Finding]:
    """Every finding, as of the revision with the most traffic that has it.

    It condemns all that have it, so nothing is told before all are judged: what is not answered in
    time is an error of the client's, which comes before the probe is cut off.

    Args:
        several: revisions, most traffic first.
        revision: one of the service, by its short name.
        findings: judges one.
    """
    told: dict[tuple[str, str | None], Finding] = {}
    for settings in several:
        of_one = revision(settings.revision)
        async for found in findings(settings):
            alone = len(several) == 1
            placed = found if alone else aside(found, settings.serving, of_one)
            first = told.setdefault((found.rule, found.identity), placed)
            both = first.condemns | found.condemns
            told[found.rule, found.identity] = replace(first, condemns=both)
    for found in told.values():
        yield found
