"""What the names in a module are bound to, as far as pytest's may be among them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["module", "mark"]
"""What an expression is: the module ``pytest``, or ``pytest.mark``."""


class Handed(NamedTuple):
    """A name that another module hands on: ``from .compat import mark``."""

    module: str
    level: int
    """How many dots stand before the module."""
    name: str


Bound = ast.expr | ast.ClassDef | Handed | Kind | None
"""What a name is bound to; None for what cannot be pytest's."""


@dataclass(slots=True, eq=False)
class Scope:
    """The names that one module, class, function or comprehension binds."""

    parent: Scope | None = None
    is_class: bool = False
    functions: tuple[str, ...] = ()
    """The functions around it: what stands in it is evaluated when all of them are called."""
    names: dict[str, list[Bound]] = field(default_factory=dict)
    starred: list[tuple[str, int]] = field(default_factory=list)
    """Module and level of each ``from … import *`` in it."""

    def bind(self, name: str, value: Bound) -> None:
        """Note what a name is bound to, besides what it was bound to before."""
        self.names.setdefault(name, []).append(value)

    def binding_of(self, name: str) -> tuple[Scope, list[Bound]] | None:
        """The scope that a name comes from: classes are not seen from the functions in them."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or not scope.is_class):
                return scope, scope.names[name]
            scope = scope.parent
        return None

    @property
    def top(self) -> Scope:
        """The module's."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


def bind(node: ast.AST, scope: Scope) -> None:
    """Bind what a statement or an expression binds."""
    match node:
        case ast.Import():
            _bind_import(node, scope)
        case ast.ImportFrom():
            _bind_from(node, scope)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                for name, part in _assigned(target, value):
                    scope.bind(name, part)
        case (
            ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            | ast.NamedExpr(target=ast.Name(id=name), value=value)
        ):
            scope.bind(name, value)
        case ast.Name(id=name, ctx=ast.Store()) if name not in scope.names:
            # Of assignments the value was bound before their targets are met.
            scope.bind(name, None)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            scope.bind(name, None)


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """To each name of a target its part of the value: ``m, n = pytest.mark, 1``."""
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case (
            (ast.Tuple(elts=targets) | ast.List(elts=targets)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ) if not any(isinstance(part, ast.Starred) for part in (*targets, *values)):
            for single, part in zip(targets, values, strict=False):
                if isinstance(single, ast.Name):
                    yield single.id, part


def _bind_import(node: ast.Import, scope: Scope) -> None:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        scope.bind(name, "module" if alias.name == "pytest" else None)


def _bind_from(node: ast.ImportFrom, scope: Scope) -> None:
    for alias in node.names:
        name = alias.asname or alias.name
        if alias.name == "*":
            scope.starred.append((node.module or "", node.level))
        elif alias.name == "pytest":
            # `from compat import pytest` hands on the module, whoever does it.
            scope.bind(name, "module")
        elif node.module == "pytest" and not node.level:
            scope.bind(name, "mark" if alias.name == "mark" else None)
        else:
            # Under other names it is rare, and every module would have to be looked into.
            handed = Handed(node.module or "", node.level, alias.name)
            scope.bind(name, handed if "mark" in {name, alias.name} else None)
