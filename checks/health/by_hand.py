"""How to see a service's health by hand, and what a bad answer usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import CURL, LOGS, SERVICE, SHAKE, ByHand, see

_ASK: Final = f"{CURL} {{endpoint}}"
_TIME: Final = (
    "curl -sS -o /dev/null --max-time 30"
    " -w '%{http_code} %{time_connect} %{time_starttransfer} %{time_total}\\n' {endpoint}"
)
_POLICIES: Final = "gcloud compute security-policies list --project={project}"

RULES: Final[Mapping[str, ByHand]] = {
    "unreachable": see(
        _ASK,
        "nslookup {host}",
        f"{SHAKE} {{url}}",
        SERVICE,
        hides="It looks like an outage of the service, and mostly is one of what stands before it:"
        " a record that is gone, a certificate that is not issued yet, a name that nobody serves"
        " any more. The service's own address tells which: if that answers, the service is well.",
    ),
    "malformed": see(
        _ASK,
        LOGS,
        hides="An instance that is ended in the middle of an answer, for want of memory or at its"
        " time limit. Where it is the same at each attempt, another program has the port, or TLS"
        " is spoken to what expects none.",
    ),
    "bad-status": see(
        _ASK,
        LOGS,
        SERVICE,
        hides="A 503 looks like the network and mostly is a start that failed: the start-up log"
        " tells (ModuleNotFoundError, exit 3, a database that did not answer in time). A body that"
        " is no JSON may be the load balancer's or Cloud Run's own: then the service never saw the"
        " request, and its logs have nothing of it.",
    ),
    "unhealthy": see(
        _ASK,
        LOGS,
        hides="A database or a cache that is gone while every monitor is green, because monitors"
        " look at the status 200. What the body names is the symptom; the way to that dependency is"
        " the place to look.",
    ),
    "not-ready": see(
        _ASK,
        LOGS,
        SERVICE,
        hides="A start that waits for a dependency which never comes. It is taken for a slow start,"
        " and the time limit is raised once more; if it still says so after two minutes, it hangs.",
    ),
    "degraded": see(
        _ASK,
        LOGS,
        hides="A dependency that is down for good, hidden by a fall-back that somebody added in an"
        " emergency. A flag such as EMERGENCY_ALLOW_NO_DATABASE is often still on.",
    ),
    "stale": see(
        _ASK,
        f"{CURL} -H 'Cache-Control: no-cache' {{endpoint}}",
        hides="The real state of the service, good or bad: an outage that has ended looks as if it"
        " went on, and one that has begun cannot be seen. The headers Age and Via name the cache.",
    ),
    "wrong-service": see(
        _ASK,
        "gcloud compute url-maps describe {url_map} --global --project={project}",
        "gcloud run services list --region={region} --project={project}",
        hides="A service that was deployed under another spelling (`backend`, `backend-staging`):"
        " it runs, it looks well, and no route leads to it. Whoever answers instead hides that.",
    ),
    "not-json": see(
        _ASK,
        "gcloud compute url-maps describe {url_map} --global --project={project}",
        hides="A single-page application that answers 200 with its start page to every path, so"
        " that the API behind it may be gone. The header Content-Type tells at a glance.",
    ),
    "no-verdict": see(
        _ASK,
        hides="An endpoint that returns a constant and looks at nothing. It stays as it is while"
        " every dependency fails.",
    ),
    "slow": see(
        _TIME,
        LOGS,
        hides="One dependency that the endpoint waits for, mostly the database: its connections are"
        " used up, or the connector is at its limit. More CPU for the service then changes"
        " nothing.",
    ),
    "redirected": see(
        _ASK,
        hides="A login in front of the service (Identity-Aware Proxy, a page of the application),"
        " or a host that was given up. Programs that follow redirects take the login page's 200 for"
        " the service's.",
    ),
    "rate-limited": see(
        _ASK,
        _POLICIES,
        hides="A shared address: other jobs of the same runner or office used up the limit, and"
        " Cloud Armor bans for minutes after that. It says nothing about the service, and asking"
        " again at once makes the ban longer. Where the whole answer is `Rate exceeded.`, nobody"
        " is banned: as many instances run as may, and all are busy.",
    ),
    "forbidden": see(
        _ASK,
        "gcloud run services get-iam-policy {service} --region={region} --project={project}",
        _POLICIES,
        hides="Who refuses: an HTML page is Google's, and the service never saw the request; JSON"
        " is the application's. It is taken for an outage, and people open the service to everyone"
        " instead of asking with a token.",
    ),
}
