"""Markers in TOML files: an array of strings, continued in the way it is written. Pure.

tomlkit tells where the array stands, or where it would put one; the text of the array itself is
edited here, for tomlkit has one style and the file may have another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

import tomlkit
from tomlkit import items
from tomlkit.exceptions import TOMLKitError

from checks.pytest_markers.configuration import Section, marker_name
from checks.pytest_markers.insertions import (
    INDENT,
    CannotInsertError,
    Insertion,
    is_sorted,
    newline,
    predecessor,
)

_TOKEN: Final = re.compile(
    r"""
      (?P<string>"(?:[^"\\\n]|\\.)*+"(?!") | '[^'\n]*+'(?!'))
    | (?P<comma>,)
    | (?P<comment>\#[^\r\n]*+)
    | (?P<end>\r?\n)
    | [ \t]++
    """,
    re.VERBOSE,
)
"""What an array of one-line strings is made of (toml.io/en/v1.0.0#array)."""

_STAND_IN: Final = "netra-validate stands in"


def continued(section: Section, names: Sequence[str]) -> list[Insertion]:
    """The insertions that add names to the section's array, which is made where there is none.

    Raises:
        CannotInsertError: it is written in a way that is not followed here.
    """
    text = section.text
    if not section.table:
        header = "[pytest]" if section.mode == "toml" else "[tool.pytest.ini_options]"
        return [_new_table(text, header, names)]
    try:
        return _in_table(text, section.table.strip("[]").split("."), names)
    except (TOMLKitError, RecursionError, KeyError, TypeError, AttributeError) as error:
        # tomlkit refuses some documents that tomllib reads.
        raise CannotInsertError(str(error)) from error


def _in_table(text: str, keys: Sequence[str], names: Sequence[str]) -> list[Insertion]:
    document = tomlkit.parse(text)
    table: Any = document
    for key in keys:
        table = table[key]
    if "markers" not in table:
        table.append("markers", _stand_in())
        return [_new_option(text, document.as_string(), names)]
    array = table["markers"]
    if not isinstance(array, items.Array):
        raise CannotInsertError("markers is no array")
    raw = array.as_string()
    table["markers"] = _stand_in()
    start = document.as_string().find(f'"{_STAND_IN}"')
    if text[start : start + len(raw)] != raw:
        raise CannotInsertError("the array is not found")
    return [
        Insertion(start + each.at, each.text, start + each.end if each.end >= 0 else -1)
        for each in _in_array(raw, names, newline(text))
    ]


def _stand_in() -> items.String:
    return items.String(items.StringType.SLB, _STAND_IN, _STAND_IN, items.Trivia())


def _new_table(text: str, header: str, names: Sequence[str]) -> Insertion:
    end = newline(text)
    unended = end if text and not text.endswith("\n") else ""
    gap = end if text.strip() and not text.endswith(("\n\n", "\n\r\n")) else ""
    return Insertion(len(text), f"{unended}{gap}{header}{end}markers = {_array(names, end)}{end}")


def _array(names: Sequence[str], end: str) -> str:
    entries = (f'{INDENT}"{name}",{end}' for name in names)
    return f"[{end}{''.join(entries)}]"


def _new_option(text: str, edited: str, names: Sequence[str]) -> Insertion:
    """An option at the place where tomlkit would put it, in lines of its own where it does that."""
    same = len([*takewhile(lambda pair: pair[0] == pair[1], zip(text, edited, strict=False))])
    added = edited[same : same + len(edited) - len(text)]
    if text != edited[:same] + edited[same + len(added) :]:
        raise CannotInsertError("tomlkit would change more than that")
    line = next((line for line in edited.splitlines() if _STAND_IN in line), "")
    key, separator, rest = line.partition(f'"{_STAND_IN}"')
    if rest.strip() or not separator or "{" in key:
        inline = ", ".join(f'"{name}"' for name in names)
        return Insertion(same, added.replace(f'"{_STAND_IN}"', f"[{inline}]"))
    end = newline(text)
    at = _behind_last_option(text, edited.index(line))
    option = f"{key}{_array(names, end)}"
    return Insertion(at, f"{option}{end}" if text[:at].endswith("\n") else f"{end}{option}")


def _behind_last_option(text: str, at: int) -> int:
    """Before the empty lines and comments that lead to the next table."""
    lines = text[:at].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return sum(map(len, lines))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One string of an array."""

    start: int
    end: int
    name: str
    indent: str | None
    """What stands before it, if nothing but white space does in its line."""
    comma: int
    """Behind its comma; -1 where there is none."""
    line_end: int
    """Behind what belongs to it in its line, a comment as well; -1 if another one follows there."""
    quote: str


def _in_array(raw: str, names: Sequence[str], end: str) -> list[Insertion]:
    """The insertions in the text of an array."""
    entries = _entries(raw)
    if not entries:
        if raw[1:-1].strip():
            raise CannotInsertError("the array holds nothing but comments")
        return [Insertion(0, _array(names, end), len(raw))]
    listed = [entry.name for entry in entries]
    in_order = is_sorted(listed) and not _has_groups(raw)
    places: dict[int, list[str]] = {}
    for name in names:
        at = predecessor(listed, name) if in_order else len(entries) - 1
        places.setdefault(at, []).append(name)
    found: list[Insertion] = []
    for at, added in sorted(places.items()):
        found += _before(entries[0], added, end) if at < 0 else _behind(entries, at, added, end)
    return found


def _has_groups(raw: str) -> bool:
    """Whether comments in lines of their own make groups of the entries."""
    return any(line.lstrip().startswith("#") for line in raw.splitlines()[1:])


def _before(first: _Entry, names: Sequence[str], end: str) -> list[Insertion]:
    between = " " if first.indent is None else f"{end}{first.indent}"
    text = "".join(f"{first.quote}{name}{first.quote},{between}" for name in names)
    return [Insertion(first.start, text)]


def _behind(entries: Sequence[_Entry], at: int, names: Sequence[str], end: str) -> list[Insertion]:
    """Behind an entry: with a comma as the list has them, in lines of their own if it has them."""
    entry = entries[at]
    in_lines = entry.indent is not None
    between = f"{end}{entry.indent}" if in_lines else " "
    spelled = [f"{entry.quote}{name}{entry.quote}" for name in names]
    text = between + f",{between}".join(spelled)
    if entry.comma < 0:
        if in_lines and entry.line_end > entry.end:
            # A comment stands behind it.
            return [Insertion(entry.end, ","), Insertion(entry.line_end, text)]
        return [Insertion(entry.end, f",{text}")]
    place = entry.line_end if in_lines and entry.line_end >= 0 else entry.comma
    return [Insertion(place, f"{text},")]


def _entries(raw: str) -> list[_Entry]:
    """The strings of an array.

    Raises:
        CannotInsertError: it holds something else.
    """
    tokens = list(_tokens(raw))
    found = []
    for index, (kind, start, end) in enumerate(tokens):
        if kind != "string":
            continue
        line_start = max(raw.rfind("\n", 0, start) + 1, 1)
        indent = raw[line_start:start]
        is_first = not indent.strip() and "\n" in raw[:start]
        comma, line_end = _tail(tokens[index + 1 :], end)
        found.append(
            _Entry(
                start,
                end,
                marker_name(raw[start + 1 : end - 1]),
                indent if is_first else None,
                comma,
                line_end,
                raw[start],
            )
        )
    return found


def _tail(tokens: Sequence[tuple[str, int, int]], end: int) -> tuple[int, int]:
    """Where the comma of an entry ends, and where what belongs to it in its line does."""
    comma, line_end = -1, end
    for kind, _, behind in tokens:
        if kind == "end":
            return comma, line_end
        if kind == "string":
            return comma, -1
        if kind == "comma":
            comma = behind
        line_end = behind
    return comma, line_end


def _tokens(raw: str) -> Iterator[tuple[str, int, int]]:
    position, last = 1, len(raw) - 1
    while position < last:
        match = _TOKEN.match(raw, position, last)
        if match is None:
            raise CannotInsertError("the array holds something else than plain strings")
        if match.lastgroup:
            yield match.lastgroup, match.start(), match.end()
        position = match.end()
