"""What the sandbox's revisions wrote to their logs, as plain data.

The sentences are those of Cloud Run (https://cloud.google.com/run/docs/troubleshooting), of uvicorn
and of Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

SYSTEM: Final = "run.googleapis.com/varlog/system"
STDOUT: Final = "run.googleapis.com/stdout"
STDERR: Final = "run.googleapis.com/stderr"
REQUESTS: Final = "run.googleapis.com/requests"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry of a log."""

    service: str
    revision: str
    at: datetime
    text: str | None = None
    """None for an entry without a payload."""
    log: str = STDERR
    severity: str = "DEFAULT"
    instance: str = "00a1"
    """In whole hexadecimal numbers of any length, as Cloud Run has them."""
    fields: Mapping[str, object] | None = None
    """A structured payload, in place of a text."""


@dataclass(frozen=True, slots=True)
class Writer:
    """One instance of a revision, which writes a line each second from its start on."""

    service: str
    revision: str
    started_at: datetime
    instance: str = "00a1"

    def writes(self, lines: Iterable[tuple[str, str, str | None]]) -> tuple[LogLine, ...]:
        """The entries for log, severity and text of each."""
        return tuple(
            LogLine(
                self.service,
                self.revision,
                self.started_at + timedelta(seconds=second),
                text,
                log,
                severity,
                self.instance,
            )
            for second, (log, severity, text) in enumerate(lines)
        )


def good_start(writer: Writer) -> tuple[LogLine, ...]:
    """A start that ends well, and requests, of which one finds nothing."""
    return writer.writes(
        [
            (SYSTEM, "INFO", "Starting new instance. Reason: DEPLOYMENT_ROLLOUT"),
            (STDERR, "DEFAULT", "INFO:     Started server process [1]"),
            (STDERR, "DEFAULT", "INFO:     Waiting for application startup."),
            (STDOUT, "INFO", "Configuration loaded"),
            (STDERR, "DEFAULT", "INFO:     Application startup complete."),
            (STDERR, "DEFAULT", "INFO:     Uvicorn running on http://0.0.0.0:8080"),
            (SYSTEM, "INFO", _probed(writer.service, 8080, succeeded=True)),
            (REQUESTS, "INFO", None),
            # A request log has no payload: an entry that says nothing, and no silent error.
            (REQUESTS, "WARNING", None),
        ]
    )


def bad_start(writer: Writer, *said: str, code: int = 3) -> tuple[LogLine, ...]:
    """A start that ends with an exit code, after a program said something."""
    return writer.writes(
        [
            (SYSTEM, "INFO", "Starting new instance. Reason: DEPLOYMENT_ROLLOUT"),
            (STDERR, "DEFAULT", "INFO:     Started server process [1]"),
            (STDERR, "DEFAULT", "INFO:     Waiting for application startup."),
            *((STDERR, "ERROR", line) for line in said),
            (STDERR, "DEFAULT", "ERROR:    Application startup failed. Exiting."),
            (SYSTEM, "WARNING", f"Container called exit({code})."),
            (SYSTEM, "ERROR", _probed(writer.service, 8080, succeeded=False)),
        ]
    )


def deaf_start(writer: Writer, port: int) -> tuple[LogLine, ...]:
    """A start after which nothing listens on the port that is probed."""
    return writer.writes(
        [
            (SYSTEM, "INFO", "Starting new instance. Reason: DEPLOYMENT_ROLLOUT"),
            (STDERR, "DEFAULT", "INFO:     Application startup complete."),
            (STDERR, "DEFAULT", "INFO:     Uvicorn running on http://0.0.0.0:8080"),
            (SYSTEM, "ERROR", _probed(writer.service, port, succeeded=False)),
        ]
    )


def _probed(service: str, port: int, *, succeeded: bool) -> str:
    where = f'for container "{service}-1" on port {port}.'
    if succeeded:
        return f"Default STARTUP TCP probe succeeded after 1 attempt {where}"
    return (
        f"Default STARTUP TCP probe failed 1 time consecutively {where}"
        " The instance was not started.\nConnection failed with status CANCELLED."
    )
