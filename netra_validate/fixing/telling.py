"""What is said about fixes: sentences for people, one line each. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from netra_validate.fixing.diffing import Diff
from netra_validate.fixing.proposing import Gathered, Proposal
from netra_validate.fixing.uncommitted import Kept
from netra_validate.fixing.writing import Change
from netra_validate.model import Finding, Outcome, ProbeResult, Report
from netra_validate.terminal import printable
from netra_validate.wording import listed

_NAMED = 5
"""Places that a sentence names before it only counts."""


def unverified(report: Report) -> Iterator[str]:
    """The probes that could not be completed or had nothing to look at."""
    for probe in report.probes:
        if probe.outcome is Outcome.ERROR:
            yield f"{probe.id} could not be verified: {probe.reason}"
        elif probe.outcome is Outcome.SKIP:
            yield f"{probe.id} was skipped: {probe.reason}"
        elif probe.reason:
            yield _incomplete(probe)


def _incomplete(probe: ProbeResult) -> str:
    return f"{probe.id} did not finish: {probe.reason}"


def left(gathered: Gathered) -> Iterator[str]:
    """What stays, by rule and reason."""
    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in gathered.left:
        groups[one.finding.rule, one.reason].append(one.finding)
    for (rule, reason), findings in sorted(groups.items()):
        places = listed(list(dict.fromkeys(map(_place, findings))), _NAMED)
        yield f"{rule}: {_count(len(findings), 'finding')} not mended here, for {reason}: {places}"
    if gathered.waived:
        yield f"{_count(gathered.waived, 'finding')} left alone, since waived"


def untouched(reasons: Mapping[str, str]) -> Iterator[str]:
    """Files that are left alone, those with the same reason together."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for path, reason in sorted(reasons.items()):
        groups[reason].append(path)
    for reason, paths in sorted(groups.items()):
        subject = paths[0] if len(paths) == 1 else _count(len(paths), "file")
        names = "" if len(paths) == 1 else f": {listed(paths, _NAMED)}"
        yield f"{subject} left alone: {_agreeing(reason, len(paths))}{names}"


def clashing(proposal: Proposal) -> Iterator[str]:
    """Fixes that wait for another run."""
    for fix in proposal.clashing:
        yield f"not made, since another edit is in its way; run fix again: {fix.summary}"


def _agreeing(reason: str, count: int) -> str:
    return f"it {reason}" if count == 1 else f"each {reason}"


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _place(found: Finding) -> str:
    if found.location is None:
        return found.message
    line = f":{found.location.line}" if found.location.line is not None else ""
    return f"{found.location.path}{line}"


def dirty(proposal: Proposal, kept: Kept) -> Iterator[str]:
    """Files that ``--write`` would leave alone as they are now."""
    for sentence in untouched(unsafe_of(proposal, kept)):
        yield f"with --write, without --allow-dirty: {sentence}"


def unsafe_of(proposal: Proposal, kept: Kept | None) -> dict[str, str]:
    """The files that git could not bring back, and why. One that is made needs no way back.

    Args:
        proposal: what is to be written.
        kept: what git knows; None where nobody cares.
    """
    if kept is None:
        return {}
    found = (change.path for change in proposal.changes if change.found is not None)
    return {path: reason for path in found if (reason := kept.complaint(path))}


def shown(proposal: Proposal, diffs: Sequence[Diff]) -> Iterator[str]:
    """What a diff does not say of itself."""
    masked = sum(diff.masked for diff in diffs)
    if masked:
        yield (
            f"secrets are masked in {_count(masked, 'line')} of the diff, which cannot be applied "
            "so; --write makes the true edits"
        )
    wide = sum(diff.wide for diff in diffs)
    if wide:
        yield f"{_count(wide, 'file')} in UTF-16 or UTF-32, shown in UTF-8: not to be applied so"
    if proposal.changes:
        yield f"{_count(len(proposal.changes), 'file')} to be edited; --write does it"
    else:
        yield "nothing to edit"


def done(change: Change) -> str:
    """One line about a file that was written."""
    path = printable(change.path, unicode=True)
    return f"{path}: {_count(len(change.edits), 'edit')}"


def written(changes: Sequence[Change]) -> Iterator[str]:
    """What was done, in the end."""
    yield f"{_count(len(changes), 'file')} written" if changes else "nothing was written"
