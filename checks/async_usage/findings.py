"""What is said of a fault, and the edit that mends it where that is certain."""

from __future__ import annotations

import ast
import re
from typing import Final

from checks.async_usage.judging import Fault
from netra_validate import Finding, Fix, Location, Remediation, Replacement, Rule

_LINE_END: Final = re.compile("\r\n|\r|\n")


class Text:
    """The lines of a file, as Python counts them."""

    def __init__(self, text: str) -> None:
        self._lines = _LINE_END.split(text)

    def column(self, line: int, octet: int) -> int:
        """The column, from 1 and in characters, of a place that is counted in bytes of UTF-8."""
        if line > len(self._lines):
            return octet + 1
        before = self._lines[line - 1].encode("utf-8", "surrogatepass")[:octet]
        return len(before.decode("utf-8", "replace")) + 1

    def stands(self, line: int, column: int, word: str) -> bool:
        """Whether a word stands there."""
        return self._lines[line - 1].startswith(word, column - 1)


def of(fault: Fault, rule: Rule, text: Text, complaint: str | None) -> Finding:
    """The finding for a fault.

    Args:
        fault: what is wrong.
        rule: that it breaks.
        text: of its file.
        complaint: why a comment that means to allow it does not.
    """
    location = Location(fault.path, fault.line, text.column(fault.line, fault.octet))
    evidence: dict[str, object] = {"name": fault.name}
    if fault.defined:
        evidence["defined"] = fault.defined
    if complaint:
        evidence["comment"] = complaint
    return rule.finding(
        fault.message,
        evidence=evidence,
        remedy=Remediation(fault.instead),
        location=location,
        severity=fault.severity,
        identity=f"{fault.path}:{fault.name}",
        fix=_fix(fault, location, text),
    )


_EDITS: Final = {"unawait": ("await ", ""), "unasync": ("async ", ""), "async": ("", "async ")}
"""For each edit what it takes away, and what it puts there."""


def _fix(fault: Fault, location: Location, text: Text) -> Fix | None:
    if fault.edit is None or location.line is None or location.column is None:
        return None
    taken, put = _EDITS[fault.edit]
    line, column = location.line, location.column
    if not text.stands(line, column, taken):
        return None
    end = column + len(taken)
    edit = Replacement(fault.path, line, column, line, end, put)
    return Fix(fault.instead.replace("`", ""), (edit,))


def last_name(node: ast.expr) -> str:
    """The last of the names with dots between them that an expression is."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
