"""How the frontend answers: its page, what that needs, its settings and GraphQL."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

Answer = Callable[[Request, int], Awaitable[Response]]

BUILD: Final = "5f1c2ab"
PAGE: Final = "/"
SCRIPT: Final = "/assets/app.js"
STYLE: Final = "/assets/app.css"
ICON: Final = "/favicon.svg"
RUNTIME: Final = "/config.js"
LIVE: Final = "/health/live"
GRAPHQL: Final = "/graphql"


async def page(request: Request, number: int) -> Response:
    """The start page, whatever was asked for."""
    del request, number
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><title>Netra</title>'
        f'<meta name="build-id" content="{BUILD}">'
        f'<link rel="icon" href="{ICON}"><link rel="stylesheet" href="{STYLE}">'
        f'<script src="{RUNTIME}"></script><script type="module" src="{SCRIPT}"></script>'
        '</head><body><div id="root"></div></body></html>'
    )


def text(content: str, media_type: str, status: int = 200) -> Answer:
    """One file."""

    async def answer(request: Request, number: int) -> Response:
        del request, number
        return Response(content, status, media_type=media_type)

    return answer


def script(build: str) -> Answer:
    """The application of one build."""
    return text(f'globalThis.BUILD_ID="{build}";', "text/javascript")


def runtime(api_host: str) -> Answer:
    """The settings that the page takes when it runs."""
    settings = {"API_URL": f"https://{api_host}", "WS_URL": f"wss://{api_host}/ws"}
    return text(f"window.__ENV = {json.dumps(settings)};", "text/javascript")


def live(service: str) -> Answer:
    """A health endpoint that says which build runs."""

    async def answer(request: Request, number: int) -> Response:
        del request, number
        return JSONResponse({"status": "ok", "service": service, "build": BUILD})

    return answer


def graphql(document: Mapping[str, object]) -> Answer:
    """Every query is answered so."""

    async def answer(request: Request, number: int) -> Response:
        del request, number
        return JSONResponse(dict(document))

    return answer


def answers(service: str) -> dict[str, Answer]:
    """Everything that is got."""
    return {
        PAGE: page,
        SCRIPT: script(BUILD),
        STYLE: text("body{margin:0}", "text/css"),
        ICON: text('<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        RUNTIME: runtime("api-staging.netra.example"),
        LIVE: live(service),
    }


POSTS: Final[Mapping[str, Answer]] = {GRAPHQL: graphql({"data": {"__typename": "Query"}})}
