"""The metrics of a report.

Their names and help texts are constants: reports of several environments may lie beside each other
in the textfile collector, which complains of files that disagree about a help text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from netra_validate import diagnosis
from netra_validate.model import Change, Outcome, ProbeResult, Report, Status
from netra_validate.reports.openmetrics.observations import UNITS, numbers
from netra_validate.terminal import Display

_PREFIX: Final = "netra_validate"

_RUN: Final = ("environment",)

_PROBE: Final = ("environment", "check", "kind", "resource")
"""The labels of a probe."""

_LONGEST_LABEL: Final = 200
"""Characters: as many as any name in a configuration has, and no database chokes on."""

Labels = tuple[str, ...]
"""Values, in the order of the names."""


class Families:
    """The collector of one report, as a registry of ``prometheus_client`` wants it.

    Args:
        report: what to tell.
        display: which characters can be written.
    """

    def __init__(self, report: Report, display: Display) -> None:
        self._report = report
        self._display = display
        self._probes = tuple(self._labelled())

    def collect(self) -> Iterator[Metric]:
        """Every metric that has anything to say, always in the same order."""
        for family in (*self._run(), *self._each_probe(), self._findings(), *self._observations()):
            if family.samples:
                yield family

    def _label(self, text: str | None) -> str:
        """Any text as the value of a label. The same as none where there is none."""
        return self._display.printable(text or "")[:_LONGEST_LABEL]

    def _labelled(self) -> Iterator[tuple[Labels, ProbeResult]]:
        """Each probe with labels that no other has.

        Names that are told apart by what cannot be written would be one series with two values,
        for which the textfile collector refuses everything.
        """
        taken: set[Labels] = set()
        environment = self._label(self._report.environment)
        for probe in sorted(self._report.probes, key=lambda probe: probe.id):
            check, kind, name = map(self._label, (probe.check, *probe.resource))
            numbered = (f"{name} {number}" for number in count(2))
            labels = (environment, check, kind, name)
            while labels in taken:
                labels = (environment, check, kind, next(numbered))
            taken.add(labels)
            yield labels, probe

    def _run(self) -> Iterator[GaugeMetricFamily]:
        report, where = self._report, (self._label(self._report.environment),)
        yield _family(
            "run_info",
            "What was examined, by which version, and what counted as a failure. Always 1.",
            (*_RUN, "project", "region", "version", "fail_on"),
            {
                (
                    *where,
                    self._label(report.project),
                    self._label(report.region),
                    self._label(report.version),
                    report.fail_on.value,
                ): 1
            },
        )
        yield _family(
            "run_status",
            "The verdict: 1 for the status that it is, 0 for the others.",
            (*_RUN, "status"),
            {(*where, status.value): report.status is status for status in Status},
        )
        for name, unit, value, text in (
            ("run_exit_code", "", report.exit_code, "The exit code of the run."),
            (
                "run_start_timestamp_seconds",
                "seconds",
                _unix_time(report.started_at),
                "When the run began, in seconds since 1970.",
            ),
            (
                "run_duration_seconds",
                "seconds",
                round(report.duration_s, 3),
                "How long the run took.",
            ),
            ("run_rounds", "", report.rounds, "How many times the run was made."),
        ):
            yield _family(name, text, _RUN, {where: value}, unit)
        yield self._changes(where)

    def _changes(self, where: Labels) -> GaugeMetricFamily:
        comparison = self._report.comparison
        known = (
            {}
            if comparison is None
            else {(*where, change.value): len(comparison.of(change)) for change in Change}
        )
        return _family(
            "run_changes", "What became of findings since the baseline.", (*_RUN, "change"), known
        )

    def _each_probe(self) -> Iterator[GaugeMetricFamily]:
        causes = {cause.probe for cause in self._report.root_causes}
        fail_on = self._report.fail_on
        yield _family(
            "probe_outcome",
            "How the probe ended, waived or not: 1 for the outcome that it is, 0 for the others.",
            (*_PROBE, "outcome"),
            {
                (*labels, outcome.value): probe.outcome is outcome
                for labels, probe in self._probes
                for outcome in Outcome
            },
        )
        yield self._of_probe(
            "probe_failing",
            "Whether something that counts was found: at or above fail_on, and not waived.",
            lambda probe: diagnosis.fails(probe, fail_on),
        )
        yield self._of_probe(
            "probe_root_cause",
            "Whether the probe fails and no other failing probe explains it.",
            lambda probe: probe.id in causes,
        )
        yield self._of_probe(
            "probe_duration_seconds",
            "How long the probe took.",
            lambda probe: round(probe.duration_s, 3),
            "seconds",
        )
        yield self._of_probe(
            "probe_waited_seconds",
            "How much of that a request stood still, for its turn or between attempts.",
            lambda probe: round(probe.waited_s, 3),
            "seconds",
        )
        yield self._of_probe(
            "probe_attempts",
            "The highest number of times that one request had to be made.",
            lambda probe: probe.attempts,
        )

    def _of_probe(
        self, name: str, text: str, value: Callable[[ProbeResult], float], unit: str = ""
    ) -> GaugeMetricFamily:
        samples = {labels: value(probe) for labels, probe in self._probes}
        return _family(name, text, _PROBE, samples, unit)

    def _findings(self) -> GaugeMetricFamily:
        found = Counter(
            (*labels, self._label(one.rule), one.severity.value, _word(one.waived is not None))
            for labels, probe in self._probes
            for one in probe.findings
        )
        return _family(
            "probe_findings",
            "Number of findings of a rule.",
            (*_PROBE, "rule", "severity", "waived"),
            dict(sorted(found.items())),
        )

    def _observations(self) -> Iterator[GaugeMetricFamily]:
        seen = [(labels, numbers(probe.observations)) for labels, probe in self._probes]
        for unit, text in UNITS.items():
            yield _family(
                f"observation_{unit}" if unit else "observation",
                text,
                (*_PROBE, "name"),
                {
                    (*labels, name): value
                    for labels, quantities in seen
                    for (its, name), value in quantities.items()
                    if its == unit
                },
                unit,
            )


def _family(
    name: str, text: str, labels: Sequence[str], samples: Mapping[Labels, float], unit: str = ""
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"{_PREFIX}_{name}", text, labels=labels, unit=unit)
    for values, value in samples.items():
        family.add_metric(values, float(value))
    return family


def _word(value: bool) -> str:
    return "true" if value else "false"


def _unix_time(moment: datetime) -> float:
    """A time that does not say its zone is taken as UTC."""
    known = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return round(known.timestamp(), 3)
