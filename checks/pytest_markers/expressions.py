"""The language of ``pytest -m``.

As ``_pytest/mark/expression.py`` of pytest 9.2 parses it::

expression: expr? EOF
expr:       and_expr ('or' and_expr)*
and_expr:   not_expr ('and' not_expr)*
not_expr:   'not' not_expr | '(' expr ')' | ident ('(' kwargs ')')?
"""

from __future__ import annotations

import keyword
import re
from typing import Final

_TOKEN: Final = re.compile(
    r"[ \t]*(?:(?P<sign>[()=,])|(?P<string>\"[^\"\\]*\"|'[^'\\]*')|(?P<word>[\w:+\-.\[\]\\/]+))"
)
_OPERATORS: Final = frozenset({"and", "or", "not"})
_END: Final = ""


class ExpressionError(ValueError):
    """Text that pytest refuses with «Wrong expression passed to '-m'»."""


def names_of(expression: str) -> tuple[str, ...]:
    """The markers that an expression names, in their order, each once.

    Raises:
        ExpressionError: it does not parse, or nests too deep.
    """
    parser = _Parser(_tokens(expression))
    try:
        parser.whole()
    except RecursionError as error:
        raise ExpressionError("it nests too deep") from error
    return tuple(dict.fromkeys(parser.names))


def _tokens(text: str) -> list[str]:
    found = []
    position = 0
    while position < len(text.rstrip(" \t")):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"unexpected {text[position:].strip()[:1]!r}")
        found.append(match.group().lstrip(" \t"))
        position = match.end()
    return [*found, _END]


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0
        self.names: list[str] = []

    def whole(self) -> None:
        if self._accept(_END):
            return
        self._any()
        self._expect(_END)

    def _any(self) -> None:
        self._all()
        while self._accept("or"):
            self._all()

    def _all(self) -> None:
        self._one()
        while self._accept("and"):
            self._one()

    def _one(self) -> None:
        if self._accept("not"):
            self._one()
        elif self._accept("("):
            self._any()
            self._expect(")")
        else:
            self.names.append(self._word())
            if self._accept("("):
                self._arguments()

    def _arguments(self) -> None:
        while True:
            name = self._word()
            if not name.isidentifier() or keyword.iskeyword(name):
                raise ExpressionError(f"{name!r} is no name of an argument")
            self._expect("=")
            self._value()
            if not self._accept(","):
                break
        self._expect(")")

    def _value(self) -> None:
        if self._now[:1] in {"'", '"'}:
            self._position += 1
            return
        value = self._word()
        if not re.fullmatch(r"-?\d+|True|False|None", value):
            raise ExpressionError(f"{value!r} is no value")

    @property
    def _now(self) -> str:
        return self._tokens[self._position]

    def _accept(self, token: str) -> bool:
        if self._now != token:
            return False
        self._position += token != _END
        return True

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise ExpressionError(f"expected {token or 'the end'!r}, found {self._now!r}")

    def _word(self) -> str:
        word = self._now
        if word in _OPERATORS or not re.match(r"[\w:+\-.\[\]\\/]", word):
            raise ExpressionError(f"expected a name, found {word or 'the end'!r}")
        self._position += 1
        return word
