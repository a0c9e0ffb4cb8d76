"""Blocking calls that must not keep the program alive.

A timeout stops waiting for a thread; it does not stop the thread. The usual executor is joined when
the event loop closes and again when the interpreter exits, so that one name server that does not
answer keeps a finished report from ending. These threads are daemons and are joined by nobody.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, ParamSpec, TypeVar

_LET_GO_S: Final = 1.0

T = TypeVar("T")
P = ParamSpec("P")


class DaemonExecutor(ThreadPoolExecutor):
    """An executor with one daemon thread for each call. The event loop accepts no other base."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call ``fn`` in a thread of its own."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the future
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing to wait for."""
        del wait, cancel_futures


def run_to_end(main: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` whose default executor is a :class:`DaemonExecutor`.

    Ctrl-C and a request to terminate cancel ``main``, which may answer with a result; a second
    Ctrl-C raises KeyboardInterrupt.
    """

    async def cancellable() -> T:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is one
        # Where a CI job is cancelled. Windows has no such signal, other threads cannot take it.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await main

    runner = asyncio.Runner()
    loop = runner.get_loop()
    loop.set_default_executor(DaemonExecutor())
    try:
        return runner.run(cancellable())
    finally:
        if _let_go(loop):
            runner.close()
        else:
            ABANDONED.append(loop)


ABANDONED: Final[list[asyncio.AbstractEventLoop]] = []
"""Loops with tasks that do not end when cancelled. A program with one ends by ``os._exit``."""


def _let_go(loop: asyncio.AbstractEventLoop) -> bool:
    """Cancel what is left, and wait a moment for it; ``Runner.close`` would wait for ever."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=_LET_GO_S))
    return all(task.done() for task in tasks)
