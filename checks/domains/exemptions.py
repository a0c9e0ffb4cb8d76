"""The lines of a file that may name any host: those that say so, and our own configuration."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, get_args

from checks.domains.options import RuleReference
from netra_validate import allow_comments
from netra_validate.allow_comments import Allowances

_CHECK: Final = "domains"
_RULES: Final = frozenset(name for name in get_args(RuleReference) if name.startswith(_CHECK))


@dataclass(frozen=True, slots=True)
class Exemptions:
    """What the text of a file itself exempts."""

    own: Collection[int]
    """Lines of our own configuration."""
    commented: Allowances

    @property
    def unclear(self) -> dict[int, str]:
        """What is wrong with the comment of a line."""
        return self.commented.unclear

    def covers(self, line: int, rule: str) -> bool:
        """Whether a line, by its number, may break a rule, by its id."""
        return line in self.own or self.commented.covers(line, rule)


def of(text: str, own: Collection[int] = ()) -> Exemptions:
    """The exemptions of a text, whose lines end in a line feed."""
    return Exemptions(own, allow_comments.read(text, _CHECK, _RULES))
