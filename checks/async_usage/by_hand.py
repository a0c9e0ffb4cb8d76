"""How to look at asynchronous code by hand, and what its faults usually hide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import ByHand, see

_USES: Final = "git grep -n -F -e {name} -- {file}"

RULES: Final[Mapping[str, ByHand]] = {
    "not-awaitable": see(
        _USES,
        hides="A function that was asynchronous once, or a mock in tests that makes everything"
        " awaitable: the tests pass, and `object … can't be used in 'await'` comes in production.",
    ),
    "never-awaited": see(
        _USES,
        hides="Something that never happens: a message that is not sent, a connection that is not"
        " closed. Python only warns, when the coroutine is collected, somewhere else.",
    ),
    "wrong-context-manager": see(
        _USES,
        hides="A path that no test takes, since it raises the first time. Mocks accept both forms.",
    ),
    "wrong-iteration": see(
        _USES,
        hides="A path that no test takes, since it raises the first time; mostly an API that became"
        " asynchronous.",
    ),
    "blocking-call": see(
        _USES,
        hides="A service that stands still for everybody while one request waits: health endpoints"
        " time out and WebSockets miss their pings, and the load balancer is blamed.",
    ),
    "running-loop": see(
        _USES,
        hides="Code that works from a script and raises in the server or in an asynchronous test,"
        " where a loop runs already.",
    ),
    "shared-loop": see(
        _USES,
        hides="Tests that fail by their order: alone each passes. `Event loop is closed` names the"
        " wrong test.",
    ),
    "unread": see(
        "python -m ast {file}",
        hides="Coroutines that nobody has looked at. Mostly a file that does not parse, and so is"
        " not run either.",
    ),
}
