"""Projects, what they are in, and who may do what there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, Rejected
from netra_validate.clients.google.access import RESOURCE_MANAGER, Access
from netra_validate.clients.google.messages import short
from netra_validate.clients.google.policies import VERSION, Policy, of_message
from netra_validate.clients.google.shared import Answer

if TYPE_CHECKING:
    from google.cloud import resourcemanager_v3

_LEVELS: Final = 12
"""Resources above a project at most: ten levels of folders
(https://cloud.google.com/resource-manager/docs/creating-managing-folders) and the organisation."""

_TESTED_AT_ONCE: Final = 100
"""Permissions in one question. No limit is documented; more than this is refused."""

_NOTHING: Final = "resourcemanager.projects.get"
"""What a refusal of a question that takes no permission means: the project is not there for us."""

_KINDS: Final = {
    "projects": ("Projects", "project"),
    "folders": ("Folders", "folder"),
    "organizations": ("Organizations", "organization"),
}


@dataclass(frozen=True, slots=True)
class Inherited:
    """The policies of what a project is in, as far as they can be read."""

    policies: tuple[Policy, ...] = ()
    """The nearest first."""
    unread: tuple[str, ...] = ()
    """What could not be read, in words."""


@dataclass(frozen=True, slots=True)
class Held:
    """Which of some permissions the caller has on a project."""

    held: frozenset[str] = frozenset()
    untestable: frozenset[str] = frozenset()
    """What Resource Manager does not take for a permission that a project can grant."""


class ResourceManager:
    """What Resource Manager, version 3, tells in one run of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def project(self, project: str, budget: Budget) -> Answer[resourcemanager_v3.Project]:
        """One project, by its id. Its name holds its number."""
        return self._resource(f"projects/{project}", budget)

    def policy(self, project: str, budget: Budget) -> Answer[Policy]:
        """The policy of a project."""
        return self._policy(f"projects/{project}", budget)

    def held(self, project: str, permissions: Iterable[str], budget: Budget) -> Answer[Held]:
        """Which of these permissions the caller has on a project.

        What is granted on a resource in it, or under a condition that does not hold for the
        project, is not among them. Asking takes no permission
        (https://cloud.google.com/resource-manager/reference/rest/v3/projects/testIamPermissions).
        """
        wanted = sorted(set(permissions))

        async def call(own: Budget) -> Held:
            parts = [
                await self._test(project, wanted[start : start + _TESTED_AT_ONCE], own)
                for start in range(0, len(wanted), _TESTED_AT_ONCE)
            ]
            return _together(parts)

        question = ("held", project, *wanted)
        return self._access.ask(question, f"the permissions on {project}", budget, call)

    async def _test(self, project: str, wanted: list[str], budget: Budget) -> Held:
        """Ask for these, and where one of them spoils the question, for either half."""
        name = f"projects/{project}"
        subject = f"the caller's permissions on the project {project}"
        question = self._access.question(subject, RESOURCE_MANAGER, _NOTHING, name)
        api = await self._access.grpc(RESOURCE_MANAGER, budget)
        try:
            found = await api.call(
                "Projects", "test_iam_permissions", question, budget,
                resource=name, permissions=wanted,
            )  # fmt: skip
        except Rejected:
            if len(wanted) == 1:
                return Held(untestable=frozenset(wanted))
            half = len(wanted) // 2
            return _together([
                await self._test(project, wanted[:half], budget),
                await self._test(project, wanted[half:], budget),
            ])  # fmt: skip
        return Held(frozenset(found.permissions) & frozenset(wanted))

    def inherited(self, project: str, budget: Budget) -> Answer[Inherited]:
        """The policies of the folders and the organisation that a project is in.

        What may not be read is named, and is no error: most who may read a project may not read
        what is above it.
        """

        async def call(own: Budget) -> Inherited:
            return await self._climb(f"projects/{project}", own)

        subject = f"what {project} inherits"
        return self._access.ask(("inherited", project), subject, budget, call)

    async def _climb(self, name: str, budget: Budget) -> Inherited:
        policies: list[Policy] = []
        unread: list[str] = []
        for _ in range(_LEVELS):
            try:
                name = (await self._resource(name, budget)).parent
            except ClientError:
                unread.append(f"what {name} is in")
                break
            if not name:
                break
            try:
                policies.append(await self._policy(name, budget))
            except ClientError:
                unread.append(f"the policy of {name}")
            if name.startswith("organizations/"):
                break
        return Inherited(tuple(policies), tuple(unread))

    def _resource(self, name: str, budget: Budget) -> Answer[Any]:
        service, kind = _KINDS[name.partition("/")[0]]
        subject = f"the {kind} {short(name)}"

        async def call(own: Budget) -> Any:  # noqa: ANN401 - a message
            permission = f"resourcemanager.{service.lower()}.get"
            question = self._access.question(subject, RESOURCE_MANAGER, permission, name)
            api = await self._access.grpc(RESOURCE_MANAGER, own)
            return await api.call(service, f"get_{kind}", question, own, name=name)

        return self._access.ask(("resource", name), subject, budget, call)

    def _policy(self, name: str, budget: Budget) -> Answer[Policy]:
        service, kind = _KINDS[name.partition("/")[0]]
        subject = f"the IAM policy of the {kind} {short(name)}"

        async def call(own: Budget) -> Policy:
            permission = f"resourcemanager.{service.lower()}.getIamPolicy"
            question = self._access.question(subject, RESOURCE_MANAGER, permission, name)
            api = await self._access.grpc(RESOURCE_MANAGER, own)
            request = {"resource": name, "options": {"requested_policy_version": VERSION}}
            return of_message(
                name, await api.call(service, "get_iam_policy", question, own, request=request)
            )

        return self._access.ask(("policy", name), subject, budget, call)


def _together(parts: Iterable[Held]) -> Held:
    """What is known of several sets of permissions."""
    whole = Held()
    for each in parts:
        whole = Held(whole.held | each.held, whole.untestable | each.untestable)
    return whole
