"""What a terminal can show: how wide it is, whether in colour, and in which characters.

Known to everything that writes for people, reports and progress alike. Nothing here writes.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TextIO

ColorMode = Literal["auto", "always", "never"]
"""What ``--color`` takes."""

Shell = Literal["posix", "powershell"]
"""For which shell commands are quoted."""

NARROWEST: Final = 20
"""Columns that are always assumed: below that nothing can be laid out."""

UNSEEN_WIDTH: Final = 100
"""Columns where nobody says how many there are: a file, a pipe, the log of a job."""

_DRAWN: Final = "✓✗–·•├└…→"  # noqa: RUF001 - a dash, drawn
"""The characters that reports draw with."""

_SPELLED: Final = str.maketrans(
    {
        "✓": "+", "✗": "x", "·": "|", "•": "*", "├": "|", "└": "`", "…": "...", "→": "->",
        "–": "-", "—": "-", "−": "-", "×": "x", "≥": ">=", "≤": "<=", "µ": "u",  # noqa: RUF001 - meant
        "‘": "'", "’": "'", "“": '"', "”": '"', "\xa0": " ", "\u202f": " ", "\ufffd": "?",  # noqa: RUF001 - meant
        "«": '"', "»": '"',
    }
)  # fmt: skip
"""How ASCII spells what text for people is full of."""


@dataclass(frozen=True, slots=True)
class Display:
    """How text for people is to be laid out."""

    width: int = UNSEEN_WIDTH
    """Columns."""
    color: bool = False
    """Whether escape sequences for colour may be used."""
    unicode: bool = True
    """Whether any character can be written; only ASCII where not."""
    quiet: bool = False
    """The verdict and the causes only."""
    debug: bool = False
    """With the tracebacks of crashed checks."""
    shell: Shell = "posix"
    """The shell that commands are pasted into."""

    @classmethod
    def for_stream(
        cls,
        stream: TextIO,
        *,
        color: ColorMode = "auto",
        environ: Mapping[str, str] = os.environ,
        quiet: bool = False,
        debug: bool = False,
    ) -> Display:
        """What ``stream`` can show.

        Args:
            stream: where the text will go.
            color: ``always`` and ``never`` are obeyed. ``auto`` asks ``NO_COLOR``
                (https://no-color.org), then ``FORCE_COLOR`` (https://force-color.org), then
                whether the stream is a terminal that knows colours.
            environ: the environment variables; ``COLUMNS`` overrides the terminal's own width.
            quiet: passed on.
            debug: passed on.
        """
        return cls(
            width=_width(stream, environ),
            color=color == "always" or (color == "auto" and _colorful(stream, environ)),
            unicode=writes_unicode(stream),
            quiet=quiet,
            debug=debug,
            shell=shell_of(environ),
        )

    def printable(self, text: str) -> str:
        """``text`` as one line of what this display can show, see :func:`printable`."""
        return printable(text, unicode=self.unicode)


def printable(text: str, *, unicode: bool) -> str:
    r"""``text`` as one line without control characters, which a terminal would obey.

    Reports hold scrubbed text already; this is the second lock. What cannot be encoded becomes a
    mark: an unpaired surrogate (from a file name that is not UTF-8) ``�``; where only ASCII can be
    written, the usual signs are spelled (``…`` as ``...``) and the rest are escaped (``\xe9``).
    """
    if text.isascii() and text.isprintable():
        return text
    shown = text if text.isprintable() else "".join(map(_shown, text))
    if unicode:
        return shown
    return shown.translate(_SPELLED).encode("ascii", "backslashreplace").decode("ascii")


def shell_of(environ: Mapping[str, str], system: str = os.name) -> Shell:
    """The shell that a person most likely types into.

    PowerShell on Windows, but for Git Bash and its like, which set ``SHELL`` or ``MSYSTEM``
    (https://www.msys2.org/docs/environments); a POSIX shell elsewhere.
    """
    if system == "nt" and not (environ.get("SHELL") or environ.get("MSYSTEM")):
        return "powershell"
    return "posix"


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody is looking. A closed stream is no terminal."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Whether the terminal cannot move its cursor, let alone colour: Emacs' shell, say."""
    return environ.get("TERM", "").lower() in {"dumb", "unknown"}


def writes_unicode(stream: TextIO) -> bool:
    """Whether the stream's encoding has the characters that reports draw with.

    A stream without an encoding (``StringIO``) takes any.
    """
    encoding = getattr(stream, "encoding", None)
    if not encoding:
        return True
    try:
        _DRAWN.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    return "\ufffd" if unicodedata.category(char) == "Cs" else " "


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    """Columns of the stream: those of ``COLUMNS``, of the terminal, or the usual number."""
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return max(NARROWEST, int(columns))
    try:
        measured = os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, ValueError, OSError):
        measured = 0
    # A terminal that was never told its size says 0.
    return max(NARROWEST, measured or UNSEEN_WIDTH)


def _colorful(stream: TextIO, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and not is_dumb(environ) and _obeys_escapes(stream)


def _obeys_escapes(stream: TextIO) -> bool:
    """Whether the terminal understands escape sequences. Old Windows consoles print them."""
    if os.name != "nt":
        return True
    from rich.console import Console  # noqa: PLC0415 # it asks the console's mode

    return not Console(file=stream).legacy_windows
