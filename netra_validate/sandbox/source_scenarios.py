"""The scenarios of what stands in the repository: coroutines, definitions, signals."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.names import ENVIRONMENT
from netra_validate.sandbox.scenario import Scenario, scenario

_ASYNC: Final = "async-usage/repo"
_SINGLE: Final = "single-definition/repo"
_ENVIRONMENT: Final = f"environment/{ENVIRONMENT}"

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
    scenario(
        "defined-twice",
        "the repository defines its WebSocketManager a second time",
        "single-definition.duplicate",
        cause=_SINGLE,
    ),
    scenario(
        "defined-elsewhere",
        "an enum of the repository is defined elsewhere than at its home",
        "single-definition.misplaced",
        exit_code=0,
    ),
    scenario(
        "defined-nowhere",
        "an enum that is to be defined once has another name in the repository",
        "single-definition.missing",
        cause=_SINGLE,
    ),
    scenario(
        "too-many-factories",
        "the repository has more factories than their budget allows",
        "single-definition.over-budget",
        cause=_SINGLE,
    ),
    scenario(
        "environment-production",
        "the variables of staging's tests say ENVIRONMENT=production",
        "environment.conflict",
        cause=_ENVIRONMENT,
    ),
    scenario(
        "environment-denied",
        "the variables of staging's tests say STAGING_ENV=false",
        "environment.conflict",
        cause=_ENVIRONMENT,
    ),
    scenario(
        "environment-auth-elsewhere",
        "the variables of staging's tests name production's auth service",
        "environment.conflict",
        cause=_ENVIRONMENT,
    ),
    scenario(
        "environment-misspelt",
        "the variables of staging's tests hold a word that means no environment",
        "environment.unknown",
        exit_code=0,
    ),
    scenario(
        "environment-file-garbled",
        "the file with the variables of staging's tests is no text",
        "environment.unread",
        exit_code=0,
    ),
)
