"""One validation from plan to report: run, diagnose, judge."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Final

from netra_validate import candidates, diagnosis, footprint, patience, rollbacks, runner, waivers
from netra_validate.exit_codes import ExitCode
from netra_validate.model import DeclaredResource, Report, RuleText, Severity, Status
from netra_validate.plan import Limits, Plan

EXIT_CODES: Final = {
    Status.PASSED: ExitCode.FIT,
    Status.FAILED: ExitCode.FOUND,
    Status.UNVERIFIED: ExitCode.UNVERIFIED,
}


async def validate(
    plan: Plan,
    limits: Limits,
    *,
    fail_on: Severity = Severity.ERROR,
    observer: runner.Observer | None = None,
    wait_s: float = 0.0,
    watcher: patience.Watcher | None = None,
    with_footprint: bool = False,
) -> Report:
    """Run a plan and judge what came of it.

    Args:
        plan: what to run.
        limits: how much at once and for how long, in each round.
        fail_on: the severity from which on a finding fails the environment.
        observer: is told what happens meanwhile.
        wait_s: how long to run again what has not passed, in seconds from the beginning.
        watcher: is told of the pauses between the rounds.
        with_footprint: whether to note what the run itself took: memory and connections.
    """
    started_at, started = datetime.now(UTC), time.monotonic()
    run = await patience.run_in_rounds(
        plan,
        limits,
        wait_s=wait_s,
        fail_on=fail_on,
        today=_today,
        observer=observer,
        watcher=watcher,
    )
    unseen = candidates.unseen(plan.topology, run.candidates, run.results)
    results = (*run.results, *plan.settled, *unseen)
    results = tuple(sorted(results, key=lambda result: result.id))
    waived = waivers.apply(results, plan.waivers, _today(), plan.dependencies)
    results = waived.results
    found = diagnosis.diagnose(
        results,
        plan.topology.upstream,
        plan.dependencies,
        fail_on=fail_on,
        now=datetime.now(UTC),
        catalogue=plan.catalogue,
    )
    status = diagnosis.status_of(results, fail_on)
    if run.interrupted and status is Status.PASSED:
        status = Status.UNVERIFIED
    return Report(
        environment=plan.environment.name,
        project=plan.environment.project,
        region=plan.environment.region,
        started_at=started_at,
        duration_s=time.monotonic() - started,
        status=status,
        exit_code=ExitCode.INTERRUPTED if run.interrupted else EXIT_CODES[status],
        root_causes=found.root_causes,
        probes=rollbacks.reconciled(found.results),
        notes=(
            *plan.notes,
            *candidates.notes(plan.topology, run.candidates),
            *waived.notes,
            *([_footprint(run.rounds)] if with_footprint else []),
        ),
        candidates=tuple(candidates.judged(plan.topology, run.candidates)),
        version=version("netra-validate"),
        fail_on=fail_on,
        rounds=len(run.rounds),
        rules=_rules(plan),
        resources=tuple(
            DeclaredResource(resource.ref, tuple(sorted(resource.needs)))
            for resource in plan.topology.resources
        ),
    )


def _footprint(rounds: Sequence[patience.Round]) -> str:
    most = max((each.connections[0] for each in rounds), default=0)
    to_one_server = max((each.connections[1] for each in rounds), default=0)
    return footprint.told(footprint.peak_memory(), most, to_one_server)


def _today() -> date:
    """In UTC. After a long wait it is another day than at its beginning, and waivers end."""
    return datetime.now(UTC).date()


def _rules(plan: Plan) -> tuple[RuleText, ...]:
    """What there is to read about every rule that could have been broken."""
    rules = {rule.id: rule for probe in plan.probes for rule in probe.check.rules.values()}
    return tuple(
        RuleText(rule.id, rule.severity, rule.summary, rule.help)
        for _, rule in sorted(rules.items())
    )
