"""How the run went (3.20): what could not be verified, what was skipped and what was left out.

A notification of level ``error`` means that the run failed, and that nobody may take its results
for complete (3.20.21). That is what "could not verify" says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from netra_validate.causes import trace
from netra_validate.model import Outcome, ProbeResult, Report
from netra_validate.reports.sarif.limits import Cut
from netra_validate.reports.sarif.places import Places
from netra_validate.reports.sarif.texts import (
    Table,
    label,
    labels,
    message,
    paragraph,
    sentence,
)
from netra_validate.unverified import PERMISSIONS, alike, lacks_permission, named
from netra_validate.verdicts import reach, word
from netra_validate.wording import counted, instant, number

_KINDS: Final = {
    "not-verified": "A probe could not be verified, so that nobody knows.",
    "cut-short": "A probe found something and did not come to its end.",
    "nothing-verified": "Nothing was looked at.",
    "left-out": "There are more findings than GitHub takes.",
    "nothing-to-examine": "A probe was skipped, since it had nothing to look at.",
    "run-note": "There is something to know of the run as a whole.",
}
"""Kinds of notifications, and what each says."""

_VERIFIED: Final = frozenset({Outcome.PASS, Outcome.WARN, Outcome.FAIL})

_PERMISSIONS: Final = f"{PERMISSIONS.summary}: `{' '.join(PERMISSIONS.commands[0].argv)}`."
"""What to do where permissions are missing."""

_MOST_PLACES: Final = 10
"""Of one notification."""

_COMPLETE: Final = frozenset({0, 1})
"""Exit codes of a run that came to its end and looked at something."""


def notification_kinds() -> list[Table]:
    """The descriptors (3.19.24) of the notifications, with all that GitHub asks of a descriptor."""
    return [
        {
            "id": kind,
            "name": _name(kind),
            "shortDescription": {"text": text},
            "fullDescription": {"text": text},
            "help": {"text": text},
        }
        for kind, text in _KINDS.items()
    ]


def invocation(report: Report, places: Places, cut: Cut) -> Table:
    """The one invocation of the run."""
    notifications = list(_notifications(report, places, cut))
    errors = any(each["level"] == "error" for each in notifications)
    judged = ", ".join((word(report).lower(), *reach(report)))
    return {
        "executionSuccessful": report.exit_code in _COMPLETE and not errors,
        "exitCode": report.exit_code,
        "exitCodeDescription": f"The environment is {judged}.",
        **_times(report),
        "toolExecutionNotifications": notifications,
    }


def _times(report: Report) -> Table:
    times: Table = {"startTimeUtc": instant(report.started_at)}
    try:
        times["endTimeUtc"] = instant(report.started_at + timedelta(seconds=report.duration_s))
    except OverflowError:
        # Nothing that a clock shows.
        return times
    return times


def _notifications(report: Report, places: Places, cut: Cut) -> Iterator[Table]:
    if not any(probe.outcome in _VERIFIED for probe in report.probes):
        yield _notification("nothing-verified", "error", _KINDS["nothing-verified"])
    yield from _unverified(report, places)
    for probe in sorted(report.probes, key=lambda probe: probe.id):
        yield from _of_probe(probe, places)
    if cut.left_out:
        yield _notification("left-out", "warning", _left_out(cut))
    for note in report.notes:
        yield _notification("run-note", "note", note)


def _of_probe(probe: ProbeResult, places: Places) -> Iterator[Table]:
    reason = probe.reason or "no reason is given"
    if probe.outcome is Outcome.SKIP:
        told = f"{label(probe.id)} is skipped: {reason}"
        yield _notification("nothing-to-examine", "note", told) | _about(probe, places)
    elif probe.outcome is not Outcome.ERROR and probe.reason:
        told = f"{label(probe.id)} did not come to its end: {reason}"
        yield _notification("cut-short", "warning", told) | _about(probe, places)


def _unverified(report: Report, places: Places) -> Iterator[Table]:
    """One for each reason, however many probes have it; those that a cause keeps apart."""
    trees = trace(report)
    unknown = {probe.id: probe for probe in report.probes if probe.outcome is Outcome.ERROR}
    by_cause: dict[tuple[str, ...], list[ProbeResult]] = {}
    for probe in sorted(unknown.values(), key=lambda probe: probe.id):
        by_cause.setdefault(trees.behind(probe), []).append(probe)
    for behind, probes in by_cause.items():
        alone, shared = alike(probes)
        for group in shared:
            members = [unknown[each] for _, ids in group.by_subject for each in ids]
            told = f"{counted(group.count, 'probe')} could not be verified: {group.reason}"
            yield _not_verified(told, members, behind, places)
        for probe in alone:
            reason = probe.reason or "no reason is given"
            told = f"{label(probe.id)} could not be verified: {reason}"
            yield _not_verified(told, [probe], behind, places)


def _each_once(found: Iterable[Table]) -> Iterator[Table]:
    """Places are unique (the schema): several probes may look at what one line declares."""
    seen: list[Table] = []
    for place in found:
        if place not in seen:
            seen.append(place)
            yield place


def _not_verified(
    told: str, probes: Sequence[ProbeResult], behind: tuple[str, ...], places: Places
) -> Table:
    ids = [sentence(named([label(probe.id) for probe in probes]))] if len(probes) > 1 else []
    known = [f"It follows from {sentence(', '.join(map(label, behind)))}"] if behind else []
    mend = [_PERMISSIONS] if lacks_permission(probes) else []
    return _notification("not-verified", "error", told, *ids, *known, *mend) | {
        "locations": list(_each_once(map(places.of_probe, probes[:_MOST_PLACES]))),
        "properties": {
            "probes": labels([probe.id for probe in probes]),
            "explainedBy": labels(behind),
        },
    }


def _notification(kind: str, level: str, text: str, *more: str) -> Table:
    return {
        "descriptor": {"id": kind, "index": list(_KINDS).index(kind)},
        "level": level,
        "message": message(map(paragraph, (sentence(text) or _KINDS[kind], *more))),
    }


def _about(probe: ProbeResult, places: Places) -> Table:
    return {
        "locations": [places.of_probe(probe)],
        "properties": {"probes": [label(probe.id)], "explainedBy": labels(probe.explained_by)},
    }


def _left_out(cut: Cut) -> str:
    worst_first = sorted(cut.counts, key=lambda severity: -severity.rank)
    counts = [counted(cut.counts[each], each.value) for each in worst_first if cut.counts[each]]
    if cut.waived:
        counts.append(f"{number(cut.waived)} waived")
    return (
        f"{number(cut.left_out)} of {counted(cut.found, 'finding')} are left out, the least"
        f" important ones ({', '.join(counts)}): GitHub takes no more than 25 000 results and"
        " 10 MB, compressed, in one file. The other reports have them all"
    )


def _name(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("-"))
