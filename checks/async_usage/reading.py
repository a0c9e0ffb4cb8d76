"""From a syntax tree to facts, in one walk over it. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from checks.async_usage.facts import (
    UNKNOWN,
    Assigned,
    Binding,
    Class,
    Facts,
    Form,
    Function,
    FunctionKind,
    Imported,
    Opaque,
    Scope,
    ScopeKind,
    Stored,
    Use,
    kept,
)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

_EXPECTED: Final = frozenset(
    {"TypeError", "AttributeError", "RuntimeError", "RuntimeWarning", "BaseException"}
)
"""Exceptions of which a handler says that the misuse is expected."""

_EXPECTING: Final = frozenset(
    {
        "raises", "warns", "suppress", "catch_warnings", "check_warnings", "deprecated_call",
        "RaisesGroup",
    }
)  # fmt: skip
"""Context managers in which an exception or a warning is expected, besides ``assertRaises…``."""

_ASSERTING: Final = ("assertraises", "assert_raises", "assertwarns", "assert_warns")

_EXCUSING: Final = frozenset({"expectedFailure", "filterwarnings", "xfail"})
"""Decorators of tests that may fail or warn."""

_ASKING: Final = frozenset(
    {
        "iscoroutinefunction",
        "iscoroutine",
        "isawaitable",
        "isasyncgen",
        "isasyncgenfunction",
        "isgenerator",
        "isgeneratorfunction",
        "fork",
        "__await__",
        "__aenter__",
        "__enter__",
        "__aiter__",
        "__iter__",
        "Awaitable",
        "Coroutine",
    }
)
"""Words of a function that asks what it has before it uses it, or whose child has no loop."""

_REPLACING: Final = frozenset({"patch", "setattr", "monkeypatch", "mocker", "patch_object"})
"""Words of a file that replaces attributes by their name."""

_LONGEST: Final = 200
"""Characters of a string that may be a name."""


def read(tree: ast.Module, calls: Collection[str]) -> Facts:
    """What a file says, wherever it is.

    Args:
        tree: its syntax.
        calls: last words of the functions whose calls matter.

    Raises:
        RecursionError: it is nested too deeply.
    """
    reader = _Reader(frozenset(calls))
    reader.block(tree.body, _Place(reader.facts.module))
    if not reader.words & _REPLACING:
        reader.facts.mentioned.clear()
    uses = reader.certain_uses()
    reader.facts.uses = [use for use in uses if use.form != "unused" or reader.is_unused(use)]
    return reader.facts


@dataclass
class _Body:
    """What the own code of a function does."""

    yields: bool = False
    results: list[ast.expr | None] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    """Where the walk is."""

    scope: Scope
    coroutine: bool = False
    silent: bool = False
    """Whether what stands here is meant to fail, or never runs."""
    body: _Body | None = None
    """The function whose own code it is."""


class _Reader:
    def __init__(self, calls: frozenset[str]) -> None:
        self.facts = Facts("", Scope("module", None))
        self.words: set[str] = set()
        self._calls = calls
        self._asking: set[Scope] = set()
        self._expecting: set[Scope] = set()
        self._visits: dict[type[ast.AST], Callable[..., None]] = {
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.Lambda: self._lambda,
            ast.ClassDef: self._class,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.NamedExpr: self._walrus,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Constant: self._constant,
            ast.Global: self._global,
            ast.Nonlocal: self._nonlocal,
            ast.ExceptHandler: self._handler,
            ast.MatchAs: self._capture,
            ast.MatchStar: self._capture,
            ast.MatchMapping: self._capture,
            ast.Await: self._await,
            ast.Expr: self._statement,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.Call: self._call,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.If: self._if,
            ast.Return: self._return,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield,
        }

    def block(self, nodes: Iterable[ast.AST | None], place: _Place) -> None:
        """Walk over some nodes."""
        for node in nodes:
            if node is not None:
                self._visits.get(type(node), self._inside)(node, place)

    def certain_uses(self) -> Iterator[Use]:
        """The uses of things of which the code around does not ask what they are."""
        for use in self.facts.uses:
            if not self.asks(use.scope):
                yield use
            elif use.form == "call":
                yield replace(use, expected=True)

    def asks(self, scope: Scope | None) -> bool:
        """Whether the code around asks what it has before it uses it, or expects a failure.

        What a function inside does may fail where the one around it runs that.
        """
        is_inside = False
        while scope is not None and scope.kind != "module":
            if scope in self._asking or (is_inside and scope in self._expecting):
                return True
            is_inside = is_inside or scope.function is not None
            scope = scope.parent
        return False

    def is_unused(self, use: Use) -> bool:
        """Whether the name that a call is assigned to is never read."""
        looks_around = {"locals", "eval", "exec", "vars"}
        return not any(use.scope.reads(name) for name in {use.assigned, *looks_around})

    def _inside(self, node: ast.AST, place: _Place) -> None:
        self.block(ast.iter_child_nodes(node), place)

    def _use(
        self,
        form: Form,
        value: ast.expr,
        node: ast.stmt | ast.expr,
        place: _Place,
        *,
        alone: bool = True,
        assigned: str = "",
    ) -> None:
        if not isinstance(value, ast.Call | ast.Name) or (place.silent and form != "call"):
            return
        is_call = isinstance(value, ast.Call)
        use = Use(
            form,
            value.func if isinstance(value, ast.Call) else value,
            is_call,
            node.lineno,
            node.col_offset,
            place.scope,
            place.coroutine,
            alone,
            assigned,
            argument=_argument(value) if isinstance(value, ast.Call) else None,
            brief=isinstance(value, ast.Call) and _is_brief(value),
            expected=place.silent,
        )
        self.facts.uses.append(use)

    # Functions, classes and what has a scope of its own

    def _function(self, node: FunctionNode, place: _Place) -> None:
        arguments = node.args
        defaults = [*arguments.defaults, *arguments.kw_defaults]
        self.block([*node.decorator_list, *defaults], place)
        inside = _scope("function", place.scope)
        if not _EXCUSING.isdisjoint(_names(map(_called, node.decorator_list))):
            self._asking.add(inside)
        for argument in _arguments(arguments):
            declared = Assigned(None, argument.annotation, inside, parameter=True)
            inside.bindings[argument.arg].append(declared)
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                inside.bindings[rest.arg].append(Opaque())
        # What stands in a function that is made where a failure is expected need not fail there.
        is_coroutine = isinstance(node, ast.AsyncFunctionDef)
        body = _Body()
        self.block(node.body, _Place(inside, is_coroutine, body=body))
        inside.function = _facts_of(node, inside, body)
        self._bind(place.scope, node.name, inside.function)

    def _lambda(self, node: ast.Lambda, place: _Place) -> None:
        self.block([*node.args.defaults, *node.args.kw_defaults], place)
        inside = _scope("function", place.scope)
        arguments = [*_arguments(node.args), node.args.vararg, node.args.kwarg]
        for argument in filter(None, arguments):
            inside.bindings[argument.arg].append(Opaque())
        self.block([node.body], _Place(inside, silent=place.silent))

    def _class(self, node: ast.ClassDef, place: _Place) -> None:
        keywords = {each.arg: each.value for each in node.keywords}
        self.block([*node.decorator_list, *node.bases, *keywords.values()], place)
        inside = _scope("class", place.scope)
        found = Class(
            node.name,
            node.lineno,
            tuple(node.bases),
            has_keywords=bool(set(keywords) - {"metaclass"}),
            metaclass=keywords.get("metaclass"),
            decorators=tuple(node.decorator_list),
            scope=inside,
        )
        inside.owner = found
        self._bind(place.scope, node.name, found)
        self.block(node.body, _Place(inside, silent=place.silent))

    def _comprehension(self, node: Comprehension, place: _Place) -> None:
        # A generator expression runs when somebody iterates it; what it is over is asked at once.
        at_once = place.coroutine and not isinstance(node, ast.GeneratorExp)
        scope = _scope("function", place.scope)
        scope.transparent = True
        inside = replace(place, scope=scope, coroutine=at_once)
        for index, loop in enumerate(node.generators):
            outside = place if index == 0 else inside
            form: Form = "async for" if loop.is_async else "for"
            self._use(form, loop.iter, loop.iter, outside, alone=False)
            self.block([loop.iter], outside)
            self.block([loop.target, *loop.ifs], inside)
        is_dict = isinstance(node, ast.DictComp)
        self.block([node.key, node.value] if is_dict else [node.elt], inside)  # type: ignore[union-attr] # told apart by is_dict

    # What binds names

    def _bind(self, scope: Scope, name: str, binding: Binding) -> None:
        target = scope.elsewhere.get(name, scope)
        target.bindings[name].append(binding)

    def _import(self, node: ast.Import, place: _Place) -> None:
        for alias in node.names:
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            self._bind(place.scope, alias.asname or module, Imported(module, 0, None))

    def _import_from(self, node: ast.ImportFrom, place: _Place) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.facts.star_line = node.lineno
                self.facts.stars.append(Imported(node.module or "", node.level, None))
                continue
            imported = Imported(node.module or "", node.level, alias.name)
            self._bind(place.scope, alias.asname or alias.name, imported)

    def _assign(self, node: ast.Assign, place: _Place) -> None:
        self.block([node.value], place)
        if len(node.targets) == 1 and isinstance(target := node.targets[0], ast.Name):
            self._bind(place.scope, target.id, _assigned(node.value, None, place.scope))
            is_local = place.scope.kind == "function" and target.id not in place.scope.elsewhere
            if is_local and isinstance(node.value, ast.Call):
                self._use("unused", node.value, node, place, assigned=target.id)
        elif len(node.targets) == 1 and isinstance(target := node.targets[0], ast.Attribute):
            self._store(target, node.value, None, place)
        else:
            self.block(node.targets, place)

    def _store(
        self, target: ast.Attribute, value: ast.expr, annotation: ast.expr | None, place: _Place
    ) -> None:
        of = target.value.id if isinstance(target.value, ast.Name) else ""
        stored = Stored(of, kept(value), annotation, place.scope)
        self.facts.stored[target.attr].append(stored)
        self._word(target.attr, place)
        self.block([target.value], place)

    def _annotated(self, node: ast.AnnAssign, place: _Place) -> None:
        self.block([node.value], place)
        if isinstance(node.target, ast.Attribute) and node.value is not None:
            self._store(node.target, node.value, node.annotation, place)
        elif isinstance(node.target, ast.Name):
            declared = _assigned(node.value, node.annotation, place.scope)
            self._bind(place.scope, node.target.id, declared)
        else:
            self.block([node.target], place)

    def _walrus(self, node: ast.NamedExpr, place: _Place) -> None:
        self.block([node.value], place)
        scope = place.scope
        # It binds in the function around a comprehension (PEP 572).
        while scope.transparent and scope.parent is not None:
            scope = scope.parent
        self._bind(scope, node.target.id, Opaque())

    def _name(self, node: ast.Name, place: _Place) -> None:
        self._word(node.id, place)
        if isinstance(node.ctx, ast.Load):
            place.scope.loads.add(node.id)
        else:
            self._bind(place.scope, node.id, Opaque())

    def _attribute(self, node: ast.Attribute, place: _Place) -> None:
        self._word(node.attr, place)
        if not isinstance(node.ctx, ast.Load):
            self.facts.stored[node.attr].append(Stored("", None, None, place.scope))
        self.block([node.value], place)

    def _constant(self, node: ast.Constant, place: _Place) -> None:
        if isinstance(node.value, str) and len(node.value) < _LONGEST:
            last = node.value.rpartition(".")[2]
            if last.isidentifier():
                self.facts.mentioned.add(last)
                self._word(last, place)

    def _word(self, word: str, place: _Place) -> None:
        self.words.add(word)
        if word in _ASKING:
            self._asking.add(place.scope)
        elif _is_expecting(word):
            self._expecting.add(place.scope)

    def _global(self, node: ast.Global, place: _Place) -> None:
        for name in node.names:
            place.scope.elsewhere[name] = self.facts.module

    def _nonlocal(self, node: ast.Nonlocal, place: _Place) -> None:
        for name in node.names:
            scope = place.scope.parent
            while scope and (scope.kind == "class" or name not in scope.bindings) and scope.parent:
                scope = scope.parent
            if scope is not None:
                place.scope.elsewhere[name] = scope

    def _handler(self, node: ast.ExceptHandler, place: _Place) -> None:
        if node.name:
            self._bind(place.scope, node.name, Opaque())
        self._inside(node, place)

    def _capture(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping, place: _Place) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self._bind(place.scope, name, Opaque())
        self._inside(node, place)

    # What may be at fault

    def _return(self, node: ast.Return, place: _Place) -> None:
        if place.body is not None:
            place.body.results.append(kept(node.value) if node.value is not None else None)
        self._inside(node, place)

    def _yield(self, node: ast.Yield | ast.YieldFrom, place: _Place) -> None:
        if place.body is not None:
            place.body.yields = True
        self._inside(node, place)

    def _await(self, node: ast.Await, place: _Place) -> None:
        if isinstance(node.value, ast.Call):
            is_near = node.value.col_offset == node.col_offset + len("await ")
            is_near = is_near and node.value.lineno == node.lineno
            self._use("await", node.value, node, place, alone=is_near)
        self._inside(node, place)

    def _statement(self, node: ast.Expr, place: _Place) -> None:
        if isinstance(node.value, ast.Call):
            self._use("dropped", node.value, node, place)
        self._inside(node, place)

    def _with(self, node: ast.With | ast.AsyncWith, place: _Place) -> None:
        form: Form = "async with" if isinstance(node, ast.AsyncWith) else "with"
        for item in node.items:
            self._use(form, item.context_expr, node, place, alone=len(node.items) == 1)
        self.block(node.items, place)
        expected = any(_expects(item.context_expr) for item in node.items)
        self.block(node.body, replace(place, silent=place.silent or expected))

    def _for(self, node: ast.For | ast.AsyncFor, place: _Place) -> None:
        self._use("async for" if isinstance(node, ast.AsyncFor) else "for", node.iter, node, place)
        self._inside(node, place)

    def _call(self, node: ast.Call, place: _Place) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else None
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name in self._calls or (isinstance(node.func, ast.Name) and place.coroutine):
            self._use("call", node, node, place)
        self._inside(node, place)

    def _try(self, node: ast.Try | ast.TryStar, place: _Place) -> None:
        kinds = [handler.type for handler in node.handlers]
        expected = not _EXPECTED.isdisjoint(_names(kinds))
        self._inside(node, replace(place, silent=place.silent or expected))

    def _if(self, node: ast.If, place: _Place) -> None:
        never = not _EXPECTING_NOTHING.isdisjoint(_names([node.test]))
        self._inside(node, replace(place, silent=place.silent or never))


_EXPECTING_NOTHING: Final = frozenset({"TYPE_CHECKING"})
"""Conditions that are false when the program runs."""


def _scope(kind: ScopeKind, parent: Scope) -> Scope:
    scope = Scope(kind, parent)
    parent.inner.append(scope)
    return scope


def _assigned(value: ast.expr | None, annotation: ast.expr | None, scope: Scope) -> Binding:
    if value is None:
        return Assigned(None, annotation, scope)
    value = kept(value)
    return Opaque() if value is UNKNOWN else Assigned(value, annotation, scope)


def _argument(call: ast.Call) -> ast.expr | None:
    return kept(call.args[0]) if len(call.args) == 1 and not call.keywords else None


_NUMERIC_ONLY: Final = 6
"""Arguments of ``socket.getaddrinfo`` with flags, of which ``AI_NUMERICHOST`` asks nobody."""


def _is_brief(call: ast.Call) -> bool:
    """Whether it does not wait: ``time.sleep(0)``, ``os.waitpid(pid, os.WNOHANG)``, with flags."""
    arguments = call.args
    if len(arguments) == 1 and isinstance(arguments[0], ast.Constant) and not arguments[0].value:
        return True
    if len(arguments) == _NUMERIC_ONLY or any(each.arg == "flags" for each in call.keywords):
        return True
    return "WNOHANG" in _names(arguments)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _names(expressions: Iterable[ast.expr | None]) -> Iterator[str]:
    """The last words of names, also in tuples."""
    for expression in expressions:
        if isinstance(expression, ast.Tuple):
            yield from _names(expression.elts)
        elif isinstance(expression, ast.Name):
            yield expression.id
        elif isinstance(expression, ast.Attribute):
            yield expression.attr


def _expects(entered: ast.expr) -> bool:
    """Whether an exception or a warning is expected inside this context manager."""
    return any(map(_is_expecting, _names([_called(entered)])))


def _is_expecting(word: str) -> bool:
    return word in _EXPECTING or word.lower().startswith(_ASSERTING)


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _facts_of(node: FunctionNode, inside: Scope, own: _Body) -> Function:
    docstring = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    body = node.body[1:] if docstring else node.body
    arguments = node.args
    return Function(
        node.name,
        node.lineno,
        node.col_offset,
        _kind(node, yields=own.yields),
        tuple(node.decorator_list),
        tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args)),
        node.returns,
        tuple(own.results),
        does_nothing=all(map(_is_nothing, body)),
        raises=isinstance(node.body[-1], ast.Raise),
        scope=inside,
    )


def _kind(node: FunctionNode, *, yields: bool) -> FunctionKind:
    if isinstance(node, ast.AsyncFunctionDef):
        return "async-generator" if yields else "coroutine"
    return "generator" if yields else "plain"


def _is_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )
