"""Finds the auth service, in the order in which its clients fall back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netra_validate import ClientError, Context, ProtocolError, RateLimited, Service, Sign
from netra_validate.signs import ANY_ANSWER, of_status

_TOO_MANY = 429
_OK = 200


@dataclass(frozen=True, slots=True)
class Missed:
    """An address that does not answer with a configuration."""

    place: str
    """As the option has it."""
    reason: str
    error: ClientError | None = None
    """Where there was no answer at all."""
    status: int | None = None
    """Of the answer that was none."""

    @property
    def is_there(self) -> bool:
        """Whether something is served there, that is no configuration."""
        return self.status == _OK


@dataclass(frozen=True, slots=True)
class Found:
    """What came of all addresses."""

    place: str | None = None
    address: str = ""
    """The official one, also where a candidate was asked."""
    document: Mapping[str, object] = field(default_factory=dict)
    missed: tuple[Missed, ...] = ()

    @property
    def shows(self) -> frozenset[Sign]:
        """What is seen to fail at the addresses that missed."""
        told = [
            ANY_ANSWER if each.status is None else of_status(each.status) for each in self.missed
        ]
        return frozenset().union(*told)


def address(service: Service, place: str) -> str:
    """A path behind the whole of a service's url; a whole address as it is."""
    return place if "://" in place else f"{(service.url or '').rstrip('/')}{place}"


async def discover(
    service: Service, ctx: Context, places: tuple[str, ...], timeout_s: float
) -> Found:
    """Ask one address after the other until one answers with a configuration."""
    official = ctx.topology.get(Service, service.key) or service
    missed: list[Missed] = []
    for place in places:
        found = await _asked(ctx, place, address(service, place), timeout_s)
        if not isinstance(found, Missed):
            return Found(place, address(official, place), found, tuple(missed))
        missed.append(found)
    return Found(missed=tuple(missed))


async def _asked(
    ctx: Context, place: str, url: str, timeout_s: float
) -> Mapping[str, object] | Missed:
    try:
        response = await ctx.http.get(
            url, headers={"Accept": "application/json"}, timeout_s=timeout_s
        )
    except ClientError as error:
        return Missed(place, error.message, error)
    if response.status == _TOO_MANY:
        limited = RateLimited(f"{url} limits our requests", attempts=response.attempts)
        return Missed(place, "429", limited)
    if response.status != _OK:
        return Missed(place, str(response.status), status=response.status)
    try:
        document = response.json()
    except ProtocolError as error:
        return Missed(place, error.message, status=_OK)
    if not isinstance(document, Mapping):
        return Missed(place, "JSON that is no object", status=_OK)
    if not isinstance(document.get("issuer"), str):
        return Missed(place, "JSON without an issuer", status=_OK)
    return document
