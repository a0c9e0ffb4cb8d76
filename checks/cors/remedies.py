"""What to do about a service that answers other origins wrongly."""

from __future__ import annotations

from typing import Final

from checks.cors.options import CorsOptions
from netra_validate import Context, Remediation
from netra_validate.remedies import looks

_DOCS: Final = "https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS"

_SUMMARIES: Final = {
    "origin-refused": "Add the origin to the list of origins that the service allows",
    "disagrees": "Give the service the list of origins that the other services have",
    "request-refused": "Allow the method and the headers that the pages use",
    "credentials": "Allow credentials as the pages need them, or correct the option credentials",
    "foreign-origin": "Compare the whole origin with a list, and answer no other",
    "wildcard-credentials": "Answer with the origin of the request where it is on a list, not *",
    "no-vary": "Send Vary: Origin with every answer",
}


def remedy(rule: str, url: str, origin: str, options: CorsOptions, ctx: Context) -> Remediation:
    """What to do, and the question to see it with."""
    asked = (
        f"Origin: {origin}",
        f"Access-Control-Request-Method: {options.method}",
        f"Access-Control-Request-Headers: {','.join(sorted(options.headers))}",
    )
    headers = [part for line in asked if not line.endswith(" ") for part in ("-H", line)]
    ca_file = ctx.environment.ca_file
    trust = () if ca_file is None else ("--cacert", str(ca_file))
    curl = looks("curl", "-i", "-X", "OPTIONS", "--max-time", "10", *trust, *headers, url)
    return Remediation(_SUMMARIES[rule], (curl,), _DOCS)
