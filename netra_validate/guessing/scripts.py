"""A file in which commands and settings stand, and the values that it gives to its variables."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from netra_validate.guessing.facts import CloudName, Found, cloud_name, connection_parts

_ASSIGNED: Final = re.compile(
    r"""^[ \t]*(?:-[ \t]+)?
        (?:(?:export|readonly|local|declare|typeset|set|ENV|ARG)[ \t]+(?:-\w+[ \t]+)?)?
        (?:\$env:)?
        (?P<name>[A-Za-z_]\w*)
        (?:[ \t]*(?::=|\?=|=)[ \t]*|:[ \t]+)
        (?P<value>"[^"\n]*"|'[^'\n]*'|[^\s#"'][^\s#]*)""",
    re.VERBOSE | re.MULTILINE,
)
"""``X=v`` in shell, make and PowerShell, ``X: v`` in YAML."""

_REFERENCE: Final = re.compile(
    r"""\$\{\{\s*env\.(?P<github>\w+)\s*\}\}
        | \$\{(?P<braced>\w+)(?::?-(?P<default>[^${}]*))?\}
        | \$\((?P<make>[A-Za-z_]\w*)\)
        | \$(?:env:)?(?P<plain>[A-Za-z_]\w*)""",
    re.VERBOSE,
)

_NOT_LITERAL: Final = re.compile(r"[\s$`{}<>()\[\]%*]")

_LONGEST: Final = 500
"""Characters of a value that are followed: an address is shorter."""

_MOST: Final = 20
"""Values of one variable that are compared."""

_STAGING: Final = re.compile(r"(?<![a-z])(?:staging|stg)(?![a-z])", re.IGNORECASE)
_PRODUCTION: Final = re.compile(r"(?<![a-z])(?:production|prod|prd)(?![a-z])", re.IGNORECASE)


def says_staging(text: str) -> bool:
    """Whether a name or a path is about staging."""
    return bool(_STAGING.search(text))


def says_production(text: str) -> bool:
    """Whether a name or a path is about production, and not about staging."""
    return bool(_PRODUCTION.search(text)) and not says_staging(text)


@dataclass(frozen=True)
class Script:
    """One file."""

    path: str
    text: str
    unresolved: list[Found] = field(default_factory=list)
    """Takes what could not be made out."""
    _values: dict[str, str | None] = field(default_factory=dict)
    """Of the variables, as far as they were asked for."""

    def origin(self, offset: int) -> str:
        """``path:line`` of a place in the text."""
        return f"{self.path}:{bisect_right(self._starts, offset)}"

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def _assigned(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for match in _ASSIGNED.finditer(self.text):
            found.setdefault(match["name"], []).append(match["value"].strip("\"'"))
        return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}

    def resolve(self, raw: str) -> str | None:
        """``raw`` with the values of its variables; None where the file does not give them."""
        if len(raw) > _LONGEST:
            return None
        text = _REFERENCE.sub(self._referred, raw)
        return None if not text or len(text) > _LONGEST or _NOT_LITERAL.search(text) else text

    def _referred(self, match: re.Match[str]) -> str:
        name = match["github"] or match["braced"] or match["make"] or match["plain"]
        if name not in self._values:
            # Whoever is made of himself has no value.
            self._values[name] = None
            self._values[name] = self._value(name)
        return self._values[name] or match["default"] or match[0]

    def _value(self, name: str) -> str | None:
        """The one value of a variable; of several the one that is about staging."""
        values = {self.resolve(raw) for raw in self._assigned.get(name, ())[:_MOST]} - {None}
        if len(values) > 1:
            values = {value for value in values if value and says_staging(value)}
        return values.pop() if len(values) == 1 else None

    def named(
        self,
        kind: str,
        raw: str | None,
        offset: int,
        project: str | None = None,
        region: str | None = None,
    ) -> CloudName | None:
        """The resource that ``raw`` names; what cannot be made out is noted."""
        if not raw:
            return None
        value = self.resolve(raw)
        origin = self.origin(offset)
        if value is None:
            self.unresolved.append(Found(f"{kind} {raw}", origin))
        return cloud_name(kind, value, origin, project, region)

    def instances(self, raw: str | None, offset: int) -> tuple[CloudName, ...]:
        """The databases in ``P:R:I,P:R:I``. The instance is enough; the rest may be a riddle."""
        found = []
        for connection in (raw or "").split(","):
            parts = connection_parts(self.resolve(connection) or connection)
            if parts is not None:
                project, region, instance = parts
                found.append(
                    self.named(
                        "database", instance, offset, self.resolve(project), self.resolve(region)
                    )
                )
        return tuple(name for name in found if name is not None)
