"""``netra-validate init``."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from netra_validate.cli import completion
from netra_validate.cli.failures import UsageProblem, say

if TYPE_CHECKING:
    from netra_validate.guessing import Facts, Guesses

EXAMPLE: Final = "example"
"""The template that a bare ``--template`` means."""


def init(
    *,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="[NAME]",
            help="Write a template instead: the example with every key (default), or netra.",
            autocompletion=completion.templates,
        ),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            "--root", metavar="DIR", help="Repository to look at; the one around here by default."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help="File to write; netra-validate.toml there by default."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a configuration that is there.")
    ] = False,
) -> int:
    """Write a configuration: asks nothing, guesses what it can, and says where from."""
    from netra_validate.cli import output, whole_files

    folder = _repository(root)
    file = _target(config, folder, force=force)
    text = _guessed(folder) if template is None else _template(template)
    try:
        whole_files.write(file, text)
    except OSError as error:
        raise UsageProblem(f"{file}: cannot be written: {error.strerror or error}") from None
    output.write_stdout(f"{file}\n")
    said = "replace its names with yours" if template == EXAMPLE else "look it over"
    say(f"written; {said}, then `{_command(file)}`")
    return 0


def _command(file: Path) -> str:
    """What reads the file, from here."""
    from netra_validate.config import FILE_NAME

    here = Path.cwd()
    is_found = file.name == FILE_NAME and file.parent in (here, *here.parents)
    words = ["netra-validate", "run", *([] if is_found else ["--config", str(file)])]
    return shlex.join(words)


def _repository(root: Path | None) -> Path:
    """The folder that was named, or the nearest one above with a ``.git``, or this one."""
    if root is not None and not root.is_dir():
        raise UsageProblem(f"--root: found {str(root)!r}, which is no folder")
    if root is not None:
        return root.resolve()
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def _target(config: Path | None, folder: Path, *, force: bool) -> Path:
    """The file to write. What is there is not replaced without ``force``."""
    from netra_validate.config import FILE_NAME, find

    file = folder / FILE_NAME if config is None else config.absolute()
    if file.name == "pyproject.toml":
        raise UsageProblem(f"{file} is not replaced; name another file, such as {FILE_NAME}")
    if file.is_dir():
        raise UsageProblem(f"{file} is a folder, expected a file")
    if force:
        return file
    if os.path.lexists(file):
        raise UsageProblem(f"{file} is there already; --force replaces it")
    other = find(file.parent) if file.name == FILE_NAME else None
    if other is not None and other.parent == file.parent:
        raise UsageProblem(
            f"{other} holds a configuration already; with --force, {file.name} is written beside "
            "it and counts in its stead"
        )
    return file


def _template(name: str) -> str:
    from netra_validate import registry
    from netra_validate.explanation import template

    if name == EXAMPLE:
        return template.annotated(registry.load())
    try:
        return template.named(name)
    except KeyError:
        known = ", ".join(template.NAMES)
        raise UsageProblem(f"--template: there is no {name!r}, expected one of {known}") from None


def _guessed(folder: Path) -> str:
    """The configuration that the repository and its surroundings suggest, and a word on each."""
    from netra_validate import guessing
    from netra_validate.guessing import markers, repository, surroundings

    around = surroundings.facts(os.environ, Path.home())
    found = repository.facts(folder) + markers.facts(folder)
    guesses = guessing.guess(found, around)
    deployed = _deployed(guesses)
    if deployed is not None:
        guesses = guessing.guess(deployed + found, around)
    for line in guessing.summary(guesses):
        say(line)
    return guessing.configuration(guesses)


def _deployed(guesses: Guesses) -> Facts | None:
    """What Cloud Run says of the project and the region that were guessed, if it can be asked."""
    from netra_validate.clients.errors import ClientError
    from netra_validate.guessing import cloud
    from netra_validate.threads import run_to_end

    asked = bool(os.environ.get(cloud.ENDPOINT_VARIABLE))
    if not asked and not cloud.has_credentials(os.environ, Path.home()):
        return None
    if guesses.project is None or guesses.region is None:
        say("Cloud Run was not asked: nothing says which project and region are meant")
        return None
    where = cloud.environment(guesses.project.value, guesses.region.value, os.environ)
    try:
        return run_to_end(cloud.facts(where))
    except ClientError as error:
        hint = f"; {error.hint}" if error.hint else ""
        say(f"Cloud Run does not tell what is deployed: {error.message}{hint}")
        return None
