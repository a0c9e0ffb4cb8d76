"""Reads Google's message types without their surprises. Pure, and imports nothing of Google's."""

from __future__ import annotations

from itertools import pairwise
from typing import Any


def enum_name(message: Any, field: str) -> str:  # noqa: ANN401 - any proto-plus message
    """The name of an enum's value, such as ``READY``.

    A value that is newer than the installed library has a number and no name: it comes back as
    ``UNKNOWN_9``, where reading it through proto-plus would print a warning.
    """
    raw = type(message).pb(message)
    descriptor = raw.DESCRIPTOR.fields_by_name[field]
    number = getattr(raw, field)
    value = descriptor.enum_type.values_by_number.get(number)
    return str(value.name) if value is not None else f"UNKNOWN_{number}"


def enum_names(message: Any, field: str) -> tuple[str, ...]:  # noqa: ANN401 - as above
    """:func:`enum_name` for a repeated field."""
    raw = type(message).pb(message)
    known = raw.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    numbers = getattr(raw, field)
    return tuple(
        str(known[number].name) if number in known else f"UNKNOWN_{number}" for number in numbers
    )


def short(name: str) -> str:
    """The last segment of a resource name: ``connectors/main`` is ``main``."""
    return name.rstrip("/").rpartition("/")[2]


def segment(name: str, collection: str) -> str | None:
    """What follows ``collection`` in a resource name: the project after ``projects``.

    None where the name is a short one.
    """
    parts = name.split("/")
    for key, found in pairwise(parts):
        if key == collection:
            return found or None
    return None


def is_about(told: str, asked: str) -> bool:
    """Whether the resource that an API tells of is the one that it was asked for.

    Args:
        told: name in the answer, short or whole.
        asked: the whole name.
    """
    return (
        short(told) == short(asked)
        and same_project(segment(told, "projects"), segment(asked, "projects"))
        and all(
            segment(told, collection) in {None, segment(asked, collection)}
            for collection in ("locations", "services")
        )
    )


def same_project(one: str | None, other: str | None) -> bool:
    """Whether two names may mean one project.

    A resource name holds the project's id or its number, and the two cannot be compared.
    """
    if one is None or other is None or one.isdigit() is not other.isdigit():
        return True
    return one == other
