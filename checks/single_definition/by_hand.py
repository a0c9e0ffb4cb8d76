"""How to look for definitions by hand, and what a second one usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import ByHand, see

_DEFINED: Final = "git grep -n -E 'class +{name}\\b' -- '*.py'"
_USED: Final = "git grep -n -w -e {name} -- '*.py'"

RULES: Final[Mapping[str, ByHand]] = {
    "duplicate": see(
        _DEFINED,
        _USED,
        hides="Two halves of the program that compare members of different classes: `is` and `==`"
        " are false for what prints the same. A fix goes into one of the two.",
    ),
    "misplaced": see(
        _DEFINED,
        hides="A move that stopped half-way: new code imports it from one place, old code from the"
        " other, and circular imports follow.",
    ),
    "missing": see(
        _USED,
        _DEFINED,
        hides="A rename, or a file that does not parse and so defines nothing. What imports it"
        " fails at the start, on a path that tests may not take.",
    ),
    "over-budget": see(
        _DEFINED,
        hides="One more manager, because the others could not be understood. Each of them owns a"
        " part of the state.",
    ),
    "unread": see(
        "python -m ast {file}",
        hides="Definitions that nobody can see, so that `defined once` is not known. Mostly a"
        " conflict of a merge that was committed.",
    ),
}
