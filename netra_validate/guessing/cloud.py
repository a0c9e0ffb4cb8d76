"""What Cloud Run says of the services of a project: asked where credentials are at hand, else not.

Whether they are is looked up in files and variables alone. Only where this machine is Google's own
is its metadata server asked, which answers at once there, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netra_validate.clients.errors import ClientError
from netra_validate.guessing.facts import (
    CloudName,
    Deployment,
    Facts,
    Found,
    cloud_name,
    connection_parts,
)
from netra_validate.guessing.surroundings import config_folder
from netra_validate.topology import Endpoints, Environment

if TYPE_CHECKING:
    from netra_validate.clients.google.cloud_run_list import DomainMapping, ListedService

ENDPOINT_VARIABLE: Final = "CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN"
"""Where gcloud is told that Cloud Run is elsewhere."""

_PATIENCE_S: Final = 8.0
"""Seconds for all questions: whoever waits for a file to be written waits no longer."""

_ADDRESS: Final = re.compile(r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
"""Scheme and host, and nothing that a configuration could stumble over."""

_MACHINE: Final = Path("/sys/class/dmi/id/product_name")
"""Says "Google" on its machines; google-auth looks there too (``_metadata.py``)."""


def has_credentials(variables: Mapping[str, str], home: Path, machine: Path = _MACHINE) -> bool:
    """Whether Application Default Credentials are likely to be found.

    In the order of https://cloud.google.com/docs/authentication/application-default-credentials:
    the variable, the file that ``gcloud auth application-default login`` writes, the machine.
    """
    if variables.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return True
    if (config_folder(variables, home) / "application_default_credentials.json").is_file():
        return True
    if variables.get("NO_GCE_CHECK") == "true":
        return False
    try:
        return machine.read_text(encoding="utf-8", errors="replace").startswith("Google")
    except OSError:
        return False


def environment(project: str, region: str, variables: Mapping[str, str]) -> Environment:
    """Where to ask: gcloud's own address for the API, else that of the region."""
    override = (variables.get(ENDPOINT_VARIABLE) or "").rstrip("/")
    run = override or f"https://{region}-run.googleapis.com"
    return Environment(project=project, region=region, endpoints=Endpoints(run=run))


async def facts(where: Environment) -> Facts:
    """The services of the project and the region, and what each of them carries.

    Raises:
        ClientError: Cloud Run does not tell.
    """
    from netra_validate.clients.budget import Budget  # noqa: PLC0415 - imports asyncio
    from netra_validate.clients.google import cloud_run_list  # noqa: PLC0415 - as above
    from netra_validate.clients.google.access import Access  # noqa: PLC0415 - as above
    from netra_validate.clients.http import HttpPool  # noqa: PLC0415 - imports httpx
    from netra_validate.clients.politeness import Politeness  # noqa: PLC0415 - as above

    project, region = where.project or "", where.region or ""
    budget = Budget.lasting(_PATIENCE_S, retries=1)
    pool = HttpPool(Politeness(4))
    access = Access(where, pool)
    try:
        services = await cloud_run_list.services(access, project, region, budget)
        try:
            mappings = await cloud_run_list.domain_mappings(access, project, budget)
        except ClientError:  # few have any, and fewer may read them
            mappings = ()
    finally:
        await access.close()
        await pool.close()
    return Facts(deployments=tuple(_deployments(services, mappings, project, region)))


def _deployments(
    services: Sequence[ListedService], mappings: Sequence[DomainMapping], project: str, region: str
) -> Iterator[Deployment]:
    origin = f"Cloud Run in {project}/{region}"
    for each in services:
        name = cloud_name("service", each.name, origin, project, region)
        if name is not None:
            yield Deployment(
                CloudName(name.name, origin, project, region),
                _connector(each, origin, project, region),
                tuple(_databases(each, origin)),
                _url(each, name.name, mappings, origin),
            )


def _connector(service: ListedService, origin: str, project: str, region: str) -> CloudName | None:
    """Its connector, with a word on what goes through it."""
    access = service.template.vpc_access
    egress = "all-traffic" if access.egress == "ALL_TRAFFIC" else "private-ranges-only"
    told = f"{origin}, egress {egress}"
    return cloud_name("connector", access.connector or None, told, project, region)


def _databases(service: ListedService, origin: str) -> Iterator[CloudName]:
    for connection in service.databases:
        parts = connection_parts(connection)
        found = cloud_name("database", parts[2], origin, parts[0], parts[1]) if parts else None
        if found is not None:
            yield found


def _url(
    service: ListedService, name: str, mappings: Sequence[DomainMapping], origin: str
) -> Found | None:
    """A domain of its own, else the address that Cloud Run gave it."""
    domains = sorted(each.domain for each in mappings if each.service == name)
    urls = [f"https://{domain}" for domain in domains] + [service.uri]
    url = next((url for url in urls if _ADDRESS.fullmatch(url)), None)
    return Found(url, origin) if url is not None else None
