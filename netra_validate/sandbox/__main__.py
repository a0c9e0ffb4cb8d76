"""The sandbox's process, as :func:`netra_validate.sandbox.launch` starts it.

It writes one line of JSON to its standard output when it takes requests, and ends when its standard
input does: that is how it learns of the end of the process that started it, even of a sudden one.
Then nobody else is left to remove a temporary folder, so it does that too.

A line of its standard input is a JSON list of scenarios that it is to become; it answers with that
line again, or with one that holds ``refused``.

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
from functools import partial
from pathlib import Path

from netra_validate.sandbox.scenarios import faults_of
from netra_validate.sandbox.serving import FixedAtStart, Running, running


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
    asked: asyncio.Queue[bytes] = asyncio.Queue()
    end = partial(asked.put_nowait, b"")
    with suppress(NotImplementedError):  # on Windows, which has no such signals to speak of
        loop.add_signal_handler(signal.SIGTERM, end)
        loop.add_signal_handler(signal.SIGHUP, end)
    watching = threading.Thread(target=_watch, args=(loop, asked), daemon=True)
    watching.start()
    async with running(faults, folder) as sandbox:
        _tell(sandbox)
        if heal_after_s is not None:
            loop.call_later(heal_after_s, sandbox.heal)
        while line := await asked.get():
            await _become(sandbox, json.loads(line))


def _watch(loop: asyncio.AbstractEventLoop, asked: asyncio.Queue[bytes]) -> None:
    """Read the standard input to its end, in a thread: Windows cannot wait for a pipe otherwise."""
    line = b" "
    while line:
        line = sys.stdin.buffer.readline()
        with suppress(RuntimeError):  # the loop has ended first
            loop.call_soon_threadsafe(asked.put_nowait, line)


async def _become(sandbox: Running, scenarios: Sequence[str]) -> None:
    try:
        await sandbox.become(faults_of(scenarios))
    except FixedAtStart as refused:
        _say({"refused": str(refused)})
    else:
        _tell(sandbox)


def _tell(sandbox: Running) -> None:
    ready: dict[str, str | int] = {
        "config": str(sandbox.config_path),
        "rest": sandbox.ports.rest,
        "grpc": sandbox.ports.grpc,
    }
    _say(ready)


def _say(words: dict[str, str | int]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
