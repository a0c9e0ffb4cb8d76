"""One service as a web application, and web applications as servers."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from netra_validate.sandbox.behaviour import WEBSOCKET, Answer, Conversation, Deployment

_NO_GRACE_S: Final = 0
"""Seconds that answers may still take at the stop: some hang on purpose and would never end."""


def application(deployment: Deployment) -> Starlette:
    """What answers for one service. It counts the requests to each path."""
    visits: Counter[str] = Counter()
    routes: list[Route | WebSocketRoute] = [
        Route(path, _counted(answer, visits)) for path, answer in deployment.answers.items()
    ]
    if deployment.conversation is not None:
        routes.append(WebSocketRoute(WEBSOCKET, _counted_upgrades(deployment.conversation)))
    return Starlette(routes=routes)


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


class _WithoutPongs(WebSocketsSansIOProtocol):
    """WebSockets that take a ping and throw the pong away that is ready to be sent."""

    def handle_ping(self) -> None:
        self.conn.data_to_send()


class _Server(uvicorn.Server):
    """A server that leaves the signals of the process alone: there are several of it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Site:
    """One application on a port of its own."""

    app: ASGIApp
    tls: ssl.SSLContext | None = None
    pongs: bool = True


@asynccontextmanager
async def serving(sites: Iterable[Site]) -> AsyncIterator[list[int]]:
    """Serve each on a free port of the loopback interface, silently; gives the ports in order."""
    servers = [_Server(_configured(site)) for site in sites]
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in servers]
    pairs = zip(servers, sockets, strict=True)
    tasks = [asyncio.create_task(server.serve([listening])) for server, listening in pairs]
    try:
        for server, task in zip(servers, tasks, strict=True):
            await _started(server, task)
        yield [listening.getsockname()[1] for listening in sockets]
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


def _configured(site: Site) -> uvicorn.Config:
    config = uvicorn.Config(
        site.app,
        http="h11",
        ws="websockets-sansio" if site.pongs else _WithoutPongs,
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_NO_GRACE_S,
    )
    config.load()
    config.ssl = site.tls  # made in memory, while the arguments take files only
    return config


async def _started(server: _Server, task: asyncio.Task[None]) -> None:
    """Wait until ``server`` takes connections; its own error where it ends before."""
    while not server.started:
        if task.done():
            task.result()
            raise RuntimeError("a server of the sandbox ended before it had started")
        await asyncio.sleep(0.001)
