"""A look at the bytes of a file that tells whether it is worth parsing, in a large repository.

It goes by names alone. What is passed over is certainly not at fault, but for a few forms that
hardly anybody writes: a call behind a colon on its own line, what another module imports under
a new name, and what only a ``yield`` tells apart: ``async for`` over a coroutine, ``await`` of
an async generator.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from checks.async_usage import externals
from checks.async_usage.outline import DEFINED, Definers, Outline

# They begin with a literal where they can: the engine then skips to it, ten times as fast.
_CHAIN: Final = rb"((?:\w+\.)*)(\w+)\("
_USED: Final = _CHAIN + rb"(?:[^()\n]*\)\.(\w+)\()?"
"""What stands before a name, the name that is called, and what is called on what it gives."""

_AWAITED: Final = re.compile(rb"await\s+" + _USED)
_STATEMENT: Final = re.compile(rb"\n[ \t]*(?:\w+[ \t]*=[ \t]*)?" + _USED)
_ENTERED: Final = re.compile(rb"with[ \t]+([^\n]*)")
_CALLED: Final = re.compile(_CHAIN)
_ENTERED_NAME: Final = re.compile(rb"\(?[ \t]*\w+[ \t]*(?:[:,]|as[ \t])")
_ITERATED: Final = re.compile(rb"for[ \t]+[^\n]*?[ \t]in[ \t]+" + _CHAIN)
_IMPORTED: Final = re.compile(rb"\bimport\b[^\n(]*(?:\([^)]*)?|\bfrom[ \t]+[\w.]+")
_ALIAS: Final = re.compile(rb"\bas[ \t]+(\w+)")
_WORD: Final = re.compile(rb"\w+")
_ASYNC: Final = b"async "
_LOOP: Final = (
    b"run_until_complete",
    b"run_forever",
    b"event_loop",
    b"asyncio.run(",
    b"import run",
)
_RUNNING: Final = b"get_running_loop().close"

_DROPPED: Final = frozenset(name.rpartition(".")[2].encode() for name in externals.COROUTINES)
"""Coroutine functions of asyncio."""

_FOREIGN: Final = frozenset(name.encode() for name in sys.stdlib_module_names)


class Glance:
    """Tells which files are worth parsing.

    Args:
        outline: what the repository defines.
        blocking: full names of functions that block.
    """

    def __init__(self, outline: Outline, blocking: Collection[str]) -> None:
        self._outline = outline
        self._blocking = _blocking(blocking)
        self._heirs: dict[tuple[int, bytes], frozenset[bytes]] = {}
        entered = outline.with_heirs(outline.plain.get(b"__enter__", ()))
        later = outline.with_heirs(outline.coroutines.get(b"__aenter__", ()))
        self._entered, self._entered_later = entered - later, later - entered
        awaited = outline.with_heirs(outline.plain.get(b"__await__", ()))
        self._not_awaited = _each(outline.classes.keys() - awaited)
        self._iterated = _each(outline.with_heirs(outline.plain.get(b"__iter__", ())))
        self._iterated_later = _each(outline.with_heirs(outline.plain.get(b"__aiter__", ())))

    def is_worth_it(self, data: bytes) -> bool:
        """Whether a file of this content may be at fault."""
        if any(word in data for word in _LOOP) or _RUNNING in data:
            return True
        if self._blocking.search(data) is not None:
            return True
        file = _File.of(data)
        return any(self._is_suspect(*use, file) for use in self._uses(data)) or (
            self._enters_objects(file, data)
        )

    def _enters_objects(self, file: _File, data: bytes) -> bool:
        """Whether objects that are kept in variables, or made there, may be entered wrongly."""
        suspects = {
            True: self._entered.intersection(file.words),
            False: self._entered_later.intersection(file.words),
        }
        if not any(suspects.values()):
            return False
        for match in _ENTERED.finditer(data):
            found = suspects[_is_async(data, match)]
            if found and _ENTERED_NAME.match(match[1]):
                return True
            if any(called[2] in found for called in _CALLED.finditer(match[1])):
                return True
        return False

    def _uses(self, data: bytes) -> Iterator[tuple[bytes, bytes, tuple[Definers, ...]]]:
        """What is written before a name that is used, the name, and what defines it wrongly."""
        it = self._outline
        for match in _AWAITED.finditer(data):
            yield match[1], match[2], (it.plain, it.managers, self._not_awaited)
            if match[3]:
                yield match[2], match[3], (it.plain, it.managers)
        for match in _STATEMENT.finditer(data):
            if match[2] in _DROPPED:
                yield b"", match[2], ()
            yield match[1], match[2], (it.coroutines,)
            if match[3]:
                yield match[2], match[3], (it.coroutines,)
        for entered in _ENTERED.finditer(data):
            wrong = it.plain if _is_async(data, entered) else it.managers
            for match in _CALLED.finditer(entered[1]):
                yield match[1], match[2], (wrong, it.coroutines)
        for match in _ITERATED.finditer(data):
            is_async = _is_async(data, match)
            objects = self._iterated if is_async else self._iterated_later
            yield match[1], match[2], (it.plain if is_async else it.coroutines, objects)

    def _is_suspect(
        self, before: bytes, name: bytes, wrong: tuple[Definers, ...], file: _File
    ) -> bool:
        if not wrong:
            return True
        if not before and name in file.aliases:
            return True
        found = [table for table in wrong if name in table]
        if not found:
            return False
        if not before:
            kinds = {table is not self._outline.plain for table in found}
            is_class = name in file.words and any(name in table[name] for table in found)
            return is_class or name in file.imported or not kinds.isdisjoint(file.kinds(name))
        first, *_ = words = before.rstrip(b".").split(b".")
        if first in file.aliases:
            return True
        # A function of a module, which a package of another name may hand on.
        functions = any(table[name] - self._outline.classes.keys() for table in found)
        if functions and first in file.imported - _FOREIGN:
            return True
        known = file.words.union(words)
        return any(not known.isdisjoint(self._with_heirs(table, name)) for table in found)

    def _with_heirs(self, table: Definers, name: bytes) -> frozenset[bytes]:
        key = (id(table), name)
        if key not in self._heirs:
            self._heirs[key] = frozenset(self._outline.with_heirs(table[name]))
        return self._heirs[key]


@dataclass(frozen=True, slots=True)
class _File:
    """The names of one file."""

    imported: frozenset[bytes]
    """Words of its imports."""
    aliases: frozenset[bytes]
    words: frozenset[bytes]
    """Those of its imports, its classes and their bases."""
    defines: dict[bytes, set[bool]]
    """For each function whether it is defined with ``async``, without, or both."""

    def kinds(self, name: bytes) -> set[bool]:
        """Whether it defines a function with ``async``, without, or both."""
        return self.defines.get(name, set())

    @classmethod
    def of(cls, data: bytes) -> _File:
        """Those of a file with this content."""
        imports = b" ".join(match[0] for match in _IMPORTED.finditer(data))
        imported = frozenset(_WORD.findall(imports))
        words = set(imported)
        defines: dict[bytes, set[bool]] = {}
        for match in DEFINED.finditer(data):
            if match[5]:
                words.add(match[5])
                words.update(_WORD.findall(match[6] or b""))
            else:
                defines.setdefault(match[3] or match[4], set()).add(bool(match[2]))
        return cls(imported, frozenset(_ALIAS.findall(imports)), frozenset(words), defines)


def _each(names: Collection[bytes]) -> Definers:
    """Classes as what defines themselves."""
    found: Definers = defaultdict(set)
    for name in names:
        found[name].add(name)
    return found


def _is_async(data: bytes, match: re.Match[bytes]) -> bool:
    """Whether ``async`` stands before a statement."""
    return data.endswith(_ASYNC, 0, match.start())


def _blocking(names: Collection[str]) -> re.Pattern[bytes]:
    """Matches where one of these functions may be called, under its own name or another."""
    modules = sorted({name.rpartition(".")[0] for name in names})
    called = "|".join(re.escape(name) for name in sorted(names))
    imported = "|".join(map(re.escape, modules))
    ways = (
        rf"(?:{called})\(",
        rf"from[ \t]+(?:{imported})[ \t]+import",
        rf"import[ \t]+(?:{imported})[ \t]+as\b",
    )
    pattern = "|".join(ways)
    return re.compile(pattern.encode())
