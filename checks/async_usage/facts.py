"""What one Python file says: its scopes, what they bind, and the places that may be at fault."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final, Literal

FunctionKind = Literal["plain", "generator", "coroutine", "async-generator"]
"""What a call of a function gives: its result, a generator, a coroutine, an async generator."""

ScopeKind = Literal["module", "class", "function"]


@dataclass(frozen=True, eq=False)
class Function:
    """One ``def`` or ``async def``."""

    name: str
    line: int
    octet: int
    """Where in the line it begins, in bytes of UTF-8 from 0."""
    kind: FunctionKind
    decorators: tuple[ast.expr, ...]
    parameters: tuple[str, ...]
    """The positional ones."""
    annotation: ast.expr | None
    """Of what it returns."""
    results: tuple[ast.expr | None, ...]
    """What stands behind each ``return`` of its own, as :func:`kept`."""
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
    """As :func:`kept`."""
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
    transparent: bool = False
    """Whether it is that of a comprehension, in which ``:=`` binds outside (PEP 572)."""
    bindings: defaultdict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    """Names declared ``global`` or ``nonlocal``, and where they are bound."""
    loads: set[str] = field(default_factory=set)
    """Names that are read in it."""
    inner: list[Scope] = field(default_factory=list)
    function: Function | None = None
    """The function whose inside it is; none for a lambda or a comprehension."""
    owner: Class | None = None
    """The class whose inside it is."""

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
    """What is called, or the name that is used."""
    called: bool
    """Whether it is what a call of it gives that is used."""
    line: int
    octet: int
    """Where in the line the whole of it begins, in bytes of UTF-8 from 0."""
    scope: Scope
    coroutine: bool
    """Whether it runs in a coroutine itself, and not in a function inside it."""
    alone: bool = True
    """Whether one word more or less makes the counterpart of it."""
    assigned: str = ""
    """The variable that it is assigned to."""
    argument: ast.expr | None = None
    """The only thing that it is called with, as :func:`kept`."""
    brief: bool = False
    """Whether its arguments say that it does not wait."""
    expected: bool = False
    """Whether it stands where a failure is expected."""


@dataclass(frozen=True, eq=False)
class Stored:
    """One place where an attribute is assigned to, or deleted."""

    of: str
    """The variable that holds the object; empty where it is no variable."""
    value: ast.expr | None
    """As :func:`kept`; None where it is no plain assignment."""
    annotation: ast.expr | None
    scope: Scope


UNKNOWN: Final = ast.Yield()
"""Stands for expressions of which nothing is known."""

_KEPT: Final = (ast.BoolOp, ast.IfExp, ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant)
_PLAIN: Final = (
    ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp, ast.JoinedStr, ast.Compare, ast.Lambda,
)  # fmt: skip
"""Expressions that never give an awaitable."""


def kept(node: ast.expr) -> ast.expr:
    """As much of an expression as matters: trees are large, and facts are kept."""
    if isinstance(node, ast.Call):
        return ast.Call(node.func, [], [])
    if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
        return ast.Await(kept(node.value))
    if isinstance(node, _PLAIN):
        return ast.Constant(None)
    return node if isinstance(node, _KEPT) else UNKNOWN


@dataclass(eq=False)
class Facts:
    """What one file says."""

    path: str
    """Empty where it is what all copies of the file say."""
    module: Scope
    uses: list[Use] = field(default_factory=list)
    stored: defaultdict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    """Attributes that are assigned to, of whatever object."""
    mentioned: set[str] = field(default_factory=set)
    """Last words of the strings, where the file replaces things by their name."""
    star_line: int = 0
    """Where the last ``from … import *`` stands; what is bound before may be bound anew there."""
    stars: list[Imported] = field(default_factory=list)
    """The modules of which everything is imported."""
