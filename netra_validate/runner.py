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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from netra_validate import scrub
from netra_validate.check import Context, NothingToExamine
from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, Forbidden
from netra_validate.model import (
    NOTHING,
    Bearing,
    Event,
    Finding,
    Outcome,
    Plane,
    ProbeResult,
    Severity,
)
from netra_validate.plan import Limits, Probe
from netra_validate.topology import CandidateService, Environment, Resource, Topology

if TYPE_CHECKING:
    from netra_validate.clients.source import Reader

_GRACE_S: Final = 2.0
"""How long cancelled probes may take to let go of what they hold."""

VERIFIED_NOTHING: Final = (
    "verified nothing; its author is to have it observe what it saw, or say why it skips"
)
"""Why a check is no pass that came to its end without a word."""


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
    unfinished: frozenset[str] = frozenset()
    """Ids of the probes that the deadline or an interruption kept from coming to an end."""


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
    began = time.monotonic()
    clients.readers = partial(_readers, probes)
    clients.permissions = {
        permission
        for probe in probes
        if probe.check.plane is Plane.CONTROL
        for permission in probe.check.permissions
    }
    executions = [
        _Execution(probe, environment, topology, clients, limits, began) for probe in probes
    ]
    late = f"the deadline of {limits.deadline_s:g} s was over (--deadline)"
    interrupted = False
    waiting = iter(executions)
    workers = [
        asyncio.create_task(_work(waiting, observer))
        for _ in range(min(limits.concurrency, len(executions)))
    ]
    try:
        if workers:
            await asyncio.wait(workers, timeout=limits.deadline_s)
    except asyncio.CancelledError:
        interrupted, late = True, "interrupted; run it again"
    finally:
        await _cancel(workers)
        observer.run_ended()
    unfinished = frozenset(each.probe.id for each in executions if each.result is None)
    results = [execution.result or execution.cut_off(late) for execution in executions]
    return Run(tuple(sorted(results, key=lambda result: result.id)), interrupted, unfinished)


def _readers(probes: Sequence[Probe]) -> Iterator[Reader[Any]]:
    """What the checks of a run take from syntax trees."""
    for check in {id(probe.check): probe.check for probe in probes}.values():
        # One that cannot tell will say why when it asks for a file itself.
        with suppress(Exception):
            yield from check.readers()


async def _work(waiting: Iterator[_Execution], observer: Observer) -> None:
    """Take one probe after another, as long as there are any."""
    for execution in waiting:
        observer.probe_started(execution.probe.id)
        observer.probe_ended(await execution.run())


async def _cancel(workers: Iterable[asyncio.Task[None]]) -> None:
    """Stop what is still under way, and wait a little for it to let go."""
    pending = [worker for worker in workers if not worker.done()]
    for worker in pending:
        worker.cancel()
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
        began: float,
    ) -> None:
        self.probe = probe
        self.result: ProbeResult | None = None
        self._environment = environment
        self._clients = clients
        self._limits = limits
        self._topology = topology
        self._context: Context | None = None
        self._findings: list[Finding] = []
        self._judged: dict[str, object] = {}
        self._kept_by = NOTHING
        self._began = began
        self._started: float | None = None

    async def run(self) -> ProbeResult:
        """Run the check, and leave the result."""
        self._context = self._begin()
        outcome, reason, trace = await self._ended(self._context)
        try:
            self.result = self._conclude(outcome, reason, trace)
        except Exception as error:  # noqa: BLE001 - what a check yields may be anything
            self._findings, self._context = [], None
            self.result = self._conclude(Outcome.ERROR, _crash(error), traceback.format_exc())
        self._findings, self._context = [], None
        return self.result

    def _begin(self) -> Context:
        """Start the clock."""
        self._started = time.monotonic()
        budget = Budget.lasting(self._limits.timeout_s, retries=self._limits.retries)
        return Context(self._environment, self._topology, self._clients, budget)

    async def _ended(self, context: Context) -> tuple[Outcome, str | None, str | None]:
        """How it ended, why, and the traceback of a crash."""
        limit: asyncio.Timeout | None = None
        try:
            reason = self.probe.check.skip_reason(self.probe.resource, context)
            if reason is not None:
                return Outcome.SKIP, reason, None
            if self.probe.check.plane is Plane.CONTROL:
                # All of them, for all probes: importing keeps the whole process busy.
                await self._clients.prepare()
                context.budget = self._begin().budget
            async with asyncio.timeout(self._limits.timeout_s) as limit:
                await self._collect(context, await self._examined(context))
        except NothingToExamine as nothing:
            return Outcome.SKIP, str(nothing), None
        except ClientError as error:
            context.budget.note(error.attempts)
            self._kept_by = _kept_by(error, self.probe.check.plane)
            return Outcome.ERROR, _sentence(error), None
        except asyncio.CancelledError as error:
            worker = asyncio.current_task()
            if worker is not None and worker.cancelling():
                raise
            # Nobody cancelled this probe: something inside it was cancelled, by itself.
            return Outcome.ERROR, _crash(error), traceback.format_exc()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - one probe's crash is its error
            if isinstance(error, TimeoutError) and limit is not None and limit.expired():
                return Outcome.ERROR, self._timed_out(), None
            return Outcome.ERROR, _crash(error), traceback.format_exc()
        if limit.expired():  # and the check swallowed it
            return Outcome.ERROR, self._timed_out(), None
        earned = self._findings or context.observations
        return (Outcome.PASS, None, None) if earned else (Outcome.ERROR, VERIFIED_NOTHING, None)

    async def _examined(self, context: Context) -> Resource:
        """The resource; of a service that is judged at its candidate, that candidate."""
        resource = self.probe.resource
        if not isinstance(resource, CandidateService):
            return resource
        candidate = await context.google.candidate(resource)
        self._judged = {"tag": candidate.tag, "revision": candidate.revision}
        return candidate

    async def _collect(self, context: Context, resource: Resource) -> None:
        async with aclosing(self.probe.check.run(resource, context)) as findings:  # type: ignore[type-var] # the contract asks for an async generator
            async for found in findings:
                if not isinstance(found, Finding):
                    raise TypeError(f"it yielded a {type(found).__name__}, expected a Finding")
                self._findings.append(found)

    def _timed_out(self) -> str:
        return f"it did not end within the probe's {self._limits.timeout_s:g} s (--timeout)"

    def cut_off(self, reason: str) -> ProbeResult:
        """The result of a probe that was not allowed to finish."""
        return self._conclude(Outcome.ERROR, reason)

    def _conclude(
        self, outcome: Outcome, reason: str | None, trace: str | None = None
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
        seen = self._judged | (self._context.observations if self._context else {})
        budget = self._context.budget if self._context else None
        ended = time.monotonic()
        started = ended if self._started is None else self._started
        return ProbeResult(
            id=self.probe.id,
            check=check.id,
            plane=check.plane,
            resource=resource.ref,
            outcome=outcome,
            reason=None if reason is None else scrub.text(reason, secrets=secrets),
            started_s=started - self._began,
            duration_s=ended - started,
            waited_s=budget.waited_s if budget else 0.0,
            attempts=budget.attempts if budget else 1,
            observations=scrub.table(seen, secrets=secrets) if secrets else seen,
            findings=findings,
            events=_events(self._context, resource, secrets),
            trace=_without(trace, secrets),
            declared_at=self._topology.declared_at.get(resource.ref),
            kept_by=self._kept_by if outcome is Outcome.ERROR else NOTHING,
        )


def _events(
    context: Context | None, resource: Resource, secrets: tuple[str, ...]
) -> tuple[Event, ...]:
    """What the probe learnt of the past of its resource."""
    return tuple(
        Event(at, scrub.text(what, secrets=secrets), resource.ref)
        for at, what in (context.events if context else ())
    )


def _crash(error: BaseException) -> str:
    return f"the check crashed: {type(error).__name__}: {error}; --debug shows where"


def _without(trace: str | None, secrets: tuple[str, ...]) -> str | None:
    """A traceback without the secrets of this run."""
    for secret in secrets:
        trace = trace.replace(secret, scrub.REDACTED) if trace else trace
    return trace


def _kept_by(error: ClientError, plane: Plane) -> Bearing:
    """What kept a probe from verifying anything, in the words of the diagnosis.

    Only on the data plane does an exchange that fails show something of the environment: elsewhere
    it is Google's APIs that were asked.
    """
    shows = error.shows if plane is Plane.DATA else frozenset()
    return Bearing(shows, missing=error.missing)


def _sentence(error: ClientError) -> str:
    """Why it could not be verified: what happened, what is missing, how to get past it."""
    tried = f" ({error.attempts} attempts)" if error.attempts > 1 else ""
    parts = [f"{error.message}{tried}"]
    if isinstance(error, Forbidden) and error.permission and error.permission not in error.message:
        parts.append(f"missing permission {error.permission}")
    parts.append(error.advice)
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
