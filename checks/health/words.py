"""What the words of a health answer mean. Whole words only: ``unhealthy`` holds ``healthy``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

_LOOKED_AT: Final = 200
"""Characters of a text that are searched. Who needs more is not naming a state."""


class Verdict(IntEnum):
    """What an answer says of its service; the higher, the worse."""

    GOOD = 0
    DEGRADED = 1
    NOT_READY = 2
    BAD = 3


@dataclass(frozen=True, slots=True)
class Words:
    """The words for each verdict. Case does not matter, nor whether a gap is ``_``, ``-`` or space.

    A word with ``not`` or ``no`` before it means its opposite: ``not healthy``, ``no errors``.
    """

    good: tuple[str, ...]
    degraded: tuple[str, ...]
    not_ready: tuple[str, ...]
    bad: tuple[str, ...]

    def judge(self, text: str) -> Verdict | None:
        """What ``text`` says, the worst word first; None where it has none of the words."""
        plain = _plain(text[:_LOOKED_AT])
        patterns = _patterns(self)
        for verdict in (Verdict.BAD, Verdict.NOT_READY, Verdict.DEGRADED):
            if any(found["negation"] is None for found in patterns[verdict].finditer(plain)):
                return verdict
        goods = [found["negation"] is None for found in patterns[Verdict.GOOD].finditer(plain)]
        if goods:
            return Verdict.GOOD if all(goods) else Verdict.BAD
        return None


@lru_cache(maxsize=64)
def _patterns(words: Words) -> Mapping[Verdict, re.Pattern[str]]:
    return {
        Verdict.GOOD: _pattern(words.good),
        Verdict.DEGRADED: _pattern(words.degraded),
        Verdict.NOT_READY: _pattern(words.not_ready),
        Verdict.BAD: _pattern(words.bad),
    }


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    # Longest first, so that "not ready" is found before "ready".
    plain = sorted({_plain(word) for word in words} - {""}, key=len, reverse=True)
    choices = "|".join(re.escape(word) for word in plain) or "(?!)"
    return re.compile(rf"(?<!\w)(?P<negation>(?:not|no|non|never|0) )?(?:{choices})(?!\w)")


def _plain(text: str) -> str:
    """``NotReady``, ``NOT_READY`` and ``not-ready`` as ``not ready``."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.sub(r"[\s_-]+", " ", apart).strip().casefold()
