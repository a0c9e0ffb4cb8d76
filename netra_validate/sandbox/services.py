"""One service as a web application, and web applications as servers."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from netra_validate.sandbox.behaviour import WEBSOCKET, Answer, Conversation, Deployment

_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")


def application(deployment: Deployment) -> Starlette:
    """What answers for one service. It counts the requests to each path."""
    visits: Counter[str] = Counter()
    routes: list[Route | WebSocketRoute] = [
        Route(path, _counted(answer, visits)) for path, answer in deployment.answers.items()
    ]
    routes += [
        Route(path, _counted(answer, visits), methods=["POST"])
        for path, answer in deployment.posts.items()
    ]
    if deployment.preflight is not None:
        asked = _counted(deployment.preflight, Counter())
        routes.append(Route("/{path:path}", asked, methods=["OPTIONS"]))
        routes.append(Route("/{path:path}", _not_found))  # else only the method were wrong
    if deployment.conversation is not None:
        routes.append(WebSocketRoute(WEBSOCKET, _counted_upgrades(deployment.conversation)))
    return Starlette(routes=routes)


async def _not_found(request: Request) -> Response:
    return Response(f"{request.url.path} is not served here", status_code=404)


def _counted(answer: Answer, visits: Counter[str]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        visits[request.url.path] += 1
        return await answer(request, visits[request.url.path])

    return endpoint


def _counted_upgrades(conversation: Conversation) -> Callable[[WebSocket], Awaitable[None]]:
    upgrades: Counter[str] = Counter()

    async def endpoint(websocket: WebSocket) -> None:
        upgrades[WEBSOCKET] += 1
        await conversation(websocket, upgrades[WEBSOCKET])

    return endpoint


class Host:
    """What runs behind one address. It can be replaced while it is served.

    Attributes:
        pongs: whether WebSocket pings are answered.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.become(deployment)

    def become(self, deployment: Deployment) -> None:
        """From now on this runs here; conversations under way go on as they began."""
        self.pongs = deployment.pongs
        self._app = application(deployment)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        await self._app(scope, receive, _with_hsts(send))


def _with_hsts(send: Send) -> Send:
    """Every answer tells browsers to use https alone, as a load balancer's header action does."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], _HSTS]}
        await send(message)

    return sending


def _websockets(site: Site) -> type[WebSocketsSansIOProtocol]:
    """WebSockets that may take a ping and throw the pong away that is ready to be sent."""

    class Protocol(WebSocketsSansIOProtocol):
        def handle_ping(self) -> None:
            if site.host is None or site.host.pongs:
                super().handle_ping()
            else:
                self.conn.data_to_send()

    return Protocol


@dataclass(frozen=True, slots=True)
class Site:
    """One application on a port of its own."""

    app: ASGIApp
    tls: ssl.SSLContext | None = None
    host: Host | None = None
    """What the application is built around, where that can be replaced."""


@asynccontextmanager
async def serving(sites: Iterable[Site]) -> AsyncIterator[list[int]]:
    """Serve each on a free port of the loopback interface, silently; gives the ports in order.

    The servers are started and stopped by hand: ``uvicorn.Server.serve`` takes the signals
    and lets what is under way finish, while several run here, some of which hang on purpose.
    """
    servers: list[uvicorn.Server] = []
    ports: list[int] = []
    try:
        for site in sites:
            listening = _loopback()
            ports.append(listening[0].getsockname()[1])
            servers.append(await _start(_configured(site), listening))
        yield ports
    finally:
        for server in servers:
            await _stop(server)


def _loopback() -> list[socket.socket]:
    """Sockets on a free port of the loopback interface: for every address of ``localhost``.

    Their protocol is named, unlike that of ``socket.create_server``: asyncio sets TCP_NODELAY on
    such connections alone, and without that every answer waits 40 ms for an acknowledgement.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    with suppress(OSError):  # no IPv6 here, or somebody else's port
        also = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        also.bind(("::1", listening.getsockname()[1]))
        return [listening, also]
    return [listening]


async def _start(config: uvicorn.Config, listening: list[socket.socket]) -> uvicorn.Server:
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(listening)
    return server


async def _stop(server: uvicorn.Server) -> None:
    for listener in server.servers:
        listener.close()
    tasks = tuple(server.server_state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for connection in tuple(server.server_state.connections):
        # Before 3.11.4 a TLS transport that was closed twice, as that of a refused upgrade is,
        # cannot be aborted: https://github.com/python/cpython/pull/104474
        with suppress(AttributeError):
            connection.transport.abort()


def _configured(site: Site) -> uvicorn.Config:
    config = uvicorn.Config(
        site.app,
        http="h11",
        ws=_websockets(site),
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    config.load()
    config.ssl = site.tls  # made in memory, while the arguments take files only
    return config
