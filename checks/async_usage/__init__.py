"""What the repository's own code awaits, enters and runs, held against what its functions are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from checks.async_usage.options import AsyncUsageOptions
from netra_validate import Check, Context, Finding, Plane, Repository, Rule, Severity
from netra_validate.by_hand import ByHand

if TYPE_CHECKING:
    from netra_validate.clients.source import Reader

__all__ = ["AsyncUsage"]


class AsyncUsage(Check[Repository]):
    """Coroutines are awaited, and nothing else is.

    Why it matters: `await get_manager()` on a plain function is a TypeError that only the run
    shows, mostly in production or in the one test that reaches it. A coroutine that nobody awaits
    never runs at all, and a blocking call in one stops every other request of the process.

    Names are followed through imports, re-exports and base classes within the repository. What
    cannot be known is passed over in silence: names that are bound twice, unknown decorators,
    methods that somebody replaces, doubles in tests, functions that ask whether they hold an
    awaitable, and what is meant to fail. Files that are no valid Python are counted, not judged.

    The comment `netra-validate: allow[async-usage.blocking-call]` allows its line, without brackets
    for every rule.
    """

    id = "async-usage"
    plane = Plane.SOURCE

    not_awaitable = Rule(
        Severity.ERROR,
        "Something is awaited that is not awaitable",
        help="""
        The function is no coroutine function, and nothing that it returns can be awaited: Python
        raises «object … can't be used in 'await' expression» as soon as the line is reached.
        To mend: remove the `await`, or make the function `async def` where that was meant.
        `netra-validate fix` removes the `await`.
        """,
        fixable=True,
        shows=(),
    )
    never_awaited = Rule(
        Severity.ERROR,
        "A coroutine is never awaited",
        help="""
        Calling an `async def` only makes a coroutine. Nothing of it runs until it is awaited or
        made a task, and Python says no more than a RuntimeWarning, «coroutine … was never awaited».
        To mend: put `await` before the call, or keep the task that `asyncio.create_task` gives.
        """,
        shows=(),
    )
    wrong_context_manager = Rule(
        Severity.ERROR,
        "A context manager is entered in the wrong way",
        help="""
        `async with` needs `__aenter__`, and `with` needs `__enter__`. A function with
        `@contextmanager` gives the one and with `@asynccontextmanager` the other; a coroutine or a
        generator that is not decorated gives neither. Python raises a TypeError when the line is
        reached.
        To mend: use the other statement, await the call first, or decorate the function.
        `netra-validate fix` changes the statement where that is the only thing to do.
        """,
        fixable=True,
        shows=(),
    )
    wrong_iteration = Rule(
        Severity.ERROR,
        "Something is iterated in the wrong way",
        help="""
        `async for` is for async generators and what has `__aiter__`, `for` is for the rest, and a
        coroutine has to be awaited before either. Python raises a TypeError when the line is
        reached.
        To mend: use the other statement, or await the call first. `netra-validate fix` changes the
        statement where that is the only thing to do.
        """,
        fixable=True,
        shows=(),
    )
    running_loop = Rule(
        Severity.ERROR,
        "A running event loop is entered again, or closed",
        help="""
        `asyncio.run` and `run_until_complete` cannot be called where a loop runs, and a running
        loop cannot be closed: asyncio raises a RuntimeError. Repositories that use `nest_asyncio`
        are not told of nested loops.
        To mend: inside a coroutine, await what is to be run, and leave the loop to who started it.
        """,
        shows=(),
    )
    shared_loop = Rule(
        Severity.WARNING,
        "The set-up of tests closes or replaces the event loop",
        help="""
        Fixtures and other tests share the loop of their thread. Once a fixture closes it or puts
        another in its place, tasks, connections and locks of the others belong to a loop that is
        gone: «Event loop is closed», «attached to a different loop». pytest-asyncio deprecated
        overriding its fixture `event_loop` in 0.21 and no longer has it since 1.0.
        To mend: leave the loop to the test runner, and say with `loop_scope` which tests share one.
        """,
        shows=(),
    )
    blocking_call = Rule(
        Severity.WARNING,
        "A coroutine makes a blocking call",
        help="""
        While it waits nothing else of the event loop runs: no other request, no heartbeat, no
        health check. The option `blocking` names further functions. In tests it is a note: their
        loop serves nobody else.
        To mend: await the asynchronous counterpart (`asyncio.sleep`,
        `asyncio.create_subprocess_exec`, an async client), or hand it to
        `await asyncio.to_thread(…)`.
        """,
        shows=(),
    )
    unread = Rule(
        Severity.WARNING,
        "Python files could not be examined",
        help="""
        They could not be read, they are larger than 32 MiB, or the time of the probe was nearly
        over before it came to them. What was not looked at is not known to be good.
        To mend: make them readable, give more time with `--timeout`, or leave them out with
        `exclude` under `[checks.async-usage]`.
        """,
        shows=(),
    )

    class Options(AsyncUsageOptions, frozen=True, kw_only=True):
        """What is left out, and what else blocks."""

    def unfixed(self, found: Finding) -> str:
        """Why a finding is left to people."""
        if found.rule == self.never_awaited.id:
            return "it may have been meant as a task"
        return super().unfixed(found)

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.async_usage.by_hand import RULES

        return RULES

    def readers(self) -> Sequence[Reader[Any]]:
        """What it takes from syntax trees."""
        from checks.async_usage.examination import reader_of

        return (reader_of(self.options),)

    async def run(self, resource: Repository, ctx: Context) -> AsyncIterator[Finding]:
        """Follow what every coroutine uses to where it is defined."""
        from checks.async_usage.probe import probe

        del resource
        async for found in probe(self, ctx):
            yield found
