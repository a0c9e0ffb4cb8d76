"""Commands with placeholders, as a person reads and pastes them. Pure."""

from __future__ import annotations

import re
from typing import Final

from netra_validate.by_hand import PLACEHOLDER, Argv
from netra_validate.shell import quoted
from netra_validate.terminal import Shell

_PLAIN: Final = "zz0{}0zz"
"""What a placeholder is while its word is quoted: braces mean something to a shell, and these are
to be replaced before one sees them."""


def to_paste(argv: Argv, *, unicode: bool, shell: Shell) -> str:
    """The command on one line, quoted as it has to be once every placeholder is replaced."""
    plain = [PLACEHOLDER.sub(lambda match: _PLAIN.format(match[1]), word) for word in argv]
    line = quoted(plain, unicode=unicode, shell=shell)
    return re.sub(_PLAIN.format("([a-z_]+)"), r"{\1}", line)
