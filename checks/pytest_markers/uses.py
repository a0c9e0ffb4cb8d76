"""Which markers a syntax tree uses, and whether the names in it are pytest's at all.

``pytest.mark.NAME`` is judged when pytest looks the attribute up (``MarkGenerator.__getattr__``),
and ``add_marker("NAME")`` looks it up too (``Node.add_marker``). So what is searched for is that
look-up, wherever it stands: decorator, ``pytestmark``, ``param(marks=…)``, a variable, an argument.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from checks.pytest_markers.evaluated import taken
from checks.pytest_markers.scopes import Bound, Handed, Kind, Scope, bind

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
_OF_PYTEST: Final[dict[str, Kind]] = {"mark": "mark"}
"""What ``from pytest import *`` brings."""
_KINDS: Final[tuple[Kind, ...]] = ("module", "mark")
_COLLECTING: Final = (
    *("pytest_collection", "pytest_collect_", "pytest_pycollect_", "pytest_itemcollected"),
    *("pytest_generate_tests", "pytest_make_", "pytest_ignore_collect", "pytest_deselected"),
)
"""How the hooks begin that pytest calls while it collects."""
_DEEPEST_ALIAS: Final = 10
"""``a = b; b = a`` would go on for ever."""


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One look-up of a marker."""

    line: int
    column: int
    """Of the name's first character, from 1, in characters."""
    name: str
    when: Literal["import", "collection", "call"] = "import"
    """Whether it is looked up when the file is imported, in a hook while pytest collects, or when
    some function of it is called, which collecting alone may not do."""


Hand = Callable[[Handed], Kind | None]
"""Tells what another module hands on."""


def uses_in(tree: ast.Module, lines: Sequence[str], hand: Hand = lambda _: None) -> list[Use]:
    """Every look-up of a marker in a module, in the order of the text.

    Args:
        tree: the module.
        lines: its text, for columns in characters: ``ast`` counts bytes.
        hand: what names from other modules are.
    """
    return Walked(tree, lines).uses(lines, hand)


class Walked:
    """One walk that binds names and collects candidates; they are resolved once all is bound.

    The walk keeps its own stack: generated files nest deeper than Python's.

    Args:
        tree: a module; of it is kept what may look up a marker.
        lines: its text.
    """

    def __init__(self, tree: ast.Module, lines: Sequence[str]) -> None:
        self._lines = lines
        self._hand: Hand = lambda _: None
        self._top = Scope()
        self._classes: dict[ast.ClassDef, Scope] = {}
        self._candidates: list[tuple[ast.expr, Scope]] = []
        self._calls: list[tuple[str, Scope]] = []
        self._run: frozenset[str] = frozenset()
        self._scopes = [self._top]
        self._stack: list[tuple[ast.AST, Scope]] = [(tree, self._top)]
        while self._stack:
            node, scope = self._stack.pop()
            self._visit(node, scope)
        self._lines = ()
        self._let_go()

    def _let_go(self) -> None:
        """Keep no more of the tree than may look up a marker, whatever other modules hand on."""
        self._candidates = [each for each in self._candidates if self._may_be_use(*each)]
        for scope in self._scopes:
            for values in scope.names.values():
                values[:] = [value if self._may_be(value, scope) else None for value in values]

    def _may_be_use(self, node: ast.expr, scope: Scope) -> bool:
        if isinstance(node, ast.Attribute):
            return isinstance(node.ctx, ast.Load) and self._may_be(node.value, scope)
        return isinstance(node, ast.Call) and _looked_up_by_name(node) is not None

    def _may_be(self, value: Bound, scope: Scope) -> bool:
        """Whether something may be pytest's, if other modules hand on what is."""
        if value is None or isinstance(value, ast.ClassDef):
            return value is not None
        for kind in _KINDS:
            self._hand = lambda _, kind=kind: kind  # type: ignore[misc] # bound at once
            if self._kind(value, scope) is not None:
                return True
        return False

    def _scope(self, parent: Scope, functions: tuple[str, ...], *, is_class: bool = False) -> Scope:
        made = Scope(parent, is_class=is_class, functions=functions)
        self._scopes.append(made)
        return made

    def uses(self, lines: Sequence[str], hand: Hand) -> list[Use]:
        """Every look-up of a marker, in the order of the text; as :func:`uses_in`."""
        self._lines, self._hand = lines, hand
        self._run = self._run_at_import()
        found = {use for node, scope in self._candidates for use in self._use(node, scope)}
        self._lines = ()
        return sorted(found)

    def kind_of(self, name: str, hand: Hand) -> Kind | None:
        """What the module binds a name to at its top."""
        self._hand = hand
        return self._kind(ast.Name(name, ast.Load()), self._top)

    def _run_at_import(self) -> frozenset[str]:
        """The functions that the module calls while it is imported."""
        run: set[str] = set()
        before = -1
        while before < len(run):
            before = len(run)
            run |= {name for name, scope in self._calls if run.issuperset(scope.functions)}
        return frozenset(run)

    def _when(self, scope: Scope) -> Literal["import", "collection", "call"]:
        if self._run.issuperset(scope.functions):
            return "import"
        outer, *inner = scope.functions
        is_hook = outer.startswith(_COLLECTING) and self._run.issuperset(inner)
        return "collection" if is_hook else "call"

    def _visit(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, _FUNCTIONS):
            self._enter_function(node, scope)
        elif isinstance(node, ast.ClassDef):
            # Its name alone: the node holds all that stands in it.
            stub = ast.ClassDef(node.name, [], [], [], [])
            scope.bind(node.name, stub)
            self._decorate(node, scope)
            self._push(scope, *node.bases, *node.keywords)
            inner = self._scope(scope, scope.functions, is_class=True)
            self._classes[stub] = inner
            self._push(inner, *node.body)
        elif isinstance(node, ast.If):
            self._push(scope, *taken(node))
        elif isinstance(node, _COMPREHENSIONS):
            # The first iterable belongs to the outside; for marks the difference is none.
            self._push(self._scope(scope, scope.functions), *_children(node))
        else:
            if isinstance(node, _LOOKING_UP):
                self._candidates.append((node, scope))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    self._calls.append((node.func.id, scope))
            elif isinstance(node, _BINDING):
                bind(node, scope)
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

    def _push(self, scope: Scope, *nodes: ast.AST) -> None:
        self._stack.extend((node, scope) for node in nodes)

    def _enter_function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope
    ) -> None:
        # A method goes by no name of the module's, a lambda by none at all.
        plain = not isinstance(node, ast.Lambda) and not scope.is_class
        name = getattr(node, "name", "") if plain else ""
        inner = self._scope(scope, (*scope.functions, name))
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
        self._decorate(node, scope)
        self._push(inner, *node.body)

    def _decorate(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: Scope
    ) -> None:
        self._push(scope, *node.decorator_list)
        plain = (each.id for each in node.decorator_list if isinstance(each, ast.Name))
        self._calls.extend((name, scope) for name in plain)

    def _use(self, node: ast.expr, scope: Scope) -> Iterator[Use]:
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

    def _at(self, node: ast.expr, name: str, scope: Scope, end: int | None = None) -> Use:
        line, offset = node.lineno, node.col_offset
        if end is not None:
            line, offset = node.end_lineno or line, end - len(name.encode())
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        column = len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "ignore")) + 1
        return Use(line, column, name, self._when(scope))

    def _kind(self, node: Bound, scope: Scope, depth: int = 0) -> Kind | None:
        if depth > _DEEPEST_ALIAS:
            return None
        match node:
            case "module" | "mark":
                return node
            case Handed():
                return self._hand(node)
            case (
                ast.Attribute(value=holder, attr="mark")
                | ast.Call(func=ast.Name(id="getattr"), args=[holder, ast.Constant("mark"), *_])
            ) if self._kind(holder, scope, depth + 1) == "module":
                return "mark"
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                return self._in_class(name, attribute, scope, depth + 1)
            case ast.Name(id=name):
                return self._named(name, scope, depth + 1)
        return None

    def _named(self, name: str, scope: Scope, depth: int) -> Kind | None:
        bound = scope.binding_of(name)
        return self._starred(name) if bound is None else self._any(bound[1], bound[0], depth)

    def _in_class(self, name: str, attribute: str, scope: Scope, depth: int) -> Kind | None:
        """``K.m`` of ``class K: m = pytest.mark``."""
        bound = scope.binding_of(name)
        for value in bound[1] if bound is not None else ():
            if isinstance(value, ast.ClassDef):
                inner = self._classes[value]
                return self._any(inner.names.get(attribute, []), inner, depth)
        return None

    def _any(self, values: Sequence[Bound], scope: Scope, depth: int) -> Kind | None:
        # `try: import pytest` and `except: pytest = None` bind one name twice: it is pytest's.
        kinds = (self._kind(value, scope, depth) for value in values)
        return next((kind for kind in kinds if kind is not None), None)

    def _starred(self, name: str) -> Kind | None:
        """What a name that nothing binds may come from: ``from pytest import *``."""
        if name not in {"mark", "pytest"}:
            return None
        for module, level in self._top.starred:
            ours = module == "pytest" and not level
            kind = _OF_PYTEST.get(name) if ours else self._hand(Handed(module, level, name))
            if kind is not None:
                return kind
        return None


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
