"""Writes edited files: each is either old or new, whatever happens in between.

The new content goes into a file of its own in the same folder, to the disk, and takes the old one's
place at once (``rename(2)``, ``MoveFileEx``). A file that is no longer what it was when it was
looked at is left alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from netra_validate.fixing.editing import Edit, applied
from netra_validate.fixing.reaching import Folder, Found, UnreachableError, opened

_AT_ONCE: Final = 16
"""Files under way at once: most of the time is spent waiting for the disk."""

_CHANGED: Final = "has changed since it was looked at"


@dataclass(frozen=True, slots=True)
class Change:
    """One file and what becomes of it."""

    path: str
    found: Found | None
    """What it was when it was looked at; None for a file that is made."""
    edits: tuple[Edit, ...]
    summaries: tuple[str, ...] = ()
    """What the fixes say that they do, each once."""

    @property
    def before(self) -> bytes:
        """The old content."""
        return self.found.data if self.found is not None else b""

    @property
    def after(self) -> bytes:
        """The new content."""
        return applied(self.before, self.edits)


def write_all(
    root: str, changes: Sequence[Change], told: Callable[[Change, str | None], None]
) -> None:
    """Make many changes, several at once.

    Being interrupted, it ends what is under way, begins nothing more, and is told of what was done.

    Args:
        root: the tree, without a link in its name.
        changes: what to do; one for each file.
        told: is called for each of them in their order, with what :func:`write` gives.
    """
    folders = {change.path.rpartition("/")[0]: change.path for change in changes}
    for path in folders.values():
        clear(root, path)
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="write")
    waiting = deque((change, pool.submit(write, root, change)) for change in changes)
    try:
        while waiting:
            reason = waiting[0][1].result()
            told(waiting.popleft()[0], reason)
    finally:
        pool.shutdown(cancel_futures=True)
        for change, ended in waiting:
            if not ended.cancelled() and ended.exception() is None:
                told(change, ended.result())
        for path in folders.values():
            keep(root, path)


def write(root: str, change: Change) -> str | None:
    """Make a change.

    Args:
        root: the tree, without a link in its name.
        change: what to do.

    Returns:
        None, or why the file was left alone: the end of a sentence that begins with its name.
    """
    try:
        with opened(root, change.path) as (folder, name):
            return _replace(folder, name, change)
    except UnreachableError as error:
        return str(error)
    except OSError as error:
        return f"cannot be written: {error.strerror or error}"


def _replace(folder: Folder, name: str, change: Change) -> str | None:
    if not _is_as_found(folder, name, change):
        return _CHANGED
    temporary = folder.create(change.after, change.found)
    try:
        # Once more, as late as can be: the disk may have taken its time.
        if not _is_as_found(folder, name, change):
            return _CHANGED
        if change.found is None:
            folder.publish(temporary, name)
        else:
            folder.replace(temporary, name)
    except FileExistsError:
        return _CHANGED
    finally:
        folder.remove(temporary)
    return None


def _is_as_found(folder: Folder, name: str, change: Change) -> bool:
    now, then = folder.find(name), change.found
    if now is None or then is None:
        return now is then
    return (now.data, now.identity, now.mode) == (then.data, then.identity, then.mode)


def clear(root: str, path: str) -> None:
    """Delete what an earlier run that was killed has left beside a file."""
    try:
        with opened(root, path) as (folder, _):
            folder.clear()
    except (UnreachableError, OSError):
        # Whoever writes there is told.
        return


def keep(root: str, path: str) -> None:
    """Bring the names in a file's folder to the disk, where the system can."""
    try:
        with opened(root, path) as (folder, _):
            folder.keep()
    except (UnreachableError, OSError):
        # Each file is whole all the same: its content is on the disk.
        return
