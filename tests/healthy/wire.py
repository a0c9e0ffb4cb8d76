"""What may differ on the way between the sandbox's Google APIs and whoever asks them.

The sandbox knows one project in one region. Here both are called by other names: requests are
translated to the sandbox's names and answers from them. On the way answers are also made as a newer
version of the API would give them, with fields that nobody knows in every message, and their lists
are put into another order wherever the reference promises none.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from google.protobuf.descriptor import FieldDescriptor

from netra_validate.sandbox.names import PROJECT, REGION

_UNKNOWN_FIELD = b"\x82\xe9\x03\x03new"
"""Field 8000, a string: no version of these messages has it yet."""

_UNKNOWN_SEVERITY = {100: 150}
"""Between DEBUG and INFO."""

_IN_ORDER = {"entries", "points", "args", "command", "versions", "operations"}
"""Lists whose order is documented, or means something."""

_ORDERED_KINDS = {"sql#operationsList"}

_MAPS = {"domainStatus", "labels", "userLabels", "items"}
"""Objects whose members have names that nobody has laid down."""

_ENUMERATIONS = {"sslMode", "type", "operationType", "edition", "databaseVersion", "state"}


@dataclass(frozen=True, slots=True)
class Wire:
    """How answers differ from the sandbox's own."""

    project: str = PROJECT
    """With the domain that it belongs to and a colon before its name, where it belongs to one."""
    region: str = REGION
    news: Mapping[str, Any] = field(default_factory=dict)
    """Fields that no published version has, for every object of a JSON answer."""
    newer: bool = False
    """Whether every message over gRPC has one."""
    order: int | None = None
    """What decides about the order of lists; None for the sandbox's own."""
    without: str | None = None
    """A field, in snake case, that no message and no object has."""
    takes_s: float = 0.0
    """How long the APIs think before they answer."""

    def theirs(self, text: str) -> str:
        """The sandbox's text, with the names that the caller knows."""
        if (self.project, self.region) == (PROJECT, REGION):
            return text
        mail = text.replace(f"@{PROJECT}.iam", f"@{self._mail}.iam")
        return mail.replace(PROJECT, self.project).replace(REGION, self.region)

    def ours(self, text: str) -> str:
        """The caller's text, with the names that the sandbox knows."""
        if (self.project, self.region) == (PROJECT, REGION):
            return text
        mail = text.replace(f"@{self._mail}.iam", f"@{PROJECT}.iam")
        for project in (self.project, quote(self.project, safe="")):
            mail = mail.replace(project, PROJECT)
        return mail.replace(self.region, REGION)

    @property
    def _mail(self) -> str:
        """How accounts of a project are called that belongs to a domain: ``project.domain``."""
        return ".".join(reversed(self.project.split(":")))

    def asked(self, message: Any) -> Any:
        """A request over gRPC as the sandbox understands it; it is changed."""
        if (self.project, self.region) != (PROJECT, REGION):
            _rename(_plain(message), self.ours)
        return message

    def told(self, message: Any) -> bytes:
        """An answer over gRPC as it is sent."""
        plain = _plain(message)
        found = type(plain)()
        found.CopyFrom(plain)
        if (self.project, self.region) != (PROJECT, REGION):
            _rename(found, self.theirs)
        if self.newer or self.order is not None or self.without is not None:
            self._renew(found, None if self.order is None else random.Random(self.order))
        return bytes(found.SerializeToString())

    def _renew(self, message: Any, order: random.Random | None) -> None:
        if self.without in message.DESCRIPTOR.fields_by_name:
            message.ClearField(self.without)
        for told, value in message.ListFields():
            if told.type != FieldDescriptor.TYPE_MESSAGE:
                continue
            if _is_map(told):
                continue
            several = list(value) if told.is_repeated else [value]
            for each in several:
                self._renew(each, order)
            if order is not None and told.is_repeated and told.name not in _IN_ORDER:
                order.shuffle(several)
                message.ClearField(told.name)
                getattr(message, told.name).extend(several)
        if self.newer and not message.DESCRIPTOR.full_name.startswith("google.protobuf."):
            if message.DESCRIPTOR.full_name == "google.logging.v2.LogEntry":
                message.severity = _UNKNOWN_SEVERITY.get(message.severity, message.severity)
            message.MergeFromString(_UNKNOWN_FIELD)

    def body(self, text: str) -> str:
        """A JSON answer as it is sent."""
        order = None if self.order is None else random.Random(self.order)
        return json.dumps(self._newer(json.loads(self.theirs(text)), order))

    def _newer(
        self, document: Any, order: random.Random | None, *, within: str = "", kind: str = ""
    ) -> Any:
        if isinstance(document, dict):
            kind = document.get("kind", "") if isinstance(document.get("kind"), str) else ""
            told = {
                # An enumeration's value that has no name here has one there.
                key: "VALUE_OF_TOMORROW"
                if key in _ENUMERATIONS and isinstance(each, int)
                else self._newer(each, order, within=key, kind=kind)
                for key, each in document.items()
                if within in _MAPS or key != _camel(self.without)
            }
            pairs = list((told if within in _MAPS else {**told, **self.news}).items())
            if order is not None:
                order.shuffle(pairs)
            return dict(pairs)
        if isinstance(document, list):
            found = [self._newer(each, order) for each in document]
            if order is not None and within not in _IN_ORDER and kind not in _ORDERED_KINDS:
                order.shuffle(found)
            return found
        return document


def renamed(message: Any, named: Any) -> Any:
    """A copy of a message in which every text is what ``named`` makes of it."""
    kind = type(message)
    plain = _plain(message)
    found = type(plain)()
    found.CopyFrom(plain)
    _rename(found, named)
    return kind.wrap(found) if hasattr(kind, "wrap") else found


def _camel(name: str | None) -> str | None:
    """As proto3's JSON calls a field."""
    first, *more = (name or "").split("_")
    return first + "".join(each.title() for each in more)


def _plain(message: Any) -> Any:
    """The protobuf message itself."""
    return type(message).pb(message) if hasattr(type(message), "pb") else message


def _is_map(told: FieldDescriptor) -> bool:
    return bool(told.message_type is not None and told.message_type.GetOptions().map_entry)


def _rename(message: Any, named: Any) -> None:
    """Every text of a message, by other names."""
    for told, value in message.ListFields():
        if told.type == FieldDescriptor.TYPE_STRING:
            if told.is_repeated:
                value[:] = [named(each) for each in value]
            else:
                setattr(message, told.name, named(value))
        elif told.type == FieldDescriptor.TYPE_MESSAGE and not _is_map(told):
            for each in value if told.is_repeated else (value,):
                _rename(each, named)
