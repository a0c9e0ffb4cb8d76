"""Each question is asked once in a run, and everyone who asks gets the same answer."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Generator, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import TimedOut

T = TypeVar("T")

_SHARE: float = 0.9
"""Share of the first asker's time that the call may take: the rest is for telling of its end."""


@dataclass(frozen=True, slots=True)
class _Asked(Generic[T]):
    """One question under way or answered."""

    subject: str
    budget: Budget
    task: asyncio.Task[T]


class Answer(Generic[T]):
    """An answer that is on its way since it was asked for. Await it when it is needed.

    Nothing is lost by never awaiting it, so a check may ask all its questions first.
    """

    def __init__(self, asked: _Asked[T], budget: Budget) -> None:
        self._asked = asked
        self._budget = budget
        self._asked_at = asyncio.get_running_loop().time()

    def __await__(self) -> Generator[Any, None, T]:
        return self._wait().__await__()

    async def _wait(self) -> T:
        """The answer, unless this asker's own time ends first.

        Whoever gives up leaves the call to the others.
        """
        try:
            async with asyncio.timeout(self._budget.allow(math.inf)) as limit:
                return await asyncio.shield(self._asked.task)
        except TimeoutError:
            if not limit.expired():
                raise
            waited = asyncio.get_running_loop().time() - self._asked_at
            raise TimedOut(
                f"{self._asked.subject} gave no answer within {waited:.3g} s",
                attempts=self._asked.budget.attempts,
            ) from None
        finally:
            self._budget.note(self._asked.budget.attempts)


class Answers:
    """The questions of a run."""

    def __init__(self) -> None:
        self._asked: dict[Hashable, _Asked[Any]] = {}

    def ask(
        self,
        question: Hashable,
        subject: str,
        budget: Budget,
        call: Callable[[Budget], Awaitable[T]],
    ) -> Answer[T]:
        """Start ``call``, or join the one that was started for the same question.

        Args:
            question: tells questions apart.
            subject: what is asked for, as a message names it.
            budget: of the asker. The call gets one of its own with as much time and as many
                retries; it learns how many attempts were made.
            call: does the asking within the budget it is given.
        """
        asked = self._asked.get(question)
        if asked is None:
            now = asyncio.get_running_loop().time()
            own = Budget(ends_at=now + budget.remaining() * _SHARE, retries=budget.retries)
            task = asyncio.ensure_future(_run(call, own))
            task.add_done_callback(_look_at_error)
            asked = self._asked[question] = _Asked(subject, own, task)
        return Answer(asked, budget)

    async def close(self) -> None:
        """Stop what is still under way."""
        tasks = [asked.task for asked in self._asked.values() if not asked.task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(call: Callable[[Budget], Awaitable[T]], budget: Budget) -> T:
    return await call(budget)


def _look_at_error(task: asyncio.Task[Any]) -> None:
    """Keep asyncio from printing an error that nobody came to fetch."""
    if not task.cancelled():
        task.exception()
