"""What of Google's stands before a service and turns requests away, told by its own words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Gate(StrEnum):
    """Who refused in the application's place."""

    ACCESS_CONTROL = "Google's access control"
    """IAM in front of Cloud Run: the caller lacks ``run.invoker`` or a valid identity token."""
    IDENTITY_PROXY = "Identity-Aware Proxy"
    FIREWALL = "Google Cloud Armor"


LOOKED_AT: Final = 4096
"""Characters of a page; Google's have less than 1 000."""

_CHALLENGE: Final = 'error_description="The access token could not be verified"'
"""What Cloud Run says to a token that is none of its own. To refuse one with ``invalid_token`` and
an empty body is what any application may do (RFC 6750, section 3.1), and Spring Security does."""

_PHRASES: Final = (
    ("your client does not have permission to get url", Gate.ACCESS_CONTROL),
    ("your client does not have permission to the requested url", Gate.ACCESS_CONTROL),
    ("invalid iap credentials", Gate.IDENTITY_PROXY),
    ("<title>403</title>403 forbidden", Gate.FIREWALL),
)
"""https://cloud.google.com/run/docs/troubleshooting. The header ``Server: Google Frontend`` proves
nothing: Cloud Run adds it to the application's answers as well."""


def refused_at(headers: Mapping[str, str], body: str) -> Gate | None:
    """Who refused, where it was not the application; None where nothing tells.

    Args:
        headers: of an answer that is no success, found by their names in lower case. Identity-Aware
            Proxy marks its own:
            https://cloud.google.com/iap/docs/query-parameters-and-headers-howto
        body: of it, or its beginning.
    """
    if "x-goog-iap-generated-response" in headers:
        return Gate.IDENTITY_PROXY
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.endswith("json") or body.lstrip().startswith(("{", "[")):
        return None
    if _CHALLENGE in headers.get("www-authenticate", ""):
        return Gate.ACCESS_CONTROL
    page = body[:LOOKED_AT].casefold()
    return next((gate for phrase, gate in _PHRASES if phrase in page), None)
