"""Asks the health endpoints of a service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from netra_validate import ClientError, Context, Service, Unauthenticated

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpResponse


@dataclass(frozen=True, slots=True)
class Question:
    """One health endpoint."""

    label: str
    """What reports call it: the path, or the whole address where that is on another host."""
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one endpoint said, or why nothing came."""

    question: Question
    response: HttpResponse | None = None
    error: ClientError | None = None


def questions(service: Service) -> tuple[Question, ...]:
    """The endpoints of ``service`` in the order of its configuration, each once.

    Paths are put behind the whole of ``url``, its own path included.
    """
    base = (service.url or "").rstrip("/")
    found: dict[str, Question] = {}
    for path in service.health:
        whole = is_whole(path)
        url = path if whole else f"{base}/{path.lstrip('/')}"
        beside = whole and origin(path) == origin(base) != ""
        found.setdefault(url, Question(_path(path) if beside else path, url))
    return tuple(found.values())


def is_whole(path: str) -> bool:
    """Whether ``path`` is a whole address."""
    return "://" in path


def origin(url: str) -> str:
    """Scheme, host and port (RFC 6454), for telling one server from another."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
        return f"{parts.scheme}://{(parts.hostname or '').rstrip('.')}:{port}"
    except ValueError:
        return ""


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


async def ask(question: Question, ctx: Context, token: str | None, timeout_s: float) -> Answer:
    """Ask once, with the retries of the client."""
    try:
        response = await ctx.http.get(
            question.url,
            headers={"Accept": "application/json"},
            token=token,
            timeout_s=timeout_s,
        )
    except ClientError as error:
        return Answer(question, error=error)
    return Answer(question, response=response)


async def token(service: Service, ctx: Context) -> str | None:
    """What proves who asks, as the service's ``auth`` wants it; None where it wants nothing.

    Raises:
        Unauthenticated: the variable that should hold the token is not set, or there are no
            Google credentials.
    """
    if service.auth == "bearer":
        return _bearer(service, ctx)
    if service.auth == "google-id-token":
        return await ctx.google.identity_token(_audience(service))
    return None


def trusted(service: Service) -> frozenset[str]:
    """The origins that may see the token: the service's own and the token's audience."""
    named = [service.url, service.audience]
    if service.url is None:
        named += service.health[:1]
    return frozenset(origin(url) for url in named if url and is_whole(url))


def _bearer(service: Service, ctx: Context) -> str:
    if service.token_env is None:
        raise Unauthenticated(
            f'{service.key} has auth = "bearer" and no token_env',
            hint="name the environment variable that holds the token in token_env",
        )
    found = ctx.secret(service.token_env)
    if found is None:
        raise Unauthenticated(
            f"the environment variable {service.token_env} is not set: it holds the token of"
            f" {service.key}",
            hint=f"export {service.token_env}",
        )
    return found


def _audience(service: Service) -> str:
    """The configured audience, or the address that the token is for (Cloud Run's default)."""
    if service.audience is not None:
        return service.audience
    address = next(_addresses(service))
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ClientError(f"{address!r} is not an address: {error}") from error
    return f"{parts.scheme}://{parts.netloc}"


def _addresses(service: Service) -> Iterator[str]:
    if service.url is not None:
        yield service.url
    yield from filter(is_whole, service.health)
