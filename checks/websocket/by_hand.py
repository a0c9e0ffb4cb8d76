"""How to see a WebSocket's upgrade by hand, and what a refusal usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import LOGS, SERVICE, SHAKE, ByHand, see

# The key is the sample of RFC 6455, section 1.3.
_UPGRADE: Final = (
    "curl -sS -i -N --http1.1 --max-time 10 -H 'Connection: Upgrade' -H 'Upgrade: websocket'"
    " -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='"
)
_ASK: Final = f"{_UPGRADE} {{websocket}}"
_BACKENDS: Final = "gcloud compute backend-services list --project={project}"

RULES: Final[Mapping[str, ByHand]] = {
    "unreachable": see(
        _ASK,
        "nslookup {host}",
        f"{SHAKE} {{websocket}}",
        hides="A name of its own for the WebSocket that was never given a record or a certificate,"
        " while the pages under the other name work. It is taken for a fault of the WebSocket"
        " code.",
    ),
    "refused": see(
        _ASK,
        LOGS,
        SERVICE,
        hides="A service that is not ready: its guard answers 503 before the upgrade, and the"
        " database or the start behind it is the cause. A 404 or 400 is mostly a proxy or a load"
        " balancer that does not pass the upgrade on, or another path.",
    ),
    "unauthorized": see(
        _ASK,
        "gcloud run services get-iam-policy {service} --region={region} --project={project}",
        hides="403 has three meanings: Google's access control (an HTML page), an application that"
        " refuses the token or the origin, and a server that closed before it accepted, which"
        " arrives as 403 as well and means `not ready`. The body and the log tell them apart.",
    ),
    "closed-early": see(
        _ASK,
        LOGS,
        hides="A 101 without a token proves the transport only; what is closed with right after is"
        " the verdict: 1011 is a service that is not ready, 1012 and 1013 a restart, 1008,"
        " 3000 or 4401 a token that it does not take. Behind 1011 stands mostly the database.",
    ),
    "broken-protocol": see(
        _ASK,
        hides="A plain web server or a page at that path, or a proxy that answers the upgrade"
        " itself and cannot go on. The first line and Content-Type name who it is.",
    ),
    "wrong-first-message": see(
        _ASK,
        LOGS,
        hides="Another version of the service than the clients expect, or an error that is sent in"
        " place of the greeting. Clients that wait for the greeting hang without a message.",
    ),
    "wrong-subprotocol": see(
        f"{_UPGRADE} -H 'Sec-WebSocket-Protocol: {{name}}' {{websocket}}",
        hides="A server that does not look at the subprotocol, and so at the token in it: the"
        " connection is open and nobody is signed in. Browsers end a connection whose subprotocol"
        " they did not offer, command lines do not, so tests pass.",
    ),
    "no-pong": see(
        LOGS,
        _BACKENDS,
        hides="An event loop that something blocks: the service accepts and then does nothing for"
        " anybody. It is taken for a time limit of the load balancer, which would cut at a round"
        " number of seconds.",
    ),
    "foreign-origin-accepted": see(
        f"{_UPGRADE} -H 'Origin: {{origin}}' {{websocket}}",
        hides="A list of origins that is looked at for requests only: browsers apply CORS to no"
        " WebSocket, so the server has to look at Origin itself. It stays unseen, for everything"
        " works.",
    ),
    "failure-rate": see(
        _ASK,
        LOGS,
        SERVICE,
        hides="Two revisions at once of which one is bad, or one instance of several. A single try"
        " mostly succeeds, which is why it is reported as `sometimes`.",
    ),
    "slow": see(
        "curl -sS -o /dev/null --http1.1 --max-time 10 -H 'Connection: Upgrade'"
        " -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13'"
        " -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='"
        " -w '%{http_code} %{time_connect} %{time_starttransfer}\\n' {websocket}",
        LOGS,
        hides="A cold start, or work that the server does before it accepts: a token that is"
        " verified at another service, a query. The network's own share is the time to connect.",
    ),
}
