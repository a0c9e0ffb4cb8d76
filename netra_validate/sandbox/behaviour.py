"""How the services answer: one small function per way to be well or ill.

The words of the bodies are those that the first users' services were seen to use.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from netra_validate.sandbox import pages, tokens
from netra_validate.sandbox.database import HEALTH_SCHEMA, SCHEMA
from netra_validate.sandbox.names import SERVICES
from netra_validate.sandbox.preflights import Cors

VERSION: Final = "2025.9.1"
TOKEN: Final = "sandbox-token"  # noqa: S105 - the only token that the sandbox takes; opens nothing
"""The one token that the backend's WebSocket accepts."""

HEALTH: Final = "/health"
HEALTH_DATABASE: Final = "/health/database"
WEBSOCKET: Final = "/ws"

HEALTHY_S: Final = 0.03
"""Seconds that a healthy answer takes: short, and long enough to be told from zero."""

Answer = Callable[[Request, int], Awaitable[Response]]
"""Answers one request. The number counts the requests to its path, from 1."""
Conversation = Callable[[WebSocket, int], Awaitable[None]]
"""Has one WebSocket conversation. The number counts the upgrades asked for, from 1."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What runs behind one service's address.

    Attributes:
        name: what it calls itself.
        answers: for each path how a GET is answered; any other path is a 404.
        conversation: what is said on the WebSocket, where there is one.
        pongs: whether WebSocket pings are answered.
        posts: for each path how a POST is answered.
        preflight: how the question of a browser is answered, whatever the path.
    """

    name: str
    answers: Mapping[str, Answer]
    conversation: Conversation | None = None
    pongs: bool = True
    posts: Mapping[str, Answer] = field(default_factory=dict)
    preflight: Answer | None = None


def healthy_deployments() -> dict[str, Deployment]:
    """Every service, well."""
    backend, auth, frontend = SERVICES.values()
    return {
        "backend": Deployment(
            backend,
            {
                HEALTH: says(200, _healthy(backend)),
                HEALTH_DATABASE: says(200, _healthy(backend)),
                HEALTH_SCHEMA: ready(backend),
            },
            converse,
            preflight=Cors(),
        ),
        "auth": Deployment(
            auth,
            {HEALTH: says(200, _healthy(auth)), **tokens.ANSWERS},
            posts=tokens.POSTS,
            preflight=Cors(),
        ),
        "frontend": Deployment(
            frontend,
            {HEALTH: says(200, {"status": "ok", "service": frontend}), **pages.answers(frontend)},
            posts=pages.POSTS,
        ),
    }


def front_page() -> Deployment:
    """A host that answers with its front page alone."""
    return Deployment("front", {"/": web_page})


def _healthy(service: str) -> dict[str, object]:
    return {
        "status": "healthy",
        "service": service,
        "version": VERSION,
        "environment": "staging",
        "database_status": "connected",
        "dependencies": {"postgres": {"status": "healthy"}, "redis": {"status": "healthy"}},
    }


def ready(service: str, schema: str = SCHEMA) -> Answer:
    """A service that says which version of the schema it works with."""
    return says(200, {**_healthy(service), "schema_version": schema})


def says(
    status: int,
    body: Mapping[str, object],
    *,
    after_s: float = HEALTHY_S,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Answers every request with the same JSON."""

    async def answer(request: Request, number: int) -> Response:
        del request, number
        await asyncio.sleep(after_s)
        return JSONResponse(body, status, headers)

    return answer


def first(cold: Answer, warm: Answer) -> Answer:
    """Answers the first request in one way and all others in another."""

    async def answer(request: Request, number: int) -> Response:
        return await (cold if number == 1 else warm)(request, number)

    return answer


async def silence(request: Request, number: int) -> Response:
    """Takes the request and never answers."""
    del request, number
    await asyncio.Event().wait()
    raise AssertionError("nothing sets the event")


async def web_page(request: Request, number: int) -> Response:
    """A single-page application, whatever was asked for."""
    del request, number
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><title>Netra</title></head>'
        '<body><div id="root"></div></body></html>'
    )


_UNREACHED: Final = (
    '\n<html><head>\n<meta http-equiv="content-type" content="text/html;charset=utf-8">\n'
    "<title>502 Server Error</title>\n</head>\n<body text=#000000 bgcolor=#ffffff>\n"
    "<h1>Error: Server Error</h1>\n<h2>The server encountered a temporary error and could not"
    " complete your request.<p>Please try again in 30 seconds.</h2>\n<h2></h2>\n</body></html>\n"
)
"""The page of a load balancer that does not reach its backend."""


async def balancer_fails(request: Request, number: int) -> Response:
    """The load balancer's own answer, which no service has given."""
    del request, number
    return HTMLResponse(_UNREACHED, 502)


async def balancer_fails_upgrade(websocket: WebSocket, number: int) -> None:
    """The same in answer to an upgrade."""
    del number
    await websocket.send_denial_response(HTMLResponse(_UNREACHED, 502))


async def google_forbids(request: Request, number: int) -> Response:
    """The page that Cloud Run's own access control shows to a caller without ``run.invoker``."""
    del number
    return _forbidden_page(request.url.path)


def _forbidden_page(path: str) -> Response:
    return HTMLResponse(
        "\n<html><head>\n"
        '<meta http-equiv="content-type" content="text/html;charset=utf-8">\n'
        "<title>403 Forbidden</title>\n</head>\n"
        "<body text=#000000 bgcolor=#ffffff>\n<h1>Error: Forbidden</h1>\n"
        "<h2>Your client does not have permission to get URL "
        f"<code>{path}</code> from this server.</h2>\n<h2></h2>\n</body></html>\n",
        403,
        {"server": "Google Frontend"},
    )


async def converse(websocket: WebSocket, number: int) -> None:
    """Accepts, authenticates where a token is presented, greets, and echoes until the close."""
    del number
    await websocket.accept(_token_protocol(websocket))
    token = _presented_token(websocket)
    if token is not None and token != TOKEN:
        await websocket.close(1008, "invalid token")
        return
    await websocket.send_json(
        {"type": "connection_established", "service": SERVICES["backend"], "version": VERSION}
    )
    try:
        while True:
            await websocket.send_json(_reply(await websocket.receive_text()))
    except WebSocketDisconnect:
        return


def _reply(text: str) -> dict[str, object]:
    try:
        message = json.loads(text)
    except ValueError:
        return {"type": "error", "reason": "not JSON"}
    kind = message.get("type") if isinstance(message, dict) else None
    return {"type": {"heartbeat": "heartbeat_ack", "ping": "pong"}.get(str(kind), "echo")}


def _token_protocol(websocket: WebSocket) -> str | None:
    """The subprotocol that carries the token: the real server echoes it."""
    offered: list[str] = websocket.scope["subprotocols"]
    return next((each for each in offered if each.startswith("jwt.")), None)


def _presented_token(websocket: WebSocket) -> str | None:
    """A token from the subprotocol, the header or the query string, where there is one."""
    protocol = _token_protocol(websocket)
    if protocol is not None:
        return protocol.removeprefix("jwt.")
    scheme, _, value = websocket.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value
    return websocket.query_params.get("ticket")


def refuses(
    status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Conversation:
    """Answers the upgrade with an ordinary HTTP response."""

    async def conversation(websocket: WebSocket, number: int) -> None:
        del number
        await websocket.send_denial_response(JSONResponse(body, status, headers))

    return conversation


async def google_forbids_upgrade(websocket: WebSocket, number: int) -> None:
    """The same page as :func:`google_forbids`, in answer to an upgrade."""
    del number
    await websocket.send_denial_response(_forbidden_page(websocket.url.path))


async def no_instance(request: Request, number: int) -> Response:
    """What Cloud Run answers where no instance of a service starts."""
    del request, number
    return PlainTextResponse("Service Unavailable", 503, {"server": "Google Frontend"})


async def no_instance_left(request: Request, number: int) -> Response:
    """What Cloud Run answers where as many instances run as may, and none becomes free."""
    del request, number
    return PlainTextResponse("Rate exceeded.", 429, {"server": "Google Frontend"})


async def no_instance_left_to_upgrade(websocket: WebSocket, number: int) -> None:
    """The same, in answer to an upgrade."""
    del number
    await websocket.send_denial_response(PlainTextResponse("Rate exceeded.", 429))


async def no_instance_to_upgrade(websocket: WebSocket, number: int) -> None:
    """The same, in answer to an upgrade."""
    del number
    await websocket.send_denial_response(PlainTextResponse("Service Unavailable", 503))


async def page_to_upgrade(websocket: WebSocket, number: int) -> None:
    """What a server of pages answers to an upgrade of an address that it does not have."""
    del number
    page = "<!doctype html><title>Not found</title><h1>This page does not exist</h1>"
    await websocket.send_denial_response(HTMLResponse(page, 404))


async def closes_before_accept(websocket: WebSocket, number: int) -> None:
    """Closes without accepting: an ASGI server makes a bare 403 of it."""
    del number
    await websocket.close(1008)


async def closes_with_1011(websocket: WebSocket, number: int) -> None:
    """Accepts, and finds out that it is not ready."""
    del number
    await websocket.accept()
    await websocket.close(1011, "service not ready")


def flaky(every: int, failing: Conversation, working: Conversation) -> Conversation:
    """Fails on every so-many-th upgrade, beginning with the third: the first one is good."""

    async def conversation(websocket: WebSocket, number: int) -> None:
        await (failing if number % every == 3 % every else working)(websocket, number)

    return conversation
