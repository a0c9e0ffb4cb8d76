"""Findings as results (3.27), the most important first."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from netra_validate.model import (
    Command,
    Effect,
    Finding,
    Location,
    ProbeResult,
    Remediation,
    Report,
    RootCause,
    Severity,
)
from netra_validate.reports.sarif.fixes import fixes
from netra_validate.reports.sarif.places import Places, has_address
from netra_validate.reports.sarif.rules import Rules, rule_id
from netra_validate.reports.sarif.texts import (
    Paragraph,
    Table,
    bounded,
    command,
    facts,
    label,
    labels,
    link,
    message,
    paragraph,
    plain_message,
    sentence,
    words,
)
from netra_validate.shell import cautions
from netra_validate.troubles import counts
from netra_validate.wording import dated, some

_MOST_COMMANDS: Final = 6
"""Of one remedy, in the words of a message."""

_LONGEST_COMMAND: Final = 2_000
"""Characters. A longer one is left out, since nobody could run a part of it."""

_MOST_RELATED: Final = 10
"""Places of other probes."""

_LEADS: Final = {
    Effect.READS: "Look:",
    Effect.CHANGES: "Mend (changes the environment):",
    Effect.RESTARTS: "Mend (interrupts the service):",
}
"""What stands before a command: what it is for, and what it does."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding, and the probe that has it."""

    finding: Finding
    probe: ProbeResult
    is_root_cause: bool
    argued: RootCause | None = None
    """What speaks for the cause, at the first of its findings of a rule."""


def by_importance(report: Report) -> list[Entry]:
    """Every finding: what counts before what is waived, errors first, root causes first."""
    roots = {cause.probe: cause for cause in report.root_causes}
    entries = [
        Entry(found, probe, probe.id in roots and not found.explained_by)
        for probe in report.probes
        for found in probe.findings
    ]
    return list(_argued(sorted(entries, key=_rank), roots, report.fail_on))


def _argued(
    entries: Iterable[Entry], roots: Mapping[str, RootCause], fail_on: Severity
) -> Iterator[Entry]:
    """The entries, those with what speaks for a cause that are the first to have to tell it."""
    told: set[tuple[str, str]] = set()
    for entry in entries:
        found, key = entry.finding, (entry.probe.id, entry.finding.rule)
        makes_it = entry.is_root_cause and counts(found, fail_on)
        if makes_it and key not in told:
            told.add(key)
            yield replace(entry, argued=roots[entry.probe.id])
        else:
            yield entry


class Results:
    """Makes the results of a report."""

    def __init__(self, report: Report, rules: Rules, places: Places) -> None:
        self._rules = rules
        self._places = places
        self._environment = report.environment or ""
        self._probes = {probe.id: probe for probe in report.probes}

    def made(self, entry: Entry) -> Table:
        """One finding."""
        found, probe = entry.finding, entry.probe
        follows = probe.explained_by or found.explained_by
        explained_by = [each for each in sorted(follows) if each in self._probes]
        made = {
            **self._rules.reference(found.rule),
            "level": found.severity.value,
            "message": message(_told(entry, explained_by)),
            "locations": [self._places.of_finding(found, probe)],
            "relatedLocations": [self._explanation(each) for each in explained_by[:_MOST_RELATED]],
            "partialFingerprints": self._fingerprints(found),
            "suppressions": _suppressions(found),
            "fixes": fixes(found.fix),
            "properties": _properties(entry),
        }
        return {key: value for key, value in made.items() if value not in ({}, [])}

    def _explanation(self, probe_id: str) -> Table:
        place = self._places.of_probe(self._probes[probe_id])
        return {**place, "message": plain_message(f"{label(probe_id)} explains it")}

    def _fingerprints(self, found: Finding) -> dict[str, str]:
        """What stays when lines move (3.27.17).

        GitHub goes by ``primaryLocationLineHash`` alone. For a finding in a file the upload action
        computes it from the line and what follows, and so would anybody; it is left to that. For
        the environment the line of the configuration says too little: two findings of one rule
        about one service are two alerts, and those of two environments are others still.
        """
        if not bounded(found.fingerprint):
            return {}
        own = {"netraValidate/v1": label(found.fingerprint)}
        if has_address(found.location):
            return own
        identity = f"{self._environment}\0{found.fingerprint}".encode("utf-8", "replace")
        digest = hashlib.sha256(identity).hexdigest()
        # As the action writes it: 16 digits, and a count of lines that are the same.
        return {**own, "primaryLocationLineHash": f"{digest[:16]}:1"}


def _rank(entry: Entry) -> tuple[bool, int, bool, str, tuple[str, int, int], str, str, str]:
    found = entry.finding
    place = found.location or Location("")
    return (
        found.waived is not None,
        -found.severity.rank,
        not entry.is_root_cause,
        entry.probe.id,
        (place.path, place.line or 0, place.column or 0),
        found.rule,
        found.message,
        found.fingerprint,
    )


def _told(entry: Entry, explained_by: list[str]) -> Iterator[Paragraph]:
    """All that there is to know: of a result, GitHub shows the message and nothing else."""
    found = entry.finding
    yield paragraph(sentence(found.message) or rule_id(found.rule))
    if found.waived is not None:
        yield paragraph(sentence(found.waived) or "No reason is given.", lead="Waived: ")
    if entry.argued is not None:
        yield paragraph(_as_a_cause(entry.argued))
    if explained_by:
        yield paragraph(sentence(", ".join(map(label, explained_by))), lead="It follows from ")
    if found.remediation is not None:
        yield from _remedy(found.remediation)
    if entry.argued is not None:
        yield from _argument(entry.argued)


def _remedy(remedy: Remediation) -> Iterator[Paragraph]:
    if bounded(remedy.summary):
        yield paragraph(sentence(remedy.summary))
    for each in _commands(remedy):
        yield command(shlex.join(words(each.argv)), lead=_LEADS[each.effect])
        for what, told in cautions(each):
            yield paragraph(sentence(bounded(told)), lead=f"{what.capitalize()}: ")
        if each.undo is not None:
            yield command(shlex.join(words(each.undo)), lead="Undo:")
    if remedy.docs and bounded(remedy.docs):
        yield link(remedy.docs, lead="More: ")


def _as_a_cause(cause: RootCause) -> str:
    """How much it explains, the first of it by name."""
    names = [label(each) for each in sorted(cause.explains)]
    explains = f": it explains {some(names, _MOST_RELATED)}" if names else ""
    return sentence(f"A root cause{explains}")


def _argument(cause: RootCause) -> Iterator[Paragraph]:
    for event in cause.changed:
        yield paragraph(sentence(dated(event)), lead="Changed before: ")
    if bounded(cause.why):
        yield paragraph(sentence(cause.why), lead="Why this: ")


def _commands(remedy: Remediation) -> list[Command]:
    short = [each for each in remedy.commands if _is_short(each)]
    return short[:_MOST_COMMANDS]


def _is_short(each: Command) -> bool:
    return sum(map(len, (*each.argv, *(each.undo or ())))) <= _LONGEST_COMMAND


def _suppressions(found: Finding) -> list[Table]:
    """A waiver: somebody decided outside of the source that it is accepted (3.35)."""
    if found.waived is None:
        return []
    made: Table = {"kind": "external", "status": "accepted"}
    if bounded(found.waived):
        made["justification"] = bounded(found.waived)
    return [made]


def _properties(entry: Entry) -> Table:
    found, probe = entry.finding, entry.probe
    remedy = found.remediation
    made: Table = {
        "probe": label(probe.id),
        "plane": None if probe.plane is None else probe.plane.value,
        "resource": {"kind": label(probe.resource.kind), "name": label(probe.resource.name)},
        "rootCause": entry.is_root_cause,
        "explainedBy": labels(probe.explained_by or found.explained_by),
        "evidence": facts(found.evidence),
    }
    if remedy is not None and remedy.commands:
        made["commands"] = [_told_to_programs(each) for each in _commands(remedy)]
    return made


def _told_to_programs(each: Command) -> Table:
    return {
        "argv": words(each.argv),
        "effect": each.effect.value,
        "undo": None if each.undo is None else words(each.undo),
        "noUndo": None if each.no_undo is None else bounded(each.no_undo),
        "risk": None if each.risk is None else bounded(each.risk),
        "roles": labels(each.roles),
    }
