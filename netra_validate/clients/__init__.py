"""What checks reach the world with.

One :class:`Clients` serves a whole run, so that connections, limits and answers are shared. Each
client is made, and its library imported, when a check first asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from netra_validate.topology import Environment

if TYPE_CHECKING:
    from netra_validate.clients.budget import Budget
    from netra_validate.clients.google import Google, GoogleApis, Tagged
    from netra_validate.clients.hosts import HostPool, Hosts
    from netra_validate.clients.http import Http, HttpPool
    from netra_validate.clients.postgres import Postgres
    from netra_validate.clients.source import Reader, Source
    from netra_validate.clients.websocket import WebSockets


class Clients:
    """The clients of one run.

    Args:
        environment: where things are, and which authority is trusted beside the usual ones.
        root: the repository.
        per_host: how many connections to one host may be busy at once.
        secrets: values that no report may show.
    """

    def __init__(
        self,
        environment: Environment,
        root: Path,
        *,
        per_host: int = 4,
        secrets: Sequence[str] = (),
    ) -> None:
        self._environment = environment
        self._root = root
        from netra_validate.clients.politeness import Politeness

        self._politeness = Politeness(per_host)
        self._given = tuple(secrets)
        self._secrets: dict[str, str] = {}
        self.readers: Callable[[], Iterable[Reader[Any]]] = lambda: ()
        """Gives all that the checks of the run take from syntax trees; set before they start."""
        self.permissions: Collection[str] = ()
        """What the checks of the control plane need, set likewise."""

    def http(self, budget: Budget) -> Http:
        """HTTP for one probe."""
        from netra_validate.clients.http import Http

        return Http(self._http_pool, budget)

    def hosts(self, budget: Budget) -> Hosts:
        """Names, addresses and TLS for one probe."""
        from netra_validate.clients.hosts import Hosts

        return Hosts(self._host_pool, budget)

    def websocket(self, budget: Budget) -> WebSockets:
        """WebSockets for one probe."""
        from netra_validate.clients.websocket import WebSockets

        return WebSockets(self._politeness, budget, ca_file=self._environment.ca_file)

    def postgres(self, budget: Budget) -> Postgres:
        """PostgreSQL sessions for one probe."""
        from netra_validate.clients.postgres import Postgres

        return Postgres(self._politeness, budget, self._environment, self.secret, self._hide)

    def google(self, budget: Budget) -> Google:
        """The Google APIs for one probe."""
        from netra_validate.clients.google import Google

        return Google(self._google_apis, budget)

    async def prepare(self) -> None:
        """Import the libraries of all Google APIs that the run asks.

        Raises:
            ClientError: they cannot be had in time.
        """
        if self.permissions:
            await self._google_apis.access.prepare(self.permissions)

    def source(self) -> Source:
        """The repository's files."""
        return self._source

    def secret(self, variable: str) -> str | None:
        """The value of an environment variable, remembered as one never to be shown.

        White space around it is not part of it: a trailing newline is how secrets get stored.
        """
        found = os.environ.get(variable, "").strip() or None
        if found:
            self._secrets[variable] = found
        return found

    def variable(self, name: str) -> str | None:
        """The value of an environment variable that is no secret; None where it is not set."""
        return os.environ.get(name)

    def _hide(self, value: str) -> None:
        """Remember a part of a secret as one that no report may show."""
        self._secrets[value] = value

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that no report may show."""
        return (*self._given, *self._secrets.values())

    @property
    def candidates(self) -> Mapping[str, Tagged]:
        """The revisions that traffic tags were found on, by the name of the service."""
        return self._google_apis.run.candidates if "_google_apis" in self.__dict__ else {}

    @property
    def exchanges(self) -> int:
        """How many requests to servers of the user's there were so far.

        Google's own do not count, and all others together: several hosts may be one load balancer.
        """
        endpoints = msgspec.structs.astuple(self._environment.endpoints)
        parts = [urlsplit(address) for address in endpoints if address]
        apis = {(each.hostname, each.port) for each in parts}
        return sum(
            number
            for place, number in self._politeness.exchanges.items()
            if place not in apis and not place[0].endswith(".googleapis.com")
        )

    @property
    def connections(self) -> tuple[int, int]:
        """How many were in use at once, and how many of them to one server."""
        return self._politeness.most, self._politeness.most_to_one

    async def close(self) -> None:
        """Close what was opened. Safe to call when nothing was."""
        for name in ("_host_pool", "_http_pool", "_google_apis"):
            if name in self.__dict__:
                await self.__dict__[name].close()
        if "_source" in self.__dict__:
            self._source.close()

    @cached_property
    def _http_pool(self) -> HttpPool:
        from netra_validate.clients.http import HttpPool

        return HttpPool(self._politeness, ca_file=self._environment.ca_file)

    @cached_property
    def _host_pool(self) -> HostPool:
        from netra_validate.clients.hosts import HostPool

        ca_file = self._environment.ca_file
        return HostPool(self._politeness, self._http_pool, ca_file=ca_file)

    @cached_property
    def _google_apis(self) -> GoogleApis:
        from netra_validate.clients.google import GoogleApis

        return GoogleApis(self._environment, self._http_pool)

    @cached_property
    def _source(self) -> Source:
        from netra_validate.clients.source import Source

        return Source(self._root, self.readers)
