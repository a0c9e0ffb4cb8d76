"""The files of the repository: one listing, one search and one parse for all checks of a run.

Measured on a git tree of 20 000 Python files and 480 MB with a warm cache, for fifteen needles of
which one stands in every other file, in seconds of processor time; one ``git grep -c`` of a plain
word takes 0.75 s there.

- ``git grep -o -a -i -F`` in the C locale, which tells the needles apart by itself: 1.45 s, on all
  processors, and 0.1 s here;
- ``git grep -l``, and the files that it names read here to tell the needles apart: 0.8 s, and 1.4 s
  in this process;
- everything read and searched in Python, four needles: 1.35 s with one thread and no faster with
  two, which wait for each other; with a case-insensitive ``re`` 11 s.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from netra_validate.clients.source import contents, folder
from netra_validate.clients.source.deduction import Deduced, deduce
from netra_validate.clients.source.git import Git, Matches, Names
from netra_validate.clients.source.search import Search
from netra_validate.clients.source.syntax import Reader, Syntax

__all__ = ["Listing", "Reader", "Shown", "Source"]

T = TypeVar("T")

MAX_BYTES: Final = contents.MAX_BYTES
"""Bytes of one file beyond which :meth:`Source.bytes` does not read."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is to look at."""

    files: tuple[str, ...]
    """Paths relative to the root, with ``/``, sorted: regular files, tracked or not ignored."""
    by: str
    """``git``, or ``folder`` where git does not know the tree."""
    note: str | None = None
    """Why git does not know it."""
    nested: tuple[str, ...] = ()
    """Submodules and other repositories inside this one; their files are not listed."""
    unreadable: tuple[str, ...] = ()
    """Folders that could not be opened."""
    oversized: tuple[str, ...] = ()
    """Files of which only the first :data:`MAX_BYTES` are ever read; a search reads them whole."""
    unsearched: frozenset[str] = frozenset()
    """Files whose content git does not take from the working tree."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What git showed of the files that it was asked about."""

    matches: Mapping[bytes, frozenset[str]]
    """For each text that a pattern matched, the listed files in which it did."""
    unasked: frozenset[str]
    """Listed files that git does not search: oversized ones, and those that it takes from
    elsewhere than the working tree."""


class Source:
    """The repository's files, read only. Nothing outside ``root`` is ever opened.

    ``listing``, ``containing``, ``matching`` and ``all_parsed`` do their work outside the event
    loop. ``bytes``, ``text`` and ``parsed`` block and may be called from any thread.

    Args:
        root: the repository.
        readers: gives all that the checks of the run take from syntax trees, when the first file
            is parsed (:meth:`netra_validate.check.Check.readers`).
    """

    def __init__(
        self, root: Path, readers: Callable[[], Iterable[Reader[Any]]] = lambda: ()
    ) -> None:
        self.root = root
        self._folder = os.fspath(root)
        self._executor = ThreadPoolExecutor(max_workers=4, thread_name_prefix="source")
        self._git = Git(self._folder, self._executor)
        self._search = Search(self._folder, self._executor, self._ask)
        self._syntax = Syntax(self.bytes, readers)
        self._listed: asyncio.Task[Listing] | None = None
        self._unreadable: set[str] = set()

    async def listing(self) -> Listing:
        """All files, asked for once in a run."""
        if self._listed is None:
            self._listed = asyncio.get_running_loop().create_task(self._list())
        # One who loses interest must not take the listing from the others.
        return await asyncio.shield(self._listed)

    async def containing(self, needles: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """For each needle the files whose bytes hold it, ASCII letters in either case.

        In files that begin with a UTF-16 or UTF-32 mark it is looked for in that encoding. Checks
        that ask at the same time share one pass over the files. Files of any size are looked at.
        """
        hits = await self._search.find(needles)
        self._unreadable.update(hits.unreadable)
        return hits.files

    async def matching(self, patterns: Collection[bytes], *, among: str) -> Shown | None:
        """What Perl patterns match in the files, line by line, without reading a file here.

        Each pattern is held against the bytes of one line at a time, upper and lower case apart.

        Args:
            patterns: as ``git grep -P`` takes them.
            among: the files to look at, a pathspec of git such as ``*.py``.

        Returns:
            None where git cannot tell: no repository, no git, one without Perl patterns, or a file
            that it cannot read.
        """
        shown = await self._searched(partial(self._git.matching, patterns, among=among))
        if shown is None:
            return None
        listing = await self.listing()
        unasked = listing.unsearched.union(listing.oversized)
        asked = frozenset(listing.files) - unasked
        return Shown({match: asked & names for match, names in shown.items()}, unasked)

    async def holding(self, patterns: Collection[bytes], *, among: str) -> frozenset[str] | None:
        """The files with a line that one of some Perl patterns matches, as :meth:`matching`.

        Of each no more is read than to its first match: where most files match it costs a tenth.

        Returns:
            Among them all files that git does not search, whatever they hold. None where git
            cannot tell.
        """
        shown = await self._searched(partial(self._git.holding, patterns, among=among))
        if shown is None:
            return None
        listing = await self.listing()
        unasked = listing.unsearched.union(listing.oversized)
        return frozenset(listing.files).intersection(shown[b""]) | unasked

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Files that were listed and could not be read when their turn came, so far."""
        return tuple(sorted(self._unreadable))

    def named(self, path: str) -> bytes | None:
        """The content of a file that an option names, to :data:`MAX_BYTES`, listed or not.

        Returns:
            None where there is no such file.

        Raises:
            OSError: it cannot be read, or it is no regular file, or behind a link.
        """
        if path.startswith("/") or ".." in path.split("/"):
            raise OSError(f"{path} is no regular file of the repository")
        where = self._at(path)
        if not os.path.lexists(where):
            return None
        if not any(folder.regular(self._folder, (path,))):
            raise OSError(f"{path} is no regular file")
        return contents.read(where)

    def bytes(self, path: str) -> bytes:
        """The file's content, to :data:`MAX_BYTES`; empty where it cannot be read."""
        try:
            return contents.read(self._at(path))
        except OSError:
            self._unreadable.add(path)
            return b""

    def text(self, path: str) -> str:
        """The file's text in the encoding that it declares, undecodable bytes replaced.

        By its byte order mark, by PEP 263 where it is Python, as UTF-8, or else as Latin-1. Line
        ends are left as they are.
        """
        return contents.decode(path, self.bytes(path))

    def binary(self, path: str) -> bool:
        """Whether the file is no text: a NUL near its beginning, and no UTF-16 or UTF-32 mark."""
        try:
            return contents.binary(contents.sniff(self._at(path)))
        except OSError:
            self._unreadable.add(path)
            return False

    def parsed(self, path: str, reader: Reader[T]) -> T:
        """What ``reader`` takes from the syntax tree of a Python file. Blocking, from any thread.

        The file is parsed at most once in a run: all readers that the checks of the run declare
        (``Check.readers``) are given the tree then, and what they took is kept, for all copies of
        the file as well. Say::

            @dataclass(frozen=True)
            class Classes:
                def __call__(self, tree: ast.Module, data: bytes) -> tuple[str, ...]:
                    return tuple(it.name for it in tree.body if isinstance(it, ast.ClassDef))

            names = source.parsed("package/module.py", Classes())

        Raises:
            SyntaxError: it does not parse, or it is nested too deeply to be parsed.
        """
        return self._syntax.read(path, reader)

    async def all_parsed(
        self, paths: Collection[str], reader: Reader[T]
    ) -> Mapping[str, T | SyntaxError]:
        """As :meth:`parsed`, of many files at once and outside the event loop.

        Returns:
            For each path, in the order given, what was taken or why it does not parse.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._all_parsed, paths, reader)

    def _all_parsed(
        self, paths: Collection[str], reader: Reader[T]
    ) -> Mapping[str, T | SyntaxError]:
        found: dict[str, T | SyntaxError] = {}
        for path in paths:
            try:
                found[path] = self._syntax.read(path, reader)
            except SyntaxError as error:
                found[path] = error
        return found

    def close(self) -> None:
        """Let go of everything, and end what is still under way."""
        self._search.stop()
        if self._listed is not None and not self._listed.done():
            self._listed.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._syntax.forget()

    def _at(self, path: str) -> str:
        return os.path.join(self._folder, path)  # noqa: PTH118 - twice as fast, many thousand times

    async def _list(self) -> Listing:
        known = await self._git.names()
        loop = asyncio.get_running_loop()
        if isinstance(known, Names) and (known.files or known.nested):
            return await loop.run_in_executor(self._executor, self._by_git, known)
        # An ignored folder inside a repository was still asked for by name.
        reason = known if isinstance(known, str) else "git lists nothing here"
        return await loop.run_in_executor(self._executor, self._by_folder, reason)

    def _by_git(self, known: Names) -> Listing:
        files, oversized = self._regular(known.files)
        return Listing(
            files,
            "git",
            unreadable=known.unreadable,
            nested=tuple(sorted({name.rstrip("/") for name in known.nested})),
            oversized=oversized,
            unsearched=known.unsearched.intersection(files),
        )

    def _by_folder(self, reason: str) -> Listing:
        walked = folder.walk(self._folder)
        files, oversized = self._regular(walked.files)
        return Listing(
            files,
            "folder",
            note=reason,
            unreadable=tuple(sorted(walked.unreadable)),
            oversized=oversized,
        )

    def _regular(self, names: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Of these the regular files, and those among them that are too large to be held."""
        found = list(folder.regular(self._folder, sorted(set(names))))
        large = tuple(name for name, size in found if size > MAX_BYTES)
        return tuple(name for name, _ in found), large

    async def _ask(self, needles: Collection[str]) -> Deduced:
        """What git tells of the needles; without it every file is in doubt."""
        encoded = {needle.encode("utf-8", "surrogateescape") for needle in needles}
        shown = await self._searched(
            partial(self._git.matches, (*sorted(encoded), *contents.WIDE_MARKS))
        )
        listing = await self.listing()
        if shown is None:
            return Deduced({}, listing.files)
        found = deduce(shown, needles, contents.WIDE_MARKS)
        return found.within(listing.files, {*listing.oversized, *listing.unsearched})

    async def _searched(self, search: _GitSearch) -> Matches | None:
        """What git finds, or None where it cannot tell.

        It starts while the files are still being listed: that mostly shows that git knows them and
        that none is oversized. git would hold such a file in memory as a whole.
        """
        early = asyncio.get_running_loop().create_task(search(without=()))
        try:
            listing = await self.listing()
            if listing.by != "git" or len(listing.oversized) > _MOST_SPARED:
                return None
            if not listing.oversized:
                return await early
        finally:
            early.cancel()
        return await search(without=listing.oversized)


class _GitSearch(Protocol):
    """A search with git that leaves some files alone."""

    def __call__(
        self, *, without: Collection[str]
    ) -> Coroutine[object, object, Matches | None]: ...


_MOST_SPARED: Final = 100
"""Files that git is told to leave alone, each of which it compares with every path."""
