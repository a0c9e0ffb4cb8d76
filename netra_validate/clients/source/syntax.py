"""Syntax trees: each content is parsed at most once in a run, however many checks need its tree.

A tree takes some seventy times the size of its file, so none is kept. When a file is parsed, every
reader of the run takes from the tree what its check needs, and only that is kept. Files that are
byte for byte the same, backups and copies of whole folders, share it.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import re
import threading
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeVar, cast

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Reader(Hashable, Protocol[T_co]):
    """What one check takes from the syntax tree of a file, whatever the file and its path.

    A function of a module, or an object of a frozen dataclass of one with ``__call__``: readers
    are told apart by their value. It is pure, and what it gives is small: no tree, and no large
    part of one. Copies of a file are given the very same object, so nobody may change it. It is
    called for files that others asked for as well, so one that needs but few of them looks at the
    bytes first.
    """

    def __call__(self, tree: ast.Module, data: bytes) -> T_co:
        """What there is in a file.

        Args:
            tree: of the file; it is let go of afterwards.
            data: what was parsed.
        """


class TooLargeError(SyntaxError):
    """A file is not parsed, since it is too large for that."""


class Syntax:
    """What the readers of a run take from the files. May be called from any thread.

    Args:
        load: gives the bytes of a file.
        readers: gives the readers of the run, when the first file is parsed. One that is missing
            there may ask as well; what was parsed before is then parsed again for it.
    """

    def __init__(
        self, load: Callable[[str], bytes], readers: Callable[[], Iterable[Reader[Any]]]
    ) -> None:
        self._load = load
        self._declared = readers
        self._readers: set[Reader[Any]] | None = None
        self._taken: dict[str, dict[Reader[Any], object]] = {}
        self._contents: dict[bytes, dict[Reader[Any], object]] = {}
        self._locks: dict[str | bytes, threading.Lock] = {}
        self._lock = threading.Lock()

    def read(self, path: str, reader: Reader[T]) -> T:
        """What ``reader`` takes from a file; waits where another thread is parsing it.

        Raises:
            SyntaxError: it does not parse, or it is nested too deeply to be parsed.
        """
        with self._lock:
            readers = self._readers_with(reader)
            lock = self._locks.setdefault(path, threading.Lock())
        with lock:
            taken = self._taken.get(path, {})
            if reader not in taken:
                taken = self._taken[path] = self._of(self._load(path), readers)
        return given(cast("T | Exception", taken[reader]), path)

    def forget(self) -> None:
        """Let go of everything."""
        self._taken.clear()
        self._contents.clear()

    def _of(self, data: bytes, readers: Iterable[Reader[Any]]) -> dict[Reader[Any], object]:
        """What some readers take from a content."""
        key = digest(data)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
            taken = self._contents.setdefault(key, {})
        with lock:
            missing = [each for each in readers if each not in taken]
            if missing:
                taken.update(taken_from(data, missing))
        return taken

    def _readers_with(self, reader: Reader[Any]) -> tuple[Reader[Any], ...]:
        if self._readers is None:
            self._readers = set(self._declared())
        self._readers.add(reader)
        return tuple(self._readers)


def digest(data: bytes) -> bytes:
    """What tells contents apart; it takes a thousandth of the time of parsing them."""
    return hashlib.sha256(data).digest()


def given(taken: T | Exception, path: str) -> T:
    """What was taken from a file; an exception is raised."""
    if isinstance(taken, SyntaxError):
        raise type(taken)(taken.msg, (path, taken.lineno, taken.offset, taken.text))
    if isinstance(taken, Exception):
        # A fresh traceback: the one error would gather those of all who ask.
        raise taken.with_traceback(None)
    return taken


def taken_from(data: bytes, readers: Iterable[Reader[Any]]) -> dict[Any, object]:
    """What readers take from a file: it is parsed once, and its tree is let go of."""
    with _without_collecting():
        tree = parse(data)
        taken = {each: _taken(tree, data, each) for each in readers}
        del tree  # or the collector, once it is on again, goes over all of it
        return taken


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Spare Python's garbage collector trees that are let go at once: it takes twice their time.

    Each has so many nodes that the collector would go over all that the process holds, again and
    again. None of them is part of a circle, so nothing is left to it either.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _taken(tree: ast.Module | SyntaxError, data: bytes, reader: Reader[T]) -> object:
    if isinstance(tree, SyntaxError):
        return tree
    try:
        return reader(tree, data)
    except RecursionError as error:
        return _too_deep(error)
    except Exception as error:  # noqa: BLE001 - one reader's crash is not that of who asked
        return error


MOST_BYTES: Final = 2 * 2**20
"""Of a file that is parsed; larger ones are data, or made by a program. The parser gives way to no
other thread, the one that ends a run included."""

MOST_WORDS: Final = 300_000
"""Words and signs of a file that is parsed. Each takes up to a kilobyte of tree and two
microseconds, so a file takes less than a second; what people write has some five bytes for each."""

_WORD: Final = re.compile(rb"\w+|[^\w \t]")

_UNHEARD: Final = "netra_validate source tree"
"""The file name under which trees are parsed, so that a filter can know them."""

_SILENCE: Final = ("ignore", None, Warning, re.compile(_UNHEARD), 0)
"""What ``warnings.filterwarnings("ignore", module=_UNHEARD)`` puts before the other filters."""


def parse(data: bytes) -> ast.Module | SyntaxError:
    """Parse a Python file; whatever stops the parser is a syntax error of that file.

    What is too large for it is not begun: :class:`TooLargeError`.

    The warnings of a file that is only read are nobody's business here. ``catch_warnings`` would
    change the filters of all threads for a while, so the filter goes by the name of the module.
    """
    if not warnings.filters or warnings.filters[0] != _SILENCE:
        warnings.filterwarnings("ignore", module=_UNHEARD)
    try:
        refuse_large(data)
        return ast.parse(data, _UNHEARD)
    except SyntaxError as error:
        return error
    except (RecursionError, MemoryError, ValueError) as error:
        # CPython's limits on nesting, and NUL in the source before 3.12.
        return _too_deep(error)


def refuse_large(data: bytes) -> None:
    """Refuse what would take long to parse, and a tree that fills the memory.

    Raises:
        TooLargeError: it has more than :data:`MOST_BYTES` or :data:`MOST_WORDS`.
    """
    if len(data) > MOST_BYTES:
        raise TooLargeError(f"it has more than {MOST_BYTES // 2**20} MiB")
    if len(data) > MOST_WORDS and sum(1 for _ in _WORD.finditer(data)) > MOST_WORDS:
        raise TooLargeError(f"it has more than {MOST_WORDS} words and signs")


def _too_deep(error: BaseException) -> SyntaxError:
    return SyntaxError(f"the parser gives up: {error}")
