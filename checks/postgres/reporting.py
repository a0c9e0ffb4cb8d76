"""Which version of the schema services say that they work with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from netra_validate import ClientError, Context, Database, ProtocolError, Service
from netra_validate.topology import CandidateService

if TYPE_CHECKING:
    from checks.postgres.options import PostgresOptions
    from netra_validate.clients.http import HttpResponse

_ASK_S: Final = 5.0
"""Seconds for one service."""

_LONGEST: Final = 100
"""Characters of a version."""

_UNTOLD: Final = "not told"


async def reported(database: Database, options: PostgresOptions, ctx: Context) -> dict[str, str]:
    """By the configuration's names of the services that use the database and say it.

    They are asked without a token, and once in a run; who wants one, or does not answer, does not
    say. Whether a service answers is for ``health`` to tell. One that is judged at its candidate
    is asked there: what serves may well work with the version before.
    """
    users = {each.key: each for each in ctx.topology.users_of(database) if each.url}
    asked = {key: _asked(each, options, ctx) for key, each in users.items()}
    answers = await asyncio.gather(*asked.values())
    found = dict(zip(asked, answers, strict=True))
    ctx.observe(schema_reported={name: told or _UNTOLD for name, told in found.items()})
    return {name: told for name, told in found.items() if told is not None}


async def _asked(service: Service, options: PostgresOptions, ctx: Context) -> str | None:
    try:
        if isinstance(service, CandidateService):
            service = await ctx.google.candidate(service)
        if not service.url:
            return None
        answer = await ctx.http.shared("GET", _url(service, options), timeout_s=_ASK_S)
        return version_in(answer, options.schema_health_field)
    except ClientError:
        return None


def _url(service: Service, options: PostgresOptions) -> str:
    return f"{(service.url or '').rstrip('/')}{options.schema_health}"


def version_in(response: HttpResponse, field: str) -> str | None:
    """What stands in a field of a JSON answer, whatever its status; dots lead further in."""
    try:
        found = response.json()
    except ProtocolError:
        return None
    for name in field.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return str(found)[:_LONGEST] if isinstance(found, str | int) and found != "" else None
