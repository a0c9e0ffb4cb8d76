"""What a run produces: findings, results and the report. Frozen data that needs no world.

The words are those of the README: a *check* examines a *resource*; one check on one resource is a
*probe*; a probe breaks a *rule* and thereby has a *finding*, or it passes on its *observations*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

SCHEMA_VERSION: Final = 1
"""Version of the JSON report; raised when a reader of the old form would misread the new one."""


class Plane(StrEnum):
    """Where a check looks."""

    SOURCE = "source"
    """Files of the repository."""
    CONTROL = "control"
    """Cloud APIs."""
    DATA = "data"
    """The running system."""


class Severity(StrEnum):
    """How bad it is that a rule is broken."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for a note, 2 for an error."""
        return tuple(Severity).index(self)


class Outcome(StrEnum):
    """How a probe ended."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"
    """Could not verify. Never good news."""
    SKIP = "skip"


class Status(StrEnum):
    """The verdict on an environment."""

    PASSED = "passed"
    FAILED = "failed"
    UNVERIFIED = "unverified"


class Effect(StrEnum):
    """What happens to the environment when a command of a remedy is run."""

    READS = "reads"
    CHANGES = "changes"
    RESTARTS = "restarts"


class ResourceRef(NamedTuple):
    """The name of a resource: ``service``, ``backend``."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file of the repository."""

    path: str
    """Relative to the root, with ``/`` on every system."""
    line: int | None = None
    """Counted from 1."""
    column: int | None = None
    """Counted from 1, in characters."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command that a person can paste."""

    argv: tuple[str, ...]
    """Programme and arguments, unquoted."""
    effect: Effect = Effect.READS
    undo: tuple[str, ...] | None = None
    """The command that takes the change back, where ``effect`` is not ``reads``."""


@dataclass(frozen=True, slots=True)
class Remediation:
    """What to do about a finding."""

    summary: str
    """One sentence that starts with a verb."""
    commands: tuple[Command, ...] = ()
    """First those that look, then those that change."""
    docs: str | None = None
    """Address of the page that explains it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken by one probe. Built by :meth:`netra_validate.Rule.finding` only."""

    rule: str
    """Stable id ``check.rule``."""
    severity: Severity
    message: str
    """One sentence in the present tense, the real name first."""
    location: Location | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)
    remediation: Remediation | None = None
    identity: str = ""
    """What tells this finding from others of its rule and resource, without line numbers."""
    fingerprint: str = ""
    """Stable from run to run, set when the probe ends."""
    waived: str | None = None
    """The reason of the waiver that applies."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What came of one check on one resource."""

    id: str
    """``check/resource``, such as ``cloud-sql/postgres``."""
    check: str
    plane: Plane | None
    """None where the check could not even be loaded."""
    resource: ResourceRef
    outcome: Outcome
    reason: str | None = None
    """Why it was skipped or could not be verified."""
    duration_s: float = 0.0
    attempts: int = 1
    """Highest number of times that one request had to be made."""
    explained_by: tuple[str, ...] = ()
    """Ids of the failing probes next to it that explain this one."""
    observations: Mapping[str, object] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    trace: str | None = None
    """The traceback of a crashed check, shown under ``--debug``."""
    declared_at: Location | None = None
    """Where the configuration declares the resource."""

    @property
    def worst(self) -> Severity | None:
        """The highest severity among the findings that are not waived."""
        ranked = [found.severity for found in self.findings if found.waived is None]
        return max(ranked, key=lambda severity: severity.rank, default=None)


@dataclass(frozen=True, slots=True)
class RootCause:
    """A failing probe that no other failing probe explains."""

    probe: str
    explains: tuple[str, ...] = ()
    """Every probe that follows from it, sorted."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one run has to say. The renderers are pure functions of it."""

    environment: str | None
    """None where nothing was configured."""
    started_at: datetime
    duration_s: float
    status: Status
    exit_code: int
    root_causes: tuple[RootCause, ...] = ()
    probes: tuple[ProbeResult, ...] = ()
    """Sorted by id."""
    notes: tuple[str, ...] = ()
    """What a person should know of the run as a whole, such as what was not looked at."""
    project: str | None = None
    region: str | None = None
    version: str = ""

    @property
    def summary(self) -> dict[Outcome, int]:
        """How many probes ended in each outcome, every outcome present."""
        counts = dict.fromkeys(Outcome, 0)
        for probe in self.probes:
            counts[probe.outcome] += 1
        return counts

    def probe(self, probe_id: str) -> ProbeResult:
        """The result with this id.

        Raises:
            KeyError: there is no such probe in the report.
        """
        return {probe.id: probe for probe in self.probes}[probe_id]
