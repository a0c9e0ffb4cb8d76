"""Puts diffs on the screen, or into a pipe byte for byte."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from netra_validate.fixing.diffing import Diff
from netra_validate.terminal import Display, is_terminal

_STYLES: Final = (
    (b"diff ", "1"), (b"new file ", "1"), (b"--- ", "1"), (b"+++ ", "1"),
    (b"@@", "36"), (b"-", "31"), (b"+", "32"),
)  # fmt: skip
"""How lines begin, and the colours that git gives them (SGR, ECMA-48)."""


def show(diffs: Iterable[Diff], display: Display) -> None:
    """Write the diffs to stdout.

    A pipe gets the bytes of the files, so that ``git apply`` can read them. A terminal gets text in
    its own encoding, without what it would obey.

    Raises:
        OSError: stdout cannot be written to.
    """
    if sys.stdout is None:  # closed by whoever started us
        return
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None or display.color or is_terminal(sys.stdout):
        for diff in diffs:
            sys.stdout.writelines(f"{drawn(line, display)}\n" for line in diff.lines)
    else:
        for diff in diffs:
            raw.writelines(diff.lines)
    sys.stdout.flush()


def drawn(line: bytes, display: Display) -> str:
    """A line of a diff as a terminal may have it, without its end."""
    text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
    shown = "\t".join(map(display.printable, text.split("\t")))
    style = next((code for begin, code in _STYLES if line.startswith(begin)), None)
    return f"\x1b[{style}m{shown}\x1b[m" if style and display.color else shown
