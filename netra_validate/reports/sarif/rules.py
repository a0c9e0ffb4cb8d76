"""The rules of a run: what there is to read about each finding's rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from netra_validate.explanation.prose import paragraphs
from netra_validate.model import Finding, Plane, Report, RuleText, Severity
from netra_validate.reports.sarif.limits import MOST_RULES
from netra_validate.reports.sarif.texts import (
    Paragraph,
    Table,
    bounded,
    example,
    label,
    literal,
    message,
    paragraph,
    sentence,
    unlinked,
)

_UNWRAPPED: Final = 1_000_000
"""Columns: what shows a text wraps it as it likes."""

_LONGEST_HELP: Final = 20_000
"""Characters."""

_NAMELESS: Final = "unnamed-rule"

_PROBLEM: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "recommendation",
}
"""What GitHub calls the severity of a problem that is not one of security."""

_PRECISION: Final = {Plane.SOURCE: "high", Plane.CONTROL: "very-high", Plane.DATA: "very-high"}
"""How often a finding is true: what an API or a server answered is so, a line of source is read."""


class Rules:
    """Every rule of the checks that ran, and those that findings name besides."""

    def __init__(self, report: Report, findings: Iterable[Finding]) -> None:
        self._planes = {probe.check: probe.plane for probe in report.probes}
        known = {rule_id(rule.id): rule for rule in reversed(report.rules)}
        named = {rule_id(found.rule): found for found in sorted(findings, key=_mildest_first)}
        unheard_of = {name: _minimal(name, found) for name, found in named.items()}
        # Those that results name are never the ones to be left out.
        every = unheard_of | {name: known[name] for name in named if name in known}
        for name in sorted(known.keys() - every.keys())[: max(0, MOST_RULES - len(every))]:
            every[name] = known[name]
        names = sorted(every)
        self.descriptors = [self._descriptor(name, every[name]) for name in names]
        self._index = {name: index for index, name in enumerate(names)}

    def reference(self, rule: str) -> Table:
        """How a result names its rule."""
        name = rule_id(rule)
        return {"ruleId": name, "ruleIndex": self._index[name]}

    def _descriptor(self, name: str, rule: RuleText) -> Table:
        summary = sentence(rule.summary) or name
        text = list(_help(rule.help)) or [paragraph(summary)]
        return {
            "id": name,
            **_name(name),
            "shortDescription": {"text": literal(unlinked(summary))},
            "fullDescription": {"text": literal(bounded(text[0].plain))},
            "help": message(text),
            "defaultConfiguration": {"level": rule.severity.value},
            "properties": self._properties(name, rule.severity),
        }

    def _properties(self, name: str, severity: Severity) -> Table:
        check = name.partition(".")[0]
        plane = self._planes.get(check)
        tags = [check] if plane is None or plane.value == check else [check, plane.value]
        precision = {"precision": _PRECISION[plane]} if plane else {}
        return {"tags": tags, **precision, "problem.severity": _PROBLEM[severity]}


def rule_id(rule: str) -> str:
    """A rule's id as it stands in the document."""
    return label(rule) or _NAMELESS


def _mildest_first(found: Finding) -> int:
    return found.severity.rank


def _minimal(name: str, found: Finding) -> RuleText:
    """What can be said about a rule of which only its id and a finding are known."""
    return RuleText(name, found.severity, name, "")


def _name(name: str) -> Table:
    """``vpc-connector.not-ready`` as ``VpcConnectorNotReady``: in one word and not the id again.

    Both are what validators of SARIF ask for.
    """
    parts = re.findall("[0-9A-Za-z]+", name)
    joined = "".join(part[0].upper() + part[1:] for part in parts)
    return {"name": joined} if joined and joined != name else {}


def _help(text: str) -> Iterator[Paragraph]:
    lines = [line for line in paragraphs(text[:_LONGEST_HELP], _UNWRAPPED) if line.strip()]
    for is_example, grouped in groupby(lines, _is_example):
        block = list(grouped)
        told = [example(block)] if is_example else [_told(line) for line in block]
        yield from (each for each in told if each.plain)


def _is_example(line: str) -> bool:
    return line.startswith(" ")


def _told(line: str) -> Paragraph:
    if line.startswith(("- ", "* ")):
        return paragraph(line[2:], lead="- ", limit=_LONGEST_HELP)
    return paragraph(line, limit=_LONGEST_HELP)
