"""Who the sandbox's services run as, and what those accounts may do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from google.iam.v1.policy_pb2 import Binding, Policy
from google.type.expr_pb2 import Expr

from netra_validate.sandbox.names import PARENT, PROJECT, SERVICES
from netra_validate.sandbox.variables import DATABASE_PASSWORD, JWT_SECRET, secret_name

PROJECT_NAME: Final = f"projects/{PROJECT}"
PROJECT_NUMBER: Final = 314159265358
FOLDER: Final = "folders/271828182845"
ORGANIZATION: Final = "organizations/161803398874"
PARENTS: Final = {PROJECT_NAME: FOLDER, FOLDER: ORGANIZATION}

DEFAULT_ACCOUNT: Final = f"{PROJECT_NUMBER}-compute@developer.gserviceaccount.com"

ROLES: Final = {
    "roles/logging.logWriter": ("logging.logEntries.create", "logging.logEntries.route"),
    f"{PROJECT_NAME}/roles/backend": ("cloudsql.instances.connect", "cloudsql.instances.get"),
}
"""Permissions by role, of those that IAM is asked for."""


def account(key: str) -> str:
    """The e-mail address of the account of a service, by its name in the configuration."""
    return f"{SERVICES[key]}@{PROJECT}.iam.gserviceaccount.com"


def member(key: str) -> str:
    """The account as a policy names it."""
    return f"serviceAccount:{account(key)}"


def binding(role: str, members: Iterable[str], condition: str = "") -> Binding:
    """One role and who has it."""
    expression = Expr(title="sandbox", expression=condition) if condition else None
    return Binding(role=role, members=list(members), condition=expression)


def policies() -> dict[str, Policy]:
    """The policy of every resource that has one, by its full name."""
    with_database = [member("backend"), member("auth")]
    reads = binding("roles/secretmanager.secretAccessor", with_database)
    return {
        PROJECT_NAME: Policy(
            bindings=[
                binding("roles/cloudsql.client", with_database),
                binding("roles/logging.logWriter", map(member, SERVICES)),
                binding("roles/owner", ["user:owner@netra.example"]),
            ]
        ),
        FOLDER: Policy(bindings=[binding("roles/viewer", ["domain:netra.example"])]),
        ORGANIZATION: Policy(bindings=[binding("roles/viewer", ["domain:netra.example"])]),
        secret_name(JWT_SECRET): Policy(bindings=[reads]),
        secret_name(DATABASE_PASSWORD): Policy(bindings=[reads]),
        f"{PARENT}/services/{SERVICES['auth']}": Policy(
            bindings=[binding("roles/run.invoker", [member("backend")])]
        ),
    }
