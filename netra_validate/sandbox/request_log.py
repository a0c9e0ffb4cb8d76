"""What was asked of the sandbox, so that a test can tell what was asked and how often."""

from __future__ import annotations

import json
import time
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send


class RequestLog:
    """Appends a line for each request to a file.

    A line is JSON with ``server``, ``method``, ``target`` and ``at``, in seconds of the Unix clock.
    It is written when the request arrives, before it is answered. The query string is left out for
    the services: it may carry a ticket. The target of a preflight is a path and the origin that is
    asked for: each is a question of its own.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def note(self, server: str, method: str, target: str) -> None:
        """Write down one request."""
        line = {"server": server, "method": method, "target": target, "at": round(time.time(), 6)}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def logged(app: ASGIApp, log: RequestLog, server: str, *, with_query: bool = False) -> ASGIApp:
    """``app``, with every request and every upgrade written down first."""

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            query = scope["query_string"].decode("latin-1")
            target = f"{scope['path']}?{query}" if with_query and query else scope["path"]
            target += _origin(scope)
            log.note(server, scope.get("method", "WEBSOCKET"), target)
        await app(scope, receive, send)

    return noting


def _origin(scope: Scope) -> str:
    """The origin that a preflight asks for, after a space."""
    if scope.get("method") != "OPTIONS":
        return ""
    found = dict(scope["headers"]).get(b"origin", b"")
    return f" {found.decode('latin-1')}"
