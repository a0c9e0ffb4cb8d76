"""The check itself: what it looks at, its rules, and the sentences it says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from netra_validate import (
    Check,
    CheckOptions,
    Context,
    Finding,
    Fix,
    Plane,
    Repository,
    Rule,
    Severity,
)
from netra_validate.by_hand import ByHand

if TYPE_CHECKING:
    from netra_validate.clients.source import Reader


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
        that pytest does not see this use by itself (a helper that no test is seen to import, a
        file outside `testpaths`, a conftest that is imported before markers are judged), or not
        before it runs the tests (a function that collecting does not call), or that the name may
        be registered in a way that cannot be read without running it.

        `netra-validate fix` registers a name that resembles no registered one, without a
        description; one that does may be a slip and is left to people, unless the option `required`
        lists it.
        To mend: correct the name, or register it.
        """,
        fixable=True,
        shows=(),
    )
    missing_required = Rule(
        Severity.ERROR,
        "A marker that must exist is not registered",
        help="""
        The option `required` lists markers that something outside of the tests relies on: a job
        that selects by them, for example.
        To mend: register the marker, or take it out of `required`.
        """,
        fixable=True,
        shows=(),
    )
    not_strict = Rule(
        Severity.WARNING,
        "Unknown markers are not an error",
        help="""
        A marker that is misspelt marks nothing then, and pytest warns of it at most.
        `strict = true` and `--strict` count as strict too, and so does a filter that turns every
        warning into an error.
        To mend: set `strict_markers = true` (pytest 9), or `--strict-markers` in `addopts`.
        """,
        shows=(),
    )
    ignored_config = Rule(
        Severity.ERROR,
        "Markers stand where pytest does not read them",
        help="""
        pytest reads one section of one file: the first of pytest.toml, .pytest.toml (both since
        pytest 9), pytest.ini, .pytest.ini, pyproject.toml, tox.ini and setup.cfg that has it. The
        section is `[pytest]` in the first four and in tox.ini, `[tool.pytest.ini_options]` or
        (since pytest 9) `[tool.pytest]` in pyproject.toml, and `[tool:pytest]` in setup.cfg alone.
        It is a warning where no marker is lost.
        To mend: move the options to where pytest reads them.
        """,
        shows=(),
    )
    broken_config = Rule(
        Severity.ERROR,
        "pytest cannot read its configuration",
        help="""
        pytest stops before it collects anything, so the markers of this root were not judged.
        To mend: correct the file; `pytest --collect-only` says what is wrong with it.
        """,
        shows=(),
    )
    duplicate = Rule(
        Severity.WARNING,
        "A marker is registered twice in one list",
        help="""
        Which description holds is a matter of luck, and whoever deletes one entry wonders why the
        marker is still there.
        To mend: delete all but one.
        """,
        shows=(),
    )
    unparsable_file = Rule(
        Severity.ERROR,
        "A test file is no valid Python",
        help="""
        pytest ends with an error at it and runs nothing. Its markers were read from its tokens.
        In a large tree (see the option `parse_up_to`) only files whose markers are in doubt are
        parsed.
        It is a warning for a file that pytest does not collect by itself.
        To mend: correct the file, or leave it out with `exclude` where it is not meant to be
        Python.
        """,
        shows=(),
    )
    unknown_in_expression = Rule(
        Severity.ERROR,
        "A marker expression names an unknown marker",
        help="""
        pytest 9 with strict markers refuses `-m` with a name that is not registered; an older or
        lenient one selects nothing by it, so that the job passes and runs no test, or with `not`
        runs all of them.
        To mend: correct the name in the expression, or register the marker that it means.
        """,
        shows=(),
    )
    unused = Rule(
        Severity.NOTE,
        "A registered marker is used nowhere",
        help="""
        It may be a leftover. Markers that are applied by a computed name are not seen.
        """,
        shows=(),
    )

    class Options(CheckOptions, frozen=True, kw_only=True):
        """What is required, what is left out."""

        required: Annotated[
            tuple[str, ...],
            Meta(examples=[["smoke", "slow"]], description="Markers that must be registered"),
        ] = ()
        registered: Annotated[
            tuple[str, ...],
            Meta(
                examples=[["integration"]],
                description="Markers that count as registered, such as those of a private plug-in",
            ),
        ] = ()
        exclude: Annotated[
            tuple[str, ...],
            Meta(
                examples=[["vendor/*"]],
                description="Files that are not looked at, as patterns of whole paths: * matches /"
                " too, as in vendor/*",
            ),
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

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.pytest_markers.by_hand import RULES

        return RULES

    def readers(self) -> Sequence[Reader[Any]]:
        """What it takes from syntax trees."""
        from checks.pytest_markers.reader import READER

        return (READER,)

    async def run(self, repository: Repository, ctx: Context) -> AsyncIterator[Finding]:
        """Examine the repository."""
        import asyncio

        del repository
        # What examines is loaded aside: it takes as long as the listing, and others go on.
        probe, _ = await asyncio.gather(asyncio.to_thread(_engine), ctx.source.listing())
        async for found in probe(self, ctx):
            yield found

    async def fixes(
        self, resource: Repository, findings: Sequence[Finding], ctx: Context
    ) -> AsyncIterator[Fix]:
        """One edit of each configuration: several markers of one list are added together."""
        from checks.pytest_markers.probe import registrations

        del resource
        for fix in await registrations(self, findings, ctx):
            yield fix

    def unfixed(self, found: Finding) -> str:
        """Why a finding is left to people."""
        from checks.pytest_markers.remedies import unfixed

        return unfixed(found) or super().unfixed(found)


def _engine() -> Callable[[PytestMarkers, Context], AsyncIterator[Finding]]:
    from checks.pytest_markers.probe import probe

    return probe
