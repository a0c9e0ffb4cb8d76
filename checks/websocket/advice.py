"""What is advised for each rule and cause. Nothing of it weakens security."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Look = Literal["describe", "logs", "iam", "curl", "name", "certificate"]
"""Something to look at first."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, in one sentence that starts with a verb."""

    summary: str
    docs: str | None
    """Address of the page that explains it."""
    looks: tuple[Look, ...]
    """What to look at before, in this order."""


def on(rule: str, cause: str) -> Advice:
    """The advice on ``cause``, or on the whole of ``rule`` where there is none of its own."""
    return _KNOWN.get((rule, cause)) or _KNOWN[rule, ""]


_WEBSOCKETS: Final = "https://cloud.google.com/run/docs/triggering/websockets"
_TROUBLE: Final = "https://cloud.google.com/run/docs/troubleshooting"
_INVOKERS: Final = "https://cloud.google.com/run/docs/authenticating/overview"
_TIMEOUTS: Final = "https://cloud.google.com/load-balancing/docs/backend-service#timeout-setting"

_UNHEALTHY: Final = Advice(
    "Read in the service's logs why it is not ready, then look at its conditions",
    _TROUBLE,
    ("logs", "describe", "curl"),
)

_RESTARTING: Final = Advice(
    "Wait for the rollout to end; where it does not, read in the logs what restarts the service",
    _TROUBLE,
    ("logs", "describe"),
)

_KNOWN: Final[Mapping[tuple[str, str], Advice]] = {
    ("unreachable", ""): Advice(
        "Find out whether the service is there and serves this address",
        _TROUBLE,
        ("describe", "curl"),
    ),
    ("unreachable", "name resolution"): Advice(
        "Mend the DNS record of the host, or the address in the configuration",
        None,
        ("name",),
    ),
    ("unreachable", "TLS"): Advice(
        "Give the host a certificate that covers its name and comes from a trusted authority;"
        " a private one goes into ca_file",
        "https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting",
        ("certificate",),
    ),
    ("unreachable", "timeout"): Advice(
        "Read in the service's logs where the upgrade hangs: a cold start, a dependency that does"
        " not answer, or no instance left",
        _TROUBLE,
        ("logs", "describe"),
    ),
    ("refused", ""): Advice(
        "Look at the whole answer, then at what the service says about it",
        _WEBSOCKETS,
        ("curl", "logs"),
    ),
    **{("refused", status): _UNHEALTHY for status in ("500", "502", "503", "504")},
    **{
        ("refused", status): Advice(
            "Let the proxies in between pass Upgrade and Connection on: the request arrives without"
            " them, or the path takes no WebSockets",
            _WEBSOCKETS,
            ("curl", "logs"),
        )
        for status in ("200", "400", "405", "426")
    },
    ("refused", "404"): Advice(
        "Configure the path that the application serves, or route it to the right service",
        _WEBSOCKETS,
        ("describe", "curl"),
    ),
    ("refused", "no-instance"): Advice(
        "Let more instances run, where the database has connections for them: as many run as may"
        " (maxScale, max instances), and each WebSocket holds one of the requests that they take",
        "https://cloud.google.com/run/docs/configuring/max-instances",
        ("describe", "logs"),
    ),
    ("refused", "429"): Advice(
        "Wait until the ban is over, then ask less often; or let this address pass the rate limit",
        "https://cloud.google.com/armor/docs/rate-limiting-overview",
        (),
    ),
    **{
        ("refused", status): Advice(
            "Configure the address that this one redirects to: clients do not follow",
            _WEBSOCKETS,
            ("curl",),
        )
        for status in ("301", "302", "303", "307", "308")
    },
    ("unauthorized", ""): Advice(
        "Set token_env to a variable with a valid token, and token_in to where the application"
        " reads it",
        _WEBSOCKETS,
        ("logs",),
    ),
    ("unauthorized", "before-accept"): Advice(
        "Read in the service's logs which it was: no permission, not ready yet, a subprotocol or"
        " an origin that it does not know",
        _WEBSOCKETS,
        ("logs", "curl"),
    ),
    ("unauthorized", "cloud-run"): Advice(
        'Grant the caller roles/run.invoker on this service and set auth = "google-id-token"',
        _INVOKERS,
        ("iam", "describe"),
    ),
    ("unauthorized", "iap"): Advice(
        "Let the caller pass Identity-Aware Proxy with a token for its client",
        "https://cloud.google.com/iap/docs/authentication-howto",
        ("describe",),
    ),
    **{
        ("unauthorized", by): Advice(
            "Look at the whole answer, then at the rules of the load balancer's security policy",
            "https://cloud.google.com/armor/docs/request-logging",
            ("curl",),
        )
        for by in ("load-balancer", "page")
    },
    ("closed-early", ""): Advice(
        "Read in the service's logs why it closes what it accepted",
        _WEBSOCKETS,
        ("logs", "describe"),
    ),
    ("closed-early", "token"): Advice(
        "Set a token that is valid in this environment, in the place where it is read",
        _WEBSOCKETS,
        ("logs",),
    ),
    ("closed-early", "1003"): Advice(
        "Offer the subprotocols that the application knows: options subprotocols and token_in",
        _WEBSOCKETS,
        ("logs",),
    ),
    ("closed-early", "1008"): Advice(
        "Set token_env to a variable with a valid token of the application",
        _WEBSOCKETS,
        ("logs",),
    ),
    ("closed-early", "1001"): _RESTARTING,
    ("closed-early", "1012"): _RESTARTING,
    ("closed-early", "1013"): _UNHEALTHY,
    ("no-pong", ""): Advice(
        "Find what stands between: a proxy that swallows frames, a blocked event loop, or a"
        " backend-service timeout of 30 s that cuts connections",
        _TIMEOUTS,
        ("logs", "describe"),
    ),
    ("broken-protocol", ""): Advice(
        "Look at what answers there: it is no WebSocket server, or a proxy changes its answer",
        _WEBSOCKETS,
        ("curl",),
    ),
    ("wrong-subprotocol", ""): Advice(
        "Make the server choose one of the subprotocols that the client offers, or offer the one"
        " it speaks: browsers drop the connection otherwise",
        _WEBSOCKETS,
        ("logs",),
    ),
    ("wrong-first-message", ""): Advice(
        "Read in the service's logs what kept it from greeting the client",
        _WEBSOCKETS,
        ("logs",),
    ),
    ("foreign-origin-accepted", ""): Advice(
        "Compare the Origin header with the list of your own origins before accepting",
        "https://www.rfc-editor.org/rfc/rfc6455#section-10.2",
        ("logs",),
    ),
    ("failure-rate", ""): Advice(
        "Read in the service's logs what the failing upgrades have in common: one bad revision or"
        " instance, a limit, a restart",
        _TROUBLE,
        ("logs", "describe"),
    ),
    ("slow", ""): Advice(
        "Find where the time goes: a cold start (minimum instances), a slow dependency asked during"
        " the upgrade, or a distant region",
        "https://cloud.google.com/run/docs/tips/general",
        ("logs", "describe"),
    ),
}
"""By rule and cause; an empty cause is the rest."""
