"""Try again what can pass by itself, inside the time that the probe has.

Exponential backoff with full jitter, as in the AWS Architecture Blog's "Exponential Backoff And
Jitter" (tenacity's ``wait_random_exponential``): many validators that start on the same minute must
not come back on the same second. What the other side asks for in ``Retry-After`` goes first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, retry_if_result
from tenacity.wait import wait_random_exponential

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError

T = TypeVar("T")

_BACKOFF: Final = wait_random_exponential(multiplier=0.25, max=5.0)
"""Seconds: up to 0.25, 0.5, 1, 2 … before the next attempt."""

_WORTH_WAITING: Final = 0.3
"""Share of the time left that one wait may take. A server that asks for more is not passing through
a bad moment; what it says is the answer, and the time is better spent on saying so."""


@dataclass(frozen=True, slots=True)
class Again:
    """The outcome can pass by itself. ``after_s`` is what the other side asked us to wait."""

    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Attempts(Generic[T]):
    """What the last attempt gave, and how many there were."""

    result: T
    count: int


async def persevere(
    ask: Callable[[], Awaitable[T]],
    budget: Budget,
    *,
    of_result: Callable[[T], Again | None] = lambda _: None,
    of_error: Callable[[ClientError], Again | None] = lambda _: None,
) -> Attempts[T]:
    """Ask until the answer is final, the retries are used up, or the time is.

    Args:
        ask: one attempt. It bounds its own time with ``budget.allow``.
        budget: of the probe; it learns the number of attempts.
        of_result: says of an answer whether it may pass by itself.
        of_error: says it of an error.

    Returns:
        The last answer, transient or not.

    Raises:
        ClientError: the last attempt's, with ``attempts`` filled in.
    """

    def verdict(state: RetryCallState) -> Again | None:
        outcome = state.outcome
        if outcome is None:
            return None
        error = outcome.exception()
        if error is None:
            return of_result(outcome.result())
        return of_error(error) if isinstance(error, ClientError) else None

    def wait(state: RetryCallState) -> float:
        asked = verdict(state)
        return max(_BACKOFF(state), (asked.after_s or 0.0) if asked else 0.0)

    def stop(state: RetryCallState) -> bool:
        if state.attempt_number > budget.retries:
            return True
        return state.upcoming_sleep > budget.remaining() * _WORTH_WAITING

    count = 0

    async def counted() -> T:
        nonlocal count
        count += 1
        budget.note(count)
        try:
            return await ask()
        except ClientError as error:
            error.attempts = count
            raise

    async def pause(seconds: float) -> None:
        with budget.waiting():
            await asyncio.sleep(seconds)

    retrying = AsyncRetrying(
        sleep=pause,
        stop=stop,
        wait=wait,
        retry=retry_if_result(lambda result: of_result(result) is not None)
        | retry_if_exception(lambda e: isinstance(e, ClientError) and of_error(e) is not None),
        retry_error_callback=_last_outcome,
    )
    return Attempts(await retrying(counted), count)


def _last_outcome(state: RetryCallState) -> object:
    """The last answer, or the last error raised as it is."""
    assert state.outcome is not None  # noqa: S101 - tenacity calls this after an attempt
    return state.outcome.result()
