"""What objects of the repository's classes have and have not, as far as it is certain."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from checks.async_usage import externals
from checks.async_usage.facts import Facts, Function, Stored
from checks.async_usage.meaning import Names
from checks.async_usage.outline import Families
from checks.async_usage.referents import Foreign, Instance, KnownClass, KnownFunction, Meaning

_DEEPEST: Final = 16
"""Classes from a class to its last base; more are a circle."""

_ITERATION: Final = frozenset({"__iter__", "__aiter__"})


class Classes:
    """Looks up methods on classes.

    Args:
        names: resolves the bases.
        families: which classes inherit from which, and what they replace.
    """

    def __init__(self, names: Names, families: Families) -> None:
        self._names = names
        self._families = families
        names.method_of = self.method
        names.attribute_of = self.attribute

    def method(self, owner: Instance | KnownClass, name: str) -> KnownFunction | None:
        """The method that a call on an object or a class reaches; None where it is in doubt."""
        known = owner.of if isinstance(owner, Instance) else owner
        if not self._is_ordinary(known) or self.has(known, "__getattribute__"):
            return None
        found = self._methods(known, name)
        if not found or any(each is None for each in found):
            return None
        first = found[0]
        assert first is not None  # noqa: S101 - see above
        if len({each.function.kind for each in found if each is not None}) > 1:
            return None
        exact = isinstance(owner, Instance) and owner.exact
        if not exact and self._is_replaced(known, first.function):
            return None
        return KnownFunction(first.function, first.facts, known, exact)

    def attribute(self, owner: Instance, name: str, using: Facts) -> Instance | None:
        """The object that ``__init__`` keeps under a name, where nothing else is ever kept there.

        What is assigned to it is looked for in the file that uses it, and in those of the class and
        its bases.
        """
        known = owner.of
        if not (owner.exact or self._families.is_alone(known.it.name)):
            return None
        line = [known, *self._repository_bases(known)]
        files = {id(each): each for each in (using, *(it.facts for it in line))}
        if any(name in each.it.scope.bindings for each in line):
            return None
        stored = [(each, facts) for facts in files.values() for each in facts.stored.get(name, ())]
        if len(stored) != 1:
            return None
        ((found, facts),) = stored
        if not any(_is_set_up(found, each) for each in line) or found.value is None:
            return None
        meaning = self._names.of(found.value, found.scope, facts)
        if meaning is None:
            declared = self._names.annotated(found.annotation, found.scope, facts)
            meaning = Instance(declared, exact=False) if isinstance(declared, KnownClass) else None
        return meaning if isinstance(meaning, Instance) else None

    def _repository_bases(self, known: KnownClass, depth: int = 0) -> Iterator[KnownClass]:
        if depth <= _DEEPEST:
            for base in self._bases(known):
                if isinstance(base, KnownClass):
                    yield base
                    yield from self._repository_bases(base, depth + 1)

    def has(self, known: KnownClass, name: str) -> bool | None:
        """Whether objects of exactly this class have a special method; None where it is in doubt.

        Python looks special methods up on the class, never on the object (data model, 3.3.12).
        """
        if not self._is_ordinary(known):
            return None
        verdicts = set(self._have(known, name, 0))
        if True in verdicts:
            return True
        return None if None in verdicts else False

    def makes_itself(self, known: KnownClass) -> bool:
        """Whether calling the class certainly gives an object of it."""
        return self._is_ordinary(known) and self.has(known, "__new__") is False

    def may_be_replaced(self, known: KnownClass, name: str) -> bool:
        """Whether a class that inherits from it has a special method of this name."""
        family = (known.it.name, name)
        return any(self._families.replaces(*family, by_coroutine=kind) for kind in (True, False))

    def _is_replaced(self, known: KnownClass, function: Function) -> bool:
        is_coroutine = function.kind in {"coroutine", "async-generator"}
        return self._families.replaces(known.it.name, function.name, by_coroutine=not is_coroutine)

    def _methods(self, known: KnownClass, name: str, depth: int = 0) -> list[KnownFunction | None]:
        """What each line of bases says; None where one cannot be followed."""
        if depth > _DEEPEST or name in known.facts.stored:
            return [None]
        if name in known.it.scope.bindings:
            binding = known.it.scope.binding(name)
            is_method = isinstance(binding, Function)
            return [KnownFunction(binding, known.facts)] if is_method else [None]  # type: ignore[arg-type] # as is_method says
        found: list[KnownFunction | None] = []
        for base in self._bases(known):
            if isinstance(base, KnownClass):
                found += self._methods(base, name, depth + 1)
            elif not _is_bare(base):
                found.append(None)
        return found

    def _have(self, known: KnownClass, name: str, depth: int) -> Iterator[bool | None]:
        if depth > _DEEPEST:
            yield None
            return
        if name in known.it.scope.bindings:
            yield True
        elif known.it.has_keywords or not self._is_ordinary(known):
            yield None
        for base in self._bases(known):
            if isinstance(base, KnownClass):
                yield from self._have(base, name, depth + 1)
            elif _is_bare(base) or (_is_iterable(base) and name not in _ITERATION | {"__new__"}):
                yield False
            else:
                yield None

    def _is_ordinary(self, known: KnownClass) -> bool:
        """Whether nothing is done to the class when it is made that could give it methods."""
        it, facts = known.it, known.facts
        around = it.scope.parent or facts.module
        decorators = (_called(each) for each in it.decorators)
        kinds = [self._names.of(each, around, facts) for each in decorators]
        if not all(map(_is_harmless, kinds)):
            return False
        if it.metaclass is None:
            return True
        return self._names.of(it.metaclass, around, facts) == Foreign("abc.ABCMeta")

    def _bases(self, known: KnownClass) -> Iterator[Meaning | None]:
        around = known.it.scope.parent or known.facts.module
        for base in known.it.bases:
            plain = base.value if isinstance(base, ast.Subscript) else base
            yield self._names.of(plain, around, known.facts)


def _is_set_up(stored: Stored, known: KnownClass) -> bool:
    """Whether an attribute is set in the ``__init__`` of a class, on the object itself."""
    function = stored.scope.function
    is_own = function is not None and stored.scope.parent is known.it.scope
    if not is_own or function is None or function.name != "__init__":
        return False
    return function.parameters[:1] == (stored.of,)


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _is_one_of(meaning: Meaning | None, names: frozenset[str]) -> bool:
    return isinstance(meaning, Foreign) and meaning.name in names


def _is_harmless(decorator: Meaning | None) -> bool:
    is_mark = isinstance(decorator, Foreign) and decorator.name.startswith(externals.MARKS)
    return is_mark or _is_one_of(decorator, externals.CLASS_DECORATORS)


def _is_bare(meaning: Meaning | None) -> bool:
    return _is_one_of(meaning, externals.BARE_BASES)


def _is_iterable(meaning: Meaning | None) -> bool:
    return _is_one_of(meaning, externals.ITERABLE_BASES)


def decorators_of(known: KnownFunction, names: Names) -> list[str] | None:
    """The full names of a function's decorators; None where one is not known."""
    around = known.function.scope.parent or known.facts.module
    kinds = [names.of(_called(each), around, known.facts) for each in known.function.decorators]
    found = [kind.name for kind in kinds if isinstance(kind, Foreign)]
    return found if len(found) == len(kinds) else None
