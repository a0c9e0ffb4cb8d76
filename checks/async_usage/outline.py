"""The outline of files, read from their bytes without parsing them: classes and functions.

Parsing takes twenty times as long. The outline tells which methods the heirs of a class replace,
and, in a large repository, which names are worth following at all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

DEFINED: Final = re.compile(
    rb"^([ \t]*)(?:(async)[ \t]+def[ \t]+(\w+)|def[ \t]+(\w+)"
    rb"|class[ \t]+(\w+)[ \t]*(?:\(([^)]*)\))?)",
    re.MULTILINE,
)
"""Indentation, ``async``, the name of a coroutine function, a function or a class, and bases."""

_WORD: Final = re.compile(rb"\w+")
_MANAGER: Final = b"asynccontextmanager"


@dataclass(slots=True)
class ClassOutline:
    """A class, by its name alone: the bases of all classes of one name, and their methods."""

    bases: set[bytes] = field(default_factory=set)
    plain: set[bytes] = field(default_factory=set)
    coroutines: set[bytes] = field(default_factory=set)


Definers = defaultdict[bytes, set[bytes]]
"""For the name of a function, the classes and modules that define one of this name."""


@dataclass(slots=True)
class Outline:
    """What the files of a repository define, by name."""

    classes: defaultdict[bytes, ClassOutline] = field(
        default_factory=lambda: defaultdict(ClassOutline)
    )
    heirs: Definers = field(default_factory=lambda: defaultdict(set))
    plain: Definers = field(default_factory=lambda: defaultdict(set))
    coroutines: Definers = field(default_factory=lambda: defaultdict(set))
    """With ``async def``, but for those of ``managers``."""
    managers: Definers = field(default_factory=lambda: defaultdict(set))
    """With ``async def`` and ``@asynccontextmanager``."""

    def add(self, path: str, data: bytes) -> None:
        """Take note of what a file defines."""
        stem = module_name(path)
        around: list[tuple[int, bytes]] = []
        for match in DEFINED.finditer(data):
            depth = len(match[1])
            while around and depth <= around[-1][0]:
                around.pop()
            if match[5]:
                self._add_class(match[5], match[6] or b"")
                around.append((depth, match[5]))
            else:
                self._add_function(match, data, around[-1][1] if around else b"", stem)

    def _add_class(self, name: bytes, bases: bytes) -> None:
        found = self.classes[name]
        for base in _WORD.findall(bases):
            found.bases.add(base)
            self.heirs[base].add(name)

    def _add_function(self, match: re.Match[bytes], data: bytes, owner: bytes, stem: bytes) -> None:
        name = match[3] or match[4]
        if owner:
            methods = self.classes[owner]
            (methods.coroutines if match[2] else methods.plain).add(name)
        if not match[2]:
            table = self.plain
        elif (
            data[max(0, match.start() - 60) : match.start()].rstrip(b" \t\r\n()").endswith(_MANAGER)
        ):
            table = self.managers
        else:
            table = self.coroutines
        table[name].add(owner or stem)

    def with_heirs(self, names: Iterable[bytes]) -> set[bytes]:
        """Some classes and all that inherit from them."""
        return _reached(names, lambda name: self.heirs.get(name, ()))

    def with_bases(self, names: Iterable[bytes]) -> set[bytes]:
        """Some classes and all that they inherit from."""
        return _reached(names, self._bases)

    def _bases(self, name: bytes) -> Iterable[bytes]:
        return self.classes[name].bases if name in self.classes else ()


class Families:
    """The classes of a repository that have to do with each other.

    Args:
        outline: gives what the files define, when it is first needed.
    """

    def __init__(self, outline: Callable[[], Outline]) -> None:
        self._outline = outline
        self._known: dict[bytes, frozenset[bytes]] = {}

    def replaces(self, owner: str, name: str, *, by_coroutine: bool) -> bool:
        """Whether an object of the class, or of one that inherits from it, may have another method.

        Args:
            owner: name of the class.
            name: of the method.
            by_coroutine: whether one with ``async def`` is looked for, or one with ``def``.
        """
        outline, wanted = self._outline(), name.encode()
        members = (outline.classes[each] for each in self._family(owner.encode(), outline))
        return any(wanted in (it.coroutines if by_coroutine else it.plain) for it in members)

    def is_alone(self, owner: str) -> bool:
        """Whether no class inherits from the class."""
        return not self._outline().heirs.get(owner.encode())

    def _family(self, owner: bytes, outline: Outline) -> frozenset[bytes]:
        """The class, its heirs, and all that these inherit from."""
        if owner not in self._known:
            family = outline.with_bases(outline.with_heirs((owner,)))
            self._known[owner] = frozenset(each for each in family if each in outline.classes)
        return self._known[owner]


def module_name(path: str) -> bytes:
    """The last word of a module's name."""
    folder, _, name = path.removesuffix(".py").rpartition("/")
    return (folder.rpartition("/")[2] if name == "__init__" else name).encode()


def _reached(start: Iterable[bytes], following: Callable[[bytes], Iterable[bytes]]) -> set[bytes]:
    """All that can be reached from some names."""
    found = set(start)
    waiting = list(found)
    while waiting:
        new = set(following(waiting.pop())) - found
        found |= new
        waiting += new
    return found
