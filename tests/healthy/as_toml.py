"""Tables as TOML text; ``tomllib`` only reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def toml(table: Mapping[str, Any]) -> str:
    """A document: each table of it under a heading of its own."""
    return "\n".join(_lines(table, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    if path:
        yield f"\n[{'.'.join(map(_text, path))}]"
    for name, value in table.items():
        if not isinstance(value, Mapping):
            yield f"{_text(name)} = {_value(value)}"
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines(value, (*path, name))


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _text(value)


def _text(value: Any) -> str:
    """A string, a number or a boolean: JSON writes them as TOML does."""
    return json.dumps(value, ensure_ascii=False)
