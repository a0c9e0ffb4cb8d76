"""The check ``websocket``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.websocket.options import WebSocketOptions
from netra_validate import Check, Context, Finding, Plane, Rule, Service, Severity, Sign
from netra_validate.by_hand import ByHand

__all__ = ["WebSocket"]


class WebSocket(Check[Service]):
    """WebSocket connections are accepted, kept and answered.

    Why it matters: chat, agents and live updates run over one WebSocket. It takes another way
    through load balancers and applications than requests do, so healthy endpoints say nothing about
    it: an upgrade needs headers that proxies drop, a server that is ready before it accepts, and
    time limits in between that let a connection live.

    Makes a real upgrade, sends a ping, waits for the pong, and closes. Without a token it tests the
    transport: a connection that is accepted and then closed for want of one has proved it.
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
        shows=(Sign.NO_ADDRESS, Sign.NO_CONNECTION, Sign.NO_TLS, Sign.FAILING, Sign.UNWELL),
    )
    refused = Rule(
        Severity.ERROR,
        "The upgrade is refused",
        help="""
        The server answers with a status other than 101 Switching Protocols. 503, often with
        Retry-After, comes from an application that is not ready or from a load balancer without a
        healthy backend; 502 and 504 from a load balancer; 404 from a wrong path; 200, 400 and 426
        from servers that never saw the Upgrade header; a redirect is not followed by clients. 429
        comes from whoever limits requests, or, with the words "Rate exceeded.", from Cloud Run that
        has no instance free and may start no more.

        To mend: read the service's logs at the time of the upgrade. Where they hold nothing, the
        answer came from something in front of the service.
        """,
        shows=(Sign.FAILING, Sign.UNWELL),
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
        To mend: do what the answer asks for, as above. Do not open the service to everybody.
        """,
        shows=(Sign.NO_PERMISSION,),
    )
    closed_early = Rule(
        Severity.ERROR,
        "The connection is closed right after the upgrade",
        help="""
        The server accepts and closes at once. By code: 1011 the application fails or is not ready,
        1012 it restarts, 1013 it is overloaded, 1008 it does not accept the token, 1003 it does not
        know the subprotocol, 1006 the connection ended without a close frame, as when the process
        dies or a proxy cuts it. Clients reconnect and make it worse.

        A close with 1008, 3000, 3003, 4001, 4003, 4401 or 4403 is no finding where no token is
        shown: the application was reached, and asks for one (option close_codes_without_token).

        To mend: read the service's logs; a readiness check belongs before the accept, as a 503.
        """,
        shows=(Sign.UNWELL, Sign.RESTARTING, Sign.CUT_OFF),
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
        shows=(Sign.UNWELL,),
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
        shows=(Sign.WRONG_ANSWER,),
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
        shows=(),
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
        shows=(Sign.WRONG_ANSWER,),
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
        shows=(),
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
        shows=(Sign.UNWELL, Sign.CUT_OFF),
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
        shows=(Sign.SLOW,),
    )

    class Options(WebSocketOptions, frozen=True, kw_only=True):
        """What to send, what to expect, and how long to wait."""

    options: WebSocketOptions

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.websocket.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """Services without a WebSocket have nothing to look at."""
        del ctx
        if resource.websocket is None:
            return f"{resource.key} has no websocket address in the configuration"
        return None

    async def run(self, service: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Connect, as often as there are samples; then look at what works more closely."""
        from checks.websocket.probe import probe

        async for found in probe(self, service, ctx):
            yield found
