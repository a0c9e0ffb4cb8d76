"""The predefined roles of Google Cloud that ``gcloud`` commands of remedies take.

For each command the least role that Google's pages name for what it does. A role may be granted on
the resource alone; a custom role with the same permissions does as well. Pure.
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
    # https://cloud.google.com/run/docs/execute/jobs#required-roles
    ("run", "jobs", "execute"): ("roles/run.invoker",),
    # Setting a policy is left to the admin: https://cloud.google.com/run/docs/reference/iam/roles
    ("run", "services", "add-iam-policy-binding"): ("roles/run.admin",),
    # https://cloud.google.com/sql/docs/postgres/iam-roles: cloudsql.instances.update
    ("sql", "instances", "patch"): ("roles/cloudsql.editor",),
    # https://cloud.google.com/iam/docs/roles-permissions/vpcaccess
    ("compute", "networks", "vpc-access", "connectors"): ("roles/vpcaccess.admin",),
    # https://cloud.google.com/load-balancing/docs/access-control
    ("compute", "backend-services", "update"): ("roles/compute.loadBalancerAdmin",),
    # https://cloud.google.com/secret-manager/docs/manage-access-to-secrets#required-roles
    ("secrets", "add-iam-policy-binding"): ("roles/secretmanager.admin",),
    # https://cloud.google.com/iam/docs/granting-changing-revoking-access#required-permissions
    ("projects", "add-iam-policy-binding"): ("roles/resourcemanager.projectIamAdmin",),
}
"""Of commands that change something."""

_READING: Final[Mapping[Path, tuple[str, ...]]] = {
    # https://cloud.google.com/run/docs/reference/iam/roles: policies too
    ("run",): ("roles/run.viewer",),
    # https://cloud.google.com/logging/docs/access-control
    ("run", "jobs", "logs"): ("roles/run.viewer", "roles/logging.viewer"),
    ("run", "services", "logs"): ("roles/run.viewer", "roles/logging.viewer"),
    ("logging",): ("roles/logging.viewer",),
    # https://cloud.google.com/sql/docs/postgres/iam-roles
    ("sql",): ("roles/cloudsql.viewer",),
    # https://cloud.google.com/iam/docs/roles-permissions/compute
    ("compute",): ("roles/compute.viewer",),
    # https://cloud.google.com/certificate-manager/docs/access-control
    ("certificate-manager",): ("roles/certificatemanager.viewer",),
    # https://cloud.google.com/iam/docs/roles-permissions/vpcaccess
    ("compute", "networks", "vpc-access"): ("roles/vpcaccess.viewer",),
    # https://cloud.google.com/secret-manager/docs/access-control: policies too
    ("secrets",): ("roles/secretmanager.viewer",),
    # https://cloud.google.com/iam/docs/roles-permissions/iam
    ("iam", "service-accounts"): ("roles/iam.serviceAccountViewer",),
    # https://cloud.google.com/iam/docs/roles-permissions/browser: resourcemanager.projects.*
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
