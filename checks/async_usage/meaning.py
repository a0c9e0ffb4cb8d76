"""What a name means: followed through scopes, imports and re-exports, as long as it is certain."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from typing import Final

from checks.async_usage import stars
from checks.async_usage.facts import (
    Assigned,
    Binding,
    Class,
    Facts,
    Function,
    FunctionKind,
    Imported,
    Opaque,
    Scope,
)
from checks.async_usage.modules import Modules, Place
from checks.async_usage.referents import (
    Foreign,
    Instance,
    KnownClass,
    KnownFunction,
    Meaning,
    Module,
)
from checks.async_usage.stars import Load

_DEEPEST: Final = 24
"""Steps from a name to what it means; more are a circle."""


AttributeOf = Callable[[Instance, str, Facts], Instance | None]

MethodOf = Callable[[Instance | KnownClass, str], KnownFunction | None]


class Names:
    """Looks up names in the files of a repository.

    Args:
        modules: which file an import means.
        load: the facts of a file.
        is_test: whether objects in a file may be doubles of what they are annotated as.
    """

    def __init__(self, modules: Modules, load: Load, is_test: Callable[[str], bool]) -> None:
        self._modules = modules
        self._load = load
        self._is_test = is_test
        self.method_of: MethodOf = lambda _owner, _name: None
        """Looks up a method; set by who knows the classes."""
        self.attribute_of: AttributeOf = lambda _owner, _name, _facts: None
        """Looks up what an object keeps; set by who knows the classes."""

    def of(self, node: ast.expr, scope: Scope, facts: Facts, depth: int = 0) -> Meaning | None:
        """What an expression means where it stands; None where that is not certain."""
        if depth > _DEEPEST:
            return None
        if isinstance(node, ast.Name):
            return self._named(node.id, scope, facts, depth + 1)
        if isinstance(node, ast.Attribute):
            whole = self.of(node.value, scope, facts, depth + 1)
            if isinstance(whole, Instance):
                kept = self._kept(whole, node.attr, scope, facts)
                if kept is not None:
                    return kept
            return self._attribute(whole, node.attr, facts, depth + 1) if whole else None
        if isinstance(node, ast.Call):
            return self._called(node, "plain", scope, facts, depth + 1)
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            return self._called(node.value, "coroutine", scope, facts, depth + 1)
        return None

    def _kept(self, whole: Instance, name: str, scope: Scope, facts: Facts) -> Instance | None:
        """What an object keeps under a name, where no test has put a double there."""
        if self._is_test(facts.path) or name in facts.mentioned or self._asks_for_kind(scope):
            return None
        return self.attribute_of(whole, name, facts)

    def _called(
        self, node: ast.Call, kind: FunctionKind, scope: Scope, facts: Facts, depth: int
    ) -> Instance | None:
        """The object that comes of a call, which is awaited if it is one of a coroutine."""
        called = self.of(node.func, scope, facts, depth)
        if isinstance(called, KnownFunction):
            return self._given(called, kind, facts, depth)
        if isinstance(called, KnownClass) and kind == "plain":
            return Instance(called, exact=True)
        return None

    def _given(
        self, called: KnownFunction, kind: FunctionKind, facts: Facts, depth: int
    ) -> Instance | None:
        """The object that a function declares to give, as far as it is this function that runs."""
        function = called.function
        if function.kind != kind or function.decorators or self._is_test(facts.path):
            return None
        around = function.scope.parent or called.facts.module
        declared = self.annotated(function.annotation, around, called.facts, depth + 1)
        return Instance(declared, exact=False) if isinstance(declared, KnownClass) else None

    def annotated(
        self, node: ast.expr | None, scope: Scope, facts: Facts, depth: int = 0
    ) -> Meaning | None:
        """What an annotation means, be it in quotes."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
        return self.of(node, scope, facts, depth) if node is not None else None

    def bound(self, name: str, scope: Scope) -> tuple[Scope, Binding | None] | None:
        """The scope that binds a name as it is seen from another, and what to; None for none."""
        start: Scope | None = scope
        around = start
        while around is not None:
            around_elsewhere = around.elsewhere.get(name)
            if around_elsewhere is not None:
                return around_elsewhere, around_elsewhere.binding(name)
            # The body of a class is seen from itself alone.
            if name in around.bindings and (around.kind != "class" or around is start):
                return around, around.binding(name)
            around = around.parent
        return None

    def _named(self, name: str, scope: Scope, facts: Facts, depth: int) -> Meaning | None:
        found = self.bound(name, scope)
        if found is None:
            return self._unbound(name, facts, depth)
        where, binding = found
        # One that is bound under a condition may be a builtin otherwise.
        if binding is None or (where.kind != "function" and hasattr(builtins, name)):
            return None
        return self._meant(binding, name, where, facts, depth)

    def _meant(
        self, binding: Binding, name: str, scope: Scope, facts: Facts, depth: int
    ) -> Meaning | None:
        match binding:
            case Function() | Class():
                earlier = binding.line < facts.star_line and scope.kind == "module"
                if earlier and self._givers(name, facts, depth) != []:
                    return None
                if isinstance(binding, Class):
                    return KnownClass(binding, facts)
                return KnownFunction(binding, facts)
            case Imported():
                own = self._imported(binding, facts, depth)
                givers = self._givers(name, facts, depth) if scope.kind == "module" else []
                if givers is None:
                    return None
                others = (self._member(each, name, depth + 1) for each in givers)
                return own if all(each == own for each in others) else None
            case Assigned():
                return self._assigned(binding, name, scope, facts, depth)
            case Opaque():
                return None

    def _imported(self, found: Imported, facts: Facts, depth: int) -> Meaning | None:
        if found.level:
            place = self._modules.relative(facts.path, found.level, found.module)
        elif self._modules.is_foreign(facts.path, found.module):
            whole = f"{found.module}.{found.attribute}" if found.attribute else found.module
            return Foreign(whole)
        else:
            place = self._modules.absolute(facts.path, found.module)
        if place is None:
            return None
        if found.attribute and place.path == facts.path:
            return self._own(found, place, facts)
        module = Module(place)
        return self._attribute(module, found.attribute, facts, depth) if found.attribute else module

    def _own(self, found: Imported, place: Place, facts: Facts) -> Module | None:
        """What a package imports from itself: a submodule, where nothing else bears its name."""
        name = found.attribute or ""
        inside = self._modules.child(place, name)
        is_only = all(each == found for each in facts.module.bindings.get(name, ()))
        return Module(inside) if inside is not None and is_only else None

    def _unbound(self, name: str, facts: Facts, depth: int) -> Meaning | None:
        """What a name is that the file itself does not bind: a builtin, or from another file."""
        givers = self._givers(name, facts, depth)
        if givers:
            return None if hasattr(builtins, name) else self._from_one(givers, name, depth)
        is_builtin = givers is not None and hasattr(builtins, name)
        return Foreign(f"builtins.{name}") if is_builtin else None

    def _from_one(self, givers: Sequence[Place], name: str, depth: int) -> Meaning | None:
        first, *rest = (self._member(place, name, depth + 1) for place in givers)
        return first if all(each == first for each in rest) else None

    def _givers(self, name: str, facts: Facts, depth: int) -> list[Place] | None:
        """The modules that may give a file this name by ``import *``; None where one is unknown."""

        def place_of(star: Imported, file: Facts) -> Place | None:
            module = self._imported(star, file, depth)
            return module.place if isinstance(module, Module) else None

        return stars.givers(name, facts, place_of, self._load)

    def _assigned(
        self, found: Assigned, name: str, scope: Scope, facts: Facts, depth: int
    ) -> Meaning | None:
        """An object, where its class is known."""
        if scope.kind == "class" or (scope.kind == "module" and self._may_change(name, facts)):
            return None
        if isinstance(found.value, ast.Call | ast.Await):
            made = self.of(found.value, scope, facts, depth + 1)
            return made if isinstance(made, Instance) else None
        if found.value is not None or scope.kind == "module":
            return None
        owner = self._owner(scope, facts)
        if found.parameter and owner is not None and _is_first(name, scope):
            return owner
        if found.annotation is None or self._asks_for_kind(scope) or self._is_test(facts.path):
            return None
        outside = scope.parent if found.parameter and scope.parent is not None else scope
        declared = self.annotated(found.annotation, outside, facts, depth + 1)
        return Instance(declared, exact=False) if isinstance(declared, KnownClass) else None

    def _may_change(self, name: str, facts: Facts) -> bool:
        """Whether a variable of a module may be replaced from outside."""
        return self._is_test(facts.path) or name in facts.stored or name in facts.mentioned

    def _asks_for_kind(self, scope: Scope) -> bool:
        """Whether a function tells apart what its arguments are."""
        return any(scope.reads(word) for word in ("isinstance", "hasattr", "type", "callable"))

    def _owner(self, scope: Scope, facts: Facts) -> Instance | KnownClass | None:
        """What ``self`` or ``cls`` is in a method."""
        around = scope.parent
        if around is None or around.kind != "class" or scope.function is None:
            return None
        if around.owner is None:
            return None
        it = KnownClass(around.owner, facts)
        words = {_last(each) for each in scope.function.decorators}
        if words & {"staticmethod"} or scope.function.name == "__new__":
            return None
        is_class = "classmethod" in words or scope.function.name in {
            "__init_subclass__",
            "__class_getitem__",
        }
        if not is_class and words - {"property", "override", "abstractmethod", "final"} - {
            "asynccontextmanager", "contextmanager", "cached_property", "setter",
        }:  # fmt: skip
            return None  # who knows what it is called with
        return it if is_class else Instance(it, exact=False)

    def _attribute(self, whole: Meaning, name: str, facts: Facts, depth: int) -> Meaning | None:
        # Whoever assigns to an attribute of this name may have replaced it.
        if name in facts.stored or name in facts.mentioned or depth > _DEEPEST:
            return None
        match whole:
            case Foreign():
                return Foreign(f"{whole.name}.{name}")
            case Module():
                return self._member(whole.place, name, depth)
            case Instance() | KnownClass():
                return self.method_of(whole, name)
            case KnownFunction():
                return None

    def _member(self, place: Place, name: str, depth: int) -> Meaning | None:
        inside = self._modules.child(place, name)
        facts = self._load(place.path) if place.path is not None else None
        if place.path is not None and (facts is None or name in facts.stored):
            return None
        if facts is None:
            return Module(inside) if inside is not None else None
        if name not in facts.module.bindings:
            givers = self._givers(name, facts, depth)
            if not givers:
                return Module(inside) if inside is not None and givers == [] else None
            return self._from_one(givers, name, depth) if inside is None else None
        found = self._named(name, facts.module, facts, depth + 1)
        # A submodule of the same name takes the place of what is bound, once it is imported.
        return None if inside is not None and found != Module(inside) else found


def _is_first(name: str, scope: Scope) -> bool:
    function = scope.function
    return function is not None and function.parameters[:1] == (name,)


def _last(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else "?"
