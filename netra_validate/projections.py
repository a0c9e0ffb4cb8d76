"""What commands that describe a resource are to show: never a value that may be a secret. Pure.

Plain environment variables hold passwords more often than they should, headers hold keys, and what
a terminal or a log of a build showed stays there. So every command of a remedy or of ``explain``
that would print such values names the fields that are of use, and names of variables and of secrets
among them.

Sources: https://cloud.google.com/sdk/gcloud/reference/topic/projections, and the messages behind
the fields: https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services,
…/namespaces.revisions, …/namespaces.jobs, …/namespaces.executions,
https://cloud.google.com/compute/docs/reference/rest/v1/backendServices and …/urlMaps.
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

SHOWN: Final[dict[Path, tuple[str, ...]]] = {
    ("run", "services", "describe"): SERVICE,
    ("run", "revisions", "describe"): REVISION,
    ("run", "jobs", "describe"): JOB,
    ("run", "jobs", "executions", "describe"): EXECUTION,
    ("compute", "backend-services", "describe"): BACKEND_SERVICE,
    ("compute", "url-maps", "describe"): URL_MAP,
}
"""The commands of ``gcloud`` that print more than is good, and what they are to show instead."""


def flag(fields: Sequence[str]) -> str:
    """The flag with which a command of ``gcloud`` shows these fields alone."""
    return f"--format=yaml({','.join(fields)})"


def flags(words: Sequence[str]) -> tuple[str, ...]:
    """The flags to add to a command of ``gcloud``, so that it shows no value that may be a secret.

    Args:
        words: what follows ``gcloud``. One that says itself what to show is left alone.
    """
    if any(word.partition("=")[0] == "--format" for word in words):
        return ()
    return tuple(flag(SHOWN[path]) for path in SHOWN if tuple(words[: len(path)]) == path)
