"""What one Python file says: its scopes, what they bind, and the places that may be at fault."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

FunctionKind = Literal["plain", "generator", "coroutine", "async-generator"]
"""What a call of a function gives: its result, a generator, a coroutine, an async generator."""

ScopeKind = Literal["module", "class", "function"]


@dataclass(frozen=True, eq=False)
class Function:
    """One ``def`` or ``async def``."""

    name: str
    line: int
    kind: FunctionKind
    decorators: tuple[ast.expr, ...]
    parameters: tuple[str, ...]
    """The positional ones."""
    annotation: ast.expr | None
    """Of what it returns."""
    results: tuple[ast.expr | None, ...]
    """What stands behind each ``return`` of its own."""
    does_nothing: bool
    """Its body is empty: a docstring, ``pass``, an ellipsis."""
    raises: bool
    """Its body ends in ``raise``, so that without a ``return`` nothing comes back."""
    scope: Scope
    """Its inside."""


@dataclass(frozen=True, eq=False)
class Class:
    """One ``class``."""

    name: str
    line: int
    bases: tuple[ast.expr, ...]
    has_keywords: bool
    """A metaclass, or what another hook of its bases may act on."""
    metaclass: ast.expr | None
    decorators: tuple[ast.expr, ...]
    scope: Scope
    """Its inside."""


@dataclass(frozen=True)
class Imported:
    """A name that an import binds."""

    module: str
    """As it is written, without the dots that stand before it."""
    level: int
    """How many dots those are."""
    attribute: str | None
    """What is taken from the module; None where the name is the module itself."""


@dataclass(frozen=True, eq=False)
class Assigned:
    """A name that is assigned to, or declared with an annotation; a parameter has no value."""

    value: ast.expr | None
    annotation: ast.expr | None
    scope: Scope
    """Where that stands: it may bind a name of another scope."""
    parameter: bool = False


@dataclass(frozen=True)
class Opaque:
    """A name that is bound in any other way."""


Binding = Function | Class | Imported | Assigned | Opaque

Form = Literal["await", "dropped", "unused", "with", "async with", "for", "async for", "call"]
"""How a value is used; ``call`` is any call that may block or concern the event loop."""


@dataclass(eq=False)
class Scope:
    """A module, a class or a function (a lambda, a comprehension), and the names that it binds."""

    kind: ScopeKind
    parent: Scope | None
    node: ast.AST | None = None
    bindings: defaultdict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    """Names declared ``global`` or ``nonlocal``, and where they are bound."""
    loads: set[str] = field(default_factory=set)
    """Names that are read in it."""
    inner: list[Scope] = field(default_factory=list)
    function: Function | None = None
    """The function whose inside it is; none for a lambda or a comprehension."""

    def binding(self, name: str) -> Binding | None:
        """The only thing that the name is bound to in this scope, or None."""
        found = self.bindings.get(name)
        return found[0] if found and all(each == found[0] for each in found) else None

    def reads(self, name: str) -> bool:
        """Whether the name is read in it, or in a scope inside."""
        return name in self.loads or any(scope.reads(name) for scope in self.inner)


@dataclass(frozen=True, eq=False)
class Use:
    """One place where something is awaited, entered, iterated, dropped or called."""

    form: Form
    value: ast.expr
    """What is used: a call, or a name."""
    node: ast.AST
    """The whole of it, where an edit begins."""
    scope: Scope
    coroutine: bool
    """Whether it runs in a coroutine itself, and not in a function inside it."""
    alone: bool = True
    """Whether it is the only thing that its statement enters or iterates."""


@dataclass(eq=False)
class Facts:
    """What one file says."""

    path: str
    module: Scope
    uses: list[Use] = field(default_factory=list)
    stored: set[str] = field(default_factory=set)
    """Attributes that are assigned to, of whatever object."""
    mentioned: set[str] = field(default_factory=set)
    """Last words of the strings, where the file replaces things by their name."""
    star_line: int = 0
    """Where the last ``from … import *`` stands; what is bound before may be bound anew there."""
