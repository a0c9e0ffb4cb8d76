"""The predefined roles of Google Cloud that ``gcloud`` commands of remedies take.

For each command the least role that has what it asks the API for. A role may be granted on the
resource alone; a custom role with the same permissions does as well. Pure.

Sources: Google's pages, beside each; what each role permits as
https://cloud.google.com/iam/docs/roles-permissions lists it, and its copy as data,
https://github.com/iann0036/iam-dataset (``gcp/roles/*.json``); what a command asks for in the Cloud
SDK itself (528.0.0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from netra_validate.model import Effect

Path = tuple[str, ...]

_DEPLOYS: Final = ("roles/run.developer", "roles/iam.serviceAccountUser")
"""The second on the account that the service runs as."""

_ACTING: Final[Mapping[Path, tuple[str, ...]]] = {
    # https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration#required_roles
    ("run", "services", "update"): _DEPLOYS,
    ("run", "services", "update-traffic"): _DEPLOYS,
    # The first has run.jobs.run and run.executions.cancel only, and calls no service, unlike
    # roles/run.invoker. To see it start, gcloud asks for the execution then: run.executions.get.
    ("run", "jobs", "execute"): ("roles/run.jobsExecutor", "roles/run.viewer"),
    # run.services.setIamPolicy is the admin's alone, not the developer's.
    ("run", "services", "add-iam-policy-binding"): ("roles/run.admin",),
    # cloudsql.instances.get and .update.
    ("sql", "instances", "patch"): ("roles/cloudsql.editor",),
    # The only one with vpcaccess.connectors.create and .update.
    ("compute", "networks", "vpc-access", "connectors"): ("roles/vpcaccess.admin",),
    # compute.backendServices.get and .update, compute.globalOperations.get:
    # https://cloud.google.com/load-balancing/docs/access-control
    ("compute", "backend-services", "update"): ("roles/compute.loadBalancerAdmin",),
    # https://cloud.google.com/secret-manager/docs/manage-access-to-secrets#required-roles
    ("secrets", "add-iam-policy-binding"): ("roles/secretmanager.admin",),
    # https://cloud.google.com/secret-manager/docs/enable-secret-version
    ("secrets", "versions"): ("roles/secretmanager.secretVersionManager",),
    # https://cloud.google.com/iam/docs/granting-changing-revoking-access#required-permissions
    ("projects", "add-iam-policy-binding"): ("roles/resourcemanager.projectIamAdmin",),
}
"""Of commands that change something."""

_READING: Final[Mapping[Path, tuple[str, ...]]] = {
    # Policies too: run.services.getIamPolicy.
    ("run",): ("roles/run.viewer",),
    # logging.logEntries.list. These two ask Cloud Logging alone, with a filter.
    ("run", "jobs", "logs"): ("roles/logging.viewer",),
    ("run", "services", "logs"): ("roles/logging.viewer",),
    ("logging",): ("roles/logging.viewer",),
    # cloudsql.instances.get and .list, cloudsql.users.list; operations by cloudsql.instances.get.
    ("sql",): ("roles/cloudsql.viewer",),
    # Everything that has a name there, health of backends by compute.backendServices.get.
    ("compute",): ("roles/compute.viewer",),
    # certificatemanager.certs.get, certificatemanager.certmapentries.list.
    ("certificate-manager",): ("roles/certificatemanager.viewer",),
    # vpcaccess.connectors.get and .list, which roles/compute.viewer lacks.
    ("compute", "networks", "vpc-access"): ("roles/vpcaccess.viewer",),
    # secretmanager.versions.list and secretmanager.secrets.getIamPolicy; no version's value.
    ("secrets",): ("roles/secretmanager.viewer",),
    # iam.serviceAccounts.list.
    ("iam", "service-accounts"): ("roles/iam.serviceAccountViewer",),
    # resourcemanager.projects.getIamPolicy.
    ("projects",): ("roles/browser",),
}
"""Of commands that only read."""


def needed(argv: Sequence[str], effect: Effect) -> tuple[str, ...]:
    """The roles that it takes to run a command; none for what is no ``gcloud``, or not known here.

    Args:
        argv: programme and arguments.
        effect: of the command: a group that reads with one role changes with another.
    """
    if not argv or argv[0] != "gcloud":
        return ()
    words = tuple(word for word in argv[1:] if not word.startswith("-"))
    table = _READING if effect is Effect.READS else _ACTING
    paths = (words[:length] for length in range(len(words), 0, -1))
    return next((table[path] for path in paths if path in table), ())
