"""One attempt at a connection: bounded in time and in bytes, translated when it fails."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from netra_validate.clients.errors import ClientError
from netra_validate.clients.postgres import failures
from netra_validate.clients.postgres.bounding import BoundedLoop, Meter

if TYPE_CHECKING:
    from netra_validate.clients.postgres.target import Target

Connection: TypeAlias = Any
"""The driver's, which has no types."""

APPLICATION: Final = f"netra-validate/{version('netra-validate')}"
"""What ``pg_stat_activity`` calls our session."""

SETTINGS: Final[dict[str, Any]] = {
    # A pooler may give each statement another session: nothing is to be prepared for later.
    "statement_cache_size": 0,
    "server_settings": {"application_name": APPLICATION},
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection that was let in."""

    connection: Connection
    meter: Meter
    connect_s: float
    encrypted: bool
    verified: bool


async def open_target(target: Target, shown: str, limit_s: float, ca_file: Path | None) -> Opened:
    """Connect once; once more in the clear where ``sslmode=prefer`` and the server has no TLS.

    Not with a password over a network: whoever is in between can decline TLS as well, and ask for
    the password in plain text. Who wants that has to say ``disable``.

    Raises:
        ClientError: any of the tree; see :mod:`~netra_validate.clients.postgres.failures`.
    """
    import asyncpg

    trust: ssl.SSLContext | None = None
    if not target.is_socket and target.sslmode != "disable":
        trust = target.trust(ca_file)

    async def dial(meter: Meter, secured: ssl.SSLContext | None) -> Connection:
        made: Connection = await asyncpg.connect(
            host=target.host,
            port=target.port,
            user=target.user,
            # Not None: the driver would look into the environment and into ~/.pgpass.
            password=target.password,
            database=target.database,
            ssl=secured or False,
            loop=BoundedLoop(meter),
            timeout=limit_s * 2,
            **SETTINGS,
        )
        return made

    until = asyncio.get_running_loop().time() + limit_s
    try:
        return await attempt(
            lambda meter: dial(meter, trust), shown, limit_s, target, encrypted=trust is not None
        )
    except failures.TlsDeclined:
        if target.wants_tls:
            raise
        if target.risks_password:
            raise _kept_back(shown) from None
    left_s = max(0.05, until - asyncio.get_running_loop().time())
    return await attempt(lambda meter: dial(meter, None), shown, left_s, target, encrypted=False)


async def attempt(
    dial: Callable[[Meter], Awaitable[Connection]],
    shown: str,
    limit_s: float,
    target: Target | None,
    *,
    encrypted: bool,
) -> Opened:
    """Dial, and never for longer than ``limit_s`` seconds.

    Raises:
        ClientError: as above.
    """
    import asyncpg

    meter = Meter()
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with asyncio.timeout(limit_s):
            connection = await dial(meter)
    except TimeoutError:
        meter.abort()
        raise failures.timed_out(shown, meter, limit_s) from None
    except (asyncio.CancelledError, ClientError):
        meter.abort()
        raise
    except (
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError,
        ValueError, LookupError, AssertionError, EOFError, MemoryError, TypeError, ArithmeticError,
        AttributeError, NotImplementedError,
    ) as error:  # fmt: skip # a driver that is told nonsense may raise any of these
        meter.abort()
        # Not chained: a traceback would show what the driver says, and that holds the DSN's parts.
        raise failures.translated(error, shown, meter) from None
    verified = encrypted and (
        target is None
        or target.sslmode.startswith("verify")
        or target.certificates.root is not None
    )
    return Opened(connection, meter, clock() - began, encrypted, verified)


async def is_private(host: str, port: int, limit_s: float) -> bool:
    """Whether a host is only in private networks, which a runner may be outside of."""
    if host.startswith("/"):
        return False
    try:
        async with asyncio.timeout(limit_s):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
    except (OSError, TimeoutError, UnicodeError):
        return False
    addresses = [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    return bool(addresses) and all(each.is_private and not each.is_loopback for each in addresses)


def _kept_back(shown: str) -> failures.TlsDeclined:
    """A server that wants the password in the clear does not get it."""
    return failures.TlsDeclined(
        f"{shown} speaks no TLS, and the password was not sent in the clear",
        phase="TLS",
        hint="turn on TLS at the server; set sslmode=disable where nobody can listen on the way",
    )


def no_way(shown: str) -> ClientError:
    """A private address that does not answer says nothing of the database."""
    return ClientError(
        f"{shown} is on a private address that does not answer from here",
        hint="run it inside of the network, or through a proxy into it",
    )
