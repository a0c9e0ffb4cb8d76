"""The role that holds all permissions, as ``gcloud iam roles create --file`` reads it. Pure.

The fields are those of a role in IAM's reference,
https://cloud.google.com/iam/docs/reference/rest/v1/projects.roles; ``gcloud`` takes them as YAML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from netra_validate import shell
from netra_validate.permissions.needs import Need

ROLE_ID: Final = "netraValidate"
"""What the commands call it: letters, digits, dots and underscores are allowed."""

_TITLE: Final = "netra-validate"
_DESCRIPTION: Final = "What the checks of netra-validate ask Google Cloud. It reads, and no more."


def definition(needs: Sequence[Need]) -> dict[str, Any]:
    """The role as data."""
    return {
        "title": _TITLE,
        "description": _DESCRIPTION,
        "stage": "GA",
        "includedPermissions": [need.permission for need in needs],
    }


def document(needs: Sequence[Need]) -> str:
    """The role as a YAML file that says how it is used."""
    return "\n".join(_lines(needs)) + "\n"


def _lines(needs: Sequence[Need]) -> Iterator[str]:
    if not needs:
        yield "# These checks ask Google Cloud nothing: they need no role."
        return
    projects = sorted({project for need in needs for project in need.projects}) or ["PROJECT-ID"]
    yield "# Save this as role.yaml; it is granted with"
    for project in projects:
        for command in commands(project):
            yield f"#   {shell.quoted(command)}"
    yield f"title: {_TITLE}"
    yield f"description: {_DESCRIPTION}"
    yield "stage: GA"
    yield "includedPermissions:"
    for need in needs:
        yield f"- {need.permission}  # {', '.join(need.checks)}"


def commands(project: str) -> tuple[tuple[str, ...], ...]:
    """What makes the role in a project and grants it there; ``ACCOUNT`` is to be filled in."""
    return (
        ("gcloud", "iam", "roles", "create", ROLE_ID, f"--project={project}", "--file=role.yaml"),
        (
            "gcloud", "projects", "add-iam-policy-binding", project,
            "--member=serviceAccount:ACCOUNT", f"--role=projects/{project}/roles/{ROLE_ID}",
            "--condition=None",
        ),
    )  # fmt: skip
