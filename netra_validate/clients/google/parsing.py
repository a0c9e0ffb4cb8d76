"""Reads Cloud SQL's JSON into the client's message types, and nothing that is none. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from netra_validate.clients.google import failures

if TYPE_CHECKING:
    from netra_validate.clients.google.failures import Question

_WELL_KNOWN: Final = "google.protobuf."
"""Types such as ``Timestamp`` and ``Int64Value`` are no objects in JSON
(https://protobuf.dev/programming-guides/json/), and the parser knows their forms."""


def parsed(kind: Any, body: bytes, question: Question) -> Any:  # noqa: ANN401 - a proto-plus type
    """The message in a body.

    Fields and enum values that are newer than the installed types are left out rather than refused.

    Raises:
        ProtocolError: the body is no such message. Numbers count that are too large for their field
            or for Python, and values of another kind than their field's.
    """
    from google.protobuf.json_format import ParseError

    try:
        text = body.decode("utf-8")
        if not _fits(json.loads(text), kind.pb(kind()).DESCRIPTOR):
            raise failures.not_understood(question)
        return kind.from_json(text, ignore_unknown_fields=True)
    except (ValueError, OverflowError, ParseError, RecursionError) as error:
        raise failures.not_understood(question) from error


def _fits(value: object, descriptor: Any) -> bool:  # noqa: ANN401 - a protobuf descriptor
    """Whether messages are objects, all the way down.

    The parser, told to leave out unknown fields, takes a string or a list for a message with
    unknown fields only: ``{"settings": "x"}`` would be an instance whose settings are not told.
    """
    if not isinstance(value, dict):
        return False
    fields = {name: field for field in descriptor.fields for name in (field.json_name, field.name)}
    return all(
        _value_fits(inner, fields[name])
        for name, inner in value.items()
        if inner is not None and name in fields
    )


def _value_fits(value: object, field: Any) -> bool:  # noqa: ANN401 - as above
    kind = field.message_type
    if kind is None or kind.GetOptions().map_entry or kind.full_name.startswith(_WELL_KNOWN):
        return True
    if isinstance(value, list):
        return all(_fits(each, kind) for each in value)
    return _fits(value, kind)
