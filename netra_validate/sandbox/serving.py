"""All servers of the sandbox in one event loop, and the files that tell where they are."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netra_validate.sandbox import configuration, repository
from netra_validate.sandbox.names import (
    CA_FILE,
    CONFIGURATION_FILE,
    REPOSITORY_FOLDER,
    REQUESTS_FILE,
)

if TYPE_CHECKING:
    from netra_validate.sandbox.request_log import RequestLog
    from netra_validate.sandbox.staging import Staging


@dataclass(frozen=True, slots=True)
class Running:
    """Where a sandbox that takes requests is."""

    folder: Path
    config_path: Path
    ports: configuration.Ports


@asynccontextmanager
async def running(faults: Iterable[str], folder: Path) -> AsyncIterator[Running]:
    """A sandbox in which these faults are, from the moment it takes requests.

    Args:
        faults: names in :data:`netra_validate.sandbox.faults.FAULTS`.
        folder: an existing folder without another sandbox; the files stay in it.
    """
    checkout = folder / REPOSITORY_FOLDER
    checkout.mkdir()
    git = repository.begin_git(checkout)
    # grpc's C core writes to stderr of its own accord; it reads this when it is first imported.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    # The imports take most of the time it takes to start; git is at work meanwhile.
    from netra_validate.sandbox.faults import broken  # noqa: PLC0415
    from netra_validate.sandbox.request_log import RequestLog  # noqa: PLC0415

    staging = broken(faults)
    async with AsyncExitStack() as stack:
        if git is not None:
            stack.callback(git.wait)  # or it might write to a folder that is being removed
        log = RequestLog(folder / REQUESTS_FILE)
        stack.callback(log.close)
        ports = await _serve(staging, folder, log, stack)
        config_path = checkout / CONFIGURATION_FILE
        text = configuration.toml(ports, staging.options)
        repository.write(checkout, {**staging.files, CONFIGURATION_FILE: text})
        if git is not None:
            git.wait()
        yield Running(folder, config_path, ports)


async def _serve(
    staging: Staging, folder: Path, log: RequestLog, stack: AsyncExitStack
) -> configuration.Ports:
    """Start every server; ``stack`` stops them."""
    from netra_validate.sandbox import google_grpc, google_rest  # noqa: PLC0415
    from netra_validate.sandbox.google_api import GoogleApi  # noqa: PLC0415
    from netra_validate.sandbox.request_log import logged  # noqa: PLC0415
    from netra_validate.sandbox.services import Site, application, serving  # noqa: PLC0415

    api = GoogleApi(staging.world, staging.conduct)
    tls = _tls(folder / CA_FILE)
    sites = [Site(logged(google_rest.application(api), log, google_rest.SERVER, with_query=True))]
    for key, deployment in staging.deployments.items():
        app = logged(application(deployment), log, key)
        sites.append(Site(app, tls, pongs=deployment.pongs))
    grpc = await stack.enter_async_context(google_grpc.serve(api, log))
    rest, *services = await stack.enter_async_context(serving(sites))
    return configuration.Ports(
        grpc=grpc, rest=rest, **dict(zip(staging.deployments, services, strict=True))
    )


def _tls(ca_file: Path) -> ssl.SSLContext:
    """The services' side of TLS, with a certificate of an authority made for this sandbox alone."""
    import trustme  # noqa: PLC0415 - of the extra

    authority = trustme.CA(organization_name="netra-validate sandbox")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(ca_file))
    return context
