"""The check itself: what it looks at, its rules, and the sentences it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final

from msgspec import Meta

from checks.pytest_markers import scan
from checks.pytest_markers.judgement import Judge, candidates_of
from checks.pytest_markers.look import Look
from checks.pytest_markers.project import ProjectReader
from checks.pytest_markers.registered import NEEDLES as TELLING
from checks.pytest_markers.reporting import Reporter
from netra_validate import Check, CheckOptions, Context, Finding, Plane, Repository, Rule, Severity
from netra_validate.check import NothingToExamine

_ODD: Final = "[tool:pytest]"
_NEEDLES: Final = (*scan.NEEDLES, *TELLING, _ODD)
_BATCH: Final = 400
"""Files that are judged between two looks at the clock and at Ctrl-C."""


class PytestMarkers(Check[Repository]):
    """Every pytest marker in use is registered, and pytest insists on it.

    A marker with a typing error selects nothing and skips nothing, and pytest says no word about it
    unless it is strict. A strict pytest stops at the first file with an unknown one. This check
    says what `pytest --strict-markers` would say of every test file, without importing one.
    """

    id = "pytest-markers"
    plane = Plane.SOURCE

    unregistered = Rule(
        Severity.ERROR,
        "A marker is used that is registered nowhere",
        help="""
        `pytest --strict-markers` refuses the file with «not found in `markers` configuration
        option». Without strict markers a misspelt marker silently marks nothing.

        Registered is what stands under `markers` in the configuration file that pytest chooses,
        what `config.addinivalue_line("markers", …)` adds in a `conftest.py` that is loaded by
        then, and what pytest and the declared plug-ins bring. A warning instead of an error says
        that pytest does not see this use by itself (a helper, a file outside `testpaths`, a
        conftest that is imported before markers are judged) or that the name may be registered in
        a way that cannot be read without running it.

        Mend the name, or register it.
        """,
    )
    missing_required = Rule(
        Severity.ERROR,
        "A marker that must exist is not registered",
        help="""
        The option `required` lists markers that something outside of the tests relies on: a job
        that selects by them, for example. Register the marker, or take it out of `required`.
        """,
    )
    not_strict = Rule(
        Severity.WARNING,
        "Unknown markers are not an error",
        help="""
        Set `strict_markers = true` (pytest 9), or `--strict-markers` in `addopts`. `strict = true`
        and `--strict` do it too, and so does a filter that turns every warning into an error.
        """,
    )
    ignored_config = Rule(
        Severity.ERROR,
        "Markers stand where pytest does not read them",
        help="""
        pytest reads one section of one file: the first of pytest.toml, .pytest.toml (both since
        pytest 9), pytest.ini, .pytest.ini, pyproject.toml, tox.ini and setup.cfg that has it. The
        section is `[pytest]` in the first four and in tox.ini, `[tool.pytest.ini_options]` or
        (since pytest 9) `[tool.pytest]` in pyproject.toml, and `[tool:pytest]` in setup.cfg alone.
        Move the options there. It is a warning where no marker is lost.
        """,
    )
    broken_config = Rule(
        Severity.ERROR,
        "pytest cannot read its configuration",
        help="""
        pytest stops before it collects anything, so the markers of this root were not judged.
        """,
    )
    duplicate = Rule(
        Severity.WARNING,
        "A marker is registered twice in one list",
        help="""
        Which description holds is a matter of luck, and whoever deletes one entry wonders why the
        marker is still there. Delete all but one.
        """,
    )
    unparsable_file = Rule(
        Severity.ERROR,
        "A test file is no valid Python",
        help="""
        pytest ends with an error at it and runs nothing. Its markers were read from its tokens.
        In a large tree (see the option `parse_up_to`) only files whose markers are in doubt are
        parsed.
        It is a warning for a file that pytest does not collect by itself.
        """,
    )
    unknown_in_expression = Rule(
        Severity.ERROR,
        "A marker expression names an unknown marker",
        help="""
        pytest 9 with strict markers refuses `-m` with a name that is not registered; an older or
        lenient one selects nothing by it, so that the job passes and runs no test, or with `not`
        runs all of them.
        """,
    )
    unused = Rule(
        Severity.NOTE,
        "A registered marker is used nowhere",
        help="""
        It may be a leftover. Markers that are applied by a computed name are not seen.
        """,
    )

    class Options(CheckOptions, frozen=True, kw_only=True):
        """What is required, what is left out."""

        required: Annotated[
            tuple[str, ...], Meta(description="Markers that must be registered")
        ] = ()
        registered: Annotated[
            tuple[str, ...],
            Meta(
                description="Markers that count as registered, such as those of a private plug-in"
            ),
        ] = ()
        exclude: Annotated[
            tuple[str, ...], Meta(description="Globs of files to leave out; * matches / too")
        ] = ()
        unused: Annotated[bool, Meta(description="Whether to note unused markers")] = True
        parse_up_to: Annotated[
            int,
            Meta(
                ge=0, description="Parse every file of the tests where there are at most this many"
            ),
        ] = 500
        pytest_version: (
            Annotated[
                int, Meta(ge=7, description="Major version to judge by; else by the requirements")
            ]
            | None
        ) = None

    async def run(self, repository: Repository, ctx: Context) -> AsyncIterator[Finding]:
        """Examine the repository."""
        del repository
        listing = await ctx.source.listing()
        containing = await ctx.source.containing(_NEEDLES)
        files = tuple(path for path in listing.files if not self._is_excluded(path))
        cut_short = frozenset(listing.oversized)
        look = await asyncio.to_thread(self._look, ctx, files, containing, cut_short)
        if not (look.test_files and await self._is_pytest_used(look, ctx)):
            raise NothingToExamine("no pytest tests found")
        reporter = Reporter(self, look)
        ctx.observe(**look.observations())
        for found in reporter.on_configuration():
            yield found
        for start in range(0, len(look.candidates), _BATCH):
            batch = look.candidates[start : start + _BATCH]
            for verdict in await asyncio.to_thread(look.judge.judge, batch):
                for found in reporter.on(verdict):
                    yield found
        for path in look.scripts():
            text = await asyncio.to_thread(ctx.source.text, path)
            for found in reporter.on_commands(path, text):
                yield found
        for found in reporter.at_the_end():
            yield found
        ctx.observe(**reporter.observations())

    @staticmethod
    async def _is_pytest_used(look: Look, ctx: Context) -> bool:
        """Whether the tests are pytest's: it is configured, declared or at least mentioned."""
        return look.mentions_pytest or bool((await ctx.source.containing(("pytest",)))["pytest"])

    def _is_excluded(self, path: str) -> bool:
        return any(fnmatchcase(path, pattern) for pattern in self.options.exclude)

    def _look(
        self,
        ctx: Context,
        files: tuple[str, ...],
        containing: Mapping[str, Collection[str]],
        cut_short: frozenset[str],
    ) -> Look:
        wanted = frozenset(files)
        python = [path for path in files if path.endswith(".py")]
        holding = {needle: wanted.intersection(paths) for needle, paths in containing.items()}
        telling = frozenset().union(*(holding[needle] for needle in TELLING))
        project = ProjectReader(
            ctx.source,
            files,
            telling=(path for path in telling if path.endswith(".py")),
            odd=sorted(holding[_ODD]),
            registered=self.options.registered,
            version=self.options.pytest_version,
        ).read()
        candidates = tuple(
            candidates_of(
                project,
                python,
                naming_in_strings=holding["add_marker"],
                importing=holding["from pytest"],
            )
        )
        parse_all = len(candidates) <= self.options.parse_up_to
        judge = Judge(ctx.source, project, parse_all, cut_short)
        return Look(project, judge, files, len(python), candidates)
