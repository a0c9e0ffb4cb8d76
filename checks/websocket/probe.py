"""One probe: the upgrades of one service made, and looked at in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from checks.websocket import redaction
from checks.websocket.credentials import Credentials, present
from checks.websocket.judgement import (
    Failure,
    Terms,
    Verdict,
    foreign_origin_accepted,
    message_type,
    shortfalls,
)
from checks.websocket.options import WebSocketOptions
from checks.websocket.remedies import Remedies
from checks.websocket.sampling import Samples, sorted_out, take
from netra_validate import (
    ClientError,
    Context,
    Finding,
    ProtocolError,
    Service,
    Sign,
    TimedOut,
    Unreachable,
)

if TYPE_CHECKING:
    from checks.websocket import WebSocket
    from netra_validate.clients.websocket import Exchange


async def probe(check: WebSocket, service: Service, ctx: Context) -> AsyncIterator[Finding]:
    """Connect, as often as there are samples; then look at what works more closely."""
    options = check.options
    credentials = await present(service, options, ctx)
    terms = Terms(options, credentials.has_token)
    remedies = Remedies(service, ctx)
    single = options.samples == 1

    async def ask() -> Exchange | Failure:
        return await _outcome(options, credentials, ctx, retry=single)

    samples = sorted_out(
        await take(ask, options.samples, ctx.budget, each_s=options.timeout_s), terms
    )
    _observe(samples, options, ctx)
    for verdict in _verdicts(samples, terms):
        yield _finding(check, verdict, remedies)
    if samples.working and options.foreign_origin is not None:
        own = samples.working[-1]
        async for verdict in _foreign(own, options.foreign_origin, options, credentials, ctx):
            yield _finding(check, verdict, remedies)


async def _outcome(
    options: WebSocketOptions, credentials: Credentials, ctx: Context, *, retry: bool
) -> Exchange | Failure:
    try:
        return await _exchange(options, credentials, ctx, origin=options.origin, retry=retry)
    except (Unreachable, TimedOut, ProtocolError) as failure:
        return failure


async def _exchange(
    options: WebSocketOptions,
    credentials: Credentials,
    ctx: Context,
    *,
    origin: str | None,
    retry: bool,
) -> Exchange:
    expects = options.expected_first_message is not None and credentials.has_token
    seen = await ctx.websocket.exchange(
        credentials.url,
        subprotocols=credentials.subprotocols,
        headers=credentials.headers,
        origin=origin,
        timeout_s=options.timeout_s,
        settle_s=options.settle_s,
        pong_timeout_s=options.pong_timeout_s,
        first_message_s=options.first_message_timeout_s if expects else 0.0,
        retry=retry,
    )
    public = (*options.subprotocols, options.expected_subprotocol or "")
    return redaction.exchange(seen, credentials.secrets, public)


def _observe(samples: Samples, options: WebSocketOptions, ctx: Context) -> None:
    if options.samples > 1:
        ctx.observe(samples=samples.count, failures=len(samples.failing))
    if not samples.working:
        return
    last = samples.working[-1]
    pongs = [seen.pong_s for seen in samples.working if seen.pong_s is not None]
    facts = {
        "upgrade_ms": round(samples.upgrade_s * 1000),
        "pong_ms": round(median(pongs) * 1000, 1) if pongs else None,
        "subprotocol": last.subprotocol,
        "close_code": None if last.close is None else last.close.code,
        "first_message": message_type(last.first_message),
    }
    ctx.observe(**{name: fact for name, fact in facts.items() if fact is not None})


def _verdicts(samples: Samples, terms: Terms) -> Iterator[Verdict]:
    options = terms.options
    if not samples.working:
        yield _of_all(samples)
        return
    if samples.failure_ratio > options.max_failure_ratio:
        yield _too_many(samples, options.max_failure_ratio)
    yield from shortfalls(samples.working[-1], terms)
    if samples.upgrade_s > options.max_upgrade_s:
        yield _slow(samples, options.max_upgrade_s)


async def _foreign(
    own: Exchange, origin: str, options: WebSocketOptions, credentials: Credentials, ctx: Context
) -> AsyncIterator[Verdict]:
    """One more upgrade, now as a page of somebody else."""
    foreign = await _exchange(options, credentials, ctx, origin=origin, retry=True)
    accepted = foreign_origin_accepted(own, foreign)
    if accepted is None:
        raise ClientError(
            f"whether {own.url} lets foreign origins in cannot be told",
            hint="it answers both alike without a token: set token_env"
            if own.close is not None
            else "it answers with an error of another kind: look at its logs",
        )
    ctx.observe(foreign_origin="accepted" if accepted else "refused")
    if accepted:
        message = f"{own.url} lets pages of {origin} connect"
        yield Verdict("foreign-origin-accepted", message, "foreign origin", {"origin": origin})


def _finding(check: WebSocket, verdict: Verdict, remedies: Remedies) -> Finding:
    return check.rules[verdict.rule].finding(
        verdict.message,
        evidence=verdict.evidence,
        remedy=remedies.of(verdict),
        shows=verdict.shows,
    )


def _of_all(samples: Samples) -> Verdict:
    verdict = samples.commonest_failure
    if samples.count == 1:
        return verdict
    counts = {"samples": samples.count, "failures": samples.kinds}
    return replace(verdict, evidence={**verdict.evidence, **counts})


def _too_many(samples: Samples, allowed: float) -> Verdict:
    kinds = ", ".join(f"{count} {kind}" for kind, count in samples.kinds.items())
    return Verdict(
        "failure-rate",
        f"{samples.working[-1].url} fails {len(samples.failing)} of {samples.count} upgrades"
        f" ({kinds}), at most {allowed * 100:.3g} % may",
        "failure rate",
        {
            "samples": samples.count,
            "failures": samples.kinds,
            "failure_ratio": samples.failure_ratio,
            "max_failure_ratio": allowed,
        },
        # Some upgrades work: there is a service, and it is not always well.
        shows=((samples.commonest_failure.shows or frozenset()) - {Sign.FAILING})
        or frozenset({Sign.UNWELL}),
    )


def _slow(samples: Samples, allowed_s: float) -> Verdict:
    taken_s = samples.upgrade_s
    return Verdict(
        "slow",
        f"{samples.working[-1].url} takes {taken_s:.1f} s to upgrade, at most {allowed_s:g} s"
        " expected",
        "slow",
        {"upgrade_ms": round(taken_s * 1000), "max_upgrade_ms": round(allowed_s * 1000)},
    )
