"""Which permission each need comes down to, and which roles are known to hold it. Pure.

Sources, as of September 2025: https://cloud.google.com/sql/docs/postgres/iam-roles (``cloudsql.*``
for owner and, but for policies, for editor), https://cloud.google.com/iam/docs/roles-permissions
for ``secretmanager`` and ``run``, and https://cloud.google.com/run/docs/securing/managing-access
("only project owners and editors can … invoke"). The basic role editor may not read what is in a
secret. Roles that are not here are asked of IAM, which knows them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CONNECT: Final = "cloudsql.instances.connect"
ACCESS: Final = "secretmanager.versions.access"
INVOKE: Final = "run.routes.invoke"

HOLDERS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        CONNECT: frozenset(
            {
                "roles/cloudsql.client",
                "roles/cloudsql.editor",
                "roles/cloudsql.admin",
                "roles/editor",
                "roles/owner",
            }
        ),
        ACCESS: frozenset(
            {"roles/secretmanager.secretAccessor", "roles/secretmanager.admin", "roles/owner"}
        ),
        INVOKE: frozenset(
            {
                "roles/run.invoker",
                "roles/run.servicesInvoker",
                "roles/run.admin",
                "roles/editor",
                "roles/owner",
            }
        ),
    }
)
"""Predefined and basic roles by permission."""

WITHOUT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        CONNECT: frozenset(
            {"roles/viewer", "roles/cloudsql.viewer", "roles/cloudsql.instanceUser"}
        ),
        ACCESS: frozenset({"roles/viewer", "roles/editor", "roles/secretmanager.viewer"}),
        INVOKE: frozenset({"roles/viewer", "roles/run.viewer"}),
    }
)
"""Roles that may be taken for holders and are none."""


def is_predefined(role: str) -> bool:
    """Whether Google made it; others are a project's or an organisation's own."""
    return role.startswith("roles/")
