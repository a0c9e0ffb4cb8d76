"""Every Cloud Run service of a region, and the domains that are mapped to them.

Over REST and read into small types: whoever only wants to know what there is need not import the
library, which takes most of a second. The reference:
https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/list and
https://cloud.google.com/run/docs/reference/rest/v1/namespaces.domainmappings/list.
"""

from __future__ import annotations

from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ProtocolError
from netra_validate.clients.google.access import RUN, Access
from netra_validate.clients.google.messages import short

T = TypeVar("T")

_PAGES: Final = 5
"""Most pages that are read, of 100 services each."""


class _Json(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message of the API, as far as it is of interest."""


class CloudSqlInstance(_Json, frozen=True, kw_only=True):
    """The databases of a volume."""

    instances: tuple[str, ...] = ()


class Volume(_Json, frozen=True, kw_only=True):
    """A volume of a revision."""

    cloud_sql_instance: CloudSqlInstance = CloudSqlInstance()


class VpcAccess(_Json, frozen=True, kw_only=True):
    """The way into a network."""

    connector: str = ""
    egress: str = ""


class Template(_Json, frozen=True, kw_only=True):
    """What the next revision is made from."""

    vpc_access: VpcAccess = VpcAccess()
    volumes: tuple[Volume, ...] = ()


class ListedService(_Json, frozen=True, kw_only=True):
    """A service, as the list has it."""

    name: str
    """The whole one."""
    uri: str = ""
    template: Template = Template()

    @property
    def databases(self) -> tuple[str, ...]:
        """Connection names."""
        return tuple(
            name for volume in self.template.volumes for name in volume.cloud_sql_instance.instances
        )


class _Metadata(_Json, frozen=True, kw_only=True):
    name: str = ""


class _Route(_Json, frozen=True, kw_only=True):
    route_name: str = ""


class DomainMapping(_Json, frozen=True, kw_only=True):
    """A domain and the service that answers under it."""

    metadata: _Metadata = _Metadata()
    spec: _Route = _Route()

    @property
    def domain(self) -> str:
        """Its name."""
        return self.metadata.name

    @property
    def service(self) -> str:
        """The short name of the service."""
        return self.spec.route_name


class _Services(_Json, frozen=True, kw_only=True):
    services: tuple[ListedService, ...] = ()
    next_page_token: str = ""


class _Mappings(_Json, frozen=True, kw_only=True):
    items: tuple[DomainMapping, ...] = ()


async def services(
    access: Access, project: str, region: str, budget: Budget
) -> tuple[ListedService, ...]:
    """The services. Needs ``run.services.list``."""
    name = f"projects/{project}/locations/{region}"
    subject = f"the Cloud Run services in {project}/{region}"
    question = access.question(subject, RUN, "run.services.list", name)
    found: list[ListedService] = []
    token = ""
    for _ in range(_PAGES):
        query = f"pageSize=100&pageToken={quote(token, safe='')}" if token else "pageSize=100"
        path = f"/v2/{quote(name)}/services?{query}"
        page = _read(_Services, await access.rest(RUN).get(path, question, budget), subject)
        found += page.services
        token = page.next_page_token
        if not token:
            break
    return tuple(sorted(found, key=lambda each: short(each.name)))


async def domain_mappings(
    access: Access, project: str, budget: Budget
) -> tuple[DomainMapping, ...]:
    """The mappings of the region whose address the API has. What that takes is not documented."""
    name = f"namespaces/{project}"
    subject = f"the domain mappings in {project}"
    question = access.question(subject, RUN, "run.services.list", name)
    path = f"/apis/domains.cloudrun.com/v1/{quote(name)}/domainmappings"
    return _read(_Mappings, await access.rest(RUN).get(path, question, budget), subject).items


def _read(kind: type[T], body: bytes, subject: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"what {RUN.host} answers cannot be read as {subject}") from error
