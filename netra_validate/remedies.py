"""Builds the commands of remedies from the user's own names.

Each is a list of arguments, never a line for a shell: quoting is up to whoever prints it. Commands
come in the order in which a person should run them: first those that look, then those that change.
"""

from __future__ import annotations

from collections.abc import Sequence

from netra_validate import scrub
from netra_validate.model import Command, Effect, Remediation

Argv = tuple[str, ...]


def gcloud(*words: str, project: str | None = None, region: str | None = None) -> Argv:
    """One ``gcloud`` command.

    Args:
        words: group, verb, names and flags.
        project: adds ``--project``.
        region: adds ``--region``.
    """
    place = [f"--region={region}"] if region else []
    place += [f"--project={project}"] if project else []
    # Names may come from an API's answer: what is printed to be pasted has no control characters.
    return tuple(scrub.text(word) for word in ("gcloud", *words, *place))


def looks(*argv: str) -> Command:
    """A command that reads."""
    return Command(argv)


def changes(argv: Argv, undo: Argv | None = None) -> Command:
    """A command that changes something. ``undo`` is left out where there is no way back."""
    return Command(argv, Effect.CHANGES, undo)


def restarts(argv: Argv, undo: Argv | None = None) -> Command:
    """A command after which something starts anew: a revision, a database."""
    return Command(argv, Effect.RESTARTS, undo)


def remedy(summary: str, *commands: Command, docs: str | None = None) -> Remediation:
    """What to do, in one sentence that starts with a verb, and the commands for it."""
    return Remediation(summary, commands, docs)


def describe_service(name: str, project: str | None, region: str | None) -> Command:
    """Look at a Cloud Run service."""
    return looks(*gcloud("run", "services", "describe", name, project=project, region=region))


def describe_revision(name: str, project: str | None, region: str | None) -> Command:
    """Look at one revision of a Cloud Run service."""
    return looks(*gcloud("run", "revisions", "describe", name, project=project, region=region))


def update_service(
    name: str,
    flags: Argv,
    undo: Argv | None,
    project: str | None,
    region: str | None,
    *,
    tag: str | None = None,
) -> Command:
    """Deploy a new revision of a Cloud Run service with other settings.

    Args:
        name: of the service.
        flags: what changes.
        undo: the flags that take it back; None where there are none.
        project: it is in.
        region: it is in.
        tag: of a candidate: the new revision takes its tag, and no traffic, as the candidate has
            none.
    """
    aside = () if tag is None else ("--no-traffic", f"--tag={tag}")

    def command(these: Argv) -> Argv:
        words = ("run", "services", "update", name, *these, *aside)
        return gcloud(*words, project=project, region=region)

    made = restarts if tag is None else changes
    return made(command(flags), command(undo) if undo is not None else None)


def serve_only(
    service: str,
    revision: str,
    asked: Sequence[tuple[str, int]],
    project: str | None,
    region: str | None,
) -> Command:
    """Send all traffic of a Cloud Run service to one revision: the way back from a bad deploy.

    Args:
        service: its name.
        revision: short name of the one that is to serve.
        asked: what is asked for now, ``LATEST`` or a revision and its percentage, for the undo.
        project: it is in.
        region: it is in.
    """

    def command(flag: str) -> Argv:
        return gcloud(
            "run", "services", "update-traffic", service, flag, project=project, region=region
        )

    return changes(command(f"--to-revisions={revision}=100"), command(traffic_flag(asked)))


def traffic_flag(asked: Sequence[tuple[str, int]]) -> str:
    """The flag of ``gcloud run services update-traffic`` that asks for this division."""
    if all(name == "LATEST" for name, _ in asked):
        return "--to-latest"
    return "--to-revisions=" + ",".join(f"{name}={percent}" for name, percent in asked)
