"""Asks GraphQL the simplest query (https://graphql.github.io/graphql-over-http/)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from netra_validate import Context, ProtocolError, RateLimited

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpResponse

_QUERY: Final = json.dumps({"query": "{__typename}"}).encode()
_TOO_MANY: Final = 429
_OK: Final = 200


async def ask(ctx: Context, url: str, timeout_s: float) -> HttpResponse:
    """Ask for the name of the root type: nothing is changed, and no data is read.

    Raises:
        RateLimited: nothing follows from the answer.
    """
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    response = await ctx.http.request(
        "POST", url, headers=headers, content=_QUERY, timeout_s=timeout_s
    )
    if response.status == _TOO_MANY:
        raise RateLimited(f"{url} limits our requests", attempts=response.attempts)
    return response


def fault(response: HttpResponse) -> str | None:
    """What is wrong with the answer; None where it is a root type."""
    try:
        document = response.json()
    except ProtocolError as error:
        return f"{response.status}: {error.message}"
    if not isinstance(document, Mapping):
        return f"{response.status}: no object"
    errors = document.get("errors")
    if errors:
        return f"{response.status} with an error: {_first(errors)}"
    data = document.get("data")
    named = data.get("__typename") if isinstance(data, Mapping) else None
    if response.status != _OK or not isinstance(named, str):
        return f"{response.status} without a type"
    return None


def _first(errors: object) -> str:
    entry = errors[0] if isinstance(errors, list) else errors
    message = entry.get("message") if isinstance(entry, Mapping) else entry
    return str(message)[:200]
