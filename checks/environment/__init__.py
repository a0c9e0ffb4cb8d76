"""The signals by which tests and programs recognise the environment that they run against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.environment.options import EnvironmentOptions
from checks.environment.rules import EnvironmentRules
from netra_validate import Check, Context, Finding, Plane, WholeEnvironment
from netra_validate.by_hand import ByHand

__all__ = ["EnvironmentCheck"]


class EnvironmentCheck(EnvironmentRules, Check[WholeEnvironment]):
    """Every signal names the environment that is examined.

    Why it matters: tests know by one of five signals that they run against staging: an argument,
    `ENVIRONMENT`, `STAGING_ENV`, the address of the auth service, or the file
    `.env.staging.tests`. Where two disagree, the tests recognise one environment and this run
    examines another, and what passes here says nothing about them.

    The argument decides: what `--env`, `default_environment` or `NETRA_ENV` chose is examined, and
    the other signals are held against it. One that names another place to deploy to is an error.
    One that speaks of this machine, as on any laptop, is worth a note only. The file counts by its
    content where it belongs to the environment that is examined; that it is there says no more than
    that tests without an argument may go by it. What is not set is no signal, and without any there
    is nothing to compare: the check is skipped.

    Variables hold words and addresses, files secrets as well: of a value only a known word or a
    host is ever shown, and of a file only the variables that the options name are read.
    """

    id = "environment"
    plane = Plane.SOURCE

    class Options(EnvironmentOptions, frozen=True, kw_only=True):
        """Which signals there are, and what they mean."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.environment.by_hand import RULES

        return RULES

    async def run(self, resource: WholeEnvironment, ctx: Context) -> AsyncIterator[Finding]:
        """Read every signal, and say what disagrees with what is examined."""
        from checks.environment.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
