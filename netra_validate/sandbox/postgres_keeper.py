"""Keeps one PostgreSQL server, in a process of its own that needs nothing but Python.

It makes a cluster in a temporary folder, starts the server on a Unix socket there, says so on its
standard output, and does what its standard input asks for: ``standby`` starts the server anew, in
recovery. At the end of its input, which is also that of the process that started it, it stops the
server and removes the folder.

PostgreSQL refuses to run as root, so for root it runs as ``nobody``; no user is made for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

MAX_CONNECTIONS: Final = 25
"""Three of them for superusers. Each takes a process, so few are enough to be used up."""

_NOBODY: Final = 65534
_STARTS_WITHIN_S: Final = 15.0
_STOPS_WITHIN_S: Final = 3.0
_READY: Final = {"ready", "standby"}
"""Last line of postmaster.pid (miscadmin.h, LOCK_FILE_LINE_PM_STATUS)."""

_SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": str(MAX_CONNECTIONS),
    "shared_buffers": "16MB",
    "fsync": "off",
    "autovacuum": "off",
    "max_wal_senders": "2",
    "deadlock_timeout": "20ms",
    "log_min_messages": "fatal",
}


class Keeper:
    """The server and its folder."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="netra-pg-"))
        self._data = self.folder / "data"
        self._server: subprocess.Popen[bytes] | None = None
        self._apart: dict[str, Any] = {"cwd": "/", "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            os.chown(self.folder, _NOBODY, _NOBODY)
            self._programs = self._within_reach(programs)
            self._apart |= {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}

    def _within_reach(self, programs: Path) -> Path:
        """The programs where ``nobody`` gets to them: copied, if they lie in a folder of root's."""
        if all(each.stat().st_mode & stat.S_IXOTH for each in programs.parents):
            return programs
        package, copies = programs.parent.parent, self.folder / "programs"
        os.umask(0o022)
        # The libraries are looked for beside the package, as the wheel has them.
        libraries = package.with_name(f"{package.name}.libs")
        for each in (programs.parent, *([libraries] if libraries.is_dir() else [])):
            shutil.copytree(each, copies / each.relative_to(package.parent), symlinks=True)
        return copies / programs.relative_to(package.parent)

    def make(self) -> None:
        """Make the cluster, with trust for whoever reaches the folder."""
        command: list[Path | str] = [
            self._programs / "initdb", "-D", self._data, "-U", "postgres", "--auth=trust",
            "--no-sync", "--no-locale", "--encoding=UTF8", "--no-instructions",
        ]  # fmt: skip
        subprocess.run(  # noqa: S603 - our own words
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._apart
        )

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        words = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - as above
                [self._programs / "postgres", "-D", self._data, "-k", self.folder, *words],
                stdout=log,
                stderr=log,
                process_group=0,
                **self._apart,
            )
        until = time.monotonic() + _STARTS_WITHIN_S
        while self._status() not in _READY:
            if self._server.poll() is not None or time.monotonic() > until:
                raise OSError("PostgreSQL did not start")
            time.sleep(0.005)

    def _status(self) -> str:
        try:
            lines = (self._data / "postmaster.pid").read_text().split()
        except OSError:
            return ""
        return lines[-1] if lines else ""

    def stand_by(self) -> None:
        """Start it anew, following a server that is not there."""
        # At once, so that it has something to replay.
        self.stop(signal.SIGQUIT)
        (self._data / "standby.signal").touch()
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self.start()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it; kill it where it does not."""
        if self._server is None:
            return
        self._server.send_signal(how)
        try:
            self._server.wait(_STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    def remove(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)


def main() -> None:
    """Keep the server until the input ends."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    keeper = Keeper(Path(sys.argv[1]))
    try:
        keeper.make()
        keeper.start()
        _say(str(keeper.folder))
        for line in sys.stdin:
            if line.strip() == "standby":
                keeper.stand_by()
                _say("standby")
    except (OSError, subprocess.SubprocessError):
        _say("")
    finally:
        keeper.stop(signal.SIGQUIT)
        keeper.remove()


def _say(word: str) -> None:
    try:
        sys.stdout.write(word + "\n")
        sys.stdout.flush()
    except OSError:  # nobody listens any more
        return


if __name__ == "__main__":
    main()
