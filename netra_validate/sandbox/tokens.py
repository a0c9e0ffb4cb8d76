"""How the auth service answers: its OpenID configuration, its keys, a login and its judgement."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

Answer = Callable[[Request, int], Awaitable[Response]]

DISCOVERY: Final = "/.well-known/openid-configuration"
FALL_BACK: Final = "/.well-known/oauth-authorization-server"
KEYS: Final = "/.well-known/jwks.json"
VALIDATE: Final = "/auth/validate"
LOGIN: Final = "/auth/login"

CANONICAL_HOST: Final = "staging.netra.example"

_PROVIDER: Final = "https://accounts.google.com/o/oauth2/v2/auth"


def public_key(key_id: str, *, bits: int = 2048) -> dict[str, object]:
    """An RSA key of RFC 7517 that nobody can sign with: its modulus is a hash of its name."""
    raw = bytearray()
    while len(raw) < bits // 8:
        raw += hashlib.sha256(f"{key_id} {len(raw)}".encode()).digest()
    raw[0], raw[-1] = raw[0] | 0x80, raw[-1] | 1  # as long as it says, and odd
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": key_id,
        "n": encoded(bytes(raw)),
        "e": "AQAB",
    }


def encoded(raw: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


TWO_KEYS: Final = (public_key("2025-08"), public_key("2025-09"))
"""The last one still verifies what it signed while the next one signs."""


def configuration(**changes: object) -> Answer:
    """The document of OpenID Connect Discovery 1.0, section 3; None leaves a field out."""

    async def answer(request: Request, number: int) -> Response:
        del number
        base = str(request.base_url).rstrip("/")
        document: dict[str, object] = {
            "issuer": base,
            "authorization_endpoint": f"{base}{LOGIN}",
            "token_endpoint": f"{base}/auth/token",
            "jwks_uri": f"{base}{KEYS}",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            **changes,
        }
        return JSONResponse({key: value for key, value in document.items() if value is not None})

    return answer


def keys(found: Sequence[Mapping[str, object]], *, max_age_s: int = 3600) -> Answer:
    """A set of keys (RFC 7517, section 5)."""

    async def answer(request: Request, number: int) -> Response:
        del request, number
        headers = {"cache-control": f"public, max-age={max_age_s}"}
        return JSONResponse({"keys": list(found)}, headers=headers)

    return answer


async def refuses(request: Request, number: int) -> Response:
    """No token is good."""
    del request, number
    challenge = {"www-authenticate": 'Bearer error="invalid_token"'}
    return JSONResponse({"detail": "invalid token"}, 401, challenge)


def leads_back_to(host: str) -> Answer:
    """A login that leads to the provider, which is to send the browser back to this host."""
    query = {
        "client_id": "sandbox.apps.googleusercontent.com",
        "response_type": "code",
        "scope": "openid email",
        "redirect_uri": f"https://{host}/auth/callback",
        "state": "sandbox",
    }

    async def answer(request: Request, number: int) -> Response:
        del request, number
        return RedirectResponse(f"{_PROVIDER}?{urlencode(query)}", 302)

    return answer


ANSWERS: Final[Mapping[str, Answer]] = {
    DISCOVERY: configuration(),
    FALL_BACK: configuration(),
    KEYS: keys(TWO_KEYS),
    LOGIN: leads_back_to(CANONICAL_HOST),
}
POSTS: Final[Mapping[str, Answer]] = {VALIDATE: refuses}
