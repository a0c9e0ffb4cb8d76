"""What an upgrade shows to be let in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from checks.websocket.options import TokenPlace, WebSocketOptions
from netra_validate import ClientError, Context, Service, Unauthenticated
from netra_validate.clients import address

_SUBPROTOCOL: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What a subprotocol may be made of (RFC 6455, section 4.1, and RFC 9110, section 5.6.2)."""

_WORD: Final = 8
"""Characters that a value needs to look like a ticket: `room=lobby` is none."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Address, subprotocols and headers of an upgrade. Nothing of it is shown."""

    url: str = field(repr=False)
    subprotocols: tuple[str, ...] = field(default=(), repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    has_token: bool = False
    """A token of the application is shown; an identity token for Cloud Run is none."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    variable: str
    place: TokenPlace


async def present(service: Service, options: WebSocketOptions, ctx: Context) -> Credentials:
    """The credentials that configuration and environment give for ``service``.

    Raises:
        Unauthenticated: a token is asked for and not there, or cannot be sent.
        ClientError: it would be sent in clear text over a network, or to a host that it is not for.
    """
    assert service.websocket is not None  # noqa: S101 - skip_reason has seen to it
    where = address.read(service.websocket)
    token = _token(service, options, ctx)
    headers: dict[str, str] = {}
    secrets: list[str] = []
    if service.auth == "google-id-token":
        identity = await ctx.google.identity_token(_audience(service, where))
        headers[_identity_header(token)] = f"Bearer {identity}"
        secrets.append(identity)
    if token is not None:
        secrets.append(token.value)
        if token.place == "header":
            headers["Authorization"] = f"Bearer {token.value}"
    if secrets and not (where.secure or where.is_loopback):
        raise ClientError(f"{where.shown} is not encrypted: no token is sent there", hint=_WSS)
    return Credentials(
        url=_url(where.url, token, options.token_parameter),
        subprotocols=(*options.subprotocols, *_subprotocols(token, options)),
        headers=headers,
        secrets=(*secrets, *_written_in(where.url)),
        has_token=token is not None,
    )


def _token(service: Service, options: WebSocketOptions, ctx: Context) -> _Token | None:
    place = options.token_in
    variable = options.token_env
    if variable is None and service.auth == "bearer":
        variable, place = service.token_env, "header"
        if variable is None:
            raise Unauthenticated(
                f'{service.key} has auth = "bearer" and no token_env',
                hint="set token_env to the environment variable that holds the token",
            )
    if variable is None:
        return None
    value = ctx.secret(variable)
    if not value:
        raise Unauthenticated(
            f"the environment variable {variable} is not set, and token_env names it",
            hint=f"set {variable} to a token of {service.key}",
        )
    if any(char.isspace() for char in value):
        raise Unauthenticated(
            f"the token in {variable} has white space in it",
            hint="it may be more than the token: a whole header, or two lines",
        )
    return _Token(value, variable, place)


def _identity_header(token: _Token | None) -> str:
    """Cloud Run looks at ``X-Serverless-Authorization`` first, and leaves the other alone.

    https://cloud.google.com/run/docs/authenticating/service-to-service
    """
    taken = token is not None and token.place == "header"
    return "X-Serverless-Authorization" if taken else "Authorization"


def _audience(service: Service, where: address.Address) -> str:
    """What the identity token is for: what is configured, or else the host it is sent to.

    Whoever gets a token can show it to whom it is for. A custom audience is another name of the
    service itself (https://cloud.google.com/run/docs/configuring/custom-audiences), so a token for
    it goes to the service's own host and to no third one.
    """
    if service.audience is not None:
        if where.host not in {_host(service.url), _host(service.audience)}:
            raise ClientError(
                f"no identity token is sent to {where.host}: it is neither the host of url nor of"
                f" audience in {service.key}",
                hint=f"set audience to https://{where.host}, or url to the service behind it",
            )
        return service.audience
    if service.url is not None and _host(service.url) == where.host:
        return service.url
    return f"https://{where.host}"


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url).hostname if url else None
    except ValueError:  # an audience may be any text
        return None


def _url(url: str, token: _Token | None, parameter: str) -> str:
    if token is None or token.place != "query":
        return url
    parts = urlsplit(url)
    pair = f"{quote(parameter, safe='')}={quote(token.value, safe='')}"
    return parts._replace(query="&".join(filter(None, (parts.query, pair)))).geturl()


def _written_in(url: str) -> Iterator[str]:
    """What may be a ticket or a password in the configured address itself."""
    parts = urlsplit(url)
    values = [parts.password or "", *(value for _, value in parse_qsl(parts.query))]
    yield from (value for value in values if len(value) >= _WORD)


def _subprotocols(token: _Token | None, options: WebSocketOptions) -> tuple[str, ...]:
    if token is None or token.place != "subprotocol":
        return ()
    carrier = f"{options.token_subprotocol_prefix}{token.value}"
    if not _SUBPROTOCOL.fullmatch(carrier):
        raise Unauthenticated(
            f"the token in {token.variable} cannot travel in a subprotocol, which may not hold"
            " characters such as / and =",
            hint='set token_in = "header" or "query", if the application reads it there',
        )
    return (carrier,)


_WSS: Final = "configure a wss:// address"
