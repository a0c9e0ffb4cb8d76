"""What to do about what the logs tell, as commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from netra_validate import projections
from netra_validate.model import Command, Remediation, RevisionRef, Rollout
from netra_validate.remedies import (
    describe_revision,
    gcloud,
    looks,
    remedy,
    serve_only,
    unserved,
    update_service,
)

if TYPE_CHECKING:
    from netra_validate.clients.google.settings import SecretUse

_DOCS: Final = "https://cloud.google.com/run/docs"
TROUBLE: Final = f"{_DOCS}/troubleshooting"

_MEND: Final = {
    "missing-module": (
        "Add {what} to what the image is built from, build it, and deploy it again",
        f"{_DOCS}/troubleshooting#container-failed-to-start",
    ),
    "secret-whitespace": (
        "{what}, then deploy",
        f"{_DOCS}/configuring/services/secrets",
    ),
    "validation-timeout": (
        "Look at the way to the database first: connector, egress, attachment, then its state",
        "https://cloud.google.com/sql/docs/postgres/connect-run",
    ),
    "database-timeout": (
        "Look at the way to the database first: connector, egress, attachment, then its state",
        "https://cloud.google.com/sql/docs/postgres/connect-run",
    ),
    "exited": ("Read what it said before it ended, and mend that", TROUBLE),
    "port-not-listened": (
        "Let the program listen on 0.0.0.0 and the port that $PORT names",
        f"{_DOCS}/container-contract#port",
    ),
    "redirect-mismatch": (
        "Add the address that the service gives to the OAuth client's redirect addresses",
        "https://developers.google.com/identity/protocols/oauth2/web-server",
    ),
    "silent-errors": (
        "Write the sentence under `message` of a structured entry, or as plain text",
        f"{_DOCS}/logging#writing_structured_logs",
    ),
}

_FIELDS: Final = {
    "memory-limit": projections.SETTINGS,
    "port-not-listened": projections.PORTS,
    "secret-whitespace": projections.VARIABLES,
}
"""What of a revision to look at, by the name of the rule."""

_UNTOLD: Final = Rollout()

_MOST_SECRETS: Final = 3
"""Whose versions a remedy lists."""


@dataclass(frozen=True, slots=True)
class Place:
    """One revision of the configured service."""

    service: str
    revision: str
    project: str
    region: str
    traffic: tuple[tuple[str, int], ...] = ()
    """What was asked for: ``LATEST`` or a revision, and its percentage."""
    previous: str | None = None
    """A revision that is ready, to go back to; None where this one has no traffic."""
    serving: tuple[str, ...] = ()
    """The revisions that have the traffic, where this one has none."""
    tag: str | None = None
    """Of the candidate that is judged in place of what serves."""
    rollout: Rollout = _UNTOLD
    """What the next revision starts from."""
    memory: str | None = None
    """Its limit, such as ``512Mi``."""
    secrets: tuple[SecretUse, ...] = ()
    """All that it reads."""
    variables: tuple[str, ...] = ()
    """Names of the variables that it is given without a secret."""

    @property
    def only_looked_at(self) -> Place:
        """The same where nothing is to be changed: its remedies only look."""
        return replace(self, previous=None, serving=(), memory=None)

    @property
    def logs(self) -> Command:
        """Look at what it wrote."""
        return looks(
            *gcloud(
                "run", "services", "logs", "read", self.service,
                f'--log-filter=resource.labels.revision_name="{self.revision}"', "--limit=100",
                project=self.project, region=self.region,
            )
        )  # fmt: skip

    def describe(self, kind: str = "") -> Command:
        """Look at what a rule is about, by its name."""
        fields = _FIELDS.get(kind, projections.REVISION)
        return describe_revision(self.revision, self.project, self.region, fields)

    @property
    def ref(self) -> RevisionRef:
        """The revision itself."""
        return RevisionRef(self.project, self.region, self.service, self.revision)

    @property
    def rollback(self) -> tuple[Command, ...]:
        """All traffic to the revision that was ready before."""
        if self.previous is None:
            return ()
        return (serve_only(self.ref._replace(name=self.previous), self.traffic),)


def mend(place: Place, kind: str, what: str = "", secrets: Sequence[SecretUse] = ()) -> Remediation:
    """For what logs tell, by the name of its rule.

    Args:
        place: the revision.
        kind: the name of the rule.
        what: the module that is missing, or what to do about white space.
        secrets: those that it may be about.
    """
    if kind == "memory-limit":
        return _more_memory(place)
    words, docs = _MEND[kind]
    summary = words.format(what=what or "the module")
    back: tuple[Command, ...] = ()
    then = ""
    if kind not in {"redirect-mismatch", "silent-errors"}:
        back = place.rollback
        take_over = f"; meanwhile {place.previous} can take the traffic"
        then = take_over if back else unserved(place.serving)
    return remedy(
        f"{summary}{then}",
        place.logs,
        place.describe(kind),
        *_versions(secrets),
        *back,
        docs=docs,
        unmoved=summary if back else None,
    )


def _versions(secrets: Sequence[SecretUse]) -> Iterator[Command]:
    """When versions of secrets were added: that is where to look first."""
    names = dict.fromkeys((use.secret, use.project) for use in secrets)
    for secret, project in list(names)[:_MOST_SECRETS]:
        yield looks(*gcloud("secrets", "versions", "list", secret, project=project))


def _more_memory(place: Place) -> Remediation:
    """Twice as much as now, where that is known."""
    size = re.fullmatch(r"(\d{1,5})(Mi|Gi)", place.memory or "")
    more = (
        update_service(
            place.service,
            (f"--memory={int(size[1]) * 2}{size[2]}",),
            (f"--memory={size[0]}",),
            place.project,
            place.region,
            tag=place.tag,
            risk="each instance costs more",
            rollout=place.rollout,
        ),
    ) if size else ()  # fmt: skip
    return remedy(
        "Give each instance more memory, or find what holds it",
        place.logs,
        place.describe("memory-limit"),
        *more,
        docs=f"{_DOCS}/configuring/services/memory-limits",
    )


def follow(place: Place, advice: str) -> Remediation:
    """For a signature of the configuration."""
    summary = advice or "Read what was logged around it"
    return remedy(summary, place.logs, place.describe(), docs=TROUBLE)
