"""How to see a load balancer by hand, and what its faults usually hide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import CURL, PLACE, SHAKE, ByHand, see

_GCLOUD: Final = "gcloud compute"
_MAP: Final = f"{_GCLOUD} url-maps describe {{url_map}} --global --project={{project}}"
_GROUP: Final = f"{_GCLOUD} network-endpoint-groups describe {{group}} {PLACE}"
_BACKENDS: Final = f"{_GCLOUD} backend-services list --project={{project}}"
_BACKEND: Final = (
    f"{_GCLOUD} backend-services describe {{backend_service}} --global --project={{project}}"
)
_RULES: Final = f"{_GCLOUD} forwarding-rules list --project={{project}}"
_PROXIES: Final = f"{_GCLOUD} target-https-proxies list --project={{project}}"
_CERTIFICATES: Final = f"{_GCLOUD} ssl-certificates list --project={{project}}"
_CERTIFICATE: Final = (
    f"{_GCLOUD} ssl-certificates describe {{certificate}} --global --project={{project}}"
)
_SERVICES: Final = f"gcloud run services list {PLACE}"
_CHECKS: Final = f"{_GCLOUD} health-checks list --project={{project}}"
_SHAKE: Final = f"{SHAKE} https://{{host}}/"

RULES: Final[Mapping[str, ByHand]] = {
    "not-found": see(
        f"{_GCLOUD} url-maps list --project={{project}}",
        hides="A load balancer that was made anew under another name, or that is a regional one."
        " The console shows the name of the URL map as that of the load balancer.",
    ),
    "no-route": see(
        _GROUP,
        _MAP,
        _SERVICES,
        hides="A deploy that is right in every way and under another spelling than the one that is"
        " routed to. The old service goes on answering, so that nothing looks broken but the change"
        " is `not there`.",
    ),
    "wrong-route": see(
        _MAP,
        f"{CURL} {{endpoint}}",
        hides="200 from the wrong service: a frontend that answers for the backend is healthy for"
        " every monitor that looks at the status.",
    ),
    "missing-service": see(
        _GROUP,
        _SERVICES,
        hides="A service that was renamed or deleted; a serverless group takes any name and never"
        " looks. Users get the load balancer's own page, which is taken for an outage of Google's.",
    ),
    "no-backends": see(
        _BACKENDS,
        _MAP,
        hides="A change of infrastructure that stopped half-way. The service behind is well, and"
        " its logs are empty, since no request reaches it.",
    ),
    "timeout-too-short": see(
        _MAP,
        _BACKEND,
        hides="Connections that all end after the same round number of seconds. Clients connect"
        " again, so that it shows as lost messages and not as an error.",
    ),
    "health-check-path": see(
        f"{_GCLOUD} health-checks describe {{health_check}} --global --project={{project}}",
        _BACKENDS,
        hides="A path that was renamed in the service. Every backend is unwell at once, which looks"
        " like an outage of all of them.",
    ),
    "unhealthy-backends": see(
        f"{_GCLOUD} backend-services get-health {{backend_service}} --global --project={{project}}",
        _CHECKS,
        f"{_GCLOUD} firewall-rules list --project={{project}}",
        hides="A firewall that does not let Google's probes in (35.191.0.0/16 and 130.211.0.0/22),"
        " while the backends are well; or really unwell ones, which their own logs tell.",
    ),
    "not-passed-on": see(
        f"{CURL} {{endpoint}}",
        "gcloud logging read 'resource.type=\"http_load_balancer\" AND httpRequest.status>=502'"
        " --limit=20 --project={project}",
        _MAP,
        hides="It is taken for the service, whose own address answers 200. `statusDetails` in the"
        " load balancer's log says why it did not pass on.",
    ),
    "unused-health-check": see(
        _CHECKS,
        _BACKENDS,
        hides="A green light that is wired to nothing: serverless groups have no health check, and"
        " somebody believes that this one protects the service.",
    ),
    "certificate-provisioning": see(
        _CERTIFICATE,
        _RULES,
        "nslookup {host}",
        hides="A record that leads elsewhere, so that it never ends. People wait for it, or create"
        " the certificate again, which starts from the beginning.",
    ),
    "certificate-failed": see(
        _CERTIFICATE,
        "nslookup {host}",
        hides="A record of the name, or a CAA record, that somebody changed long ago: a renewal"
        " only fails months later. One domain of several suffices to fail the whole certificate.",
    ),
    "certificate-expiring": see(
        _CERTIFICATES,
        _SHAKE,
        hides="That a new one was uploaded and the proxy still presents the old: compare what is"
        " presented with what is listed.",
    ),
    "uncovered-host": see(
        _CERTIFICATES,
        _SHAKE,
        hides="A host that is a level deeper than the wildcard: `*.example.com` does not cover"
        " `api.staging.example.com`. Clients say `certificate`, people hear `expired`.",
    ),
    "unmapped-host": see(
        "gcloud certificate-manager maps entries list --map={name} --project={project}",
        _SHAKE,
        hides="A certificate that is there and valid, and is not in the map: the proxy ignores its"
        " own list as soon as it has a map.",
    ),
    "no-frontend": see(
        _PROXIES,
        _RULES,
        hides="That another URL map is in use: this one is of before a move, and whoever corrects"
        " it corrects nothing.",
    ),
    "address-mismatch": see(
        "nslookup {host}",
        _RULES,
        hides="A record of an older load balancer, which may still answer with old content; and a"
        " managed certificate that cannot be renewed as long as this is so.",
    ),
}
