"""What to do about a page that falls short."""

from __future__ import annotations

from typing import Final

from netra_validate import Context, Remediation, Service, projections
from netra_validate.remedies import curl, describe_service, looks
from netra_validate.web_addresses import to_follow

_CLOUD: Final = "https://cloud.google.com"
_CACHES: Final = f"{_CLOUD}/cdn/docs/cache-invalidation-overview"
_VARIABLES: Final = f"{_CLOUD}/run/docs/configuring/services/environment-variables"
_ROUTES: Final = f"{_CLOUD}/load-balancing/docs/url-map-concepts"
_TYPES: Final = "https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Type"
_GRAPHQL: Final = "https://graphql.org/learn/serving-over-http/"

_ADVICE: Final = {
    "page": ("Serve the page at that address, or correct the option page", _ROUTES),
    "asset-missing": ("Deploy the page together with the files that it names", _CACHES),
    "asset-type": ("Answer 404 to assets that are missing, and send the right types", _TYPES),
    "build-mismatch": ("Deploy page, scripts and server together, and empty the caches", _CACHES),
    "build-unknown": ("Write the build there, or correct the option that looks for it", _VARIABLES),
    "runtime-config": (
        "Serve the settings at that address, or correct the option runtime_config",
        _VARIABLES,
    ),
    "host": ("Set the canonical host in the variables that the settings are made of", _VARIABLES),
    "graphql": ("Read the error and the logs of the server", _GRAPHQL),
}

_QUERY: Final = '{"query":"{__typename}"}'


def remedy(rule: str, url: str, service: Service, ctx: Context) -> Remediation:
    """What to do, with commands that look only."""
    environment = ctx.environment
    asked = ("-H", "Content-Type: application/json", "-d", _QUERY) if rule == "graphql" else ()
    # What a page names may be any address: only what a browser would follow is asked.
    commands = []
    if to_follow(url) is not None:
        commands.append(looks(*curl(url, *asked, ca_file=environment.ca_file)))
    if rule in {"build-mismatch", "host"} and service.cloud_run is not None:
        project, region = environment.project_of(service), environment.region_of(service)
        fields = projections.SERVICE_VARIABLES if rule == "host" else projections.SERVICE
        commands.append(describe_service(service.cloud_run, project, region, fields))
    summary, docs = _ADVICE[rule]
    return Remediation(summary, tuple(commands), docs)
