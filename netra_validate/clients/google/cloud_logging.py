"""What Cloud Run's revisions wrote to Cloud Logging."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError
from netra_validate.clients.google.access import LOGGING, Access
from netra_validate.clients.google.log_entries import Entry, Logged, entry, revision_filter
from netra_validate.clients.google.shared import Answer
from netra_validate.topology import Service

if TYPE_CHECKING:
    from netra_validate.clients.google.failures import Question

_PAGE: Final = 250
"""Entries in one answer: gRPC takes 4 MB, and entries of some kilobytes are common."""

_PAGES: Final = 4
"""Answers that are read from either end. A project has 60 such requests a minute
(https://cloud.google.com/logging/quotas), and other people's tools need some."""

_Order = Literal["asc", "desc"]


class CloudLogging:
    """What Logging, version 2, tells in one run of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def revision_logs(
        self,
        service: Service,
        revision: str,
        since: datetime,
        budget: Budget,
        *,
        everything: bool = False,
    ) -> Answer[Logged]:
        """What one revision wrote: the first entries, and the latest where there are too many."""
        project = f"projects/{self._access.project_of(service)}"
        region = self._access.environment.region_of(service)
        if service.cloud_run is None or region is None:
            raise ClientError(f"service {service.key} is not placed in Cloud Run")
        subject = f"the logs of {revision}"
        wanted = revision_filter(service.cloud_run, revision, region, since, everything=everything)

        async def call(own: Budget) -> Logged:
            question = self._access.question(subject, LOGGING, "logging.logEntries.list", project)
            return await self._both_ends(wanted, question, own)

        return self._access.ask(("logs", project, wanted), subject, budget, call)

    async def _both_ends(self, wanted: str, question: Question, budget: Budget) -> Logged:
        first, complete = await self._read(wanted, "asc", question, budget)
        if complete:
            return Logged(tuple(first.values()))
        last, _ = await self._read(
            wanted, "desc", question, budget, known=first.keys().__contains__
        )
        met = bool(last.keys() & first.keys())
        merged = sorted({**first, **last}.values(), key=lambda each: each.at)
        return Logged(tuple(merged), complete=met)

    async def _read(
        self,
        wanted: str,
        order: _Order,
        question: Question,
        budget: Budget,
        *,
        known: Callable[[tuple[str, str, str]], bool] = lambda _: False,
    ) -> tuple[dict[tuple[str, str, str], Entry], bool]:
        """Entries from one end by what identifies them, and whether those were all.

        An answer may hold few entries, or none, and still not be the last one: the search had no
        more time (``ListLogEntriesResponse.next_page_token``).
        """
        found: dict[tuple[str, str, str], Entry] = {}
        token = ""
        api = await self._access.grpc(LOGGING, budget)
        for _ in range(_PAGES):
            page = await api.page(
                "LoggingServiceV2",
                "list_log_entries",
                question,
                budget,
                {
                    "resource_names": [question.name],
                    "filter": wanted,
                    "order_by": f"timestamp {order}",
                    "page_size": _PAGE,
                    "page_token": token,
                },
            )
            for message in page.entries:
                found[_identity(message)] = entry(message)
            token = page.next_page_token
            if not token:
                return found, True
            if any(map(known, found)):
                break
        return found, False


def _identity(message: Any) -> tuple[str, str, str]:  # noqa: ANN401 - a proto-plus message
    """What tells entries apart (``LogEntry.insert_id``)."""
    raw = type(message).pb(message)
    return raw.log_name, raw.timestamp.ToJsonString(), raw.insert_id
