"""The sandbox until Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from netra_validate.sandbox.process import Sandbox, SandboxError, launch

_ENDINGS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What tells a command to end: Ctrl-C, ``kill``, a closed terminal. Windows has no SIGHUP."""

_LOOKS_EVERY_S: Final = 0.5
"""Seconds between two looks at the process; waiting for it could not be interrupted on Windows."""


def serve(
    scenarios: Sequence[str] = (),
    folder: Path | None = None,
    *,
    ready: Callable[[Sandbox], None],
    heal_after_s: float | None = None,
) -> None:
    """Serve a sandbox until Ctrl-C, SIGTERM or SIGHUP, and return. In the main thread only.

    The sandbox is a process of its own here too: it ends, and removes a temporary folder, even
    where this process is killed.

    Args:
        scenarios: names in :data:`~netra_validate.sandbox.SCENARIOS`; their faults add up.
        folder: where to write its files, new or without another sandbox; a temporary one, removed
            at the end, where left out.
        ready: called once with the sandbox, when requests are taken.
        heal_after_s: seconds from then on until nothing is broken any more.

    Raises:
        UnknownScenario: there is no scenario of that name.
        SandboxUnavailable: the extra ``sandbox`` is not installed.
        SandboxError: it did not start, or ended without being told; or the folder holds another.
    """
    with (
        suppress(KeyboardInterrupt),
        _interrupted_once(),
        launch(scenarios, folder=folder, heal_after_s=heal_after_s) as one,
    ):
        ready(one)
        while one.exit_code is None:
            time.sleep(_LOOKS_EVERY_S)
        raise SandboxError(f"the sandbox ended by itself, with exit code {one.exit_code}")


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """Raise KeyboardInterrupt at the first of :data:`_ENDINGS`, and let no other disturb the end.

    What whoever started us has them ignored, by ``nohup`` or ``&``, stays ignored.
    """
    before = {number: signal.getsignal(number) for number in _ENDINGS}
    heard = [number for number, handler in before.items() if handler is not signal.SIG_IGN]

    def interrupt(*_: object) -> None:
        for number in heard:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in heard:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number] or signal.SIG_DFL)
