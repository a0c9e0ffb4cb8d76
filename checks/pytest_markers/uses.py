"""Which markers a syntax tree uses, and whether the names in it are pytest's at all.

``pytest.mark.NAME`` is judged when pytest looks the attribute up (``MarkGenerator.__getattr__``),
and ``add_marker("NAME")`` looks it up too (``Node.add_marker``). So what is searched for is that
look-up, wherever it stands: decorator, ``pytestmark``, ``param(marks=…)``, a variable, an argument.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from checks.pytest_markers.evaluated import taken

Kind = Literal["module", "mark"]
"""What an expression is: the module ``pytest``, or ``pytest.mark``."""

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOKING_UP: Final = (ast.Attribute, ast.Call)
_BINDING: Final = (
    *(ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Name),
    *(ast.ExceptHandler, ast.MatchAs),
)
_IDLE: Final = frozenset(
    {
        *(str, type(None), ast.Constant),
        *(
            sign
            for kind in (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
            for sign in kind.__subclasses__()
        ),
    }
)
_DEEPEST_ALIAS: Final = 10
"""``a = b; b = a`` would go on for ever."""


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One look-up of a marker."""

    line: int
    column: int
    """Of the name's first character, from 1, in characters."""
    name: str
    when: Literal["import", "call"] = "import"
    """Whether it is looked up when the file is imported, or when a function of it is called."""


@dataclass(slots=True, eq=False)
class _Scope:
    """The names that one module, class, function or comprehension binds."""

    parent: _Scope | None = None
    is_class: bool = False
    called: bool = False
    """Inside of a function, so evaluated when that is called."""
    names: dict[str, list[ast.expr | Kind | None]] = field(default_factory=dict)
    """To each name what is bound to it; None for what cannot be pytest's."""
    starred: bool = False
    """``from pytest import *`` stands in it."""

    def bind(self, name: str, value: ast.expr | Kind | None) -> None:
        self.names.setdefault(name, []).append(value)

    def binding_of(self, name: str) -> tuple[_Scope, list[ast.expr | Kind | None]] | None:
        """The scope that a name comes from: classes are not seen from the functions in them."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or not scope.is_class):
                return scope, scope.names[name]
            scope = scope.parent
        return None


def uses_in(tree: ast.Module, lines: Sequence[str]) -> list[Use]:
    """Every look-up of a marker in a module, in the order of the text.

    Args:
        tree: the module.
        lines: its text, for columns in characters: ``ast`` counts bytes.
    """
    return sorted(set(_Reader(lines).read(tree)))


class _Reader:
    """One walk that binds names and collects candidates; they are resolved once all is bound.

    The walk keeps its own stack: generated files nest deeper than Python's.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._candidates: list[tuple[ast.expr, _Scope]] = []
        self._stack: list[tuple[ast.AST, _Scope]] = []

    def read(self, tree: ast.Module) -> Iterator[Use]:
        self._stack.append((tree, _Scope()))
        while self._stack:
            node, scope = self._stack.pop()
            self._visit(node, scope)
        for candidate, scope in self._candidates:
            yield from self._use(candidate, scope)

    def _visit(self, node: ast.AST, scope: _Scope) -> None:
        if isinstance(node, _FUNCTIONS):
            self._enter_function(node, scope)
        elif isinstance(node, ast.ClassDef):
            scope.bind(node.name, None)
            self._push(scope, *node.decorator_list, *node.bases, *node.keywords)
            inner = _Scope(scope, is_class=True, called=scope.called)
            self._push(inner, *node.body)
        elif isinstance(node, ast.If):
            self._push(scope, *taken(node))
        elif isinstance(node, _COMPREHENSIONS):
            # The first iterable belongs to the outside; for marks the difference is none.
            self._push(_Scope(scope, called=scope.called), *_children(node))
        else:
            if isinstance(node, _LOOKING_UP):
                self._candidates.append((node, scope))
            elif isinstance(node, _BINDING):
                self._bind(node, scope)
            if isinstance(node, ast.Assign) and not self._may_look_up(node.value):
                self._push(scope, *node.targets)
            else:
                self._push(scope, *_children(node))

    def _may_look_up(self, value: ast.expr) -> bool:
        """Whether an attribute, a call or a binding can stand in an expression, by its lines.

        Tests hold large tables of literals, and this is much faster than to walk them.
        """
        last = value.end_lineno or value.lineno
        lines = self._lines[value.lineno - 1 : last]
        return last > len(self._lines) or any(
            "." in line or "(" in line or ":=" in line for line in lines
        )

    def _push(self, scope: _Scope, *nodes: ast.AST) -> None:
        self._stack.extend((node, scope) for node in nodes)

    def _enter_function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: _Scope
    ) -> None:
        inner = _Scope(scope, called=True)
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            inner.bind(argument.arg, None)
        for spread in (arguments.vararg, arguments.kwarg):
            if spread is not None:
                inner.bind(spread.arg, None)
        defaults = [default for default in arguments.kw_defaults if default is not None]
        self._push(scope, *arguments.defaults, *defaults)
        if isinstance(node, ast.Lambda):
            self._push(inner, node.body)
            return
        scope.bind(node.name, None)
        self._push(scope, *node.decorator_list)
        self._push(inner, *node.body)

    @staticmethod
    def _bind(node: ast.AST, scope: _Scope) -> None:
        match node:
            case ast.Import():
                _bind_import(node, scope)
            case ast.ImportFrom():
                _bind_from(node, scope)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        scope.bind(target.id, value)
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

    def _use(self, node: ast.expr, scope: _Scope) -> Iterator[Use]:
        if isinstance(node, ast.Attribute):
            looked_up = isinstance(node.ctx, ast.Load)
            if looked_up and self._kind(node.value, scope) == "mark":
                yield self._at(node, node.attr, scope, node.end_col_offset)
        elif isinstance(node, ast.Call):
            literal = _looked_up_by_name(node)
            if literal is None:
                return
            holder = node.args[0] if isinstance(node.func, ast.Name) else None
            if holder is None or self._kind(holder, scope) == "mark":
                yield self._at(literal, str(literal.value), scope)

    def _at(self, node: ast.expr, name: str, scope: _Scope, end: int | None = None) -> Use:
        line, offset = node.lineno, node.col_offset
        if end is not None:
            line, offset = node.end_lineno or line, end - len(name.encode())
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        column = len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "ignore")) + 1
        return Use(line, column, name, "call" if scope.called else "import")

    def _kind(self, node: ast.expr | Kind | None, scope: _Scope, depth: int = 0) -> Kind | None:
        if node is None or isinstance(node, str):
            return node
        if depth > _DEEPEST_ALIAS:
            return None
        if isinstance(node, ast.Attribute):
            is_mark = node.attr == "mark" and self._kind(node.value, scope, depth + 1) == "module"
            return "mark" if is_mark else None
        if not isinstance(node, ast.Name):
            return None
        bound = scope.binding_of(node.id)
        if bound is None:
            return _starred(node.id, scope)
        home, values = bound
        # `try: import pytest` and `except: pytest = None` bind one name twice: it is pytest's.
        kinds = (self._kind(value, home, depth + 1) for value in values)
        return next((kind for kind in kinds if kind is not None), None)


def _children(node: ast.AST) -> list[ast.AST]:
    """As ``ast.iter_child_nodes``, but for what neither binds nor looks up: most of a module."""
    found: list[ast.AST] = []
    for name in node._fields:
        value: Any = getattr(node, name, None)
        for child in value if type(value) is list else (value,):
            kind = type(child)
            # The parser makes nodes of exactly these classes, and a module has very many.
            if kind in _IDLE or (kind is ast.Name and type(child.ctx) is ast.Load):
                continue
            if isinstance(child, ast.AST):
                found.append(child)
    return found


def _bind_import(node: ast.Import, scope: _Scope) -> None:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        scope.bind(name, "module" if alias.name == "pytest" else None)


def _bind_from(node: ast.ImportFrom, scope: _Scope) -> None:
    for alias in node.names:
        name = alias.asname or alias.name
        if alias.name == "*":
            scope.starred = scope.starred or node.module == "pytest"
        elif alias.name == "pytest":
            # `from compat import pytest` hands on the module, whoever does it.
            scope.bind(name, "module")
        else:
            is_mark = node.module == "pytest" and not node.level and alias.name == "mark"
            scope.bind(name, "mark" if is_mark else None)


def _starred(name: str, scope: _Scope) -> Kind | None:
    """What a name that nothing binds may come from: ``from pytest import *``."""
    top = scope
    while top.parent is not None:
        top = top.parent
    return "mark" if top.starred and name == "mark" else None


def _looked_up_by_name(node: ast.Call) -> ast.Constant | None:
    """The literal of ``getattr(…, "x")`` or ``….add_marker("x")``."""
    function, arguments = node.func, node.args
    if isinstance(function, ast.Attribute) and function.attr == "add_marker":
        named = [keyword.value for keyword in node.keywords if keyword.arg == "marker"]
        found = (arguments or named)[:1]
    elif isinstance(function, ast.Name) and function.id == "getattr":
        found = arguments[1:2]
    else:
        return None
    for literal in found:
        if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
            return literal
    return None
