"""The texts of a repository's files and their sketches, of which copies of a file share one.

Repositories hold backups of their files and copies of whole folders. What a file says does not
depend on where it is, so it is read from one of those that are byte for byte the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from checks.async_usage.sketch import Sketch, sketch
from netra_validate.clients.source.syntax import digest

_COROUTINE: Final = re.compile(r"async[ \t]+def[ \t]+(\w+)")
_HELD: Final = 200
"""Texts that are held at once: names are followed back and forth between a few files."""


class Sketches:
    """What the files of one repository seem to say.

    Args:
        load: gives the bytes of a file.
        coroutines: names of coroutine functions that are not the repository's.
    """

    def __init__(self, load: Callable[[str], bytes], coroutines: Iterable[str]) -> None:
        self._load = load
        self._coroutines = set(coroutines)
        self._concerned: set[bytes] = set()
        self._contents: dict[str, bytes] = {}
        self._known: dict[bytes, Sketch] = {}
        self._texts = lru_cache(_HELD)(self._read)
        self._last: tuple[str, bytes] = ("", b"")

    def note(self, path: str) -> None:
        """Take note of the coroutine functions of a file that has to do with them."""
        key = self.content(path)
        if key not in self._concerned:
            self._concerned.add(key)
            self._coroutines.update(_COROUTINE.findall(self.text(path)))

    def of(self, path: str) -> Sketch:
        """What a file seems to say; its uses only once all files that have any are noted."""
        key = self.content(path)
        if key not in self._known:
            concerned = self._coroutines if key in self._concerned else None
            self._known[key] = sketch(self.text(path), concerned)
        return self._known[key]

    def content(self, path: str) -> bytes:
        """What copies of the file have in common, and no other file has."""
        if path not in self._contents:
            data = self._load(path)
            self._last = (path, data)
            self._contents[path] = digest(data)
        return self._contents[path]

    def text(self, path: str) -> str:
        """The text of a file."""
        return self._texts(_Copy(self.content(path), path))

    def _read(self, copy: _Copy) -> str:
        known, data = self._last
        data = data if known == copy.path else self._load(copy.path)
        # By far the most are UTF-8; in the rest the names that matter are ASCII nearly always.
        return data.decode("utf-8", "replace").replace("\r", "\n")


class _Copy:
    """A content, and where it can be read."""

    __slots__ = ("content", "path")

    def __init__(self, content: bytes, path: str) -> None:
        self.content = content
        self.path = path

    def __hash__(self) -> int:
        return hash(self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Copy) and other.content == self.content
