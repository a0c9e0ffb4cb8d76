"""Which branches pytest never comes to: ``if False:``, ``if TYPE_CHECKING:``, and scripts' own."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Container, Iterator
from typing import Final

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


def taken(node: ast.If) -> list[ast.AST]:
    """What of an ``if`` may be evaluated."""
    truth = _truth(node.test)
    branches: list[ast.AST] = [node.test]
    if truth is not False:
        branches += node.body
    if truth is not True:
        branches += node.orelse
    return branches


def _truth(test: ast.expr) -> bool | None:
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]):
            return False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = _truth(operand)
            return None if truth is None else not truth
    return None


def evaluated(tree: ast.Module) -> Iterator[ast.AST]:
    """As ``ast.walk``, without what is never evaluated: dead branches, functions nobody calls."""
    named = frozenset(_named(tree))
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        if isinstance(node, ast.If):
            waiting += taken(node)
        elif not (isinstance(node, _FUNCTIONS) and _is_idle(node, named)):
            waiting += ast.iter_child_nodes(node)


def _is_idle(node: ast.FunctionDef | ast.AsyncFunctionDef, named: Container[str]) -> bool:
    """Whether nothing calls a function: no hook, nothing registers it, and nothing names it."""
    return not (node.name.startswith("pytest_") or node.decorator_list or node.name in named)


def _named(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                yield name
