"""What a call gives: a coroutine, a context manager, an object, something that is not awaitable."""

from __future__ import annotations

import ast
from typing import Final, Literal

from checks.async_usage import externals
from checks.async_usage.classes import Classes, decorators_of
from checks.async_usage.facts import Assigned, Facts, Scope
from checks.async_usage.meaning import Names
from checks.async_usage.referents import Foreign, Instance, KnownClass, KnownFunction

Result = Literal[
    "coroutine",
    "async generator",
    "generator",
    "context manager",
    "async context manager",
    "plain value",
]
"""What comes of a call. A plain value is certainly not awaitable."""

_DEEPEST: Final = 5
"""Calls within calls that are followed to know what comes back."""


class Results:
    """Tells what calls give.

    Args:
        names: resolves what is called.
        classes: knows what objects have.
    """

    def __init__(self, names: Names, classes: Classes) -> None:
        self._names = names
        self._classes = classes

    def of(self, known: KnownFunction, depth: int = 0) -> Result | None:
        """What a call of a function gives; None where that is not certain."""
        function = known.function
        decorators = decorators_of(known, self._names)
        if decorators is None:
            return None
        decorators = [each for each in decorators if not each.startswith(externals.MARKS)]
        managers = {externals.CONTEXT_MANAGER, externals.ASYNC_CONTEXT_MANAGER}
        entered = managers.intersection(decorators)
        if not managers.union(externals.TRANSPARENT).issuperset(decorators):
            return None
        if entered:
            is_async = externals.ASYNC_CONTEXT_MANAGER in entered
            is_sound = function.kind == ("async-generator" if is_async else "generator")
            manager: Result = "async context manager" if is_async else "context manager"
            return manager if is_sound and len(entered) == 1 else None
        match function.kind:
            case "coroutine":
                return None if externals.CACHING.intersection(decorators) else "coroutine"
            case "async-generator":
                return "async generator"
            case "generator":
                return "generator"
            case "plain":
                return "plain value" if self._is_plain(known, depth, decorators) else None

    def lacks(self, meaning: KnownClass | Instance, *methods: str) -> bool:
        """Whether an object certainly has none of these special methods."""
        known = meaning.of if isinstance(meaning, Instance) else meaning
        if isinstance(meaning, KnownClass) and not self._classes.makes_itself(known):
            return False
        if isinstance(meaning, Instance) and meaning.exact:
            if not self._classes.makes_itself(known):
                return False
        elif isinstance(meaning, Instance) and any(
            self._classes.may_be_replaced(known, each) for each in methods
        ):
            return False
        return all(self._classes.has(known, each) is False for each in methods)

    def has(self, meaning: KnownClass | Instance, method: str) -> bool:
        """Whether an object certainly has a special method."""
        known = meaning.of if isinstance(meaning, Instance) else meaning
        return self._classes.makes_itself(known) and self._classes.has(known, method) is True

    def _is_plain(self, known: KnownFunction, depth: int, decorators: list[str]) -> bool:
        """Whether what a ``def`` gives can certainly not be awaited."""
        function, facts = known.function, known.facts
        if depth > _DEEPEST or "abc.abstractmethod" in decorators:
            return False
        if known.owner is not None and not known.exact and function.does_nothing:
            return False  # a hook, which somebody else may fill
        if not function.results and function.raises:
            return False  # nothing comes back at all
        values = [value for value in function.results if value is not None]
        if all(self.is_plain(value, function.scope, facts, depth + 1) for value in values):
            return True
        around = function.scope.parent or facts.module
        return self._is_plain_type(function.annotation, around, facts) and not any(
            self._may_give_coroutine(value, function.scope, facts) for value in values
        )

    def _may_give_coroutine(self, value: ast.expr, scope: Scope, facts: Facts) -> bool:
        """Whether a function gives on what a coroutine function gives, whatever it declares."""
        if not isinstance(value, ast.Call):
            return False
        meaning = self._names.of(value.func, scope, facts)
        return isinstance(meaning, KnownFunction) and meaning.function.kind == "coroutine"

    def is_plain(self, node: ast.expr, scope: Scope, facts: Facts, depth: int) -> bool:
        """Whether the value of an expression can certainly not be awaited."""
        if depth > _DEEPEST:
            return False
        match node:
            case ast.BoolOp(values=values):
                return all(self.is_plain(each, scope, facts, depth) for each in values)
            case ast.IfExp(body=body, orelse=otherwise):
                sides = (body, otherwise)
                return all(self.is_plain(each, scope, facts, depth) for each in sides)
            case ast.BinOp(left=left, right=right):
                return all(self.is_plain(each, scope, facts, depth) for each in (left, right))
            case ast.UnaryOp(op=ast.Not()):
                return True
            case ast.Call():
                return self._gives_plain(node, scope, facts, depth)
            case ast.Name():
                return self._is_plain_name(node, scope, facts, depth)
            case _:
                return isinstance(node, ast.Constant)

    def _gives_plain(self, node: ast.Call, scope: Scope, facts: Facts, depth: int) -> bool:
        meaning = self._names.of(node.func, scope, facts)
        if isinstance(meaning, Foreign):
            return meaning.name in externals.NOT_AWAITABLE
        if isinstance(meaning, KnownClass):
            return self.lacks(meaning, "__await__")
        if isinstance(meaning, KnownFunction):
            return self.of(meaning, depth + 1) in {"plain value", "generator"}
        return False

    def _is_plain_name(self, node: ast.Name, scope: Scope, facts: Facts, depth: int) -> bool:
        """Whether all that a variable is ever set to in its file is plain."""
        found = self._names.bound(node.id, scope)
        if found is None or found[0].kind == "class" or node.id in facts.stored:
            return False
        if found[0].kind == "module" and (facts.star_line or node.id in facts.mentioned):
            return False
        where = found[0]
        bindings = where.bindings.get(node.id, ())
        values = [
            (each.value, each.scope)
            for each in bindings
            if isinstance(each, Assigned) and each.value is not None
        ]
        if not values or len(values) != len(bindings):
            meaning = self._names.of(node, scope, facts)
            return isinstance(meaning, Instance) and self.lacks(meaning, "__await__")
        return all(self.is_plain(value, inside, facts, depth + 1) for value, inside in values)

    def _is_plain_type(self, node: ast.expr | None, scope: Scope, facts: Facts) -> bool:
        """Whether an annotation names a type whose objects can certainly not be awaited."""
        match node:
            case ast.Constant(value=None):
                return True
            case ast.Constant(value=str()):
                return self._is_plain_class(node, scope, facts)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                sides = (left, right)
                return all(self._is_plain_type(each, scope, facts) for each in sides)
            case ast.Subscript(value=value, slice=inside):
                base = self._names.of(value, scope, facts)
                if base in (Foreign(externals.OPTIONAL), Foreign(externals.UNION)):
                    parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
                    return all(self._is_plain_type(each, scope, facts) for each in parts)
                return isinstance(base, Foreign) and base.name in externals.PLAIN_TYPES
            case None:
                return False
            case _:
                return self._is_plain_class(node, scope, facts)

    def _is_plain_class(self, node: ast.expr, scope: Scope, facts: Facts) -> bool:
        meaning = self._names.annotated(node, scope, facts)
        if isinstance(meaning, Foreign):
            return meaning.name in externals.PLAIN_TYPES
        if not isinstance(meaning, KnownClass) or self._is_protocol(meaning):
            return False
        return self.lacks(Instance(meaning, exact=False), "__await__")

    def _is_protocol(self, known: KnownClass) -> bool:
        bases = (each.value if isinstance(each, ast.Subscript) else each for each in known.it.bases)
        around = known.it.scope.parent or known.facts.module
        kinds = (self._names.of(each, around, known.facts) for each in bases)
        return any(isinstance(kind, Foreign) and kind.name.endswith(".Protocol") for kind in kinds)
