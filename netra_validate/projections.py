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
    # Other annotations of a service may hold the variables of its build, with their values. In
    # single quotes: double ones are lost on the way out of PowerShell before 7.3.
    "metadata.annotations.'run.googleapis.com/ingress'",
    "spec.template.metadata.annotations",
    "spec.template.spec.serviceAccountName",
    "spec.template.spec.containers[].env[].name",
    "spec.traffic",
    "status",
)
"""Of a Cloud Run service: who may reach it, what its latest revision is given, where its traffic is
to go and goes, and its conditions."""

REVISION: Final = (
    "metadata.annotations",
    "spec.serviceAccountName",
    "spec.containerConcurrency",
    "spec.timeoutSeconds",
    "spec.containers[].image",
    "spec.containers[].ports",
    "spec.containers[].resources",
    "spec.containers[].env[].name",
    "spec.containers[].env[].valueFrom",
    "status.conditions",
)
"""Of a revision: what it is given, where its secrets come from, and its conditions."""

JOB: Final = (
    "spec.template.metadata.annotations",
    "spec.template.spec.template.spec.serviceAccountName",
    "spec.template.spec.template.spec.timeoutSeconds",
    "spec.template.spec.template.spec.maxRetries",
    "spec.template.spec.template.spec.containers[].image",
    "spec.template.spec.template.spec.containers[].env[].name",
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


def of(*words: str) -> str:
    """The flag with which a command shows what is in :data:`SHOWN`.

    Raises:
        KeyError: nothing is known of the command.
    """
    return f"--format=yaml({','.join(SHOWN[words])})"


def flags(words: Sequence[str]) -> tuple[str, ...]:
    """The flags to add to a command of ``gcloud``, so that it shows no value that may be a secret.

    Args:
        words: what follows ``gcloud``. One that says itself what to show is left alone.
    """
    if any(word.partition("=")[0] == "--format" for word in words):
        return ()
    known = (path for path in SHOWN if tuple(words[: len(path)]) == path)
    return tuple(of(*path) for path in known)
