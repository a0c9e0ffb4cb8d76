"""One validation from plan to report: run, diagnose, judge."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from netra_validate import diagnosis, runner, waivers
from netra_validate.clients import Clients
from netra_validate.model import DeclaredResource, Report, RuleText, Severity, Status
from netra_validate.plan import Limits, Plan

_CLOSING_S: Final = 3.0
"""How long connections may take to close before they are left to the operating system."""

EXIT_CODES: Final = {Status.PASSED: 0, Status.FAILED: 1, Status.UNVERIFIED: 3}
INTERRUPTED: Final = 130


async def validate(
    plan: Plan,
    limits: Limits,
    *,
    fail_on: Severity = Severity.ERROR,
    observer: runner.Observer | None = None,
) -> Report:
    """Run a plan and judge what came of it.

    Args:
        plan: what to run.
        limits: how much at once and for how long.
        fail_on: the severity from which on a finding fails the environment.
        observer: is told what happens meanwhile.
    """
    started_at, started = datetime.now(UTC), time.monotonic()
    clients = Clients(plan.environment, plan.root, per_host=limits.per_host, secrets=plan.secrets)
    try:
        run = await runner.run(
            plan.probes, plan.environment, plan.topology, clients, limits, observer
        )
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(clients.close(), _CLOSING_S)
    results = tuple(sorted((*run.results, *plan.settled), key=lambda result: result.id))
    waived = waivers.apply(results, plan.waivers, started_at.date())
    results = waived.results
    found = diagnosis.diagnose(results, plan.topology.upstream, plan.dependencies, fail_on=fail_on)
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
        exit_code=INTERRUPTED if run.interrupted else EXIT_CODES[status],
        root_causes=found.root_causes,
        probes=found.results,
        notes=(*plan.notes, *waived.notes),
        version=version("netra-validate"),
        fail_on=fail_on,
        rules=_rules(plan),
        resources=tuple(
            DeclaredResource(resource.ref, tuple(sorted(resource.needs)))
            for resource in plan.topology.resources
        ),
    )


def _rules(plan: Plan) -> tuple[RuleText, ...]:
    """What there is to read about every rule that could have been broken."""
    rules = {rule.id: rule for probe in plan.probes for rule in probe.check.rules.values()}
    return tuple(
        RuleText(rule.id, rule.severity, rule.summary, rule.help)
        for _, rule in sorted(rules.items())
    )
