"""What to do about an account. Each grant is of one narrow role, on the narrowest resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate.clients.google.messages import segment, short
from netra_validate.model import Command, Remediation, RevisionRef, Rollout
from netra_validate.remedies import (
    Argv,
    NoUndo,
    changes,
    describe_service,
    gcloud,
    looks,
    remedy,
    update_service,
)

if TYPE_CHECKING:
    from checks.identity.needs import Wanted

_IDENTITY: Final = "https://cloud.google.com/run/docs/securing/service-identity"
_DOCS: Final = {
    "cloud_sql_role": "https://cloud.google.com/sql/docs/postgres/connect-run",
    "secret_access": "https://cloud.google.com/run/docs/configuring/services/secrets",
    "invoker": "https://cloud.google.com/run/docs/authenticating/service-to-service",
    "project_role": "https://cloud.google.com/iam/docs/granting-changing-revoking-access",
}


_NOT_TOLD: Final = NoUndo("The API does not tell which account it runs as now")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is."""

    name: str
    project: str
    region: str
    tag: str | None = None
    """Of the candidate that is judged in place of what serves."""

    def revision(self, name: str) -> RevisionRef:
        """One of its revisions."""
        return RevisionRef(self.project, self.region, self.name, name)

    @property
    def describe(self) -> Command:
        """Look at it."""
        return describe_service(self.name, self.project, self.region)


def own_account(place: Place, current: str, expected: str | None, rollout: Rollout) -> Remediation:
    """For a service that runs as the default account, or as another one than expected."""
    accounts = looks(*gcloud("iam", "service-accounts", "list", project=place.project))
    if expected is None:
        return remedy(
            f"Make an account for {place.name} alone, give it the few roles that it needs, and"
            " deploy with it",
            place.describe,
            accounts,
            docs=_IDENTITY,
        )
    back = (f"--service-account={current}",) if current else _NOT_TOLD
    update = update_service(
        place.name,
        (f"--service-account={expected}",),
        back,
        place.project,
        place.region,
        tag=place.tag,
        risk="it fails where the account lacks a role that the other one has",
        rollout=rollout,
    )
    return remedy(
        f"Deploy {place.name} as {expected}", place.describe, accounts, update, docs=_IDENTITY
    )


def grant(wanted: Wanted, member: str) -> Remediation:
    """For a role that is missing: on the secret or the service alone, else on the project."""
    role = wanted.need.role
    if wanted.callee is not None:
        callee = wanted.callee
        return _bind(
            ("run", "services"), callee.cloud_run, role, member, wanted, callee.project,
            callee.region,
        )  # fmt: skip
    if wanted.secret:
        project = segment(wanted.secret, "projects")
        return _bind(("secrets",), short(wanted.secret), role, member, wanted, project)
    return _bind(("projects",), wanted.project, role, member, wanted)


def _bind(
    group: Argv,
    name: str,
    role: str,
    member: str,
    wanted: Wanted,
    project: str | None = None,
    region: str | None = None,
) -> Remediation:
    def command(verb: str, *flags: str) -> Argv:
        return gcloud(*group, verb, name, *flags, project=project, region=region)

    # Without a condition even where the policy has some: gcloud would stop and ask.
    which = (f"--member={member}", f"--role={role}", "--condition=None")
    return remedy(
        f"Give {role} on {name} to the account; it takes effect within minutes, and a revision that"
        " failed to start for want of it has to be deployed anew",
        looks(*command("get-iam-policy")),
        changes(
            command("add-iam-policy-binding", *which),
            command("remove-iam-policy-binding", *which),
            risk=f"Everything that runs as this account may then do what {role} allows on {name}",
        ),
        docs=_DOCS[wanted.rule],
    )
