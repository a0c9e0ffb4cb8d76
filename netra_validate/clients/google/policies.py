"""Allow policies, as Google's APIs give them. Pure.

Source: the message ``google.iam.v1.Policy``
(https://cloud.google.com/iam/docs/reference/rest/v1/Policy).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from google.iam.v1.policy_pb2 import Policy as Message

VERSION: Final = 3
"""What has to be asked for: an answer in an older version leaves conditions out
(https://cloud.google.com/iam/docs/policies#versions)."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One role, and who has it."""

    role: str
    """``roles/run.invoker``, ``projects/p/roles/r``, ``organizations/1/roles/r``."""
    members: tuple[str, ...]
    condition: str = ""
    """In the Common Expression Language; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may do what on one resource, and on all below it."""

    on: str
    """Name of the resource: ``projects/p``, ``folders/1``, ``projects/p/secrets/s``."""
    bindings: tuple[Binding, ...] = ()


def of_message(on: str, message: Message) -> Policy:
    """From the API's message."""
    return Policy(
        on,
        tuple(
            Binding(each.role, tuple(each.members), each.condition.expression)
            for each in message.bindings
        ),
    )


def of_json(on: str, body: object) -> Policy | None:
    """From the JSON form of the message; None where it is no such thing.

    A resource that nobody gave a policy has one without bindings: ``{"etag": "ACAB"}``.
    """
    found = body.get("bindings", []) if isinstance(body, Mapping) else None
    if not isinstance(found, list):
        return None
    bindings = [_binding(each) for each in found]
    known = tuple(each for each in bindings if each is not None)
    return Policy(on, known) if len(known) == len(bindings) else None


def _binding(told: object) -> Binding | None:
    if not isinstance(told, Mapping):
        return None
    role, members, condition = told.get("role"), told.get("members", []), told.get("condition", {})
    if not (isinstance(role, str) and _are_texts(members) and isinstance(condition, Mapping)):
        return None
    return Binding(role, tuple(members), str(condition.get("expression", "")))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
