"""Many services or revisions like one that was drawn: drawing each would take too long."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wire import renamed

NAME = "crowd-of-many"
"""What the one is called that is copied, in every API and in its host's name."""


@dataclass(frozen=True, slots=True)
class Member:
    """Everything there is of one service."""

    part: Any
    table: Mapping[str, Any]
    """Of the configuration."""
    service: Any
    revisions: Mapping[str, Any]
    lines: tuple[Any, ...]
    measures: tuple[Any, ...]
    policies: Mapping[str, Any]
    versions: Mapping[str, str]

    def copy(self, number: int) -> Member:
        """The same under another name."""

        def named(text: str) -> str:
            return text.replace(NAME, f"crowd-{number:03}-of-many")

        return Member(
            replace(
                self.part,
                key=f"{self.part.key}-{number}",
                **{name: named(getattr(self.part, name)) for name in ("name", "url", "account")},
            ),
            json.loads(named(json.dumps(self.table))),
            renamed(self.service, named),
            _renamed_all(self.revisions, named),
            tuple(
                replace(each, service=named(each.service), revision=named(each.revision))
                for each in self.lines
            ),
            tuple(replace(each, of=named(each.of)) for each in self.measures),
            _renamed_all(self.policies, named),
            {named(name): state for name, state in self.versions.items()},
        )


def copies(member: Member, count: int) -> Iterable[Member]:
    """So many more of it."""
    return (member.copy(number) for number in range(1, count + 1))


def older(revision: Any, count: int) -> dict[str, Any]:
    """So many revisions more that are like one that serves no longer."""
    short = revision.name.rpartition("/")[2]
    service = short.rsplit("-", 2)[0]
    found = {}
    for number in range(1, count + 1):
        name = f"{service}-{number:05}-old"
        made = type(revision)(revision)
        made.name = revision.name.removesuffix(short) + name
        found[made.name] = made
    return found


def _renamed_all(messages: Mapping[str, Any], named: Callable[[str], str]) -> dict[str, Any]:
    return {named(name): renamed(each, named) for name, each in messages.items()}
