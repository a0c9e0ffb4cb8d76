"""One probe: the configuration read, then every file that uses markers judged by it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from checks.pytest_markers import registering, scan
from checks.pytest_markers.glance import (
    Asked,
    Glance,
    ask,
    glance,
    known_in,
    unclear_strangers,
    worth_asking,
)
from checks.pytest_markers.judgement import Candidate, Judge, Verdict, candidates_of, strangers_of
from checks.pytest_markers.look import Look
from checks.pytest_markers.modules import Modules
from checks.pytest_markers.project import Project, ProjectReader
from checks.pytest_markers.reach import Reach, module_name
from checks.pytest_markers.reporting import Reporter
from checks.pytest_markers.roots import Standing
from netra_validate import Context, Finding, Fix
from netra_validate.check import NothingToExamine

if TYPE_CHECKING:
    from checks.pytest_markers.check import PytestMarkers
    from netra_validate.clients.source import Listing, Source

_BATCH: Final = 400
"""Files that are judged between two looks at the clock and at Ctrl-C."""


async def probe(check: PytestMarkers, ctx: Context) -> AsyncIterator[Finding]:
    """Examine the repository."""
    listing = await ctx.source.listing()
    look, seen = await _look(check, ctx.source, listing)
    if not (look.test_files and await _is_pytest_used(look, ctx.source)):
        raise NothingToExamine("no pytest tests found")
    reporter = Reporter(check, look)
    ctx.observe(**look.observations())
    for found in reporter.on_configuration():
        yield found
    reporter.take(seen.used)
    async for verdict in _verdicts(look, ctx.source, seen):
        for found in reporter.on(verdict):
            yield found
    for path in look.scripts():
        text = await asyncio.to_thread(ctx.source.text, path)
        for found in reporter.on_commands(path, text):
            yield found
    for found in reporter.at_the_end():
        yield found
    ctx.observe(**reporter.observations())
    unverified = reporter.unverified()
    if unverified is not None:
        raise unverified


async def _verdicts(look: Look, source: Source, seen: Glance) -> AsyncIterator[Verdict]:
    """A verdict on each file that is not done with; last on those that others may import."""
    held_back: list[Verdict] = []
    for start in range(0, len(seen.unclear), _BATCH):
        batch = seen.unclear[start : start + _BATCH]
        for verdict in await asyncio.to_thread(look.judge.judge, batch):
            if _is_held_back(verdict):
                held_back.append(verdict)
            else:
                yield verdict
    for verdict in await _reached(look, source, held_back, seen.asked):
        yield verdict


def _is_held_back(verdict: Verdict) -> bool:
    """Whether it depends on the imports of others what pytest says of a module."""
    is_helper = verdict.candidate.standing is Standing.HELPER
    return is_helper and any(use.when == "import" for use in verdict.refused)


async def _reached(
    look: Look, source: Source, held_back: Sequence[Verdict], asked: Asked | None
) -> list[Verdict]:
    """Verdicts on modules beside the tests, and on others that a test imports."""
    strangers = await asyncio.to_thread(_strangers, look, asked)
    if not (held_back or strangers):
        return []
    found = await Reach(look, source).reached([*held_back, *strangers])
    known = {verdict.candidate.path for verdict in held_back}
    return [each for each in found if each.imported_by or each.candidate.path in known]


def _strangers(look: Look, asked: Asked | None) -> list[Verdict]:
    """Verdicts on modules that have nothing to do with tests and look like it all the same."""
    project, judge = look.project, replace(look.judge, parse_all=False)
    strangers: Iterable[Candidate] = strangers_of(project, look.python)
    if asked is None:
        data = (judge.source.bytes(candidate.path) for candidate in look.candidates)
        imported = set().union(*map(scan.words_in_imports, data))
        around = look.packages_around
        strangers = (
            each
            for each in strangers
            if each.path in around
            or module_name(each.path).encode(errors="surrogatepass") in imported
        )
    unclear = unclear_strangers(judge, strangers, asked)
    return [verdict for verdict in judge.judge(unclear) if _is_held_back(verdict)]


async def _is_pytest_used(look: Look, source: Source) -> bool:
    """Whether the tests are pytest's: it is configured, declared or at least mentioned."""
    return look.mentions_pytest or bool((await source.containing(("pytest",)))["pytest"])


async def _look(check: PytestMarkers, source: Source, listing: Listing) -> tuple[Look, Glance]:
    """Read the configuration, and tell which files have to be read."""
    options = check.options
    files = _left_in(listing.files, options.exclude)
    python = [path for path in files if path.endswith(".py")]
    project = await asyncio.to_thread(_read, options, source, files)
    modules = Modules(source, project, frozenset(python))
    judge = Judge(source, project, modules, cut_short=frozenset(listing.oversized))
    asking = None
    if len(python) > options.parse_up_to:
        known = await asyncio.to_thread(known_in, judge, python)
        asking = asyncio.get_running_loop().create_task(ask(source, known))
    try:
        candidates = await asyncio.to_thread(lambda: tuple(candidates_of(project, python)))
        judge = replace(judge, parse_all=len(candidates) <= options.parse_up_to)
        seen = Glance(candidates)
        if asking and not judge.parse_all and worth_asking(len(candidates), len(python)):
            seen = glance(judge, candidates, await asking)
    finally:
        if asking:
            asking.cancel()
    return Look(project, judge, files, candidates, tuple(python)), seen


async def registrations(
    check: PytestMarkers, findings: Sequence[Finding], ctx: Context
) -> list[Fix]:
    """The edits that register what these findings miss, one for each root."""
    listing = await ctx.source.listing()
    files = _left_in(listing.files, check.options.exclude)
    project = await asyncio.to_thread(_read, check.options, ctx.source, files)
    missing: defaultdict[str, set[str]] = defaultdict(set)
    for found in findings:
        is_use = found.rule == check.unregistered.id and found.location is not None
        path = found.location.path if is_use and found.location else ""
        missing[project.roots.of(path).folder].add(str(found.evidence["name"]))
    version = check.options.pytest_version or project.requirements.pytest_version
    existing = frozenset(files)
    made = (
        registering.registration(
            project.settings[folder], sorted(names), existing, ctx.source, version
        )
        for folder, names in sorted(missing.items())
    )
    return [fix for fix in made if fix is not None]


def _read(options: PytestMarkers.Options, source: Source, files: Sequence[str]) -> Project:
    return ProjectReader(
        source, files, registered=options.registered, version=options.pytest_version
    ).read()


def _left_in(files: tuple[str, ...], excluded: Sequence[str]) -> tuple[str, ...]:
    if not excluded:
        return files
    return tuple(
        path for path in files if not any(fnmatchcase(path, pattern) for pattern in excluded)
    )
