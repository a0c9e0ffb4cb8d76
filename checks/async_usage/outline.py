"""The outline of a file, read from its bytes without parsing it: classes, functions, what is used.

Parsing is a hundred times as slow as this. It tells which files cannot be at fault, and which
methods the classes of the repository replace.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

_DEFINED: Final = re.compile(
    rb"^([ \t]*)(?:(async)[ \t]+def[ \t]+(\w+)|def[ \t]+(\w+)"
    rb"|class[ \t]+(\w+)[ \t]*(?:\(([^)]*)\))?)",
    re.MULTILINE,
)
_WORD: Final = re.compile(rb"\w+")


@dataclass(slots=True)
class ClassOutline:
    """A class, by its name alone: the bases of all classes of one name, and their methods."""

    bases: set[bytes] = field(default_factory=set)
    plain: set[bytes] = field(default_factory=set)
    coroutines: set[bytes] = field(default_factory=set)


class Families:
    """The classes of a repository and who inherits from whom, by their names."""

    def __init__(self) -> None:
        self._classes: defaultdict[bytes, ClassOutline] = defaultdict(ClassOutline)
        self._known: dict[bytes, frozenset[bytes]] = {}
        self._heirs: defaultdict[bytes, set[bytes]] = defaultdict(set)

    def add(self, data: bytes) -> None:
        """Take note of the classes in a file."""
        around: list[tuple[int, ClassOutline]] = []
        for match in _DEFINED.finditer(data):
            depth = len(match[1])
            while around and depth <= around[-1][0]:
                around.pop()
            if match[5]:
                found = self._classes[match[5]]
                bases = set(_WORD.findall(match[6] or b""))
                found.bases |= bases
                for base in bases:
                    self._heirs[base].add(match[5])
                around.append((depth, found))
            elif around:
                methods = around[-1][1].coroutines if match[2] else around[-1][1].plain
                methods.add(match[3] or match[4])

    def replaces(self, owner: str, name: str, *, by_coroutine: bool) -> bool:
        """Whether an object of the class, or of one that inherits from it, may have another method.

        Args:
            owner: name of the class.
            name: of the method.
            by_coroutine: whether one with ``async def`` is looked for, or one with ``def``.
        """
        wanted = name.encode()
        members = (self._classes[each] for each in self._family(owner.encode()))
        return any(wanted in (it.coroutines if by_coroutine else it.plain) for it in members)

    def _family(self, owner: bytes) -> frozenset[bytes]:
        """The class, its heirs, and all that these inherit from."""
        if owner not in self._known:
            heirs = _reached((owner,), lambda name: self._heirs.get(name, ()))
            family = _reached(heirs, self._bases)
            self._known[owner] = frozenset(each for each in family if each in self._classes)
        return self._known[owner]

    def _bases(self, name: bytes) -> Iterable[bytes]:
        return self._classes[name].bases if name in self._classes else ()


def _reached(start: Iterable[bytes], following: Callable[[bytes], Iterable[bytes]]) -> set[bytes]:
    """All that can be reached from some names."""
    found = set(start)
    waiting = list(found)
    while waiting:
        new = set(following(waiting.pop())) - found
        found |= new
        waiting += new
    return found
