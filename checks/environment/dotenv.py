"""Reads files of variables: ``NAME=value``, as python-dotenv and Docker Compose do. Pure.

Only the variables that are asked for are ever kept: the rest of such a file is mostly secrets.
https://saurabh-kumar.com/python-dotenv/reference/#file-format
https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

_ENTRY: Final = re.compile(
    r"""
    ^[^\S\n]* (?:export[^\S\n]+)? (?P<name>[A-Za-z_]\w*) [^\S\n]* = [^\S\n]*
    (?: "(?P<double>(?:[^"\\]|\\.)*+)" | '(?P<single>(?:[^'\\]|\\.)*+)' | (?P<bare>[^\n]*) )
    """,
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
"""A quoted value may go over several lines."""

_COMMENT: Final = re.compile(r"(?:^|\s)\#.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One variable of a file."""

    value: str
    line: int
    """Counted from 1."""
    is_computed: bool = False
    """Whether it is put together from other variables, which are not known here."""


def read(text: str, names: Collection[str]) -> dict[str, Entry]:
    """The variables of these names; of several entries the last counts, as for those programs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found: dict[str, Entry] = {}
    line, last = 1, 0
    for match in _ENTRY.finditer(text):
        name = match["name"]
        if name not in names:
            continue
        line += text.count("\n", last, match.start("name"))
        last = match.start("name")
        found[name] = _entry(match, line)
    return found


def _entry(match: re.Match[str], line: int) -> Entry:
    if match["single"] is not None:
        return Entry(match["single"], line)
    double, bare = match["double"], match["bare"]
    value = double if double is not None else _COMMENT.sub("", bare).strip()
    return Entry(value, line, is_computed="$" in value)
