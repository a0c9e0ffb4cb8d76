"""Who answered: the application, or something of Google's in front of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from netra_validate.gates import LOOKED_AT, Gate, refused_at

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpResponse


class Speaker(StrEnum):
    """Who wrote an answer that is not a success."""

    APPLICATION = "the application"
    ACCESS_CONTROL = Gate.ACCESS_CONTROL.value
    IDENTITY_PROXY = Gate.IDENTITY_PROXY.value
    FIREWALL = Gate.FIREWALL.value
    FRONT_END = "Google's front end"
    """The load balancer or Cloud Run itself: the request did not reach a healthy instance."""
    EITHER = "Google's front end or the application"
    """Frameworks word a status as Cloud Run does: Starlette's ``HTTPException(503)``, Express's
    ``sendStatus(503)``, Go's ``http.StatusText``."""


_PHRASES: Final = (
    ("no healthy upstream", Speaker.FRONT_END),
    ("upstream connect error", Speaker.FRONT_END),
    ("upstream request timeout", Speaker.FRONT_END),
    ("the server encountered a temporary error and could not complete", Speaker.FRONT_END),
    ("<h1>error: server error</h1>", Speaker.FRONT_END),
    ("<h1>error: page not found</h1>", Speaker.FRONT_END),
)
"""Words of Google's own pages, beside those of its gates."""

_WHOLE: Final = {
    "service unavailable": Speaker.EITHER,
    "rate exceeded.": Speaker.FRONT_END,
}
"""Bodies that are nothing but these words."""


def speaker(response: HttpResponse) -> Speaker:
    """Who wrote ``response``, which is not a success."""
    gate = refused_at(response.headers, response.text())
    if gate is not None:
        return Speaker(gate.value)
    if response.media_type.endswith("json"):
        return Speaker.APPLICATION
    page = response.text()[:LOOKED_AT].casefold()
    for phrase, known in _PHRASES:
        if phrase in page:
            return known
    return _WHOLE.get(page.strip(), Speaker.APPLICATION)
