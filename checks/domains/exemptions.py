"""The lines of a file that may name any host: those that say so, and our own configuration."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, get_args

from checks.domains.options import RuleReference

_COMMENT: Final = re.compile(
    r"""
    netra-validate:[ \t]*allow(?![\w-])
    (?:[ \t]*(?:\[(?P<names>[^\[\]\n]*)\] | (?P<broken>[\[({:=])))?
    """,
    re.IGNORECASE | re.VERBOSE,
)

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_:-]*(?:\.[a-z0-9][a-z0-9_-]*)?")
"""The id of a check or of a rule, of any check, or a slip in one."""

_CHECK: Final = "domains"
_RULES: Final = frozenset(name for name in get_args(RuleReference) if name.startswith(_CHECK))

_ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Exemptions:
    """What the text of a file itself exempts."""

    own: Collection[int]
    """Lines of our own configuration."""
    allowed: dict[int, set[str]]
    """The rules that each commented line allows."""
    unclear: dict[int, str]
    """What is wrong with the comment of a line."""

    def covers(self, line: int, rule: str) -> bool:
        """Whether a line, by its number, may break a rule, by its id."""
        names = self.allowed.get(line, ())
        return line in self.own or not {_ALL, rule, _CHECK}.isdisjoint(names)


def of(text: str, own: Collection[int] = ()) -> Exemptions:
    """The exemptions of a text, whose lines end in a line feed."""
    found = Exemptions(own, defaultdict(set), {})
    line, last = 1, 0
    for match in _COMMENT.finditer(text) if "netra-validate:" in text.lower() else ():
        line += text.count("\n", last, match.start())
        last = match.start()
        names, complaint = _names(match)
        found.allowed[line] |= names
        if complaint:
            found.unclear[line] = complaint
    return found


def _names(match: re.Match[str]) -> tuple[set[str], str]:
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
    ours = {name for name in names if name.startswith(f"{_CHECK}.")}
    return names, "" if ours <= _RULES else "it names a rule that this check does not have"
