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

_NEGATIONS: Final = r"not|no|non|never|0|un|dis|\w+n['\u2019]t"
"""What turns the next word into its opposite."""

_ELSEWHERE: Final = re.compile(
    r"\b(?:not|no|never|neither|nor|without|unable|cannot|\w+n['\u2019]t)\b"
)
"""What may turn a good word into its opposite from further away: ``not all systems are up``."""

_SHARE: Final = re.compile(r"\b(\d{1,6}) ?(?:/|of|out of) ?(\d{1,6})\b")
"""``2/3 healthy``."""

_FIRST: Final = re.compile(r"([^:;,(!]*?)\s*(?:[:;,(!]|\s-\s)")
"""What stands before the first mark of a text such as ``error: connection refused``."""


class Verdict(IntEnum):
    """What an answer says of its service; the higher, the worse."""

    GOOD = 0
    DEGRADED = 1
    NOT_READY = 2
    BAD = 3


_WORST_FIRST: Final = (Verdict.BAD, Verdict.NOT_READY, Verdict.DEGRADED, Verdict.GOOD)


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
        """What a text says that has one of the words in it, the worst word first.

        Two spellings are read, so that ``NotReady`` is ``not ready`` and ``UnHealthy`` is no
        ``healthy``. None where there is no word, or where it cannot be told what a good one means.
        """
        found = [self._searched(plain) for plain in _spellings(text)]
        return max((verdict for verdict in found if verdict is not None), default=None)

    def whole(self, text: str) -> Verdict | None:
        """What a text says that is one of the words and nothing else."""
        found = [self._matched(plain) for plain in _spellings(text)]
        return max((verdict for verdict in found if verdict is not None), default=None)

    def first(self, text: str) -> Verdict | None:
        """What ``text`` is, or what it announces: ``error: connection refused``."""
        announced = _FIRST.match(text[:_LOOKED_AT])
        found = self.whole(text)
        return found if found is not None or announced is None else self.whole(announced[1])

    def phrase(self, text: str) -> Verdict | None:
        """What a text says that may be a name as well: ``failed_jobs`` says nothing."""
        found = self.first(text)
        return self.judge(text) if found is None and " " in text.strip() else found

    def _searched(self, plain: str) -> Verdict | None:
        patterns = _patterns(self)
        for verdict in _WORST_FIRST[:-1]:
            if any(found["negation"] is None for found in patterns[verdict].finditer(plain)):
                return verdict
            plain = patterns[verdict].sub(" ", plain)  # "no error": nothing is left to say
        goods = [found["negation"] is None for found in patterns[Verdict.GOOD].finditer(plain)]
        if not all(goods):
            return Verdict.BAD
        return _in_full(plain) if goods else None

    def _matched(self, plain: str) -> Verdict | None:
        for verdict in _WORST_FIRST:
            found = _patterns(self)[verdict].fullmatch(plain)
            if found is not None and found["negation"] is None:
                return verdict
            if found is not None:
                return Verdict.BAD if verdict is Verdict.GOOD else None
        return None


def _in_full(plain: str) -> Verdict | None:
    """What a text with a good word says: good, unless it takes something back."""
    share = _SHARE.search(plain)
    if share is not None and int(share[1]) < int(share[2]):
        return Verdict.DEGRADED if int(share[1]) else Verdict.BAD
    return None if _ELSEWHERE.search(plain) else Verdict.GOOD


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
    plain = sorted({split_words(word) for word in words} - {""}, key=len, reverse=True)
    choices = "|".join(re.escape(word) for word in plain) or "(?!)"
    return re.compile(rf"(?<!\w)(?P<negation>(?:{_NEGATIONS}) )?(?:{choices})(?!\w)")


def _spellings(text: str) -> frozenset[str]:
    shown = text[:_LOOKED_AT]
    return frozenset({_bare(split_words(shown)), _bare(_spaced(shown))})


def _bare(plain: str) -> str:
    """Without the marks around it: ``✓ healthy!``."""
    return re.sub(r"^[^\w]+|[^\w]+$", "", plain)


def split_words(text: str) -> str:
    """``NotReady``, ``NOT_READY`` and ``not-ready`` as ``not ready``."""
    return _spaced(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text))


def _spaced(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()
