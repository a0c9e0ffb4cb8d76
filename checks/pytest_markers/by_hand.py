"""How to see markers by hand, and what an unknown one usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import ByHand, see

_MARKERS: Final = "python -m pytest --markers"
_COLLECT: Final = "python -m pytest --collect-only -q --strict-markers {file}"
_USES: Final = "git grep -n -F -e {name} -- '*.py' '*.toml' '*.ini' '*.cfg' '*.yml'"

RULES: Final[Mapping[str, ByHand]] = {
    "unregistered": see(
        _MARKERS,
        _COLLECT,
        hides="A typing error: `-m smoke` leaves the test out that says `smok`, without a word."
        " Nobody misses a test that never ran.",
    ),
    "missing-required": see(
        _MARKERS,
        hides="A selection in the pipeline that selects nothing, and is green.",
    ),
    "duplicate": see(
        _USES,
        hides="A conflict of a merge. Of two descriptions people read the one that is not meant.",
    ),
    "ignored-config": see(
        _MARKERS,
        "python -m pytest --collect-only -q",
        hides="A header such as [tool:pytest] in a pytest.ini, which pytest reads in setup.cfg"
        " only, or a second file that is never reached: all of its options are without effect.",
    ),
    "broken-config": see(
        "python -m pytest --collect-only -q",
        hides="A test run that ends before its first test. A pipeline that only looks at reports"
        " finds none, and may call that a pass.",
    ),
    "unknown-in-expression": see(
        _USES,
        _MARKERS,
        hides="A pipeline that leaves out more, or less, than it says: an unknown name is false for"
        " every test.",
    ),
    "unparsable-file": see(
        "python -m ast {file}",
        hides="Tests that have not run since somebody committed a conflict. Where collection errors"
        " are tolerated, nobody sees it.",
    ),
    "not-strict": see(
        _COLLECT,
        hides="Every other marker fault: without it pytest warns, and warnings are not read.",
    ),
}
