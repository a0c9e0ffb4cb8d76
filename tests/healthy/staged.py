"""One process that serves one environment after another, and judges each by the real engine.

Everything runs in one event loop: the sandbox's gRPC and REST servers over a world that is replaced
between two runs, one TLS server for all hosts, one for plain http, and the run itself. Names and
addresses are those of the environment: the loop resolves them by a table and leads every connection
to one of the servers here, so nothing leaves the machine, and no configuration names a port.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import os
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("GRPC_VERBOSITY", "NONE")

# httpcore asks for it at every turn, and what is not installed is looked for on the disk each time.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment] # as the import system has it

import grpc
import grpc.aio
import trustme
from front_ends import Manner, OldFront, mannered
from starlette.responses import PlainTextResponse, RedirectResponse
from varied_sessions import DSN_ENV, Sessions
from wire import Wire

from netra_validate import config, registry
from netra_validate.plan import Limits, plan
from netra_validate.sandbox import google_grpc, google_rest, postgres, repository
from netra_validate.sandbox.behaviour import Deployment
from netra_validate.sandbox.google_api import GoogleApi
from netra_validate.sandbox.services import Host, Site, serving
from netra_validate.sandbox.staging import Conduct
from netra_validate.sandbox.world import World, healthy_world
from netra_validate.validation import validate

OLD: Final = "203.0.113.10"
"""The address of a front end that speaks HTTP/1.0."""

LIMITS = Limits(timeout_s=120.0, deadline_s=300.0)
"""How fast this machine is, is no matter of the environment's: two hundred services take long."""


@dataclass(frozen=True, slots=True)
class Presented:
    """The certificate of a host: what it is for, and how long the way to its authority is."""

    names: tuple[str, ...]
    steps: int = 0
    rsa: bool = False
    life_days: int | None = None
    """Of which half is over; None where it lives for years."""


@dataclass(frozen=True, slots=True)
class Place:
    """What clients meet at one host."""

    addresses: tuple[str, ...]
    presented: Presented
    behind: Mapping[str, Deployment]
    """By the beginning of the path."""
    hsts: str = "max-age=31536000"
    redirect: int = 301
    """What plain http is answered with."""
    manner: Manner = field(default_factory=Manner)


@dataclass(frozen=True, slots=True)
class Environment:
    """All that a run sees."""

    name: str
    settings: str
    """The configuration, in which ``{grpc}``, ``{rest}`` and ``{ca}`` are filled in."""
    world: World
    revisions: Mapping[str, Any]
    """By full name; where a service has none here, the sandbox makes them of its template."""
    sites: Mapping[str, Place]
    files: Mapping[str, str] = field(default_factory=dict)
    wire: Wire = field(default_factory=Wire)
    denied: frozenset[str] = frozenset()
    """Permissions that the run does not have, and does not need."""
    sessions: Sessions | None = None
    """The real PostgreSQL, where the configuration says how to come in."""
    zone: str = "UTC"
    """Of the machine on which the run is made."""
    notes: frozenset[str] = frozenset()
    """Rules of which a note is right: an oddity that asks for nothing was drawn."""


class Cloud(GoogleApi):
    """The sandbox's APIs, with revisions as an environment has them."""

    ready_made: Mapping[str, Any] = {}
    wire = Wire()

    async def answer(self) -> None:
        await asyncio.sleep(self.wire.takes_s)
        await super().answer()

    async def revision(self, name: str) -> Any:
        found = await super().service(name.partition("/revisions/")[0])
        if name in self.ready_made:
            return self.ready_made[name]
        del found
        return await super().revision(name)

    async def revisions(self, parent: str) -> list[Any]:
        own = [each for name, each in self.ready_made.items() if name.startswith(f"{parent}/")]
        return own or await super().revisions(parent)


class Stage:
    """Servers that take one environment after another; it must be closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder / "repository"
        self._root.mkdir()
        self._stack = AsyncExitStack()
        self._registry = registry.load()
        self._sites: dict[str, dict[str, Host]] = {}
        self._met: Mapping[str, Place] = {}
        self._places: dict[str, tuple[str, ...]] = {}
        self._files: Mapping[str, str] = {}
        self._database: postgres.Postgres | None = None
        self._made: dict[Presented, ssl.SSLContext] = {}
        root = trustme.CA(organization_name="healthy environments")
        one = root.create_child_ca()
        self._authorities = (root, one, one.create_child_ca())
        self._ca_file = folder / "ca.pem"
        root.cert_pem.write_to_path(str(self._ca_file))

    async def open(self) -> Stage:
        git = repository.begin_git(self._root)
        if git is not None:
            git.wait()
        self._api = Cloud(healthy_world(), Conduct.WILLING)
        self._grpc = await self._stack.enter_async_context(_rpcs(self._api))
        self._door = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._present(self._door, Presented(("nobody.example",)))
        self._door.sni_callback = self._chosen
        old = OldFront(self._front())
        self._stack.push_async_callback(old.close)
        sites = [
            Site(_translated(google_rest.application(self._api), self._api)),
            Site(self._front(), self._door),
            Site(self._plain()),
        ]
        ports = await self._stack.enter_async_context(serving(sites))
        self._rest, tls, plain = ports
        ports_of = {443: tls, 80: plain, OLD: await old.open(self._door)}
        self._lead(asyncio.get_running_loop(), ports_of)
        gc.collect()
        gc.freeze()  # what is loaded by now stays
        gc.set_threshold(20_000)
        return self

    async def close(self) -> None:
        _move_to("UTC")
        await self._stack.aclose()

    async def judge(self, environment: Environment) -> Any:
        """What a run over all checks says of an environment."""
        await self._become(environment)
        path = self._root / "netra-validate.toml"
        configuration = config.load(path)
        chosen = plan(self._registry, configuration, environment.name, self._root)
        return await validate(chosen, LIMITS)

    async def _become(self, environment: Environment) -> None:
        self._api.become(environment.world, Conduct.WILLING, environment.denied)
        self._api.ready_made, self._api.wire = environment.revisions, environment.wire
        _move_to(environment.zone)
        self._sites = {
            name: {prefix: Host(each) for prefix, each in site.behind.items()}
            for name, site in environment.sites.items()
        }
        self._met = environment.sites
        self._places = {name: site.addresses for name, site in environment.sites.items()}
        self._contexts = {
            name: self._context(site.presented) for name, site in environment.sites.items()
        }
        text = environment.wire.theirs(environment.settings)
        if environment.sessions is not None:
            text = await self._let_in(environment.sessions, text)
        for key, value in (
            ("grpc", f"http://127.0.0.1:{self._grpc}"),
            ("rest", f"http://127.0.0.1:{self._rest}"),
            ("ca", str(self._ca_file)),
        ):
            text = text.replace(f"{{{key}}}", value)
        files = {**environment.files, "netra-validate.toml": text}
        repository.mend(self._root, self._files, files)
        self._files = files

    async def _let_in(self, sessions: Sessions, settings: str) -> str:
        """Have the database be so, which is there from its first use on."""
        if self._database is None:
            keeper = postgres.begin(postgres.programs())
            assert keeper is not None, "there were programs when the environment was drawn"
            self._database = postgres.Postgres(keeper)
            self._stack.push_async_callback(self._database.close)
            door = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._present(door, Presented(("localhost",)))
            assert await self._database.start(door, sessions.state)
        self._database.become(sessions.state)
        await self._database.settled()
        port = str(self._database.port)
        if sessions.dsn is not None:
            os.environ[DSN_ENV] = sessions.dsn.replace("{postgres}", port)
        return settings.replace('"{postgres}"', port)

    def _context(self, presented: Presented) -> ssl.SSLContext:
        if presented not in self._made:
            if len(self._made) > 500:
                self._made.clear()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._present(context, presented)
            self._made[presented] = context
        return self._made[presented]

    def _present(self, context: ssl.SSLContext, what: Presented) -> None:
        kind = trustme.KeyType.RSA if what.rsa else trustme.KeyType.ECDSA
        half = what.life_days and timedelta(days=what.life_days / 2)
        now = datetime.now(UTC)
        life = {"not_before": now - half, "not_after": now + half} if half else {}
        authority = self._authorities[what.steps]
        authority.issue_cert(*what.names, key_type=kind, **life).configure_cert(context)

    def _chosen(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name in self._contexts:
            connection.context = self._contexts[name]

    def _front(self) -> Any:
        """Gives a request to what is behind its host and the beginning of its path."""

        async def front(scope: Any, receive: Any, send: Any) -> None:
            host = dict(scope["headers"]).get(b"host", b"").decode().partition(":")[0]
            behind = self._sites.get(host, {})
            for prefix in sorted(behind, key=len, reverse=True):
                if f"{scope['path']}/".startswith(f"{prefix}/"):
                    met = self._met[host]
                    await asyncio.sleep(met.manner.takes_s)
                    accepts = dict(scope["headers"]).get(b"accept-encoding", b"")
                    sending = mannered(send, met.manner, met.hsts, accepts)
                    await behind[prefix](scope, receive, sending)
                    return
            await PlainTextResponse("nothing is here", 404)(scope, receive, send)

        return front

    def _plain(self) -> Any:
        """Leads from http to https of the same host."""

        async def plain(scope: Any, receive: Any, send: Any) -> None:
            host = dict(scope["headers"]).get(b"host", b"").decode().partition(":")[0]
            met = self._met.get(host)
            answer = RedirectResponse(
                f"https://{host}{scope['path']}", met.redirect if met else 301
            )
            await answer(scope, receive, send)

        return plain

    def _lead(self, loop: Any, ports: Mapping[int | str, int]) -> None:
        """Resolve names by our table, and lead connections to what is served here."""
        usual_names, usual_way = loop.getaddrinfo, loop.sock_connect

        async def getaddrinfo(host: Any, port: Any, **more: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            found = self._places.get(name)
            if found is None:
                return await usual_names(host, port, **more)
            return [_address(each, port or 0) for each in found]

        async def sock_connect(sock: socket.socket, address: Any) -> None:
            meant = OLD if address[:2] == (OLD, 443) else address[1]
            port = ports.get(meant)
            if port is not None:
                six = sock.family == socket.AF_INET6
                address = ("::1", port, 0, 0) if six else ("127.0.0.1", port)
            await usual_way(sock, address)

        loop.getaddrinfo, loop.sock_connect = getaddrinfo, sock_connect


def _move_to(zone: str) -> None:
    """Have the clocks of this process show the time of another place."""
    os.environ["TZ"] = zone
    time.tzset()


def _address(text: str, port: int) -> tuple[Any, ...]:
    six = ":" in text
    family = socket.AF_INET6 if six else socket.AF_INET
    place = (text, port, 0, 0) if six else (text, port)
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)


class _Silent:
    """The request log of nobody."""

    def note(self, *_: object, **__: object) -> None:
        """Nothing."""


class _Translated(google_grpc.GoogleRpcs):
    """The sandbox's RPCs as the wire between has them."""

    def __init__(self, api: Cloud) -> None:
        super().__init__(api, _Silent())
        self._wired = api

    def service(self, details: Any) -> Any:
        found = super().service(details)
        if found is None:
            return None
        return grpc.unary_unary_rpc_method_handler(
            found.unary_unary,
            request_deserializer=lambda text: self._wired.wire.asked(
                found.request_deserializer(text)
            ),
            response_serializer=self._wired.wire.told,
        )


@asynccontextmanager
async def _rpcs(api: Cloud) -> AsyncIterator[int]:
    """Serve them on a free port."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((_Translated(api),))
    port: int = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(grace=None)


def _translated(app: Any, api: Cloud) -> Any:
    """The sandbox's REST APIs as the wire between has them."""

    async def translated(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        wire = api.wire
        path = wire.ours(scope["path"])
        query = wire.ours(scope["query_string"].decode())
        asked = {**scope, "path": path, "raw_path": path.encode(), "query_string": query.encode()}
        begun: list[Any] = []

        async def receiving() -> Any:
            message = await receive()
            body = message.get("body", b"")
            return {**message, "body": wire.ours(body.decode()).encode()} if body else message

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            body = wire.body(message["body"].decode()).encode()
            headers = [each for each in begun[0]["headers"] if each[0] != b"content-length"]
            length = (b"content-length", str(len(body)).encode())
            await send({**begun[0], "headers": [*headers, length]})
            await send({**message, "body": body})

        await app(asked, receiving, sending)

    return translated
