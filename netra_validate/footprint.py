"""What a run itself took of the machine and of the servers, for ``--debug``.

A run that fails for want of memory, or that a server's limit turns away, looks like an environment
that fails; these numbers tell them apart.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_MB: Final = 1e6


def peak_memory() -> int | None:
    """Most bytes of memory that this process had at once; None where the system does not tell."""
    try:
        # Of what getrusage tells, Linux counts the memory of the process that started this one in.
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return _rusage()


def _rusage() -> int | None:
    """The same by POSIX, where there is no ``/proc``."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - of POSIX alone

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Bytes on macOS, kilobytes elsewhere: getrusage(2) of each.
    return peak if sys.platform == "darwin" else peak * 1024


def told(memory: int | None, connections: int, to_one_server: int) -> str:
    """One sentence.

    Args:
        memory: bytes at the peak, or None.
        connections: that were in use at once.
        to_one_server: of them, to one host and port.
    """
    taken = "" if memory is None else f"{memory / _MB:.0f} MB of memory at its peak and "
    return (
        f"this run took {taken}{connections} connections at once,"
        f" {to_one_server} of them to one server"
    )
