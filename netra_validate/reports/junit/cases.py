"""One probe as one test case: it fails, it could not be verified, it is skipped, or it passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netra_validate import diagnosis
from netra_validate.model import Outcome, ProbeResult, Report, Status
from netra_validate.reports.junit import lines
from netra_validate.reports.junit.xml import Element, element
from netra_validate.terminal import printable
from netra_validate.unverified import Alike

RUN: Final = "netra-validate"
"""What the run as a whole is called where it is a test case by itself, and where there is no
environment."""

_UNVERIFIED: Final = f"{RUN}.unverified"
"""The type of an error. A failure has its rule for type."""


def case(
    probe: ProbeResult, report: Report, *, group: Alike | None = None, debug: bool = False
) -> Element:
    """The test case of a probe, and of the group of those that could not be verified either.

    What fails is what fails the environment: a finding at or above ``report.fail_on`` that is not
    waived. What else a probe has to say stands in its output.
    """
    return element(
        "testcase",
        *_verdict(probe, report, group, debug=debug),
        element("system-out", text=lines.text(_output(probe, report))),
        name=printable(probe.id, unicode=True),
        classname=classname(report, probe.check),
        time=seconds(probe.duration_s),
    )


def nothing_verified(report: Report) -> Element:
    """The test case of a run that is no success, although no probe says so.

    Consumers take a document without a failing test case for a good one, even if it has no test
    case at all.
    """
    message = _why_unverified(report)
    notes = lines.text((f"{message}.", *report.notes))
    return element(
        "testcase",
        element("error", text=notes, message=message, type=_UNVERIFIED),
        name="run",
        classname=classname(report, RUN),
        time=seconds(report.duration_s),
    )


def classname(report: Report, check: str) -> str:
    """``staging.health``: consumers show what is before the last dot as a package."""
    return printable(f"{report.environment or RUN}.{check}", unicode=True)


def seconds(duration_s: float) -> str:
    """To the millisecond, which is as fine as the schema takes it."""
    return f"{duration_s:.3f}"


def _is_failure(probe: ProbeResult, report: Report) -> bool:
    """Whether a probe fails the run.

    With a baseline, a run may pass although there are failures: none of them is new, and only what
    is new was to count (``--fail-on-new``).
    """
    none_new = report.comparison is not None and report.status is Status.PASSED
    return diagnosis.fails(probe, report.fail_on) and not none_new


def _verdict(
    probe: ProbeResult, report: Report, group: Alike | None, *, debug: bool
) -> Iterator[Element]:
    """At most one element: consumers count elements, and look at the first only."""
    if _is_failure(probe, report):
        worst = lines.worst(probe, report.fail_on)
        yield element(
            "failure",
            text=lines.text(
                (
                    *lines.cause(probe, report),
                    *lines.findings(probe, report.fail_on),
                    *lines.unfinished(probe),
                )
            ),
            message=lines.headline(probe, report.fail_on),
            type=printable(worst.rule, unicode=True),
        )
    elif probe.outcome is Outcome.ERROR:
        reason = probe.reason or "no reason was given"
        said = (
            *lines.cause(probe, report),
            reason,
            *lines.same(probe, group),
            *lines.trace(probe, debug=debug),
        )
        yield element("error", text=lines.text(said), message=lines.short(reason), type=_UNVERIFIED)
    elif probe.outcome is Outcome.SKIP:
        yield element("skipped", message=lines.short(probe.reason or "no reason was given"))


def _output(probe: ProbeResult, report: Report) -> Iterator[str]:
    """What the verdict does not say.

    What matters comes first: Jenkins cuts the output of what passes (``keepLongStdio``).
    """
    yield from lines.outcome(probe)
    yield from lines.since(probe, report.comparison)
    if not _is_failure(probe, report):
        if probe.outcome is Outcome.FAIL:
            yield from lines.cause(probe, report)
        yield from lines.findings(probe, report.fail_on)
        if probe.outcome is Outcome.FAIL:
            yield from lines.unfinished(probe)
    yield from lines.circumstances(probe)
    yield from lines.facts(probe.observations)


def _why_unverified(report: Report) -> str:
    if report.interrupted:
        return "The run was interrupted"
    if not report.probes:
        return "Nothing was verified: there was nothing to examine"
    if all(probe.outcome is Outcome.SKIP for probe in report.probes):
        return "Nothing was verified: every probe was skipped"
    return f"The run ended as {report.status}, and no probe says why"
