"""The lines that may name any host: those that say so, and our own configuration."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_COMMENT: Final = re.compile(
    r"netra-validate:[ \t]*allow\b(?:[ \t]*\[([^\]\n]*)\])?", re.IGNORECASE
)

_TABLE: Final = re.compile(
    r"^[ \t]*\[{1,2}[ \t]*([\w\"'.\- \t]+?)[ \t]*\]{1,2}[ \t]*(?:#.*)?$", re.MULTILINE
)
"""The header of a TOML table (toml.io/en/v1.0.0#table)."""

_OWN_TABLE: Final = re.compile(r"tool\.netra-validate(\..*)?")

_OWN_FILE: Final = "netra-validate.toml"

_OWN_REPORT: Final = re.compile(r'"name"\s*:\s*"netra-validate"')
_REPORT_HEAD: Final = 2000
"""Characters in which a report of ours names its tool."""

Exempt = Callable[[int, str], bool]
"""Whether a line, by its number, may break a rule, by its id."""


def of(path: str, text: str) -> Exempt:
    """What the text of a file itself exempts."""
    own = _own_lines(path, text)
    comments = _comments(text)

    def exempt(line: int, rule: str) -> bool:
        allowed = comments.get(line)
        return line in own or (
            allowed is not None and (not allowed or bool(allowed & _names(rule)))
        )

    return exempt


def whole(path: str, text: str) -> bool:
    """Whether a file is ours: the configuration, or a report of an earlier run."""
    if path.rpartition("/")[2] == _OWN_FILE:
        return True
    return (
        path.endswith((".json", ".sarif")) and _OWN_REPORT.search(text[:_REPORT_HEAD]) is not None
    )


def _names(rule: str) -> set[str]:
    """The names of a rule in a comment: its id, or that of its check for all of its rules."""
    return {rule, rule.partition(".")[0]}


def _comments(text: str) -> dict[int, set[str]]:
    """The rules that each commented line allows; none named means all."""
    allowed: dict[int, set[str]] = {}
    line, last = 1, 0
    for match in _COMMENT.finditer(text) if "netra-validate:" in text.lower() else ():
        line += text.count("\n", last, match.start())
        last = match.start()
        allowed[line] = {name.strip().lower() for name in (match[1] or "").split(",")} - {""}
    return allowed


def _own_lines(path: str, text: str) -> frozenset[int]:
    """The lines of ``[tool.netra-validate]`` and the tables under it in a ``pyproject.toml``."""
    if path.rpartition("/")[2] != "pyproject.toml" or "netra-validate" not in text:
        return frozenset()
    headers = list(_TABLE.finditer(text))
    own: set[int] = set()
    for index, header in enumerate(headers):
        if not _OWN_TABLE.fullmatch(re.sub(r"[\"' \t]", "", header[1])):
            continue
        end = headers[index + 1].start() if index + 1 < len(headers) else len(text)
        first = text.count("\n", 0, header.start()) + 1
        own.update(range(first, first + text.count("\n", header.start(), end) + 1))
        if index + 1 < len(headers):
            own.discard(text.count("\n", 0, end) + 1)
    return frozenset(own)
