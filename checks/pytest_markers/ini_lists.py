"""Markers in INI files, as iniconfig reads them: one to a line, under ``markers``. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.pytest_markers.configuration import Section, marker_name
from checks.pytest_markers.insertions import (
    INDENT,
    Insertion,
    is_sorted,
    newline,
    predecessor,
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line that is not empty and no comment."""

    number: int
    """From 0."""
    start: int
    end: int
    """Behind its last character, before its line end and white space."""
    text: str

    @property
    def indent(self) -> str:
        return self.text[: len(self.text) - len(self.text.lstrip())]


def continued(section: Section, names: Sequence[str]) -> list[Insertion]:
    """The insertions that add names to the section's list, which is made where there is none."""
    text, end = section.text, newline(section.text)
    lines = list(_lines(text))
    if not section.table:
        return [_new_section(text, names, end)]
    if "markers" not in section.options:
        header = next(line for line in lines if line.text.split("#")[0].strip() == section.table)
        last = _last_of_section(lines, header)
        return [Insertion(last.end, f"{end}{_option(names, end)}")]
    key = next(line for line in lines if line.number == section.lines["markers"] - 1)
    return _in_list(_value_lines(lines, key), names, end)


def new_file(names: Sequence[str]) -> str:
    """A configuration with nothing but markers."""
    return f"[pytest]\n{_option(names, chr(10))}\n"


def _new_section(text: str, names: Sequence[str], end: str) -> Insertion:
    before = end if text.strip() and not text.endswith(("\n\n", "\r\n\r\n")) else ""
    unended = end if text and not text.endswith(("\n", "\r")) else ""
    body = new_file(names).replace("\n", end)
    return Insertion(len(text), f"{unended}{before}{body}")


def _option(names: Sequence[str], end: str) -> str:
    return end.join(("markers =", *(f"{INDENT}{name}" for name in names)))


def _in_list(value: Sequence[_Line], names: Sequence[str], end: str) -> list[Insertion]:
    """Behind the entries of a list, or among them where they are in order."""
    entries = value[1:]
    indent = entries[-1].indent if entries else INDENT
    listed = [marker_name(entry.text) for entry in entries]
    first_holds_one = bool(value[0].text.partition("=")[2].strip())
    in_order = is_sorted(listed) and not first_holds_one and not _has_gaps(entries)
    places: dict[int, list[str]] = {}
    for name in names:
        at = predecessor(listed, name) + 1 if in_order else len(entries)
        places.setdefault(at, []).append(f"{end}{indent}{name}")
    return [Insertion(value[at].end, "".join(added)) for at, added in sorted(places.items())]


def _has_gaps(entries: Sequence[_Line]) -> bool:
    """Whether comments or empty lines make groups of the entries."""
    return entries[-1].number - entries[0].number >= len(entries)


def _lines(text: str) -> Iterator[_Line]:
    """The lines as iniconfig takes them: ``str.splitlines``, comments after any indentation."""
    start = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        bare = line.rstrip()
        if bare and not bare.lstrip().startswith(("#", ";")):
            yield _Line(number, start, start + len(bare), bare)
        start += len(line)


def _last_of_section(lines: Sequence[_Line], header: _Line) -> _Line:
    last = header
    for line in lines:
        if line.start > header.start:
            if line.text.startswith("["):
                break
            last = line
    return last


def _value_lines(lines: Sequence[_Line], key: _Line) -> list[_Line]:
    """The line of an option, and those that continue it."""
    found = [key]
    for line in lines:
        if line.start > key.start:
            if not line.indent:
                break
            found.append(line)
    return found
