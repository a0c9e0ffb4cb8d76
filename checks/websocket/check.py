"""The check itself: rules, and the order in which they are looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

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
from checks.websocket.redaction import Redaction
from checks.websocket.remedies import Remedies
from checks.websocket.sampling import Samples, sorted_out, take
from netra_validate import (
    Check,
    ClientError,
    Context,
    Finding,
    Plane,
    ProtocolError,
    Rule,
    Service,
    Severity,
    TimedOut,
    Unreachable,
)

if TYPE_CHECKING:
    from netra_validate.clients.websocket import Exchange


class WebSocket(Check[Service]):
    """WebSocket connections are accepted, kept and answered.

    Why it matters: chat, agents and live updates run over one WebSocket. It takes another way
    through load balancers and applications than requests do, so healthy endpoints say nothing about
    it: an upgrade needs headers that proxies drop, a server that is ready before it accepts, and
    time limits in between that let a connection live.

    Makes a real upgrade, sends a ping, waits for the pong, and closes. Without a token it tests the
    transport: a connection that is accepted and then closed with 1008 has proved it.
    """

    id = "websocket"
    plane = Plane.DATA
    depends_on = frozenset({"health"})

    unreachable = Rule(
        Severity.ERROR,
        "Nothing answers the upgrade",
        help="""
        The name does not resolve, no connection comes about, TLS fails, or there is no answer in
        time; the finding says which. No client can connect.

        To mend: check the host's DNS record and certificate, then whether the service behind it
        runs. An answer that does not come in time is mostly an application that waits for a
        dependency before it accepts, or a cold start.
        """,
    )
    refused = Rule(
        Severity.ERROR,
        "The upgrade is refused",
        help="""
        The server answers with a status other than 101 Switching Protocols. 503, often with
        Retry-After, comes from an application that is not ready or from a load balancer without a
        healthy backend; 502 and 504 from a load balancer; 404 from a wrong path; 200, 400 and 426
        from servers that never saw the Upgrade header; a redirect is not followed by clients.

        To mend: read the service's logs at the time of the upgrade. Where they hold nothing, the
        answer came from something in front of the service.
        """,
    )
    unauthorized = Rule(
        Severity.ERROR,
        "The upgrade is refused for want of permission",
        help="""
        The answer is 401 or 403. Who gives it decides what to do:

        Google's own HTML page means that Cloud Run does not let the caller in, whatever the
        application thinks: grant the caller roles/run.invoker and set auth = "google-id-token".
        A 401, or a 403 with a body of its own, is the application's: set token_env and token_in.
        A bare 403 is what an application causes that closes before it accepts. That is used for
        missing permission, but also for "not ready yet" and for an unknown subprotocol or origin.

        Do not mend it by opening the service to everybody.
        """,
    )
    closed_early = Rule(
        Severity.ERROR,
        "The connection is closed right after the upgrade",
        help="""
        The server accepts and closes at once. By code: 1011 the application fails or is not ready,
        1012 it restarts, 1013 it is overloaded, 1008 it does not accept the token, 1003 it does not
        know the subprotocol, 1006 the connection ended without a close frame, as when the process
        dies or a proxy cuts it. Clients reconnect and make it worse.

        A close with 1008 is no finding where no token is shown: the application was reached, and
        asks for one (option close_codes_without_token).

        To mend: read the service's logs; a readiness check belongs before the accept, as a 503.
        """,
    )
    no_pong = Rule(
        Severity.ERROR,
        "A ping is not answered",
        help="""
        The upgrade works, the connection stays, and no pong comes back (RFC 6455, section 5.5.3:
        an endpoint must answer). The connection is open and dead: a proxy accepts it and passes
        nothing on, or the server's event loop is blocked. Clients see it as a hanging page.

        To mend: look for blocking calls in asynchronous code, and for proxies and backend-service
        timeouts between client and service.
        """,
    )
    broken_protocol = Rule(
        Severity.ERROR,
        "What answers does not speak WebSocket",
        help="""
        The answer breaks RFC 6455: a wrong Sec-WebSocket-Accept, forbidden frames, text that is no
        UTF-8, an answer that is no HTTP/1.1, or messages without end. Browsers drop such a
        connection.

        To mend: find out what listens there. Mostly it is another service, or a proxy that changes
        or caches answers.
        """,
    )
    wrong_subprotocol = Rule(
        Severity.ERROR,
        "The wrong subprotocol is chosen",
        help="""
        The client offers subprotocols and the server chooses none of them, or another than the
        option expected_subprotocol says. Browsers end the connection in both cases.

        To mend: make the server choose one of those offered, or offer the ones it speaks (option
        subprotocols).
        """,
    )
    wrong_first_message = Rule(
        Severity.ERROR,
        "The first message is not the expected one",
        help="""
        With a token, the application is expected to greet with the message that the option
        expected_first_message names. Another one, or none in time, means that the connection is
        open while the session behind it is not.

        To mend: read in the service's logs what happened after authentication.
        """,
    )
    foreign_origin_accepted = Rule(
        Severity.ERROR,
        "A foreign origin is let in",
        help="""
        The upgrade works with an Origin header of a host that is not ours (option foreign_origin).
        Browsers put no same-origin rule on WebSockets, so any page may open a connection with the
        cookies of the visitor (cross-site WebSocket hijacking).

        To mend: compare Origin with the list of your own origins before accepting.
        """,
    )
    failure_rate = Rule(
        Severity.ERROR,
        "Too many upgrades fail",
        help="""
        Some upgrades work and some fail, more than max_failure_ratio (0.1 %) of the samples. Users
        meet it as a connection that works now and then. The finding counts the kinds of failure.

        To mend: mostly one instance or revision is bad. Compare the revisions that have traffic,
        and look for connection limits and restarts in the logs.
        """,
    )
    slow = Rule(
        Severity.WARNING,
        "The upgrade takes long",
        help="""
        The upgrade works and takes longer than max_upgrade_s, name resolution and TLS included.
        Clients give up or retry, and a slow upgrade is often a failing one on its way.

        To mend: look for work that is done before the accept, such as database calls, and for cold
        starts.
        """,
    )

    class Options(WebSocketOptions, frozen=True, kw_only=True):
        """What to send, what to expect, and how long to wait."""

    options: WebSocketOptions

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """Services without a WebSocket have nothing to look at."""
        del ctx
        if resource.websocket is None:
            return f"{resource.key} has no websocket address in the configuration"
        return None

    async def run(self, service: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Connect, as often as there are samples; then look at what works more closely."""
        credentials = await present(service, self.options, ctx)
        terms = Terms(self.options, credentials.has_token)
        remedies = Remedies(service, ctx)
        single = self.options.samples == 1

        async def ask() -> Exchange | Failure:
            return await self._outcome(credentials, ctx, retry=single)

        samples = sorted_out(
            await take(ask, self.options.samples, ctx.budget, each_s=self.options.timeout_s), terms
        )
        self._observe(samples, ctx)
        for verdict in self._verdicts(samples, terms):
            yield self._finding(verdict, remedies)
        if samples.working and self.options.foreign_origin is not None:
            own = samples.working[-1]
            async for verdict in self._foreign(own, self.options.foreign_origin, credentials, ctx):
                yield self._finding(verdict, remedies)

    async def _outcome(
        self, credentials: Credentials, ctx: Context, *, retry: bool
    ) -> Exchange | Failure:
        try:
            return await self._exchange(credentials, ctx, origin=self.options.origin, retry=retry)
        except (Unreachable, TimedOut, ProtocolError) as failure:
            return failure

    async def _exchange(
        self, credentials: Credentials, ctx: Context, *, origin: str | None, retry: bool
    ) -> Exchange:
        options = self.options
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
        return Redaction(credentials.secrets).exchange(seen)

    def _observe(self, samples: Samples, ctx: Context) -> None:
        if self.options.samples > 1:
            ctx.observe(samples=samples.count, failures=len(samples.failing))
        if not samples.working:
            return
        from statistics import median  # noqa: PLC0415 - imports decimals and fractions

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

    def _verdicts(self, samples: Samples, terms: Terms) -> Iterator[Verdict]:
        if not samples.working:
            yield _of_all(samples)
            return
        if samples.failure_ratio > self.options.max_failure_ratio:
            yield _too_many(samples, self.options.max_failure_ratio)
        yield from shortfalls(samples.working[-1], terms)
        if samples.upgrade_s > self.options.max_upgrade_s:
            yield _slow(samples, self.options.max_upgrade_s)

    async def _foreign(
        self, own: Exchange, origin: str, credentials: Credentials, ctx: Context
    ) -> AsyncIterator[Verdict]:
        """One more upgrade, now as a page of somebody else."""
        foreign = await self._exchange(credentials, ctx, origin=origin, retry=True)
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

    def _finding(self, verdict: Verdict, remedies: Remedies) -> Finding:
        return self.rules[verdict.rule].finding(
            verdict.message, evidence=verdict.evidence, remedy=remedies.of(verdict)
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
