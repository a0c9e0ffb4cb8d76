"""Who answered: the application, or something of Google's in front of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpResponse

_LOOKED_AT: Final = 4096
"""Characters of a page; Google's have less than 1 000."""


class Speaker(StrEnum):
    """Who wrote an answer that is not a success."""

    APPLICATION = "the application"
    ACCESS_CONTROL = "Google's access control"
    """IAM in front of Cloud Run: the caller lacks ``run.invoker`` or a valid identity token."""
    IDENTITY_PROXY = "Identity-Aware Proxy"
    FIREWALL = "Google Cloud Armor"
    FRONT_END = "Google's front end"
    """The load balancer or Cloud Run itself: the request did not reach a healthy instance."""
    EITHER = "Google's front end or the application"
    """Frameworks word a status as Cloud Run does: Starlette's ``HTTPException(503)``, Express's
    ``sendStatus(503)``, Go's ``http.StatusText``."""


_PHRASES: Final = (
    ("your client does not have permission to get url", Speaker.ACCESS_CONTROL),
    ("your client does not have permission to the requested url", Speaker.ACCESS_CONTROL),
    ("invalid iap credentials", Speaker.IDENTITY_PROXY),
    ("<title>403</title>403 forbidden", Speaker.FIREWALL),
    ("no healthy upstream", Speaker.FRONT_END),
    ("upstream connect error", Speaker.FRONT_END),
    ("upstream request timeout", Speaker.FRONT_END),
    ("the server encountered a temporary error and could not complete", Speaker.FRONT_END),
    ("<h1>error: server error</h1>", Speaker.FRONT_END),
    ("<h1>error: page not found</h1>", Speaker.FRONT_END),
)
"""Words of Google's own pages. The header ``Server: Google Frontend`` proves nothing: Cloud Run
adds it to the application's answers as well."""

_WHOLE: Final = {
    "service unavailable": Speaker.EITHER,
    "rate exceeded.": Speaker.FRONT_END,
}
"""Bodies that are nothing but these words."""


def speaker(response: HttpResponse) -> Speaker:
    """Who wrote ``response``, which is not a success."""
    if "x-goog-iap-generated-response" in response.headers:
        return Speaker.IDENTITY_PROXY
    if (
        'error="invalid_token"' in response.headers.get("www-authenticate", "")
        and not response.body
    ):
        return Speaker.ACCESS_CONTROL
    if response.media_type.endswith("json"):
        return Speaker.APPLICATION
    page = response.text()[:_LOOKED_AT].casefold()
    for phrase, known in _PHRASES:
        if phrase in page:
            return known
    return _WHOLE.get(page.strip(), Speaker.APPLICATION)
