"""What to do about each way in which a WebSocket endpoint falls short. Nothing weakens security."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from checks.websocket import advice
from checks.websocket.advice import Look
from checks.websocket.judgement import Verdict
from netra_validate import Context, Remediation, Service
from netra_validate.remedies import Argv, curl, gcloud, looks, read_logs

_SAMPLE_KEY: Final = "dGhlIHNhbXBsZSBub25jZQ=="
"""The key of RFC 6455, section 1.3: any 16 bytes do."""


class Remedies:
    """The remedies for one service.

    Args:
        service: with an address of its WebSocket.
        ctx: of the probe; names project and region.
    """

    def __init__(self, service: Service, ctx: Context) -> None:
        self._service = service
        self._project = ctx.environment.project_of(service)
        self._region = ctx.environment.region_of(service)
        self._ca_file = ctx.environment.ca_file

    def of(self, verdict: Verdict) -> Remediation:
        """What to do about ``verdict``."""
        known = advice.on(verdict.rule, verdict.cause)
        commands = (self._look(what) for what in known.looks)
        return Remediation(
            known.summary, tuple(looks(*argv) for argv in commands if argv), known.docs
        )

    def _look(self, what: Look) -> Argv:
        return {
            "describe": self._gcloud("describe"),
            "logs": self._logs(),
            "iam": self._gcloud("get-iam-policy"),
            "curl": self._curl(),
            "name": ("nslookup", self._host),
            "certificate": self._handshake(),
        }[what]

    def _gcloud(self, *verb: str) -> Argv:
        name = self._service.cloud_run
        if name is None:
            return ()
        words = ("run", "services", *verb, name)
        return gcloud(*words, project=self._project, region=self._region)

    def _logs(self) -> Argv:
        if self._service.cloud_run is None:
            return ()
        return read_logs(self._service, self._project, self._region)

    def _handshake(self) -> Argv:
        """What is said about the certificate, by a programme that ends by itself."""
        netloc = urlsplit(self._service.websocket or "").netloc.rpartition("@")[2]
        return curl(f"https://{netloc}/", "-v", ca_file=self._ca_file, show="-I")

    def _curl(self) -> Argv:
        parts = urlsplit(self._service.websocket or "")
        scheme = "https" if parts.scheme == "wss" else "http"
        # The query is left out: a ticket may travel in it.
        url = f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path or '/'}"
        wanted = (
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {_SAMPLE_KEY}",
        )
        headers = [part for header in wanted for part in ("-H", header)]
        ca_file = self._ca_file if scheme == "https" else None
        return curl(url, "-N", "--http1.1", *headers, ca_file=ca_file)

    @property
    def _host(self) -> str:
        return urlsplit(self._service.websocket or "").hostname or ""
