"""Runs probes: all together, each bounded in time, none able to take another down.

A probe ends in one of three ways: its check comes to an end, the check raises, or time is over (its
own, the run's, or the patience of the person at the keyboard). Whatever it had found until then is
kept. Retries live in the clients, where it is known what may pass by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final, Protocol

from netra_validate import scrub
from netra_validate.check import Context, NothingToExamine
from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, Forbidden
from netra_validate.model import Finding, Outcome, ProbeResult, Severity
from netra_validate.plan import Limits, Probe
from netra_validate.topology import Environment, Resource, Topology

_GRACE_S: Final = 2.0
"""How long cancelled probes may take to let go of what they hold."""


class Observer(Protocol):
    """Is told what happens while it happens. It prints, the runner does not."""

    def run_started(self, total: int) -> None:
        """So many probes are about to start."""

    def probe_started(self, probe_id: str) -> None:
        """This one left the queue."""

    def probe_ended(self, result: ProbeResult) -> None:
        """This one is over."""

    def run_ended(self) -> None:
        """Nothing more will come."""


class Silent:
    """The observer that says nothing."""

    def run_started(self, total: int) -> None:
        """Nothing."""

    def probe_started(self, probe_id: str) -> None:
        """Nothing."""

    def probe_ended(self, result: ProbeResult) -> None:
        """Nothing."""

    def run_ended(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of all probes."""

    results: tuple[ProbeResult, ...]
    """Sorted by id."""
    interrupted: bool = False


async def run(
    probes: Sequence[Probe],
    environment: Environment,
    topology: Topology,
    clients: Clients,
    limits: Limits,
    observer: Observer | None = None,
) -> Run:
    """Run every probe, at most ``limits.concurrency`` of them at once.

    Being cancelled (Ctrl-C) is answered with what is known so far.
    """
    observer = observer or Silent()
    observer.run_started(len(probes))
    gate = asyncio.Semaphore(limits.concurrency)
    executions = [_Execution(probe, environment, topology, clients, limits) for probe in probes]
    tasks = {
        asyncio.create_task(execution.through(gate, observer), name=execution.probe.id): execution
        for execution in executions
    }
    late = f"the run's deadline of {limits.deadline_s:g} s was over"
    interrupted = False
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=limits.deadline_s)
    except asyncio.CancelledError:
        interrupted, late = True, "interrupted"
    finally:
        await _cancel(tasks)
        observer.run_ended()
    results = [execution.result or execution.cut_off(late) for execution in executions]
    return Run(tuple(sorted(results, key=lambda result: result.id)), interrupted)


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Stop what is still under way, and wait a little for it to let go."""
    pending = [task for task in tasks if not task.done()]
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending, timeout=_GRACE_S)


class _Execution:
    """One probe on its way to a result."""

    def __init__(
        self,
        probe: Probe,
        environment: Environment,
        topology: Topology,
        clients: Clients,
        limits: Limits,
    ) -> None:
        self.probe = probe
        self.result: ProbeResult | None = None
        self._clients = clients
        self._limits = limits
        self._topology = topology
        self._budget = Budget.lasting(limits.timeout_s, retries=limits.retries)
        self._context = Context(environment, topology, clients, self._budget)
        self._findings: list[Finding] = []
        self._started = time.monotonic()

    async def through(self, gate: asyncio.Semaphore, observer: Observer) -> None:
        """Wait for a place, run, and leave the result."""
        async with gate:
            self._started = time.monotonic()
            self._budget.ends_at = asyncio.get_running_loop().time() + self._limits.timeout_s
            observer.probe_started(self.probe.id)
            self.result = await self._ended()
        observer.probe_ended(self.result)

    async def _ended(self) -> ProbeResult:
        limit: asyncio.Timeout | None = None
        try:
            reason = self.probe.check.skip_reason(self.probe.resource, self._context)
            if reason is not None:
                return self._conclude(Outcome.SKIP, reason)
            async with asyncio.timeout(self._limits.timeout_s) as limit:
                await self._collect()
        except NothingToExamine as nothing:
            return self._conclude(Outcome.SKIP, str(nothing))
        except ClientError as error:
            self._budget.note(error.attempts)
            return self._conclude(Outcome.ERROR, _sentence(error))
        except Exception as error:  # noqa: BLE001 - one probe's crash is that probe's error
            if isinstance(error, TimeoutError) and limit is not None and limit.expired():
                return self._conclude(Outcome.ERROR, self._timed_out())
            crash = f"the check crashed: {type(error).__name__}: {error}"
            return self._conclude(Outcome.ERROR, crash, trace=traceback.format_exc())
        if not self._findings and not self._context.observations:
            return self._conclude(Outcome.ERROR, "verified nothing")
        return self._conclude(Outcome.PASS, None)

    async def _collect(self) -> None:
        async with aclosing(self.probe.check.run(self.probe.resource, self._context)) as findings:  # type: ignore[type-var] # the contract asks for an async generator
            async for found in findings:
                self._findings.append(found)

    def _timed_out(self) -> str:
        return f"no answer within the probe's {self._limits.timeout_s:g} s"

    def cut_off(self, reason: str) -> ProbeResult:
        """The result of a probe that was not allowed to finish."""
        return self._conclude(Outcome.ERROR, reason)

    def _conclude(
        self, outcome: Outcome, reason: str | None, *, trace: str | None = None
    ) -> ProbeResult:
        """The result. What was found weighs more than that it did not finish."""
        secrets = self._clients.secrets
        check, resource = self.probe.check, self.probe.resource
        findings = _finished(self._findings, resource, secrets)
        worst = max((found.severity.rank for found in findings), default=0)
        if worst == Severity.ERROR.rank:
            outcome = Outcome.FAIL
        elif worst == Severity.WARNING.rank and outcome is Outcome.PASS:
            outcome = Outcome.WARN
        return ProbeResult(
            id=self.probe.id,
            check=check.id,
            plane=check.plane,
            resource=resource.ref,
            outcome=outcome,
            reason=None if reason is None else scrub.text(reason, secrets=secrets),
            duration_s=time.monotonic() - self._started,
            attempts=self._budget.attempts,
            observations=scrub.table(self._context.observations, secrets=secrets),
            findings=findings,
            trace=_without(trace, secrets),
            declared_at=self._topology.declared_at.get(resource.ref),
        )


def _without(trace: str | None, secrets: tuple[str, ...]) -> str | None:
    """A traceback without the secrets of this run."""
    for secret in secrets:
        trace = trace.replace(secret, scrub.REDACTED) if trace else trace
    return trace


def _sentence(error: ClientError) -> str:
    """Why it could not be verified: what happened, what is missing, how to get past it."""
    parts = [error.message]
    if isinstance(error, Forbidden) and error.permission and error.permission not in error.message:
        parts.append(f"missing permission {error.permission}")
    if error.hint:
        parts.append(error.hint)
    return "; ".join(parts)


def _finished(
    findings: Iterable[Finding], resource: Resource, secrets: tuple[str, ...]
) -> tuple[Finding, ...]:
    """The findings with fingerprints, known secrets taken out, in the order of the report."""
    seen: Counter[str] = Counter()
    finished = []
    for found in findings:
        identity = "\0".join((found.rule, *resource.ref, found.identity))
        seen[identity] += 1
        digest = hashlib.sha256(
            f"{identity}\0{seen[identity]}".encode("utf-8", "surrogatepass")
        ).hexdigest()
        optional = found.severity is Severity.ERROR and not resource.required
        finished.append(
            replace(
                found,
                severity=Severity.WARNING if optional else found.severity,
                message=scrub.text(found.message, secrets=secrets) if secrets else found.message,
                evidence=scrub.table(found.evidence, secrets=secrets)
                if secrets
                else found.evidence,
                fingerprint=digest[:32],
            )
        )
    return tuple(sorted(finished, key=_order))


def _order(found: Finding) -> tuple[int, str, str, int, int, str]:
    """Worst first, then by rule and place."""
    place = found.location
    return (
        -found.severity.rank,
        found.rule,
        place.path if place else "",
        (place.line or 0) if place else 0,
        (place.column or 0) if place else 0,
        found.message,
    )
