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

from netra_validate.exit_codes import ExitCode
from netra_validate.signs import Sign

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


class RevisionRef(NamedTuple):
    """A revision of a Cloud Run service, all names short."""

    project: str
    region: str
    service: str
    name: str

    @property
    def full_name(self) -> str:
        """As Cloud Run v2 spells it."""
        project, region, service, name = self
        return f"projects/{project}/locations/{region}/services/{service}/revisions/{name}"

    @property
    def siblings(self) -> tuple[str, str, str]:
        """What it shares with the other revisions of its service, and with no other service's."""
        return self[:3]


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
    no_undo: str | None = None
    """Why no command takes it back, in one sentence, where none does."""
    risk: str | None = None
    """What it may do beyond what is wanted, in one sentence, where ``effect`` is not ``reads``."""
    roles: tuple[str, ...] = ()
    """Predefined roles of Google Cloud that it takes to run it, on what it is about."""
    relies_on: tuple[RevisionRef, ...] = ()
    """Where it sends all the traffic of a service: the revision that gets it, and those that have
    to be well besides. Empty: it moves no traffic to what is there."""
    built_on: RevisionRef | None = None
    """Where it deploys a revision, or sends traffic to one that was deployed so: the revision that
    the new one takes all its other settings from."""
    then: Command | None = None
    """The command without which this one changes nothing for users, until a remedy has both."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """What the next revision of a Cloud Run service starts from, and what traffic it gets."""

    latest: str = ""
    """Short name of the revision that was created last: the next one has what that one has, but for
    what is changed. Empty where it is not told."""
    asked: tuple[tuple[str, int], ...] = ()
    """What was asked for: ``LATEST`` or a revision's short name, and its percentage. Empty: all is
    for the latest."""
    beside: bool = False
    """The revision that is to be mended has no traffic, and the next one gets none by itself: it is
    kept to be looked at first, and so is the one that takes its place."""
    tag: str = ""
    """Of that revision; empty where it has none."""

    @property
    def percent(self) -> int:
        """Of the traffic, that goes to the next revision by itself."""
        named = sum(percent for name, percent in self.asked if name != "LATEST")
        return max(0, 100 - named)


@dataclass(frozen=True, slots=True)
class Remediation:
    """What to do about a finding."""

    summary: str
    """One sentence that starts with a verb."""
    commands: tuple[Command, ...] = ()
    """First those that look, then those that change."""
    docs: str | None = None
    """Address of the page that explains it."""
    unmoved: str | None = None
    """The summary where no traffic is to move: without what it promises of that. For one with
    commands that move some."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """One stretch of a file and the text that takes its place. Lines and columns as in Location."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    """The first column that stays. An insertion ends where it starts."""
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit of the repository that mends one finding, whatever is done about the others."""

    summary: str
    """One sentence that starts with a verb."""
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class Bearing:
    """What a finding means to others: what it looks like, and what can follow from it."""

    shows: frozenset[Sign] | None = None
    """What is seen to fail. Empty: it is a cause of its own, whatever else fails. None: nobody
    said, and anything that its check depends on may be behind it."""
    explains: frozenset[Sign] | None = None
    """What follows from it for whoever depends on it. None: what it shows, passed on; anything,
    where that is not said either."""
    may_explain: frozenset[Sign] = frozenset()
    """What can follow from it, and is believed only where nothing is sure to be behind it."""
    affects: frozenset[ResourceRef] = frozenset()
    """Those that it is about, where not everyone who needs the resource is: the one service that
    does not carry a connector. Empty: everyone."""
    reaches: frozenset[ResourceRef] = frozenset()
    """Those that it spoils though they do not need the resource: the database that a job beside a
    service migrates. They get what is said to follow from it, and no more than that."""
    only_in: frozenset[RevisionRef] = frozenset()
    """The revisions in which alone it is felt, as one without traffic: what follows from it is felt
    in one of them alone, too. Empty: everywhere."""
    missing: str | None = None
    """The full name of the thing that is not there, as the API that was asked spells it."""
    since: datetime | None = None
    """When it began, where somebody recorded that."""


NOTHING: Final = Bearing(shows=frozenset())
"""What says nothing about anything else, and follows from nothing."""


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
    fix: Fix | None = None
    """The edit that mends it, where it is a matter of editing."""
    bearing: Bearing = Bearing()
    """What it means for the diagnosis."""
    condemns: frozenset[RevisionRef] = frozenset()
    """The revisions that it shows not to be well: no remedy may send traffic to them."""
    explained_by: tuple[str, ...] = ()
    """Ids of the failing probes that it follows from."""
    explained_perhaps: bool = False
    """Whether it may follow from them, and nobody can be sure."""
    explains: tuple[str, ...] = ()
    """Where it makes its probe a root cause: ids of the probes that follow from it, sorted."""


@dataclass(frozen=True, slots=True)
class Event:
    """A change that somebody made to a resource, or that it went through, as an API dates it."""

    at: datetime
    """With its time zone."""
    what: str
    """A sentence in the past tense without a full stop: ``revision api-00042 was created``."""
    resource: ResourceRef


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
    started_s: float = 0.0
    """When it left the queue, in seconds after the run began."""
    duration_s: float = 0.0
    waited_s: float = 0.0
    """How much of that a request of it stood still: for its turn at a host, or between attempts."""
    attempts: int = 1
    """Highest number of times that one request had to be made."""
    explained_by: tuple[str, ...] = ()
    """Ids of the failing probes next to it that explain this one."""
    observations: Mapping[str, object] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    events: tuple[Event, ...] = ()
    """What happened to the resource and has a date, the latest first."""
    trace: str | None = None
    """The traceback of a crashed check, shown under ``--debug``."""
    declared_at: Location | None = None
    """Where the configuration declares the resource."""
    kept_by: Bearing = NOTHING
    """What kept it from being verified, in the words of the diagnosis."""

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
    findings: tuple[str, ...] = ()
    """Fingerprints of those of its findings that follow from nothing else."""
    why: str = ""
    """Why it was chosen, in one sentence."""
    rests_on: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """The facts behind that, under the ids of the probes that saw them."""
    ruled_out: tuple[str, ...] = ()
    """Ids of the probes that could have explained it, and are well."""
    not_ruled_out: tuple[str, ...] = ()
    """Ids of the probes that could have explained it, and could not be verified."""
    changed: tuple[Event, ...] = ()
    """What happened shortly before, the latest first."""
    leaves_unverified: tuple[str, ...] = ()
    """Ids of the probes that could not be verified because of it, sorted."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """What there is to read about a rule."""

    id: str
    severity: Severity
    """What its findings have by default."""
    summary: str
    help: str


@dataclass(frozen=True, slots=True)
class DeclaredResource:
    """A resource of the environment, whether it was looked at or not, and what it needs."""

    ref: ResourceRef
    needs: tuple[ResourceRef, ...] = ()
    """Directly, sorted."""


class Change(StrEnum):
    """What became of a finding, or of a probe, between two reports."""

    NEWLY_FAILING = "newly-failing"
    STILL_FAILING = "still-failing"
    MENDED = "mended"
    """It failed, and this time it was looked at and found good, or its finding is gone."""
    NEWLY_UNVERIFIED = "newly-unverified"
    """The probe could not be verified, and could before."""
    NO_LONGER_SEEN = "no-longer-seen"
    """It failed, and this time nobody could look. Not mended."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a comparison."""

    change: Change
    probe: str
    message: str
    """The finding's, or why the probe could not be verified."""
    rule: str | None = None
    """None where it is about the probe as a whole."""
    severity: Severity | None = None
    fingerprint: str | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different from an earlier report."""

    environment: str | None
    """Of the earlier report."""
    started_at: datetime
    """Of the earlier report."""
    differences: tuple[Difference, ...] = ()
    """Sorted by change, in the order of :class:`Change`, then by probe and rule."""

    def of(self, change: Change) -> tuple[Difference, ...]:
        """Those of one kind."""
        return tuple(each for each in self.differences if each.change is change)


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
    candidates: tuple[str, ...] = ()
    """What was judged in the place of what serves, such as ``backend-00043-new (tag next)``."""
    project: str | None = None
    region: str | None = None
    version: str = ""
    fail_on: Severity = Severity.ERROR
    """The severity from which on a finding fails the environment."""
    rounds: int = 1
    """How many times the run was made, until everything passed or the patience was over."""
    comparison: Comparison | None = None
    """With the baseline, where there is one."""
    rules: tuple[RuleText, ...] = ()
    """Every rule of the checks that ran, sorted by id."""
    resources: tuple[DeclaredResource, ...] = ()
    """Every resource of the environment, in the order of the configuration."""

    @property
    def summary(self) -> dict[Outcome, int]:
        """How many probes ended in each outcome, every outcome present."""
        counts = dict.fromkeys(Outcome, 0)
        for probe in self.probes:
            counts[probe.outcome] += 1
        return counts

    @property
    def interrupted(self) -> bool:
        """Whether it is what was known when somebody pressed Ctrl-C."""
        return self.exit_code == ExitCode.INTERRUPTED

    def probe(self, probe_id: str) -> ProbeResult:
        """The result with this id.

        Raises:
            KeyError: there is no such probe in the report.
        """
        return {probe.id: probe for probe in self.probes}[probe_id]
