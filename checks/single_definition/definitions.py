"""Where a module defines classes: from its syntax tree, or from its lines where it has none.

A class counts that a module has as its own, at its top or in a block there. One inside a class or a
function has another name, and what is imported or assigned from elsewhere is no definition. Of
alternatives only one counts: the branches of an ``if``, of a ``try`` or of a ``match``. Where one
of them imports the name, what the others define is its substitute and does not count at all.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from checks.single_definition.wanted import Wanted


@dataclass(frozen=True, slots=True, order=True)
class Definition:
    """A class that a file defines."""

    line: int
    """Of the word ``class``, counted from 1."""
    name: str
    is_certain: bool = True
    """Whether it stands in code for sure, and not in a text of a file that does not parse."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Takes the definitions of some names from a syntax tree: a reader of ``ctx.source``."""

    names: tuple[str, ...]

    def __call__(self, tree: ast.Module, data: bytes) -> tuple[Definition, ...]:
        """The definitions in a file, in their order."""
        # Most files are parsed for others, and a look at the bytes takes a thousandth of a walk.
        if Wanted(self.names).by_name.search(data) is None:
            return ()
        return tuple(sorted(_block(tree.body, frozenset(self.names)).defined))


@dataclass
class _Found:
    """What a block binds."""

    defined: list[Definition] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    """Names that it has from elsewhere."""

    def add(self, other: _Found) -> None:
        self.defined += other.defined
        self.taken |= other.taken


def _block(statements: Iterable[ast.stmt], names: frozenset[str]) -> _Found:
    """What statements one after the other bind."""
    found = _Found()
    for statement in statements:
        if isinstance(statement, ast.ClassDef):
            if statement.name in names:
                found.defined.append(Definition(statement.lineno, statement.name))
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            bound = {alias.asname or alias.name for alias in statement.names}
            found.taken |= bound & names
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            _assignment(statement, names, found)
        else:
            found.add(_alternatives([_block(each, names) for each in _branches(statement)]))
            for inner in _sequels(statement):
                found.add(_block(inner, names))
    return found


def _assignment(
    statement: ast.Assign | ast.AnnAssign, names: frozenset[str], found: _Found
) -> None:
    """``X = Enum("X", …)`` and the like define a class; ``X = module.X`` takes one.

    https://docs.python.org/3/howto/enum.html#functional-api
    """
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        if not (isinstance(target, ast.Name) and target.id in names):
            continue
        value = statement.value
        if isinstance(value, ast.Name | ast.Attribute):
            found.taken.add(target.id)
        elif isinstance(value, ast.Call) and _names_itself(value, target.id):
            found.defined.append(Definition(statement.lineno, target.id))


def _names_itself(call: ast.Call, name: str) -> bool:
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Constant) and first.value == name


def _branches(statement: ast.stmt) -> Sequence[Sequence[ast.stmt]]:
    """The blocks of a statement of which one is run in place of the others."""
    if isinstance(statement, ast.If):
        return (statement.body, statement.orelse)
    if isinstance(statement, ast.Try | ast.TryStar):
        handlers = [handler.body for handler in statement.handlers]
        return ([*statement.body, *statement.orelse], *handlers)
    if isinstance(statement, ast.Match):
        return [case.body for case in statement.cases]
    return ()


def _sequels(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """The blocks of a statement that are run beside others."""
    if isinstance(statement, ast.Try | ast.TryStar):
        yield statement.finalbody
    elif isinstance(statement, ast.With | ast.For | ast.While):
        yield statement.body
        if not isinstance(statement, ast.With):
            yield statement.orelse


def _alternatives(branches: Sequence[_Found]) -> _Found:
    """What is bound whichever branch is run."""
    together = _Found(taken=set().union(*(each.taken for each in branches)))
    known = set(together.taken)
    for branch in branches:
        together.defined += [each for each in branch.defined if each.name not in known]
        known |= {each.name for each in branch.defined}
    return together


_STATEMENT: Final = re.compile(r"^class[ \t]+(\w+)[ \t]*[(:\[]", re.MULTILINE)

_TEXTS: Final = re.compile(
    r'''
    \#[^\n]*
    | """ (?: [^"\\] | \\. | "(?!"") )*+ (?: """ )?
    | \'\'\' (?: [^'\\] | \\. | '(?!\'\') )*+ (?: \'\'\' )?
    | " (?: [^"\\\n] | \\. )*+ "?
    | ' (?: [^'\\\n] | \\. )*+ '?
    ''',
    re.DOTALL | re.VERBOSE,
)
"""Comments and strings, also those without their end."""


def from_lines(text: str) -> tuple[Definition, ...]:
    """The classes whose statements begin a line of a text, whether it parses or not.

    They are certain where the line is not inside a string, as far as quotation marks tell.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    statements = list(_STATEMENT.finditer(lines))
    if not statements:
        return ()
    texts = _TEXTS.finditer(lines)
    found: list[Definition] = []
    line, last, inside = 1, 0, next(texts, None)
    for match in statements:
        line += lines.count("\n", last, match.start())
        last = match.start()
        while inside is not None and inside.end() <= last:
            inside = next(texts, None)
        is_certain = inside is None or inside.start() > last
        found.append(Definition(line, match[1], is_certain))
    return tuple(found)
