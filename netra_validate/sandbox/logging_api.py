"""Cloud Logging v2 over gRPC: the entries of the sandbox's revisions, filtered and in pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from google.cloud.logging_v2.types import ListLogEntriesRequest, ListLogEntriesResponse, LogEntry
from google.protobuf.struct_pb2 import Struct

from netra_validate.sandbox.google_api import ApiError, GoogleApi
from netra_validate.sandbox.log_filter import BadFilterError, parse
from netra_validate.sandbox.log_lines import LogLine
from netra_validate.sandbox.names import PROJECT, REGION
from netra_validate.sandbox.rpc import Method

_MOST: Final = 1000
"""Entries of one page, as the API's reference says."""
_USUAL: Final = 50


async def _list_entries(api: GoogleApi, request: ListLogEntriesRequest) -> ListLogEntriesResponse:
    lines = await api.log_lines(list(request.resource_names))
    if not 0 <= request.page_size <= _MOST:
        raise _refused("page_size is out of range")
    try:
        wanted = parse(request.filter)
    except (BadFilterError, ValueError) as error:
        raise _refused(f"Unparseable filter: {error}") from error
    found = sorted(
        (each for each in lines if wanted(each)),
        key=lambda each: each.at,
        reverse=request.order_by == "timestamp desc",
    )
    start, size = int(request.page_token or 0), request.page_size or _USUAL
    rest = len(found) > start + size
    return ListLogEntriesResponse(
        entries=[_entry(each) for each in found[start : start + size]],
        next_page_token=str(start + size) if rest else "",
    )


def _refused(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", message)


def _entry(line: LogLine) -> LogEntry:
    payload: dict[str, object] = {} if line.text is None else {"text_payload": line.text}
    if line.fields is not None:
        structured = Struct()
        structured.update(line.fields)
        payload = {"json_payload": structured}
    return LogEntry(
        log_name=f"projects/{PROJECT}/logs/{quote(line.log, safe='')}",
        resource={
            "type": "cloud_run_revision",
            "labels": {
                "project_id": PROJECT,
                "location": REGION,
                "service_name": line.service,
                "revision_name": line.revision,
                "configuration_name": line.service,
            },
        },
        timestamp=line.at,
        receive_timestamp=line.at,
        severity=line.severity,
        insert_id=f"{line.instance}-{line.at.timestamp():.6f}",
        labels={"instanceId": line.instance},
        **payload,
    )


METHODS: Final = {
    "/google.logging.v2.LoggingServiceV2/ListLogEntries": Method(
        ListLogEntriesRequest, ListLogEntriesResponse, _list_entries
    )
}
"""The RPCs by their full name."""
