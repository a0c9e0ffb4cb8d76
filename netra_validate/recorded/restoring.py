"""From the tables of a document to the model, every text scrubbed on its way."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from netra_validate import model, scrub, web_addresses
from netra_validate.model import Change
from netra_validate.recorded import commands, document

_LONGEST: Final = 2000
"""Characters of one text. Findings are shorter; notes list names."""

_FOREIGN: Final = "the report holds a command that this program does not make, left out here"
"""What is said beside a remedy of which a command was left out."""


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    return scrub.text(text, limit=_LONGEST)


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(_text, texts))


def _maybe(text: str | None) -> str | None:
    return None if text is None else _text(text)


def report(recorded: document.Document) -> model.Report:
    """The report that a document holds, every text in it scrubbed."""
    return model.Report(
        environment=_maybe(recorded.environment),
        started_at=recorded.started_at,
        duration_s=recorded.duration_s,
        status=recorded.status,
        exit_code=recorded.exit_code,
        root_causes=tuple(map(_cause, recorded.root_causes)),
        probes=tuple(sorted(map(_probe, recorded.probes), key=lambda probe: probe.id)),
        notes=_texts(recorded.notes),
        candidates=_texts(recorded.candidates),
        project=_maybe(recorded.project),
        region=_maybe(recorded.region),
        version=_text(recorded.tool.version),
        fail_on=recorded.fail_on,
        rounds=recorded.rounds,
        comparison=_comparison(recorded.comparison),
    )


def _cause(cause: document.RootCause) -> model.RootCause:
    return model.RootCause(
        probe=_text(cause.probe),
        explains=_texts(cause.explains),
        findings=_texts(cause.findings),
        why=_text(cause.why),
        rests_on={_text(probe): scrub.table(facts) for probe, facts in cause.rests_on.items()},
        ruled_out=_texts(cause.ruled_out),
        not_ruled_out=_texts(cause.not_ruled_out),
        leaves_unverified=_texts(cause.leaves_unverified),
        changed=tuple(
            model.Event(event.at, _text(event.what), _ref(event.resource))
            for event in cause.changed
        ),
    )


def _ref(resource: document.Resource) -> model.ResourceRef:
    return model.ResourceRef(_text(resource.kind), _text(resource.name))


def _probe(probe: document.Probe) -> model.ProbeResult:
    return model.ProbeResult(
        id=_text(probe.id),
        check=_text(probe.check),
        plane=probe.plane,
        resource=_ref(probe.resource),
        outcome=probe.outcome,
        reason=_maybe(probe.reason),
        started_s=probe.started_s,
        duration_s=probe.duration_s,
        waited_s=probe.waited_s,
        attempts=probe.attempts,
        explained_by=_texts(probe.explained_by),
        observations=scrub.table(probe.observations),
        findings=tuple(map(_finding, probe.findings)),
    )


def _finding(found: document.Finding) -> model.Finding:
    return model.Finding(
        rule=_text(found.rule),
        severity=found.severity,
        message=_text(found.message),
        location=_location(found.location),
        evidence=scrub.table(found.evidence),
        remediation=_remediation(found.remediation),
        fingerprint=_text(found.fingerprint),
        waived=_maybe(found.waived),
        explained_by=_texts(found.explained_by),
        explains=_texts(found.explains),
    )


def _location(where: document.Location | None) -> model.Location | None:
    return None if where is None else model.Location(_text(where.path), where.line, where.column)


def _remediation(remedy: document.Remediation | None) -> model.Remediation | None:
    if remedy is None:
        return None
    read = tuple(map(commands.restored, remedy.commands))
    ours = tuple(command for command in read if command is not None)
    told = _text(remedy.summary)
    summary = told if len(ours) == len(read) else f"{told}; {_FOREIGN}"
    docs = remedy.docs if web_addresses.to_follow(remedy.docs) else None
    return model.Remediation(_text(summary), ours, _maybe(docs))


def _comparison(comparison: document.Comparison | None) -> model.Comparison | None:
    if comparison is None:
        return None
    lists = {
        Change.NEWLY_FAILING: comparison.newly_failing,
        Change.STILL_FAILING: comparison.still_failing,
        Change.MENDED: comparison.mended,
        Change.NEWLY_UNVERIFIED: comparison.newly_unverified,
        Change.NO_LONGER_SEEN: comparison.no_longer_seen,
    }
    return model.Comparison(
        _maybe(comparison.baseline.environment),
        comparison.baseline.started_at,
        tuple(_difference(change, each) for change, listed in lists.items() for each in listed),
    )


def _difference(change: Change, difference: document.Difference) -> model.Difference:
    return model.Difference(
        change,
        _text(difference.probe),
        _text(difference.message),
        _maybe(difference.rule),
        difference.severity,
        _maybe(difference.fingerprint),
        _location(difference.location),
    )
