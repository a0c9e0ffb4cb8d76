"""What to do about a service that answers other origins wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checks.cors.options import CorsOptions
from netra_validate import Command, Context, Remediation, Service
from netra_validate.remedies import curl, gcloud, looks

_DOCS: Final = "https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS"

_SUMMARIES: Final = {
    "preflight-fails": "Mend what makes the service answer so, and leave the list of origins as it"
    " is: this answer does not tell what is on it",
    "origin-refused": "Add the origin to the list of origins that the service allows",
    "disagrees": "Give the service the list of origins that the other services have",
    "request-refused": "Allow the method and the headers that the pages use",
    "credentials": "Allow credentials as the pages need them, or correct the option credentials",
    "foreign-origin": "Compare the whole origin with a list, and answer no other",
    "wildcard-credentials": "Answer with the origin of the request where it is on a list, not *",
    "no-vary": "Send Vary: Origin with every answer",
}


@dataclass(frozen=True, slots=True)
class Remedies:
    """Remedies for one service. Every command only reads."""

    service: Service
    options: CorsOptions
    ctx: Context

    def of(self, rule: str, url: str, origin: str) -> Remediation:
        """What to do, and the question to see it with."""
        logs = self._logs() if rule == "preflight-fails" else ()
        asked = _question(url, origin, self.options, self.ctx)
        return Remediation(_SUMMARIES[rule], (asked, *logs), _DOCS)

    def _logs(self) -> tuple[Command, ...]:
        """What the service wrote, where its name in Cloud Run is configured."""
        if self.service.cloud_run is None:
            return ()
        environment = self.ctx.environment
        project = environment.project_of(self.service)
        region = environment.region_of(self.service)
        words = ("run", "services", "logs", "read", self.service.cloud_run, "--limit=50")
        return (looks(*gcloud(*words, project=project, region=region)),)


def _question(url: str, origin: str, options: CorsOptions, ctx: Context) -> Command:
    """The preflight by hand."""
    asked = (
        f"Origin: {origin}",
        f"Access-Control-Request-Method: {options.method}",
        f"Access-Control-Request-Headers: {','.join(sorted(options.headers))}",
    )
    headers = [part for line in asked if not line.endswith(" ") for part in ("-H", line)]
    return looks(*curl(url, "-X", "OPTIONS", *headers, ca_file=ctx.environment.ca_file))
