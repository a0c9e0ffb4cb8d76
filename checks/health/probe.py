"""One probe: every health endpoint of a service asked, judged and told of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.health import asking, findings, judging, observing
from checks.health.asking import Question
from checks.health.expectation import Expectation
from checks.health.judging import Assessment
from checks.health.options import HealthOptions
from checks.health.remedies import Remedies
from netra_validate import Context, Finding, LoadBalancer, ProtocolError, Service
from netra_validate.wording import enumerated

if TYPE_CHECKING:
    from checks.health import Health


async def probe(check: Health, service: Service, ctx: Context) -> AsyncIterator[Finding]:
    """Ask every endpoint at once, then tell alike faults together."""
    assessments = await _assessed(check.options, service, ctx)
    for finding in _findings(check, service, ctx, assessments):
        yield finding
    for found in assessments:
        if found.answer.error is not None and found.fault is None:
            raise found.answer.error
    _refuse_silence(service, assessments)


def _refuse_silence(service: Service, assessments: Sequence[Assessment]) -> None:
    """A pass needs a word for it.

    Raises:
        ProtocolError: an endpoint answers, and nothing follows from what it says.
    """
    silent = [found for found in assessments if found.fault and found.fault.rule == "no-verdict"]
    if silent:
        given = {str(found.answer.response.status) for found in silent if found.answer.response}
        paths = enumerated([found.label for found in silent])
        raise ProtocolError(
            f"{service.cloud_run or service.key} answers {enumerated(sorted(given))} from"
            f" {paths} without a word that the check knows",
            hint='add the word to [checks.health], or set expect = "any" if the status is enough',
        )


async def _assessed(options: HealthOptions, service: Service, ctx: Context) -> Sequence[Assessment]:
    expectation = Expectation.of(service, ctx.topology, ctx.environment, options)
    token, trusted = await asking.token(service, ctx), asking.trusted(service)
    done: dict[Question, Assessment] = {}

    async def examine(question: Question) -> None:
        proof = token if asking.origin(question.url) in trusted else None
        done[question] = await _warm(question, ctx, proof, expectation)

    questions = asking.questions(service)
    try:
        await asyncio.gather(*map(examine, questions))
    finally:  # also where time is over: what was seen is kept
        assessed = [done[question] for question in questions if question in done]
        if assessed:
            ctx.observe(**observing.facts(assessed))
    return assessed


def _findings(
    check: Health, service: Service, ctx: Context, assessments: Sequence[Assessment]
) -> Sequence[Finding]:
    name = service.cloud_run or service.key
    balancers = (each for each in ctx.topology.of(LoadBalancer) if service.key in each.services)
    remedies = Remedies(service, ctx.environment, tuple(balancers))
    down = findings.all_down(assessments)
    found = [
        check.rules[group.rule].finding(
            group.message(name, all_down=down),
            evidence=group.evidence(),
            remedy=remedies.for_rule(group.rule, group.url, group.evidence()),
            identity=group.identity,
            shows=group.shows,
        )
        for group in findings.grouped(assessments)
    ]
    mixed = findings.partial(assessments)
    if mixed is not None:
        up, failing = mixed
        found.append(
            check.partial.finding(
                f"{name} is partly available: {enumerated(up)} {_is(up)} good,"
                f" {enumerated(failing)} {_is(failing)} not",
                evidence={"available": up, "not_available": failing},
            )
        )
    return found


async def _warm(
    question: Question, ctx: Context, token: str | None, expectation: Expectation
) -> Assessment:
    """One endpoint, asked a second time where only the first answer was slow: a cold start."""
    timeout_s = expectation.options.timeout_s
    first = judging.assess(await asking.ask(question, ctx, token, timeout_s), expectation)
    if first.fault is None or first.fault.rule != "slow":
        return first
    second = judging.assess(await asking.ask(question, ctx, token, timeout_s), expectation)
    slow, again = first.answer.response, second.answer.response
    if slow is None or again is None:
        return second
    attempts = slow.attempts + again.attempts
    ctx.budget.note(attempts)
    answer = replace(second.answer, response=replace(again, attempts=attempts))
    cold_start_s = slow.latency_s if second.fault is None else None
    return replace(second, answer=answer, cold_start_s=cold_start_s)


def _is(labels: Sequence[str]) -> str:
    return "is" if len(labels) == 1 else "are"
