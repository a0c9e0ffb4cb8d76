"""What a report comes to: the verdict, and the numbers that say why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from netra_validate.causes import Causes, is_waived
from netra_validate.model import Change, Outcome, Plane, ProbeResult, Report, Status
from netra_validate.wording import counted, enumerated, number, some

WORDS: Final[Mapping[Status, str]] = {
    Status.PASSED: "FIT",
    Status.FAILED: "NOT FIT",
    Status.UNVERIFIED: "NOT VERIFIED",
}
"""What each status is called."""

_LOOKED: Final = frozenset({Outcome.PASS, Outcome.WARN, Outcome.FAIL})
"""Outcomes of what was verified."""

_MOST_NAMES: Final = 8
"""Names in the sentence that says how much follows."""


def verdict(report: Report) -> Status:
    """The report's status, but never a pass of what was not verified."""
    counts = report.summary
    verified = counts[Outcome.PASS] + counts[Outcome.WARN] + counts[Outcome.FAIL]
    if report.status is Status.PASSED and (counts[Outcome.ERROR] or not verified):
        return Status.UNVERIFIED
    return report.status


def word(report: Report) -> str:
    """What the verdict is called. It is no plain FIT where what failed before may go on failing."""
    return "FIT TO GO ON" if known(report) else WORDS[verdict(report)]


def known(report: Report) -> str:
    """What a run still has to answer for that only news could fail; else nothing."""
    comparison = report.comparison
    if comparison is None or verdict(report) is not Status.PASSED:
        return ""
    still = len(comparison.of(Change.STILL_FAILING))
    fail = "fails" if still == 1 else "fail"
    return f"nothing new, {counted(still, 'finding')} {fail} as before" if still else ""


def grounds(report: Report, causes: Causes) -> str:
    """What stands behind the verdict: how far a good one reaches, and the numbers."""
    said = (*_judged_at(report), *reach(report), *counts(report, causes))
    return ", ".join(said) or "nothing was checked"


def _judged_at(report: Report) -> Iterator[str]:
    """That it is no verdict on what serves."""
    if report.candidates:
        several = "candidate" if len(report.candidates) == 1 else "candidates"
        yield f"judged at the {several} {enumerated(report.candidates)}"


def reach(report: Report) -> Iterator[str]:
    """Where nobody looked, so that a good verdict says nothing of it."""
    if verdict(report) is not Status.PASSED:
        return
    looked = {probe.plane for probe in report.probes if probe.outcome in _LOOKED}
    if looked <= {Plane.SOURCE}:
        yield "source only"
    elif Plane.DATA not in looked:
        yield "the running system was not looked at"


def counts(report: Report, causes: Causes) -> Iterator[str]:
    """Numbers that add up to the number of probes, each with its words."""
    summary = report.summary
    waived = sum(map(is_waived, report.probes))
    failing = [probe for probe in causes.roots if probe.outcome is Outcome.FAIL]
    # Where warnings fail it, one may be a root cause.
    warned = [probe for probe in causes.roots if probe.outcome is Outcome.WARN]
    summary[Outcome.WARN] -= len(warned)
    symptoms = summary[Outcome.FAIL] - len(failing) - waived
    if causes.roots:
        yield counted(len(failing) + len(warned), "root cause")
    if symptoms:
        yield counted(symptoms, "symptom")
    if waived:
        yield f"{number(waived)} waived"
    for outcome, words in (
        (Outcome.ERROR, "not verified"),
        (Outcome.WARN, "with warnings"),
        (Outcome.PASS, "passed"),
        (Outcome.SKIP, "skipped"),
    ):
        if summary[outcome]:
            yield f"{number(summary[outcome])} {words}"


def consequences(causes: Causes, root: str, *, ids: bool = False) -> str:
    """How much follows from a root cause, in a sentence without its end; empty where nothing does.

    Args:
        causes: the trees.
        root: the id of the probe.
        ids: whether each probe is named; the resources are, otherwise.
    """
    below = [symptom.probe for symptom in causes.symptoms[root]]
    unknown = [probe for probe in below if probe.outcome is Outcome.ERROR]
    unknown += causes.unverified.get(root, ())
    parts = []
    for outcome, noun in ((Outcome.FAIL, "failure"), (Outcome.WARN, "warning")):
        found = [probe for probe in below if probe.outcome is outcome]
        if found:
            verb = "follows" if len(found) == 1 else "follow"
            more = counted(len(found), f"more {noun}")
            parts.append(f"{more} {verb} from this ({_named(found, ids=ids)})")
    if unknown:
        start = "and it" if parts else "It"
        left = counted(len(unknown), "probe")
        parts.append(f"{start} leaves {left} unverified ({_named(unknown, ids=ids)})")
    return "; ".join(parts)


def _named(probes: Sequence[ProbeResult], *, ids: bool) -> str:
    names = list(dict.fromkeys(probe.id if ids else str(probe.resource) for probe in probes))
    return some(names, _MOST_NAMES)
