"""The sandbox in this process, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from netra_validate.sandbox import scenarios as known
from netra_validate.sandbox.process import place, require_packages
from netra_validate.sandbox.serving import running


def serve(
    scenarios: Sequence[str] = (),
    folder: Path | None = None,
    *,
    ready: Callable[[Path], None],
) -> None:
    """Serve a sandbox until Ctrl-C or SIGTERM, and return.

    Args:
        scenarios: names in :data:`~netra_validate.sandbox.SCENARIOS`; their faults add up.
        folder: where to write its files, new or without another sandbox; a temporary one, removed
            at the end, where left out.
        ready: called once with the path of the configuration, when requests are taken.

    Raises:
        UnknownScenario: there is no scenario of that name.
        SandboxUnavailable: the extra ``sandbox`` is not installed.
        SandboxError: the folder holds another sandbox.
    """
    faults = known.faults_of(scenarios)
    require_packages()
    # asyncio turns the first Ctrl-C into a cancellation, so everything is closed in order.
    with place(folder) as where, suppress(KeyboardInterrupt):
        asyncio.run(_until_told(faults, where, ready))


async def _until_told(faults: Sequence[str], folder: Path, ready: Callable[[Path], None]) -> None:
    told = asyncio.Event()
    with suppress(NotImplementedError):  # Windows has no SIGTERM to speak of
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with running(faults, folder) as sandbox:
        ready(sandbox.config_path)
        await told.wait()
