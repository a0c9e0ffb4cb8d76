"""Values and keys as TOML writes them: what tomllib reads back is what went in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, TypeGuard

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def literal(value: object) -> str:
    """A value, on one line: https://toml.io/en/v1.0.0#string and the sections after it.

    Raises:
        TypeError: TOML has no such value; it has no null either.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key(name)} = {literal(entry)}" for name, entry in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def assigned(table: str, name: str, value: object) -> Iterator[str]:
    """A key with its value in lines: tables as tables of their own, which may have many lines.

    Args:
        table: the one that the key is in, with its dots and quotes.
        name: the key.
        value: anything that :func:`literal` takes.
    """
    own = f"{table}.{key(name)}"
    if isinstance(value, Mapping) and value:
        inner = {at: entry for at, entry in value.items() if isinstance(entry, Mapping)}
        plain = {at: entry for at, entry in value.items() if at not in inner}
        if plain:
            yield f"[{own}]"
            yield from _pairs(plain)
        for at, entry in inner.items():
            yield f"[{own}.{key(at)}]"
            yield from _pairs(entry)
    elif _is_of_tables(value):
        for entry in value:
            yield f"[[{own}]]"
            yield from _pairs(entry)
    else:
        yield from _pairs({name: value})


def _pairs(table: Mapping[str, object]) -> Iterator[str]:
    yield from (f"{key(name)} = {literal(value)}" for name, value in table.items())


def _is_of_tables(value: object) -> TypeGuard[Sequence[Mapping[str, object]]]:
    is_list = isinstance(value, list | tuple) and bool(value)
    return is_list and all(isinstance(entry, Mapping) for entry in value)  # type: ignore[attr-defined] # it is one


def key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    """A basic string. JSON's escapes are TOML's, but for DEL, which JSON leaves as it is."""
    quoted = json.dumps(value, ensure_ascii=False)
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
