"""The JUnit report: for everything that shows test results.

One suite per check and one test case per probe, in the form that Jenkins' ``junit-10.xsd``
describes and pytest writes (https://github.com/jenkinsci/xunit-plugin). There is no specification
beyond that: every test case has one verdict at most, since consumers count the elements
differently; the host on which the run was made is nobody's business and left out.

* A failure is a probe with a finding at or above ``fail_on`` that is not waived; unless the run
  passes all the same since nothing of it is new (``--fail-on-new``).
* An error is a probe that could not be verified. What was found weighs more: with a finding that
  counts, it is a failure.
* A probe that is skipped says why; a probe that passes keeps its true outcome, its warnings and
  what is waived in ``system-out``.
* Nothing red would be taken for a success, even if nothing was tested. So where the run as a
  whole is unverified or interrupted and no probe says so, there is one test case more, for the
  run, with an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from netra_validate.model import Outcome, ProbeResult, Report, Status
from netra_validate.reports.junit.cases import RUN, case, nothing_verified, seconds
from netra_validate.reports.junit.xml import Element, document, element
from netra_validate.terminal import Display, printable
from netra_validate.unverified import Alike, alike
from netra_validate.verdicts import verdict
from netra_validate.wording import instant

_KINDS: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}
"""The attributes that count, and the elements that they count."""


def render(report: Report, display: Display) -> str:
    """The document. Tracebacks of crashed checks are in it where ``display.debug`` is set."""
    properties = tuple(_properties(report))
    groups = dict(_groups(report))
    suites = [
        _suite(
            check,
            [
                case(probe, report, group=groups.get(probe.id), debug=display.debug)
                for probe in probes
            ],
            report,
            properties,
        )
        for check, probes in _checks(report)
    ]
    if not any(_count(suites, red) for red in ("failures", "errors")) and not _succeeded(report):
        suites.append(_suite(RUN, [nothing_verified(report)], report, properties))
    totals = {name: str(_count(suites, name)) for name in ("tests", "failures", "errors")}
    name = f"{RUN} {report.environment}" if report.environment else RUN
    return document(
        element(
            "testsuites",
            *suites,
            name=printable(name, unicode=True),
            **totals,
            time=seconds(report.duration_s),
        )
    )


def _groups(report: Report) -> Iterator[tuple[str, Alike]]:
    """Each probe that could not be verified for the same reason as others, and all of them."""
    _, shared = alike(probe for probe in report.probes if probe.outcome is Outcome.ERROR)
    for group in shared:
        yield from ((each, group) for _, ids in group.by_subject for each in ids)


def _checks(report: Report) -> Iterator[tuple[str, list[ProbeResult]]]:
    """Each check with its probes, both sorted."""
    ordered = sorted(report.probes, key=lambda probe: (probe.check, probe.id))
    for check, probes in groupby(ordered, key=lambda probe: probe.check):
        yield check, list(probes)


def _succeeded(report: Report) -> bool:
    return bool(report.probes) and verdict(report) is Status.PASSED and report.exit_code == 0


def _suite(
    name: str, cases: Sequence[Element], report: Report, properties: Sequence[tuple[str, str]]
) -> Element:
    """A suite. It takes as long as its cases one after another: so consumers add them up."""
    counts = {kind: sum(one.find(tag) is not None for one in cases) for kind, tag in _KINDS.items()}
    return element(
        "testsuite",
        element(
            "properties", *(element("property", name=key, value=value) for key, value in properties)
        ),
        *cases,
        name=printable(name, unicode=True),
        tests=str(len(cases)),
        **{kind: str(count) for kind, count in counts.items()},
        time=seconds(sum(float(one.attrib["time"]) for one in cases)),
        timestamp=instant(report.started_at),
    )


def _count(suites: Sequence[Element], attribute: str) -> int:
    return sum(int(suite.attrib[attribute]) for suite in suites)


def _properties(report: Report) -> Iterator[tuple[str, str]]:
    """The run as a whole. In every suite: consumers look at one at a time."""
    known = {
        "environment": report.environment,
        "project": report.project,
        "region": report.region,
        "version": report.version,
        "status": report.status.value,
        "exit_code": str(report.exit_code),
        "fail_on": report.fail_on.value,
        "rounds": str(report.rounds),
        "root_causes": ", ".join(sorted(cause.probe for cause in report.root_causes)),
        "notes": " ".join(report.notes),
    }
    yield from ((name, printable(value, unicode=True)) for name, value in known.items() if value)
