"""How healthy services answer: health in every form, preflights, tokens, pages, conversations."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from netra_validate.sandbox import tokens
from netra_validate.sandbox.behaviour import Deployment, converse
from netra_validate.sandbox.preflights import Cors

GOOD = ("ok", "healthy", "ready", "up", "pass", "OK", "Healthy", "UP", "passing", "alive")

_MORE: tuple[Mapping[str, Any], ...] = (
    {},
    {"version": "2025.9.1", "uptime_seconds": 86400.5, "timestamp": "2025-09-01T08:30:00Z"},
    {"database_status": "connected", "environment": "staging"},
    {"errors": [], "warnings": [], "error": None, "last_error": "timeout at 03:00"},
    {"error_count": 0, "failed_jobs": 0, "error_rate": 0.0, "errors_total": 3},
    {"dependencies": {"postgres": {"status": "healthy", "latency_ms": 3},
                      "redis": {"status": "up", "error": ""}}},
    {"checks": {"database": "ok", "cache": "OK", "queue": {"ok": True, "depth": 0}}},
    {"checks": [{"name": "database", "status": "pass"}, {"name": "disk", "status": "pass"}]},
    {"components": {"db": {"status": "UP", "details": {"database": "PostgreSQL",
                                                       "validationQuery": "isValid()"}},
                    "diskSpace": {"status": "UP", "details": {"total": 1, "free": 1,
                                                              "threshold": 10485760}}}},
    {"status_code": 200, "code": 200},
    {"details": {"database": {"status": "up"}}, "info": {"database": {"status": "up"}}},
    {"log_level": "error", "maintenance": False, "debug": False, "degraded": False},
    {"message": "All systems operational", "description": "health of the backend"},
    {"links": {"down": "https://status.netra.example/down"}, "region": "us-central1"},
    {"checks": {"database:connections": [{"componentType": "datastore", "observedValue": 3,
                                          "observedUnit": "count", "status": "pass"}]},
     "notes": [""], "output": "", "serviceId": "f03e522f", "releaseId": "1.2.2"},
    {"entries": {"npgsql": {"data": {}, "duration": "00:00:00.0034", "status": "Healthy",
                            "tags": ["db", "critical"]}}, "totalDuration": "00:00:00.0040"},
    {"circuit_breaker": {"state": "closed"}, "replicas": {"ready": 2, "desired": 2}},
    {"ready": True, "live": True, "started": True},
    {"pool": {"size": 5, "checked_out": 0, "overflow": -5, "timeout": 30}},
    {"migrations": {"pending": 0, "applied": 41}, "features": {"new_ui": False}},
    {"unicode": "状態良好", "emoji": "✅", "long": "x" * 3000},
    {"nested": {"a": {"b": {"c": {"status": "ok"}}}}},
    {"scheduler": {"running": False, "enabled": False}, "cache": {"disabled": "yes", "up": "no"}},
    {"incidents": [], "previous_status": "unhealthy", "history": [{"status": "down"}]},
)  # fmt: skip
"""Fields beside the word; each is of a form that some framework or team uses."""


@st.composite
def health(draw: Any, name: str) -> Any:
    """One healthy document."""
    word = draw(st.sampled_from(GOOD))
    document: dict[str, Any] = {}
    for more in draw(st.lists(st.sampled_from(_MORE), max_size=3)):
        document |= more
    field = draw(st.sampled_from(("status", "status", "status", "health", "state")))
    document = {field: word, **document} if draw(st.booleans()) else {**document, field: word}
    if draw(st.booleans()):
        document["service"] = draw(st.sampled_from((name, name.upper(), f"{name}-service")))
    wrap = draw(st.sampled_from(("", "", "", "data")))
    return {wrap: document, "success": True} if wrap else document


def answers_with(
    document: Any, status: int = 200, after_s: float = 0.0, headers: Mapping[str, str] | None = None
) -> Any:
    """The same document for everyone."""

    async def answer(request: Request, number: int) -> Response:
        del request, number
        if after_s:
            await asyncio.sleep(after_s)
        return JSONResponse(document, status, headers)

    return answer


HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {"cache-control": "no-store", "x-request-id": "1"},
    {"Cache-Control": "private, max-age=0", "ETag": '"1"', "Server": "Google Frontend"},
    {"Age": "0", "Via": "1.1 google", "Alt-Svc": 'h3=":443"; ma=2592000'},
    {"Content-Type": "application/health+json"},
    {"Content-Type": "application/json; charset=UTF-8"},
)


class Permits(Cors):
    """Answers preflights as this one does, in another spelling and order of the headers."""

    status = 204
    spaced = True

    async def __call__(self, request: Request, number: int) -> Response:
        found = await super().__call__(request, number)
        if found.status_code != 204:
            return found
        headers = dict(reversed(found.headers.items()))
        headers.pop("content-length", None)
        return Response(status_code=self.status, headers=headers)


@st.composite
def preflight(draw: Any, origins: tuple[str, ...]) -> tuple[Cors, dict[str, Any]]:
    """Who may ask, and what of it the configuration expects."""
    case = draw(st.sampled_from((str, str.lower, str.upper)))
    more = draw(st.lists(st.sampled_from(("X-Request-Id", "Accept", "X-Trace"))))
    headers = draw(st.permutations(["Authorization", "Content-Type", *more]))
    methods = draw(st.permutations(["GET", "POST", "PUT", "DELETE", "OPTIONS"]))
    kind = draw(st.sampled_from((Cors, Permits)))
    credentials = draw(st.booleans())
    cors = kind(
        origins=origins,
        credentials=credentials,
        methods=tuple(methods),
        headers=tuple(case(each) for each in headers),
    )
    wants: dict[str, Any] = {"path": "/api/threads"}
    if not credentials or draw(st.booleans()):
        wants["credentials"] = credentials
    method = draw(st.sampled_from((None, "PUT", "DELETE", "POST")))
    return cors, wants | ({"method": method} if method else {})


def _point(curve: ec.EllipticCurve, size: int) -> dict[str, str]:
    """The point of a key on the curve: any other is no key."""
    numbers = ec.derive_private_key(20250901, curve).public_key().public_numbers()
    return {name: tokens.encoded(getattr(numbers, name).to_bytes(size, "big")) for name in "xy"}


_EC = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", **_point(ec.SECP256R1(), 32)}
_OKP = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA",
        "x": tokens.encoded(
            ed25519.Ed25519PrivateKey.from_private_bytes(b"\1" * 32).public_key().public_bytes_raw()
        )}  # fmt: skip
_BARE = {key: value for key, value in tokens.public_key("bare").items()
         if key not in {"use", "alg"}}  # fmt: skip
_KINDS: tuple[Mapping[str, Any], ...] = (
    tokens.public_key("rsa"),
    {**tokens.public_key("big", bits=4096), "alg": "PS512"},
    _BARE,
    _EC,
    _OKP,
    {**_EC, "crv": "P-384", "alg": "ES384", **_point(ec.SECP384R1(), 48)},
    {**tokens.public_key("chain"), "x5c": ["MIIB"], "x5t": "abc", "key_ops": ["verify"]},
)  # fmt: skip
_OTHERS: tuple[Mapping[str, Any], ...] = (
    {**tokens.public_key("enc"), "use": "enc", "alg": "RSA-OAEP"},
    {**_BARE, "alg": "RSA-OAEP-256"},
    {**_BARE, "alg": "RSA-OAEP-256", "key_ops": ["wrapKey"]},
    {
        "kty": "OKP",
        "crv": "X25519",
        "use": "enc",
        "alg": "ECDH-ES",
        "x": tokens.encoded(bytes(range(32))),
    },
    {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "use": "sig"},
)
"""Keys beside those that sign: to encrypt with, and of a type that is newer than the check."""


@st.composite
def key_set(draw: Any) -> Any:
    """Two keys or more that verify, each with an id of its own, and perhaps others."""
    kinds = draw(st.lists(st.sampled_from(_KINDS), min_size=2, max_size=5))
    found = [{**kind, "kid": f"k{number}"} for number, kind in enumerate(kinds)]
    if draw(st.booleans()):
        found.append({**draw(st.sampled_from(_OTHERS)), "kid": "other"})
    return draw(st.permutations(found))


def configuration(base: str, more: Mapping[str, Any]) -> Any:
    """The OpenID configuration of an issuer."""
    return answers_with(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/auth/login",
            "token_endpoint": f"{base}/auth/token",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            **more,
        }
    )


_MEMBERS: tuple[Mapping[str, Any], ...] = (
    {},
    {"claims_supported": ["sub", "email"], "scopes_supported": ["openid"], "x_new": {"a": 1}},
    {
        "service_documentation": "http://docs.elsewhere.example",
        "op_policy_uri": "https://x.example",
    },
    {"grant_types_supported": ["authorization_code"], "end_session_endpoint": None},
)
_REFUSALS: tuple[Any, ...] = (
    tokens.refuses,
    answers_with({"valid": False, "error": "invalid_token"}),
    answers_with({"active": False}),
    answers_with({"detail": "forbidden"}, 403),
)


def _chooses(cookie: bool, to: str) -> Any:
    async def answer(request: Request, number: int) -> Response:
        del request, number
        found = RedirectResponse(to, 307 if cookie else 302)
        if cookie:
            found.set_cookie("state", "x", secure=True)
        return found

    return answer


@st.composite
def auth(draw: Any, base: str, canonical: str) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """GETs, POSTs and options of an auth service at an address."""
    more = dict(draw(st.sampled_from(_MEMBERS)))
    more = {key: value for key, value in more.items() if value is not None}
    back = f"https%3A%2F%2F{canonical}%2Fauth%2Fcallback"
    login = f"https://accounts.google.com/o/oauth2/v2/auth?scope=openid&redirect_uri={back}&state=1"
    age = draw(st.sampled_from(({}, {"cache-control": "public, max-age=3600"},
                                {"Cache-Control": "no-cache"})))  # fmt: skip
    gets = {
        "/.well-known/openid-configuration": configuration(base, more),
        "/.well-known/jwks.json": answers_with({"keys": draw(key_set()), "more": 1}, headers=age),
        "/auth/login": _chooses(draw(st.booleans()), login),
    }
    posts = {"/auth/validate": draw(st.sampled_from(_REFUSALS))}
    wants: dict[str, Any] = {"discovery": ["/.well-known/openid-configuration"]}
    if draw(st.booleans()):
        wants |= {"validate": "/auth/validate", "samples": draw(st.sampled_from((0, 1)))}
    if draw(st.booleans()):
        wants["login"] = "/auth/login"
    return gets, posts, wants


def _text(content: str, kind: str) -> Any:
    async def answer(request: Request, number: int) -> Response:
        del request, number
        return Response(content, media_type=kind)

    return answer


_ASSETS = (
    ("/app-{n}.js", "text/javascript", '<script defer src="{url}"></script>'),
    ("/m-{n}.mjs", "application/javascript", "<script type=module src={url}></script>"),
    ("/s{n}.css", "text/css", '<link rel="stylesheet" href="{url}">'),
    ("/i{n}.svg", "image/svg+xml", "<img alt='' src='{url}'>"),
    ("/f{n}.woff2", "font/woff2", '<link rel=preload as=font href="{url}" crossorigin>'),
    ("/site{n}.webmanifest", "application/manifest+json", '<link rel="manifest" href="{url}">'),
    ("/p{n}.png", "image/png", '<img srcset="{url} 1x, {url}?w=2 2x" src="{url}">'),
)
_EXTRAS = (
    '<script type=\'application/ld+json\'>{"url": "https://elsewhere.example"}</script>',
    "<script async src='https://www.googletagmanager.com/gtag/js?id=G-1'></script>",
    "<!-- <script src='/gone.js'></script> -->",
    "<noscript>You need to enable JavaScript to run this app.</noscript>",
    "<link rel=alternate hreflang=de href=/de/>",
    "<link rel='dns-prefetch' href='//fonts.gstatic.com'>",
    "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
    "<title>404 error 500: how we handle errors</title>",
)


@st.composite
def page(draw: Any, hosts: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """GETs, POSTs and options of a frontend."""
    build = draw(st.sampled_from(("5f1c2ab", "2025.9.1-rc.1+7", "1")))
    gets: dict[str, Any] = {}
    tags = [f'<meta name="build-id" content="{build}">']
    chosen = draw(st.lists(st.sampled_from(_ASSETS), max_size=12))
    scripts = 0
    for number, (path, kind, tag) in enumerate(chosen):
        url = path.format(n=number)
        body = f'globalThis.BUILD_ID="{build}";' if "javascript" in kind else "x"
        scripts += "javascript" in kind
        gets[url] = _text(body, draw(st.sampled_from((kind, f"{kind}; charset=utf-8"))))
        tags.append(tag.format(url=url))
    tags += draw(st.lists(st.sampled_from(_EXTRAS)))
    body = "".join(draw(st.permutations(tags)))
    gets["/"] = _text(f"<!doctype html><html><head>{body}</head><body></body></html>", "text/html")
    wants: dict[str, Any] = {"page": "/"}
    if draw(st.booleans()):
        wants["page_build"] = 'name="build-id" content="([^"]+)"'
    if scripts and draw(st.booleans()):
        wants["asset_build"] = 'BUILD_ID="([^"]+)"'
    if draw(st.booleans()):
        settings = {"API_URL": f"https://{hosts[0]}", "WS": f"wss://{hosts[-1]}/ws", "n": 1.5,
                    "sentry": "https://1@o1.ingest.sentry.io/2", "file": "a.b.js"}  # fmt: skip
        text = json.dumps(settings).replace("/", draw(st.sampled_from(("/", "\\/"))))
        gets["/config.js"] = _text(f"window.__ENV={text}", "text/javascript")
        wants["runtime_config"] = "/config.js"
    posts = {}
    if draw(st.booleans()):
        name = draw(st.sampled_from(("Query", "RootQuery")))
        posts["/graphql"] = answers_with({"data": {"__typename": name}, "extensions": {"a": []}})
        wants["graphql"] = "/graphql"
    return gets, posts, wants


def prefixed(prefix: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The same below a path."""
    return {f"{prefix}{path}": each for path, each in answers.items()}


async def plain_ok(request: Request, number: int) -> Response:
    """A health endpoint of a web server's own."""
    del request, number
    return PlainTextResponse("OK")


async def _silent(websocket: WebSocket, number: int) -> None:
    """Waits for the client to begin."""
    del number
    await websocket.accept(headers=[(b"x-served-by", b"1")])
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.receive()


def _asks_for_a_token(code: int) -> Any:
    async def conversation(websocket: WebSocket, number: int) -> None:
        """Accepts, and ends for want of a token."""
        del number
        await websocket.accept()
        await websocket.close(code, "authentication required: token missing or timeout")

    return conversation


async def _talkative(websocket: WebSocket, number: int) -> None:
    """Begins with much that nobody asked for, of every kind."""
    del number
    await websocket.accept()
    await websocket.send_text('{"type": "error", "code": "none", "text": "ü"}')
    await websocket.send_bytes(b"\x00\xff")
    await websocket.send_text("x" * 40_000)
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await websocket.receive_text()


CONVERSATIONS = (
    *(converse, converse, _silent, _talkative),
    *map(_asks_for_a_token, (1008, 3000, 4401)),
)
"""Each proves the transport to a client without a token."""


def deployment(
    name: str, gets: Mapping[str, Any], posts: Mapping[str, Any], cors: Any, conversation: Any
) -> Deployment:
    """What runs behind one address."""
    return Deployment(name, gets, conversation, posts=posts, preflight=cors)
