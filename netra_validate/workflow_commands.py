"""The commands that a step of a GitHub workflow gives by printing them. Pure.

The runner reads every line of stdout and stderr. A line is a command where it begins, after white
space, with ``::name key=value,…::``, or where ``##[name key=value;…]`` stands *anywhere* in it:
https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_LEGACY: Final = re.compile(r"##(?=\[)")
_AT_START: Final = re.compile(r"(?<![^\r\n])(\s*):(?=:)")

_PLACE: Final = frozenset({"file", "line", "endLine", "col", "endColumn"})

_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})
"""As in https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts, ``escapeData``
and ``escapeProperty``."""


def is_read(environ: Mapping[str, str]) -> bool:
    """Whether a runner reads what is printed.

    It says so itself: https://docs.github.com/actions/reference/workflows-and-actions/variables.
    """
    return environ.get("GITHUB_ACTIONS") == "true"


def command(name: str, message: str, **properties: object) -> str:
    """One command, without the end of its line. Nothing in it can be another one.

    Args:
        name: such as ``error``.
        message: what it is about, in any number of lines.
        properties: those that are None or empty are left out, and so is the place in a file whose
            name would be a command: spelled otherwise it is no file.
    """
    if "##[" in str(properties.get("file")):
        properties = {key: value for key, value in properties.items() if key not in _PLACE}
    given = ",".join(
        f"{key}={_unread(str(value)).translate(_PROPERTY)}"
        for key, value in properties.items()
        if value is not None and str(value)
    )
    return f"::{name}{' ' if given else ''}{given}::{_unread(message).translate(_DATA)}"


def disarmed(document: str) -> str:
    """Text with a space in what would be a command, and else as it is."""
    return _AT_START.sub(r"\1: ", _unread(document))


def enclosed(document: str, token: str) -> str:
    """Lines of which none is taken for a command: what they say stays as it is.

    Args:
        document: with a line end after its last line.
        token: turns the commands on again; nobody may guess it. See
            https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
    """
    return f"::stop-commands::{token}\n{document}::{token}::\n"


def _unread(text: str) -> str:
    return _LEGACY.sub("## ", text)
