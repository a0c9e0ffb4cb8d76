"""Which regular expressions a configuration may have. Pure.

Python's engine backtracks: a pattern such as ``(a+)+$`` takes longer than anybody waits on forty
characters, and nothing can interrupt it. Log lines come from strangers, so such patterns are
refused, and only a bounded part of a line is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants, _parser  # type: ignore[attr-defined] # what re itself is made of
from typing import Any, Final

MAX_LINE: Final = 500
"""Characters of one line that patterns look at."""

_MOST: Final = 3
"""Repetitions without an end in one pattern: the time grows with the length to that power."""

_SHORT: Final = 8
"""Repetitions that are few enough: ``(\\d{1,3}\\.){3}``."""

_REPEATS: Final = frozenset({_constants.MAX_REPEAT, _constants.MIN_REPEAT})


def problem(pattern: str) -> str | None:
    """What is wrong with a pattern, or None."""
    try:
        re.compile(pattern)
        parsed = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is no regular expression: {error}"
    endless = [0]
    if _explodes(parsed, endless, inside=False, times=1):
        return "repeats a repetition or a choice, which can take for ever on some lines"
    if endless[0] > _MOST:
        return f"has more than {_MOST} repetitions without an end, which can take for ever"
    return None if pattern else "is empty, and so on every line"


def _explodes(
    parsed: Iterable[tuple[Any, Any]], endless: list[int], *, inside: bool, times: int
) -> bool:
    """Whether a long repetition holds what can match in several ways. Counts those without an end.

    Args:
        parsed: the parts of a pattern.
        endless: takes the count.
        inside: of a long repetition.
        times: how often what is around it is repeated.
    """
    for code, argument in parsed:
        least, most = argument[:2] if code in _REPEATS else (1, 1)
        long = most > _SHORT
        endless[0] += times if long else 0
        if inside and (least != most or code is _constants.BRANCH):
            return True
        for inner in _within(code, argument):
            more = times if long else times * int(most)
            if _explodes(inner, endless, inside=inside or long, times=more):
                return True
    return False


def _within(code: Any, argument: Any) -> list[Any]:  # noqa: ANN401 - of re's own parser
    """The patterns inside one part of a pattern."""
    if code is _constants.BRANCH:
        return list(argument[1])
    if isinstance(argument, tuple | list):
        return [each for each in argument if isinstance(each, _parser.SubPattern)]
    return [argument] if isinstance(argument, _parser.SubPattern) else []
