"""The scenarios of code that uses coroutines in wrong ways."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_ASYNC: Final = "async-usage/repo"

SOURCE_SCENARIOS: Final[tuple[Scenario, ...]] = (
    scenario(
        "awaits-plain-function",
        "the repository awaits `get_websocket_manager()`, which is a plain function",
        "async-usage.not-awaitable",
        cause=_ASYNC,
    ),
    scenario(
        "never-awaited",
        "a coroutine of the repository is called and never awaited",
        "async-usage.never-awaited",
        cause=_ASYNC,
    ),
    scenario(
        "wrong-context-manager",
        "the repository enters a plain context manager with `async with`",
        "async-usage.wrong-context-manager",
        cause=_ASYNC,
    ),
    scenario(
        "wrong-iteration",
        "the repository iterates over an async generator with `for`",
        "async-usage.wrong-iteration",
        cause=_ASYNC,
    ),
    scenario(
        "loop-entered-again",
        "a coroutine of the repository calls `asyncio.run`",
        "async-usage.running-loop",
        cause=_ASYNC,
    ),
    scenario(
        "loop-closed-in-tests",
        "a fixture closes the event loop of the other tests and puts another in its place",
        "async-usage.shared-loop",
        exit_code=0,
    ),
    scenario(
        "blocking-call",
        "a coroutine of the repository sleeps with `time.sleep`",
        "async-usage.blocking-call",
        exit_code=0,
    ),
)
