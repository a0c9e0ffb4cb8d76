"""What ``run`` writes in a job of GitHub Actions where nobody says otherwise.

The text and the annotations into the log, and the summary of the step:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netra_validate import workflow_commands
from netra_validate.cli import output, whole_files
from netra_validate.cli.failures import say

if TYPE_CHECKING:
    from netra_validate.model import Report
    from netra_validate.reports import Display

Outputs = tuple[output.Output["Report"], ...]

_SUMMARY: Final = "GITHUB_STEP_SUMMARY"

_LEAST_SUMMARY: Final = 1024
"""Bytes below which there is no sense in beginning."""


@dataclass(frozen=True)
class Summary:
    """Markdown that fits into what is left of a file of 1 MiB."""

    file: Path
    name: str = "markdown"
    terminal: bool = False

    def render(self, report: Report, display: Display | None = None, /) -> str:
        """What is to be appended.

        Raises:
            OSError: the file is full, or cannot be read.
        """
        del display
        from netra_validate.reports import markdown
        from netra_validate.second_lock import locked

        before = self.file.read_bytes() if self.file.exists() else b""
        gap = "" if not before else "\n" if before.endswith(b"\n") else "\n\n"
        room = markdown.LIMIT - len(before) - len(gap)
        if room < _LEAST_SUMMARY:
            raise OSError(errno.ENOSPC, "GitHub shows 1 MiB of it, and that is full")
        return gap + markdown.within(locked(report), room)


@dataclass(frozen=True)
class Annotations:
    """Annotations for a repository that is in a folder of the working copy."""

    folder: str
    name: str = "github"
    terminal: bool = False

    def render(self, report: Report, display: Display | None = None, /) -> str:
        """The commands."""
        del display
        from netra_validate.reports import github
        from netra_validate.second_lock import locked

        return github.annotated(locked(report), self.folder)


def documents(words: Sequence[str], environ: Mapping[str, str]) -> Outputs:
    """What ``--output`` asks for, and in a job its annotations and its summary with the text.

    Raises:
        UsageProblem: as :func:`output.parse`.
    """
    from netra_validate.reports import FORMATS

    asked = output.parse(words, FORMATS)
    if not workflow_commands.is_read(environ):
        return asked
    asked = tuple(_kept(each, environ) for each in asked)
    if len(asked) == len(words):  # something was sent to stdout, so all is as it was said
        return asked
    summary = () if any(each.appended for each in asked) else tuple(_summary(environ))
    return (*asked, output.Output(FORMATS["github"]), *summary)


def located(asked: Outputs, root: Path, environ: Mapping[str, str]) -> Outputs:
    """The documents with annotations that point to where the repository is in the working copy."""
    workspace = environ.get("GITHUB_WORKSPACE")
    if not workspace or not workflow_commands.is_read(environ):
        return asked
    annotations = Annotations(_folder(root, whole_files.target(Path(workspace))))
    return tuple(
        replace(each, format=annotations) if each.format.name == "github" else each
        for each in asked
    )


def _folder(root: Path, workspace: Path) -> str:
    """What leads from the working copy to the repository, nothing where they are one."""
    if root == workspace:
        return ""
    inside = root.is_relative_to(workspace)
    return (root.relative_to(workspace) if inside else root).as_posix()


def _kept(asked: output.Output[Report], environ: Mapping[str, str]) -> output.Output[Report]:
    """Appended where it goes to the summary of the step: the step may have said more."""
    file = environ.get(_SUMMARY)
    if asked.file is None or not file or asked.format.name != "markdown":
        return asked
    if whole_files.target(Path(file)) != whole_files.target(asked.file):
        return asked
    return replace(asked, format=Summary(asked.file), appended=True)


def _summary(environ: Mapping[str, str]) -> Iterator[output.Output[Report]]:
    """The step's summary. Nobody has asked for it, so that its want does not fail a gate."""
    file = environ.get(_SUMMARY)
    if file:
        yield output.Output(Summary(Path(file)), Path(file), appended=True, missed=False)
    else:
        say(f"{_SUMMARY} is not set: the step gets no summary")
