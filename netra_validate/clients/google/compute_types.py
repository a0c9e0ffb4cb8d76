"""What Compute Engine says of load balancers, as far as it is read. All else is ignored.

Reference: the resources of the same names at https://cloud.google.com/compute/docs/reference/rest/v1.
"""

from __future__ import annotations

import msgspec


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A JSON object with camelCase fields."""


class WeightedService(_Part, frozen=True, kw_only=True):
    """A share of what a route sends on."""

    backend_service: str = ""
    weight: int = 0


class Span(_Part, frozen=True, kw_only=True):
    """A duration; ``int64`` is a string in JSON."""

    seconds: int | str = 0


class RouteAction(_Part, frozen=True, kw_only=True):
    """``HttpRouteAction``."""

    weighted_backend_services: tuple[WeightedService, ...] = ()
    timeout: Span | None = None


class PathRule(_Part, frozen=True, kw_only=True):
    """Patterns of paths, and where they lead."""

    paths: tuple[str, ...] = ()
    service: str | None = None
    route_action: RouteAction | None = None


class Match(_Part, frozen=True, kw_only=True):
    """``HttpRouteRuleMatch``: what a request has to be like."""

    full_path_match: str | None = None
    prefix_match: str | None = None
    path_template_match: str | None = None
    regex_match: str | None = None
    ignore_case: bool = False
    header_matches: tuple[object, ...] = ()
    query_parameter_matches: tuple[object, ...] = ()
    metadata_filters: tuple[object, ...] = ()


class RouteRule(_Part, frozen=True, kw_only=True):
    """``HttpRouteRule``: where requests lead that match."""

    priority: int = 0
    match_rules: tuple[Match, ...] = ()
    service: str | None = None
    route_action: RouteAction | None = None


class PathMatcher(_Part, frozen=True, kw_only=True):
    """Where the paths of some hosts lead."""

    name: str = ""
    default_service: str | None = None
    default_route_action: RouteAction | None = None
    path_rules: tuple[PathRule, ...] = ()
    route_rules: tuple[RouteRule, ...] = ()


class HostRule(_Part, frozen=True, kw_only=True):
    """Hosts, and the matcher of their paths."""

    hosts: tuple[str, ...] = ()
    path_matcher: str = ""


class UrlMap(_Part, frozen=True, kw_only=True):
    """What a load balancer does with a request."""

    name: str
    default_service: str | None = None
    default_route_action: RouteAction | None = None
    host_rules: tuple[HostRule, ...] = ()
    path_matchers: tuple[PathMatcher, ...] = ()


class Backend(_Part, frozen=True, kw_only=True):
    """A group that a backend service sends to."""

    group: str = ""


class BackendService(_Part, frozen=True, kw_only=True):
    """Where routes lead."""

    name: str
    backends: tuple[Backend, ...] = ()
    health_checks: tuple[str, ...] = ()
    timeout_sec: int | None = None


class EndpointHealth(_Part, frozen=True, kw_only=True):
    """``HealthStatus``: what health checks found of one machine or endpoint."""

    instance: str = ""
    ip_address: str = ""
    port: int = 0
    health_state: str = ""


class GroupHealth(_Part, frozen=True, kw_only=True):
    """``BackendServiceGroupHealth``: all of one group."""

    health_status: tuple[EndpointHealth, ...] = ()


class CloudRunTarget(_Part, frozen=True, kw_only=True):
    """What a serverless group leads to in Cloud Run."""

    service: str | None = None
    tag: str | None = None
    url_mask: str | None = None


class EndpointGroup(_Part, frozen=True, kw_only=True):
    """``NetworkEndpointGroup``."""

    name: str
    network_endpoint_type: str = ""
    cloud_run: CloudRunTarget | None = None


class Proxy(_Part, frozen=True, kw_only=True):
    """A target HTTP or HTTPS proxy."""

    name: str
    self_link: str = ""
    url_map: str = ""
    ssl_certificates: tuple[str, ...] = ()
    certificate_map: str | None = None


class ForwardingRule(_Part, frozen=True, kw_only=True):
    """An address, and the proxy that takes what arrives there."""

    name: str
    address: str = msgspec.field(default="", name="IPAddress")
    target: str = ""


class Managed(_Part, frozen=True, kw_only=True):
    """The state of a certificate that Google manages."""

    status: str = ""
    domains: tuple[str, ...] = ()
    domain_status: dict[str, str] = {}


class SslCertificate(_Part, frozen=True, kw_only=True):
    """A certificate that a proxy presents."""

    name: str
    type: str = ""
    managed: Managed | None = None
    subject_alternative_names: tuple[str, ...] = ()
    expire_time: str | None = None


class Path(_Part, frozen=True, kw_only=True):
    """What a health check asks for over HTTP."""

    request_path: str = "/"


class HealthCheck(_Part, frozen=True, kw_only=True):
    """A question by which a load balancer finds out which of its backends are well."""

    name: str
    self_link: str = ""
    type: str = ""
    http_health_check: Path | None = None
    https_health_check: Path | None = None
    http2_health_check: Path | None = None

    @property
    def path(self) -> str | None:
        """What it asks for; None where it does not speak HTTP."""
        asked = self.http_health_check or self.https_health_check or self.http2_health_check
        return asked.request_path if asked else None


class AutoHealing(_Part, frozen=True, kw_only=True):
    """What an instance group finds out by which of its instances are to be made anew."""

    health_check: str = ""


class InstanceGroup(_Part, frozen=True, kw_only=True):
    """``InstanceGroupManager``."""

    name: str
    auto_healing_policies: tuple[AutoHealing, ...] = ()
