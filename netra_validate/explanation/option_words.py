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


def describe(kind: type[CheckOptions], check: str) -> Iterator[Option]:
    """The options of a check, in the order in which it declares them."""
    table, definitions = schema_of_options(kind, f"{check}.")
    for field in msgspec.structs.fields(kind):
        shape = as_toml(table["properties"][field.encode_name])
        words = [shape.get("description", "").rstrip("."), _type(shape, definitions)]
        yield Option(field.encode_name, _default(field), ": ".join(filter(None, words)))


def _default(field: msgspec.structs.FieldInfo) -> str | None:
    default = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    if default is msgspec.NODEFAULT or default is None:
        return None
    return toml_text.literal(_without_none(msgspec.to_builtins(default, builtin_types=(bytes,))))


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_none(entry) for key, entry in value.items() if entry is not None}
    return value


def _type(shape: Schema, definitions: dict[str, Schema]) -> str:
    """The type that a schema asks for, in the words of the configuration's error messages."""
    if "$ref" in shape:
        shape = as_toml(definitions.get(shape["$ref"].rpartition("/")[2], {}))
    if "enum" in shape:
        return f"one of {listed(toml_text.literal(choice) for choice in shape['enum'])}"
    if "anyOf" in shape:
        return " or ".join(_type(choice, definitions) for choice in shape["anyOf"])
    if shape.get("type") == "array":
        items = shape.get("items")
        return f"a list, each {_type(items, definitions)}" if isinstance(items, dict) else "a list"
    if shape.get("properties"):
        return f"a table with {listed(shape['properties'])}"
    bounds = [f"{words} {shape[key]}" for key, words in _BOUNDS.items() if key in shape]
    return ", ".join([_TYPES.get(shape.get("type", ""), "any value"), *bounds])
