"""What a revision wrote to its logs, and the filter that asks for it. Pure.

Sources: the message ``LogEntry`` of Logging v2
(https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry), the query language
(https://cloud.google.com/logging/docs/view/logging-query-language), and which logs Cloud Run
writes (https://cloud.google.com/run/docs/logging).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from netra_validate import scrub
from netra_validate.clients.google.messages import enum_name, segment

if TYPE_CHECKING:
    from google.cloud.logging_v2.types import LogEntry

SYSTEM_LOG: Final = "run.googleapis.com/varlog/system"
"""What Cloud Run itself says of an instance: that it started, exited, ran out of memory."""
REQUEST_LOG: Final = "run.googleapis.com/requests"
"""One entry for each request, most without a payload. Not what a program says."""
STDERR: Final = "run.googleapis.com/stderr"

MAX_TEXT: Final = 8000
"""Characters of one entry that are read: of a longer one its beginning and its end, where a
traceback names the error."""

_DEPTH: Final = 5
"""Levels of a structured payload that are read."""

_SEVERE: Final = frozenset({"WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"})

_MESSAGE_KEYS: Final = ("message", "msg")
"""Where a structured entry has its sentence; Logging itself shows ``message``."""

_TRACE_KEYS: Final = frozenset({"exc_info", "exception", "stack_trace", "traceback"})
"""Where a structured entry has its traceback: ``exc_info`` of python-json-logger, ``exception`` of
structlog, ``stack_trace`` of Error Reporting
(https://cloud.google.com/error-reporting/docs/formatting-error-messages)."""

_INSTANCE_LABEL: Final = "instanceId"
"""The label in which Cloud Run names the instance that an entry came from."""

TELLING_WORDS: Final = (
    "ModuleNotFoundError|[Nn]o module named|[Tt]imed? ?out|[Ww]hitespace|redirect_uri_mismatch"
)
"""A pattern (RE2) for plain lines on stdout, which carry no severity, that are worth reading."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a log."""

    at: datetime
    text: str
    """Lines of the payload, bounded, **not scrubbed**; empty where the entry says nothing."""
    severity: str = "DEFAULT"
    log: str = STDERR
    """Its log's id, such as ``run.googleapis.com/stderr``."""
    instance: str | None = None
    """The instance that wrote it, where that is told."""

    @property
    def is_system(self) -> bool:
        """Whether it is Cloud Run's word, not the program's."""
        return self.log == SYSTEM_LOG

    @property
    def says_nothing(self) -> bool:
        """Whether it is a warning or an error without a word of what about."""
        return self.severity in _SEVERE and not self.text


@dataclass(frozen=True, slots=True)
class Logged:
    """What was read of a revision's logs, oldest first."""

    entries: tuple[Entry, ...]
    complete: bool = True
    """False where there is more: the first and the latest entries were read, not those between."""


def revision_filter(
    service: str, revision: str, region: str, since: datetime, *, everything: bool = False
) -> str:
    """The filter for what one revision wrote: its start, its warnings, and what Cloud Run says.

    Args:
        service: its name in Cloud Run.
        revision: short name of the revision.
        region: they are in.
        since: when the revision was created.
        everything: whether also what is neither severe nor on stderr.
    """
    lines = [
        'resource.type="cloud_run_revision"',
        f"resource.labels.location={quoted(region)}",
        f"resource.labels.service_name={quoted(service)}",
        f"resource.labels.revision_name={quoted(revision)}",
        f"timestamp>={quoted(since.astimezone(UTC).isoformat(timespec='microseconds'))}",
        f"NOT log_id({quoted(REQUEST_LOG)})",
    ]
    if not everything:
        lines.append(
            f"(severity>=WARNING OR log_id({quoted(SYSTEM_LOG)}) OR log_id({quoted(STDERR)})"
            f" OR textPayload=~{quoted(TELLING_WORDS)})"
        )
    return "\n".join(lines)


def quoted(value: str) -> str:
    """A string of the query language: no value can end it and begin an expression of its own."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"".join(char for char in escaped if char.isprintable())}"'


def entry(message: LogEntry) -> Entry:
    """One entry from the API's message."""
    raw = type(message).pb(message)
    return Entry(
        at=raw.timestamp.ToDatetime(tzinfo=UTC),
        text=_bounded(_text(raw)),
        severity=enum_name(message, "severity"),
        log=unquote(segment(raw.log_name, "logs") or raw.log_name),
        instance=raw.labels.get(_INSTANCE_LABEL) or None,
    )


def _text(raw: Any) -> str:  # noqa: ANN401 - a protobuf message
    kind = raw.WhichOneof("payload")
    if kind == "text_payload":
        return str(raw.text_payload).strip()
    if kind == "json_payload":
        return "\n".join(_lines(raw.json_payload))
    # An audit log's entry, say: there is something, and nothing that a program wrote.
    return f"({raw.proto_payload.type_url})" if kind == "proto_payload" else ""


def _lines(payload: Any, depth: int = 0) -> Iterator[str]:  # noqa: ANN401 - a protobuf Struct
    """The texts of a structured payload: its sentence first, the rest as ``key=value``.

    What stands under a key that announces a secret is left out. Each line of a text has its key in
    front, so that none looks like a line of the program's own; those of a traceback are such lines.
    """
    fields = payload.fields
    first = [key for key in _MESSAGE_KEYS if key in fields]
    for key in (*first, *(key for key in fields if key not in first)):
        if scrub.is_telling(key):
            continue
        kind = fields[key].WhichOneof("kind")
        if kind == "string_value" and (said := fields[key].string_value.strip()):
            whole = (key in first and depth == 0) or key.lower() in _TRACE_KEYS
            yield said if whole else "\n".join(f"{key}={each}" for each in said.splitlines())
        elif kind == "struct_value" and depth < _DEPTH:
            yield from _lines(fields[key].struct_value, depth + 1)
        elif kind in {"number_value", "bool_value", "list_value"}:
            yield f"{key}="


def _bounded(text: str) -> str:
    half = MAX_TEXT // 2
    return text if len(text) <= MAX_TEXT else f"{text[:half]}\n…\n{text[-half:]}"
