"""What is looked for, and the words by which the files that may hold it are found. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_WILD: Final = re.compile(r"([*?])")


@dataclass(frozen=True)
class Wanted:
    """The names of classes that are single, and the patterns that have a budget."""

    names: tuple[str, ...]
    patterns: tuple[str, ...] = ()

    @property
    def needles(self) -> frozenset[str]:
        """What a file holds that may define one of them."""
        return frozenset(
            needle
            for name in self.names
            for needle in (f"class {name}", f'("{name}"', f"('{name}'")
        ) | frozenset(map(_needle, self.patterns))

    @cached_property
    def by_name(self) -> re.Pattern[bytes]:
        """Matches the bytes of a file that may define one of the names."""
        names = _any_of(map(re.escape, self.names))
        return re.compile(
            rb"class[ \t]+" + names + rb"\b|\(\s*[\"']" + names + rb"[\"']" if names else rb"(?!)"
        )

    @cached_property
    def by_pattern(self) -> re.Pattern[bytes]:
        """Matches the bytes of a file that may define a class of one of the patterns."""
        called = _any_of(map(_regex, self.patterns))
        return re.compile(rb"class[ \t]+" + called + rb"\b" if called else rb"(?!)")

    def patterns_of(self, name: str) -> Iterable[str]:
        """The patterns that a class of this name counts for."""
        return (each for each in self.patterns if re.fullmatch(_regex(each), name))


def _any_of(alternatives: Iterable[str]) -> bytes:
    """One of these; nothing where there are none. Names may have other letters than ASCII."""
    joined = "|".join(alternatives)
    return f"(?:{joined})".encode() if joined else b""


def _regex(pattern: str) -> str:
    """A pattern as a regular expression, which sees bytes or text."""
    # Bounded, so that no name in a file can keep it busy.
    wild = {"*": r"\w{0,200}", "?": r"\w"}
    return "".join(wild.get(part, re.escape(part)) for part in _WILD.split(pattern))


def _needle(pattern: str) -> str:
    """What stands in every file that defines a class of a pattern."""
    first, *_ = literals = _WILD.split(pattern)[::2]
    return f"class {first}" if first or not any(literals) else max(literals, key=len)
