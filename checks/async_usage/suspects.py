"""Which files of a large repository may be at fault, by what they seem to say.

Names are followed as :mod:`checks.async_usage.meaning` follows them in syntax trees, but to all
that they may mean. What is passed over is certainly not at fault, but for a few forms that hardly
anybody writes: names that are bound to something else than a call, an import or a definition.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from checks.async_usage import externals
from checks.async_usage.modules import Modules, Place
from checks.async_usage.sketch import Function, Use, headers_of, innermost
from checks.async_usage.sketches import Sketches

_DEEPEST: Final = 12
"""Steps from a name to what it means."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something that is not the repository's."""

    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """Functions of one name and one class, or beside classes; in one file."""

    path: str
    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the repository."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Object:
    """An object of such a class."""

    of: Class


Referent = Foreign | Known | Class | Object | Place

Suspicion = frozenset[tuple[str, str]]
"""Forms of use, and the last names of what is used so."""

_HARMLESS: Final = frozenset(
    name.rpartition(".")[2]
    for name in (*externals.TRANSPARENT, externals.CONTEXT_MANAGER, externals.ASYNC_CONTEXT_MANAGER)
)
_ENTERED: Final = {
    "with": ("__enter__", "__aenter__"),
    "async with": ("__aenter__", "__enter__"),
    "for": ("__iter__", "__aiter__"),
    "async for": ("__aiter__", "__iter__"),
}
"""The special method that a form needs, and that of its counterpart."""

_BASES: Final = externals.BARE_BASES | externals.ITERABLE_BASES
_LOOP: Final = re.compile(r"\b(run_until_complete|run_forever|set_event_loop|run|close)\(")
_OVERRIDING: Final = re.compile(r"def[ \t]+event_loop\b|[\"']event_loop[\"']")
_LONGEST_NAME: Final = 80
_LOOPS: Final = ("run_until_complete", "run_forever", "_event_loop", "_running_loop", "event_loop")
_RUN: Final = (("asyncio", "run"), ("asyncio", "set_event_loop"))


class Suspects:
    """Finds what may be at fault.

    Args:
        modules: which file an import means.
        sketches: what the files seem to say.
        blocking: full names of functions that block.
        is_test: whether a file belongs to tests.
    """

    def __init__(
        self,
        modules: Modules,
        sketches: Sketches,
        blocking: Collection[str],
        is_test: Callable[[str], bool],
    ) -> None:
        self._modules = modules
        self._text = sketches.text
        self._content = sketches.content
        self._sketch = sketches.of
        self._meant: dict[tuple[str, str], set[Referent]] = {}
        self._held: dict[tuple[str, str], set[Referent]] = {}
        self._bases: dict[Class, list[set[Referent]]] = {}
        self._calls: dict[tuple[bytes, bool], set[str]] = {}
        self._misfitting: dict[tuple[str, bytes, Function], bool] = {}
        self._is_test = is_test
        self._blocking: dict[str, set[str]] = {}
        for name in (*blocking, *map(".".join, _RUN)):
            module, _, function = name.rpartition(".")
            self._blocking.setdefault(module, set()).add(function)

    def of(self, path: str) -> Suspicion:
        """What may be at fault in a file."""
        found = {
            (use.form, use.then or use.chain.rpartition(".")[2])
            for use in self._sketch(path).uses
            if self._is_wrong(path, use)
        }
        found.update(("call", name) for name in self._concerned(path))
        return frozenset(found)

    # Calls that block, or concern the event loop

    def _concerned(self, path: str) -> set[str]:
        """The last names of such calls: copies have the same."""
        key = (self._content(path), self._is_test(path))
        if key not in self._calls:
            self._calls[key] = self._calls_in(path, self._text(path))
        return self._calls[key]

    def _calls_in(self, path: str, text: str) -> set[str]:
        places = list(self._blocking_places(path, text))
        in_tests: set[str] = set()
        if any(word in text for word in _LOOPS):
            concerning = [
                (match.start(), match[1])
                for match in _LOOP.finditer(text)
                if match[1] != "close" or self._is_loop(path, text, match.start())
            ]
            places += concerning
            if self._is_test(path):
                in_tests = {name for _, name in concerning}
                in_tests |= {"event_loop"} if _OVERRIDING.search(text) else set()
        if not places:
            return in_tests
        headers = headers_of(text)
        around = ((name, innermost(text, headers, place)) for place, name in places)
        return in_tests | {name for name, each in around if each is not None and each.is_async}

    def _is_loop(self, path: str, text: str, place: int) -> bool:
        """Whether what stands before a place may be an event loop."""
        before = text[max(0, place - _LONGEST_NAME) : place]
        if before.endswith("_loop()."):
            return True
        name = before.rstrip(".").rpartition("\n")[2].split(" ")[-1].rpartition("(")[2]
        made = self._sketch(path).variables.get(name.strip(), ())
        return "loop" in name or any(chain.endswith("_loop") for chain in made)

    def _blocking_places(self, path: str, text: str) -> Iterator[tuple[int, str]]:
        """Where something may be called that blocks, and its name there."""
        for name, imports in self._sketch(path).imports.items():
            for level, module, attribute in imports:
                if level:
                    continue
                if attribute is not None and attribute in self._blocking.get(module, ()):
                    yield from ((place, name) for place in _starts(text, f"{name}("))
                whole = f"{module}.{attribute}" if attribute is not None else module
                for inside, functions in self._blocking.items():
                    if inside == whole or inside.startswith(f"{whole}."):
                        prefix = name + inside[len(whole) :]
                        pattern = _called(prefix, tuple(sorted(functions)))
                        yield from ((match.start(), match[1]) for match in pattern.finditer(text))

    # What is awaited, entered, iterated, dropped

    def _is_wrong(self, path: str, use: Use) -> bool:
        first, *rest = use.chain.split(".")
        if not first or (rest and not all(rest)):
            return False
        found: Iterable[Referent]
        if use.owner and first in {"self", "cls"}:
            found = {Object(Class(path, use.owner))}
        else:
            found = self._named(path, first, 0)
            if rest or not use.called or use.then:
                found = {*found, *self._variables(path, first, 0)}
        for part in rest:
            found = {each for it in found for each in self._attribute(it, part, 0)}
        if use.then:
            made = {each for it in found for each in self._given(it, 0)}
            found = {each for it in made for each in self._attribute(it, use.then, 0)}
        return any(self._misfits(use, each) for each in found)

    def _misfits(self, use: Use, it: Referent) -> bool:
        match it:
            case Known() if use.called:
                return any(
                    self._function_misfits(use.form, it.path, each)
                    for each in self._sketch(it.path).functions[it.owner, it.name]
                )
            case Class() if use.called:
                return self._object_misfits(use.form, it)
            case Object() if not use.called:
                return self._object_misfits(use.form, it.of)
            case Foreign() if use.called:
                return it.name in _FOREIGN.get(use.form, ())
        return False

    def _object_misfits(self, form: str, it: Class) -> bool:
        if form == "await":
            return self._has(it, "__await__", 0) is False
        if form not in _ENTERED:
            return False
        needed, other = _ENTERED[form]
        return self._has(it, other, 0) is True and self._has(it, needed, 0) is False

    def _function_misfits(self, form: str, path: str, it: Function) -> bool:
        # The greater part is right by `async` alone, or wrong; for the rest the text is needed.
        right = {"await": True, "dropped": False, "unused": False, "with": False, "for": False}
        if right.get(form) is it.is_async and form != "await":
            return False
        key = (form, self._content(path), it)
        if key not in self._misfitting:
            self._misfitting[key] = _is_misfit(form, self._text(path), it)
        return self._misfitting[key]

    # What names mean

    def _named(self, path: str, name: str, depth: int) -> set[Referent]:
        """All that a name may be in a file, but for variables."""
        key = (path, name)
        if key not in self._meant:
            self._meant[key] = set()  # Modules may import each other.
            self._meant[key] = self._referents(path, name, depth)
        return self._meant[key]

    def _referents(self, path: str, name: str, depth: int) -> set[Referent]:
        if depth > _DEEPEST:
            return set()
        known = self._sketch(path)
        found: set[Referent] = set()
        if ("", name) in known.functions:
            found.add(Known(path, "", name))
        if name in known.classes:
            found.add(Class(path, name))
        for level, module, attribute in known.imports.get(name, ()):
            found |= self._imported(path, level, module, attribute, depth + 1)
        if not found:
            for level, module in known.stars:
                found |= self._imported(path, level, module, name, depth + 1)
        if not found and hasattr(builtins, name):
            found.add(Foreign(f"builtins.{name}"))
        return found

    def _imported(
        self, path: str, level: int, module: str, attribute: str | None, depth: int
    ) -> set[Referent]:
        if level:
            place = self._modules.relative(path, level, module)
        elif self._modules.is_foreign(path, module):
            return {Foreign(f"{module}.{attribute}" if attribute is not None else module)}
        else:
            place = self._modules.absolute(path, module)
        if place is None:
            return set()
        return {place} if attribute is None else self._member(place, attribute, depth)

    def _member(self, place: Place, name: str, depth: int) -> set[Referent]:
        inside = self._modules.child(place, name)
        found: set[Referent] = {inside} if inside is not None else set()
        if place.path is not None:
            found |= self._named(place.path, name, depth + 1)
            found |= self._variables(place.path, name, depth + 1)
        return found

    def _variables(self, path: str, name: str, depth: int) -> set[Referent]:
        """The objects that a variable may hold."""
        if depth > _DEEPEST:
            return set()
        key = (path, name)
        if key not in self._held:
            self._held[key] = set()  # Variables may be set to what others give.
            self._held[key] = self._objects(path, name, depth)
        return self._held[key]

    def _objects(self, path: str, name: str, depth: int) -> set[Referent]:
        found: set[Referent] = set()
        for chain in self._sketch(path).variables.get(name, ()):
            for it in self._chain(path, chain.strip("."), depth + 1):
                found |= self._given(it, depth + 1)
        return found

    def _given(self, it: Referent, depth: int) -> set[Referent]:
        """The objects that a call gives."""
        if isinstance(it, Class):
            return {Object(it)}
        if not isinstance(it, Known) or depth > _DEEPEST:
            return set()
        found: set[Referent] = set()
        for each in self._sketch(it.path).functions[it.owner, it.name]:
            for meant in self._chain(it.path, each.returns, depth + 1) if each.returns else ():
                if isinstance(meant, Class):
                    found.add(Object(meant))
        return found

    def _chain(self, path: str, chain: str, depth: int) -> set[Referent]:
        first, *rest = chain.split(".")
        found = self._named(path, first, depth + 1)
        for part in rest:
            found = {each for it in found for each in self._attribute(it, part, depth + 1)}
        return found

    def _attribute(self, it: Referent, name: str, depth: int) -> set[Referent]:
        match it:
            case Foreign():
                return {Foreign(f"{it.name}.{name}")}
            case Place():
                return self._member(it, name, depth + 1)
            case Class():
                return self._method(it, name, depth + 1)
            case Object():
                return self._method(it.of, name, depth + 1)
        return set()

    def _method(self, it: Class, name: str, depth: int) -> set[Referent]:
        if depth > _DEEPEST:
            return set()
        if (it.name, name) in self._sketch(it.path).functions:
            return {Known(it.path, it.name, name)}
        bases = (each for base in self._bases_of(it, depth) for each in base)
        found: set[Referent] = set()
        for base in bases:
            if isinstance(base, Class):
                found |= self._method(base, name, depth + 1)
        return found

    def _bases_of(self, it: Class, depth: int) -> list[set[Referent]]:
        if it not in self._bases:
            chains = self._sketch(it.path).classes.get(it.name, ())
            found = [self._chain(it.path, chain, depth + 1) - {it} for chain in chains]
            self._bases[it] = found
        return self._bases[it]

    def _has(self, it: Class, method: str, depth: int) -> bool | None:
        """Whether objects of a class have a method; None where some base is not known."""
        if depth > _DEEPEST:
            return None
        if (it.name, method) in self._sketch(it.path).functions:
            return True
        verdicts: set[bool | None] = set()
        for base in self._bases_of(it, depth):
            if not base:
                verdicts.add(None)
            for each in base:
                if isinstance(each, Class):
                    verdicts.add(self._has(each, method, depth + 1))
                elif isinstance(each, Foreign):
                    verdicts.add(False if each.name in _BASES else None)
        if True in verdicts:
            return True
        return None if None in verdicts else False


_FOREIGN: Final = {
    "await": externals.NOT_AWAITABLE | externals.BLOCKING,
    "dropped": externals.COROUTINES,
    "unused": externals.COROUTINES,
    "with": externals.ASYNC_ENTERED,
    "async with": externals.ENTERED,
}
"""For each form what is not the repository's and does not fit it."""

_YIELD: Final = re.compile(r"\n[^\n#\"']*\byield\b")
"""A line with a ``yield`` that is no text of a docstring, as far as that can be seen."""


@lru_cache(maxsize=1000)
def _called(prefix: str, functions: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(prefix)}\.({'|'.join(functions)})\(")


def _starts(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _is_misfit(form: str, text: str, it: Function) -> bool:
    """Whether a function does not fit a form, by what stands in and around it."""
    decorators = _decorators(text, it.start)
    if not all(map(_is_harmless, decorators)):
        return False
    words = {each.rpartition(".")[2] for each in decorators}
    may_yield = _YIELD.search(text, it.start, it.end) is not None
    match form:
        case "await":
            return not it.is_async or may_yield
        case "dropped" | "unused":
            return "asynccontextmanager" not in words
        case "async with":
            is_manager = "asynccontextmanager" in words
            return not is_manager if it.is_async else may_yield
        case "async for":
            return may_yield != it.is_async
        case _:
            return True


def _decorators(text: str, start: int) -> list[str]:
    """The decorators that stand on lines of their own."""
    found: list[str] = []
    end = text.rfind("\n", 0, start)
    while end > 0:
        begin = text.rfind("\n", 0, end) + 1
        line = text[begin:end].strip()
        if not line.startswith("@"):
            break
        found.append(line[1:].partition("(")[0].strip())
        end = begin - 1
    return found


def _is_harmless(decorator: str) -> bool:
    return decorator.rpartition(".")[2] in _HARMLESS or ".mark." in f".{decorator}."
