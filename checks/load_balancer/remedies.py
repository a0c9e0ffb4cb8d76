"""What to do about a load balancer, in the user's own names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from netra_validate import Command, Host, Remediation, Service
from netra_validate.clients.hosts.certificates import covers
from netra_validate.model import ResourceRef
from netra_validate.remedies import Argv, changes, describe_service, gcloud, looks, remedy

if TYPE_CHECKING:
    from checks.load_balancer.facts import Behind, Group

_DOCS: Final = "https://cloud.google.com/load-balancing/docs"
_SERVERLESS: Final = f"{_DOCS}/negs/serverless-neg-concepts"
_URL_MAPS: Final = f"{_DOCS}/url-map-concepts"
_FORWARDING: Final = f"{_DOCS}/forwarding-rule-concepts"
_BACKENDS: Final = f"{_DOCS}/backend-service#timeout-setting"
_MANAGED: Final = f"{_DOCS}/ssl-certificates/troubleshooting"
_MAPS: Final = "https://cloud.google.com/certificate-manager/docs/map-entries"
_TROUBLE: Final = f"{_DOCS}/https/troubleshooting-ext-https-lbs#unexplained_5xx_errors"
_OWN: Final = f"{_DOCS}/ssl-certificates/self-managed-certs"
_HEALTH_CHECKS: Final = f"{_DOCS}/health-check-concepts"


@dataclass(frozen=True, slots=True)
class Place:
    """A load balancer and where it is."""

    url_map: str
    project: str
    region: str | None = None
    """None for one that is everywhere."""
    certificate_map: str | None = None
    """Its name, where certificates come out of one."""
    services: tuple[Service, ...] = ()
    """What it leads to, as the configuration says."""
    hosts: tuple[Host, ...] = ()
    """Those that it serves, as the configuration says."""

    def reached_by(self, host: str) -> tuple[ResourceRef, ...]:
        """The host, and the services that clients reach by it: what is wrong with it concerns them.

        What concerns none of them concerns the load balancer alone.
        """
        own = ResourceRef("load_balancer", self.url_map)
        return self._behind(lambda name: name == host.lower()) or (own,)

    def covered_by(self, names: Collection[str]) -> tuple[ResourceRef, ...]:
        """The hosts and services whose names a certificate is for; none for all of them."""
        return self._behind(lambda name: covers(names, name))

    def _behind(self, is_meant: Callable[[str], bool]) -> tuple[ResourceRef, ...]:
        hosts = (each.ref for each in self.hosts if is_meant(each.name.lower()))
        doors = {each.ref: (name for name, _, _ in each.doors) for each in self.services}
        return (*hosts, *(ref for ref, names in doors.items() if any(map(is_meant, names))))

    def led_to(self, *names: str) -> tuple[ResourceRef, ...]:
        """The services of these names in Cloud Run: what is wrong with their way is for them."""
        return self._refs(lambda each: each.cloud_run in names)

    def _refs(self, is_meant: Callable[[Service], bool]) -> tuple[ResourceRef, ...]:
        """What concerns none of its services concerns itself alone."""
        meant = tuple(each.ref for each in self.services if is_meant(each))
        return meant or (ResourceRef("load_balancer", self.url_map),)

    def gcloud(self, *words: str) -> Argv:
        """A command on something beside it."""
        scope = f"--region={self.region}" if self.region else "--global"
        return gcloud("compute", *words, scope, project=self.project)

    def of_backend(self, behind: Behind, verb: str, *flags: str) -> Argv:
        """A command on a backend service."""
        return self.beside(behind).gcloud("backend-services", verb, behind.name, *flags)

    def beside(self, behind: Behind) -> Place:
        """Where a backend service and its health checks are: not always in the own project."""
        if behind.project is None:
            return self
        return replace(self, project=behind.project, region=behind.region)

    def describe_certificate(self, name: str) -> Command:
        """Look at a certificate, or at what the certificate map has of it."""
        if self.certificate_map is not None:
            words = ("certificate-manager", "certificates", "describe", name)
            return looks(*gcloud(*words, project=self.project))
        return looks(*self.gcloud("ssl-certificates", "describe", name))

    def list_certificates(self) -> Command:
        """Look at all of them."""
        if self.certificate_map is not None:
            words = ("certificate-manager", "maps", "entries", "list")
            flag = f"--map={self.certificate_map}"
            return looks(*gcloud(*words, flag, project=self.project))
        return looks(*gcloud("compute", "ssl-certificates", "list", project=self.project))

    def describe(self) -> Command:
        """Look at the URL map."""
        return looks(*self.gcloud("url-maps", "describe", self.url_map))


def find_url_map(place: Place) -> Remediation:
    """The configuration is to name one that exists."""
    return remedy(
        "Correct url_map of the load balancer in the configuration",
        looks(*gcloud("compute", "url-maps", "list", project=place.project)),
        docs=_URL_MAPS,
    )


def route(place: Place, groups: Iterable[Group], service: str) -> Remediation:
    """A route is to lead to a service.

    No command does it by itself: a serverless group is never changed, so that another one has to
    be made and put in its place.
    """
    near = tuple(groups)
    how = (
        _regrouped(near[0])
        if near
        else "make a serverless group for it, a backend service with that, and a route that leads"
        " there"
    )
    return remedy(
        f"Let the load balancer lead to {service}: {how}; deploy under another name only where that"
        " one is meant",
        *(_group(each) for each in near),
        place.describe(),
        docs=_SERVERLESS,
    )


def _regrouped(group: Group) -> str:
    """In steps: groups of serverless services are made and deleted, and never changed."""
    return (
        f"make a serverless group that names it, add that to the backend service of {group.name},"
        f" and take {group.name} out, which cannot be changed"
    )


def regroup(place: Place, group: Group, service: str) -> Remediation:
    """A group that names a service that does not exist is to name one that does."""
    return remedy(
        f"Let the route lead to {service}, which exists: {_regrouped(group)}",
        _group(group),
        describe_service(service, group.project or place.project, group.region),
        docs=_SERVERLESS,
    )


def reroute(place: Place, service: str) -> Remediation:
    """An address is to lead to its service."""
    return remedy(
        f"Correct the rules of {place.url_map}, or the addresses of {service} in the configuration",
        place.describe(),
        docs=_URL_MAPS,
    )


def deploy(place: Place, group: Group, service: str) -> Remediation:
    """The service of a group is to exist."""
    return remedy(
        f"Deploy {service}, or put a group that names another service in the place of {group.name}",
        _group(group),
        describe_service(service, group.project or place.project, group.region),
        docs=_SERVERLESS,
    )


def fill(place: Place, behind: Behind) -> Remediation:
    """A backend service is to have a backend."""
    return remedy(
        f"Add a network endpoint group to {behind.name}, or take its route out of {place.url_map}",
        looks(*place.of_backend(behind, "describe")),
        docs=_SERVERLESS,
    )


def give_time(place: Place, behind: Behind | None, seconds: int) -> Remediation:
    """A WebSocket is to live longer. ``behind`` is None where the route itself has the limit."""
    if behind is None:
        return remedy(
            f"Raise the timeout of the route in {place.url_map} to {seconds} s or more",
            place.describe(),
            docs=_URL_MAPS,
        )

    def update(timeout_s: int) -> Argv:
        return place.of_backend(behind, "update", f"--timeout={timeout_s}s")

    return remedy(
        f"Raise the timeout of {behind.name} to {seconds} s or more",
        looks(*place.of_backend(behind, "describe")),
        changes(
            update(seconds),
            update(behind.timeout_s),
            risk="Requests that hang hold their connection as much longer",
        ),
        docs=_BACKENDS,
    )


def certify(place: Place, certificate: str, hosts: Iterable[str]) -> Remediation:
    """A managed certificate is to be issued."""
    return remedy(
        "Let the records of every domain of the certificate lead to the load balancer",
        place.describe_certificate(certificate),
        looks(*place.gcloud("forwarding-rules", "list")),
        *(looks("nslookup", host) for host in hosts),
        docs=_MANAGED,
    )


def renew(place: Place, certificate: str) -> Remediation:
    """One's own certificate is to be replaced."""
    return remedy(
        f"Upload a new certificate in the place of {certificate}, or use a managed one",
        place.describe_certificate(certificate),
        docs=_OWN,
    )


def cover(place: Place, host: str) -> Remediation:
    """A certificate is to be for a host."""
    return remedy(
        f"Put {host} into a certificate of the load balancer, or use a name that is in one",
        place.list_certificates(),
        docs=_MANAGED,
    )


def map_host(place: Place, host: str) -> Remediation:
    """A certificate map is to have an entry for a host."""
    return remedy(
        f"Add an entry for {host} to {place.certificate_map}, with a certificate that covers it",
        place.list_certificates(),
        docs=_MAPS,
    )


def heal(place: Place, behind: Behind) -> Remediation:
    """What is behind a backend service is to answer its health check."""
    beside, names = place.beside(behind), behind.health_checks
    return remedy(
        f"Look why what is behind {behind.name} does not answer its health check",
        looks(*place.of_backend(behind, "get-health")),
        *(looks(*beside.gcloud("health-checks", "describe", each)) for each in names),
        docs=_HEALTH_CHECKS,
    )


def pass_on(place: Place, service: str) -> Remediation:
    """A load balancer is to reach its backend."""
    query = (
        f'resource.type="http_load_balancer" AND resource.labels.url_map_name="{place.url_map}"'
        " AND httpRequest.status>=500"
    )
    return remedy(
        f"Read in statusDetails why {place.url_map} does not pass on to {service}",
        looks(*gcloud("logging", "read", query, "--limit=20", project=place.project)),
        place.describe(),
        docs=_TROUBLE,
    )


def lead_in(place: Place) -> Remediation:
    """Something is to lead to the URL map."""
    return remedy(
        f"Configure the URL map that is in use, or create a forwarding rule for {place.url_map}",
        looks(*gcloud("compute", "target-https-proxies", "list", project=place.project)),
        looks(*place.gcloud("forwarding-rules", "list")),
        docs=_FORWARDING,
    )


def correct_record(place: Place, host: str) -> Remediation:
    """A record is to hold the load balancer's address."""
    return remedy(
        f"Let the records of {host} hold the load balancer's address alone",
        looks("nslookup", host),
        looks(*place.gcloud("forwarding-rules", "list")),
        docs=_MANAGED,
    )


def look_at_health_check(place: Place, name: str, *, used: bool) -> Remediation:
    """A health check is to be right, or to go."""
    summary = f"Let {name} ask for a path that is answered" if used else f"Delete {name}"
    return remedy(
        summary,
        looks(*place.gcloud("health-checks", "describe", name)),
        docs=_HEALTH_CHECKS,
    )


def _group(group: Group) -> Command:
    words = ("network-endpoint-groups", "describe", group.name)
    return looks(*gcloud("compute", *words, project=group.project, region=group.region))
