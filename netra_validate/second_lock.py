"""The second lock: every text of a report looked at once more for secrets, before it is written.

Findings and observations are scrubbed when they are built. A report goes further than any terminal
(into job summaries, code scanning, artifacts), so it is not left to every author of a check, of a
plug-in, or of a remedy to have come through that door. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from netra_validate import scrub
from netra_validate.model import (
    Command,
    Comparison,
    DeclaredResource,
    Difference,
    Event,
    Finding,
    Fix,
    Location,
    ProbeResult,
    Remediation,
    Report,
    ResourceRef,
    RootCause,
    RuleText,
)

_Text = TypeVar("_Text", str, str | None)

_PLACEHOLDER: Final = "REDACTED"
"""What a command has in the place of a secret."""

_LOST: Final = f"put what no report may hold in the place of {_PLACEHOLDER}"
_LEFT_OUT: Final = "a command that is too long to be shown is left out"


def locked(report: Report) -> Report:
    """``report`` without anything in it that looks like a secret, and without endless texts.

    What was built as it should be is the same afterwards.
    """
    return replace(
        report,
        environment=_text(report.environment),
        project=_text(report.project),
        region=_text(report.region),
        version=_text(report.version),
        duration_s=_seconds(report.duration_s),
        notes=tuple(_text(note) for note in report.notes),
        probes=tuple(_probe(probe) for probe in report.probes),
        root_causes=tuple(_cause(cause) for cause in report.root_causes),
        comparison=_comparison(report.comparison),
        rules=tuple(_rule(rule) for rule in report.rules),
        resources=tuple(_resource(each) for each in report.resources),
    )


def _text(text: _Text) -> _Text:
    return text if text is None else scrub.last(text)


def _cause(cause: RootCause) -> RootCause:
    return RootCause(
        probe=_text(cause.probe),
        explains=_texts(cause.explains),
        findings=_texts(cause.findings),
        why=_text(cause.why),
        rests_on={_text(probe): _facts(facts) for probe, facts in cause.rests_on.items()},
        ruled_out=_texts(cause.ruled_out),
        not_ruled_out=_texts(cause.not_ruled_out),
        leaves_unverified=_texts(cause.leaves_unverified),
        changed=tuple(_event(event) for event in cause.changed),
    )


def _event(event: Event) -> Event:
    return Event(event.at, _text(event.what), _ref(event.resource))


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(_text(text) for text in texts)


def _probe(probe: ProbeResult) -> ProbeResult:
    return replace(
        probe,
        id=_text(probe.id),
        check=_text(probe.check),
        resource=_ref(probe.resource),
        reason=_text(probe.reason),
        started_s=_seconds(probe.started_s),
        duration_s=_seconds(probe.duration_s),
        waited_s=_seconds(probe.waited_s),
        explained_by=_texts(probe.explained_by),
        observations=_facts(probe.observations),
        findings=tuple(_finding(found) for found in probe.findings),
        events=tuple(_event(event) for event in probe.events),
        trace=None if probe.trace is None else _lines(probe.trace),
        declared_at=_place(probe.declared_at),
    )


def _finding(found: Finding) -> Finding:
    return replace(
        found,
        rule=_text(found.rule),
        message=_text(found.message),
        location=_place(found.location),
        evidence=_facts(found.evidence),
        remediation=_remedy(found.remediation),
        identity=_text(found.identity),
        fingerprint=_text(found.fingerprint),
        waived=_text(found.waived),
        fix=_fix(found.fix),
        explained_by=_texts(found.explained_by),
        explains=_texts(found.explains),
    )


def _place(place: Location | None) -> Location | None:
    if place is None:
        return None
    return Location(_text(place.path), _position(place.line), _position(place.column))


def _position(number: int | None) -> int | None:
    """Lines and columns count from 1; what does not is none."""
    return None if number is None or number < 1 else number


def _seconds(duration_s: float) -> float:
    """A time that can be written down."""
    return duration_s if math.isfinite(duration_s) else 0.0


def _remedy(remedy: Remediation | None) -> Remediation | None:
    """What to do. Where a command lost a secret, or would be cut, that is said beside it."""
    if remedy is None:
        return None
    whole = tuple(each for each in remedy.commands if not _is_cut(each))
    commands = tuple(map(_command, whole))
    lost = commands != whole and any(map(_lost, whole, commands))
    left_out = (_LEFT_OUT,) if len(whole) < len(remedy.commands) else ()
    told = (remedy.summary, *((_LOST,) if lost else ()), *left_out)
    return Remediation(_text("; ".join(told)), commands, _text(remedy.docs))


def _is_cut(command: Command) -> bool:
    return any(map(scrub.is_cut, (*command.argv, *(command.undo or ()))))


def _lost(before: Command, after: Command) -> bool:
    return (before.argv, before.undo) != (after.argv, after.undo)


def _command(command: Command) -> Command:
    return replace(
        command,
        argv=words(command.argv),
        undo=None if command.undo is None else words(command.undo),
        no_undo=_text(command.no_undo),
        risk=_text(command.risk),
        roles=tuple(_text(role) for role in command.roles),
    )


def words(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a command without anything in them that looks like a secret."""
    # Without the brackets, which mean something to curl.
    told = (scrub.last(word, argument=True) for word in argv)
    return tuple(word.replace(scrub.REDACTED, _PLACEHOLDER) for word in told)


def _fix(fix: Fix | None) -> Fix | None:
    if fix is None:
        return None
    replacements = tuple(
        replace(each, path=_text(each.path), text=_lines(each.text)) for each in fix.replacements
    )
    return Fix(_text(fix.summary), replacements)


def _lines(text: str) -> str:
    """A text of many lines, each bounded by itself."""
    return "\n".join(scrub.last(line) for line in text.split("\n"))


def _comparison(comparison: Comparison | None) -> Comparison | None:
    if comparison is None:
        return None
    return replace(
        comparison,
        environment=_text(comparison.environment),
        differences=tuple(_difference(each) for each in comparison.differences),
    )


def _difference(difference: Difference) -> Difference:
    return replace(
        difference,
        probe=_text(difference.probe),
        message=_text(difference.message),
        rule=_text(difference.rule),
        fingerprint=_text(difference.fingerprint),
        location=_place(difference.location),
    )


def _rule(rule: RuleText) -> RuleText:
    """Its help is our own prose, or a plug-in's, and may be long; it is looked at all the same."""
    return replace(rule, id=_text(rule.id), summary=_text(rule.summary), help=_lines(rule.help))


def _resource(resource: DeclaredResource) -> DeclaredResource:
    return DeclaredResource(_ref(resource.ref), tuple(_ref(each) for each in resource.needs))


def _ref(ref: ResourceRef) -> ResourceRef:
    return ResourceRef(_text(ref.kind), _text(ref.name))


def _facts(facts: Mapping[str, object]) -> dict[str, object]:
    return {_text(str(name)): _fact(name, value) for name, value in facts.items()}


def _fact(name: str, value: object) -> object:
    if isinstance(value, str):
        return scrub.REDACTED if scrub.is_telling(str(name)) else _text(value)
    if isinstance(value, Mapping):
        return _facts(value)
    if isinstance(value, list | tuple):
        return [_fact("", entry) for entry in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(str(value))  # whatever it is, this is how a renderer would show it
