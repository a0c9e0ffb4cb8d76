"""The files of a tree that are to be written: reached without following a link, replaced whole.

Where the system has ``openat`` (Linux, macOS) every folder on the way is opened from the one above
it and never through a link, and the file is read and replaced in the folder that was opened: what
is put in its place meanwhile changes nothing. Elsewhere (Windows) every part of the way is looked
at first.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from netra_validate.clients.source.contents import MAX_BYTES

TEMPORARY: Final = ".netra-validate-fix"
"""How the name of a file begins that is about to take another one's place; the number of the
process that writes it follows."""

_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)
_FOLDERS: Final = getattr(os, "O_DIRECTORY", 0)
_COMMON: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | _NO_LINKS
_READ: Final = os.O_RDONLY | _COMMON | getattr(os, "O_NONBLOCK", 0)
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _COMMON

BY_DESCRIPTOR: Final = bool(
    _NO_LINKS
    and _FOLDERS
    and {os.open, os.stat, os.unlink, os.rename, os.link} <= os.supports_dir_fd
)
"""Whether this system opens a file in a folder that is open."""

_ANYBODYS_WRITE: Final = 0o222


class UnreachableError(Exception):
    """Why a file is not to be touched: the end of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was found."""

    data: bytes
    identity: tuple[int, int]
    mode: int
    owner: tuple[int, int]
    changed_ns: int
    """When it, its name or its rights changed last, in nanoseconds since 1970."""


class Folder:
    """One folder of the tree, open. Names are those of files in it."""

    def __init__(self, path: str, descriptor: int | None) -> None:
        self._path = path
        self._descriptor = descriptor

    def _at(self, name: str) -> str:
        return name if self._descriptor is not None else os.path.join(self._path, name)  # noqa: PTH118 - names of files, not paths of ours

    def find(self, name: str) -> Found | None:
        """The file, if there is one.

        Raises:
            UnreachableError: there is something that is not to be touched.
            OSError: it cannot be read.
        """
        try:
            seen = os.stat(self._at(name), dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None
        _refuse_unfit(seen)
        opened = os.open(self._at(name), _READ, dir_fd=self._descriptor)
        with os.fdopen(opened, "rb") as file:
            known = os.fstat(opened)
            _refuse_unfit(known)
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise UnreachableError(f"is larger than {MAX_BYTES // 2**20} MiB")
        return Found(
            data,
            (known.st_dev, known.st_ino),
            stat.S_IMODE(known.st_mode),
            (known.st_uid, known.st_gid),
            max(known.st_mtime_ns, known.st_ctime_ns),
        )

    def create(self, data: bytes, like: Found | None) -> str:
        """Write a new file, with the rights and the owner of another one, to the disk.

        Returns:
            Its name.

        Raises:
            OSError: it cannot be written; there is no such file then.
        """
        name = f"{TEMPORARY}.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(self._at(name), _CREATE, 0o666, dir_fd=self._descriptor)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if like is not None:
                    _make_alike(descriptor, self._at(name), like)
                file.write(data)
                file.flush()
                os.fsync(descriptor)
        except BaseException:
            self.remove(name)
            raise
        return name

    def replace(self, temporary: str, name: str) -> None:
        """Let a file take the place of another one, at once."""
        os.replace(
            self._at(temporary),
            self._at(name),
            src_dir_fd=self._descriptor,
            dst_dir_fd=self._descriptor,
        )

    def publish(self, temporary: str, name: str) -> None:
        """Give a file its name, where there must be none of this name.

        Raises:
            FileExistsError: there is.
        """
        if self._descriptor is None:
            os.rename(self._at(temporary), self._at(name))  # noqa: PTH104 - Windows refuses to overwrite
            return
        os.link(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        self.remove(temporary)

    def remove(self, name: str) -> None:
        """Delete a file, if it is there and can be deleted."""
        with suppress(OSError):
            os.unlink(self._at(name), dir_fd=self._descriptor)

    def keep(self) -> None:
        """Bring what the folder holds to the disk, where the system can."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.fsync(self._descriptor)

    def clear(self) -> None:
        """Delete what an earlier run left that was killed."""
        with suppress(OSError):
            where = self._path if self._descriptor is None else self._descriptor
            listed = os.listdir(where)  # noqa: PTH208 - pathlib knows no descriptors
            for name in listed:
                if name.startswith(f"{TEMPORARY}.") and not _is_at_work(name):
                    self.remove(name)


@contextmanager
def opened(root: str, path: str) -> Iterator[tuple[Folder, str]]:
    """The folder of a file, and the file's name in it.

    Args:
        root: the tree, without a link in its name.
        path: of the file, relative to the tree, with ``/``.

    Raises:
        UnreachableError: it is outside of the tree, or behind a link.
        OSError: a folder cannot be opened.
    """
    *folders, name = _parts(path)
    if not BY_DESCRIPTOR:
        yield Folder(_looked_at(root, folders), None), name
        return
    descriptor = os.open(root, os.O_RDONLY | _FOLDERS | _COMMON)
    try:
        for part in folders:
            below = _open_folder(part, descriptor)
            os.close(descriptor)
            descriptor = below
        yield Folder("", descriptor), name
    finally:
        os.close(descriptor)


def _parts(path: str) -> list[str]:
    parts = path.split("/")
    if any(part in {"", ".", ".."} or _is_special(part) for part in parts):
        raise UnreachableError("is not in the tree")
    if any(part.casefold() == ".git" for part in parts):
        raise UnreachableError("belongs to git")
    return parts


def _is_special(part: str) -> bool:
    """What Windows takes for a drive, a stream or another folder."""
    return os.name == "nt" and any(sign in part for sign in ":\\")


def _open_folder(name: str, above: int) -> int:
    try:
        return os.open(name, os.O_RDONLY | _FOLDERS | _COMMON, dir_fd=above)
    except FileNotFoundError:
        raise UnreachableError("is in a folder that is gone") from None
    except OSError:
        seen = os.stat(name, dir_fd=above, follow_symlinks=False)
        if stat.S_ISLNK(seen.st_mode):
            raise UnreachableError("is behind a symbolic link") from None
        raise


def _looked_at(root: str, folders: list[str]) -> str:
    """The path of a folder, after a look at each on the way."""
    path = root
    for part in folders:
        path = os.path.join(path, part)  # noqa: PTH118 - as above
        try:
            seen = os.lstat(path)
        except FileNotFoundError:
            raise UnreachableError("is in a folder that is gone") from None
        if not stat.S_ISDIR(seen.st_mode) or _is_reparsed(seen):
            raise UnreachableError("is behind a symbolic link")
    return path


def _refuse_unfit(seen: os.stat_result) -> None:
    if stat.S_ISLNK(seen.st_mode) or _is_reparsed(seen):
        raise UnreachableError("is a symbolic link")
    if not stat.S_ISREG(seen.st_mode):
        raise UnreachableError("is no regular file")
    if seen.st_nlink > 1:
        raise UnreachableError("has another name (a hard link), which would keep the old content")
    if not seen.st_mode & _ANYBODYS_WRITE:
        raise UnreachableError("is read-only")


def _is_reparsed(seen: os.stat_result) -> bool:
    """Whether it is one of the links that Windows has beside symbolic ones."""
    tag: int = getattr(seen, "st_reparse_tag", 0)
    return bool(tag)


def _make_alike(descriptor: int, path: str, like: Found) -> None:
    """Give a new file the owner, where that is allowed, and the rights of another one."""
    if hasattr(os, "fchown"):
        mine = os.fstat(descriptor)
        if (mine.st_uid, mine.st_gid) != like.owner:
            with suppress(OSError):
                os.fchown(descriptor, *like.owner)
        os.fchmod(descriptor, like.mode)
    else:
        os.chmod(path, like.mode)  # noqa: PTH101 - Windows has no other


def _is_at_work(name: str) -> bool:
    """Whether the process that writes a temporary file is still there; always, where unknown."""
    number = name.removeprefix(f"{TEMPORARY}.").partition(".")[0]
    if not number.isdecimal() or os.name == "nt":
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
