"""What is taken from each syntax tree while it is there."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from checks.pytest_markers.evaluated import taken
from checks.pytest_markers.registered import Module, read_module, speaks
from checks.pytest_markers.uses import Walked
from netra_validate.clients.source import contents

LINE_END: Final = re.compile(r"\r\n|\r|\n")
"""Where Python's lines end; ``str.splitlines`` knows more."""

_CALLED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_MARK: Final = re.compile(rb"mark|pytest|import[\s(\\]*\*")
"""Without one of these a module neither uses markers nor hands them on."""


@dataclass(frozen=True, eq=False)
class Said:
    """What one file says."""

    walked: Walked
    imports: tuple[tuple[str, int], ...]
    """Module and level of what may be a module in each import that importing it comes to."""
    module: Module
    """What it tells pytest."""

    def own_walk(self) -> Walked:
        """The walk, to be asked for one file: copies of it share this, but not what they import."""
        return copy.copy(self.walked)


@dataclass(frozen=True)
class MarkerReader:
    """Takes what concerns markers."""

    def __call__(self, tree: ast.Module, data: bytes) -> Said:
        """What one file says."""
        concerned = tree if _MARK.search(data) else ast.Module([], [])
        walked = Walked(concerned, LINE_END.split(contents.decode("module.py", data)))
        module = read_module(tree) if speaks(data) else Module()
        return Said(walked, tuple(_imports(tree)), module)


READER: Final = MarkerReader()


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield alias.name, 0
            case ast.ImportFrom(module=module, names=names, level=level):
                yield module or "", level
                for alias in names:
                    yield f"{module}.{alias.name}" if module else alias.name, level
            case ast.If():
                waiting += taken(node)
            case ast.stmt() | ast.Module() | ast.ExceptHandler() | ast.match_case() if (
                not isinstance(node, _CALLED)
            ):
                waiting += ast.iter_child_nodes(node)
