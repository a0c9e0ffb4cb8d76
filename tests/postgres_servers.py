"""The real PostgreSQL of the sandbox, and servers on its port that are something else."""

import asyncio
import ssl
import struct
import threading
from contextlib import asynccontextmanager, contextmanager, suppress

import trustme

from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.sandbox.database import DATABASE, ROLE, DatabaseState
from netra_validate.sandbox.postgres import Postgres, begin, programs
from netra_validate.topology import Database, Environment


class Kept:
    """A server that runs in a thread, whatever event loop a test has."""

    def __init__(self, loop, server, ca_file):
        self._loop = loop
        self._server = server
        self.ca_file = ca_file
        self.port = server.port
        self.socket = server.socket

    def become(self, **state):
        async def changed():
            self._server.become(DatabaseState(**state))
            if self._server._changing is not None:
                await self._server._changing

        asyncio.run_coroutine_threadsafe(changed(), self._loop).result(30)

    def run(self, statement):
        """As the superuser."""
        asked = self._server._run(statement)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result(10)

    def resource(self, **fields):
        return Database(
            **{
                "key": "postgres",
                "instance": "staging-postgres",
                "host": "localhost",
                "port": self.port,
                "name": DATABASE,
                "user": ROLE,
                "sslmode": "verify-full",
            }
            | fields
        )

    @property
    def environment(self):
        return Environment(project="netra-staging", ca_file=self.ca_file)


@contextmanager
def postgres(folder):
    """A healthy server."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = Postgres(begin(programs()))

    def do(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(40)

    try:
        assert do(server.start(context, DatabaseState()))
        yield Kept(loop, server, ca_file)
    finally:
        do(server.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@asynccontextmanager
async def listening(meet):
    """Something else on a port; ``meet`` talks to whoever comes."""
    busy = set()

    async def met(reader, writer):
        busy.add(asyncio.current_task())
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await meet(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


def message(kind, body=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


async def silent(reader, writer):
    await reader.read()


async def hangs_up(reader, writer):
    await reader.readexactly(8)


async def web(reader, writer):
    await reader.read(64)
    writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
    await writer.drain()
    await reader.read()


async def garbage(reader, writer):
    await reader.read(64)
    writer.write(bytes(range(256)) * 40)
    await writer.drain()
    await reader.read()


async def notices(reader, writer):
    await reader.read(64)
    notice = message(b"N", b"SNOTICE\0C00000\0Mhello\0\0") * 1000
    while True:
        writer.write(notice)
        await writer.drain()


async def huge(reader, writer):
    await reader.read(64)
    writer.write(b"E" + struct.pack("!i", 2**31 - 1))
    while True:
        writer.write(b"S" * 65536)
        await writer.drain()


async def nonsense_challenge(reader, writer):
    """Asks for a way of signing in that is none."""
    await reader.read(64)
    writer.write(message(b"R", struct.pack("!i", 99)))
    await reader.read()


def says_error(code, text="no"):
    async def meet(reader, writer):
        await reader.read(64)
        body = b"SFATAL\0VFATAL\0C" + code.encode() + b"\0M" + text.encode() + b"\0\0"
        writer.write(message(b"E", body))
        await writer.drain()
        await reader.read()

    return meet


def clients(environment=None, root=None):
    return Clients(environment or Environment(), root)


def look(resource, environment, what, *, timeout_s=5.0, retries=0):
    """What ``what`` makes of a session."""

    async def looked():
        one = clients(environment)
        budget = Budget.lasting(timeout_s, retries=retries)
        async with one.postgres(budget).session(resource) as session:
            return await what(session)

    return asyncio.run(looked())
