"""The options of a check in words, from the types and descriptions that it declares. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from netra_validate.check import CheckOptions
from netra_validate.config_schema import Schema, as_toml, schema_of_options
from netra_validate.explanation import toml_text
from netra_validate.reading import listed

_BOUNDS: Final = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}
_TYPES: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a table",
}


class Option(msgspec.Struct, frozen=True):
    """One option of a check, in words."""

    name: str
    default: str | None
    """As TOML writes it; None where it is not set."""
    meaning: str
    """What it means, if that is said, its type and its bounds."""
    keys: tuple[tuple[str, str], ...] = ()
    """The keys of the tables that it is made of, and what each means."""
    preset: tuple[str, ...] = ()
    """The default in lines of TOML, where it is a table: on one line nobody could read it."""
    example: tuple[str, ...] = ()
    """An example in lines of TOML that can be pasted, where the check declares one."""


def describe(kind: type[CheckOptions], check: str) -> Iterator[Option]:
    """The options of a check, in the order in which it declares them."""
    table, definitions = schema_of_options(kind, f"{check}.")
    here = f"checks.{toml_text.key(check)}"
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        shape = as_toml(table["properties"][name])
        default = _default(field)
        yield Option(
            name,
            None if default is None else toml_text.literal(default),
            _said(shape, definitions),
            tuple(_keys(shape, definitions)),
            _as_table(here, name, default),
            tuple(
                line
                for example in shape.get("examples", ())[:1]
                for line in toml_text.assigned(here, name, example)
            ),
        )


def _said(shape: Schema, definitions: dict[str, Schema]) -> str:
    """What it means, and its type."""
    words = [shape.get("description", "").rstrip("."), _type(shape, definitions)]
    return ": ".join(filter(None, words))


def _as_table(table: str, name: str, value: object) -> tuple[str, ...]:
    is_table = isinstance(value, dict) and bool(value)
    return tuple(toml_text.assigned(table, name, value)) if is_table else ()


def _keys(shape: Schema, definitions: dict[str, Schema]) -> Iterator[tuple[str, str]]:
    """The keys of the tables in a list or a table, where they are the check's own."""
    inner = shape.get("items") or shape.get("additionalProperties")
    if isinstance(inner, dict) and "$ref" in inner:
        own = _referred(inner, definitions)
        for name, one in own.get("properties", {}).items():
            needed = ", needed" if name in own.get("required", ()) else ""
            yield name, f"{_said(as_toml(one), definitions)}{needed}"


def _default(field: msgspec.structs.FieldInfo) -> object:
    """As a TOML file would have it; None where it is not set."""
    default = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    if default is msgspec.NODEFAULT or default is None:
        return None
    return _without_none(msgspec.to_builtins(default, builtin_types=(bytes,)))


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_none(entry) for key, entry in value.items() if entry is not None}
    return value


def _type(shape: Schema, definitions: dict[str, Schema]) -> str:
    """The type that a schema asks for, in the words of the configuration's error messages."""
    if "$ref" in shape:
        shape = _referred(shape, definitions)
    if "enum" in shape:
        return f"one of {listed(toml_text.literal(choice) for choice in shape['enum'])}"
    if "anyOf" in shape:
        return " or ".join(_type(choice, definitions) for choice in shape["anyOf"])
    if shape.get("type") == "array":
        items = shape.get("items")
        return f"a list, each {_type(items, definitions)}" if isinstance(items, dict) else "a list"
    if shape.get("properties"):
        return f"a table with {listed(shape['properties'])}"
    if isinstance(shape.get("additionalProperties"), dict):
        return f"a table, for each name {_type(shape['additionalProperties'], definitions)}"
    if "title" in shape and shape.get("type") == "string":
        return str(shape["title"])
    bounds = [f"{words} {shape[key]}" for key, words in _BOUNDS.items() if key in shape]
    return ", ".join([_TYPES.get(shape.get("type", ""), "any value"), *bounds])


def _referred(shape: Schema, definitions: dict[str, Schema]) -> Schema:
    return as_toml(definitions.get(shape["$ref"].rpartition("/")[2], {}))
