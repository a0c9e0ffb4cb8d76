"""The commands of a remedy as a person pastes them into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from netra_validate.model import Command, Remediation
from netra_validate.terminal import printable


def quoted(argv: Iterable[str], *, unicode: bool = True) -> str:
    """The command on one line, as a POSIX shell takes it.

    Args:
        argv: programme and arguments, unquoted.
        unicode: whether any character can be written; only ASCII where not.
    """
    # Made printable before it is quoted: afterwards a mark could end up outside the quotes.
    return shlex.join(printable(word, unicode=unicode) for word in argv)


def neighbours(remedy: Remediation, command: Command) -> dict[tuple[str, ...], str]:
    """The commands right before and after one of a remedy, by how one points to them."""
    at = remedy.commands.index(command)
    return {
        other.argv: "the command above" if place < at else "the command below"
        for place, other in enumerate(remedy.commands)
        if abs(place - at) == 1
    }
