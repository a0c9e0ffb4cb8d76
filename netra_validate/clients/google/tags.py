"""The revision that carries a traffic tag, and where it is reached. Pure.

A tag gives a revision an address of its own, whatever share of the traffic it has
(https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration#tags). So what was deployed
with ``--no-traffic --tag`` can be looked at before anybody meets it.

The tokens that are configured for the service go to that address too: it is the same service, under
a name that the Run API itself tells. Hence :func:`address` takes nothing but https from Google's
API, and nothing but this machine from an API on this machine. An identity token keeps the audience
of the service: "the aud value must remain as the URL of the service, even when making requests to a
specific traffic tag" (https://cloud.google.com/run/docs/authenticating/service-to-service).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from netra_validate.clients.errors import ClientError, NotFound
from netra_validate.clients.google.endpoints import is_loopback
from netra_validate.clients.google.messages import enum_name, short
from netra_validate.clients.google.revisions import Target, rollout, routed_to
from netra_validate.topology import CandidateService

if TYPE_CHECKING:
    from google.cloud import run_v2

_NOT_READY: Final = {
    "CONDITION_FAILED": "is not ready",
    "CONDITION_PENDING": "is not ready yet",
    "CONDITION_RECONCILING": "is not ready yet",
}
"""States of a revision's condition ``Ready`` (``Condition.State``, Run v2) in which it must not get
traffic. Anything newer is left to what the revision answers."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """The revision that carries a tag, as the service tells of it."""

    service: str
    """Its name in the configuration."""
    cloud_run: str
    """Its name in Cloud Run."""
    tag: str
    target: Target
    uri: str
    """The tag's own address; empty where it has none."""
    service_uri: str
    """The address of the service, which is the audience of its identity tokens."""
    internal: bool
    """Whether the service takes traffic from inside only, and its addresses answer 404 elsewhere
    (https://cloud.google.com/run/docs/securing/ingress)."""


def tagged(message: run_v2.Service, service: CandidateService) -> Tagged:
    """The revision of ``service`` that carries its tag.

    From ``traffic_statuses``, which tell what is, while ``traffic`` tells what was asked for.

    Raises:
        NotFound: no revision carries it; the tags that there are are named.
    """
    name = service.cloud_run or service.key
    found = next((each for each in message.traffic_statuses if each.tag == service.tag), None)
    if found is None:
        raise _no_such_tag(message, service.tag, name)
    revision = routed_to(found, message)
    if not revision:
        raise NotFound(f"the tag {service.tag} of {name} leads to no revision")
    percent = sum(
        each.percent for each in message.traffic_statuses if routed_to(each, message) == revision
    )
    latest = revision == short(message.latest_created_revision)
    return Tagged(
        service=service.key,
        cloud_run=name,
        tag=service.tag,
        target=Target(revision, percent, latest, rollout=rollout(message, revision)),
        uri=found.uri,
        service_uri=message.uri,
        internal=enum_name(message, "ingress").startswith("INGRESS_TRAFFIC_INTERNAL"),
    )


def _no_such_tag(message: run_v2.Service, tag: str, name: str) -> NotFound:
    if any(each.tag == tag for each in message.traffic):
        said = message.terminal_condition.message
        return NotFound(
            f"the tag {tag} of {name} is asked for, and leads to no revision yet"
            f"{f': {said}' if said else ''}"
        )
    tags = sorted({each.tag for each in message.traffic_statuses if each.tag})
    has = f"{', '.join(tags)}: ask for one of these, or" if tags else "no tags at all:"
    return NotFound(
        f"no revision of {name} has the tag {tag}",
        hint=f"it has {has} deploy with --no-traffic --tag={tag}",
    )


def refuse_unready(revision: run_v2.Revision, found: Tagged) -> None:
    """A revision that is not ready must not pass for what it would carry.

    Raises:
        ClientError: it says that it is not ready.
    """
    for condition in revision.conditions:
        state = _NOT_READY.get(enum_name(condition, "state"))
        if condition.type_ == "Ready" and state is not None:
            said = f": {condition.message}" if condition.message else ""
            raise ClientError(
                f"{found.target.name}, which has the tag {found.tag}, {state}{said}",
                hint=f"see its logs with --log-filter={found.target.name}, or wait with --wait",
                missing=revision.name,
            )


def address(found: Tagged, *, of_google: bool) -> str:
    """Where the revision is reached. What proves who asks may be sent there.

    Args:
        found: the revision.
        of_google: whether Google's own API told of it, and not one on this machine.

    Raises:
        ClientError: it has no address, or none that can be trusted.
    """
    if not found.uri:
        raise ClientError(
            f"Cloud Run tells no address of the tag {found.tag} of {found.cloud_run}",
            hint="its default URL may be disabled; tags are reached under that alone",
        )
    parts = _split(found.uri)
    here = is_loopback(parts.hostname or "")
    fits = parts.scheme == "https" and not here if of_google else here
    if not (fits and parts.hostname and "@" not in parts.netloc):
        raise ClientError(
            f"{found.uri} is no address for the tag {found.tag} of {found.cloud_run}: expected"
            f" {'https://' if of_google else 'an address on this machine'}",
            hint="name the endpoint of Cloud Run that the service is at",
        )
    return f"{parts.scheme}://{parts.netloc}"


def moved(service: CandidateService, found: Tagged, where: str) -> CandidateService:
    """The service with the addresses of its candidate: other host, same paths.

    Health endpoints on other hosts than the service's own stay what they are.

    Raises:
        ClientError: what is configured is no address.
    """
    own = _own_host(service)
    base = _split(service.url).path if service.url else ""
    return msgspec.structs.replace(
        service,
        revision=found.target.name,
        url=where + base,
        health=tuple(
            _at(where, each) if "://" in each and _host(each) == own else each
            for each in service.health
        ),
        websocket=_at(where.replace("http", "ws", 1), service.websocket)
        if service.websocket
        else None,
        audience=_audience(service, found),
    )


def _audience(service: CandidateService, found: Tagged) -> str | None:
    """Cloud Run takes the service's own address or a custom audience, and not the tag's address."""
    if service.auth != "google-id-token":
        return service.audience
    return service.audience or found.service_uri or None


def elsewhere(service: CandidateService) -> Iterator[str]:
    """Hosts of health endpoints that do not move to the candidate.

    Raises:
        ClientError: what is configured is no address.
    """
    own = _own_host(service)
    for each in service.health:
        if "://" in each and _host(each) != own:
            yield _split(each).netloc.rpartition("@")[2]


def _own_host(service: CandidateService) -> tuple[str | None, int | None]:
    """Of ``url``, or of the first whole address where there is none."""
    whole = (each for each in (service.url, *service.health) if each and "://" in each)
    first = next(whole, None)
    return _host(first) if first else (None, None)


def _host(url: str) -> tuple[str | None, int | None]:
    parts = _split(url)
    try:
        return parts.hostname, parts.port
    except ValueError as error:
        raise ClientError(f"{url!r} is no address: {error}") from error


def _at(where: str, url: str) -> str:
    """``url`` at another scheme, host and port."""
    scheme, _, netloc = where.partition("://")
    return _split(url)._replace(scheme=scheme, netloc=netloc).geturl()


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ClientError(f"{url!r} is no address: {error}") from error
