"""How to see the signals of an environment by hand, and what a wrong one usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import READABLE, ByHand, see

# Names only: files of this kind hold secrets as well.
_NAMES: Final = "git grep --no-index -n -o -E '^(export )?[A-Z_]+=' -- {file}"

RULES: Final[Mapping[str, ByHand]] = {
    "conflict": see(
        _NAMES,
        hides="Tests that pass because they ran against another environment, or that write into"
        " production. A shell that still has the variables of yesterday is the usual reason.",
    ),
    "unknown": see(
        _NAMES,
        hides="A typing error (`stagging`) that a program takes for its default, which is mostly"
        " development: with its safeguards off.",
    ),
    "unread": see(
        READABLE,
        "git log --oneline -n 5 -- {file}",
        hides="A file in UTF-16 or an encrypted one: some programs skip it without a word and run"
        " with defaults.",
    ),
}
