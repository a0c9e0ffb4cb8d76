"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE
from typing import Final

_DESCRIPTORS: Final = re.compile(
    r"/dev/(?P<stream>stdout|stderr)|(?:/dev/fd|/proc/self/fd)/(?P<number>[0-9]{1,5})"
)
"""Names that a shell gives to what it has opened, as for ``>(…)``."""


def target(path: Path) -> Path:
    """The file that is meant: where ``path`` is a symbolic link, the one that it points to."""
    return Path(os.path.realpath(path))


def write(path: Path, document: str) -> None:
    """Write a file that is never seen half-written: a new one takes the old one's place.

    It has the mode of the old one. It takes the place of a symbolic link, too, which may have come
    with a repository.

    Raises:
        OSError: it cannot be written; what was there is untouched.
    """
    if path.exists() and not path.is_file():
        # A pipe or a device, such as /dev/stderr, is written to and not replaced.
        path.write_text(document, encoding="utf-8", newline="\n")
        return
    mode = _mode(path)
    import tempfile

    # A name of its own length: with that of the file it might be too long.
    handle, name = tempfile.mkstemp(prefix=".netra-validate.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(document)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def write_through(path: Path, document: str) -> None:
    """:func:`write` the file that is meant; a symbolic link stays one.

    Raises:
        OSError: as there; links that lead in a circle.
    """
    number = _descriptor(path)
    if number is not None:
        # Opened by whoever started us, who goes on where we end.
        with os.fdopen(os.dup(number), "w", encoding="utf-8", newline="\n") as file:
            file.write(document)
        return
    meant = target(path)
    if meant.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    write(meant, document)


def _descriptor(path: Path) -> int | None:
    """The number of the open file that a name such as ``/dev/fd/63`` or ``/dev/stderr`` means."""
    match = _DESCRIPTORS.fullmatch(path.as_posix())
    if match is None:
        return None
    return {"stdout": 1, "stderr": 2}.get(match["stream"]) or int(match["number"] or 1)


def append(path: Path, document: str) -> None:
    """Add to what is in a file, which may not exist yet.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    with path.open("ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        left = memoryview(document.encode())
        try:
            while left:
                left = left[file.write(left) :]
        except BaseException:
            with suppress(OSError):
                file.truncate(size)
            raise


def _mode(path: Path) -> int:
    """The mode of the file that is there, or what a new one gets.

    Raises:
        OSError: it may not be written. Putting another one in its place would not ask.
    """
    if path.exists() and not path.is_symlink():
        found = path.stat().st_mode
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return S_IMODE(found)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
