"""How serious a program calls what it writes. Pure.

Cloud Logging knows the severity of structured entries; a plain line on stderr has none, and says it
itself, each library in a place of its own: ``WARNING:root:…`` and ``2025-09-01 08:30:07,113 INFO
db: …`` are Python's (https://docs.python.org/3/library/logging.html), ``[2025-09-01 08:30:05 +0000]
[1] [INFO] …`` is gunicorn's, ``2025-09-01 08:30:07.113 | INFO     | …`` is loguru's.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netra_validate.clients.google.log_entries import Entry


class Level(IntEnum):
    """What is told of a line's weight; a higher one is worse."""

    CALM = 0
    """It is for information."""
    MILD = 1
    """A warning: the program goes on."""
    BAD = 2
    """An error or worse."""


_LEVELS: Final = {
    **dict.fromkeys(("TRACE", "DEBUG", "INFO", "NOTICE"), Level.CALM),
    **dict.fromkeys(("WARN", "WARNING"), Level.MILD),
    **dict.fromkeys(
        ("ERR", "ERROR", "SEVERE", "CRITICAL", "FATAL", "ALERT", "EMERGENCY", "PANIC"), Level.BAD
    ),
}
_FIELDS: Final = frozenset({"level", "levelname", "log_level", "loglevel", "lvl", "severity"})
"""Keys under which a structured entry, or a line of ``key=value``, has its level."""

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]{0,20}m")
_HEAD: Final = 160
"""Characters of a line in which its level stands."""
_WORD: Final = re.compile(r"[A-Za-z_][\w./-]*|\d\S*")
_MOST_NAMES: Final = 3
"""Words before the level, beside times and numbers: a month, a host, a logger."""
_FIELD: Final = re.compile(r"^(?P<key>\w{1,20})=(?P<level>\w{1,20})$", re.MULTILINE)


def level(whole: Level | None, line: str) -> Level | None:
    """What is told of one line: the milder of the level of its whole entry and its own."""
    return min((each for each in (whole, _of_line(line)) if each is not None), default=None)


def level_of_entry(entry: Entry) -> Level | None:
    """The severity of an entry, or what a field of it says."""
    if entry.severity in _LEVELS:
        return _LEVELS[entry.severity]
    for match in _FIELD.finditer(entry.text):
        if match["key"].lower() in _FIELDS:
            return _LEVELS.get(match["level"].upper())
    return None


def _of_line(line: str) -> Level | None:
    """The level at the beginning, behind times, numbers and a few names."""
    head = _COLOURS.sub("", line[:_HEAD])
    names = 0
    before = ""
    for match in _WORD.finditer(head):
        word = match[0]
        if word[0].isdigit():
            continue
        found = _LEVELS.get(word.upper())
        if found is not None and (word.isupper() or _is_marked(head, match, before)):
            return found
        before = word
        names += 1
        if names > _MOST_NAMES:
            return None
    return None


def _is_marked(head: str, word: re.Match[str], before: str) -> bool:
    """Whether a word in small letters is a level: ``[info ]``, ``level=info``, ``info:``."""
    lead, after = head[: word.start()].rstrip(), head[word.end() :].lstrip()[:1]
    if lead.endswith("[") and after == "]":
        return True
    if lead.endswith("=") and before.lower() in _FIELDS:
        return True
    return not before and after == ":"
