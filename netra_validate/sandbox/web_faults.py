"""What can be wrong with logins, keys, other origins and the web page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from netra_validate.sandbox import pages, tokens
from netra_validate.sandbox.behaviour import Answer, Deployment, says, web_page
from netra_validate.sandbox.names import ENVIRONMENT
from netra_validate.sandbox.preflights import ORIGINS, Cors
from netra_validate.sandbox.staging import Fault, Staging

RETIRED: Final = "api.staging.netra.example"

_GONE: Final = says(404, {"detail": "Not Found"})
_OLD, _NEW = tokens.TWO_KEYS


def _deployed(key: str, change: Callable[[Deployment], Deployment]) -> Fault:
    def fault(staging: Staging) -> Staging:
        changed = {**staging.deployments, key: change(staging.deployments[key])}
        return replace(staging, deployments=changed)

    return fault


def _answers(key: str, answers: Mapping[str, Answer]) -> Fault:
    """These paths of a service answer so."""
    return _deployed(key, lambda it: replace(it, answers={**it.answers, **answers}))


def _posts(key: str, path: str, answer: Answer) -> Fault:
    return _deployed(key, lambda it: replace(it, posts={**it.posts, path: answer}))


def _preflights(cors: Cors, *keys: str) -> Fault:
    """These services answer preflights so."""

    def fault(staging: Staging) -> Staging:
        for key in keys:
            staging = _deployed(key, lambda it: replace(it, preflight=cors))(staging)
        return staging

    return fault


def _keys(*found: Mapping[str, object], max_age_s: int = 3600) -> Fault:
    return _answers("auth", {tokens.KEYS: tokens.keys(found, max_age_s=max_age_s)})


def _document(**changes: object) -> Fault:
    return _answers("auth", {tokens.DISCOVERY: tokens.configuration(**changes)})


def _option(service: str, check: str, line: str) -> Fault:
    table = f"[environments.{ENVIRONMENT}.services.{service}.checks.{check}]\n{line}\n"
    return lambda staging: replace(staging, options=staging.options + table)


async def _slowly(request: Request, number: int) -> Response:
    """Looks a token up for long, and says at once that there is none."""
    if "authorization" in request.headers:
        await asyncio.sleep(0.15)
    return await tokens.refuses(request, number)


async def _welcomes(request: Request, number: int) -> Response:
    """Takes every token for a good one."""
    del request, number
    return JSONResponse({"valid": True, "user": "netra-validate"})


_PRIVATE: Final = {**_NEW, "d": tokens.encoded(b"sandbox: opens nothing" * 8)}
_WEAK: Final = tokens.public_key("2025-07", bits=1024)

WEB_FAULTS: Final[Mapping[str, Fault]] = {
    "oidc-missing": _answers("auth", {tokens.DISCOVERY: _GONE, tokens.FALL_BACK: _GONE}),
    "oidc-fall-back": _answers("auth", {tokens.DISCOVERY: _GONE}),
    "oidc-incomplete": _document(token_endpoint=None, id_token_signing_alg_values_supported=[]),
    "oidc-wrong-issuer": _document(issuer=f"https://{RETIRED}"),
    "oidc-retired-endpoint": _document(token_endpoint=f"https://{RETIRED}/auth/token"),
    "jwks-empty": _keys(),
    "jwks-unreadable": _answers("auth", {tokens.KEYS: web_page}),
    "jwks-duplicate-kid": _keys(_OLD, {**_NEW, "kid": _OLD["kid"]}),
    "jwks-private-key": _keys(_OLD, _PRIVATE),
    "jwks-weak-key": _keys(_OLD, _NEW, _WEAK),
    "jwks-single-key": _keys(_NEW),
    "jwks-cached-for-ever": _keys(_OLD, _NEW, max_age_s=31_536_000),
    "token-accepted": _posts("auth", tokens.VALIDATE, _welcomes),
    "token-crashes": _posts("auth", tokens.VALIDATE, says(500, {"error": "internal"})),
    "token-slow": _posts("auth", tokens.VALIDATE, _slowly),
    "login-broken": _answers("auth", {tokens.LOGIN: says(500, {"error": "internal"})}),
    "redirect-retired-host": _answers("auth", {tokens.LOGIN: tokens.leads_back_to(RETIRED)}),
    "cors-missing-origin": _preflights(Cors(origins=ORIGINS[:1]), "backend", "auth"),
    "cors-disagree": _preflights(Cors(origins=ORIGINS[:1]), "auth"),
    "cors-missing-header": _preflights(Cors(headers=("Content-Type",)), "backend"),
    "cors-without-credentials": _preflights(Cors(credentials=False), "backend"),
    "cors-reflects-any": _preflights(Cors(any_origin=True), "backend"),
    "cors-wildcard-credentials": _preflights(Cors(any_origin=True, wildcard=True), "backend"),
    "page-missing": _answers("frontend", {pages.PAGE: _GONE}),
    "asset-missing": _answers("frontend", {pages.SCRIPT: _GONE}),
    "asset-wrong-type": _answers("frontend", {pages.SCRIPT: web_page}),
    "build-mismatch": _answers("frontend", {pages.SCRIPT: pages.script("0ddba11")}),
    "build-unknown": _answers("frontend", {pages.LIVE: says(200, {"status": "ok"})}),
    "runtime-config-missing": _answers("frontend", {pages.RUNTIME: web_page}),
    "runtime-config-retired-host": _answers("frontend", {pages.RUNTIME: pages.runtime(RETIRED)}),
    "graphql-errors": _posts(
        "frontend",
        pages.GRAPHQL,
        pages.graphql({"errors": [{"message": 'Unknown type "Thread".'}]}),
    ),
}
"""The faults by name."""
