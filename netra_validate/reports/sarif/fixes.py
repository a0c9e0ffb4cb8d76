"""Edits that mend a finding (3.55). An edit is written down whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from netra_validate import scrub
from netra_validate.model import Fix, Replacement
from netra_validate.reports.sarif.places import address, artifact
from netra_validate.reports.sarif.texts import Table, bounded, message, paragraph

_LONGEST: Final = 2_000
"""Characters that one edit may insert; more is no edit that anybody reads through.

It is less than the length at which a text of a report is cut, so that none is inserted that was.
"""

_MOST_REPLACEMENTS: Final = 100

_UNWRITABLE: Final = re.compile("[\0\ud800-\udfff]")
"""Unpaired surrogates, which are no text, and NUL, which many a consumer cannot store."""


def fixes(fix: Fix | None) -> list[Table]:
    """The edit, or nothing where it cannot be told here."""
    if fix is None or not _is_writable(fix.replacements):
        return []
    files = dict.fromkeys(replacement.path for replacement in fix.replacements)
    changes = [
        {
            "artifactLocation": artifact(file),
            "replacements": [_made(each) for each in fix.replacements if each.path == file],
        }
        for file in files
    ]
    summary = bounded(fix.summary) or "Mend it."
    return [{"description": message([paragraph(summary)]), "artifactChanges": changes}]


def _is_writable(replacements: Sequence[Replacement]) -> bool:
    if not 0 < len(replacements) <= _MOST_REPLACEMENTS:
        return False
    inserted = sum(len(each.text) for each in replacements)
    return inserted <= _LONGEST and all(
        address(each.path) is not None and _is_region(each) and _is_as_meant(each)
        for each in replacements
    )


def _is_region(each: Replacement) -> bool:
    start, end = (each.line, each.column), (each.end_line, each.end_column)
    return min(*start, *end) >= 1 and start <= end


def _is_as_meant(each: Replacement) -> bool:
    """Whether neither its text nor its path has lost anything on the way."""
    whole = scrub.REDACTED not in f"{each.path}\n{each.text}"
    return whole and not _UNWRITABLE.search(each.text)


def _made(each: Replacement) -> Table:
    """A region ends before its end column, as a replacement does; an empty one is an insertion."""
    return {
        "deletedRegion": {
            "startLine": each.line,
            "startColumn": each.column,
            "endLine": each.end_line,
            "endColumn": each.end_column,
        },
        "insertedContent": {"text": each.text},
    }
