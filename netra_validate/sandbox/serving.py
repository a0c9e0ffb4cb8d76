"""All servers of the sandbox in one event loop, and the files that tell where they are."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from netra_validate.sandbox import balancing, configuration, postgres, repository
from netra_validate.sandbox.database import DOOR, configured
from netra_validate.sandbox.edge import FRONT
from netra_validate.sandbox.names import (
    CA_FILE,
    CONFIGURATION_FILE,
    REPOSITORY_FOLDER,
    REQUESTS_FILE,
    TAG,
)

if TYPE_CHECKING:
    from netra_validate.sandbox.behaviour import Deployment
    from netra_validate.sandbox.doors import Doors, Plain
    from netra_validate.sandbox.google_api import GoogleApi
    from netra_validate.sandbox.request_log import RequestLog
    from netra_validate.sandbox.services import Host
    from netra_validate.sandbox.staging import Staging


@dataclass(frozen=True, slots=True)
class Running:
    """Where a sandbox that takes requests is."""

    folder: Path
    config_path: Path
    ports: configuration.Ports
    heal: Callable[[], None]
    """Takes all faults away, at once: APIs, services and the files of the repository are well.

    The configuration stays as it is, with the options that a scenario brings along. What is under
    way goes on as it began.
    """
    become: Callable[[Sequence[str]], Awaitable[None]]
    """Has these faults from now on and no others; the configuration is written anew.

    Raises:
        FixedAtStart: it would take another sandbox.
    """


class FixedAtStart(Exception):
    """What a sandbox has been started with, and cannot change."""


@asynccontextmanager
async def running(faults: Sequence[str], folder: Path) -> AsyncIterator[Running]:
    """A sandbox in which these faults are, from the moment it takes requests.

    Args:
        faults: names in :data:`netra_validate.sandbox.faults.FAULTS`.
        folder: an existing folder without another sandbox; the files stay in it.
    """
    checkout = folder / REPOSITORY_FOLDER
    checkout.mkdir()
    git = repository.begin_git(checkout)
    keeper = postgres.begin(postgres.programs())
    # grpc's C core writes to stderr of its own accord; it reads this when it is first imported.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    # The imports take most of the time it takes to start; git is at work meanwhile.
    from netra_validate.sandbox.faults import broken
    from netra_validate.sandbox.request_log import RequestLog

    staging = broken(faults)
    async with AsyncExitStack() as stack:
        database = None
        if keeper is not None:
            database = postgres.Postgres(keeper)
            stack.push_async_callback(database.close)
        if git is not None:
            stack.callback(git.wait)  # or it might write to a folder that is being removed
        log = RequestLog(folder / REQUESTS_FILE)
        stack.callback(log.close)
        served = await _serve(staging, folder, log, stack)
        if database is not None and not await database.start(
            served.doors.contexts[DOOR], staging.database
        ):
            database = None
        if database is not None:
            served.api.instance_proxy = database.proxy
        whole = _Whole(checkout, served, database, tuple(faults))
        repository.write(checkout, staging.files)
        whole.configure(staging)
        if git is not None:
            git.wait()
        yield Running(folder, whole.config_path, served.ports, whole.heal, whole.become)


class _Whole:
    """All that can change together: the servers, the database, the files of the repository."""

    def __init__(
        self,
        checkout: Path,
        served: _Served,
        database: postgres.Postgres | None,
        faults: tuple[str, ...],
    ) -> None:
        self.config_path = checkout / CONFIGURATION_FILE
        self._checkout = checkout
        self._served = served
        self._database = database
        self._faults = faults

    def configure(self, staging: Staging) -> None:
        """Write the configuration with which to validate this."""
        port = self._database.port if self._database is not None else None
        reached = configured(port, staging.database)
        text = configuration.toml(self._served.ports, staging.options, reached)
        repository.write(self._checkout, {CONFIGURATION_FILE: text})

    def heal(self) -> None:
        """Take all faults away; the configuration stays."""
        from netra_validate.sandbox.faults import broken, healed

        well = healed(self._faults)
        self._change(broken(self._faults), well)
        if self._database is not None:
            self._database.become(well.database)

    async def become(self, faults: Sequence[str]) -> None:
        """Have these faults and no others."""
        from netra_validate.sandbox.faults import broken

        before, after = broken(self._faults), broken(faults)
        if before.fixed != after.fixed:
            raise FixedAtStart(
                "it was started with other candidates, another way to its database, or without"
                " a host's TLS: launch another sandbox"
            )
        self._change(before, after)
        self._faults = tuple(faults)
        if self._database is not None:
            self._database.become(after.database)
            await self._database.settled()
        self.configure(after)

    def _change(self, before: Staging, after: Staging) -> None:
        self._served.become(after)
        repository.mend(self._checkout, before.files, after.files)


@dataclass(frozen=True, slots=True)
class _Served:
    """The servers, as far as what they serve can change."""

    ports: configuration.Ports
    api: GoogleApi
    hosts: Mapping[str, Host]
    """By what the request log calls each."""
    candidates: Mapping[str, str]
    """Where each service's candidate is reached."""
    doors: Doors
    plain: Plain

    def become(self, staging: Staging) -> None:
        """Serve this from now on."""
        from netra_validate.sandbox.world import addressed, placed

        world = placed(staging.world, self.candidates)
        world = addressed(world, {FRONT: self.ports.front})
        services = {key: getattr(self.ports, key) for key in staging.deployments}
        world = replace(world, compute=balancing.placed(world.compute, services))
        self.api.become(world, staging.conduct, staging.denied)
        for name, deployment in _deployments(staging).items():
            self.hosts[name].become(deployment)
        self.doors.become(staging.edge)
        self.plain.redirects = staging.edge.redirects


async def _serve(staging: Staging, folder: Path, log: RequestLog, stack: AsyncExitStack) -> _Served:
    """Start every server; ``stack`` stops them."""
    from netra_validate.sandbox import google_grpc, google_rest
    from netra_validate.sandbox.doors import Doors, Plain
    from netra_validate.sandbox.google_api import GoogleApi
    from netra_validate.sandbox.request_log import logged
    from netra_validate.sandbox.services import Host, Site, serving

    api = GoogleApi(staging.world, staging.conduct)
    sites = [Site(logged(google_rest.application(api), log, google_rest.SERVER, with_query=True))]
    hosts = {name: Host(deployment) for name, deployment in _deployments(staging).items()}
    doors, plain = Doors(folder / CA_FILE, (*hosts, DOOR)), Plain()
    for name, host in hosts.items():
        sites.append(Site(logged(host, log, name), doors.contexts[name], host))
    sites.append(Site(logged(plain, log, "http")))
    grpc = await stack.enter_async_context(google_grpc.serve(api, log))
    rest, *found, http = await stack.enter_async_context(serving(sites))
    ports = dict(zip(hosts, found, strict=True))
    candidates = {
        key: f"https://localhost:{ports[_candidate_of(key)]}" for key in staging.candidates
    }
    services = {key: ports[key] for key in (*staging.deployments, FRONT)}
    served = configuration.Ports(grpc=grpc, rest=rest, http=http, **services)
    found_there = _Served(served, api, hosts, candidates, doors, plain)
    found_there.become(staging)
    return found_there


def _deployments(staging: Staging) -> dict[str, Deployment]:
    """All that runs behind an address of its own, by what the request log calls it."""
    from netra_validate.sandbox.behaviour import front_page

    candidates = {_candidate_of(key): each for key, each in staging.candidates.items()}
    return {**staging.deployments, **candidates, FRONT: front_page()}


def _candidate_of(key: str) -> str:
    return f"{key}-{TAG}"
