"""What the logs of the backend can tell that is wrong, each as a change of the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from netra_validate.sandbox.cloud_faults import fail_start_up
from netra_validate.sandbox.log_lines import (
    STDERR,
    STDOUT,
    SYSTEM,
    LogLine,
    Writer,
    bad_start,
    deaf_start,
)
from netra_validate.sandbox.names import ENVIRONMENT, SERVICES
from netra_validate.sandbox.run_faults import deployed
from netra_validate.sandbox.staging import Fault, Staging
from netra_validate.sandbox.world import created_at, short_revision

Wrote = Callable[[Writer], tuple[LogLine, ...]]

MISSING_MODULE: Final = "ModuleNotFoundError: No module named 'netra_auth_core'"
_VALIDATION: Final = "CRITICAL: Database connection validation timeout exceeded (25.0s)"
_TIMEOUT: Final = "sqlalchemy.exc.OperationalError: connection to server failed: timeout expired"
_WHITESPACE: Final = "ValueError: JWT_SECRET contained whitespace at its end"


def wrote(what: Wrote, number: int = 42, key: str = "backend") -> Fault:
    """A revision of a service wrote this too, from an instance of its own."""
    service = SERVICES[key]
    revision = short_revision(service, number)

    def fault(staging: Staging) -> Staging:
        started_at = created_at(revision) + timedelta(minutes=5)
        lines = what(Writer(service, revision, started_at, instance="00b2"))
        return replace(staging, world=replace(staging.world, logs=staging.world.logs + lines))

    return fault


def failed_deploy(*said: str) -> Fault:
    """A new revision of the backend says this and exits; the one before goes on serving."""
    told = wrote(lambda writer: bad_start(writer, *said), 43)
    deploy = deployed(fail_start_up)
    return lambda staging: told(deploy(staging))


def database_timeouts(staging: Staging) -> Staging:
    """The new revisions of the services with a database give up waiting for it."""
    for key in ("backend", "auth"):
        staging = wrote(lambda writer: bad_start(writer, _TIMEOUT), 43, key)(staging)
    return staging


def deaf(port: int) -> Fault:
    """The backend's new revision listens on another port than this one, which is probed."""
    return wrote(lambda writer: deaf_start(writer, port), 43)


def _run_out_of_memory(writer: Writer) -> tuple[LogLine, ...]:
    said = (
        "Memory limit of 1024 MiB exceeded with 1039 MiB used. Consider increasing the memory"
        " limit, see https://cloud.google.com/run/docs/configuring/memory-limits"
    )
    return writer.writes([(SYSTEM, "ERROR", said)])


def _crash(writer: Writer) -> tuple[LogLine, ...]:
    return writer.writes(
        [
            (STDERR, "DEFAULT", "Traceback (most recent call last):"),
            (STDERR, "DEFAULT", "ZeroDivisionError: division by zero"),
            (SYSTEM, "WARNING", "Container called exit(1)."),
        ]
    )


def _refuse_redirects(writer: Writer) -> tuple[LogLine, ...]:
    return writer.writes([(STDERR, "ERROR", "OAuth error: redirect_uri_mismatch")])


def _say_nothing(writer: Writer) -> tuple[LogLine, ...]:
    return writer.writes([(STDOUT, "ERROR", None), (STDOUT, "WARNING", "")])


def _exhaust_quota(staging: Staging) -> Staging:
    """The program says what only the configuration knows to be bad."""
    table = f"""\
[environments.{ENVIRONMENT}.services.backend.checks.startup-logs.signatures.quota]
pattern = "LLM quota .* exhausted"
remedy = "Raise the quota of the staging key"
"""
    line = (STDOUT, "INFO", "LLM quota of netra-staging exhausted")
    told = wrote(lambda writer: writer.writes([line]))
    return told(replace(staging, options=staging.options + table))


LOG_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "module-missing": failed_deploy(MISSING_MODULE),
        "module-missing-in-service": wrote(lambda writer: bad_start(writer, MISSING_MODULE)),
        "database-timeout": failed_deploy(_TIMEOUT),
        "database-validation-timeout": failed_deploy(_VALIDATION),
        "secret-whitespace": failed_deploy(_WHITESPACE),
        "listens-elsewhere": deaf(3000),
        "memory-limit": wrote(_run_out_of_memory),
        "container-exits": wrote(_crash),
        "redirect-mismatch": wrote(_refuse_redirects),
        "silent-errors": wrote(_say_nothing),
        "custom-signature": _exhaust_quota,
    }
)
"""The faults by name."""
