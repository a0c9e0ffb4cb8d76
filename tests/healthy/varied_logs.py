"""What healthy revisions write: little or much, in any form, and full of words that frighten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st

from netra_validate.sandbox.log_lines import (
    REQUESTS,
    STDERR,
    STDOUT,
    SYSTEM,
    LogLine,
    Writer,
    bad_start,
    deaf_start,
    good_start,
)

_STARTS = (
    (
        (STDERR, "DEFAULT", "INFO:     Started server process [1]"),
        (STDERR, "DEFAULT", "INFO:     Waiting for application startup."),
        (STDERR, "DEFAULT", "INFO:     Application startup complete."),
        (STDERR, "DEFAULT", "INFO:     Uvicorn running on http://0.0.0.0:8080"),
    ),
    (
        (STDERR, "DEFAULT", "[2025-09-01 08:30:05 +0000] [1] [INFO] Starting gunicorn 23.0.0"),
        (STDERR, "DEFAULT", "[2025-09-01 08:30:05 +0000] [1] [INFO] Listening at: http://0.0.0.0:8080"),
        (STDERR, "DEFAULT", "[2025-09-01 08:30:06 +0000] [2] [INFO] Booting worker with pid: 2"),
    ),
    ((STDOUT, "INFO", "> netra-frontend@1.0.0 start"), (STDOUT, "INFO", " ✓ Ready in 431ms")),
    (),
)  # fmt: skip

OVERCOME = (
    (STDERR, "WARNING", "database connection timed out, retrying (1/5)"),
    (STDERR, "DEFAULT", "2025-09-01 08:30:07,113 INFO  db: postgres timed out, retry 1"),
    (STDERR, "DEFAULT", "WARNING: connection to server failed: timeout expired; retrying in 2 s"),
    (STDERR, "ERROR", "Database connection validation timeout exceeded (5 s), trying again"),
    (STDOUT, "DEFAULT", "JWT_SECRET contained trailing whitespace, stripped"),
    (STDERR, "DEFAULT", "uvloop not available (ModuleNotFoundError: No module named 'uvloop')"),
    (STDERR, "DEFAULT", "ModuleNotFoundError: No module named 'uvloop'"),
    (STDERR, "DEFAULT", {"event": "postgres timed out, once more", "level": "error"}),
    (SYSTEM, "ERROR", "Default STARTUP TCP probe failed 1 time consecutively on port 8080."),
)  # fmt: skip
"""What stands in the way of a start that succeeds after all."""

_TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "/app/a.py", line 3, in <module>\n'
    "ModuleNotFoundError: No module named 'pandas'"
)

CHATTER = (
    (STDOUT, "INFO", "0 errors, 0 warnings, 0 failed"),
    (STDOUT, "DEFAULT", "error_rate=0.0 timeout_s=30 database=postgres"),
    (STDERR, "INFO", 'Traceback (most recent call last):\n  File "/app/x.py", line 3\nValueError'),
    (STDERR, "WARNING", "goes on without: ModuleNotFoundError: No module named 'uvloop'"),
    (STDERR, "DEFAULT", "WARNING: thread title contained whitespace at its end, trimmed"),
    (STDERR, "WARNING", 'user 4711 sent a form whose field "name" contains trailing whitespace'),
    (STDERR, "ERROR", "report query on the database timed out after 30 s for user 4711; told so"),
    (STDERR, "WARNING", "slow query: database statement timeout exceeded, retried once"),
    (STDOUT, "NOTICE", "схема обновлена · 数据库连接正常 · ✓ 🚀"),
    (STDERR, "DEFAULT", "DEBUG pool: connection to server at 10.20.0.3 reused; timed out: 0"),
    (STDOUT, "INFO", "the flag SKIP_OAUTH_VALIDATION is off; EMERGENCY_ALLOW_NO_DATABASE=false"),
    (STDOUT, "INFO", "GET /errors/timeout 200 12ms"),
    (STDERR, "DEFAULT", "\x1b[32mINFO\x1b[0m database connection validated in 0.21 s"),
    (SYSTEM, "INFO", "Default STARTUP TCP probe succeeded after 1 attempt on port 8080."),
    (SYSTEM, "INFO", "Shutting down user disabled instance"),
    (SYSTEM, "INFO", "Container called exit(0)."),
    (SYSTEM, "INFO", "Container called exit(143)."),
    (REQUESTS, "INFO", None),
    (REQUESTS, "WARNING", None),
    (REQUESTS, "ERROR", None),
    ("cloudaudit.googleapis.com/activity", "NOTICE", "update"),
    (STDOUT, "INFO", None),
    (STDERR, "DEFAULT", "x" * 9000),
    (STDOUT, "INFO", {"message": "ready", "error": None, "timeout_s": 30.0, "nested": {"a": [1]}}),
    (STDERR, "WARNING", {"msg": "retried", "exc_info": "TimeoutError: redis", "attempt": 2.0}),
    (STDOUT, "ERROR", {"message": "", "event": "payment.declined", "code": "card_declined"}),
    (STDERR, "WARNING", {"severity": "WARNING", "httpRequest": {"status": 404.0}}),
    (STDOUT, "DEBUG", {"unicode": "ü 数", "deep": {"a": {"b": {"c": {"d": {"e": "f"}}}}}}),
    (STDOUT, "INFO", "listening on port 8080, metrics served at 0.0.0.0:9090"),
    (STDERR, "ERROR", "OAuth: user cancelled the login (access_denied)"),
    (SYSTEM, "WARNING", "Container terminated on signal 9."),
    (STDERR, "CRITICAL", "worker 3 recycled after 1000 requests"),
    (STDOUT, "DEFAULT", '{"role":"user","content":"ModuleNotFoundError: No module named \'a\'"}'),
    (STDOUT, "INFO", {"role": "user", "content": f"help:\n{_TRACEBACK}"}),
    (STDOUT, "DEFAULT", {"role": "user", "content": f"help:\n{_TRACEBACK}"}),
    (STDERR, "ERROR", "tool run_python raised ModuleNotFoundError: No module named 'pandas'"),
    (STDERR, "WARNING", f"goes on without it\n{_TRACEBACK}"),
    (STDERR, "ERROR", "OAuth error: redirect_uri_mismatch for client x (rejected as designed)"),
    (STDOUT, "DEFAULT", '{"content": "what is Error 400: redirect_uri_mismatch?"}'),
    (STDERR, "DEFAULT", "user asks: my postgres connection timed out, what now?"),
)  # fmt: skip
"""By log, severity and text. What a user does wrong, and what was taken care of, is no fault of the
service; nor is one slow query after a good start."""


_FAILED = (
    "ModuleNotFoundError: No module named 'netra_core'",
    "connection to server failed: timeout expired",
    "CRITICAL: Database connection validation timeout exceeded (25.0s)",
    "ValueError: JWT_SECRET contained whitespace at its end",
    "ZeroDivisionError: division by zero",
)
"""Why a start of long ago failed."""

_LONG_AGO = timedelta(days=3)


@st.composite
def past(draw: Any, service: str, revision: str, created_at: datetime) -> tuple[LogLine, ...]:
    """Starts of long ago that failed, and one after them that did not."""
    found: list[LogLine] = []
    count = draw(st.integers(1, 3))
    for number in range(count):
        writer = Writer(service, revision, created_at + timedelta(hours=number), f"0bad{number}")
        why = draw(st.sampled_from((None, *_FAILED)))
        exited = partial(bad_start, writer, code=draw(st.sampled_from((1, 3, 137))))
        found += deaf_start(writer, 3000) if why is None else exited(why)
    well = created_at + timedelta(hours=count)
    return (*found, *good_start(Writer(service, revision, well, "0900d")))


@st.composite
def logs(draw: Any, service: str, revision: str, created_at: datetime) -> tuple[LogLine, ...]:
    """Of one revision: several instances, each of which starts well, or did so after a bad time."""
    age = datetime.now(UTC) - created_at
    if age > timedelta(days=31) and draw(st.integers(0, 9)) == 0:
        return ()  # all of it is older than the logs are kept
    spread_s, pause_s = (3000, 4000) if age > timedelta(days=1) else (1, 2)
    overcame = age > _LONG_AGO and draw(st.integers(0, 3)) == 0
    found = list(draw(past(service, revision, created_at))) if overcame else []
    for number in range(draw(st.integers(1, 3))):
        probe = draw(st.sampled_from(("TCP", "HTTP", "GRPC")))
        good = (
            f"Default STARTUP {probe} probe succeeded after {number + 1} attempts for container"
            f' "{service}-1" on port 8080.'
        )
        reason = draw(st.sampled_from(("DEPLOYMENT_ROLLOUT", "AUTOSCALING", "MANUAL_OR_CUSTOMER")))
        lines = [
            (SYSTEM, "INFO", f"Starting new instance. Reason: {reason} - {service}"),
            *draw(st.sampled_from(_STARTS)),
            *((draw(st.sampled_from(CHATTER[3:4])),) if draw(st.booleans()) else ()),
            *draw(st.lists(st.sampled_from(OVERCOME), max_size=2)),
            (SYSTEM, "INFO", good),
            *draw(st.lists(st.sampled_from(CHATTER), max_size=8)),
        ]
        instance = draw(st.text("0123456789abcdef", min_size=4, max_size=120))
        begun = created_at + timedelta(seconds=draw(st.integers(1, spread_s)) + number * pause_s)
        found += [
            _line(service, revision, begun + timedelta(seconds=second), instance, line)
            for second, line in enumerate(lines)
        ]
    return tuple(found)


def _line(
    service: str, revision: str, at: datetime, instance: str, said: tuple[str, str, Any]
) -> LogLine:
    """One entry: a text, a table, or nothing."""
    log, level, text = said
    if isinstance(text, dict):
        return LogLine(service, revision, at, None, log, level, instance, text)
    return LogLine(service, revision, at, text, log, level, instance)
