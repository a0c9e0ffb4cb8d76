"""The commands of a remedy as a person pastes them into a shell, and what is said beside them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from netra_validate.model import Command, Effect, Remediation
from netra_validate.terminal import Shell, printable
from netra_validate.wording import enumerated

_PLAIN: Final = re.compile(
    r"-{0,2}[A-Za-z][A-Za-z0-9_/-]*|--[a-z][a-z-]*=[\w./:=+-]+|\d+", re.ASCII
)
"""Words that mean themselves to PowerShell. A word with one dash and a point in it does not: it
would be taken apart; nor does one with a comma, which makes a list."""

_SINGLE_QUOTES: Final = re.compile("['\u2018\u2019\u201a\u201b]")
"""What PowerShell takes for a single quote: the curly ones too."""

_SPECIAL_IN_DOUBLE_QUOTES: Final = frozenset('"$`\\!')
"""What means something to a POSIX shell within double quotes; ``!`` to bash where one types."""

_NOWHERE: Final = {"/dev/null": "NUL"}
"""Where what is not wanted goes: https://learn.microsoft.com/windows/win32/fileio/naming-a-file."""

_ALIASED: Final = {"curl": "curl.exe"}
"""Windows PowerShell has a command of its own under this name, which takes other arguments."""


def quoted(argv: Iterable[str], *, unicode: bool = True, shell: Shell = "posix") -> str:
    """The command on one line, as a shell takes it.

    Args:
        argv: programme and arguments, unquoted.
        unicode: whether any character can be written; only ASCII where not.
        shell: that is to take it.
    """
    # Made printable before it is quoted: afterwards a mark could end up outside the quotes.
    words = [printable(word, unicode=unicode) for word in argv]
    return _for_powershell(words) if shell == "powershell" else " ".join(map(_in_posix, words))


def assigned(name: str, value: str, shell: Shell = "posix") -> str:
    """The line that sets a variable of the environment, for what is run in this shell later."""
    if shell == "powershell":
        return f"$env:{name} = '{_SINGLE_QUOTES.sub(lambda quote: quote[0] * 2, value)}'"
    return f"export {name}={_in_posix(value)}"


def _in_posix(word: str) -> str:
    # zsh takes a word that begins with = for the path of a command.
    if re.fullmatch(r"=[\w@%+=:,./-]*", word):
        return f"'{word}'"
    # Single quotes within single quotes are legible to nobody: '"'"'.
    if "'" in word and not _SPECIAL_IN_DOUBLE_QUOTES & set(word):
        return f'"{word}"'
    return shlex.quote(word)


def _for_powershell(words: list[str]) -> str:
    """The command for PowerShell.

    In single quotes everything stands for itself but the quote, which is doubled (about_Quoting_
    Rules). Quoted, the first word is a text and no command, unless ``&`` is before it
    (about_Operators). Double quotes inside of an argument reach the programme from PowerShell 7.3
    on; before, it lost them (about_Parsing, "Passing arguments that contain quote characters").
    """
    if not words:
        return ""
    first = _ALIASED.get(words[0], words[0])
    call = first if first in _ALIASED.values() else _in_powershell(first)
    invoked = f"& {call}" if call.startswith("'") else call
    return " ".join([invoked, *(_in_powershell(_NOWHERE.get(word, word)) for word in words[1:])])


def _in_powershell(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    return f"'{_SINGLE_QUOTES.sub(lambda quote: quote[0] * 2, word)}'"


def neighbours(remedy: Remediation, command: Command) -> dict[tuple[str, ...], str]:
    """The commands right before and after one of a remedy, by how one points to them."""
    at = remedy.commands.index(command)
    return {
        other.argv: "the command above" if place < at else "the command below"
        for place, other in enumerate(remedy.commands)
        if abs(place - at) == 1
    }


def cautions(command: Command) -> Iterator[tuple[str, str]]:
    """What to know before running a command that acts: a label, and the words after it.

    The roles that it takes to look are not told: whoever cannot look is told by ``gcloud``.
    """
    if command.effect is Effect.READS:
        return
    if command.risk:
        yield "risk", command.risk
    if command.roles:
        yield "needs", enumerated(command.roles)
    if command.undo is None and command.no_undo:
        yield "no undo", command.no_undo
