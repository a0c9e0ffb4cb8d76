"""Reports as runs make them, for every test of a format."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from netra_validate import (
    Command,
    Effect,
    Finding,
    Location,
    Outcome,
    Plane,
    Remediation,
    Severity,
)
from netra_validate.model import (
    Change,
    Comparison,
    DeclaredResource,
    Difference,
    Event,
    Fix,
    ProbeResult,
    Replacement,
    Report,
    ResourceRef,
    RootCause,
    RuleText,
    Status,
)

STARTED = datetime(2026, 1, 1, 12, 30, 5, 250_000, tzinfo=UTC)

CONNECTOR = ResourceRef("connector", "main")
DATABASE = ResourceRef("database", "postgres")

RESOURCES = (
    DeclaredResource(ResourceRef("repository", "repo")),
    DeclaredResource(ResourceRef("service", "backend"), (CONNECTOR, DATABASE)),
    DeclaredResource(ResourceRef("service", "frontend")),
    DeclaredResource(DATABASE, (CONNECTOR,)),
    DeclaredResource(CONNECTOR),
)

DECLARED = {"service backend": 5, "service frontend": 12, "database postgres": 15,
            "connector main": 18}  # fmt: skip
"""Lines of the configuration."""

STARTS = {Plane.SOURCE: 0.002, Plane.CONTROL: 0.004, Plane.DATA: 0.3}

WHERE = ("--region=us-central1", "--project=netra-staging")


def incident() -> Report:
    """The connector is down; database, health and WebSocket follow."""
    connector = probe(
        "vpc-connector/main", Plane.CONTROL, "connector",
        observations={"state": "ERROR", "network": "staging-vpc"},
        findings=(
            Finding(
                "vpc-connector.not-ready", Severity.ERROR,
                "staging-connector is ERROR, expected READY",
                evidence={
                    "state": "ERROR", "min_instances": 2, "max_instances": 3,
                    "machine_type": "e2-micro", "network": "staging-vpc",
                },
                remediation=Remediation(
                    "Ask why it is not READY; recreate it where it does not come back by itself.",
                    (
                        Command((
                            "gcloud", "compute", "networks", "vpc-access", "connectors",
                            "describe", "staging-connector", *WHERE,
                        )),
                        Command(
                            ("gcloud", "run", "services", "update", "netra-backend",
                             "--vpc-connector=staging-connector-v2", *WHERE),
                            Effect.CHANGES,
                            undo=("gcloud", "run", "services", "update", "netra-backend",
                                  "--vpc-connector=staging-connector", *WHERE),
                            risk="What only the other network has is out of its reach",
                            roles=("roles/run.developer", "roles/iam.serviceAccountUser"),
                        ),
                    ),
                    "https://cloud.google.com/vpc/docs/serverless-vpc-access#troubleshooting",
                ),
            ),
        ),
    )  # fmt: skip
    database = probe(
        "cloud-sql/postgres", Plane.CONTROL, "database", explained_by=("vpc-connector/main",),
        findings=(
            Finding(
                "cloud-sql.not-runnable", Severity.ERROR,
                "staging-shared-postgres is SUSPENDED, expected RUNNABLE",
                evidence={"state": "SUSPENDED", "disk_ratio": 0.41},
                remediation=Remediation(
                    "Look at its latest operations.",
                    (Command(("gcloud", "sql", "operations", "list",
                              "--instance=staging-shared-postgres", "--project=netra-staging")),),
                ),
            ),
        ),
    )  # fmt: skip
    health = probe(
        "health/backend", Plane.DATA, "service", explained_by=("cloud-sql/postgres",), attempts=3,
        findings=tuple(
            Finding(
                "health.bad-status", Severity.ERROR,
                f"https://staging.netrasystems.ai{path} answers 503",
                evidence={"status": 503, "latency_ms": 2100.4, "attempts": 3},
                remediation=Remediation(
                    "Read the logs of the revision that serves.",
                    (Command(("gcloud", "run", "services", "logs", "read", "netra-backend",
                              *WHERE, "--log-filter=logName:(stderr OR stdout OR system)")),),
                ),
            )
            for path in ("/health", "/health/database")
        ),
    )  # fmt: skip
    auth = probe(
        "health/auth", Plane.DATA, "service", outcome=Outcome.ERROR,
        explained_by=("cloud-sql/postgres",), reason="no answer within the probe's 30 s",
    )  # fmt: skip
    websocket = probe(
        "websocket/backend", Plane.DATA, "service", explained_by=("health/backend",),
        findings=(
            Finding(
                "websocket.refused", Severity.ERROR,
                "wss://api-staging.netrasystems.ai/ws refuses the upgrade with 503",
                evidence={"status": 503, "retry_after_s": 10},
            ),
        ),
    )  # fmt: skip
    return report(
        (connector, database, health, auth, websocket, *passed_source(), skipped()),
        Status.FAILED,
        1,
        (
            RootCause(
                "vpc-connector/main",
                ("cloud-sql/postgres", "health/auth", "health/backend", "websocket/backend"),
                why="It leads to what 4 other probes show: a failing service and no database; "
                "it depends on nothing that is checked",
                rests_on={
                    "vpc-connector/main": {"state": "ERROR"},
                    "cloud-sql/postgres": {"waited_s": 15.0},
                },
                changed=(
                    Event(
                        datetime(2025, 12, 31, 23, 41, tzinfo=UTC),
                        "revision netra-backend-00042-abc was created",
                        ResourceRef("service", "backend"),
                    ),
                ),
            ),
        ),
    )


def healthy() -> Report:
    """Everything passes, one after retries."""
    return report(
        (
            *passed_source(),
            probe(
                "cloud-sql/postgres", Plane.CONTROL, "database", outcome=Outcome.PASS,
                observations={
                    "state": "RUNNABLE", "version": "POSTGRES_17", "attached": True,
                    "disk_ratio": 0.41, "addresses": ["private"], "max_connections": None,
                },
            ),
            probe(
                "health/backend", Plane.DATA, "service", outcome=Outcome.PASS, attempts=3,
                observations={"status": 200, "latency_ms": 142.4, "service": "netra-backend"},
            ),
            probe(
                "vpc-connector/main", Plane.CONTROL, "connector", outcome=Outcome.PASS,
                observations={"state": "READY", "network": "staging-vpc"},
            ),
        ),
        Status.PASSED,
        0,
    )  # fmt: skip


def unverified() -> Report:
    """Two probes could not be verified, one of them because its check crashed."""
    return report(
        (
            *passed_source(),
            probe(
                "cloud-sql/postgres", Plane.CONTROL, "database", outcome=Outcome.ERROR,
                reason="sqladmin.googleapis.com answers 403 to staging-shared-postgres;"
                " missing permission cloudsql.instances.get; ask the owner of netra-staging for"
                " roles/cloudsql.viewer",
            ),
            probe(
                "health/backend", Plane.DATA, "service", outcome=Outcome.ERROR,
                reason="the check crashed: KeyError: 'status'",
                trace='Traceback (most recent call last):\n  File "checks/health.py", line 9,'
                " in run\n    body['status']\nKeyError: 'status'\n",
            ),
            skipped(),
        ),
        Status.UNVERIFIED,
        3,
        notes=("Nothing was asked of load balancers: none is configured.",),
    )  # fmt: skip


def warned() -> Report:
    """Warnings, a note and a waiver, and still fit."""
    open_to_all = Finding(
        "cloud-sql.open-to-the-world", Severity.ERROR,
        "staging-shared-postgres accepts connections from 0.0.0.0/0",
        evidence={"authorized_networks": ["0.0.0.0/0"]},
        waived="shared with the data team until the move (platform, until 2026-12-31)",
    )  # fmt: skip
    full = Finding(
        "cloud-sql.disk-nearly-full", Severity.WARNING,
        "staging-shared-postgres has 92 % of its disk in use and does not grow",
        evidence={"disk_ratio": 0.92},
        remediation=Remediation(
            "Let the disk grow.",
            (Command(("gcloud", "sql", "instances", "patch", "staging-shared-postgres",
                      "--storage-auto-increase", "--project=netra-staging"),
                     Effect.CHANGES,
                     no_undo="A disk cannot be made smaller again",
                     risk="What the disk has grown by stays, and is paid for",
                     roles=("roles/cloudsql.editor",)),),
        ),
    )  # fmt: skip
    unused = Finding(
        "pytest-markers.unused", Severity.NOTE, "marker chaos is registered and never used",
        location=Location("pyproject.toml", 210), evidence={"name": "chaos"},
    )  # fmt: skip
    return report(
        (
            probe(
                "cloud-sql/postgres", Plane.CONTROL, "database", outcome=Outcome.WARN,
                findings=(open_to_all, full),
            ),
            probe(
                "pytest-markers/repo", Plane.SOURCE, "repository", outcome=Outcome.PASS,
                findings=(unused,), observations={"files": 5512, "markers": 586, "strict": True},
            ),
        ),
        Status.PASSED,
        0,
    )  # fmt: skip


def crowded(places: int = 1_300) -> Report:
    """A tree full of retired hosts and unregistered markers."""
    domains = probe(
        "domains/repo", Plane.SOURCE, "repository", findings=tuple(retired_hosts(places))
    )
    markers = probe(
        "pytest-markers/repo", Plane.SOURCE, "repository",
        findings=tuple(
            Finding(
                "pytest-markers.unregistered", Severity.ERROR,
                f"marker {name} is used and registered nowhere",
                location=Location(f"tests/unit/test_{name}.py", line, 2),
                evidence={"name": name},
            )
            for count in range(20)
            for name in [f"slow_{count}"]
            for line in range(1, count % 4 + 2)
        ),
    )  # fmt: skip
    return report(
        (domains, markers), Status.FAILED, 1,
        (RootCause("domains/repo"), RootCause("pytest-markers/repo")),
    )  # fmt: skip


def empty() -> Report:
    """An empty folder: nothing was configured and nothing applies."""
    return Report(
        environment=None,
        started_at=STARTED,
        duration_s=0.0123,
        status=Status.UNVERIFIED,
        exit_code=3,
        notes=("There is no netra-validate.toml here: `netra-validate init` writes one.",),
        version="0.1.0",
    )


def compared() -> Report:
    """A second look, held against the first: one thing new, one as before, one mended."""
    now = incident()
    old = {
        "probe": "health/backend",
        "rule": "health.bad-status",
        "severity": Severity.ERROR,
        "fingerprint": "0f" * 16,
    }
    return replace(
        now,
        rounds=3,
        comparison=Comparison(
            "staging",
            STARTED - timedelta(minutes=15),
            (
                Difference(
                    Change.NEWLY_FAILING, "vpc-connector/main",
                    "staging-connector is ERROR, expected READY", "vpc-connector.not-ready",
                    Severity.ERROR, "1e" * 16,
                ),
                Difference(
                    Change.STILL_FAILING, message="https://staging.netrasystems.ai answers 503",
                    **old,
                ),
                Difference(
                    Change.MENDED, "domains/repo", "api.staging.netrasystems.ai is retired",
                    "domains.retired-host", Severity.ERROR, "2d" * 16, Location("app/a.py", 3, 9),
                ),
                Difference(
                    Change.NEWLY_UNVERIFIED, "cloud-sql/postgres",
                    "missing permission cloudsql.instances.get",
                ),
                Difference(Change.NO_LONGER_SEEN, message="the certificate runs out", **old),
            ),
        ),
    )  # fmt: skip


def mixed() -> Report:
    """Two faults at once: the database is a root cause by its schema, a symptom by its silence."""
    made = incident()
    silent = Finding(
        "postgres.no-answer", Severity.ERROR, "staging-shared-postgres does not answer on 5432",
        evidence={"port": 5432, "waited_s": 10.0}, explained_by=("vpc-connector/main",),
        remediation=Remediation("Mend the way to it first."),
    )  # fmt: skip
    old = Finding(
        "postgres.wrong-schema", Severity.ERROR,
        "netra is at migration 0041, and revision netra-backend-00042-abc expects 0043",
        evidence={"found": "0041", "expected": "0043"}, fingerprint="0c" * 16,
        remediation=Remediation("Run the migrations that are missing."),
    )  # fmt: skip
    database = probe("postgres/postgres", Plane.DATA, "database", findings=(silent, old))
    (connector,) = made.root_causes
    schema = RootCause(
        "postgres/postgres",
        findings=("0c" * 16,),
        why="vpc-connector/main fails too, but not in a way that leads to this (a service that is "
        "not well); ruled out: cloud-run/backend, identity/backend, runtime-config/backend, "
        "secrets/backend and 2 more, which are well; not ruled out: host/backend, which could not "
        "be verified",
        rests_on={"postgres/postgres": {"found": "0041", "expected": "0043"}},
        ruled_out=(
            "cloud-run/backend", "domains/repo", "identity/backend", "pytest-markers/repo",
            "runtime-config/backend", "secrets/backend",
        ),
        not_ruled_out=("host/backend",),
        changed=(
            Event(
                datetime(2026, 1, 1, 12, 2, tzinfo=UTC),
                "revision netra-backend-00042-abc was created",
                ResourceRef("service", "backend"),
            ),
            Event(
                datetime(2026, 1, 1, 11, 58, tzinfo=UTC),
                "staging-shared-postgres was restarted",
                DATABASE,
            ),
        ),
    )  # fmt: skip
    return replace(
        made,
        probes=tuple(sorted((*made.probes, database), key=lambda each: each.id)),
        root_causes=(schema, connector),
        rules=_rules((*made.probes, database)),
    )


SAMPLES = {
    made.__name__: made
    for made in (incident, healthy, unverified, warned, crowded, empty, compared, mixed)
}
"""Every sample by its name."""


def probe(
    probe_id: str,
    plane: Plane,
    kind: str,
    *,
    outcome: Outcome = Outcome.FAIL,
    explained_by: tuple[str, ...] = (),
    reason: str | None = None,
    attempts: int = 1,
    observations: dict[str, object] | None = None,
    findings: tuple[Finding, ...] = (),
    trace: str | None = None,
) -> ProbeResult:
    check, _, resource = probe_id.partition("/")
    return ProbeResult(
        id=probe_id,
        check=check,
        plane=plane,
        resource=ResourceRef(kind, resource),
        outcome=outcome,
        reason=reason,
        started_s=STARTS[plane],
        duration_s=0.21049,
        waited_s=0.05 * (attempts - 1),
        attempts=attempts,
        explained_by=explained_by,
        observations=observations or {},
        findings=findings,
        trace=trace,
        declared_at=_declared_at(f"{kind} {resource}"),
    )


def _declared_at(ref: str) -> Location | None:
    line = DECLARED.get(ref)
    return None if line is None else Location("netra-validate.toml", line)


def _rules(probes: tuple[ProbeResult, ...]) -> tuple[RuleText, ...]:
    rules = {found.rule: found.severity for result in probes for found in result.findings}
    return tuple(
        RuleText(rule, severity, f"What {rule} says in a line", "Why it matters.\n\nHow to mend.")
        for rule, severity in sorted(rules.items())
    )


def report(
    probes: tuple[ProbeResult, ...],
    status: Status,
    exit_code: int,
    root_causes: tuple[RootCause, ...] = (),
    notes: tuple[str, ...] = (),
) -> Report:
    return Report(
        environment="staging",
        started_at=STARTED,
        duration_s=1.92951,
        status=status,
        exit_code=exit_code,
        root_causes=root_causes,
        probes=tuple(sorted(probes, key=lambda result: result.id)),
        notes=notes,
        project="netra-staging",
        region="us-central1",
        version="0.1.0",
        rules=_rules(probes),
        resources=RESOURCES,
    )


def passed_source() -> tuple[ProbeResult, ...]:
    return (
        probe(
            "domains/repo", Plane.SOURCE, "repository", outcome=Outcome.PASS,
            observations={"files": 45912, "hosts": 2, "retired": 0, "excluded": ["docs/**"]},
        ),
        probe(
            "pytest-markers/repo", Plane.SOURCE, "repository", outcome=Outcome.PASS,
            observations={"files": 5512, "markers": 586, "strict": True},
        ),
    )  # fmt: skip


def skipped() -> ProbeResult:
    return probe(
        "websocket/frontend", Plane.DATA, "service", outcome=Outcome.SKIP,
        reason="no websocket is configured",
    )  # fmt: skip


def retired_hosts(places: int) -> Iterator[Finding]:
    folders = ("tests/e2e", "tests/unit", "docs", "scripts/deploy", "frontend/src", "auth", "k8s")
    hosts = ("api.staging.netrasystems.ai", "auth.staging.netrasystems.ai")
    for count in range(places):
        host = hosts[count % 5 == 0]
        folder = folders[count % 11 % len(folders)]
        yield Finding(
            "domains.retired-host", Severity.ERROR,
            f"{host} is retired; use staging.netrasystems.ai",
            location=Location(f"{folder}/file_{count // 7}.py", count % 97 + 1, count % 40 + 1),
            evidence={"host": host, "replacement": "staging.netrasystems.ai"},
            remediation=Remediation("Write staging.netrasystems.ai instead."),
            fingerprint=f"{count:032x}",
            fix=Fix(
                "Write staging.netrasystems.ai instead.",
                (
                    Replacement(
                        f"{folder}/file_{count // 7}.py", count % 97 + 1, count % 40 + 1,
                        count % 97 + 1, count % 40 + 1 + len(host), "staging.netrasystems.ai",
                    ),
                ),
            ),
        )  # fmt: skip
