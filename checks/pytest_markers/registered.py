"""What a ``conftest.py`` or a plug-in of the repository tells pytest, read from its syntax tree.

Literals are followed through loops over literal lists, through variables and through f-strings as
far as the name of the marker needs it. What is computed in another way makes the registration
*open*: which markers there are cannot be told without running it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from checks.pytest_markers.configuration import marker_name
from checks.pytest_markers.evaluated import evaluated

_TELLING: Final = (b"addinivalue_line", b"pytest_plugins", b"collect_ignore")
"""One of these stands in every module that :func:`read_module` learns something of."""

_UNKNOWN: Final = "\0"
"""Stands in for the part of a text that is not known."""

Values = Mapping[str, tuple[ast.expr, ...]]
"""To each variable the expressions that it takes, one after the other."""


@dataclass(frozen=True, slots=True)
class Module:
    """What one module says to pytest."""

    markers: frozenset[str] = frozenset()
    """Registered by ``addinivalue_line("markers", …)``."""
    open_at: int | None = None
    """Line of a registration whose marker is not known."""
    plugins: tuple[str, ...] = ()
    """``pytest_plugins``."""
    ignored: tuple[str, ...] = ()
    """``collect_ignore``, relative to the module's folder."""
    ignored_globs: tuple[str, ...] = ()
    """``collect_ignore_glob``."""


def speaks(data: bytes) -> bool:
    """Whether the module may tell pytest anything; most need not be parsed."""
    return any(word in data for word in _TELLING)


def read_module(tree: ast.Module) -> Module:
    """What a module tells pytest."""
    lists = {name: _top_level_list(tree, name) for name in _LISTS}
    markers: set[str] = set()
    open_at = None
    for line, text in _registrations(tree):
        name = marker_name(text)
        if _UNKNOWN in name or not name:
            open_at = line
        else:
            markers.add(name)
    return Module(
        frozenset(markers),
        open_at,
        lists["pytest_plugins"],
        lists["collect_ignore"],
        lists["collect_ignore_glob"],
    )


_LISTS: Final = ("pytest_plugins", "collect_ignore", "collect_ignore_glob")


def _top_level_list(tree: ast.Module, name: str) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(tree):
        value: ast.expr | None = None
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=assigned) if target == name:
                value = assigned
            case ast.AnnAssign(target=ast.Name(id=target), value=assigned) if target == name:
                value = assigned
            case ast.AugAssign(target=ast.Name(id=target), value=assigned) if target == name:
                value = assigned
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            found.append(value.value)
        elif value is not None:
            found += [literal for part in ast.walk(value) if (literal := _literal(part))]
    return tuple(found)


def _literal(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _registrations(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of each entry; the text holds :data:`_UNKNOWN` where it is not known."""
    variables = _variables(tree)
    for node in evaluated(tree):
        if not isinstance(node, ast.Call) or not _adds_line(node):
            continue
        option, entry = _argument(node, 0, "name"), _argument(node, 1, "line")
        literal = _literal(option) if option is not None else None
        if literal is None or (literal == "markers" and entry is None):
            yield node.lineno, _UNKNOWN
        elif literal == "markers" and entry is not None:
            for text in _texts(entry, variables):
                yield node.lineno, text


def _adds_line(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "addinivalue_line"


def _argument(node: ast.Call, index: int, name: str) -> ast.expr | None:
    """An argument by place or by name (``Config.addinivalue_line(name, line)``)."""
    if index < len(node.args):
        found = node.args[index]
        return None if isinstance(found, ast.Starred) else found
    return next((given.value for given in node.keywords if given.arg == name), None)


def _variables(tree: ast.Module) -> dict[str, tuple[ast.expr, ...]]:
    """What each name is bound to, by assignment or by a loop over something literal."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.comprehension):
            items = _items(node.iter, found)
            if items is not None:
                for name in _names(node.target):
                    # Of an empty list it is known that nothing comes.
                    found.setdefault(name, [])
                for name, value in _loop(node.target, items):
                    found[name].append(value)
    return {name: tuple(values) for name, values in found.items()}


def _items(node: ast.expr, known: Mapping[str, list[ast.expr]]) -> list[ast.expr] | None:
    """What a loop goes through; None where that is not known."""
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return list(items)
        case ast.Dict(keys=keys):
            return [key for key in keys if key is not None]
        case ast.Name(id=name) if name in known:
            parts = [_items(value, {}) for value in known[name]]
            return [item for part in parts for item in part or []] if any(parts) else None
        case ast.Call(func=ast.Attribute(value=table, attr="items"), args=[]):
            tables = known.get(table.id, []) if isinstance(table, ast.Name) else [table]
            return [pair for value in tables for pair in _pairs(value)] or None
        case (
            ast.Call(func=ast.Attribute(value=value, attr="keys"), args=[])
            | ast.Call(func=ast.Name(id="sorted" | "list" | "tuple" | "set"), args=[value])
        ):
            return _items(value, known)
    return None


def _names(target: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def _pairs(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield ast.Tuple(elts=[key, value], ctx=ast.Load())


def _loop(target: ast.expr, items: list[ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    for item in items:
        if isinstance(target, ast.Name):
            yield target.id, item
        elif isinstance(target, ast.Tuple) and isinstance(item, ast.Tuple):
            for name, value in zip(target.elts, item.elts, strict=False):
                if isinstance(name, ast.Name):
                    yield name.id, value


def _texts(  # noqa: PLR0911 - one for each form of an expression
    node: ast.expr, variables: Values, depth: int = 0
) -> tuple[str, ...]:
    """Every text that an expression can be."""
    deepest = 5
    if depth > deepest:
        return (_UNKNOWN,)
    match node:
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.Name(id=name):
            if name not in variables:
                return (_UNKNOWN,)
            values = variables[name]
            return tuple(text for value in values for text in _texts(value, variables, depth + 1))
        case ast.JoinedStr(values=parts):
            return _joined(parts, variables, depth)
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return _texts(value, variables, depth + 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([left, right], variables, depth)
        case ast.IfExp(body=body, orelse=orelse):
            return _texts(body, variables, depth + 1) + _texts(orelse, variables, depth + 1)
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "strip" | "rstrip")):
            # The name stands before the first colon, usually before the first placeholder too.
            return tuple(
                text.replace("{", _UNKNOWN) for text in _texts(value, variables, depth + 1)
            )
    return (_UNKNOWN,)


def _joined(parts: list[ast.expr], variables: Values, depth: int) -> tuple[str, ...]:
    """Each beginning with each continuation, until the name is complete."""
    found: tuple[str, ...] = ("",)
    for part in parts:
        if all(":" in text or "(" in text for text in found):
            break
        endings = _texts(part, variables, depth + 1)
        found = tuple(start + ending for start in found for ending in endings)
    return found
