"""Loads Google's libraries off the event loop.

Importing them takes most of a second. The loop goes on serving other probes meanwhile, so that
their latencies stay true.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Final, TypeVar

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import TimedOut
from netra_validate.threads import DaemonExecutor

T = TypeVar("T")

_LOADED_BY_PARTS: Final = ("google.cloud.logging_v2",)
"""Packages that import far more than the client: this one the handlers of logging, HTTP, tracing
and web frameworks, which takes several times as long as the client itself."""

_THREADS: Final = DaemonExecutor()
_IMPORTING: Final = threading.Lock()


async def in_thread(work: Callable[[], T], budget: Budget, wanted_s: float, doing: str) -> T:
    """Call blocking ``work`` in a thread that nothing waits for in the end.

    Args:
        work: takes as long as it likes; only the waiting is bounded.
        budget: of the call.
        wanted_s: seconds to wait at most.
        doing: what is being done, as a message names it.

    Raises:
        TimedOut: it took longer.
    """
    limit = budget.allow(wanted_s)
    try:
        return await asyncio.wait_for(
            asyncio.get_running_loop().run_in_executor(_THREADS, work), timeout=limit
        )
    except TimeoutError:
        raise TimedOut(f"{doing} took longer than {limit:.3g} s") from None


def silence() -> None:
    """Keep the libraries off the terminal: it belongs to the report."""
    # gRPC's C core reads this when it is loaded, and writes to the process's stderr past Python.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    # Without any handler, Python prints warnings of loggers: every retry of a token request, say.
    for name in ("google", "grpc", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    # google-auth has opinions about a user's own credentials, which are what an engineer has.
    warnings.filterwarnings("ignore", module=r"google\.auth\b")


def load(name: str) -> ModuleType:
    """Import one of them; the first takes most of a second.

    One at a time: they share modules, and of two threads that import those in different orders one
    can see an unfinished one.
    """
    with _IMPORTING, _bare(name):
        silence()
        return import_module(name)


@contextmanager
def _bare(name: str) -> Iterator[None]:
    """Leave out what the package around a module imports for itself, where that is much.

    The package is there while the module is imported, and has run nothing. Afterwards it is gone
    again, so that whoever imports it himself has it whole.
    """
    package = next((each for each in _LOADED_BY_PARTS if name.startswith(f"{each}.")), None)
    if package is None or package in sys.modules:
        yield
        return
    spec = find_spec(package)
    if spec is not None:
        sys.modules[package] = module_from_spec(spec)
    try:
        yield
    finally:
        sys.modules.pop(package, None)
