"""What commands that look are to show: never a value that may be a secret. Pure.

Plain environment variables hold passwords more often than they should, headers hold keys, and what
a terminal or a log of a build showed stays there. So every command of a remedy or of ``explain``
that would print such values names the fields that are of use, and names of variables and of secrets
among them. Logs of requests hold whole addresses, and with them the tickets and codes of their
queries: of those only what came of a request is shown.

Sources: https://cloud.google.com/sdk/gcloud/reference/topic/projections, and the messages behind
the fields: https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services,
…/namespaces.revisions, …/namespaces.jobs, …/namespaces.executions,
https://cloud.google.com/compute/docs/reference/rest/v1/backendServices and …/urlMaps,
https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Path = tuple[str, ...]

SERVICE: Final = (
    "spec.template.metadata.annotations",
    "spec.template.spec.serviceAccountName",
    "spec.traffic",
    "status",
)
"""Of a Cloud Run service: what its latest revision is given, where its traffic is to go and goes,
and its conditions. Its own annotations may hold the variables of its build."""

# In single quotes: double ones are lost on the way out of PowerShell before 7.3.
INGRESS: Final = (
    "metadata.annotations.'run.googleapis.com/ingress'",
    "metadata.annotations.'run.googleapis.com/ingress-status'",
)
"""Of a Cloud Run service: from where it is to be reached, and can be."""

SERVICE_VARIABLES: Final = ("spec.template.spec.containers[].env[].name",)
"""Of a Cloud Run service: what the variables of its latest revision are called."""

REVISION: Final = (
    "metadata.annotations",
    "spec.serviceAccountName",
    "spec.containers[].resources",
    "status.conditions",
)
"""Of a revision: its way into the network, its databases, what it is given, and its conditions."""

SETTINGS: Final = (
    "metadata.annotations",
    "spec.timeoutSeconds",
    "spec.containerConcurrency",
    "spec.containers[].ports",
    "spec.containers[].resources",
)
"""Of a revision: what can be set for the service and is the same for all its instances."""

VARIABLES: Final = ("spec.containers[].env[].name", "spec.containers[].env[].valueFrom")
"""Of a revision: what its variables are called, and which secrets they come from."""

PORTS: Final = (
    "spec.containers[].ports",
    "spec.containers[].startupProbe.tcpSocket",
    "spec.containers[].startupProbe.httpGet.port",
    "spec.containers[].livenessProbe.httpGet.port",
)
"""Of a revision: the port that takes its requests, and those that are probed."""

IMAGES: Final = ("spec.containers[].image", "status.imageDigest")
"""Of a revision: what it was told to run, and what it runs."""

JOB: Final = (
    "spec.template.metadata.annotations",
    "spec.template.spec.template.spec.serviceAccountName",
    "spec.template.spec.template.spec.timeoutSeconds",
    "spec.template.spec.template.spec.maxRetries",
    "status",
)
"""Of a job: how often and how long it tries, as whom, and what came of it last."""

EXECUTION: Final = ("status",)
"""Of an execution of a job: its conditions, how many of its tasks failed, and where its log is."""

BACKEND_SERVICE: Final = (
    "backends",
    "healthChecks",
    "loadBalancingScheme",
    "protocol",
    "securityPolicy",
    "timeoutSec",
    "iap.enabled",
)
"""Of a backend service: without the headers that it adds, and without the client of its proxy."""

URL_MAP: Final = (
    "defaultService",
    "hostRules",
    "pathMatchers[].name",
    "pathMatchers[].defaultService",
    "pathMatchers[].pathRules[].paths",
    "pathMatchers[].pathRules[].service",
    "pathMatchers[].routeRules[].matchRules[].prefixMatch",
    "pathMatchers[].routeRules[].service",
)
"""Of a URL map: which host and path lead where, without the headers that are matched or added."""

LOG_ENTRIES: Final = (
    "timestamp",
    "severity",
    "logName",
    "textPayload",
    "jsonPayload.message",
    "jsonPayload.statusDetails",
    "httpRequest.requestMethod",
    "httpRequest.status",
    "httpRequest.latency",
    "resource.labels.backend_service_name",
)
"""Of the entries of a log: what a program said, and what came of a request."""

SAID: Final = "logName:(stderr OR stdout OR system)"
"""The filter of a service's log for what its program said, and Cloud Run of its instances
(``run.googleapis.com/varlog/system``). ``gcloud run services logs read`` prints of the log of
requests method, status and the whole address, and knows no ``--format``
(``api_lib/logging/formatter.py`` of the Cloud SDK); requests would also take up its ``--limit``."""

_LOG: Final = ("run", "services", "logs", "read")
_FILTER: Final = "--log-filter"

SHOWN: Final[dict[Path, tuple[str, ...]]] = {
    ("run", "services", "describe"): SERVICE,
    ("run", "revisions", "describe"): REVISION,
    ("run", "jobs", "describe"): JOB,
    ("run", "jobs", "executions", "describe"): EXECUTION,
    ("compute", "backend-services", "describe"): BACKEND_SERVICE,
    ("compute", "url-maps", "describe"): URL_MAP,
    ("logging", "read"): LOG_ENTRIES,
}
"""The commands of ``gcloud`` that print more than is good, and what they are to show instead."""

FIELDS: Final = frozenset(
    field
    for fields in (
        *SHOWN.values(), INGRESS, SERVICE_VARIABLES, SETTINGS, VARIABLES, PORTS, IMAGES,
    )
    for field in fields
)  # fmt: skip
"""Every field that is ever shown so."""


def flag(fields: Sequence[str]) -> str:
    """The flag with which a command of ``gcloud`` shows these fields alone."""
    return f"--format=yaml({','.join(fields)})"


def bounded(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a command of ``gcloud``, so that it shows no value that may be a secret.

    Args:
        words: what follows ``gcloud``. One that says itself what to show is left alone.
    """
    filtered = _saying(words) if tuple(words[: len(_LOG)]) == _LOG else tuple(words)
    return (*filtered, *flags(filtered))


def _saying(words: Sequence[str]) -> tuple[str, ...]:
    """A command that reads a service's log, without its requests."""
    if not any(word.startswith(f"{_FILTER}=") for word in words):
        return (*words, f"{_FILTER}={SAID}")
    return tuple(_narrowed(word) if word.startswith(f"{_FILTER}=") else word for word in words)


def _narrowed(word: str) -> str:
    return word if word.endswith(SAID) else f"{word} AND {SAID}"


def flags(words: Sequence[str]) -> tuple[str, ...]:
    """The flags to add to a command of ``gcloud``, so that it shows no value that may be a secret.

    Args:
        words: what follows ``gcloud``. One that says itself what to show is left alone.
    """
    if any(word.partition("=")[0] == "--format" for word in words):
        return ()
    return tuple(flag(SHOWN[path]) for path in SHOWN if tuple(words[: len(path)]) == path)
