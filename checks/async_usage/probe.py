"""One probe: the Python files that have to do with coroutines, read and judged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from checks.async_usage.examination import Examination
from netra_validate import Context, Finding, Remediation, path_patterns
from netra_validate.check import NothingToExamine

if TYPE_CHECKING:
    from checks.async_usage import AsyncUsage
    from netra_validate.clients.source import Source

_NEEDLES: Final = ("async def", "await ", "asyncio", "event_loop")
"""What a file has that may be at fault."""

_NESTING: Final = "nest_asyncio"
"""The package after whose ``apply`` a running loop may be entered again."""

_BATCH: Final = 50
"""Files between two looks at the clock."""

_FEW: Final = 300
"""Files up to which all are parsed; in more, only those that may be at fault by what they seem to
say."""

_SPARE: Final = 0.2
"""Share of the probe's time after which nothing more is begun: what runs may end, and be told."""


async def probe(check: AsyncUsage, ctx: Context) -> AsyncIterator[Finding]:
    """Find the files that have to do with coroutines, and judge them.

    What there is no time for is told, never passed over in silence.
    """
    spare_s = ctx.budget.remaining() * _SPARE
    listing = await ctx.source.listing()
    excluded = check.options.exclude
    python = [
        path
        for path in listing.files
        if path.endswith(".py") and not path_patterns.matches(path, excluded)
    ]
    found, holding = await asyncio.gather(ctx.source.containing((_NESTING,)), _holding(ctx.source))
    worth = [path for path in python if path in holding]
    if not worth:
        raise NothingToExamine("no Python file here has to do with coroutines")
    examination = Examination(check, ctx.source, python, nested=bool(found[_NESTING]))

    def is_late() -> bool:
        return ctx.budget.remaining() <= spare_s

    worth_parsing, late = worth, list[str]()
    if len(worth) > _FEW:
        worth_parsing, late = await _chosen(examination, worth, is_late)
    for batch in _batches(worth_parsing):
        if is_late():
            late += batch
            continue
        for each in await asyncio.to_thread(examination.examine, batch):
            yield each
    ctx.observe(files=len(python), **examination.observations())
    left = {*ctx.source.unreadable, *listing.oversized, *examination.too_large}
    unread = sorted(left.intersection(worth))
    if unread:
        yield _unread(check, unread)
    if late:
        yield _late(check, late, len(worth))


async def _holding(source: Source) -> frozenset[str]:
    """The files that have to do with coroutines."""
    patterns = tuple(needle.encode() for needle in _NEEDLES)
    held = await source.holding(patterns, among="*.py")
    oversized = frozenset((await source.listing()).oversized)
    if held is not None and held.isdisjoint(oversized):
        return held
    found = await source.containing(_NEEDLES)
    return frozenset().union(*found.values())


async def _chosen(
    examination: Examination, worth: Sequence[str], is_late: Callable[[], bool]
) -> tuple[list[str], list[str]]:
    """The files that are worth parsing, and those there was no time to look at."""
    for step in (examination.note_coroutines, examination.sketch):
        for batch in _batches(worth):
            if is_late():
                return [], list(worth)
            await asyncio.to_thread(step, batch)
    chosen: list[str] = []
    late: list[str] = []
    for batch in _batches(worth):
        if is_late():
            late += batch
        else:
            chosen += await asyncio.to_thread(examination.suspects, batch)
    return chosen, late


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(paths), _BATCH):
        yield paths[first : first + _BATCH]


def _unread(check: AsyncUsage, paths: Sequence[str]) -> Finding:
    count = "1 Python file" if len(paths) == 1 else f"{len(paths)} Python files"
    return check.unread.finding(
        f"{count} could not be examined whole ({', '.join(paths[:5])})",
        evidence={"count": len(paths), "files": list(paths)},
        remedy=Remediation(
            "Make them readable or smaller, or leave them out with `exclude` under "
            "[checks.async-usage]"
        ),
        identity="unread",
    )


def _late(check: AsyncUsage, paths: Sequence[str], of: int) -> Finding:
    return check.unread.finding(
        f"{len(paths)} of {of} Python files with coroutines were not looked at: the probe's time "
        "was nearly over",
        evidence={"count": len(paths), "of": of, "files": list(paths[:5])},
        remedy=Remediation(
            "Give the probe more time with `--timeout`, or leave files out with `exclude` under "
            "[checks.async-usage]"
        ),
        identity="late",
    )
