"""The part of the Logging query language that our client speaks, evaluated.

::

    expression = conjunction { "OR" conjunction }
    conjunction = term { ["AND" | newline] term }
    term = ["NOT"] ( "(" expression ")" | 'log_id("…")' | field operator string )

The fields are ``resource.type``, ``resource.labels.*``, ``severity``, ``timestamp`` and
``textPayload``; the operators ``=``, ``:``, ``=~`` and ``>=``. Unlike Google's, ``OR`` binds weaker
than ``AND``, so our client writes parentheses. Anything else is refused as INVALID_ARGUMENT.
Reference: https://cloud.google.com/logging/docs/view/logging-query-language
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from netra_validate.sandbox.log_lines import LogLine
from netra_validate.sandbox.names import REGION

Predicate = Callable[[LogLine], bool]

_TOKEN: Final = re.compile(
    r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<sign>=~|>=|=|:|\(|\))|(?P<word>[A-Za-z_][\w.]*))'
)
_SEVERITIES: Final = (
    "DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY",
)  # fmt: skip
_FIELDS: Final[dict[str, Callable[[LogLine], str]]] = {
    "resource.type": lambda _: "cloud_run_revision",
    "resource.labels.location": lambda _: REGION,
    "resource.labels.service_name": lambda line: line.service,
    "resource.labels.revision_name": lambda line: line.revision,
    "textPayload": lambda line: line.text or "",
}


class BadFilterError(ValueError):
    """What is asked is no filter, or more than this understands."""


def parse(text: str) -> Predicate:
    """The filter as a function of an entry; an empty one takes every entry.

    Raises:
        BadFilterError: it is none.
    """
    tokens = _tokens(text)
    if not tokens:
        return lambda _: True
    found = _expression(tokens)
    if tokens:
        raise BadFilterError(f"unexpected {tokens[0]}")
    return found


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadFilterError(f"unparseable at {text[at : at + 20]!r}")
        found.append(match[0].strip())
        at = match.end()
    return found


def _expression(tokens: list[str]) -> Predicate:
    choices = [_conjunction(tokens)]
    while tokens[:1] == ["OR"]:
        tokens.pop(0)
        choices.append(_conjunction(tokens))
    return lambda line: any(each(line) for each in choices)


def _conjunction(tokens: list[str]) -> Predicate:
    terms = [_term(tokens)]
    while tokens and tokens[0] not in {"OR", ")"}:
        if tokens[0] == "AND":
            tokens.pop(0)
        terms.append(_term(tokens))
    return lambda line: all(each(line) for each in terms)


def _term(tokens: list[str]) -> Predicate:
    first = _next(tokens)
    if first == "NOT":
        inner = _term(tokens)
        return lambda line: not inner(line)
    if first == "(":
        inner = _expression(tokens)
        _expect(tokens, ")")
        return inner
    if first == "log_id":
        _expect(tokens, "(")
        wanted = _string(tokens)
        _expect(tokens, ")")
        return lambda line: line.log == wanted
    return _comparison(first, _next(tokens), tokens)


def _comparison(field: str, operator: str, tokens: list[str]) -> Predicate:
    if (field, operator) == ("severity", ">="):
        least = _SEVERITIES.index(_next(tokens))
        return lambda line: _SEVERITIES.index(line.severity) >= least
    value = _string(tokens)
    if (field, operator) == ("timestamp", ">="):
        since = datetime.fromisoformat(value)
        return lambda line: line.at >= since
    read = _FIELDS.get(field)
    if read is None:
        raise BadFilterError(f"unknown field {field}")
    return _of_text(read, operator, value)


def _of_text(read: Callable[[LogLine], str], operator: str, value: str) -> Predicate:
    """Comparisons of texts ignore case, regular expressions do not."""
    match operator:
        case "=":
            return lambda line: read(line).lower() == value.lower()
        case ":":
            return lambda line: value.lower() in read(line).lower()
        case "=~":
            pattern = re.compile(value)
            return lambda line: pattern.search(read(line)) is not None
        case _:
            raise BadFilterError(f"{operator} is not for texts")


def _next(tokens: list[str]) -> str:
    if not tokens:
        raise BadFilterError("it ends too early")
    return tokens.pop(0)


def _expect(tokens: list[str], sign: str) -> None:
    if _next(tokens) != sign:
        raise BadFilterError(f"expected {sign}")


def _string(tokens: list[str]) -> str:
    token = _next(tokens)
    if not token.startswith('"'):
        raise BadFilterError(f"expected a string, found {token}")
    return re.sub(r"\\(.)", r"\1", token[1:-1])
