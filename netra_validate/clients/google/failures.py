"""From the errors of gRPC and REST to ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netra_validate.clients.errors import (
    ClientError,
    Forbidden,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unreachable,
)
from netra_validate.clients.google.credentials import LOGIN
from netra_validate.clients.retrying import Again

if TYPE_CHECKING:
    from netra_validate.clients.http import HttpResponse


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, for messages."""

    subject: str
    """What is asked for: ``the Cloud Run service netra-backend``."""
    api: str
    """Such as ``run.googleapis.com``."""
    permission: str
    """What the caller needs."""
    project: str
    name: str
    """The whole resource name."""
    place: str = ""
    """Where the configuration has the API, if that is not Google's own host."""

    @property
    def asked(self) -> str:
        """Who answers, or does not."""
        return f"{self.api} at {self.place}" if self.place else self.api


_STATUS: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""google.rpc.Code for HTTP statuses (``google/rpc/code.proto``), and 502, which proxies send."""


_VIEWERS: Final = {
    "run.googleapis.com": "roles/run.viewer",
    "vpcaccess.googleapis.com": "roles/vpcaccess.viewer",
    "sqladmin.googleapis.com": "roles/cloudsql.viewer",
    "logging.googleapis.com": "roles/logging.viewer",
    "compute.googleapis.com": "roles/compute.viewer",
    "certificatemanager.googleapis.com": "roles/certificatemanager.viewer",
    "cloudresourcemanager.googleapis.com": "roles/browser",
    "iam.googleapis.com": "roles/iam.roleViewer",
    "secretmanager.googleapis.com": "roles/secretmanager.viewer",
    "monitoring.googleapis.com": "roles/monitoring.viewer",
}
"""The least role that reads, for each API (https://cloud.google.com/iam/docs/roles-permissions)."""


def may_pass(error: ClientError) -> Again | None:
    """Whether it can pass by itself, and when to come back."""
    if isinstance(error, RateLimited):
        return Again(error.retry_after_s)
    return Again() if isinstance(error, Unreachable | TimedOut) else None


def of_grpc(error: Any, question: Question) -> ClientError:  # noqa: ANN401 - a google.api_core error
    """Ours for a ``google.api_core.exceptions.GoogleAPICallError``."""
    code = error.grpc_status_code.name if error.grpc_status_code is not None else "UNKNOWN"
    said = str(error.message or "")
    if _is_not_grpc(said):
        return _no_api(question)
    delays = [detail.retry_delay.seconds for detail in error.details if _has_delay(detail)]
    return _error(
        code,
        question,
        reason=error.reason,
        retry_after_s=float(delays[0]) if delays else None,
    )


def _is_not_grpc(said: str) -> bool:
    """What gRPC itself says to an answer that is no gRPC, and to one that is too large."""
    return any(
        words in said
        for words in (
            "http1.x server",
            "content-type",
            "http2 header with status",
            "message larger",
        )
    )


def _has_delay(detail: object) -> bool:
    return type(detail).__name__ == "RetryInfo"


def of_response(response: HttpResponse, reason: str | None, question: Question) -> ClientError:
    """Ours for an HTTP answer that is no 200.

    Args:
        response: the answer.
        reason: of the ``google.rpc.ErrorInfo`` in its body.
        question: what was asked.
    """
    code = _STATUS.get(response.status, f"status {response.status}")
    return _error(
        code,
        question,
        reason=reason,
        retry_after_s=response.retry_after_s,
    )


def _error(
    code: str, question: Question, *, reason: str | None, retry_after_s: float | None
) -> ClientError:
    api, subject = question.api, question.subject
    match code:
        case "NOT_FOUND":
            return NotFound(
                f"{subject} does not exist: {api} does not know {question.name}",
                missing=question.name,
            )
        case "PERMISSION_DENIED":
            return _forbidden(question, reason)
        case "UNAUTHENTICATED":
            return Unauthenticated(f"{api} does not accept the credentials", hint=f"run {LOGIN}")
        case "RESOURCE_EXHAUSTED":
            return RateLimited(
                f"{api} answers that it was asked too often", retry_after_s=retry_after_s
            )
        case "UNAVAILABLE":
            return Unreachable(
                f"{question.asked} is not available",
                phase="request",
                hint="run it again; https://status.cloud.google.com says what Google knows of it",
            )
        case "DEADLINE_EXCEEDED":
            return TimedOut(f"{question.asked} did not answer in time about {subject}")
        case "INVALID_ARGUMENT":
            return Rejected(f"{api} answers {code} about {subject}")
        case _:
            return ProtocolError(f"{api} answers {code} about {subject}")


def _forbidden(question: Question, reason: str | None) -> Forbidden:
    """What is missing: the API itself, the project that pays, or a permission."""
    if reason == "SERVICE_DISABLED":
        return Forbidden(
            f"{question.subject} cannot be read: the API {question.api} is not enabled in"
            f" {question.project}",
            permission=question.permission,
            hint=f"gcloud services enable {question.api} --project={question.project}",
        )
    if reason == "USER_PROJECT_DENIED":
        # A user's own credentials name the project that pays for their requests.
        return Forbidden(
            f"{question.subject} cannot be read: the credentials' quota project may not be used",
            permission="serviceusage.services.use",
            hint=f"gcloud auth application-default set-quota-project {question.project}",
        )
    return Forbidden(
        f"{question.subject} cannot be read: {question.api} asks for the permission"
        f" {question.permission}",
        permission=question.permission,
        hint=f"{_VIEWERS[question.api]} on {question.project} holds it"
        if question.api in _VIEWERS
        else None,
    )


def timed_out(question: Question, after_s: float) -> TimedOut:
    """No answer in our own time.

    Args:
        question: what was asked.
        after_s: seconds since it was asked first, over all attempts.
    """
    return TimedOut(
        f"{question.asked} did not answer within {after_s:.3g} s about {question.subject}"
    )


def not_understood(question: Question) -> ProtocolError:
    """An answer that is no such message."""
    return ProtocolError(f"what {question.asked} answers cannot be read as {question.subject}")


def about_another(question: Question) -> ProtocolError:
    """An answer about another resource than the one that was asked for."""
    return ProtocolError(f"{question.api} answers about another resource than {question.subject}")


def _no_api(question: Question) -> ProtocolError:
    return ProtocolError(
        f"what answers for {question.asked} is not that API: {question.subject} cannot be read"
    )
