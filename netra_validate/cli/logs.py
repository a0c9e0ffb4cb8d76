"""What goes to stdout, where a runner of GitHub Actions reads it and looks for commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from stat import S_ISREG
from typing import Final

from netra_validate import workflow_commands

_PROSE: Final = frozenset({"text", "markdown"})
"""Formats for people, around which a log can have lines of its own."""

_JSON: Final = frozenset({"json", "sarif"})


def for_stdout(format_name: str, document: str) -> str:
    """The document, such that no text in it can be taken for a command of the workflow.

    Prose is put between two lines that turn commands off and on, and stays as it is. A document for
    programs has no room for these: where a text in it looks like a command it is written
    differently, in JSON so that it means the same. What is redirected into a file is in no log.
    """
    if not workflow_commands.is_read(os.environ) or _goes_to_file():
        return document
    if format_name == "github":
        return document
    if format_name in _PROSE:
        from secrets import token_hex

        return workflow_commands.enclosed(document, token_hex(16))
    if format_name in _JSON:
        # No line of it begins with a text.
        return document.replace("##[", "#\\u0023[")
    return workflow_commands.disarmed(document)


@contextmanager
def without_commands() -> Iterator[None]:
    """Whatever is written to stdout inside is no command of the workflow, and stays as it is.

    What reads a diff from a pipe passes over the two lines around it.
    """
    if not workflow_commands.is_read(os.environ) or _goes_to_file() or sys.stdout is None:
        yield
        return
    from secrets import token_hex

    begin, end = workflow_commands.enclosed("\0", token_hex(16)).split("\0")
    sys.stdout.write(begin)
    sys.stdout.flush()
    try:
        yield
    finally:
        sys.stdout.write(end)
        sys.stdout.flush()


def _goes_to_file() -> bool:
    try:
        return S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except (AttributeError, OSError, ValueError):
        return False
