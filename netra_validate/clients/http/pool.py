"""The connections that the probes of one run share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from pathlib import Path
from typing import Final
from zlib import crc32

import httpx

from netra_validate.clients import tls
from netra_validate.clients.errors import ClientError
from netra_validate.clients.google.shared import Answers
from netra_validate.clients.http.address import Address
from netra_validate.clients.http.body import ACCEPTED
from netra_validate.clients.politeness import Politeness

USER_AGENT: Final = f"netra-validate/{version('netra-validate')}"
"""Honest and stable: firewalls in front of services block names that sound like crawlers."""

_NO_PROXY: Final = ("all://localhost", "all://*.localhost", "all://127.0.0.1", "all://[::1]")
"""Never through a proxy, whatever the environment says: it would look on its own machine."""

_CLIENTS: Final = 32
"""Most clients to spread exchanges over. Whenever a request starts or ends, httpcore 1.0 looks at
every connection of its client once for every connection: 1 000 requests, 200 at once, take four
times as long on one client as on these."""

_AT_HOME: Final = 4
"""Exchanges with one origin that share a client and its connections: the usual limit per host."""

_RECEIVED: Final = "netra_validate.received_headers"


class HttpPool:
    """Connections, kept for the next question to the same host. HTTP/1.1.

    Proxies are taken from ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` as httpx
    does, this machine excepted.

    Args:
        politeness: the limit per host, shared with the run's other clients.
        ca_file: PEM file of a private authority, trusted beside the usual ones.

    Attributes:
        answers: to the questions that several probes ask together.
    """

    def __init__(self, politeness: Politeness, *, ca_file: Path | None = None) -> None:
        self.politeness = politeness
        self.answers = Answers()
        self._ca_file = ca_file
        self._clients: dict[int, httpx.AsyncClient] = {}
        self._busy: Counter[str] = Counter()

    @contextmanager
    def client(self, address: Address) -> Iterator[httpx.AsyncClient]:
        """A client for one exchange with ``address``; the same one as long as few are under way.

        Clients are made when they are first needed: trust stores take 40 ms to read.

        Raises:
            ClientError: the private authority or the environment's proxy cannot be used.
        """
        origin = address.origin
        place = crc32(origin.encode()) + self._busy[origin] // _AT_HOME
        index = place % _CLIENTS
        if index not in self._clients:
            self._clients[index] = self._made()
        self._busy[origin] += 1
        try:
            yield self._clients[index]
        finally:
            self._busy[origin] -= 1

    def _made(self) -> httpx.AsyncClient:
        trusted = tls.context(self._ca_file, alpn=("http/1.1",))
        try:
            return httpx.AsyncClient(
                verify=trusted,
                http2=False,
                follow_redirects=False,
                timeout=None,  # noqa: S113 - each attempt is bounded as a whole
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED, "Accept": "*/*"},
                mounts=dict.fromkeys(_NO_PROXY),
                event_hooks={"response": [_put_headers_aside]},
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            # The address is not quoted: it may hold a password.
            raise ClientError(
                "the proxy in HTTPS_PROXY, HTTP_PROXY, ALL_PROXY or NO_PROXY"
                f" cannot be used: {type(error).__name__}",
                hint="correct the variable, or unset it",
            ) from error

    async def close(self) -> None:
        """Close every connection. Safe to call when there is none."""
        await self.answers.close()
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()


def received_headers(response: httpx.Response) -> list[tuple[bytes, bytes]]:
    """The headers as they came."""
    found: list[tuple[bytes, bytes]] = response.extensions[_RECEIVED]
    return found


async def _put_headers_aside(response: httpx.Response) -> None:
    """Hide ``Location`` from httpx, which reads it even where it is not to follow it.

    Over one that it cannot read it raises, and the answer would be lost.
    """
    response.extensions[_RECEIVED] = response.headers.raw
    response.headers.pop("location", None)
