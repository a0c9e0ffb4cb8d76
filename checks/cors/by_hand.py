"""How to send a preflight by hand, and what a refusal usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import LOGS, ByHand, see

_PREFLIGHT: Final = (
    "curl -sS -i -X OPTIONS --max-time 10 -H 'Origin: {origin}'"
    " -H 'Access-Control-Request-Method: POST'"
    " -H 'Access-Control-Request-Headers: authorization,content-type' {endpoint}"
)
_REQUEST: Final = "curl -sS -i --max-time 10 -H 'Origin: {origin}' {endpoint}"

RULES: Final[Mapping[str, ByHand]] = {
    "preflight-fails": see(
        _PREFLIGHT,
        LOGS,
        hides="An outage that a browser calls `CORS`: no error page carries the headers that it"
        " looks for. Curl shows the status, and with it that the list of origins has no part in"
        " it.",
    ),
    "origin-refused": see(
        _PREFLIGHT,
        hides="An error of the service: a 500 or a 503 mostly carries no CORS headers, and the"
        " browser says `CORS`. Look at the status first, then at the list of origins.",
    ),
    "disagrees": see(
        _PREFLIGHT,
        hides="A list that one service has for itself. The login works and the next request does"
        " not, so that the token is suspected.",
    ),
    "request-refused": see(
        _PREFLIGHT,
        hides="A new header that the page began to send. Curl and tests get their answer; only"
        " browsers refuse.",
    ),
    "credentials": see(
        _PREFLIGHT,
        _REQUEST,
        hides="Users who are logged out at once, though the login succeeds: the browser throws the"
        " answer away with its cookie.",
    ),
    "foreign-origin": see(
        _PREFLIGHT,
        _REQUEST,
        hides="A comparison by beginning, end or part, or an origin that is sent back whatever it"
        " is. Nothing is broken for anybody, which is why it stays.",
    ),
    "wildcard-credentials": see(
        _PREFLIGHT,
        hides="A list that could not be read, with `*` as its default. Requests without cookies"
        " work, so that only logged-in users are affected.",
    ),
}
