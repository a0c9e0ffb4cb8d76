"""The shape of the JSON report, version 1, as a reader takes it.

What may be null may be missing too. Keys that came after the first reports have a default, and keys
that are not here are ignored: a later version may write more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from netra_validate.model import Effect, Outcome, Plane, Severity, Status

_TABLE: Final = Meta(title="a table")
_LIST: Final = Meta(title="a list")

_ProbeId = Annotated[str, Meta(pattern="/", title="text such as health/backend")]
_RuleId = Annotated[str, Meta(pattern=r"\.", title="text such as health.bad-status")]
_Instant = Annotated[datetime, Meta(tz=True, title="a time such as 2026-01-01T00:00:00Z")]
_Seconds = Annotated[float, Meta(ge=0)]
_Place = Annotated[int, Meta(ge=1)]
_Facts = Annotated[dict[str, Any], _TABLE]
_Ids = Annotated[tuple[str, ...], _LIST]
_Argv = Annotated[tuple[str, ...], Meta(min_length=1, title="a list of at least one text")]


class Tool(msgspec.Struct, frozen=True):
    """What wrote it."""

    name: Literal["netra-validate"]
    version: str


class Location(msgspec.Struct, frozen=True):
    """A place in a file of the repository."""

    path: str
    line: _Place | None = None
    column: _Place | None = None


class Command(msgspec.Struct, frozen=True):
    """One command of a remedy."""

    argv: _Argv
    effect: Effect
    undo: _Argv | None = None
    no_undo: str | None = None
    risk: str | None = None
    roles: Annotated[tuple[str, ...], _LIST] = ()


class Remediation(msgspec.Struct, frozen=True):
    """What to do about a finding."""

    summary: str
    commands: Annotated[tuple[Command, ...], _LIST]
    docs: str | None = None


class Finding(msgspec.Struct, frozen=True):
    """One rule broken by one probe."""

    rule: _RuleId
    severity: Severity
    message: str
    evidence: _Facts
    fingerprint: str
    location: Location | None = None
    remediation: Remediation | None = None
    waived: str | None = None
    explained_by: _Ids = ()
    explains: _Ids = ()


class Resource(msgspec.Struct, frozen=True):
    """What was examined."""

    kind: str
    name: str


class Probe(msgspec.Struct, frozen=True):
    """What came of one check on one resource."""

    id: _ProbeId
    check: str
    resource: Annotated[Resource, _TABLE]
    outcome: Outcome
    duration_s: _Seconds
    attempts: Annotated[int, Meta(ge=0)]
    explained_by: _Ids
    observations: _Facts
    findings: Annotated[tuple[Finding, ...], _LIST]
    plane: Plane | None = None
    reason: str | None = None
    started_s: _Seconds = 0.0
    waited_s: _Seconds = 0.0


class Event(msgspec.Struct, frozen=True):
    """A change of a resource."""

    at: _Instant
    what: str
    resource: Annotated[Resource, _TABLE]


class RootCause(msgspec.Struct, frozen=True):
    """A failing probe that nothing explains."""

    probe: _ProbeId
    explains: _Ids
    findings: _Ids = ()
    why: str = ""
    rests_on: dict[str, _Facts] = {}
    ruled_out: _Ids = ()
    not_ruled_out: _Ids = ()
    leaves_unverified: _Ids = ()
    changed: Annotated[tuple[Event, ...], _LIST] = ()


class Difference(msgspec.Struct, frozen=True):
    """One line of a comparison."""

    probe: _ProbeId
    message: str
    rule: str | None = None
    severity: Severity | None = None
    location: Location | None = None
    fingerprint: str | None = None


class Baseline(msgspec.Struct, frozen=True):
    """The earlier report of a comparison."""

    started_at: _Instant
    environment: str | None = None


class Comparison(msgspec.Struct, frozen=True):
    """What was different from a report that was earlier still."""

    baseline: Annotated[Baseline, _TABLE]
    newly_failing: Annotated[tuple[Difference, ...], _LIST]
    still_failing: Annotated[tuple[Difference, ...], _LIST]
    mended: Annotated[tuple[Difference, ...], _LIST]
    newly_unverified: Annotated[tuple[Difference, ...], _LIST]
    no_longer_seen: Annotated[tuple[Difference, ...], _LIST]


class Document(msgspec.Struct, frozen=True):
    """A whole report. Its ``summary`` is counted again and not believed."""

    schema_version: Literal[1]
    tool: Annotated[Tool, _TABLE]
    started_at: _Instant
    duration_s: _Seconds
    status: Status
    exit_code: Literal[0, 1, 2, 3, 4, 130]
    root_causes: Annotated[tuple[RootCause, ...], _LIST]
    probes: Annotated[tuple[Probe, ...], _LIST]
    environment: str | None = None
    project: str | None = None
    region: str | None = None
    rounds: Annotated[int, Meta(ge=1)] = 1
    fail_on: Severity = Severity.ERROR
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
