"""Comments in the user's files that allow their line to break a rule.

``netra-validate: allow`` allows its line for every rule, and with a list behind it for these alone:
``netra-validate: allow[domains.retired-host, async-usage]``. A broken list allows nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

_COMMENT: Final = re.compile(
    r"""
    netra-validate:[ \t]*allow(?![\w-])
    (?:[ \t]*(?:\[(?P<names>[^\[\]\n]*)\] | (?P<broken>[\[({:=])))?
    """,
    re.IGNORECASE | re.VERBOSE,
)

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_:-]*(?:\.[a-z0-9][a-z0-9_-]*)?")
"""The id of a check or of a rule, of any check, or a slip in one."""

_ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Allowances:
    """What the comments of one text say to one check."""

    check: str
    allowed: dict[int, set[str]]
    """The rules that each commented line allows."""
    unclear: dict[int, str]
    """What is wrong with the comment of a line."""

    def covers(self, line: int, rule: str) -> bool:
        """Whether a line, by its number from 1, may break a rule of the check, by its full id."""
        return not {_ALL, rule, self.check}.isdisjoint(self.allowed.get(line, ()))


def read(text: str, check: str, rules: Collection[str]) -> Allowances:
    """The comments of a text, whose lines end in a line feed.

    Args:
        text: of the file.
        check: the id of the check that asks.
        rules: the full ids of its rules that a comment may name.
    """
    found = Allowances(check, defaultdict(set), {})
    line, last = 1, 0
    for match in _COMMENT.finditer(text) if "netra-validate:" in text.lower() else ():
        line += text.count("\n", last, match.start())
        last = match.start()
        names, complaint = _names(match, check, rules)
        found.allowed[line] |= names
        if complaint:
            found.unclear[line] = complaint
    return found


def _names(match: re.Match[str], check: str, rules: Collection[str]) -> tuple[set[str], str]:
    """The rules that a comment allows, and what is wrong with it. A broken list allows nothing."""
    if match["broken"]:
        return set(), "its list of rules is not in closed brackets, so it allows nothing"
    if match["names"] is None:
        return {_ALL}, ""
    names = {name.strip().lower() for name in match["names"].split(",")} - {""}
    if not names:
        return set(), "its list of rules is empty, so it allows nothing"
    if not all(map(_NAME.fullmatch, names)):
        return set(), "its list holds what is no rule, so it allows nothing"
    ours = {name for name in names if name.startswith(f"{check}.")}
    return names, "" if ours <= set(rules) else "it names a rule that this check does not have"
