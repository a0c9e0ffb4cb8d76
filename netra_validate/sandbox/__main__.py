"""The sandbox's process, as :func:`netra_validate.sandbox.launch` starts it.

It writes one line of JSON to its standard output when it takes requests, and ends when its standard
input does: that is how it learns of the end of the process that started it, even of a sudden one.
Then nobody else is left to remove a temporary folder, so it does that too.

It ignores SIGINT, which a terminal sends to a whole process group: a Ctrl-C is for the validator,
which needs the sandbox until its report is done.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from netra_validate.sandbox.scenarios import faults_of
from netra_validate.sandbox.serving import Running, running


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the standard input ends, or SIGTERM or SIGHUP comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    options = _parser().parse_args(arguments)
    try:
        faults = faults_of(options.scenario)
        asyncio.run(_until_end_of_input(faults, options.folder, options.heal_after))
    finally:
        if options.remove_folder:
            shutil.rmtree(options.folder, ignore_errors=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m netra_validate.sandbox")
    parser.add_argument("--scenario", action="append", default=[], help="may be repeated")
    parser.add_argument("--folder", type=Path, required=True, help="where to write the files")
    parser.add_argument("--heal-after", type=float, help="seconds until nothing is broken")
    parser.add_argument("--remove-folder", action="store_true", help="remove it at the end")
    return parser


async def _until_end_of_input(
    faults: Sequence[str], folder: Path, heal_after_s: float | None
) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    with suppress(NotImplementedError):  # on Windows, which has no such signals to speak of
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        loop.add_signal_handler(signal.SIGHUP, ended.set)
    watching = threading.Thread(target=_watch, args=(loop, ended), daemon=True)
    watching.start()
    async with running(faults, folder) as sandbox:
        _tell(sandbox)
        if heal_after_s is not None:
            loop.call_later(heal_after_s, sandbox.heal)
        await ended.wait()


def _watch(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """Read the standard input to its end, in a thread: Windows cannot wait for a pipe otherwise."""
    while sys.stdin.buffer.read(1024):
        pass
    with suppress(RuntimeError):  # the loop has ended first
        loop.call_soon_threadsafe(ended.set)


def _tell(sandbox: Running) -> None:
    ready = {
        "config": str(sandbox.config_path),
        "rest": sandbox.ports.rest,
        "grpc": sandbox.ports.grpc,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
