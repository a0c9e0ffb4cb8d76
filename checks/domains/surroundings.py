"""What the text around a mention says: whether the host is to keep its name there. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from checks.domains.mentions import Mention

_GIVEN_UP: Final = re.compile(
    r"deprecat|retire[ds]?(?![a-z])|obsolete|legacy|decommission|no longer|formerly|previously"
    r"|old[-_ ]?(?:host|domain|url|name|address)|reject|refuse|forbid|disallow|den(?:y|ied)"
    r"|b(?:lock|lack)list|not (?:be )?(?:use|allow|contain|accept)|n['o]t use|never|instead of"
    r"|migrat(?:ed|es|ing|ion)|renamed|replaced"
    r"|!=|\bnot\s+in\b|not[_.]?(?:in|equal|contain|match|to|called)|\.not\b"
    r"|http_host|\$host\b|\bserver_?(?:name|alias)\s",
    re.IGNORECASE,
)
"""What is said of a host that is to keep its name: it is given up, it is looked for in order to
refuse it, or a server answers to it, perhaps to send people on."""

_MOST_ABOVE: Final = 40
"""Lines above a mention in which the head of its list or block is looked for."""

_MOST_NEAR: Final = 40
"""Lines on either side of an entry in which the same one is looked for."""

_ENTRY: Final = re.compile(r"\s*(?:[-*]\s+)?[\"'`]?[^\s\"'`,]+[\"'`]?,?\s*")
"""A line that holds nothing but one value."""

_LONGEST: Final = 2000
"""Characters of a line that are read for what it says."""


class Surroundings:
    """The lines of a file.

    Args:
        lines: without their ends.
        mentions: every host that they name.
    """

    def __init__(self, lines: Sequence[str], mentions: Sequence[Mention]) -> None:
        self.hosts: defaultdict[int, set[str]] = defaultdict(set)
        """To each line, counted from 1, the hosts that it names."""
        self._lines = lines
        self._mentions: defaultdict[int, list[Mention]] = defaultdict(list)
        self._known: dict[int, bool] = {}
        self._made: list[tuple[int, str, str]] = []
        for mention in mentions:
            self.hosts[mention.line].add(mention.host)
            self._mentions[mention.line].append(mention)

    def speak_of_what_is_given_up(self, line: int) -> bool:
        """Whether a line does, or the one that begins its list or block."""
        head = self._head(line)
        return self._speaks(line) or (head is not None and self._speaks(head))

    def is_there_already(self, mention: Mention, text: str) -> bool:
        """Whether an entry of a list, with ``text`` in a mention's place, stands near it already.

        To be asked in the order of the file: of two entries that become the same the first is
        edited, and the second has to go.
        """
        at, start = mention.line - 1, mention.column - 1
        line = self._lines[at]
        if len(line) > _LONGEST or not _ENTRY.fullmatch(line):
            return False
        old, new = _bare(line), _bare(line[:start] + text + line[start + len(mention.raw) :])
        first = max(at - _MOST_NEAR, 0)
        near = map(_bare, self._lines[first : at + _MOST_NEAR])
        if new in near or any(
            made == new and before != old for number, before, made in self._made if number >= first
        ):
            return True
        self._made.append((at, old, new))
        return False

    def _speaks(self, line: int) -> bool:
        if line not in self._known:
            self._known[line] = _GIVEN_UP.search(self._without_hosts(line)) is not None
        return self._known[line]

    def _without_hosts(self, line: int) -> str:
        """A host may be called ``legacy`` itself."""
        text = self._lines[line - 1][:_LONGEST]
        for mention in self._mentions[line]:
            text = text.replace(mention.raw, " ")
        return text

    def _head(self, line: int) -> int | None:
        """The nearest line above that is indented less."""
        indent = _indent(self._lines[line - 1])
        for number in range(line - 1, max(line - 1 - _MOST_ABOVE, 0), -1) if indent else ():
            above = self._lines[number - 1]
            if above.strip() and _indent(above) < indent:
                return number
        return None


def _bare(line: str) -> str:
    """An entry without what parts it from others."""
    return line.strip().rstrip(",").rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
