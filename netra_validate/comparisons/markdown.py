"""A comparison for a comment on a pull request, an issue, or the summary of a job.

What is new stands open, what is known or mended is folded. A comment may have 65 536 characters
(https://github.com/orgs/community/discussions/27190), so what would lead further is left out, and
said to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netra_validate.comparison import Diff, Verdict
from netra_validate.differences import TITLES, WORDS, Alike, alike, headline
from netra_validate.grouping import place, places
from netra_validate.markdown_text import code, inline
from netra_validate.model import Change, Comparison, Severity
from netra_validate.terminal import Display
from netra_validate.wording import minute, number

LIMIT: Final = 60_000
"""Characters, with room left for what somebody writes around it."""

_LONGEST: Final = 300
"""Characters of one message or path."""

_LONGEST_ESCAPED: Final = 900
"""The same, with what escaping adds; a text of nothing but markup is shown in part."""

_VERDICTS: Final = {
    Verdict.WORSE: "❌",
    Verdict.UNVERIFIED: "❔",
    Verdict.BETTER: "✅",
    Verdict.SAME: "✅",
}

_SEVERITIES: Final = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTE: "ℹ️"}  # noqa: RUF001 - drawn

_FOLDED: Final = frozenset({Change.STILL_FAILING, Change.MENDED})


def render(diff: Diff, display: Display) -> str:
    """The document, always shorter than a comment may be."""
    del display
    written = ""
    for block in _blocks(diff):
        if len(written) + len(block) > LIMIT:
            return f"{written}… and more, left out for its length (all in `-o json`)\n"
        written += f"{block}\n"
    return f"{written.rstrip()}\n"


def _blocks(diff: Diff) -> Iterator[str]:
    """Paragraphs, each with a line end after its last line."""
    new = diff.report
    environment = _prose(new.environment or "no environment")
    yield f"## {_VERDICTS[diff.verdict]} {WORDS[diff.verdict]}: {environment}\n"
    yield f"{_prose(headline(diff))}\n"
    yield f"{' · '.join(_what(diff))}\n"
    for change, title in TITLES.items():
        if diff.comparison.of(change):
            yield from _section(diff.comparison, change, title)
    if diff.notes:
        yield "".join(f"- {_prose(note)}\n" for note in diff.notes)


def _what(diff: Diff) -> Iterator[str]:
    """Which two runs these are."""
    old, new = diff.comparison, diff.report
    yield minute(new.started_at)
    where = old.environment or "no environment"
    other = f"{_prose(where)}, " if old.environment != new.environment else ""
    yield f"since {other}{minute(old.started_at)}"
    if diff.fail_on is not Severity.ERROR:
        yield f"failing from {diff.fail_on} on"


def _section(comparison: Comparison, change: Change, title: str) -> Iterator[str]:
    found = comparison.of(change)
    shown, left_out = alike(found)
    lines = [line for each in shown for line in _lines(change, each)]
    lines += [f"- {_prose(line)}\n" for line in left_out]
    if change not in _FOLDED:
        yield f"### {title}\n"
        yield "".join(lines)
        return
    summary = f"{title} ({number(len(found))})"
    yield f"<details><summary>{summary}</summary>\n\n{''.join(lines)}\n</details>\n"


def _lines(change: Change, each: Alike) -> Iterator[str]:
    """An item, and below it where."""
    rule = f" ({_code(each.rule)})" if each.rule else ""
    yield f"- {_mark(change, each)} {_code(each.probe)}: {_prose(each.message)}{rule}\n"
    group = each.group
    if len(group.findings) > 1:
        where = [_prose(line) for line in places(group)]
    else:
        where = [_code(place(location)) for location in group.locations]
    yield from (f"  - {line}\n" for line in where)


def _mark(change: Change, each: Alike) -> str:
    if change is Change.MENDED:
        return "✅"
    if each.severity is None or change is Change.NO_LONGER_SEEN:
        return "❔"
    return _SEVERITIES[each.severity]


def _prose(text: str) -> str:
    escaped = inline(_cut(text, _LONGEST))
    # One dollar sign takes fourteen characters, and nothing takes more.
    return escaped if len(escaped) <= _LONGEST_ESCAPED else inline(_cut(text, _LONGEST // 5))


def _code(text: str) -> str:
    return code(_cut(text, _LONGEST))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
