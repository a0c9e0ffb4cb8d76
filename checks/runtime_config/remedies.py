"""What to do about variables and secrets. No value is ever printed, and no flag switched on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate import projections
from netra_validate.model import Command, Remediation, RevisionRef, Rollout
from netra_validate.plain_words import list_flag
from netra_validate.remedies import (
    Argv,
    NoUndo,
    changes,
    describe_revision,
    gcloud,
    looks,
    remedy,
    update_service,
)

if TYPE_CHECKING:
    from netra_validate.clients.google.settings import SecretUse

_VARIABLES: Final = "https://cloud.google.com/run/docs/configuring/services/environment-variables"
_SECRETS: Final = "https://cloud.google.com/run/docs/configuring/services/secrets"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is."""

    name: str
    project: str
    region: str
    tag: str | None = None
    """Of the candidate that is judged in place of what serves."""

    def describe(self, revision: str) -> Command:
        """Look at what the variables of a revision are called, and where secrets come from."""
        return describe_revision(revision, self.project, self.region, projections.VARIABLES)

    def revision(self, name: str) -> RevisionRef:
        """One of its revisions."""
        return RevisionRef(self.project, self.region, self.name, name)

    @property
    def list_revisions(self) -> Command:
        """Look at all that it has."""
        words = ("run", "revisions", "list", f"--service={self.name}")
        return looks(*gcloud(*words, project=self.project, region=self.region))


def set_anew(place: Place, revision: str, what: str) -> Remediation:
    """For a value that only a person knows."""
    return remedy(f"{what}; then deploy {place.name}", place.describe(revision), docs=_VARIABLES)


def take_away(
    place: Place, revision: str, name: str, containers: Sequence[str] | None, rollout: Rollout
) -> Remediation:
    """For a flag that switches a safeguard off. Switching it off again is no undo worth offering.

    Args:
        place: of the service.
        revision: that has it.
        name: of the flag.
        containers: that have it, where there are several; None where it is not told which.
        rollout: what the next revision starts from.
    """
    update = () if containers is None else (
        update_service(
            place.name,
            (list_flag("--remove-env-vars", [name]),),
            NoUndo("It would switch the safeguard off again"),
            place.project,
            place.region,
            tag=place.tag,
            risk="it may refuse to start, and then says what it lacks",
            rollout=rollout,
            containers=containers,
        ),
    )  # fmt: skip
    return remedy(
        f"Take {name} away, and mend what the service then says is missing",
        place.describe(revision),
        *update,
        docs=_VARIABLES,
    )


def into_a_secret(place: Place, name: str) -> Remediation:
    """For a secret in the clear."""
    return remedy(
        f"Put the value of {name} into Secret Manager, let {place.name} take it from there, and"
        " rotate it: old revisions keep the old one",
        place.list_revisions,
        looks(*gcloud("secrets", "list", project=place.project)),
        docs=_SECRETS,
    )


def another_version(
    place: Place, revision: str, use: SecretUse, disabled: str | None
) -> Remediation:
    """For a version that cannot be read.

    Args:
        place: of the service.
        revision: that names it.
        use: of the secret.
        disabled: the number of the version, where to enable it is all that it takes.
    """
    first = "Enable the version" if disabled else "Add a version"
    return remedy(
        f"{first}, or let {place.name} use one that is enabled",
        place.describe(revision),
        _versions(use),
        *([_enable(use, disabled)] if disabled else []),
        docs=_SECRETS,
    )


def _enable(use: SecretUse, number: str) -> Command:
    """https://cloud.google.com/secret-manager/docs/enable-secret-version."""

    def command(verb: str) -> Argv:
        words = ("secrets", "versions", verb, number, f"--secret={use.secret}")
        return gcloud(*words, project=use.project)

    return changes(
        command("enable"),
        command("disable"),
        risk="Whoever may read the secret reads this version again: somebody may have disabled it"
        " because it is known to others",
    )


def newer_version(place: Place, revision: str, use: SecretUse, newest: str) -> Remediation:
    """For a pin to an older version."""
    return remedy(
        f"Deploy {place.name} with version {newest} for {use.used_as}, once that is the one that"
        " counts",
        place.describe(revision),
        _versions(use),
        docs=_SECRETS,
    )


def _versions(use: SecretUse) -> Command:
    return looks(*gcloud("secrets", "versions", "list", use.secret, project=use.project))
