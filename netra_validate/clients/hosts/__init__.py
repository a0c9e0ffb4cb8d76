"""Hosts: the addresses of a name, and what answers a TLS handshake at each of them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from netra_validate.clients import tls
from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, NotFound, Offline, Unreachable
from netra_validate.clients.google.shared import Answer, Answers
from netra_validate.clients.hosts.handshake import Door, Handshake, knock
from netra_validate.clients.politeness import Politeness
from netra_validate.clients.retrying import Again, persevere

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpPool, HttpResponse

T = TypeVar("T")

__all__ = ["HostPool", "Hosts"]

_RESOLVE_S: Final = 5.0
"""Seconds for one question to the resolver: its default for one name server (resolv.conf(5))."""

_NEVER: Final = ".invalid"
"""Names that resolve nowhere (RFC 6761, section 6.4), whatever a resolver makes of them."""


class HostPool:
    """What all probes of one run share: each name and each address is asked once.

    Args:
        politeness: the limit per host, shared with the run's other clients.
        http_pool: connections, shared with the other clients.
        ca_file: PEM file of a private authority, trusted beside the usual ones.
    """

    def __init__(
        self, politeness: Politeness, http_pool: HttpPool, *, ca_file: Path | None = None
    ) -> None:
        self.politeness = politeness
        self.http_pool = http_pool
        self.ca_file = ca_file
        self.answers = Answers()

    def trust(self) -> ssl.SSLContext:
        """Who is trusted."""
        return tls.context(self.ca_file)

    async def close(self) -> None:
        """Stop what is still under way."""
        await self.answers.close()


class Hosts:
    """The hosts for one probe. Asking starts at the call; the answer is awaited."""

    def __init__(self, pool: HostPool, budget: Budget) -> None:
        self._pool = pool
        self._budget = budget

    def addresses(self, name: str) -> Answer[tuple[str, ...]]:
        """The addresses of a name, IPv4 and IPv6, in the order of the resolver, each once.

        Raises:
            NotFound: when awaited, the name does not resolve.
            Unreachable: when awaited, the resolver does not answer, or cannot now.
        """

        async def call(own: Budget) -> tuple[str, ...]:
            attempts = await persevere(
                lambda: _resolved(name, own), own, of_error=_of_a_moment_alone
            )
            return attempts.result

        return self._ask(("addresses", name.lower()), f"the addresses of {name}", call)

    def handshake(self, name: str, port: int, address: str) -> Answer[Handshake]:
        """What a TLS handshake for ``name`` at one of its addresses comes to. It never fails."""

        async def call(own: Budget) -> Handshake:
            async with self._pool.politeness.turn(name, port, own):
                door = Door(name, port, address, self._pool.trust())
                attempts = await persevere(
                    lambda: knock(door, own), own, of_result=lambda it: it.may_pass
                )
            return attempts.result

        question = ("handshake", name.lower(), port, address)
        return self._ask(question, f"a TLS handshake with {name} at {address}", call)

    def connection(self, name: str, port: int, address: str) -> Answer[Handshake]:
        """The same without TLS: whether something takes connections."""

        async def call(own: Budget) -> Handshake:
            async with self._pool.politeness.turn(name, port, own):
                door = Door(name, port, address, None)
                attempts = await persevere(
                    lambda: knock(door, own), own, of_result=lambda it: it.may_pass
                )
            return attempts.result

        question = ("connection", name.lower(), port, address)
        return self._ask(question, f"a connection to {name} at {address}", call)

    def front(self, url: str, timeout_s: float) -> Answer[HttpResponse]:
        """What answers a GET of ``url``, asked once in a run; not followed.

        Raises:
            ClientError: when awaited, as :meth:`netra_validate.clients.http.Http.request`.
        """
        from netra_validate.clients.http import MAX_PAGE, Http

        http = Http(self._pool.http_pool, self._budget)
        return http.shared("GET", url, timeout_s=timeout_s, max_body=MAX_PAGE)

    def _ask(
        self, question: object, subject: str, call: Callable[[Budget], Awaitable[T]]
    ) -> Answer[T]:
        return self._pool.answers.ask(question, subject, self._budget, call)


async def _resolved(name: str, budget: Budget) -> tuple[str, ...]:
    """What the system's resolver says: the same that every program of this machine is told."""
    if name.lower().rstrip(".").endswith(_NEVER):
        raise NotFound(f"{name} does not resolve")
    allowed_s = budget.allow(_RESOLVE_S)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(allowed_s):
            found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise Unreachable(
            f"no resolver says within {allowed_s:.3g} s what {name} is", phase="name resolution"
        ) from None
    except socket.gaierror as error:
        raise _unresolved(name, error) from error
    except (UnicodeError, ValueError) as error:
        raise NotFound(f"{name} is no name that can be resolved") from error
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _unresolved(name: str, error: socket.gaierror) -> ClientError:
    if error.errno == socket.EAI_AGAIN:
        return tls.failure(error, name)
    return NotFound(f"{name} does not resolve")


def _of_a_moment_alone(error: ClientError) -> Again | None:
    return Again() if isinstance(error, Unreachable | Offline) else None
