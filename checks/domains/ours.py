"""What is our own in a repository: the configuration in use, and reports of earlier runs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final, Literal

import msgspec

PYPROJECT: Final = "pyproject.toml"
CONFIGURATIONS: Final = frozenset({"netra-validate.toml", PYPROJECT})
"""The configuration where nothing else is known: at the root."""

_NAME: Final = "netra-validate"


class _Tool(msgspec.Struct, frozen=True):
    name: Literal["netra-validate"]
    version: str


class _Report(msgspec.Struct, frozen=True):
    """What no other document has: the beginning of our JSON report, and its probes."""

    schema_version: int
    tool: _Tool
    probes: list[msgspec.Raw]


class _Component(msgspec.Struct, frozen=True):
    name: Literal["netra-validate"]


class _SarifTool(msgspec.Struct, frozen=True):
    driver: _Component


class _Run(msgspec.Struct, frozen=True):
    tool: _SarifTool


class _Sarif(msgspec.Struct, frozen=True):
    """SARIF 2.1.0, section 3.13 and 3.18: every run names its tool, and all of them are ours."""

    version: str
    runs: list[_Run]


def is_report(path: str, text: str) -> bool:
    """Whether a file is a report of an earlier run, by its whole shape and not by its name."""
    if not path.endswith((".json", ".sarif")) or f'"{_NAME}"' not in text:
        return False
    return _is(text, _Report) or _is(text, _Sarif)


def own_lines(text: str) -> frozenset[int]:
    """The lines of a ``pyproject.toml`` that are our configuration, counted from 1."""
    return frozenset(_own_tables(text))


def _is(text: str, shape: type[_Report | _Sarif]) -> bool:
    try:
        found = msgspec.json.decode(text, type=shape)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return isinstance(found, _Report) or bool(found.runs)


def _own_tables(text: str) -> Iterator[int]:
    """The lines of ``[tool.netra-validate]`` and the tables under it."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):  # an endless number is no TOMLDecodeError
        return
    headers = [*_headers(text), (len(text) + 1, "")]
    for (start, header), (end, _) in pairwise(headers):
        if _is_own(header):
            first = text.count("\n", 0, start) + 1
            yield from range(first, first + text.count("\n", start, end) + (end > len(text)))


_TOKEN: Final = re.compile(
    r'''
      """(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5} | "(?:[^"\\\n]++|\\.)*+"  # basic strings
    | \'\'\'(?:[^']++|'{1,2}(?!'))*+'{3,5} | '[^'\n]*+'                 # literal strings
    | \#[^\n]*+
    | (?P<bracket>[\[\]])
    ''',
    re.VERBOSE | re.DOTALL,
)
"""What a bracket can hide in (toml.io/en/v1.0.0), for text that is known to be TOML."""


def _headers(text: str) -> Iterator[tuple[int, str]]:
    """Where each header of a table begins, and the header: a bracket that begins a line.

    One inside a string, a comment or an array of several lines begins none.
    """
    depth = start = 0
    for token in _TOKEN.finditer(text):
        bracket = token["bracket"]
        if bracket == "[":
            start = start if depth else token.start()
            depth += 1
        elif bracket == "]":
            depth -= 1
            line = text.rfind("\n", 0, start) + 1
            if not depth and not text[line:start].strip():
                yield line, text[start : token.end()]


def _is_own(header: str) -> bool:
    """Whether a header names our table or one under it."""
    found: Any = tomllib.loads(header) if header else {}
    for key in ("tool", _NAME):
        found = found.get(key) if isinstance(found, dict) else None
    return found is not None
