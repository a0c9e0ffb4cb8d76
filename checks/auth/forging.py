"""Tokens that are worth nothing, and what a service makes of them."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from netra_validate import Context, ProtocolError, RateLimited

if TYPE_CHECKING:
    from checks.auth.options import AuthOptions
    from netra_validate.clients.http import HttpResponse

_FOR_EVER: Final = 4102444800
"""The year 2100: it must not be its expiry that a token is refused for."""

_SIGNATURE_BYTES: Final = 256

_REFUSALS: Final = frozenset({401, 403})
_SUCCESS: Final = range(200, 300)
_TOO_MANY: Final = 429

_SAYS_SO: Final = ("active", "valid", "is_valid", "authenticated")
"""Fields that are false for a bad token; ``active`` is that of RFC 7662, section 2.2."""


class Verdict(Enum):
    """What a service makes of a token."""

    REFUSED = auto()
    ACCEPTED = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Trial:
    """One forged token, tried."""

    forged: str
    """How: a word for reports. The token itself is kept nowhere."""
    status: int
    verdict: Verdict


def forged(issuer: str | None, key_id: str | None) -> dict[str, str]:
    """Two tokens by how they are forged: with random bytes for a signature, and with none.

    Both look right otherwise, so that only the signature can tell (RFC 8725, section 2.1).
    """
    claims = {"sub": "netra-validate", "iat": 0, "exp": _FOR_EVER}
    if issuer:
        claims["iss"] = issuer
    signed = {"alg": "RS256", "typ": "JWT", "kid": key_id or "netra-validate"}
    body = _part(claims)
    random = urlsafe_b64encode(secrets.token_bytes(_SIGNATURE_BYTES)).rstrip(b"=").decode()
    return {
        "a random signature": f"{_part(signed)}.{body}.{random}",
        "no signature": f"{_part({'alg': 'none', 'typ': 'JWT'})}.{body}.",
    }


async def ask(
    ctx: Context, url: str, token: str | None, options: AuthOptions, *, retry: bool = True
) -> HttpResponse:
    """Ask for a verdict on a token, or send none."""
    headers = {"Accept": "application/json"}
    content = None
    if options.validate_method == "POST":
        headers["Content-Type"] = "application/json"
        content = json.dumps({} if token is None else {"token": token}).encode()
    return await ctx.http.request(
        options.validate_method, url, headers=headers, token=token, content=content,
        timeout_s=options.timeout_s, retry=retry,
    )  # fmt: skip


async def attempt(ctx: Context, url: str, how: str, token: str, options: AuthOptions) -> Trial:
    """Try one token.

    Raises:
        RateLimited: nothing follows from the answer.
    """
    response = await ask(ctx, url, token, options)
    if response.status == _TOO_MANY:
        raise RateLimited(f"{url} limits our requests", attempts=response.attempts)
    return Trial(how, response.status, verdict(response))


def verdict(response: HttpResponse) -> Verdict:
    """What an answer says of the token."""
    if response.status in _REFUSALS:
        return Verdict.REFUSED
    if response.status not in _SUCCESS:
        return Verdict.NONE
    try:
        document = response.json()
    except ProtocolError:
        return Verdict.ACCEPTED
    if not isinstance(document, Mapping):
        return Verdict.ACCEPTED
    said = [document[name] for name in _SAYS_SO if name in document]
    if any(each is False for each in said):
        return Verdict.REFUSED
    # What is neither true nor false is no verdict.
    return Verdict.ACCEPTED if all(each is True for each in said) else Verdict.NONE


def _part(content: Mapping[str, object]) -> str:
    text = json.dumps(content, separators=(",", ":")).encode()
    return urlsafe_b64encode(text).rstrip(b"=").decode()
