"""The JSON Schema of the configuration file, for editors: draft 2020-12.

It says what the loader says, as far as a schema can: which tables and keys there are, of which
type, and which are needed. The options of every installed check are in it. What only a look at the
whole file tells (a service that names a database which is not declared) stays with the loader.

``netra-validate.schema.json`` in this package is the schema for the checks that come with it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from netra_validate.check import CheckOptions
from netra_validate.config import ConfigurationTable, EnvironmentTable
from netra_validate.reading import NAME, is_table_name
from netra_validate.registry import Registry
from netra_validate.topology import DECLARED

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

VERSION: Final = 1
"""Of the configuration's form; raised when a file that was right is so no longer. Part of ``$id``.
"""

_DEFINITIONS: Final = "#/$defs/"
_CHECKS: Final = "checks"

_HAVE_CHECKS: Final[tuple[type[msgspec.Struct], ...]] = (
    ConfigurationTable,
    EnvironmentTable,
    *DECLARED,
)
"""The tables in which options of checks may stand."""

_NAMED: Final = ("environments", *(kind.section for kind in DECLARED))
"""The tables whose keys are names that the user chooses."""

_VARIABLE: Final = {"type": "string", "pattern": r"\$\{[^}]*\}"}
"""Text that the loader replaces before it looks at it."""


def schema(registry: Registry) -> Schema:
    """The schema of ``netra-validate.toml`` for the checks of this installation."""
    _, definitions = msgspec.json.schema_components(
        (ConfigurationTable,), ref_template=f"{_DEFINITIONS}{{name}}"
    )
    _leave_out_table_names(definitions)
    for name, check in registry.checks.items():
        definitions[f"{name}.Options"], others = schema_of_options(check.Options, f"{name}.")
        definitions.update(others)
    for table in _HAVE_CHECKS:
        properties = definitions[table.__name__]["properties"]
        properties[_CHECKS] = {
            "description": properties[_CHECKS]["description"],
            **_options_in(table, registry),
        }
    _constrain_names(definitions)
    return {
        "$schema": DIALECT,
        "$id": f"urn:netra-validate:configuration:{VERSION}",
        "title": "Configuration of netra-validate",
        "$ref": f"{_DEFINITIONS}{ConfigurationTable.__name__}",
        "$defs": {name: _finished(definitions[name]) for name in sorted(definitions)},
    }


def _finished(definition: Schema) -> Schema:
    finished: Schema = _walk(as_toml(definition), _with_variables)
    return finished


def schema_of_options(options: type[CheckOptions], prefix: str) -> tuple[Schema, dict[str, Schema]]:
    """The schema of one check's options, and of the types that they are made of.

    Args:
        options: the class.
        prefix: put before the names of its types: every check calls its options ``Options``.

    Returns:
        The table itself, and definitions by their full names.
    """
    (reference,), found = msgspec.json.schema_components(
        (options,), ref_template=f"{_DEFINITIONS}{prefix}{{name}}"
    )
    name = reference["$ref"].removeprefix(f"{_DEFINITIONS}{prefix}")
    own = found.pop(name)
    own["title"] = f"Options of {prefix.rstrip('.')}"
    own.pop("description", None)
    return own, {f"{prefix}{name}": one for name, one in found.items()}


def as_toml(node: Schema) -> Schema:
    """A schema without what TOML cannot say: it has no null. Descriptions lose their indentation.

    Defaults of tables go too: they are what the keys of those tables say.
    """
    cleaned: Schema = _walk(node, _without_null)
    return cleaned


def _walk(node: Any, change: Callable[[Schema], Schema]) -> Any:  # noqa: ANN401 - any piece of a schema
    """Every schema in a schema changed, the innermost first. A property's name is no keyword."""
    if not isinstance(node, Mapping):
        return node
    taken = dict(node)
    for keyword in _HOLDS_ONE & taken.keys():
        taken[keyword] = _walk(taken[keyword], change)
    for keyword in _HOLDS_LIST & taken.keys():
        taken[keyword] = [_walk(entry, change) for entry in taken[keyword]]
    for keyword in _HOLDS_NAMED & taken.keys():
        taken[keyword] = {name: _walk(one, change) for name, one in taken[keyword].items()}
    return change(taken)


_HOLDS_ONE: Final = {"items", "additionalProperties"}
_HOLDS_LIST: Final = {"anyOf", "prefixItems"}
_HOLDS_NAMED: Final = {"properties", "$defs"}


def _without_null(node: Schema) -> Schema:
    if node.get("default") is None or isinstance(node["default"], Mapping):
        node.pop("default", None)
    if "description" in node:
        node["description"] = inspect.cleandoc(node["description"])
    choices = [choice for choice in node.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return {**node, "anyOf": choices} if choices else node
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**choices[0], **rest}


def _with_variables(node: Schema) -> Schema:
    """Text of which not every value will do may also come out of a variable."""
    limits = {key: node[key] for key in ("type", "enum", "pattern") if key in node}
    words = node.get("enum", ())
    if not ("pattern" in node or (words and all(isinstance(word, str) for word in words))):
        return node
    rest = {key: value for key, value in node.items() if key not in limits}
    return {**rest, "anyOf": [limits, _VARIABLE]}


def _leave_out_table_names(definitions: dict[str, Schema]) -> None:
    """What is filled with the name of the table is nothing that a file may set."""
    for kind in DECLARED:
        table = definitions[kind.__name__]
        for field in msgspec.structs.fields(kind):
            if is_table_name(field.type):
                table["properties"].pop(field.encode_name)
                table["required"].remove(field.encode_name)


def _constrain_names(definitions: Mapping[str, Schema]) -> None:
    for table in (ConfigurationTable, EnvironmentTable):
        properties = definitions[table.__name__]["properties"]
        for name in _NAMED:
            if name in properties:
                properties[name]["propertyNames"] = {"pattern": f"^{NAME.pattern}$"}


def _options_in(table: type[msgspec.Struct], registry: Registry) -> Schema:
    """One table of options for each check; in a resource only for those that examine its kind."""
    tables: dict[str, Schema] = {one.id: {"type": "object"} for one in registry.broken}
    for name, check in registry.checks.items():
        if table not in DECLARED or table in check.kinds():
            tables[name] = {"description": check.title(), "$ref": f"{_DEFINITIONS}{name}.Options"}
    return {
        "type": "object",
        "properties": {name: tables[name] for name in sorted(tables)},
        "additionalProperties": False,
    }
