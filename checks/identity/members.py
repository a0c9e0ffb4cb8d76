"""Whether a member of a policy is, or may be, a service account. Pure.

Source: https://cloud.google.com/iam/docs/principal-identifiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_EVERYBODY: Final = frozenset({"allUsers", "allAuthenticatedUsers"})
_NEVER: Final = ("user:", "domain:", "deleted:")
"""A Google account, everybody of a Workspace domain (service accounts are in none), and what was
deleted: a binding of a deleted account stays behind, and counts for no new one of its name."""

_OF_PROJECT: Final = "//cloudresourcemanager.googleapis.com/projects/"
_FEDERATED: Final = ("//iam.googleapis.com/projects/", "//iam.googleapis.com/locations/")


@dataclass(frozen=True, slots=True)
class Account:
    """A service account."""

    email: str
    project_number: str | None = None
    """Of the project that it is in, where that is known."""

    @property
    def member(self) -> str:
        """As a policy names it."""
        return f"serviceAccount:{self.email}"


def includes(member: str, account: Account) -> bool | None:
    """Whether ``member`` is the account or a set that holds it; None where nobody here can tell.

    A group is such: who is in it is not to be learned from IAM.
    """
    if member in _EVERYBODY:
        return True
    kind, _, rest = member.partition(":")
    if kind == "serviceAccount":
        return rest.lower() == account.email.lower()
    if member.startswith(_NEVER):
        return False
    if kind == "principal":
        return rest.endswith(f"/serviceAccounts/{account.email}")
    if kind == "principalSet":
        return _set_includes(rest, account)
    return None


def _set_includes(name: str, account: Account) -> bool | None:
    """Every service account of a project, or identities from elsewhere, which are no accounts."""
    if name.startswith(_FEDERATED):
        return False
    number, _, rest = name.removeprefix(_OF_PROJECT).partition("/")
    if name.startswith(_OF_PROJECT) and rest == "type/ServiceAccount":
        return None if account.project_number is None else number == account.project_number
    return None
